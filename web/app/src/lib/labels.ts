/** Words for the values of the API, in the language spoken now. */
import type { Priority, TicketStatus, TicketType, View, ViewId } from '@evenkeel/api';
import type { Tone } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';

export const STATUSES: readonly TicketStatus[] = [
  'new',
  'open',
  'pending',
  'on_hold',
  'solved',
  'closed',
];
/** What an agent may set; the others come by themselves. */
export const SETTABLE_STATUSES: readonly TicketStatus[] = ['open', 'pending', 'on_hold', 'solved'];
export const PRIORITIES: readonly Priority[] = ['low', 'normal', 'high', 'urgent'];

export function statusLabel(status: TicketStatus): string {
  switch (status) {
    case 'new':
      return t`New`;
    case 'open':
      return t`Open`;
    case 'pending':
      return t`Pending`;
    case 'on_hold':
      return t`On hold`;
    case 'solved':
      return t`Solved`;
    case 'closed':
      return t`Closed`;
  }
}

/** What a status means, for menus. */
export function statusMeaning(status: TicketStatus): string {
  switch (status) {
    case 'new':
      return t`Nobody has looked yet`;
    case 'open':
      return t`We owe an answer`;
    case 'pending':
      return t`The customer owes an answer`;
    case 'on_hold':
      return t`Waiting for somebody else`;
    case 'solved':
      return t`Done, unless the customer writes again`;
    case 'closed':
      return t`Done for good`;
  }
}

export function statusTone(status: TicketStatus): Tone | 'outline' {
  switch (status) {
    case 'new':
      return 'accent';
    case 'open':
      return 'warn';
    case 'solved':
      return 'good';
    case 'closed':
      return 'outline';
    default:
      return 'neutral';
  }
}

export function priorityLabel(priority: Priority): string {
  switch (priority) {
    case 'low':
      return t`Low`;
    case 'normal':
      return t`Normal`;
    case 'high':
      return t`High`;
    case 'urgent':
      return t`Urgent`;
  }
}

export const TICKET_TYPES: readonly TicketType[] = [
  'question',
  'problem',
  'incident',
  'task',
  'complaint',
];

export function typeLabel(type: TicketType): string {
  switch (type) {
    case 'question':
      return t`Question`;
    case 'problem':
      return t`Problem`;
    case 'incident':
      return t`Incident`;
    case 'task':
      return t`Task`;
    case 'complaint':
      return t`Complaint`;
  }
}

export function viewLabel(id: ViewId, views: readonly View[] = []): string {
  switch (id) {
    case 'mine':
      return t`Mine`;
    case 'mentions':
      return t`Mentions`;
    case 'unassigned':
      return t`Unassigned`;
    case 'all':
      return t`All`;
    case 'snoozed':
      return t`Snoozed`;
    case 'solved':
      return t`Solved`;
    case 'bulk':
      return t`Bulk mail`;
    case 'spam':
      return t`Spam`;
    case 'trash':
      return t`Trash`;
    default:
      return boardLabel(id, views) ?? views.find((view) => view.id === id)?.name ?? t`View`;
  }
}

/** A list of the board, with its team where that is known. */
function boardLabel(id: ViewId, views: readonly View[]): string | null {
  const [, what, of] = /^board:(\w+):(\w+)$/.exec(id) ?? [];
  if (what === undefined) return null;
  const team = views.find((view) => view.id === `team:${of}`)?.name;
  const label = figureLabel(what);
  return team ? t`${label}: ${team}` : label;
}

function figureLabel(what: string): string {
  switch (what) {
    case 'waiting':
      return t`Waiting now`;
    case 'at_risk':
      return t`Due within the hour`;
    case 'overdue':
      return t`Overdue`;
    case 'in_time':
      return t`First replies in time today`;
    default:
      return t`First replies late today`;
  }
}

const VIEWS = new Set([
  'mine',
  'mentions',
  'unassigned',
  'all',
  'snoozed',
  'solved',
  'bulk',
  'spam',
  'trash',
]);

export function isViewId(text: string | undefined): text is ViewId {
  return (
    text !== undefined && (VIEWS.has(text) || /^(?:(?:team|saved):\d+|board:\w+:\w+)$/.test(text))
  );
}
