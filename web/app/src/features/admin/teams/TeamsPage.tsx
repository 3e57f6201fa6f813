import type { Agent, Team } from '@evenkeel/api';
import { Button, EmptyState, Page, Table, TextField, type Column } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Users } from 'lucide-react';
import { useState } from 'react';
import { api } from '../../auth/client';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { FormDialog } from '../../forms/FormDialog';
import { Loaded } from '../../forms/Loaded';
import styles from '../Admin.module.css';
import { Faces, PeopleChoice } from '../People';
import { KEYS, useAgentList, useSaveReference, useTeamList } from '../queries';
import { RowActions } from '../RowActions';

/** Teams: who shares which queue. */
export function TeamsPage() {
  const { t } = useLingui();
  const teams = useTeamList();
  const agents = useAgentList().data?.items ?? [];
  const [edited, setEdited] = useState<Team | 'new' | null>(null);
  const [doomed, setDoomed] = useState<Team | null>(null);
  const newButton = (
    <Button variant="primary" onPress={() => setEdited('new')}>
      <Trans>New team</Trans>
    </Button>
  );
  return (
    <Page
      title={t`Teams`}
      description={<Trans>People who share the same tickets. Each team has its own list.</Trans>}
      actions={teams.data?.items.length ? newButton : undefined}
    >
      <Loaded query={teams}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState icon={<Users size={22} />} title={t`No teams yet`} action={newButton}>
              <Trans>A small desk can do without. Make one when the work divides.</Trans>
            </EmptyState>
          ) : (
            <TeamTable teams={items} agents={agents} onEdit={setEdited} onDelete={setDoomed} />
          )
        }
      </Loaded>
      {edited && (
        <TeamDialog
          team={edited === 'new' ? null : edited}
          agents={agents}
          onClose={() => setEdited(null)}
        />
      )}
      {doomed && <DeleteTeam team={doomed} onClose={() => setDoomed(null)} />}
    </Page>
  );
}

type TeamTableProps = {
  teams: readonly Team[];
  agents: readonly Agent[];
  onEdit: (team: Team) => void;
  onDelete: (team: Team) => void;
};

function TeamTable({ teams, agents, onEdit, onDelete }: TeamTableProps) {
  const { t } = useLingui();
  const columns: Column<Team>[] = [
    { id: 'name', label: t`Name`, cell: ({ name }) => <bdi className={styles.name}>{name}</bdi> },
    {
      id: 'members',
      label: t`Members`,
      cell: (team) => <Faces people={agents.filter(({ id }) => team.member_ids.includes(id))} />,
    },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (team) => (
        <RowActions name={team.name} onEdit={() => onEdit(team)} onDelete={() => onDelete(team)} />
      ),
    },
  ];
  return <Table label={t`Teams`} columns={columns} rows={teams} rowKey={({ id }) => id} />;
}

type TeamDialogProps = { team: Team | null; agents: readonly Agent[]; onClose: () => void };

function TeamDialog({ team, agents, onClose }: TeamDialogProps) {
  const { t } = useLingui();
  const [name, setName] = useState(team?.name ?? '');
  const [members, setMembers] = useState<number[]>(team?.member_ids ?? []);
  const saving = useSaveReference(
    () => {
      const input = { name: name.trim(), member_ids: members };
      return team
        ? api.teams.update(team.id, { version: team.version, ...input })
        : api.teams.create(input);
    },
    { refreshes: [KEYS.teams, KEYS.agents], onSaved: onClose },
  );
  return (
    <FormDialog
      title={team ? t`Edit team` : t`New team`}
      action={team ? t`Save` : t`Create team`}
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
        autoFocus
        isRequired
      />
      <PeopleChoice
        label={t`Members`}
        people={agents.filter(({ status }) => status === 'active')}
        chosen={members}
        onChange={setMembers}
      />
    </FormDialog>
  );
}

function DeleteTeam({ team, onClose }: { team: Team; onClose: () => void }) {
  const { t } = useLingui();
  const removal = useSaveReference((id: number) => api.teams.delete(id), {
    refreshes: [KEYS.teams, KEYS.agents],
    onSaved: onClose,
  });
  return (
    <ConfirmDialog
      title={t`Delete “${team.name}”?`}
      action={t`Delete team`}
      isBusy={removal.isSaving}
      error={removal.error}
      onConfirm={() => removal.save(team.id)}
      onClose={onClose}
    >
      <Trans>Its tickets stay; they just belong to no team any more. So do its people.</Trans>
    </ConfirmDialog>
  );
}
