import type { Ticket } from '@evenkeel/api';
import { Avatar, Badge, Button, IconButton, Menu, Picker } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { ChevronDown, Tag as TagIcon, UserPlus, Users, X } from 'lucide-react';
import { useState } from 'react';
import {
  PRIORITIES,
  priorityLabel,
  SETTABLE_STATUSES,
  statusLabel,
  statusMeaning,
  statusTone,
} from '../../../lib/labels';
import { useSession } from '../../../session';
import { useAgents, useTags, useTeams } from '../../../store';
import { changeTicket } from '../../../store/commands';
import { ClockButton } from '../../sla/Clock';
import { setStatus, type Pickers } from './useTicketActions';
import styles from './Conversation.module.css';

interface PropertiesProps {
  ticket: Ticket;
  pickers: Pickers;
}

/** Status, priority, owner, team and tags, each changed where it stands. */
export function Properties(props: PropertiesProps) {
  return (
    <div className={styles.properties}>
      <Status {...props} />
      <Priority {...props} />
      <Assignee {...props} />
      <Team {...props} />
      <Tags {...props} />
      <ClockButton ticket={props.ticket} />
    </div>
  );
}

const bind = ({ open, setOpen }: Pickers, name: Pickers['open']) => ({
  isOpen: open === name,
  onOpenChange: (isOpen: boolean) => setOpen(isOpen ? name : null),
});

const down = <ChevronDown size={13} className={styles.down} aria-hidden />;

function Status({ ticket, pickers }: PropertiesProps) {
  const label = statusLabel(ticket.status);
  const badge = <Badge tone={statusTone(ticket.status)}>{label}</Badge>;
  if (!ticket.may.update) return badge;
  return (
    <Menu
      label={t`Status`}
      {...bind(pickers, 'status')}
      trigger={
        <Button
          size="s"
          variant="quiet"
          aria-label={t`Status: ${label}`}
          className={styles.property}
        >
          {badge}
          {down}
        </Button>
      }
      entries={SETTABLE_STATUSES.map((status) => ({
        id: status,
        label: statusLabel(status),
        detail: statusMeaning(status),
        isSelected: ticket.status === status,
        onAction: () => setStatus(ticket, status),
      }))}
    />
  );
}

function Priority({ ticket, pickers }: PropertiesProps) {
  const label = priorityLabel(ticket.priority);
  if (!ticket.may.update) return <span className={styles.plain}>{label}</span>;
  return (
    <Menu
      label={t`Priority`}
      {...bind(pickers, 'priority')}
      trigger={
        <Button
          size="s"
          variant="quiet"
          aria-label={t`Priority: ${label}`}
          className={styles.property}
        >
          {t`Priority: ${label}`}
          {down}
        </Button>
      }
      entries={PRIORITIES.map((priority) => ({
        id: priority,
        label: priorityLabel(priority),
        isSelected: ticket.priority === priority,
        onAction: () => {
          const done = t`Priority: ${priorityLabel(priority)}`;
          if (priority !== ticket.priority) void changeTicket(ticket.id, { priority }, done);
        },
      }))}
    />
  );
}

const NOBODY = 'nobody';

