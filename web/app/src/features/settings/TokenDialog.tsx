import { newKey, type CreatedApiToken, type TokenScope } from '@evenkeel/api';
import { Checkbox, Select, TextField } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { api } from '../auth/client';
import { useSession } from '../auth/session';
import { FormDialog } from '../forms/FormDialog';
import { Choices } from '../forms/Choices';
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
  const [scopes, setScopes] = useState<readonly TokenScope[]>(['read']);
  const [life, setLife] = useState<Life>('90');
  const create = useSave(
    () =>
      api.me.createToken(
        {
          name: name.trim(),
          scopes: [...scopes],
          expires_at:
            life === 'open' ? null : new Date(Date.now() + Number(life) * DAY_MS).toISOString(),
        },
        key,
      ),
    { refreshes: [TOKENS], onSaved: onCreated },
  );
  const offered = SCOPES.filter((scope) => scope !== 'admin' || can('agent.manage'));
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
      isIncomplete={name.trim() === '' || scopes.length === 0}
      error={create.error}
      fields={['name', 'scopes', 'expires_at']}
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
      <Choices label={t`What it may do`} errorMessage={create.words('scopes')}>
        {offered.map((scope) => (
          <Checkbox
            key={scope}
            isSelected={scopes.includes(scope)}
            onChange={(on) =>
              setScopes(offered.filter((each) => (each === scope ? on : scopes.includes(each))))
            }
            detail={scopeWords[scope].detail}
          >
            {scopeWords[scope].name}
          </Checkbox>
        ))}
      </Choices>
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
