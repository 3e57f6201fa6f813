import { EmptyState, FormSection, Page } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { Route as RouteIcon } from 'lucide-react';
import { useState } from 'react';
import type { Agent, Skill, Team, TeamRouting } from '@evenkeel/api';
import { Button, Table, type Column } from '@evenkeel/kit';
import { api } from '../../auth/client';
import { ConfirmDialog } from '../../forms/ConfirmDialog';
import { Loaded } from '../../forms/Loaded';
import { useSave } from '../../forms/useSave';
import styles from '../Admin.module.css';
import { KEYS, useAgentList, useRoutingSetting, useSkillList, useTeamList } from '../queries';
import { RowActions } from '../RowActions';
import { AbilitiesDialog } from './AbilitiesDialog';
import { QueueDialog } from './QueueDialog';
import { SkillDialog } from './SkillDialog';
import { closedLabel, kindLabel, modeLabel, strategyLabel } from './words';

/** How waiting tickets find somebody. */
export function RoutingPage() {
  const { t } = useLingui();
  const setting = useRoutingSetting();
  const teams = useTeamList().data?.items ?? [];
  const agents = (useAgentList().data?.items ?? []).filter(({ role }) => role !== 'light_agent');
  const skills = useSkillList().data?.items ?? [];
  const [team, setTeam] = useState<TeamRouting | null>(null);
  const [agent, setAgent] = useState<Agent | null>(null);
  const [skill, setSkill] = useState<Skill | 'new' | null>(null);
  const [doomed, setDoomed] = useState<Skill | null>(null);
  return (
    <Page
      title={t`Routing`}
      description={
        <Trans>
          How waiting tickets find somebody. Anybody can still pick any ticket; every decision
          explains itself on the ticket.
        </Trans>
      }
      wide
    >
      <Loaded query={setting}>
        {(all) => (
          <>
            <FormSection
              title={<Trans>Teams</Trans>}
              description={
                <Trans>
                  How each team shares its mail out, and between which bounds its people choose for
                  themselves.
                </Trans>
              }
            >
              {all.teams.length === 0 ? (
                <EmptyState icon={<RouteIcon size={22} />} title={t`No teams yet`}>
                  <Trans>Make a team first: its tickets wait in its queue.</Trans>
                </EmptyState>
              ) : (
                <TeamTable routing={all.teams} teams={teams} onEdit={setTeam} />
              )}
            </FormSection>
            <FormSection
              title={<Trans>Skills</Trans>}
              description={
                <Trans>
                  What some tickets ask for. Languages are told from the first message; after a
                  while less is asked for, so that nobody waits for ever.
                </Trans>
              }
            >
              <SkillTable skills={skills} onEdit={setSkill} onDelete={setDoomed} />
              <div>
                <Button onPress={() => setSkill('new')}>
                  <Trans>New skill</Trans>
                </Button>
              </div>
            </FormSection>
            <FormSection
              title={<Trans>People</Trans>}
              description={<Trans>How much each can carry, and what they can take.</Trans>}
            >
              <PeopleTable
                agents={agents}
                skills={skills}
                units={(id) => all.agents.find((it) => it.agent_id === id)?.units_max ?? 0}
                onEdit={setAgent}
              />
            </FormSection>
            {agent && (
              <AbilitiesDialog
                agent={agent}
                limit={all.agents.find((it) => it.agent_id === agent.id)}
                skills={skills}
                onClose={() => setAgent(null)}
              />
            )}
          </>
        )}
      </Loaded>
      {team && <QueueDialog routing={team} teams={teams} onClose={() => setTeam(null)} />}
      {skill && (
        <SkillDialog skill={skill === 'new' ? null : skill} onClose={() => setSkill(null)} />
      )}
      {doomed && <DeleteSkill skill={doomed} onClose={() => setDoomed(null)} />}
    </Page>
  );
}

type TeamTableProps = {
  routing: readonly TeamRouting[];
  teams: readonly Team[];
  onEdit: (team: TeamRouting) => void;
};

