import type { Delivery, MessageItem } from '@evenkeel/api';
import { Banner, Button } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { Check, Clock3 } from 'lucide-react';
import { useState } from 'react';
import { useFormat } from '../../../i18n';
import { api } from '../../../session';
import { tellRefusal } from '../../../store/commands';
import { loadTicket, loadTimeline } from '../../../store/sync';
import styles from './Message.module.css';

/** What became of an outgoing mail: quiet when all is well, plain when a person must decide. */
export function Deliveries({ message, ticketId }: { message: MessageItem; ticketId: number }) {
  const { list, dateTime } = useFormat();
  if (message.state === 'scheduled' || message.deliveries.length === 0) return null;
  const troubled = message.deliveries.filter(needsDecision);
  const taken = message.deliveries.filter((each) => each.state === 'accepted');
  const accepted = taken.filter((each) => each.reason === null);
  const delayed = taken.flatMap(({ id, email, reason }) =>
    reason === null ? [] : [{ id, email, reason }],
  );
  const underWay = message.deliveries.filter((each) => ['queued', 'claimed'].includes(each.state));
  const held = underWay.filter((each) => each.state === 'queued' && each.waiting_until !== null);
  const waiting = underWay.filter((each) => !held.includes(each));
  const emails = (deliveries: Delivery[]) => list(deliveries.map((each) => each.email));
  return (
    <div className={styles.deliveries}>
      {waiting.length > 0 && (
        <p className={styles.delivery}>
          <Clock3 size={14} aria-hidden />
          {t`On its way to ${emails(waiting)}`}
        </p>
      )}
      {held.map((delivery) => (
        <Held key={delivery.id} delivery={delivery} />
      ))}
      {accepted.length > 0 && (
        <p className={styles.delivery} title={accepted[0] && dateTime(accepted[0].at)}>
          <Check size={14} aria-hidden />
          {t`Delivered to ${emails(accepted)}`}
        </p>
      )}
      {delayed.map(({ id, email, reason }) => (
        <p key={id} className={styles.delivery}>
          <Clock3 size={14} aria-hidden />
          {t`Delayed on its way to ${email}: ${reason}`}
        </p>
      ))}
      {troubled.map((delivery) => (
        <Trouble key={delivery.id} delivery={delivery} ticketId={ticketId} />
      ))}
    </div>
  );
}

/** A mail that waits for its server or its provider's limit; it leaves by itself. */
function Held({ delivery }: { delivery: Delivery }) {
  const { time } = useFormat();
  const email = delivery.email;
  const until = time(delivery.waiting_until ?? delivery.at);
  return (
    <p className={styles.delivery} title={delivery.reason ?? undefined}>
      <Clock3 size={14} aria-hidden />
      {t`To ${email} waiting: provider’s limit until ${until}`}
    </p>
  );
}

const needsDecision = ({ state }: Delivery) => state === 'refused' || state === 'uncertain';

function Trouble({ delivery, ticketId }: { delivery: Delivery; ticketId: number }) {
  const [isBusy, setIsBusy] = useState(false);
  const decide = async (call: () => Promise<void>) => {
    setIsBusy(true);
    try {
      await call();
      await Promise.all([loadTicket(ticketId), loadTimeline(ticketId)]);
    } catch (error) {
      tellRefusal(error);
    } finally {
      setIsBusy(false);
    }
  };
  const isRefused = delivery.state === 'refused';
  return (
    <Banner
      tone={isRefused ? 'bad' : 'warn'}
      title={
        isRefused
          ? t`Not delivered to ${delivery.email}`
          : t`We can't tell whether this reached ${delivery.email}`
      }
      action={
        <div className={styles.decisions}>
          <Button
            size="s"
            isPending={isBusy}
            onPress={() => void decide(() => api.deliveries.retry(delivery.id))}
          >
            {t`Try again`}
          </Button>
          <Button
            size="s"
            variant="quiet"
            isDisabled={isBusy}
            onPress={() => void decide(() => api.deliveries.settle(delivery.id, 'accepted'))}
          >
            {t`It arrived`}
          </Button>
        </div>
      }
    >
      {delivery.reason ??
        (isRefused
          ? t`The receiving server did not take it.`
          : t`The connection broke while it was handed over. Sending again may send it twice.`)}
    </Banner>
  );
}
