import { newKey, type CreatedApiToken, type TokenScope } from '@evenkeel/api';
import { RadioGroup, Select, TextField } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { api } from '../auth/client';
import { useSession } from '../auth/session';
import { FormDialog } from '../forms/FormDialog';
import { useSave } from '../forms/useSave';
import { TOKENS, useScopeWords } from './TokensPage';

const SCOPES: readonly TokenScope[] = ['read', 'write', 'admin'];
const DAY_MS = 86_400_000;
type Life = '30' | '90' | '365' | 'open';

type TokenDialogProps = { onClose: () => void; onCreated: (token: CreatedApiToken) => void };

export function TokenDialog({ onClose, onCreated }: TokenDialogProps) {
  const { t } = useLingui();
  const { can } = useSession();
  const scopeWords = useScopeWords();
  const [key] = useState(newKey);
  const [name, setName] = useState('');
  const [scope, setScope] = useState<TokenScope>('read');
  const [life, setLife] = useState<Life>('90');
  const create = useSave(
    () =>
      api.me.createToken(
        {
          name: name.trim(),
          // Each scope includes those before it.
          scopes: SCOPES.slice(0, SCOPES.indexOf(scope) + 1),
          expires_at:
            life === 'open' ? null : new Date(Date.now() + Number(life) * DAY_MS).toISOString(),
        },
        key,
      ),
    { refreshes: [TOKENS], onSaved: onCreated },
  );
  const offered = SCOPES.filter((each) => each !== 'admin' || can('agent.manage'));
  const lives: { id: Life; label: string }[] = [
    { id: '30', label: t`30 days` },
    { id: '90', label: t`90 days` },
    { id: '365', label: t`One year` },
    { id: 'open', label: t`Until I delete it` },
  ];
  return (
    <FormDialog
      title={t`New token`}
      action={t`Create token`}
      onSubmit={() => create.save(undefined)}
      onClose={onClose}
      isBusy={create.isSaving}
      isIncomplete={name.trim() === ''}
      error={create.error}
      fields={['name', 'expires_at']}
    >
      <TextField
        label={t`Name`}
        description={t`So that you recognise it later: “Shop”, “Reports”.`}
        value={name}
        onChange={setName}
        errorMessage={create.words('name')}
        autoFocus
        isRequired
      />
      <RadioGroup
        label={t`What it may do`}
        value={scope}
        onChange={setScope}
        options={offered.map((id) => ({
          id,
          label: scopeWords[id].name,
          detail: scopeWords[id].detail,
        }))}
      />
      <Select
        label={t`Valid for`}
        options={lives}
        value={life}
        onChange={setLife}
        errorMessage={create.words('expires_at')}
      />
    </FormDialog>
  );
}
