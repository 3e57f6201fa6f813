import { Banner, Button, Select, TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { ChevronDown } from 'lucide-react';
import {
  Button as DisclosureButton,
  Disclosure,
  DisclosurePanel,
  Heading,
} from 'react-aria-components/Disclosure';
import { Form } from '../../forms/Form';
import { hasSecret, hasServers, withMethod, withProvider, type InboxDraft } from './draft';
import styles from './Inboxes.module.css';
import { MethodChoice } from './MethodChoice';
import { NewConnection } from './NewConnection';
import { guessProvider, PROVIDERS } from './providers';
import { ServerFields } from './ServerFields';
import { SignInFields } from './SignInFields';
import { useProviderHint } from './words';

type AccountStageProps = {
  draft: InboxDraft;
  onChange: (change: Partial<InboxDraft>) => void;
  onNext: () => void;
};

/** Whose mailbox it is and where it lives. */
export function AccountStage({ draft, onChange, onNext }: AccountStageProps) {
  const { t } = useLingui();
  const providerHint = useProviderHint();
  const hint = providerHint(draft.provider);
  const takeAddress = (address: string) => {
    const guess = guessProvider(address);
    onChange({ ...(guess ? withProvider(draft, guess) : {}), address });
  };
  return (
    <Form label={t`Your mailbox`} onSubmit={onNext}>
      <TextField
        label={t`Address`}
        description={t`Where customers write to: help@, info@, support@ …`}
        type="email"
        value={draft.address}
        onChange={takeAddress}
        autoFocus
        isRequired
      />
      <Select
        label={t`Mail host`}
        value={draft.provider}
        onChange={(provider) => onChange(withProvider(draft, provider))}
        options={PROVIDERS.map(({ id, name }) => ({ id, label: name || t`Another mail host` }))}
      />
      <MethodChoice
        value={draft.method}
        onChange={(method) => onChange(withMethod(draft, method))}
      />
      {draft.method === 'password' ? (
        <>
          {hint && <Banner>{hint}</Banner>}
          <SignInFields draft={draft} onChange={onChange} isSaved={false} />
        </>
      ) : (
        <NewConnection key={draft.method} draft={draft} onChange={onChange} />
      )}
      <Servers draft={draft} onChange={onChange} />
      <div className={styles.buttons}>
        <Button
          type="submit"
          variant="primary"
          isDisabled={!draft.address.includes('@') || !hasSecret(draft) || !hasServers(draft)}
        >
          <Trans>Check the connection</Trans>
        </Button>
      </div>
    </Form>
  );
}

type ServersProps = Pick<AccountStageProps, 'draft' | 'onChange'>;

/** Known hosts have known servers: they are there to be looked at, not to be filled in. */
function Servers({ draft, onChange }: ServersProps) {
  const fields = (
    <div className={styles.servers}>
      <ServerFields
        protocol="imap"
        server={draft.imap}
        onChange={(server) => onChange({ imap: { ...draft.imap, ...server } })}
      />
      <ServerFields
        protocol="smtp"
        server={draft.smtp}
        onChange={(server) => onChange({ smtp: { ...draft.smtp, ...server } })}
      />
    </div>
  );
  if (draft.provider === 'other') return fields;
  return (
    <Disclosure className={styles.disclosure}>
      <Heading level={3} className={styles.disclosureHead}>
        <DisclosureButton slot="trigger" className={styles.disclosureButton}>
          <ChevronDown size={16} aria-hidden />
          <Trans>
            Servers: <bdi>{draft.imap.host}</bdi>, <bdi>{draft.smtp.host}</bdi>
          </Trans>
        </DisclosureButton>
      </Heading>
      <DisclosurePanel>{fields}</DisclosurePanel>
    </Disclosure>
  );
}
