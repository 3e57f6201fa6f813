import type { MessageItem, Ticket } from '@evenkeel/api';
import { Button } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { Clock3 } from 'lucide-react';
import { useFormat } from '../../../i18n';
import { api } from '../../../session';
import { tellRefusal } from '../../../store/commands';
import { loadTimeline } from '../../../store/sync';
import { takeBack } from '../composer/sending';
import styles from './Message.module.css';

/** A reply that has not left yet: when it will, with a way to stop it or send it now. */
export function Scheduled({ message, ticket }: { message: MessageItem; ticket: Ticket }) {
  const { dateTime } = useFormat();
  if (message.state !== 'scheduled') return null;
  const isLater = message.release_at !== null && message.release_at !== message.undo_until;
  const sendNow = async () => {
    try {
      await api.tickets.sendNow(ticket.id, message.number);
    } catch (error) {
      tellRefusal(error);
    }
    void loadTimeline(ticket.id);
  };
  return (
    <div className={styles.scheduled}>
      <Clock3 size={15} aria-hidden />
      <span className={styles.scheduledText}>
        {isLater && message.release_at
          ? t`Will be sent ${dateTime(message.release_at)}`
          : t`Leaves in a few seconds`}
      </span>
      <Button size="s" variant="quiet" onPress={() => void takeBack(ticket.id, message)}>
        {t`Take back`}
      </Button>
      <Button size="s" variant="quiet" onPress={() => void sendNow()}>
        {t`Send now`}
      </Button>
    </div>
  );
}
