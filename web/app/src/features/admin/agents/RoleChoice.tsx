import type { Role } from '@evenkeel/api';
import { RadioGroup } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { useSession } from '../../auth/session';
import { useRoleWords } from '../../../lib/roles';

const ROLES: readonly Role[] = ['owner', 'admin', 'lead', 'agent', 'light_agent'];

type RoleChoiceProps = { value: Role; onChange: (role: Role) => void; isDisabled?: boolean };

/** One role, each with what it may do. Only an owner can make another. */
export function RoleChoice({ value, onChange, isDisabled }: RoleChoiceProps) {
  const { t } = useLingui();
  const { me } = useSession();
  const roleWords = useRoleWords();
  const mayMakeOwners = me.agent.role === 'owner';
  return (
    <RadioGroup
      label={t`Role`}
      value={value}
      onChange={onChange}
      isDisabled={isDisabled}
      options={ROLES.filter((role) => role !== 'owner' || mayMakeOwners || value === 'owner').map(
        (role) => ({ id: role, label: roleWords[role].name, detail: roleWords[role].detail }),
      )}
    />
  );
}
