/** Journal events as sentences a person would say. */
import type { EventItem, Priority, TicketStatus, TicketType } from '@evenkeel/api';
import { t } from '@lingui/core/macro';
import { ABUSE_KINDS, abuseKindLabel, solvedLabel, treatmentLabel } from '../../../lib/careWords';
import { routingSentences } from '../../routing/sentences';
import {
  PRIORITIES,
  priorityLabel,
  STATUSES,
  statusLabel,
  typeLabel,
  TICKET_TYPES,
} from '../../../lib/labels';
import { isTogether, togetherSentences } from '../together/events';

export interface EventNames {
  agent: (id: unknown) => string;
  team: (id: unknown) => string;
  /** By id, or a name as it is. */
  tag: (tag: unknown) => string;
  /** By id, the address. */
  inbox: (id: unknown) => string;
  /** By id, what a field is called and how a value of it reads. */
  field: (id: number, value: unknown) => { label: string; value: string };
  time: (time: string) => string;
  list: (items: readonly string[]) => string;
}

const SOLVED = ['yes', 'partly', 'no'] as const;
const TREATMENTS = ['very_well', 'well', 'neutral', 'badly', 'very_badly'] as const;

interface Change {
  from: unknown;
  to: unknown;
}

const isStatus = (value: unknown): value is TicketStatus =>
  STATUSES.some((status) => status === value);
const isPriority = (value: unknown): value is Priority =>
  PRIORITIES.some((priority) => priority === value);
const isType = (value: unknown): value is TicketType => TICKET_TYPES.some((type) => type === value);
const items = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function who(event: EventItem): string {
  switch (event.actor.type) {
    case 'system':
      return t`Evenkeel`;
    case 'rule':
      return event.actor.name ? t`Rule “${event.actor.name}”` : t`A rule`;
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
  if (to === 'side') return t`${actor} began this beside another ticket`;
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
  if (field.startsWith('field:')) return valueSentence(actor, Number(field.slice(6)), to, names);
  switch (field) {
    case 'type':
      if (to === change.from) return null;
      return isType(to)
        ? t`${actor} made this a ${typeLabel(to).toLocaleLowerCase()}`
        : t`${actor} took the type away`;
    case 'form':
      return t`${actor} chose another form`;
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

function valueSentence(actor: string, id: number, to: unknown, names: EventNames): string {
  const { label, value } = names.field(id, to);
  return to === null ? t`${actor} emptied “${label}”` : t`${actor} set “${label}” to ${value}`;
}

function watchSentence(actor: string, actorId: number | null, change: Change, names: EventNames) {
  if (change.to === null || change.to === undefined) return t`${actor} stopped watching`;
  return change.to === actorId
    ? t`${actor} watches this`
    : t`${actor} lets ${names.agent(change.to)} watch this`;
}

const isOneOf = <T extends string>(all: readonly T[], value: unknown): value is T =>
  all.some((it) => it === value);

/** What a customer answered to a survey. */
function answerSentence(actor: string, { solved, treatment }: EventItem['changes']): string {
  const said = [
    isOneOf(SOLVED, solved?.to) ? solvedLabel(solved.to) : null,
    isOneOf(TREATMENTS, treatment?.to) ? treatmentLabel(treatment.to) : null,
  ].filter((word) => word !== null);
  const words = said.join(' · ');
  return words ? t`${actor} answered the survey: ${words}` : t`${actor} answered the survey`;
}

/** What was done about abuse; undefined for any other event. */
function abuseSentences(actor: string, event: EventItem): string[] | undefined {
  const { changes } = event;
  switch (event.kind) {
    case 'abuse.marked': {
      const kind = changes.kind?.to;
      return isOneOf(ABUSE_KINDS, kind)
        ? [t`${actor} marked a message as abusive: ${abuseKindLabel(kind)}`]
        : [];
    }
    case 'abuse.unmarked':
      return [t`${actor} took a mark away`];
    case 'abuse.step_taken':
      switch (changes.step?.to) {
        case 'warn':
          return [t`${actor} warned the customer`];
        case 'end':
          return [t`${actor} ended the contact`];
        case 'restrict':
          return [t`${actor} restricted the customer`];
        default:
          return [t`${actor} blocked the customer`];
      }
    case 'abuse.step_lifted':
      return [t`${actor} lifted the limit`];
    case 'abuse.laid_aside':
      return [t`This mail was kept and laid aside, because the customer is limited`];
    case 'abuse.emergency':
      return [t`This may be an emergency, so it came through although the customer is limited`];
    case 'abuse.noticed':
      return [t`The customer was told, and how to object`];
    case 'abuse.appealed':
      return [t`The customer objects`];
    case 'abuse.appeal_decided':
      return changes.decision?.to === 'lift'
        ? [t`${actor} decided the appeal: it ends`]
        : [t`${actor} decided the appeal: it stays`];
    case 'abuse.handed_over':
      return [t`${actor} handed this over`];
    default:
      return undefined;
  }
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
    case 'ticket.linked':
      return t`${actor} linked this with #${number('other')}`;
    case 'ticket.unlinked':
      return t`${actor} ended the link with #${number('other')}`;
    case 'ticket.solved_with_problem':
      return t`${actor} solved this together with its problem, #${number('problem')}`;
    case 'ticket.incidents_solved':
      return changes.left?.to
        ? t`Solved with it: ${number('solved')} incidents; ${number('left')} stay open`
        : t`Solved with it: ${number('solved')} incidents`;
    default:
      return null;
  }
}

/** Sentences for an event; none for what the timeline shows another way (messages, deliveries). */
export function eventSentences(event: EventItem, names: EventNames): string[] {
  const actor = who(event);
  if (event.kind === 'ticket.created') return [t`${actor} opened this ticket`];
  if (event.kind === 'ticket.field_revealed') {
    const { label } = names.field(Number(event.changes.field?.to), null);
    return [t`${actor} looked at “${label}”`];
  }
  if (event.kind === 'ticket.solve_refused') {
    const missing = items(event.changes.missing?.to);
    const labels = names.list(missing.map((id) => names.field(Number(id), null).label));
    return [t`This stays open: still to fill in before it is solved: ${labels}`];
  }
  if (event.kind === 'ticket.gathering') {
    return [t`So much mail comes from this sender that more of it is gathered here quietly`];
  }
  if (event.kind === 'ticket.acknowledged') {
    return [t`${actor} confirmed by mail that the message arrived`];
  }
  const routed = routingSentences(event, names);
  if (routed) return routed;
  if (event.kind === 'rule.failed') {
    return [t`${actor} could not do what it should, and changed nothing`];
  }
  if (event.kind === 'reply.cancelled') return [t`${actor} took a reply back before it was sent`];
  if (event.kind === 'message.redacted') return [t`${actor} redacted part of a message`];
  if (event.kind === 'mail.also_arrived') {
    return [t`Also arrived at ${names.inbox(event.changes.inbox?.to)}`];
  }
  if (event.kind === 'survey.offered') return [t`The customer was asked how it went`];
  if (event.kind === 'survey.answered') return [answerSentence(actor, event.changes)];
  const abuse = abuseSentences(actor, event);
  if (abuse) return abuse;
  if (isTogether(event.kind)) return togetherSentences(event, actor, names);
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
