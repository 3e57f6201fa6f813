import type { MailDirection, PostmasterMailbox } from '@evenkeel/api';
import { Badge, Banner } from '@evenkeel/kit';
import { Plural, Trans, useLingui } from '@lingui/react/macro';
import { useFormat, useNow } from '../../../i18n';
import { LinkButton } from '../../layout/LinkButton';
import { MailTestPart, TestButton } from './MailTestPart';
import styles from './Postmaster.module.css';
import { FILING_SLOW, isTroubled, receivingWords, sendingWords } from './standing';

/** One mailbox: a quiet line while all is well; what is wrong and its mend otherwise. */
export function MailboxLine({ mailbox }: { mailbox: PostmasterMailbox }) {
  const { t } = useLingui();
  const { receiving, sending } = mailbox;
  const isOff = receiving.state === 'off' || sending.state === 'off';
  return (
    <li className={styles.mailbox}>
      <div className={styles.line}>
        <div className={styles.who}>
          <span className={styles.name}>
            <bdi>{mailbox.name}</bdi>
          </span>
          <bdi className={styles.quiet}>{mailbox.address}</bdi>
          {mailbox.practice && <Badge tone="accent">{t`Practice`}</Badge>}
        </div>
        <div className={styles.facts}>
          {isOff && <Fact state="off">{t`Switched off`}</Fact>}
          {!isOff && !mailbox.practice && (
            <>
              <Fact state={receiving.state}>{receivingWords(receiving.state)}</Fact>
              <Fact state={sending.state}>{sendingWords(sending.state)}</Fact>
            </>
          )}
          <LastLook direction={receiving} />
        </div>
        <div className={styles.actions}>
          {mailbox.can_test && <TestButton mailbox={mailbox} />}
          <LinkButton
            to={`/app/admin/inboxes/${mailbox.inbox_id}`}
            size="s"
            variant="quiet"
            aria-label={t`Settings of ${mailbox.name}`}
          >
            <Trans>Settings</Trans>
          </LinkButton>
        </div>
      </div>
      <Trouble direction={receiving} inboxId={mailbox.inbox_id} />
      <Trouble direction={sending} inboxId={mailbox.inbox_id} />
      <Resting direction={sending} />
      <Lag mailbox={mailbox} />
      {mailbox.test && <MailTestPart test={mailbox.test} />}
    </li>
  );
}

function Fact({ state, children }: { state: MailDirection['state']; children: string }) {
  return (
    <span className={styles.fact} data-state={state}>
      {children}
    </span>
  );
}

function LastLook({ direction: { state, figures } }: { direction: MailDirection }) {
  const format = useFormat();
  const now = useNow();
  const at = figures?.last_success_at;
  if (!at || state !== 'works') return null;
  return (
    <span title={format.exact(at)}>
      <Trans>Looked {format.relative(at, now)}</Trans>
    </span>
  );
}

function Trouble({ direction, inboxId }: { direction: MailDirection; inboxId: number }) {
  const { t } = useLingui();
  const format = useFormat();
  const now = useNow();
  const { figures, state } = direction;
  if (!isTroubled(direction) || !figures) return null;
  const { failing_since: since, last_success_at: last, failures } = figures;
  const needsPerson = state === 'needs_person';
  return (
    <Banner
      tone={needsPerson ? 'bad' : 'warn'}
      title={<span dir="auto">{figures.problem ?? t`The mail server can’t be reached.`}</span>}
      action={
        needsPerson ? (
          <LinkButton to={`/app/admin/inboxes/${inboxId}`} size="s">
            <Trans>Mend it in the settings</Trans>
          </LinkButton>
        ) : undefined
      }
    >
      {figures.mend && <p dir="auto">{figures.mend}</p>}
      <p className={styles.quiet}>
        {since && <Trans>Since {format.dateTime(since)}.</Trans>}{' '}
        <Plural value={failures} one="Tried once." other="Tried # times." />{' '}
        {last ? (
          <Trans>It last worked {format.relative(last, now)}.</Trans>
        ) : (
          <Trans>It has never worked yet.</Trans>
        )}{' '}
        {!needsPerson && <Trans>We go on trying; nothing is lost.</Trans>}
      </p>
    </Banner>
  );
}

function Resting({ direction }: { direction: MailDirection }) {
  const { t } = useLingui();
  const { time } = useFormat();
  if (!direction.resting_until) return null;
  const until = time(direction.resting_until);
  return (
    <Banner tone="info" title={t`Your provider asked us to wait until ${until}`}>
      <Trans>Mail waits in the outbox and leaves by itself then.</Trans>
    </Banner>
  );
}

/** How far behind it is, when that is more than a moment. */
function Lag({ mailbox }: { mailbox: PostmasterMailbox }) {
  const format = useFormat();
  const now = useNow();
  const waiting = mailbox.receiving.figures?.waiting ?? 0;
  const { unfiled, oldest_unfiled_at: since } = mailbox;
  const isSlow = since !== null && now - new Date(since).getTime() > FILING_SLOW;
  if (waiting === 0 && !isSlow) return null;
  return (
    <p className={styles.quiet}>
      {waiting > 0 && (
        <Plural
          value={waiting}
          one="# mail still waits at your mail host; we are fetching it."
          other="# mails still wait at your mail host; we are fetching them."
        />
      )}{' '}
      {isSlow && (
        <>
          <Plural
            value={unfiled}
            one="# mail is stored here and not a ticket yet."
            other="# mails are stored here and not tickets yet."
          />{' '}
          <Trans>The oldest came {format.relative(since, now)}.</Trans>
        </>
      )}
    </p>
  );
}
