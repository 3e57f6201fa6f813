import type { OutboxItem, OutboxPart as Part } from '@evenkeel/api';
import { Button, TextLink } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useFormat, useNow } from '../../../i18n';
import { api } from '../../auth/client';
import { useSession } from '../../auth/session';
import { LoadedPages } from '../../forms/LoadedPages';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import { KEYS } from '../queries';
import styles from './Postmaster.module.css';

const EVERY = 15_000;

function useOutbox(part: Part) {
  return useInfiniteQuery({
    queryKey: [...KEYS.postmaster, 'outbox', part],
    queryFn: ({ pageParam, signal }) => api.postmaster.outbox({ part, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ next }) => next,
    refetchInterval: EVERY,
  });
}

/** Mail that has not left, that nobody knows of, or that was refused lately. */
export function OutboxPart() {
  const { t } = useLingui();
  return (
    <section className={styles.part} aria-label={t`Outbox`}>
      <h2 className={styles.heading}>
        <Trans>Outbox</Trans>
      </h2>
      <Deliveries
        part="uncertain"
        title={t`Nobody knows whether these arrived`}
        hint={t`The connection broke while they were handed over. You decide: sending again may send twice.`}
        empty={null}
      />
      <Deliveries
        part="waiting"
        title={t`Waiting to leave`}
        hint={t`They leave by themselves.`}
        empty={<p className={styles.quiet}>{t`Nothing waits: all mail has left.`}</p>}
      />
      <Deliveries
        part="planned"
        title={t`Planned for later`}
        hint={t`They leave at the time their writer chose.`}
        empty={null}
      />
      <Deliveries part="refused" title={t`Refused in the last 7 days`} empty={null} />
    </section>
  );
}

interface DeliveriesProps {
  part: Part;
  title: string;
  hint?: string;
  empty: ReactNode;
}

function Deliveries({ part, title, hint, empty }: DeliveriesProps) {
  const outbox = useOutbox(part);
  return (
    <LoadedPages query={outbox} empty={empty}>
      {(items) => (
        <div>
          <h3 className={styles.subheading}>{title}</h3>
          {hint && <p className={styles.quiet}>{hint}</p>}
          <ul className={styles.list}>
            {items.map((item) => (
              <Delivery key={`${item.ticket_id}-${item.number}-${item.id ?? 0}`} item={item} />
            ))}
          </ul>
        </div>
      )}
    </LoadedPages>
  );
}

function Delivery({ item }: { item: OutboxItem }) {
  const { t } = useLingui();
  const format = useFormat();
  const now = useNow();
  const number = item.ticket_id;
  const email = item.recipient?.email;
  const next = item.next_try_at;
  const isLater = next !== null && new Date(next).getTime() > now;
  return (
    <li className={styles.delivery}>
      <div className={styles.who}>
        <TextLink href={`/app/v/all/t/${number}`}>
          <bdi>{item.subject ?? t`Ticket #${number}`}</bdi>
        </TextLink>
        {email && (
          <span className={styles.quiet}>
            <Trans>
              to <bdi>{email}</bdi>
            </Trans>
          </span>
        )}
        {item.at && (
          <span className={styles.quiet} title={format.exact(item.at)}>
            {format.relative(item.at, now)}
          </span>
        )}
      </div>
      {item.reason && (
        <p className={styles.reason} dir="auto">
          {item.reason}
        </p>
      )}
      {isLater && (
        <p className={styles.quiet}>
          {item.id === null ? (
            <Trans>Leaves {format.dateTime(next)}.</Trans>
          ) : (
            <Trans>Tried again at {format.time(next)}.</Trans>
          )}
        </p>
      )}
      {item.attention && item.id !== null && <Decision id={item.id} state={item.state} />}
    </li>
  );
}

/** The same decision as on the ticket, where the mail stands. */
function Decision({ id, state }: { id: number; state: OutboxItem['state'] }) {
  const { can } = useSession();
  const options = { refreshes: [[...KEYS.postmaster, 'outbox']] };
  const again = useSave((id: number) => api.deliveries.retry(id), options);
  const arrived = useSave((id: number) => api.deliveries.settle(id, 'accepted'), options);
  const gone = useSave((id: number) => api.deliveries.settle(id, 'refused'), options);
  const isBusy = again.isSaving || arrived.isSaving || gone.isSaving;
  if (!can('ticket.reply')) return null;
  return (
    <div className={styles.decisions}>
      <Button size="s" isDisabled={isBusy} onPress={() => again.save(id)}>
        <Trans>Send again</Trans>
      </Button>
      <Button size="s" variant="quiet" isDisabled={isBusy} onPress={() => arrived.save(id)}>
        <Trans>It arrived</Trans>
      </Button>
      {state === 'refused' && (
        <Button size="s" variant="quiet" isDisabled={isBusy} onPress={() => gone.save(id)}>
          <Trans>Leave it</Trans>
        </Button>
      )}
      <ProblemBanner error={again.error ?? arrived.error ?? gone.error} />
    </div>
  );
}
