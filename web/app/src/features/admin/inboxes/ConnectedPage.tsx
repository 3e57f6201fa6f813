import { Banner, Page, Spinner } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { api } from '../../auth/client';
import { ProblemBanner } from '../../forms/problems';
import styles from './Inboxes.module.css';

/** Where a provider sends a person back to: hands in what they brought. */
export function ConnectedPage() {
  const { t } = useLingui();
  const [brought] = useSearchParams();
  const state = brought.get('state') ?? '';
  const consent = useQuery({
    queryKey: ['mail-consent', state],
    queryFn: () =>
      api.mailConnections.complete({
        state,
        code: brought.get('code'),
        error: brought.get('error'),
        issuer: brought.get('iss'),
      }),
    // A code serves once: asking again can only fail.
    retry: false,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  return (
    <Page title={t`Connect a mailbox`}>
      {consent.isPending && (
        <p className={styles.checking} role="status">
          <Spinner />
          <Trans>Talking to the provider.</Trans>
        </p>
      )}
      <ProblemBanner error={consent.error} />
      {consent.data && (
        <Banner tone="good" title={t`Connected`}>
          <Trans>
            <bdi>{consent.data.username}</bdi> is connected. You can close this window and go on in
            the one before.
          </Trans>
        </Banner>
      )}
    </Page>
  );
}
