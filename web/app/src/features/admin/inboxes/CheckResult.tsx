import type { CheckStep, InboxCheck } from '@evenkeel/api';
import { Banner, Spinner } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { CircleCheck, CircleX } from 'lucide-react';
import styles from './Inboxes.module.css';
import { useStepWords } from './words';

/** Whether receiving and sending both went through to their last step. */
export const isPassed = (check: InboxCheck | null): boolean =>
  check !== null && check.steps.length > 0 && check.steps.every(({ ok }) => ok);

/** The live check, step by step: what was tried, how it went, and what mends it. */
export function CheckResult({ check, isBusy }: { check: InboxCheck | null; isBusy: boolean }) {
  const { t } = useLingui();
  if (isBusy) {
    return (
      <p className={styles.checking} role="status">
        <Spinner />
        <Trans>Talking to your mail host. This can take a few seconds.</Trans>
      </p>
    );
  }
  if (!check) return null;
  const of = (protocol: CheckStep['protocol']) =>
    check.steps.filter((step) => step.protocol === protocol);
  return (
    <div className={styles.check} role="status">
      <StepList title={t`Receiving (IMAP)`} steps={of('imap')} />
      <StepList title={t`Sending (SMTP)`} steps={of('smtp')} />
      {isPassed(check) && (
        <Banner tone="good" title={t`Everything works`}>
          <Trans>Mail can come in and go out.</Trans>
        </Banner>
      )}
    </div>
  );
}

function StepList({ title, steps }: { title: string; steps: readonly CheckStep[] }) {
  const { t } = useLingui();
  const stepWords = useStepWords();
  if (steps.length === 0) return null;
  return (
    <section>
      <h3 className={styles.legend}>{title}</h3>
      <ol className={styles.steps}>
        {steps.map((step) => (
          <li key={step.step} className={styles.step} data-ok={step.ok}>
            {step.ok ? (
              <CircleCheck size={18} aria-label={t`Works`} role="img" />
            ) : (
              <CircleX size={18} aria-label={t`Doesn’t work`} role="img" />
            )}
            <div>
              <span className={styles.stepName}>{stepWords[step.protocol][step.step]}</span>
              {!step.ok && <p dir="auto">{step.message}</p>}
              {step.mend && (
                <p className={styles.mend} dir="auto">
                  {step.mend}
                </p>
              )}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}
