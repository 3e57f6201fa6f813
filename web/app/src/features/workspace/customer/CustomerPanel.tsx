import type { Customer, Ticket, TicketRow } from '@evenkeel/api';
import {
  Avatar,
  Badge,
  Banner,
  Button,
  ErrorState,
  IconButton,
  Skeleton,
  TextArea,
} from '@evenkeel/kit';
import { plural, t } from '@lingui/core/macro';
import { BadgeCheck, Copy, Mail, Phone, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link } from 'react-router';
import { useFormat, useNow } from '../../../i18n';
import { statusLabel, statusTone } from '../../../lib/labels';
import { api, useSession } from '../../../session';
import { onLiveRecord } from '../../../store';
import { tellRefusal } from '../../../store/commands';
import { Ladder } from '../abuse/Ladder';
import { PausedIdentity } from './PausedIdentity';
import styles from './CustomerPanel.module.css';

const OTHERS_SHOWN = 8;

type Loaded = { customer: Customer; others: readonly TicketRow[] } | 'loading' | 'failed';

function useCustomer(id: number, ticketId: number) {
  const [loaded, setLoaded] = useState<Loaded>('loading');
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    Promise.all([
      api.customers.get(id, stop.signal),
      api.tickets.list({ customer_id: id, limit: OTHERS_SHOWN + 1 }, stop.signal),
    ]).then(
      ([customer, page]) => {
        const others = page.items.filter((row) => row.id !== ticketId).slice(0, OTHERS_SHOWN);
        setLoaded({ customer, others });
      },
      () => setLoaded((now) => (stop.signal.aborted || typeof now === 'object' ? now : 'failed')),
    );
    return () => stop.abort();
  }, [id, ticketId, turn]);
  useEffect(
    () =>
      onLiveRecord((record) => {
        if (record.customer_id === id) setTurn((count) => count + 1);
      }),
    [id],
  );
  return { loaded, setLoaded, reload: () => setTurn((count) => count + 1) };
}

interface CustomerPanelProps {
  ticket: Ticket;
  onClose: () => void;
}

/**
 * Who the customer is and what else they wrote about. When the mail is most likely not theirs, an
 * agent is warned before anything personal is on screen that they could give away.
 */
export function CustomerPanel({ ticket, onClose }: CustomerPanelProps) {
  const [shownFor, setShownFor] = useState<number | null>(null);
  if (!ticket.requester_doubted || shownFor === ticket.id) {
    return <KnownCustomer ticket={ticket} onClose={onClose} />;
  }
  const { requester } = ticket;
  return (
    <div className={styles.panel}>
      <header className={styles.head}>
        <div className={styles.words}>
          <h2 className={styles.name}>{t`Unverified sender`}</h2>
          <p className={styles.since} dir="auto">
            {requester.email}
          </p>
        </div>
        <IconButton
          className={styles.close}
          size="s"
          label={t`Hide the customer`}
          icon={<X size={16} aria-hidden />}
          onPress={onClose}
        />
      </header>
      <Banner tone="warn" title={t`This may be somebody else`}>
        <p>
          {t`The mail carries this customer's address, but it failed the checks that their mail passes. Answers go to the real address. Don't give anything personal away before you are sure.`}
        </p>
        <Button size="s" onPress={() => setShownFor(ticket.id)}>
          {t`Show the customer anyway`}
        </Button>
      </Banner>
    </div>
  );
}

