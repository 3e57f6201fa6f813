/** What can be done to a ticket by a macro, a rule or a bulk edit, in the words of the screen. */
import type { Action, Agent, Tag, Team } from '@evenkeel/api';
import { t } from '@lingui/core/macro';
import { priorityLabel, statusLabel, typeLabel } from '../../lib/labels';

export type ActionKind = Action['action'];

export const ACTION_KINDS: readonly ActionKind[] = [
  'set_status',
  'set_priority',
  'set_type',
  'assign',
  'set_team',
  'add_tags',
  'remove_tags',
  'snooze',
  'add_watcher',
  'set_place',
];

export function actionLabel(kind: ActionKind): string {
  switch (kind) {
    case 'set_status':
      return t`Set the status`;
    case 'set_priority':
      return t`Set the priority`;
    case 'set_type':
      return t`Set the type`;
    case 'assign':
      return t`Assign`;
    case 'set_team':
      return t`Give to a team`;
    case 'add_tags':
      return t`Add tags`;
    case 'remove_tags':
      return t`Remove tags`;
    case 'snooze':
      return t`Snooze`;
    case 'add_watcher':
      return t`Let somebody watch`;
    case 'set_place':
      return t`Move`;
    case 'set_field':
      return t`Set a field`;
  }
}

/** A first action of a kind, with what a person still has to choose left open. */
export function begin(kind: ActionKind): Action {
  switch (kind) {
    case 'set_status':
      return { action: kind, status: 'pending' };
    case 'set_priority':
      return { action: kind, priority: 'high' };
    case 'set_type':
      return { action: kind, type: 'question' };
    case 'assign':
      return { action: kind, to: 'me' };
    case 'set_team':
      return { action: kind, team_id: null };
    case 'add_tags':
    case 'remove_tags':
      return { action: kind, tag_ids: [] };
    case 'snooze':
      return { action: kind, minutes: 24 * 60 };
    case 'add_watcher':
      return { action: kind, agent_id: 0 };
    case 'set_place':
      return { action: kind, place: 'trash' };
    case 'set_field':
      return { action: kind, field_id: 0, value: {} };
  }
}

/** Whether an action says all it must. */
export function isWhole(action: Action): boolean {
  switch (action.action) {
    case 'add_tags':
    case 'remove_tags':
      return action.tag_ids.length > 0;
    case 'add_watcher':
      return action.agent_id > 0;
    case 'set_field':
      return action.field_id > 0;
    case 'snooze':
      return action.minutes > 0;
    default:
      return true;
  }
}

export interface ActionNames {
  agents: readonly Agent[];
  teams: readonly Team[];
  tags: readonly Tag[];
}

/** An action as a few words: “Priority: High”. */
export function actionWords(action: Action, names: ActionNames): string {
  const agent = (id: number) => names.agents.find((each) => each.id === id)?.name ?? t`somebody`;
  const tags = (ids: readonly number[]) =>
    names.tags
      .filter(({ id }) => ids.includes(id))
      .map(({ name }) => name)
      .join(', ');
  switch (action.action) {
    case 'set_status':
      return t`Status: ${statusLabel(action.status)}`;
    case 'set_priority':
      return t`Priority: ${priorityLabel(action.priority)}`;
    case 'set_type':
      return action.type ? t`Type: ${typeLabel(action.type)}` : t`No type`;
    case 'assign':
      if (action.to === 'me') return t`Assign to me`;
      return action.to === 'nobody' ? t`Assign to nobody` : t`Assign to ${agent(action.to.agent)}`;
    case 'set_team': {
      const team = names.teams.find(({ id }) => id === action.team_id)?.name;
      return team ? t`Team: ${team}` : t`No team`;
    }
    case 'add_tags':
      return t`Tag: ${tags(action.tag_ids)}`;
    case 'remove_tags':
      return t`Remove the tag: ${tags(action.tag_ids)}`;
    case 'snooze':
      return t`Snooze for ${Math.round(action.minutes / 60)} h`;
    case 'add_watcher':
      return t`Watched by ${agent(action.agent_id)}`;
    case 'set_place':
      return t`Move`;
    case 'set_field':
      return t`Set a field`;
  }
}
