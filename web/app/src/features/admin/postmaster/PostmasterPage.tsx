import type { PostmasterMailbox } from '@evenkeel/api';
import { EmptyState, Page } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Inbox as InboxIcon } from 'lucide-react';
import { useEffect } from 'react';
import { onLiveRecord } from '../../../store';
import { api } from '../../auth/client';
import { useSession } from '../../auth/session';
import { Loaded } from '../../forms/Loaded';
import { LinkButton } from '../../layout/LinkButton';
import { KEYS } from '../queries';
import { DomainsPart } from './DomainsPart';
import { FailuresPart } from './FailuresPart';
import { MailboxLine } from './MailboxLine';
import { OutboxPart } from './OutboxPart';
import styles from './Postmaster.module.css';
import { StuckPart } from './StuckPart';
import { rankOf } from './standing';

/** How often everything is looked at again, in milliseconds; and while a test is on its way. */
const EVERY = 15_000;
const EVERY_WHILE_TESTING = 2_000;

/** Records that say that mail moved. */
const MAIL_NOUNS = ['delivery', 'inbox', 'mail', 'reply'];

/** Everything about mail at one look: what works in a line, what doesn't with its mend. */
export function PostmasterPage() {
  const { t } = useLingui();
  const { can } = useSession();
  useLiveRefresh();
  return (
    <Page
      title={t`Mail flow`}
      description={
        <Trans>
          Whether mail comes in and goes out. What needs you is on top; the rest is one quiet line.
        </Trans>
      }
      wide
    >
      <MailboxesPart />
      <OutboxPart />
      {can('failure.manage') && <FailuresPart />}
      {can('failure.manage') && <StuckPart />}
      <DomainsPart />
    </Page>
  );
}

/** Looks again when a record says that mail moved; at most once a second, however many do. */
function useLiveRefresh() {
  const queries = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onLiveRecord(({ kind }) => {
      if (timer !== undefined || !MAIL_NOUNS.includes(kind.split('.')[0] ?? '')) return;
      timer = setTimeout(() => {
        timer = undefined;
        void queries.invalidateQueries({ queryKey: KEYS.postmaster });
        void queries.invalidateQueries({ queryKey: KEYS.failures });
      }, 1_000);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [queries]);
}

function MailboxesPart() {
  const { t } = useLingui();
  const mailboxes = useQuery({
    queryKey: [...KEYS.postmaster, 'mailboxes'],
    queryFn: ({ signal }) => api.postmaster.mailboxes(signal),
    refetchInterval: ({ state }) =>
      state.data?.items.some(({ test }) => test?.state === 'running') ? EVERY_WHILE_TESTING : EVERY,
  });
  return (
    <section className={styles.part} aria-label={t`Mailboxes`}>
      <h2 className={styles.heading}>
        <Trans>Mailboxes</Trans>
      </h2>
      <Loaded query={mailboxes}>
        {({ items }) => (items.length === 0 ? <NoInbox /> : <Mailboxes items={items} />)}
      </Loaded>
    </section>
  );
}

function Mailboxes({ items }: { items: readonly PostmasterMailbox[] }) {
  return (
    <ul className={styles.list}>
      {items
        .toSorted((a, b) => rankOf(a) - rankOf(b))
        .map((mailbox) => (
          <MailboxLine key={mailbox.inbox_id} mailbox={mailbox} />
        ))}
    </ul>
  );
}

function NoInbox() {
  const { t } = useLingui();
  return (
    <EmptyState
      icon={<InboxIcon size={22} />}
      title={t`No inbox yet`}
      action={
        <LinkButton to="/app/admin/inboxes/new" variant="primary">
          <Trans>Connect an inbox</Trans>
        </LinkButton>
      }
    >
      <Trans>Once one is connected, you see here how it fares.</Trans>
    </EmptyState>
  );
}
