import type { Agent } from '@evenkeel/api';
import { Avatar, Badge, Button, Table, toast, type Column } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { useFormat } from '../../../i18n';
import { api } from '../../auth/client';
import { useSession } from '../../auth/session';
import { ProblemBanner } from '../../forms/problems';
import { useRoleWords } from '../../../lib/roles';
import styles from '../Admin.module.css';
import { KEYS, useSaveReference, useTeamList } from '../queries';

type AgentTableProps = {
  agents: readonly Agent[];
  onEdit: (agent: Agent) => void;
  onDisable: (agent: Agent) => void;
};

export function AgentTable({ agents, onEdit, onDisable }: AgentTableProps) {
  const { t } = useLingui();
  const format = useFormat();
  const roleWords = useRoleWords();
  const teams = useTeamList().data?.items ?? [];
  const enable = useSaveReference(
    ({ id, version }: Agent) => api.agents.update(id, { version, status: 'active' }),
    {
      refreshes: [KEYS.agents],
      onSaved: ({ name }) => void toast({ text: t`${name} may sign in again.`, tone: 'good' }),
    },
  );
  const columns: Column<Agent>[] = [
    { id: 'person', label: t`Name`, cell: (agent) => <Person agent={agent} /> },
    { id: 'role', label: t`Role`, cell: ({ role }) => roleWords[role].name },
    {
      id: 'teams',
      label: t`Teams`,
      cell: ({ team_ids: ids }) => (
        <bdi>
          {format.list(teams.filter(({ id }) => ids.includes(id)).map(({ name }) => name)) || '–'}
        </bdi>
      ),
    },
    {
      id: 'actions',
      label: '',
      align: 'end',
      cell: (agent) => (
        <Actions
          agent={agent}
          onEdit={() => onEdit(agent)}
          onDisable={() => onDisable(agent)}
          onEnable={() => enable.save(agent)}
        />
      ),
    },
  ];
  return (
    <>
      <ProblemBanner error={enable.error} />
      <Table label={t`Agents`} columns={columns} rows={agents} rowKey={({ id }) => id} />
    </>
  );
}

function Person({ agent }: { agent: Agent }) {
  const { t } = useLingui();
  const { me } = useSession();
  const isDisabled = agent.status === 'disabled';
  return (
    <span className={styles.person}>
      <Avatar name={agent.name} size={32} />
      <div>
        <bdi className={styles.name}>{agent.name}</bdi>{' '}
        {agent.id === me.agent.id && <Badge tone="accent">{t`You`}</Badge>}
        {isDisabled && <Badge tone="warn">{t`Disabled`}</Badge>}
        <div className={styles.detail}>
          <bdi>{agent.email}</bdi>
        </div>
      </div>
    </span>
  );
}

type ActionsProps = {
  agent: Agent;
  onEdit: () => void;
  onDisable: () => void;
  onEnable: () => void;
};

function Actions({ agent, onEdit, onDisable, onEnable }: ActionsProps) {
  const { t } = useLingui();
  const { me } = useSession();
  return (
    <span className={styles.actions}>
      <Button size="s" aria-label={t`Edit ${agent.name}`} onPress={onEdit}>
        <Trans>Edit</Trans>
      </Button>
      {agent.status === 'disabled' ? (
        <Button size="s" aria-label={t`Enable ${agent.name}`} onPress={onEnable}>
          <Trans>Enable</Trans>
        </Button>
      ) : (
        agent.id !== me.agent.id && (
          <Button
            size="s"
            variant="quiet"
            aria-label={t`Disable ${agent.name}`}
            onPress={onDisable}
          >
            <Trans>Disable</Trans>
          </Button>
        )
      )}
    </span>
  );
}
