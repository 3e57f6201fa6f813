import { Button } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { AuthPage } from './AuthPage';
import styles from './AuthPage.module.css';

/** The server doesn't answer, so it isn't known who is here. */
export function Unreachable({ onRetry }: { onRetry: () => void }) {
  const { t } = useLingui();
  return (
    <AuthPage
      title={t`We can’t reach Evenkeel`}
      lead={
        <Trans>
          The server doesn’t answer. If your own connection is fine, it may just be restarting.
        </Trans>
      }
    >
      <p className={styles.quiet}>
        <Button variant="primary" onPress={onRetry}>
          <Trans>Try again</Trans>
        </Button>
      </p>
    </AuthPage>
  );
}
