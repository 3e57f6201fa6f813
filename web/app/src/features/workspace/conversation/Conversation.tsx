import type { Gathered, Ticket } from '@evenkeel/api';
import { Banner, Button, EmptyState, Skeleton } from '@evenkeel/kit';
import { plural, t } from '@lingui/core/macro';
import { FileQuestion } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Navigate } from 'react-router';
import { useStore } from '../../../store';
import { markRead } from '../../../store/commands';
import { isWhole } from '../../../store/state';
import { Composer } from '../composer/Composer';
import { CustomerPanel } from '../customer/CustomerPanel';
import { TicketFields } from '../fields/TicketFields';
import { Together } from '../together/Together';
import { Header } from './Header';
import { Timeline } from './Timeline';
import { useTicketActions } from './useTicketActions';
import styles from './Conversation.module.css';

const Forward = lazy(() => import('../tickets/Forward'));

interface ConversationProps {
  id: number;
  onBack: () => void;
  showsCustomer: boolean;
  onShowCustomer: (shows: boolean) => void;
}

/** One ticket: what it is, everything said on it, and the place to answer. */
export default function Conversation({
  id,
  onBack,
  showsCustomer,
  onShowCustomer,
}: ConversationProps) {
  const ticket = useStore((state) => state.tickets.get(id));
  const isMissing = useStore((state) => state.missing.has(id));
  const [forwarding, setForwarding] = useState<number[] | null>(null);
  const whole = isWhole(ticket) ? ticket : undefined;
  const pickers = useTicketActions(whole, () => setForwarding([whole?.last_number ?? 1]));

  const lastNumber = whole?.last_number ?? 0;
  const isUnread = ticket?.unread ?? false;
  useReadReceipt(id, lastNumber, isUnread);

  // What was merged goes on where it went.
  if (whole?.merged_into) return <Navigate to={`/app/t/${whole.merged_into}`} replace />;
  if (isMissing) {
    return (
      <section className={styles.missing} aria-label={t`Conversation`}>
        <EmptyState
          icon={<FileQuestion size={22} />}
          title={t`This ticket isn't here`}
          action={<Button onPress={onBack}>{t`Back to the list`}</Button>}
        >
          {t`It may have been purged, or it belongs to something you can't see.`}
        </EmptyState>
      </section>
    );
  }
  return (
    <>
      <section className={styles.conversation} aria-label={t`Conversation`}>
        {whole ? (
          <Header
            ticket={whole}
            pickers={pickers}
            onBack={onBack}
            onForward={() => setForwarding([whole.last_number])}
            showsCustomer={showsCustomer}
            onShowCustomer={onShowCustomer}
          />
        ) : (
          <div className={styles.headerWaiting}>
            <Skeleton lines={2} label={t`Loading the ticket`} />
          </div>
        )}
        {whole?.gathered && <GatheredNotice ticket={whole} gathered={whole.gathered} />}
        <Timeline id={id} ticket={whole} onForward={(number) => setForwarding([number])} />
        {whole && <Composer ticket={whole} />}
      </section>
      {whole && (
        <aside
          className={styles.customer}
          aria-label={t`Customer`}
          data-shown={showsCustomer || undefined}
        >
          <TicketFields key={whole.id} ticket={whole} />
          <Together ticket={whole} />
          <CustomerPanel
            key={whole.requester.id}
            ticket={whole}
            onClose={() => onShowCustomer(false)}
          />
        </aside>
      )}
      {whole && forwarding && (
        <Suspense>
          <Forward
            ticket={whole}
            numbers={forwarding}
            onOpenChange={(isOpen) => !isOpen && setForwarding(null)}
          />
        </Suspense>
      )}
    </>
  );
}

/** Tells once what came without telling: a sender over their limit, a loop of two programs. */
function GatheredNotice({ ticket, gathered }: { ticket: Ticket; gathered: Gathered }) {
  const { count } = gathered;
  const sender = ticket.requester.email;
  return (
    <Banner
      tone="warn"
      className={styles.gathered}
      title={plural(count, {
        one: `# more mail from ${sender} was gathered here`,
        other: `# more mails from ${sender} were gathered here`,
      })}
    >
      {t`They came in quick succession, so nobody was notified of each. Nothing is lost, and nothing was answered automatically.`}
    </Banner>
  );
}

/** Reading is looking: the ticket counts as read while it is on screen in a visible tab. */
function useReadReceipt(id: number, lastNumber: number, isUnread: boolean): void {
  // "Mark as unread" must last until the agent leaves or something new arrives.
  const [readThrough, setReadThrough] = useState(0);
  useEffect(() => {
    if (!isUnread || lastNumber <= readThrough) return;
    const read = () => {
      if (document.visibilityState !== 'visible') return;
      setReadThrough(lastNumber);
      void markRead(id, lastNumber);
    };
    read();
    document.addEventListener('visibilitychange', read);
    return () => document.removeEventListener('visibilitychange', read);
  }, [id, lastNumber, isUnread, readThrough]);
}
