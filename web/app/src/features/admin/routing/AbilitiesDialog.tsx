import type { Agent, AgentLimit, Skill } from '@evenkeel/api';
import { Select } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { api } from '../../auth/client';
import { FormDialog } from '../../forms/FormDialog';
import { useSave } from '../../forms/useSave';
import { KEYS } from '../queries';
import { NumberField } from './NumberField';

type AbilitiesDialogProps = {
  agent: Agent;
  limit: AgentLimit | undefined;
  skills: readonly Skill[];
  onClose: () => void;
};

/** How much somebody can carry, and what they can take. */
export function AbilitiesDialog({ agent, limit, skills, onClose }: AbilitiesDialogProps) {
  const { t } = useLingui();
  const held = (skill: Skill) => skill.holders.find((it) => it.agent_id === agent.id);
  const [units, setUnits] = useState<number | null>(limit?.units_max ?? 10);
  const [levels, setLevels] = useState(
    () => new Map(skills.map((skill) => [skill.id, held(skill)?.level ?? 0])),
  );
  const saving = useSave(
    () =>
      api.routing.setAbilities(agent.id, {
        version: limit?.version ?? 0,
        units_max: units ?? 0,
        skills: skills.flatMap((skill) => {
          const level = levels.get(skill.id) ?? 0;
          const until = held(skill)?.valid_until ?? null;
          return level > 0 ? [{ skill_id: skill.id, level, valid_until: until }] : [];
        }),
      }),
    { refreshes: [KEYS.routing, KEYS.skills], onSaved: onClose },
  );
  return (
    <FormDialog
      title={t`What ${agent.name} can take`}
      action={t`Save`}
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      error={saving.error}
      fields={['units_max']}
    >
      <NumberField
        label={t`Units they can carry`}
        description={t`0: routing gives them nothing.`}
        value={units}
        onChange={setUnits}
        errorMessage={saving.words('units_max')}
      />
      {skills.map((skill) => (
        <Select
          key={skill.id}
          label={skill.name}
          value={String(levels.get(skill.id) ?? 0)}
          onChange={(level) => setLevels(new Map(levels).set(skill.id, Number(level)))}
          options={['0', '1', '2', '3', '4', '5'].map((id) => ({
            id,
            label: id === '0' ? t`Not at all` : id,
          }))}
        />
      ))}
    </FormDialog>
  );
}
