/** What conditions can ask of a ticket, in the words of the screen. */
import type { Condition, Operator } from '@evenkeel/api';
import { t } from '@lingui/core/macro';
import { PRIORITIES, priorityLabel, STATUSES, statusLabel } from '../../lib/labels';
import { TICKET_TYPES, typeLabel } from '../../lib/labels';

export type FieldKind =
  | 'word'
  | 'agent'
  | 'team'
  | 'inbox'
  | 'brand'
  | 'customer'
  | 'tags'
  | 'text'
  | 'number'
  | 'flag'
  | 'time';

export interface Word {
  id: string;
  label: string;
}

export interface FieldWords {
  id: string;
  label: string;
  kind: FieldKind;
  /** The choices of a word. */
  words?: readonly Word[];
}

const words = <Id extends string>(ids: readonly Id[], label: (id: Id) => string): Word[] =>
  ids.map((id) => ({ id, label: label(id) }));

/** The fields that every ticket has. */
export function ownFields(): FieldWords[] {
  return [
    { id: 'status', label: t`Status`, kind: 'word', words: words(STATUSES, statusLabel) },
    { id: 'priority', label: t`Priority`, kind: 'word', words: words(PRIORITIES, priorityLabel) },
    { id: 'type', label: t`Type`, kind: 'word', words: words(TICKET_TYPES, typeLabel) },
    { id: 'assignee', label: t`Assignee`, kind: 'agent' },
    { id: 'team', label: t`Team`, kind: 'team' },
    { id: 'tag', label: t`Tag`, kind: 'tags' },
    { id: 'subject', label: t`Subject`, kind: 'text' },
    { id: 'inbox', label: t`Inbox`, kind: 'inbox' },
    { id: 'brand', label: t`Brand`, kind: 'brand' },
    { id: 'requester', label: t`Customer number`, kind: 'customer' },
    { id: 'channel', label: t`Channel`, kind: 'word', words: channels() },
    { id: 'last_direction', label: t`Who spoke last`, kind: 'word', words: directions() },
    { id: 'shelf', label: t`List`, kind: 'word', words: shelves() },
    { id: 'place', label: t`Place`, kind: 'word', words: places() },
    { id: 'message_count', label: t`Number of messages`, kind: 'number' },
    { id: 'has_attachments', label: t`Has attachments`, kind: 'flag' },
    { id: 'needs_attention', label: t`Not delivered`, kind: 'flag' },
    { id: 'created_at', label: t`Created`, kind: 'time' },
    { id: 'updated_at', label: t`Last change`, kind: 'time' },
    { id: 'last_message_at', label: t`Last message`, kind: 'time' },
    { id: 'snoozed_until', label: t`Snoozed until`, kind: 'time' },
  ];
}

function channels(): Word[] {
  return [
    { id: 'email', label: t`Email` },
    { id: 'api', label: t`API` },
    { id: 'agent', label: t`Begun by an agent` },
  ];
}

function directions(): Word[] {
  return [
    { id: 'in', label: t`The customer` },
    { id: 'out', label: t`We did` },
    { id: 'note', label: t`A colleague, in a note` },
  ];
}

function shelves(): Word[] {
  return [
    { id: 'open', label: t`Open` },
    { id: 'snoozed', label: t`Snoozed` },
    { id: 'solved', label: t`Solved` },
    ...places().filter((place) => place.id !== 'desk'),
  ];
}

function places(): Word[] {
  return [
    { id: 'desk', label: t`Desk` },
    { id: 'bulk', label: t`Bulk mail` },
    { id: 'spam', label: t`Spam` },
    { id: 'trash', label: t`Trash` },
  ];
}

/** The comparisons that fit a field, in the order of use. */
export function operatorsOf(field: FieldWords): readonly Operator[] {
  switch (field.kind) {
    case 'word':
      return field.id === 'priority' || field.id === 'status'
        ? ['is', 'is_not', 'one_of', 'none_of', 'above', 'below']
        : ['is', 'is_not', 'one_of', 'none_of', 'set', 'not_set'];
    case 'agent':
    case 'team':
    case 'inbox':
    case 'brand':
    case 'tags':
      return ['is', 'is_not', 'one_of', 'none_of', 'set', 'not_set'];
    case 'customer':
      return ['is', 'is_not'];
    case 'text':
      return ['contains', 'not_contains', 'is', 'is_not', 'set', 'not_set'];
    case 'number':
      return ['is', 'is_not', 'above', 'below', 'set', 'not_set'];
    case 'flag':
      return ['is'];
    case 'time':
      return ['older_than', 'newer_than', 'below', 'above', 'set', 'not_set'];
  }
}

export function operatorLabel(op: Operator, kind: FieldKind): string {
  switch (op) {
    case 'is':
      return kind === 'tags' ? t`includes` : t`is`;
    case 'is_not':
      return kind === 'tags' ? t`doesn’t include` : t`is not`;
    case 'one_of':
      return t`is one of`;
    case 'none_of':
      return t`is none of`;
    case 'contains':
      return t`contains`;
    case 'not_contains':
      return t`doesn’t contain`;
    case 'above':
      return kind === 'time' ? t`is after` : t`is above`;
    case 'below':
      return kind === 'time' ? t`is before` : t`is below`;
    case 'older_than':
      return t`is longer ago than`;
    case 'newer_than':
      return t`is less long ago than`;
    case 'set':
      return t`is set`;
    case 'not_set':
      return t`is not set`;
    default:
      return op;
  }
}

/** A first value that fits, or none where a person has to choose. */
export function firstValue(field: FieldWords, op: Operator): Condition['value'] {
  if (op === 'set' || op === 'not_set') return undefined;
  if (op === 'one_of' || op === 'none_of') return [];
  if (op === 'older_than' || op === 'newer_than') return 24 * 60;
  if (field.kind === 'flag') return true;
  if (field.kind === 'word') return field.words?.[0]?.id;
  if (field.kind === 'agent') return 'me';
  return undefined;
}

/** Whether a condition says all it must. */
export function isComplete(condition: Condition): boolean {
  const { op, value } = condition;
  if (op === 'set' || op === 'not_set') return true;
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== null && value !== '';
}
