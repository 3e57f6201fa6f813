import type { InboxCheck } from '@evenkeel/api';
import { Button } from '@evenkeel/kit';
import { Trans } from '@lingui/react/macro';
import { ProblemBanner } from '../../forms/problems';
import { CheckResult, isPassed } from './CheckResult';
import styles from './Inboxes.module.css';

type CheckStageProps = {
  check: InboxCheck | null;
  isBusy: boolean;
  error: unknown;
  onBack: () => void;
  onRetry: () => void;
  onNext: () => void;
};

/** Tries the mailbox; going on in spite of a failed check is possible, just not the main way. */
export function CheckStage(props: CheckStageProps) {
  const passed = isPassed(props.check);
  return (
    <>
      <ProblemBanner error={props.error} />
      <CheckResult check={props.check} isBusy={props.isBusy} />
      {!props.isBusy && (
        <div className={styles.buttons}>
          {passed ? (
            <Button variant="primary" onPress={props.onNext} autoFocus>
              <Trans>Go on</Trans>
            </Button>
          ) : (
            <>
              <Button variant="primary" onPress={props.onBack}>
                <Trans>Back to the details</Trans>
              </Button>
              <Button onPress={props.onRetry}>
                <Trans>Check again</Trans>
              </Button>
              <Button variant="quiet" onPress={props.onNext}>
                <Trans>Go on all the same</Trans>
              </Button>
            </>
          )}
        </div>
      )}
    </>
  );
}
