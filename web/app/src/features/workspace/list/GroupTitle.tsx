import type { TicketRow, ViewGroup } from '@evenkeel/api';
import { t } from '@lingui/core/macro';
import { priorityLabel, statusLabel, typeLabel } from '../../../lib/labels';
import { useAgents, useStore, useTeams } from '../../../store';
import styles from './TicketList.module.css';

interface GroupTitleProps {
  id: number;
  /** The ticket above it, if any. */
  before: number | undefined;
  group: ViewGroup | null;
}

/** The name of a group, above the first of its tickets. */
export function GroupTitle({ id, before, group }: GroupTitleProps) {
  const ticket = useStore((state) => state.tickets.get(id));
  const above = useStore((state) => (before === undefined ? undefined : state.tickets.get(before)));
  const agents = useAgents();
  const teams = useTeams();
  if (group === null || !ticket) return null;
  if (above && valueOf(above, group) === valueOf(ticket, group)) return null;
  const named = (list: readonly { id: number; name: string }[], wanted: number | null) =>
    list.find((each) => each.id === wanted)?.name;
  const words = {
    status: () => statusLabel(ticket.status),
    priority: () => priorityLabel(ticket.priority),
    type: () => (ticket.type ? typeLabel(ticket.type) : t`No type`),
    assignee: () => named(agents, ticket.assignee_id) ?? t`Nobody`,
    team: () => named(teams, ticket.team_id) ?? t`No team`,
  };
  return (
    <h2 className={styles.group} dir="auto">
      {words[group]()}
    </h2>
  );
}

function valueOf(ticket: TicketRow, group: ViewGroup): unknown {
  switch (group) {
    case 'assignee':
      return ticket.assignee_id;
    case 'team':
      return ticket.team_id;
    default:
      return ticket[group];
  }
}
