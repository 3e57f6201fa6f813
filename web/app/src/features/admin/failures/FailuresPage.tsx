import type { InboundFailure } from '@evenkeel/api';
import { Button, EmptyState, Page, Table, toast, type Column } from '@evenkeel/kit';
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { MailCheck } from 'lucide-react';
import { useState } from 'react';
import { useFormat, useNow } from '../../../i18n';
import { api } from '../../auth/client';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { LoadedPages } from '../../forms/LoadedPages';
import { ProblemBanner } from '../../forms/problems';
import { usePages } from '../../forms/usePages';
import { useSave } from '../../forms/useSave';
import styles from '../Admin.module.css';
import { KEYS } from '../queries';
import { RawMail } from './RawMail';

/** Mail that arrived and couldn't become a ticket. It is kept until a person decides. */
export function FailuresPage() {
  const { t } = useLingui();
  const failures = usePages([...KEYS.failures, 'list'], api.failures.list);
  return (
    <Page
      title={t`Couldn’t process`}
      description={
        <Trans>
          Mail that reached us and couldn’t become a ticket. It is kept here, and it never holds up
          the mail behind it.
        </Trans>
      }
      wide
    >
      <LoadedPages
        query={failures}
        empty={
          <EmptyState icon={<MailCheck size={22} />} title={t`All mail got through`}>
            <Trans>If one ever can’t be read, you find it here with the reason.</Trans>
          </EmptyState>
        }
      >
        {(items) => <FailureTable failures={items} />}
      </LoadedPages>
    </Page>
  );
}

function FailureTable({ failures }: { failures: readonly InboundFailure[] }) {
  const { t } = useLingui();
  const [shown, setShown] = useState<InboundFailure | null>(null);
  const [doomed, setDoomed] = useState<InboundFailure | null>(null);
  const retry = useSave((id: number) => api.failures.retry(id), {
    refreshes: [KEYS.failures],
    onSaved: () => void toast({ text: t`We’re trying this mail again.` }),
  });
  const removal = useSave((id: number) => api.failures.delete(id), {
    refreshes: [KEYS.failures],
    onSaved: () => setDoomed(null),
  });
  const columns = useColumns({
    onView: setShown,
    onRetry: ({ id }) => retry.save(id),
    onDelete: setDoomed,
  });
  return (
    <>
      <ProblemBanner error={retry.error} />
      <Table
        label={t`Couldn’t process`}
        columns={columns}
        rows={failures}
        rowKey={({ id }) => id}
      />
      {shown && <RawMail failure={shown} onClose={() => setShown(null)} />}
      {doomed && (
        <ConfirmDialog
          title={t`Delete this mail?`}
          action={t`Delete mail`}
          isBusy={removal.isSaving}
          error={removal.error}
          onConfirm={() => removal.save(doomed.id)}
          onClose={() => setDoomed(null)}
        >
          <Trans>It is gone for good: no ticket was made of it, so nobody has read it.</Trans>
        </ConfirmDialog>
      )}
    </>
  );
}

type RowAction = (failure: InboundFailure) => void;

function useColumns(actions: {
  onView: RowAction;
  onRetry: RowAction;
  onDelete: RowAction;
}): Column<InboundFailure>[] {
  const { t } = useLingui();
  const format = useFormat();
  const now = useNow();
  return [
    {
      id: 'mail',
      label: t`Mail`,
      cell: ({ subject, sender }) => (
        <>
          <bdi className={styles.name}>{subject || t`(no subject)`}</bdi>
          <div className={styles.detail}>
            <bdi>{sender || t`Sender unknown`}</bdi>
          </div>
        </>
      ),
    },
    {
      id: 'reason',
      label: t`Why`,
      cell: ({ reason, attempts }) => (
        <div className={styles.reason}>
          <span dir="auto">{reason}</span>
          <div className={styles.detail}>
            <Plural value={attempts} one="Tried once" other="Tried # times" />
          </div>
        </div>
      ),
    },
    {
      id: 'received',
      label: t`Received`,
      cell: ({ received_at: at }) => (
        <span title={format.exact(at)}>{format.relative(at, now)}</span>
      ),
    },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (failure) => (
        <span className={styles.actions}>
          <Button size="s" onPress={() => actions.onRetry(failure)}>
            <Trans>Try again</Trans>
          </Button>
          <Button size="s" variant="quiet" onPress={() => actions.onView(failure)}>
            <Trans>View</Trans>
          </Button>
          <Button size="s" variant="quiet" onPress={() => actions.onDelete(failure)}>
            <Trans>Delete</Trans>
          </Button>
        </span>
      ),
    },
  ];
}
