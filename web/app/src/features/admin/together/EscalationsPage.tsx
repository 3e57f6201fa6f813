import { newKey, type EscalationPath, type EscalationStep } from '@evenkeel/api';
import { Button, EmptyState, Page, Select, Table, TextField, type Column } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { ChevronsUp } from 'lucide-react';
import { useState } from 'react';
import { useAgents, useTeams } from '../../../store';
import { api } from '../../auth/client';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { FormDialog } from '../../forms/FormDialog';
import { Loaded } from '../../forms/Loaded';
import { useSave } from '../../forms/useSave';
import { PATHS, usePaths } from '../../workspace/together/queries';
import { RowActions } from '../RowActions';
import styles from './Together.module.css';

const EMPTY: EscalationStep = { agent_id: null, team_id: null, when: '', minutes: 60 };

/** The ways by which tickets go to somebody who can do more. */
export function EscalationsPage() {
  const { t } = useLingui();
  const paths = usePaths();
  const [edited, setEdited] = useState<EscalationPath | 'new' | null>(null);
  const [doomed, setDoomed] = useState<EscalationPath | null>(null);
  const removal = useSave((id: number) => api.escalationPaths.delete(id), {
    refreshes: [PATHS],
    onSaved: () => setDoomed(null),
  });
  const columns: Column<EscalationPath>[] = [
    { id: 'name', label: t`Name`, cell: ({ name }) => <bdi>{name}</bdi> },
    { id: 'steps', label: t`Steps`, align: 'end', cell: ({ steps }) => steps.length },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (path) => (
        <RowActions
          name={path.name}
          onEdit={() => setEdited(path)}
          onDelete={() => setDoomed(path)}
        />
      ),
    },
  ];
  const newButton = (
    <Button variant="primary" onPress={() => setEdited('new')}>
      <Trans>New path</Trans>
    </Button>
  );
  return (
    <Page
      title={t`Escalation paths`}
      description={<Trans>Who can do more, when to ask them, and by when they take it.</Trans>}
      actions={paths.data?.items.length ? newButton : undefined}
    >
      <Loaded query={paths}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              icon={<ChevronsUp size={22} />}
              title={t`No escalation paths yet`}
              action={newButton}
            />
          ) : (
            <Table
              label={t`Escalation paths`}
              columns={columns}
              rows={items}
              rowKey={({ id }) => id}
            />
          )
        }
      </Loaded>
      {edited && (
        <PathDialog path={edited === 'new' ? null : edited} onClose={() => setEdited(null)} />
      )}
      {doomed && (
        <ConfirmDialog
          title={t`Delete “${doomed.name}”?`}
          action={t`Delete path`}
          isBusy={removal.isSaving}
          error={removal.error}
          onConfirm={() => removal.save(doomed.id)}
          onClose={() => setDoomed(null)}
        >
          <Trans>What was escalated by it goes on.</Trans>
        </ConfirmDialog>
      )}
    </Page>
  );
}

function PathDialog({ path, onClose }: { path: EscalationPath | null; onClose: () => void }) {
  const { t } = useLingui();
  const [name, setName] = useState(path?.name ?? '');
  const [steps, setSteps] = useState<EscalationStep[]>(path?.steps ?? [EMPTY]);
  const [key] = useState(newKey);
  const change = (at: number, to: EscalationStep) =>
    setSteps(steps.map((step, index) => (index === at ? to : step)));
  const saving = useSave(
    () => {
      const input = { name, steps };
      return path
        ? api.escalationPaths.update(path.id, { version: path.version, ...input })
        : api.escalationPaths.create(input, key);
    },
    { refreshes: [PATHS], onSaved: onClose },
  );
  const isWhole = ({ agent_id: agent, team_id: team, when }: EscalationStep) =>
    (agent ?? team ?? null) !== null && when.trim() !== '';
  return (
    <FormDialog
      size="m"
      title={path ? t`Edit path` : t`New path`}
      action={path ? t`Save` : t`Create path`}
      onSubmit={() => saving.save(undefined)}
      onClose={onClose}
      isBusy={saving.isSaving}
      isIncomplete={name.trim() === '' || !steps.every(isWhole)}
      error={saving.error}
      fields={['name']}
    >
      <TextField
        label={t`Name`}
        value={name}
        onChange={setName}
        errorMessage={saving.words('name')}
        autoFocus
        isRequired
      />
      {steps.map((step, index) => (
        <StepFields
          key={index}
          index={index}
          step={step}
          onChange={(to) => change(index, to)}
          onRemove={
            steps.length > 1 ? () => setSteps(steps.filter((_, at) => at !== index)) : undefined
          }
        />
      ))}
      <Button size="s" onPress={() => setSteps([...steps, EMPTY])}>{t`Add a step`}</Button>
    </FormDialog>
  );
}

type StepFieldsProps = {
  index: number;
  step: EscalationStep;
  onChange: (step: EscalationStep) => void;
  onRemove: (() => void) | undefined;
};

function StepFields({ index, step, onChange, onRemove }: StepFieldsProps) {
  const { t } = useLingui();
  const agents = useAgents().filter(
    ({ status, role }) => status === 'active' && role !== 'light_agent',
  );
  const teams = useTeams();
  const chosen = step.agent_id
    ? `agent:${step.agent_id}`
    : step.team_id
      ? `team:${step.team_id}`
      : null;
  const choose = (id: string) => {
    const [kind, number] = id.split(':');
    const isAgent = kind === 'agent';
    onChange({
      ...step,
      agent_id: isAgent ? Number(number) : null,
      team_id: isAgent ? null : Number(number),
    });
  };
  return (
    <fieldset className={styles.step}>
      <legend>{t`Step ${index + 1}`}</legend>
      <Select
        label={t`To whom`}
        placeholder={t`Choose`}
        options={[
          ...teams.map(({ id, name }) => ({ id: `team:${id}`, label: name })),
          ...agents.map(({ id, name }) => ({ id: `agent:${id}`, label: name })),
        ]}
        value={chosen}
        onChange={choose}
      />
      <TextField
        label={t`When to use it`}
        placeholder={t`When the refund is above 500`}
        value={step.when}
        onChange={(when) => onChange({ ...step, when })}
      />
      <TextField
        label={t`Minutes in which it is taken`}
        type="number"
        value={String(step.minutes)}
        onChange={(minutes) => onChange({ ...step, minutes: Number(minutes) || 0 })}
      />
      {onRemove && <Button size="s" variant="quiet" onPress={onRemove}>{t`Remove`}</Button>}
    </fieldset>
  );
}
