import type { Agent } from '@evenkeel/api';
import { TextField } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { api } from '../../auth/client';
import { useSession } from '../../auth/session';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { FormDialog } from '../../forms/FormDialog';
import { KEYS, useSaveReference } from '../queries';
import { RoleChoice } from './RoleChoice';

type AgentDialogProps = { agent: Agent; onClose: () => void };

/** Name and role of one person. */
export function EditAgent({ agent, onClose }: AgentDialogProps) {
  const { t } = useLingui();
  const { me } = useSession();
  const [name, setName] = useState(agent.name);
  const [role, setRole] = useState(agent.role);
  const saving = useSaveReference(
    () =>
      api.agents.update(agent.id, {
        version: agent.version,
        name: name.trim(),
        ...(role === agent.role ? {} : { role }),
      }),
    { refreshes: [KEYS.agents], onSaved: onClose },
  );
  return (
    <FormDialog
      title={agent.name}
      action={t`Save`}
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={name.trim() === ''}
      error={saving.error}
      fields={['name']}
    >
      <TextField
        label={t`Name`}
        value={name}
        onChange={setName}
        errorMessage={saving.words('name')}
        isRequired
      />
      <RoleChoice value={role} onChange={setRole} isDisabled={agent.id === me.agent.id} />
    </FormDialog>
  );
}

/** Asks before somebody is locked out. */
export function DisableAgent({ agent, onClose }: AgentDialogProps) {
  const { t } = useLingui();
  const saving = useSaveReference(
    () => api.agents.update(agent.id, { version: agent.version, status: 'disabled' }),
    { refreshes: [KEYS.agents], onSaved: onClose },
  );
  return (
    <ConfirmDialog
      title={t`Disable ${agent.name}?`}
      action={t`Disable`}
      isBusy={saving.isSaving}
      error={saving.error}
      onConfirm={() => saving.save(undefined)}
      onClose={onClose}
    >
      <Trans>
        They are signed out everywhere and can’t sign in until you enable them again. Their tickets
        and everything they wrote stay.
      </Trans>
    </ConfirmDialog>
  );
}
