/**
 * What a live record means for this tab. A record says who and which, never a text, so the fields
 * it names are taken at once and the rest is read again where it is on screen.
 */
import type { LiveRecord, Ticket } from '@evenkeel/api';
import { place, patchTicket } from './update';
import type { State } from './state';

/** What to read again after a record. */
export interface Followup {
  ticket: number | null;
  timeline: number | null;
  references: boolean;
}

/** The fields of a row a record can name, by the record's word for them. */
const FIELDS = {
  status: 'status',
  priority: 'priority',
  type: 'type',
  place: 'place',
  assignee: 'assignee_id',
  assignee_id: 'assignee_id',
  team: 'team_id',
  team_id: 'team_id',
  until: 'snoozed_until',
  snoozed_until: 'snoozed_until',
} as const;
const REFERENCES = /^(agent|team|tag|macro|view|inbox|brand|invitation|field|form)\./;

/** The value a field has after the record; changes come as plain values or as from/to pairs. */
function after(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'to' in value ? value.to : value;
}

function named(record: LiveRecord): Partial<Ticket> {
  const entries = Object.entries(FIELDS)
    .filter(([word]) => word in record.changes)
    .map(([word, field]) => [field, after(record.changes[word])]);
  return Object.fromEntries(entries) as Partial<Ticket>;
}

export function applyRecord(
  state: State,
  record: LiveRecord,
  me: number,
): { state: State; followup: Followup } {
  const id = record.ticket_id;
  const followup: Followup = {
    ticket: id,
    timeline: id !== null && state.timelines.has(id) ? id : null,
    references: REFERENCES.test(record.kind),
  };
  if (id === null || !state.tickets.has(id)) return { state, followup };
  return { state: place(patchTicket(state, id, named(record)), id, me), followup };
}