function Assignee({ ticket, pickers }: PropertiesProps) {
  const { me } = useSession();
  const agents = useAgents();
  const assignee = agents.find((agent) => agent.id === ticket.assignee_id);
  const name = assignee?.name ?? t`Nobody`;
  const face = assignee ? (
    <Avatar name={assignee.name} size={20} />
  ) : (
    <UserPlus size={15} aria-hidden />
  );
  if (!ticket.may.update) {
    return (
      <span className={styles.plain}>
        {face} {name}
      </span>
    );
  }
  const able = agents.filter((agent) => agent.status === 'active' && agent.role !== 'light_agent');
  const mineFirst = [
    ...able.filter((agent) => agent.id === me.agent.id),
    ...able.filter((agent) => agent.id !== me.agent.id),
  ];
  const choose = ([id]: string[]) => {
    const chosen = id === undefined || id === NOBODY ? null : Number(id);
    if (chosen === ticket.assignee_id) return;
    const to = agents.find((agent) => agent.id === chosen)?.name;
    void changeTicket(
      ticket.id,
      { assignee_id: chosen },
      to === undefined ? t`Assigned to nobody` : t`Assigned to ${to}`,
    );
  };
  return (
    <Picker
      label={t`Assign to`}
      emptyText={t`No colleague of that name.`}
      {...bind(pickers, 'assign')}
      trigger={
        <Button size="s" variant="quiet" className={styles.property} icon={face}>
          {assignee && <span className={styles.hidden}>{t`Assigned to`} </span>}
          <span dir="auto">{assignee ? name : t`Assign`}</span>
          {down}
        </Button>
      }
      selected={[ticket.assignee_id === null ? NOBODY : String(ticket.assignee_id)]}
      onChange={choose}
      options={[
        ...mineFirst.map((agent) => ({
          id: String(agent.id),
          label: agent.id === me.agent.id ? t`${agent.name} (you)` : agent.name,
          icon: <Avatar name={agent.name} size={22} />,
        })),
        { id: NOBODY, label: t`Nobody`, icon: <X size={16} aria-hidden /> },
      ]}
    />
  );
}

function Team({ ticket, pickers }: PropertiesProps) {
  const teams = useTeams();
  const team = teams.find((each) => each.id === ticket.team_id);
  if (teams.length === 0) return null;
  const name = team?.name ?? t`No team`;
  if (!ticket.may.update) return <span className={styles.plain}>{name}</span>;
  const choose = (teamId: number | null, label: string) => {
    if (teamId !== ticket.team_id)
      void changeTicket(ticket.id, { team_id: teamId }, t`Team: ${label}`);
  };
  return (
    <Menu
      label={t`Team`}
      {...bind(pickers, 'team')}
      trigger={
        <Button
          size="s"
          variant="quiet"
          aria-label={t`Team: ${name}`}
          className={styles.property}
          icon={<Users size={15} aria-hidden />}
        >
          {name}
          {down}
        </Button>
      }
      entries={[
        ...teams.map((each) => ({
          id: String(each.id),
          label: each.name,
          isSelected: each.id === ticket.team_id,
          onAction: () => choose(each.id, each.name),
        })),
        {
          id: NOBODY,
          label: t`No team`,
          startsGroup: true,
          isSelected: ticket.team_id === null,
          onAction: () => choose(null, t`No team`),
        },
      ]}
    />
  );
}

function Tags({ ticket, pickers }: PropertiesProps) {
  const known = useTags();
  const [search, setSearch] = useState('');
  const set = (tags: string[]) => void changeTicket(ticket.id, { tags });
  const names = [...new Set([...known.map((tag) => tag.name), ...ticket.tags])];
  return (
    <div className={styles.tags}>
      {ticket.tags.map((tag) => (
        <Badge key={tag} tone="outline">
          {tag}
          {ticket.may.update && (
            <IconButton
              className={styles.untag}
              size="s"
              label={t`Remove the tag ${tag}`}
              icon={<X size={12} aria-hidden />}
              onPress={() => set(ticket.tags.filter((each) => each !== tag))}
            />
          )}
        </Badge>
      ))}
      {ticket.may.update && (
        <Picker
          multiple
          label={t`Tags`}
          emptyText={t`No tags yet. Type a name to make one.`}
          {...bind(pickers, 'tag')}
          search={search}
          onSearch={setSearch}
          trigger={
            <Button
              size="s"
              variant="quiet"
              className={styles.property}
              icon={<TagIcon size={14} aria-hidden />}
            >
              {t`Tag`}
            </Button>
          }
          selected={ticket.tags}
          onChange={set}
          options={names.map((name) => ({ id: name, label: name }))}
          create={{
            label: (text) => t`Make the tag “${text}”`,
            onCreate: (text) => {
              setSearch('');
              set([...ticket.tags, text]);
            },
          }}
        />
      )}
    </div>
  );
}
