import { newKey, type MailConnectionInput } from '@evenkeel/api';
import { Banner, Button, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useEffect, useState } from 'react';
import { api } from '../../auth/client';
import { PasswordField } from '../../auth/PasswordField';
import { CopyLine } from '../../forms/CopyLine';
import { ProblemBanner } from '../../forms/problems';
import { useMailConnections } from '../queries';
import type { InboxDraft } from './draft';
import styles from './Inboxes.module.css';
import { useConsent } from './useConsent';

type NewConnectionProps = {
  draft: InboxDraft;
  onChange: (change: Partial<InboxDraft>) => void;
};

const SHOWN = ['client_id', 'client_secret', 'tenant', 'issuer', 'authorize_url', 'token_url'];

/** Connects a mailbox with its provider: the client first, then consent in a window of its own. */
export function NewConnection({ draft, onChange }: NewConnectionProps) {
  const { t } = useLingui();
  const provider = draft.method === 'password' ? 'other' : draft.method;
  const [made, setMade] = useState<number | null>(null);
  const [typed, setTyped] = useState({
    client_id: '',
    client_secret: '',
    tenant: '',
    issuer: '',
    authorize_url: '',
    token_url: '',
    scopes: '',
  });
  const set = (field: keyof typeof typed) => (text: string) => {
    setTyped((before) => ({ ...before, [field]: text }));
    setMade(null);
  };
  const input: MailConnectionInput = {
    provider,
    username: draft.imap.username.trim() || draft.address.trim(),
    ...typed,
    client_secret: typed.client_secret || null,
    hosts: [draft.imap.host, draft.smtp.host],
  };
  const consent = useConsent(async () => {
    const { id } = await api.mailConnections.create(input, newKey());
    setMade(id);
    return id;
  });
  const connections = useMailConnections(consent.isAway && draft.connectionId === null);
  const connection = connections.data?.items.find(({ id }) => id === made);
  const isConnected = connection?.state === 'connected';
  useEffect(() => {
    if (isConnected && made !== draft.connectionId) onChange({ connectionId: made });
  }, [isConnected, made, draft.connectionId, onChange]);
  if (isConnected) {
    return (
      <Banner tone="good" title={t`Connected`}>
        <Trans>
          <bdi>{connection.username}</bdi> lets us in. Nobody’s password is stored here.
        </Trans>
      </Banner>
    );
  }
  return (
    <>
      <ProblemBanner error={consent.error} fields={SHOWN} />
      <Client provider={provider} redirect={connections.data?.redirect_uri} />
      <TextField
        label={t`Client ID`}
        autoComplete="off"
        value={typed.client_id}
        onChange={set('client_id')}
        errorMessage={consent.words('client_id')}
        isRequired
      />
      <PasswordField
        label={t`Client secret`}
        purpose="other"
        description={t`Leave it empty if this client is connected already.`}
        value={typed.client_secret}
        onChange={set('client_secret')}
        errorMessage={consent.words('client_secret')}
      />
      {provider === 'microsoft' && (
        <TextField
          label={t`Directory (tenant) ID`}
          description={t`Leave it empty if accounts of any organisation may sign in.`}
          autoComplete="off"
          value={typed.tenant}
          onChange={set('tenant')}
          errorMessage={consent.words('tenant')}
        />
      )}
      {provider === 'other' && <OtherPlaces typed={typed} set={set} words={consent.words} />}
      <div className={styles.buttons} role="status">
        <Button
          onPress={consent.go}
          isPending={consent.isGoing}
          isDisabled={typed.client_id.trim() === '' || !draft.address.includes('@')}
        >
          {consent.isAway ? <Trans>Connect again</Trans> : <Trans>Connect</Trans>}
        </Button>
        {consent.isAway && (
          <span className={styles.facts}>
            <Trans>Sign in as the mailbox’s owner in the other window; then come back here.</Trans>
          </span>
        )}
      </div>
    </>
  );
}

type ClientProps = { provider: MailConnectionInput['provider']; redirect: string | undefined };

/** Where the client comes from, and what has to be entered there. */
function Client({ provider, redirect }: ClientProps) {
  return (
    <Banner
      title={
        provider === 'google' ? (
          <Trans>Create an OAuth client in the Google Cloud console</Trans>
        ) : provider === 'microsoft' ? (
          <Trans>Register an application in the Microsoft Entra admin centre</Trans>
        ) : (
          <Trans>Create a client at your provider</Trans>
        )
      }
    >
      <p>
        <Trans>It is made once for all mailboxes. Enter this as its redirect address:</Trans>
      </p>
      {redirect && <CopyLine text={redirect} />}
    </Banner>
  );
}

type Places = 'issuer' | 'authorize_url' | 'token_url' | 'scopes';
type OtherPlacesProps = {
  typed: Record<Places, string>;
  set: (field: Places) => (text: string) => void;
  words: (field: string) => string | undefined;
};

/** A provider that is not well known tells its addresses by its issuer, or a person does. */
function OtherPlaces({ typed, set, words }: OtherPlacesProps) {
  const { t } = useLingui();
  return (
    <>
      <TextField
        label={t`Issuer`}
        description={t`Like https://login.example.com. Its addresses are looked up there.`}
        value={typed.issuer}
        onChange={set('issuer')}
        errorMessage={words('issuer')}
      />
      {typed.issuer.trim() === '' && (
        <>
          <TextField
            label={t`Address for consent`}
            value={typed.authorize_url}
            onChange={set('authorize_url')}
            errorMessage={words('authorize_url')}
          />
          <TextField
            label={t`Address for tokens`}
            value={typed.token_url}
            onChange={set('token_url')}
            errorMessage={words('token_url')}
          />
        </>
      )}
      <TextField
        label={t`Scopes`}
        description={t`What to ask for, separated by spaces; usually with offline_access.`}
        value={typed.scopes}
        onChange={set('scopes')}
        errorMessage={words('scopes')}
      />
    </>
  );
}
