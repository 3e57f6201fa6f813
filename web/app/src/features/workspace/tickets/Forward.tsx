import { newKey, type Address, type Ticket } from '@evenkeel/api';
import { Button, Dialog, Spinner, toast } from '@evenkeel/kit';
import { plural, t } from '@lingui/core/macro';
import { lazy, Suspense, useState } from 'react';
import { api } from '../../../session';
import { tellRefusal } from '../../../store/commands';
import { loadTimeline } from '../../../store/sync';
import { AddressField } from './AddressField';
import styles from './Tickets.module.css';

const PlainEditor = lazy(() => import('./PlainEditor'));

interface ForwardProps {
  ticket: Ticket;
  /** Which messages go along. */
  numbers: readonly number[];
  onOpenChange: (isOpen: boolean) => void;
}

/** Sends messages of a ticket to somebody outside, with a few words. */
export default function Forward({ ticket, numbers, onOpenChange }: ForwardProps) {
  const [to, setTo] = useState<Address[]>([]);
  const [html, setHtml] = useState('');
  const [isSending, setIsSending] = useState(false);
  const [key] = useState(newKey);

  const send = async () => {
    setIsSending(true);
    try {
      await api.tickets.forward(ticket.id, { to, html, numbers: [...numbers] }, key);
      toast({ text: t`Forwarded. Answers to it come into this ticket.` });
      onOpenChange(false);
    } catch (error) {
      tellRefusal(error);
    }
    setIsSending(false);
    void loadTimeline(ticket.id);
  };
  const first = to[0];
  const label = first && to.length === 1 ? t`Forward to ${first.name || first.email}` : t`Forward`;
  return (
    <Dialog
      isOpen
      size="l"
      onOpenChange={onOpenChange}
      title={t`Forward outside`}
      closeLabel={t`Close`}
      actions={
        <>
          <Button onPress={() => onOpenChange(false)}>{t`Cancel`}</Button>
          <Button
            variant="primary"
            isDisabled={to.length === 0}
            isPending={isSending}
            onPress={() => void send()}
          >
            {label}
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <AddressField autoFocus label={t`To`} value={to} onChange={setTo} />
        <div>
          <div className={styles.fieldLabel}>{t`A few words before it`}</div>
          <div className={styles.editorBox}>
            <Suspense fallback={<Spinner label={t`Loading the editor`} />}>
              <PlainEditor label={t`A few words before it`} onChange={setHtml} />
            </Suspense>
          </div>
        </div>
        <p className={styles.hint}>
          {plural(numbers.length, {
            one: 'One message goes along with its files. Notes never do.',
            other: '# messages go along with their files. Notes never do.',
          })}
        </p>
      </div>
    </Dialog>
  );
}