function TeamTable({ routing, teams, onEdit }: TeamTableProps) {
  const { t } = useLingui();
  const name = (id: number) => teams.find((team) => team.id === id)?.name ?? '';
  const mail = (it: TeamRouting) => it.queues.find(({ channel }) => channel === 'email');
  const columns: Column<TeamRouting>[] = [
    {
      id: 'team',
      label: t`Team`,
      cell: (it) => <bdi className={styles.name}>{name(it.team_id)}</bdi>,
    },
    { id: 'mode', label: t`Tickets`, cell: (it) => modeLabel(mail(it)?.mode ?? 'off') },
    {
      id: 'strategy',
      label: t`To whom`,
      cell: (it) => {
        const queue = mail(it);
        return queue && queue.mode !== 'off' ? strategyLabel(queue.strategy) : '–';
      },
    },
    {
      id: 'closed',
      label: t`When closed`,
      cell: (it) => {
        const queue = mail(it);
        return queue && queue.mode !== 'off' ? closedLabel(queue.closed) : '–';
      },
    },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (it) => (
        <Button size="s" onPress={() => onEdit(it)} aria-label={t`Set up ${name(it.team_id)}`}>
          <Trans>Set up</Trans>
        </Button>
      ),
    },
  ];
  return <Table label={t`Teams`} columns={columns} rows={routing} rowKey={(it) => it.team_id} />;
}

type SkillTableProps = {
  skills: readonly Skill[];
  onEdit: (skill: Skill) => void;
  onDelete: (skill: Skill) => void;
};

function SkillTable({ skills, onEdit, onDelete }: SkillTableProps) {
  const { t } = useLingui();
  if (skills.length === 0)
    return <p className={styles.detail}>{t`No skills yet. Anybody can take anything.`}</p>;
  const columns: Column<Skill>[] = [
    { id: 'name', label: t`Name`, cell: (it) => <bdi className={styles.name}>{it.name}</bdi> },
    { id: 'kind', label: t`Kind`, cell: (it) => kindLabel(it.kind) },
    { id: 'holders', label: t`People`, align: 'end', cell: (it) => it.holders.length },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (it) => (
        <RowActions name={it.name} onEdit={() => onEdit(it)} onDelete={() => onDelete(it)} />
      ),
    },
  ];
  return <Table label={t`Skills`} columns={columns} rows={skills} rowKey={(it) => it.id} />;
}

type PeopleTableProps = {
  agents: readonly Agent[];
  skills: readonly Skill[];
  units: (agent: number) => number;
  onEdit: (agent: Agent) => void;
};

function PeopleTable({ agents, skills, units, onEdit }: PeopleTableProps) {
  const { t } = useLingui();
  const held = (id: number) =>
    skills.filter((skill) => skill.holders.some((it) => it.agent_id === id));
  const columns: Column<Agent>[] = [
    { id: 'name', label: t`Name`, cell: (it) => <bdi className={styles.name}>{it.name}</bdi> },
    { id: 'units', label: t`Units`, align: 'end', cell: (it) => units(it.id) },
    {
      id: 'skills',
      label: t`Skills`,
      cell: (it) =>
        held(it.id)
          .map(({ name }) => name)
          .join(', ') || '–',
    },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (it) => (
        <Button size="s" onPress={() => onEdit(it)} aria-label={t`Edit ${it.name}`}>
          <Trans>Edit</Trans>
        </Button>
      ),
    },
  ];
  return <Table label={t`People`} columns={columns} rows={agents} rowKey={(it) => it.id} />;
}

function DeleteSkill({ skill, onClose }: { skill: Skill; onClose: () => void }) {
  const { t } = useLingui();
  const removal = useSave(() => api.skills.delete(skill.id), {
    refreshes: [KEYS.skills],
    onSaved: onClose,
  });
  return (
    <ConfirmDialog
      title={t`Delete “${skill.name}”?`}
      action={t`Delete skill`}
      isBusy={removal.isSaving}
      error={removal.error}
      onConfirm={() => removal.save(undefined)}
      onClose={onClose}
    >
      <Trans>No ticket asks for it any more, and nobody has it.</Trans>
    </ConfirmDialog>
  );
}
