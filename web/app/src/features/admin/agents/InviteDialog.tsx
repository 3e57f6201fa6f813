import { newKey, type CreatedInvitation, type Role } from '@evenkeel/api';
import { Checkbox, TextField } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { api } from '../../auth/client';
import { Choices } from '../../forms/Choices';
import { FormDialog } from '../../forms/FormDialog';
import { useSave } from '../../forms/useSave';
import { KEYS, useTeamList } from '../queries';
import { RoleChoice } from './RoleChoice';

type InviteDialogProps = {
  onClose: () => void;
  onInvited: (invitation: CreatedInvitation) => void;
};

export function InviteDialog({ onClose, onInvited }: InviteDialogProps) {
  const { t } = useLingui();
  const teams = useTeamList().data?.items ?? [];
  const [key] = useState(newKey);
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('agent');
  const [teamIds, setTeamIds] = useState<number[]>([]);
  const invite = useSave(
    () => api.invitations.create({ email: email.trim(), role, team_ids: teamIds }, key),
    { refreshes: [KEYS.invitations], onSaved: onInvited },
  );
  return (
    <FormDialog
      title={t`Invite someone`}
      action={t`Create invitation`}
      onSubmit={() => invite.save(undefined)}
      onClose={onClose}
      isBusy={invite.isSaving}
      isIncomplete={!email.includes('@')}
      error={invite.error}
      fields={['email', 'role', 'team_ids']}
    >
      <TextField
        label={t`Email`}
        type="email"
        value={email}
        onChange={setEmail}
        errorMessage={invite.words('email')}
        autoFocus
        isRequired
      />
      <RoleChoice value={role} onChange={setRole} />
      {teams.length > 0 && (
        <Choices label={t`Teams`} errorMessage={invite.words('team_ids')}>
          {teams.map((team) => (
            <Checkbox
              key={team.id}
              isSelected={teamIds.includes(team.id)}
              onChange={(on) =>
                setTeamIds(on ? [...teamIds, team.id] : teamIds.filter((id) => id !== team.id))
              }
            >
              <bdi>{team.name}</bdi>
            </Checkbox>
          ))}
        </Choices>
      )}
    </FormDialog>
  );
}
