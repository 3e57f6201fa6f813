import type { BulkChange } from '@evenkeel/api';
import { Button, Dialog, Select, Spinner } from '@evenkeel/kit';
import { plural, t } from '@lingui/core/macro';
import { lazy, Suspense, useState } from 'react';
import { SETTABLE_STATUSES, statusLabel } from '../../../lib/labels';
import tickets from '../tickets/Tickets.module.css';
import styles from './BulkBar.module.css';

const PlainEditor = lazy(() => import('../tickets/PlainEditor'));
const AS_IS = 'as_is';

interface BulkReplyProps {
  count: number;
  onSend: (change: BulkChange) => void;
  onClose: () => void;
}

/** The same reply to the customers of all chosen tickets. */
export default function BulkReply({ count, onSend, onClose }: BulkReplyProps) {
  const [html, setHtml] = useState('');
  const [after, setAfter] = useState<string>(AS_IS);
  const status_after = SETTABLE_STATUSES.find((it) => it === after) ?? null;
  return (
    <Dialog
      isOpen
      size="l"
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={plural(count, { one: 'Reply to # customer', other: 'Reply on # tickets' })}
      closeLabel={t`Close`}
      actions={
        <>
          <Button onPress={onClose}>{t`Cancel`}</Button>
          <Button
            variant="primary"
            isDisabled={html.trim() === ''}
            onPress={() => onSend({ kind: 'reply', html, status_after })}
          >
            {t`Send to all`}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <p className={styles.quiet}>
          {t`Each customer gets it alone. What stands in double braces, such as a first name, is filled in for each.`}
        </p>
        <div className={tickets.editorBox}>
          <Suspense fallback={<Spinner label={t`Loading the editor`} />}>
            <PlainEditor label={t`Reply to all`} onChange={setHtml} />
          </Suspense>
        </div>
        <Select
          label={t`Status afterwards`}
          value={after}
          onChange={setAfter}
          options={[
            { id: AS_IS, label: t`As it is` },
            ...SETTABLE_STATUSES.map((it) => ({ id: it, label: statusLabel(it) })),
          ]}
        />
      </div>
    </Dialog>
  );
}
