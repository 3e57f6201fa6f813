import type { Ticket } from '@evenkeel/api';
import { Banner, Button } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { useState } from 'react';
import { useFormat } from '../../../i18n';
import { pauseWords } from '../../../lib/pauses';
import { api } from '../../../session';
import { tellRefusal } from '../../../store/commands';
import { loadTicket } from '../../../store/sync';
import styles from './Composer.module.css';

interface PausedProps {
  ticket: Ticket;
  isDisabled: boolean;
  /** Sends the reply, once mail may go there again. */
  onSend: () => void;
}

/** Says before sending whom mail no longer reaches, and lets a person decide otherwise. */
export function Paused({ ticket, isDisabled, onSend }: PausedProps) {
  const { date, list } = useFormat();
  const [isBusy, setIsBusy] = useState(false);
  if (ticket.paused.length === 0) return null;
  const emails = list(ticket.paused.map((each) => each.email));
  const sendAnyway = async () => {
    setIsBusy(true);
    try {
      for (const each of ticket.paused) {
        await api.customers.resume(each.customer_id, each.identity_id, t`Sent anyway`);
      }
      await loadTicket(ticket.id);
      onSend();
    } catch (error) {
      tellRefusal(error);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <Banner
      tone="warn"
      live
      className={styles.news}
      title={t`Mail to ${emails} is paused`}
      action={
        <Button
          size="s"
          isPending={isBusy}
          isDisabled={isDisabled}
          onPress={() => void sendAnyway()}
        >
          {t`Send anyway`}
        </Button>
      }
    >
      {ticket.paused.map((each) => (
        <span key={each.identity_id} className={styles.pause}>
          {pauseWords(each.pause, date(each.pause.since))}
        </span>
      ))}
    </Banner>
  );
}
