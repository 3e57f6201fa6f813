/** Journal events as sentences a person would say. */
import type { EventItem, Priority, TicketStatus } from '@evenkeel/api';
import { t } from '@lingui/core/macro';
import { PRIORITIES, priorityLabel, STATUSES, statusLabel } from '../../../lib/labels';

export interface EventNames {
  agent: (id: unknown) => string;
  team: (id: unknown) => string;
  /** By id, or a name as it is. */
  tag: (tag: unknown) => string;
  /** By id, the address. */
  inbox: (id: unknown) => string;
  time: (time: string) => string;
  list: (items: readonly string[]) => string;
}

interface Change {
  from: unknown;
  to: unknown;
}

const isStatus = (value: unknown): value is TicketStatus =>
  STATUSES.some((status) => status === value);
const isPriority = (value: unknown): value is Priority =>
  PRIORITIES.some((priority) => priority === value);
const items = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function who(event: EventItem): string {
  switch (event.actor.type) {
    case 'system':
      return t`Evenkeel`;
    case 'rule':
      return t`A rule`;
    default:
      return event.actor.name || t`Somebody`;
  }
}

function tagSentence(actor: string, { from, to }: Change, names: EventNames): string | null {
  const before = items(from).map(names.tag);
  const after = items(to).map(names.tag);
  const added = after.filter((tag) => !before.includes(tag));
  const removed = before.filter((tag) => !after.includes(tag));
  if (added.length > 0 && removed.length > 0) {
    return t`${actor} tagged this ${names.list(added)} and removed ${names.list(removed)}`;
  }
  if (added.length > 0) return t`${actor} tagged this ${names.list(added)}`;
  return removed.length > 0 ? t`${actor} removed the tag ${names.list(removed)}` : null;
}

function placeSentence(actor: string, to: unknown): string {
  if (to === 'spam') return t`${actor} marked this as spam`;
  if (to === 'bulk') return t`${actor} laid this aside as bulk mail`;
  if (to === 'trash') return t`${actor} moved this to the trash`;
  return t`${actor} restored this to the desk`;
}

function fieldSentence(
  actor: string,
  actorId: number | null,
  field: string,
  change: Change,
  names: EventNames,
): string | null {
  const { to } = change;
  switch (field) {
    case 'status':
      return isStatus(to) ? t`${actor} set the status to ${statusLabel(to)}` : null;
    case 'priority':
      return isPriority(to) ? t`${actor} set the priority to ${priorityLabel(to)}` : null;
    case 'assignee':
    case 'assignee_id':
      if (to === change.from) return null;
      if (to === null) return t`${actor} unassigned this`;
      if (to === actorId) return t`${actor} took this`;
      return t`${actor} assigned this to ${names.agent(to)}`;
    case 'team':
    case 'team_id':
      if (to === change.from) return null;
      return to === null
        ? t`${actor} took this out of its team`
        : t`${actor} gave this to ${names.team(to)}`;
    case 'tags':
      return tagSentence(actor, change, names);
    case 'place':
      return placeSentence(actor, to);
    case 'until':
    case 'snoozed_until':
      return typeof to === 'string'
        ? t`${actor} snoozed this until ${names.time(to)}`
        : t`${actor} woke this`;
    case 'subject':
      return typeof to === 'string' ? t`${actor} changed the subject to “${to}”` : null;
    case 'requester':
    case 'requester_id':
      return t`${actor} changed whose ticket this is`;
    case 'cc':
      return t`${actor} changed who gets copies`;
    default:
      return null;
  }
}

function watchSentence(actor: string, actorId: number | null, change: Change, names: EventNames) {
  if (change.to === null || change.to === undefined) return t`${actor} stopped watching`;
  return change.to === actorId
    ? t`${actor} watches this`
    : t`${actor} lets ${names.agent(change.to)} watch this`;
}

/** What was merged, brought back or split, by the record's kind; null for other events. */
function mergeSentence(actor: string, { kind, changes }: EventItem): string | null {
  const number = (field: string) => String(changes[field]?.to ?? '');
  switch (kind) {
    case 'ticket.merged':
      return t`${actor} merged this into #${number('into')}`;
    case 'ticket.absorbed':
      return t`${actor} merged #${number('source')} into this`;
    case 'ticket.unmerged':
      return t`${actor} brought this back from #${number('survivor')}`;
    case 'ticket.gave_back':
      return t`${actor} brought #${number('source')} back out of this`;
    case 'ticket.split':
      return t`${actor} split messages off into #${number('into')}`;
    case 'ticket.split_off':
      return t`${actor} split this off from #${number('origin')}`;
    default:
      return null;
  }
}

/** Sentences for an event; none for what the timeline shows another way (messages, deliveries). */
export function eventSentences(event: EventItem, names: EventNames): string[] {
  const actor = who(event);
  if (event.kind === 'ticket.created') return [t`${actor} opened this ticket`];
  if (event.kind === 'ticket.gathering') {
    return [t`So much mail comes from this sender that more of it is gathered here quietly`];
  }
  if (event.kind === 'ticket.acknowledged') {
    return [t`${actor} confirmed by mail that the message arrived`];
  }
  if (event.kind === 'reply.cancelled') return [t`${actor} took a reply back before it was sent`];
  if (event.kind === 'message.redacted') return [t`${actor} redacted part of a message`];
  if (event.kind === 'mail.also_arrived') {
    return [t`Also arrived at ${names.inbox(event.changes.inbox?.to)}`];
  }
  const merged = mergeSentence(actor, event);
  if (merged) return [merged];
  if (event.kind === 'ticket.watched') {
    const change = event.changes.agent;
    return change ? [watchSentence(actor, event.actor.id, change, names)] : [];
  }
  return Object.entries(event.changes).flatMap(([field, change]) => {
    const sentence = fieldSentence(actor, event.actor.id, field, change, names);
    return sentence ? [sentence] : [];
  });
}