function KnownCustomer({ ticket, onClose }: CustomerPanelProps) {
  const { requester } = ticket;
  const { loaded, setLoaded, reload } = useCustomer(requester.id, ticket.id);
  const { date } = useFormat();
  const customer = typeof loaded === 'object' ? loaded.customer : undefined;
  const name = customer?.name || requester.name || requester.email;
  return (
    <div className={styles.panel}>
      <header className={styles.head}>
        <Avatar name={name} size={44} />
        <div className={styles.words}>
          <h2 className={styles.name} dir="auto">
            {name}
          </h2>
          {customer && (
            <p className={styles.since}>{t`Customer since ${date(customer.created_at)}`}</p>
          )}
        </div>
        <IconButton
          className={styles.close}
          size="s"
          label={t`Hide the customer`}
          icon={<X size={16} aria-hidden />}
          onPress={onClose}
        />
      </header>
      {loaded === 'loading' && <Skeleton lines={5} label={t`Loading the customer`} />}
      {loaded === 'failed' && (
        <ErrorState
          title={t`The customer didn't load`}
          retryLabel={t`Try again`}
          onRetry={reload}
        />
      )}
      {typeof loaded === 'object' && (
        <>
          <Identities customer={loaded.customer} onResumed={reload} />
          <Ladder ticketId={ticket.id} />
          <Note
            key={loaded.customer.version}
            customer={loaded.customer}
            onSaved={(saved) => setLoaded({ ...loaded, customer: saved })}
          />
          <Others customer={loaded.customer} rows={loaded.others} />
        </>
      )}
    </div>
  );
}

function Identities({ customer, onResumed }: { customer: Customer; onResumed: () => void }) {
  return (
    <ul className={styles.identities} aria-label={t`Addresses`}>
      {customer.identities.map((identity) => (
        <li key={identity.id}>
          <div className={styles.identity}>
            {identity.kind === 'email' ? (
              <Mail size={15} aria-hidden />
            ) : (
              <Phone size={15} aria-hidden />
            )}
            <span className={styles.value} dir="ltr">
              {identity.value}
            </span>
            {identity.verified && (
              <BadgeCheck
                size={15}
                className={styles.verified}
                role="img"
                aria-label={t`Verified`}
              />
            )}
            <IconButton
              size="s"
              label={t`Copy ${identity.value}`}
              icon={<Copy size={14} aria-hidden />}
              onPress={() => void navigator.clipboard.writeText(identity.value)}
            />
          </div>
          {identity.paused && (
            <PausedIdentity
              customerId={customer.id}
              identity={identity}
              pause={identity.paused}
              onResumed={onResumed}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

interface NoteProps {
  customer: Customer;
  onSaved: (customer: Customer) => void;
}

function Note({ customer, onSaved }: NoteProps) {
  const { can } = useSession();
  const [text, setText] = useState(customer.note);
  const [isSaving, setIsSaving] = useState(false);
  const isChanged = text !== customer.note;
  if (!can('customer.update')) {
    return customer.note ? (
      <p className={styles.note} dir="auto">
        {customer.note}
      </p>
    ) : null;
  }
  const save = async () => {
    setIsSaving(true);
    try {
      onSaved(await api.customers.update(customer.id, { version: customer.version, note: text }));
    } catch (error) {
      tellRefusal(error);
    }
    setIsSaving(false);
  };
  return (
    <div className={styles.noteBox}>
      <TextArea
        label={t`About this customer`}
        placeholder={t`What colleagues should know. The customer never sees it.`}
        rows={3}
        value={text}
        onChange={setText}
      />
      {isChanged && (
        <div className={styles.noteActions}>
          <Button
            size="s"
            variant="quiet"
            onPress={() => setText(customer.note)}
          >{t`Discard`}</Button>
          <Button size="s" isPending={isSaving} onPress={() => void save()}>{t`Save`}</Button>
        </div>
      )}
    </div>
  );
}

function Others({ customer, rows }: { customer: Customer; rows: readonly TicketRow[] }) {
  const { age } = useFormat();
  const now = useNow();
  const count = customer.ticket_count;
  return (
    <section className={styles.others}>
      <h3 className={styles.title}>
        {t`Other tickets`}
        <span className={styles.count}>
          {plural(count, { one: '# in all', other: '# in all' })}
        </span>
      </h3>
      {rows.length === 0 && <p className={styles.none}>{t`This is their only ticket.`}</p>}
      <ul>
        {rows.map((row) => (
          <li key={row.id}>
            <Link to={`/app/v/all/t/${row.id}`} className={styles.other}>
              <span className={styles.otherSubject} dir="auto">
                {row.subject || t`(no subject)`}
              </span>
              <span className={styles.otherLine}>
                <Badge tone={statusTone(row.status)}>{statusLabel(row.status)}</Badge>
                <time dateTime={row.last_message_at}>{age(row.last_message_at, now)}</time>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
