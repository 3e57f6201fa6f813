/** Rules in the words of the screen. */
import type {
  RuleAction,
  RuleDefinition,
  RuleEvent,
  RuleLeftOut,
  RuleMoment,
  RuleOutcome,
  RuleWho,
} from '@evenkeel/api';
import { plural, t } from '@lingui/core/macro';

export const EVENTS: readonly RuleEvent[] = [
  'ticket_created',
  'customer_wrote',
  'reply_released',
  'note_added',
  'status_changed',
  'priority_changed',
  'type_changed',
  'assignee_changed',
  'team_changed',
  'tags_changed',
  'fields_changed',
  'sla_warned',
  'sla_breached',
];

export function eventLabel(event: RuleEvent): string {
  switch (event) {
    case 'ticket_created':
      return t`A ticket begins`;
    case 'customer_wrote':
      return t`The customer writes again`;
    case 'reply_released':
      return t`A reply goes out`;
    case 'note_added':
      return t`A note is left`;
    case 'status_changed':
      return t`The status changes`;
    case 'priority_changed':
      return t`The priority changes`;
    case 'type_changed':
      return t`The type changes`;
    case 'assignee_changed':
      return t`Somebody else gets it`;
    case 'team_changed':
      return t`It goes to another team`;
    case 'tags_changed':
      return t`The tags change`;
    case 'fields_changed':
      return t`A field changes`;
    case 'sla_warned':
      return t`A promised time draws near`;
    case 'sla_breached':
      return t`A promised time has passed`;
  }
}

export const MOMENTS: readonly RuleMoment[] = [
  'created',
  'customer_message',
  'reply',
  'status_set',
  'assigned',
];

export function momentLabel(moment: RuleMoment): string {
  switch (moment) {
    case 'created':
      return t`the ticket began`;
    case 'customer_message':
      return t`the customer last wrote`;
    case 'reply':
      return t`we last replied`;
    case 'status_set':
      return t`the status was last set`;
    case 'assigned':
      return t`it was last assigned`;
  }
}

export const EVERYBODY: readonly RuleWho[] = ['customer', 'agent', 'rule', 'system'];

export function whoLabel(who: RuleWho): string {
  switch (who) {
    case 'customer':
      return t`A customer`;
    case 'agent':
      return t`One of us`;
    case 'rule':
      return t`Another rule`;
    case 'system':
      return t`Evenkeel itself`;
  }
}

export type OwnKind = RuleAction['action'];

export const OWN_KINDS: readonly OwnKind[] = [
  'add_note',
  'reply',
  'suggest_reply',
  'notify',
  'call_webhook',
];

export function ownLabel(kind: OwnKind): string {
  switch (kind) {
    case 'add_note':
      return t`Leave a note`;
    case 'reply':
      return t`Answer automatically`;
    case 'suggest_reply':
      return t`Lay a draft ready`;
    case 'notify':
      return t`Tell colleagues`;
    case 'call_webhook':
      return t`Call a webhook`;
  }
}

/** A span as a person says it. */
export function spanWords(minutes: number): string {
  if (minutes > 0 && minutes % (24 * 60) === 0) {
    return plural(minutes / (24 * 60), { one: '# day', other: '# days' });
  }
  if (minutes > 0 && minutes % 60 === 0) {
    return plural(minutes / 60, { one: '# hour', other: '# hours' });
  }
  return plural(minutes, { one: '# minute', other: '# minutes' });
}

/** When a rule looks at a ticket, in one line. */
export function whenWords({ when }: RuleDefinition): string {
  if (when.type === 'time') {
    return t`${spanWords(when.minutes)} after ${momentLabel(when.since)}`;
  }
  return when.events.map(eventLabel).join(' · ');
}

export function outcomeLabel(outcome: RuleOutcome): string {
  switch (outcome) {
    case 'done':
      return t`Done`;
    case 'skipped':
      return t`Ticket closed`;
    case 'failed':
      return t`Failed`;
    case 'stopped':
      return t`Held back`;
  }
}

export function leftOutWords(why: RuleLeftOut): string {
  switch (why) {
    case 'already_today':
      return t`it wrote on this ticket today already`;
    case 'address_paused':
      return t`mail to this address is paused`;
    case 'sender_doubted':
      return t`the sender may not be who they say`;
    case 'no_address':
      return t`there is no address to write to`;
    case 'gathering':
      return t`too much mail comes from this sender`;
    case 'no_assignee':
      return t`nobody has the ticket`;
    case 'draft_there':
      return t`a draft is there already`;
    case 'unfilled':
      return t`a variable of the text stands for nothing here`;
    case 'webhook_off':
      return t`the webhook is switched off`;
  }
}
