import type { TicketRow, ViewColumn } from '@evenkeel/api';
import { Badge } from '@evenkeel/kit';
import { plural, t } from '@lingui/core/macro';
import type { ReactNode } from 'react';
import { useFormat } from '../../../i18n';
import { priorityLabel, statusLabel, statusTone, typeLabel } from '../../../lib/labels';
import { useAgents, useTeams } from '../../../store';
import styles from './TicketList.module.css';

/** What a saved view shows of a ticket, in the view's order. */
export function Chosen({ ticket, columns }: { ticket: TicketRow; columns: readonly ViewColumn[] }) {
  const agents = useAgents();
  const teams = useTeams();
  const format = useFormat();
  const cell = (column: ViewColumn): ReactNode => {
    switch (column) {
      case 'status':
        return <Badge tone={statusTone(ticket.status)}>{statusLabel(ticket.status)}</Badge>;
      case 'priority':
        return <Badge tone="outline">{priorityLabel(ticket.priority)}</Badge>;
      case 'type':
        return ticket.type && <Badge tone="outline">{typeLabel(ticket.type)}</Badge>;
      case 'assignee':
        return agents.find((agent) => agent.id === ticket.assignee_id)?.name ?? t`Nobody`;
      case 'team':
        return teams.find((team) => team.id === ticket.team_id)?.name;
      case 'tags':
        return ticket.tags.map((tag) => (
          <Badge key={tag} tone="outline">
            {tag}
          </Badge>
        ));
      case 'created_at':
        return t`Created ${format.dateTime(ticket.created_at)}`;
      case 'updated_at':
        return t`Changed ${format.dateTime(ticket.updated_at)}`;
      case 'message_count':
        return plural(ticket.message_count, { one: '# message', other: '# messages' });
      case 'snippet':
        return null;
    }
  };
  return (
    <span className={styles.chosen}>
      {columns.map((column) => {
        const content = cell(column);
        const isEmpty = !content || (Array.isArray(content) && content.length === 0);
        return isEmpty ? null : (
          <span key={column} dir="auto">
            {content}
          </span>
        );
      })}
    </span>
  );
}
