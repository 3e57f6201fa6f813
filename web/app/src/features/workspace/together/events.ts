/** What colleagues did together on a ticket, as sentences. */
import type { EventItem } from '@evenkeel/api';
import { t } from '@lingui/core/macro';
import type { EventNames } from '../conversation/events';

const NOUNS = ['promise', 'side_conversation', 'escalation', 'task', 'hand_over'];

export const isTogether = (kind: string): boolean => NOUNS.includes(kind.split('.')[0] ?? '');

/** Sentences for such an event; none for what the side panel shows better. */
export function togetherSentences(event: EventItem, actor: string, names: EventNames): string[] {
  const { changes } = event;
  switch (event.kind) {
    case 'promise.made': {
      const due = changes.due_at?.to;
      return typeof due === 'string'
        ? [t`${actor} promised the customer something by ${names.time(due)}`]
        : [];
    }
    case 'promise.fell_due':
      return [t`What ${names.agent(changes.owner?.to)} promised is due`];
    case 'promise.settled':
      return changes.state?.to === 'kept'
        ? [t`The promise is kept`]
        : [t`${actor} withdrew the promise`];
    case 'side_conversation.started': {
      const { agent, team } = changes;
      if (agent) return [t`${actor} asked ${names.agent(agent.to)} beside this`];
      if (team) return [t`${actor} asked ${names.team(team.to)} beside this`];
      return [t`${actor} asked somebody outside beside this`];
    }
    case 'side_conversation.answered':
      return [t`${actor} wrote in a side conversation`];
    case 'side_conversation.changed':
      return changes.state?.to === 'done' ? [t`${actor} ended a side conversation`] : [];
    case 'escalation.started': {
      const { to_agent: agent, to_team: team } = changes;
      const to = agent ? names.agent(agent.to) : names.team(team?.to);
      return [t`${actor} escalated this to ${to}`];
    }
    case 'escalation.moved':
      if (changes.state?.to === 'taken') return [t`${actor} took the escalation`];
      return changes.state?.to === 'returned' ? [t`${actor} returned the escalation`] : [];
    case 'hand_over.sent': {
      const { to_agent: agent, to_team: team } = changes;
      const to = agent ? names.agent(agent.to) : names.team(team?.to);
      return [t`${actor} handed over to ${to}`];
    }
    case 'task.added':
      return [t`${actor} added something to do`];
    case 'task.changed':
      return changes.done?.to === true ? [t`${actor} did a task`] : [];
    default:
      return [];
  }
}
