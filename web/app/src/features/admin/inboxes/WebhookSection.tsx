import type { Inbox, MailProvider, Webhook } from '@evenkeel/api';
import { Button, FormSection, Select } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useFormat, useNow } from '../../../i18n';
import { api } from '../../auth/client';
import { PasswordField } from '../../auth/PasswordField';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { CopyLine } from '../../forms/CopyLine';
import { Form } from '../../forms/Form';
import { Loaded } from '../../forms/Loaded';
import { ProblemBanner } from '../../forms/problems';
import { useSave } from '../../forms/useSave';
import { KEYS } from '../queries';
import styles from './Inboxes.module.css';

const PROVIDERS: { id: MailProvider; label: string }[] = [
  { id: 'postmark', label: 'Postmark' },
  { id: 'mailgun', label: 'Mailgun' },
  { id: 'sendgrid', label: 'SendGrid' },
];

/** Mail that a provider receives and posts to us, for those without a mailbox to read. */
export function WebhookSection({ inbox }: { inbox: Inbox }) {
  const { t } = useLingui();
  const webhook = useQuery({
    queryKey: [...KEYS.webhooks, inbox.id],
    queryFn: ({ signal }) => api.inboxes.webhook(inbox.id, signal),
  });
  return (
    <FormSection
      title={t`Receive by webhook`}
      description={<Trans>For mail that a provider receives for you and passes on at once.</Trans>}
    >
      <Loaded query={webhook}>
        {({ webhook: there }) =>
          there ? (
            <Connected key={there.version} inbox={inbox} webhook={there} />
          ) : (
            <SetUp inbox={inbox} />
          )
        }
      </Loaded>
    </FormSection>
  );
}

function useSetWebhook(inbox: Inbox) {
  return useSave(
    (wanted: Parameters<typeof api.inboxes.setWebhook>[1]) =>
      api.inboxes.setWebhook(inbox.id, wanted),
    { refreshes: [KEYS.webhooks] },
  );
}

function SetUp({ inbox }: { inbox: Inbox }) {
  const { t } = useLingui();
  const [provider, setProvider] = useState<MailProvider>('postmark');
  const [secret, setSecret] = useState('');
  const saving = useSetWebhook(inbox);
  const choose = (chosen: MailProvider) => {
    setProvider(chosen);
    setSecret('');
  };
  return (
    <Form onSubmit={() => saving.save({ provider, secret })}>
      <ProblemBanner error={saving.error} fields={['secret']} />
      <Select label={t`Mail provider`} options={PROVIDERS} value={provider} onChange={choose} />
      <SecretField
        provider={provider}
        value={secret}
        onChange={setSecret}
        errorMessage={saving.words('secret')}
      />
      <div>
        <Button
          type="submit"
          isPending={saving.isSaving}
          isDisabled={provider === 'mailgun' && secret.trim() === ''}
        >
          <Trans>Make an address</Trans>
        </Button>
      </div>
    </Form>
  );
}

type SecretFieldProps = {
  provider: MailProvider;
  value: string;
  onChange: (value: string) => void;
  errorMessage?: string | undefined;
};

/** What proves the provider; Postmark proves itself by the password in its address. */
function SecretField({ provider, ...field }: SecretFieldProps) {
  const { t } = useLingui();
  if (provider === 'postmark') return null;
  const words =
    provider === 'mailgun'
      ? {
          label: t`HTTP webhook signing key`,
          description: t`At Mailgun under API security.`,
        }
      : {
          label: t`Public key`,
          description: t`Of the security policy at SendGrid. Leave it empty if there is none; the address alone is a secret too.`,
        };
  return <PasswordField {...field} {...words} purpose="other" />;
}

function Connected({ inbox, webhook }: { inbox: Inbox; webhook: Webhook }) {
  const { t } = useLingui();
  const { provider, version } = webhook;
  const [secret, setSecret] = useState('');
  const [asking, setAsking] = useState<'renew' | 'remove' | null>(null);
  const saving = useSetWebhook(inbox);
  const renewal = useSetWebhook(inbox);
  const removal = useSave(() => api.inboxes.removeWebhook(inbox.id), {
    refreshes: [KEYS.webhooks],
  });
  const close = () => setAsking(null);
  return (
    <>
      <Facts webhook={webhook} />
      <CopyLine text={webhook.address} />
      {provider !== 'postmark' && (
        <Form onSubmit={() => saving.save({ provider, secret, version })}>
          <ProblemBanner error={saving.error} fields={['secret']} />
          <SecretField
            provider={provider}
            value={secret}
            onChange={setSecret}
            errorMessage={saving.words('secret')}
          />
          <div>
            <Button
              type="submit"
              isPending={saving.isSaving}
              isDisabled={secret.trim() === '' && !(provider === 'sendgrid' && webhook.is_signed)}
            >
              {webhook.is_signed ? <Trans>Replace the key</Trans> : <Trans>Save the key</Trans>}
            </Button>
          </div>
        </Form>
      )}
      <div className={styles.buttons}>
        <Button onPress={() => setAsking('renew')}>
          <Trans>New address</Trans>
        </Button>
        <Button onPress={() => setAsking('remove')}>
          <Trans>Remove</Trans>
        </Button>
      </div>
      {asking === 'renew' && (
        <ConfirmDialog
          title={t`Make a new address?`}
          action={t`Make a new address`}
          isBusy={renewal.isSaving}
          error={renewal.error}
          onConfirm={() => renewal.save({ provider, version, new_address: true })}
          onClose={close}
        >
          <Trans>The old one ends at once. Mail is lost until the provider has the new one.</Trans>
        </ConfirmDialog>
      )}
      {asking === 'remove' && (
        <ConfirmDialog
          title={t`Remove the webhook?`}
          action={t`Remove the webhook`}
          isBusy={removal.isSaving}
          error={removal.error}
          onConfirm={() => removal.save(undefined)}
          onClose={close}
        >
          <Trans>Its address ends at once, and what the provider sends there is lost.</Trans>
        </ConfirmDialog>
      )}
    </>
  );
}

/** What to do with the address, and whether mail comes by it. */
function Facts({ webhook: { provider, arrived_at, is_signed } }: { webhook: Webhook }) {
  const format = useFormat();
  const now = useNow();
  return (
    <>
      <p>
        {provider === 'postmark' && (
          <Trans>
            Enter this address as the webhook of your inbound stream at Postmark, and switch on “raw
            email content” there.
          </Trans>
        )}
        {provider === 'mailgun' && (
          <Trans>Make a route at Mailgun that forwards to this address.</Trans>
        )}
        {provider === 'sendgrid' && (
          <Trans>
            Enter this address under Inbound Parse at SendGrid, and switch on “raw, full MIME
            message” there.
          </Trans>
        )}{' '}
        {provider === 'sendgrid' && is_signed && <Trans>Every mail must be signed.</Trans>}
      </p>
      <p>
        {arrived_at ? (
          <Trans>The last mail came {format.relative(arrived_at, now)}.</Trans>
        ) : (
          <Trans>No mail has come this way yet.</Trans>
        )}
      </p>
    </>
  );
}
