import { newKey, type MailTest, type PostmasterMailbox } from '@evenkeel/api';
import { Banner, Button, Spinner } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Check, X } from 'lucide-react';
import { useFormat, useNow } from '../../../i18n';
import { api } from '../../auth/client';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import { KEYS } from '../queries';
import styles from './Postmaster.module.css';

/** A test that went well is told for this long, in milliseconds; then the line is quiet again. */
const TOLD = 24 * 3_600_000;

/** Has the inbox write to itself. */
export function TestButton({ mailbox }: { mailbox: PostmasterMailbox }) {
  const { t } = useLingui();
  const testing = useSave((id: number) => api.inboxes.test(id, newKey()), {
    refreshes: [[...KEYS.postmaster, 'mailboxes']],
  });
  const isRunning = mailbox.test?.state === 'running';
  return (
    <>
      <Button
        size="s"
        isPending={testing.isSaving}
        isDisabled={isRunning}
        aria-label={t`Send a test mail from ${mailbox.name} to itself`}
        onPress={() => testing.save(mailbox.inbox_id)}
      >
        <Trans>Send a test mail</Trans>
      </Button>
      <ProblemBanner error={testing.error} />
    </>
  );
}

/** The steps of the last test, and what to do when one of them failed. */
export function MailTestPart({ test }: { test: MailTest }) {
  const { t } = useLingui();
  const format = useFormat();
  const now = useNow();
  const isOld = now - new Date(test.started_at).getTime() > TOLD;
  if (test.state === 'returned' && test.problem === null && isOld) return null;
  const seconds = test.took_ms === null ? '' : format.number(Math.round(test.took_ms / 100) / 10);
  return (
    <div className={styles.test} role="status">
      <p className={styles.quiet}>
        <Trans>Test mail, started {format.dateTime(test.started_at)}</Trans>
      </p>
      <ol className={styles.steps}>
        <HandOver test={test} />
        {test.state !== 'failed' && (
          <Step
            state={test.state === 'returned' ? 'done' : test.state === 'lost' ? 'failed' : 'now'}
          >
            {test.state === 'returned' && t`Came back after ${seconds} s`}
            {test.state === 'lost' && t`Has not come back`}
            {test.state === 'running' && t`On its way back`}
          </Step>
        )}
      </ol>
      {test.problem && (
        <Banner
          tone={test.state === 'returned' ? 'warn' : 'bad'}
          title={<span dir="auto">{test.problem}</span>}
        >
          {test.mend && <span dir="auto">{test.mend}</span>}
        </Banner>
      )}
    </div>
  );
}

function HandOver({ test: { state, handed_at: at } }: { test: MailTest }) {
  const { t } = useLingui();
  const format = useFormat();
  const left = at && format.time(at);
  if (left) return <Step state="done">{t`Handed over at ${left}`}</Step>;
  if (state === 'failed') return <Step state="failed">{t`Could not be handed over`}</Step>;
  if (state === 'running') return <Step state="now">{t`Handing over`}</Step>;
  return <Step state="done">{t`Handed over; the server’s answer got lost`}</Step>;
}

function Step({
  state,
  children,
}: {
  state: 'done' | 'now' | 'failed';
  children: React.ReactNode;
}) {
  const { t } = useLingui();
  return (
    <li className={styles.step} data-state={state}>
      {state === 'done' && <Check size={14} aria-label={t`Done`} />}
      {state === 'failed' && <X size={14} aria-label={t`Failed`} />}
      {state === 'now' && <Spinner />}
      <span>{children}</span>
    </li>
  );
}
