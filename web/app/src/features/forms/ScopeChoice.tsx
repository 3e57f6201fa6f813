import type { ViewScope } from '@evenkeel/api';
import { RadioGroup } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { useTeams } from '../../store';

interface ScopeChoiceProps {
  value: ViewScope;
  onChange: (scope: ViewScope) => void;
}

/** Whom something saved is for: oneself, a team, everybody. */
export function ScopeChoice({ value, onChange }: ScopeChoiceProps) {
  const { t } = useLingui();
  const teams = useTeams();
  const options = [
    { id: 'personal', label: t`Only me` },
    { id: 'shared', label: t`Everybody` },
    ...teams.map((team) => ({ id: `team:${team.id}`, label: team.name })),
  ];
  const choose = (id: string) => {
    if (id === 'personal' || id === 'shared') onChange(id);
    else onChange({ team: Number(id.slice('team:'.length)) });
  };
  const id = typeof value === 'string' ? value : `team:${value.team}`;
  return <RadioGroup label={t`For`} options={options} value={id} onChange={choose} />;
}
