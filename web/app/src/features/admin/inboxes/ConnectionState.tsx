import type { MailConnection } from '@evenkeel/api';
import { Banner, Button, toast } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { useFormat, useNow } from '../../../i18n';
import { api } from '../../auth/client';
import { PasswordField } from '../../auth/PasswordField';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import { KEYS, useMailConnections } from '../queries';
import styles from './Inboxes.module.css';
import { useConsent } from './useConsent';

/** How an inbox's connection with its provider stands, and the way to mend it. */
export function ConnectionState({ id }: { id: number }) {
  const consent = useConsent(() => Promise.resolve(id));
  const connections = useMailConnections(consent.isAway);
  return (
    <Loaded query={connections}>
      {({ items }) => {
        const connection = items.find((each) => each.id === id);
        return (
          <div className={styles.server}>
            {connection && <Standing connection={connection} />}
            <ProblemBanner error={consent.error} />
            {connection?.trouble === 'client' && <NewSecret connection={connection} />}
            <div className={styles.buttons}>
              <Button onPress={consent.go} isPending={consent.isGoing}>
                <Trans>Connect again</Trans>
              </Button>
              {consent.isAway && connection?.state !== 'connected' && (
                <span className={styles.facts} role="status">
                  <Trans>
                    Sign in as the mailbox’s owner in the other window; then come back here.
                  </Trans>
                </span>
              )}
            </div>
          </div>
        );
      }}
    </Loaded>
  );
}

function Standing({ connection }: { connection: MailConnection }) {
  const { t } = useLingui();
  const format = useFormat();
  const now = useNow();
  if (connection.state === 'connected') {
    return (
      <Banner tone="good" title={t`Connected`}>
        <Trans>
          <bdi>{connection.username}</bdi> lets us in. Nobody’s password is stored here.
        </Trans>{' '}
        {connection.connected_at && (
          <Trans>Last consent {format.relative(connection.connected_at, now)}.</Trans>
        )}
      </Banner>
    );
  }
  return (
    <Banner tone="bad" title={connection.problem ?? t`Not connected yet`}>
      {connection.mend}
    </Banner>
  );
}

/** Providers' client secrets run out; the consent stays good. */
function NewSecret({ connection }: { connection: MailConnection }) {
  const { t } = useLingui();
  const [secret, setSecret] = useState('');
  const saving = useSave(
    () =>
      api.mailConnections.update(connection.id, {
        version: connection.version,
        client_secret: secret,
      }),
    {
      refreshes: [KEYS.mailConnections, KEYS.inboxes],
      onSaved: () => void toast({ text: t`Saved`, tone: 'good' }),
    },
  );
  return (
    <>
      <ProblemBanner error={saving.error} fields={['client_secret']} />
      <PasswordField
        label={t`New client secret`}
        purpose="other"
        value={secret}
        onChange={setSecret}
        errorMessage={saving.words('client_secret')}
      />
      <div>
        <Button
          onPress={() => saving.save(undefined)}
          isPending={saving.isSaving}
          isDisabled={secret === ''}
        >
          <Trans>Save secret</Trans>
        </Button>
      </div>
    </>
  );
}
