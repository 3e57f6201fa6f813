import { Select } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { useTeamList } from '../queries';

type TeamSelectProps = { value: number | null; onChange: (team: number | null) => void };

/** Which team's list new mail goes to; nothing to choose while there are no teams. */
export function TeamSelect({ value, onChange }: TeamSelectProps) {
  const { t } = useLingui();
  const teams = useTeamList().data?.items ?? [];
  if (teams.length === 0) return null;
  return (
    <Select
      label={t`New mail goes to`}
      value={String(value ?? '')}
      onChange={(id) => onChange(id === '' ? null : Number(id))}
      options={[
        { id: '', label: t`Everybody` },
        ...teams.map(({ id, name }) => ({ id: String(id), label: name })),
      ]}
    />
  );
}
