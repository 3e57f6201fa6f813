import type { Inbox, MailHealth } from '@evenkeel/api';
import { Badge, Banner, EmptyState, Page } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Inbox as InboxIcon } from 'lucide-react';
import { useFormat, useNow } from '../../../i18n';
import { LinkButton } from '../../layout/LinkButton';
import { Loaded } from '../../forms/Loaded';
import { useInboxList } from '../queries';
import styles from './Inboxes.module.css';

/** All entrances for mail, and how they are doing. */
export function InboxesPage() {
  const { t } = useLingui();
  const inboxes = useInboxList();
  const connect = (
    <LinkButton to="/app/admin/inboxes/new" variant="primary">
      <Trans>Connect an inbox</Trans>
    </LinkButton>
  );
  return (
    <Page
      title={t`Inboxes`}
      description={
        <Trans>The mailboxes customers write to. Their mail becomes tickets here.</Trans>
      }
      actions={inboxes.data?.items.length ? connect : undefined}
    >
      <Loaded query={inboxes}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={<InboxIcon size={22} />} title={t`No inbox yet`} action={connect}>
              <Trans>
                Connect the mailbox your customers write to. You need its address and password.
              </Trans>
            </EmptyState>
          ) : (
            <ul>
              {items.map((inbox) => (
                <InboxLine key={inbox.id} inbox={inbox} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Page>
  );
}

function InboxLine({ inbox }: { inbox: Inbox }) {
  const { t } = useLingui();
  return (
    <li className={styles.inbox}>
      <div>
        <div className={styles.inboxName}>
          <bdi>{inbox.name}</bdi>
          {inbox.practice && <Badge tone="accent">{t`Practice`}</Badge>}
          {!inbox.enabled && <Badge tone="warn">{t`Switched off`}</Badge>}
        </div>
        <div className={styles.facts}>
          <bdi>{inbox.address}</bdi>
          <HealthFacts inbox={inbox} />
        </div>
      </div>
      <LinkButton to={`/app/admin/inboxes/${inbox.id}`} size="s" aria-label={t`Edit ${inbox.name}`}>
        <Trans>Edit</Trans>
      </LinkButton>
      <HealthProblem inbox={inbox} className={styles.trouble} />
    </li>
  );
}

/** Receiving and sending, each in a word, and when that was last known. */
export function HealthFacts({ inbox: { health } }: { inbox: Inbox }) {
  const { t } = useLingui();
  const format = useFormat();
  const now = useNow();
  const receiving: Record<MailHealth, string> = {
    ok: t`Receiving works`,
    failing: t`Receiving fails`,
    off: t`Not receiving`,
  };
  const sending: Record<MailHealth, string> = {
    ok: t`Sending works`,
    failing: t`Sending fails`,
    off: t`Not sending`,
  };
  return (
    <>
      <span className={styles.health} data-state={health.receiving}>
        {receiving[health.receiving]}
      </span>
      <span className={styles.health} data-state={health.sending}>
        {sending[health.sending]}
      </span>
      {health.last_checked_at && (
        <span title={format.exact(health.last_checked_at)}>
          <Trans>Checked {format.relative(health.last_checked_at, now)}</Trans>
        </span>
      )}
    </>
  );
}

export function HealthProblem({ inbox, className }: { inbox: Inbox; className?: string }) {
  const { problem, mend } = inbox.health;
  if (!problem) return null;
  return (
    <Banner tone="bad" title={problem} className={className}>
      {mend}
    </Banner>
  );
}
