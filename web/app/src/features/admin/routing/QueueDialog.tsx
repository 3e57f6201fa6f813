import type { Queue, Team, TeamRouting } from '@evenkeel/api';
import { Checkbox, Select } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { useState } from 'react';
import { api } from '../../auth/client';
import { FormDialog } from '../../forms/FormDialog';
import { useSave } from '../../forms/useSave';
import { KEYS } from '../queries';
import { NumberField } from './NumberField';
import { closedLabel, modeLabel, strategyLabel } from './words';

const MODES: readonly Queue['mode'][] = ['off', 'push', 'auto'];
const STRATEGIES: readonly Queue['strategy'][] = ['longest_idle', 'least_loaded', 'round_robin'];
const CLOSED: readonly Queue['closed'][] = ['wait', 'route', 'overflow'];

const FIRST: Queue = {
  channel: 'email',
  mode: 'push',
  strategy: 'longest_idle',
  previous_agent_first: true,
  account_owner_first: false,
  units: 1,
  offer_seconds: 60,
  lower_after: 30,
  drop_after: 120,
  overflow_team_id: null,
  overflow_after: null,
  closed: 'wait',
};

type QueueDialogProps = { routing: TeamRouting; teams: readonly Team[]; onClose: () => void };

/** How one team shares its mail out. */
export function QueueDialog({ routing, teams, onClose }: QueueDialogProps) {
  const { t } = useLingui();
  const index = routing.queues.findIndex(({ channel }) => channel === 'email');
  const [queue, setQueue] = useState<Queue>(routing.queues[index] ?? { ...FIRST, mode: 'off' });
  const [bounds, setBounds] = useState({
    ceiling_min: routing.ceiling_min as number | null,
    ceiling_max: routing.ceiling_max as number | null,
    recovery_minutes: routing.recovery_minutes as number | null,
  });
  const change = (part: Partial<Queue>) => setQueue({ ...queue, ...part });
  const saving = useSave(
    () =>
      api.routing.setTeam(routing.team_id, {
        version: routing.version,
        ceiling_min: bounds.ceiling_min ?? 0,
        ceiling_max: bounds.ceiling_max ?? 0,
        recovery_minutes: bounds.recovery_minutes ?? 0,
        queues: [queue, ...routing.queues.filter(({ channel }) => channel !== 'email')],
      }),
    { refreshes: [KEYS.routing], onSaved: onClose },
  );
  const words = (field: string) => saving.words(`queues.0.${field}`);
  const name = teams.find(({ id }) => id === routing.team_id)?.name ?? '';
  const isOn = queue.mode !== 'off';
  return (
    <FormDialog
      title={t`Routing of ${name}`}
      action={t`Save`}
      size="m"
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      error={saving.error}
      fields={['ceiling_min', 'ceiling_max', 'recovery_minutes']}
    >
      <Select
        label={t`Mail tickets`}
        value={queue.mode}
        onChange={(mode) => change({ mode })}
        options={MODES.map((id) => ({ id, label: modeLabel(id) }))}
      />
      {isOn && (
        <>
          <Select
            label={t`To whom, of several`}
            value={queue.strategy}
            onChange={(strategy) => change({ strategy })}
            options={STRATEGIES.map((id) => ({ id, label: strategyLabel(id) }))}
          />
          <Checkbox
            isSelected={queue.previous_agent_first}
            onChange={(previous) => change({ previous_agent_first: previous })}
          >
            {t`Whoever knows the customer comes first`}
          </Checkbox>
          <Checkbox
            isSelected={queue.account_owner_first}
            onChange={(owner) => change({ account_owner_first: owner })}
          >
            {t`Whoever looks after the account comes before all`}
          </Checkbox>
          <NumberField
            label={t`Units a ticket takes`}
            value={queue.units}
            onChange={(units) => change({ units: units ?? 0 })}
            errorMessage={words('units')}
          />
          {queue.mode === 'push' && (
            <NumberField
              label={t`Seconds to answer an offer`}
              value={queue.offer_seconds}
              onChange={(seconds) => change({ offer_seconds: seconds ?? 0 })}
              errorMessage={words('offer_seconds')}
            />
          )}
          <NumberField
            label={t`Ask for one skill level less after minutes`}
            value={queue.lower_after ?? null}
            onChange={(minutes) => change({ lower_after: minutes })}
            errorMessage={words('lower_after')}
          />
          <NumberField
            label={t`Ask for no skill after minutes`}
            description={t`Certificates are always asked for.`}
            value={queue.drop_after ?? null}
            onChange={(minutes) => change({ drop_after: minutes })}
            errorMessage={words('drop_after')}
          />
          <Select
            label={t`When the team is closed`}
            value={queue.closed}
            onChange={(closed) => change({ closed })}
            options={CLOSED.map((id) => ({ id, label: closedLabel(id) }))}
          />
          <Select
            label={t`The other team`}
            value={String(queue.overflow_team_id ?? '')}
            onChange={(id) => change({ overflow_team_id: id === '' ? null : Number(id) })}
            errorMessage={words('overflow_team_id')}
            options={[
              { id: '', label: t`None` },
              ...teams
                .filter(({ id }) => id !== routing.team_id)
                .map(({ id, name: label }) => ({ id: String(id), label })),
            ]}
          />
          <NumberField
            label={t`Give to the other team after minutes`}
            value={queue.overflow_after ?? null}
            onChange={(minutes) => change({ overflow_after: minutes })}
            errorMessage={words('overflow_after')}
          />
        </>
      )}
      <NumberField
        label={t`Hands are filled to at least (percent)`}
        description={t`Everybody chooses for themselves between these two.`}
        value={bounds.ceiling_min}
        onChange={(share) => setBounds({ ...bounds, ceiling_min: share })}
        errorMessage={saving.words('ceiling_min')}
      />
      <NumberField
        label={t`and at most (percent)`}
        value={bounds.ceiling_max}
        onChange={(share) => setBounds({ ...bounds, ceiling_max: share })}
        errorMessage={saving.words('ceiling_max')}
      />
      <NumberField
        label={t`Minutes to recover after abuse`}
        value={bounds.recovery_minutes}
        onChange={(minutes) => setBounds({ ...bounds, recovery_minutes: minutes })}
        errorMessage={saving.words('recovery_minutes')}
      />
    </FormDialog>
  );
}
