/** The same change on many tickets, a few at a time, with a way back for all of them. */
import type { Ticket, TicketPatch, TicketRow } from '@evenkeel/api';
import { isProblem } from '@evenkeel/api';
import { api } from '../features/auth/client';
import { getState, update } from './store';
import { place, patchTicket } from './update';

/** How many are asked of the server at once. */
const AT_ONCE = 4;

export type Change = Pick<
  TicketPatch,
  'status' | 'priority' | 'assignee_id' | 'team_id' | 'tags' | 'type'
>;

/** What becomes of a ticket; null: it stays as it is. */
export type Decide = (ticket: TicketRow) => Change | null;

export interface BulkResult {
  done: number;
  /** Tickets that stayed as they were, with the reason. */
  refused: { id: number; why: string }[];
  /** Puts back what was changed, as far as nobody changed it since. */
  undo: () => Promise<BulkResult>;
}

/** Changes tickets one by one; `onProgress` hears how many are dealt with. */
export async function changeMany(
  ids: readonly number[],
  decide: Decide,
  me: number,
  onProgress: (dealt: number) => void = () => undefined,
): Promise<BulkResult> {
  const waiting = [...ids];
  const before = new Map<number, { was: Change; is: Change }>();
  const refused: BulkResult['refused'] = [];
  let dealt = 0;
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const outcome = await changeOne(id, decide, me);
      if (outcome.type === 'changed') before.set(id, outcome);
      if (outcome.type === 'refused') refused.push({ id, why: outcome.why });
      dealt += 1;
      onProgress(dealt);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const undo = () =>
    changeMany(
      [...before.keys()],
      (ticket) => {
        const change = before.get(ticket.id);
        return change ? untouched(ticket, change) : null;
      },
      me,
    );
  return { done: before.size, refused, undo };
}

type Outcome =
  | { type: 'changed'; was: Change; is: Change }
  | { type: 'same' }
  | { type: 'refused'; why: string };

async function changeOne(id: number, decide: Decide, me: number): Promise<Outcome> {
  try {
    const known = getState().tickets.get(id) ?? (await api.tickets.get(id));
    return await ask(known, decide, me);
  } catch (error) {
    if (!isProblem(error, 'stale_version')) return { type: 'refused', why: words(error) };
  }
  // Somebody changed something meanwhile: what to do is decided anew on the newer ticket, once.
  try {
    return await ask(await api.tickets.get(id), decide, me);
  } catch (error) {
    return { type: 'refused', why: words(error) };
  }
}

async function ask(ticket: TicketRow, decide: Decide, me: number): Promise<Outcome> {
  const change = decide(ticket);
  if (!change || Object.keys(change).length === 0) return { type: 'same' };
  const was = former(ticket, change);
  const after: Ticket = await api.tickets.update(ticket.id, { ...change, version: ticket.version });
  update((state) => place(patchTicket(state, ticket.id, after), ticket.id, me));
  return { type: 'changed', was, is: former(after, change) };
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function former(ticket: TicketRow, change: Change): Change {
  const names = Object.keys(change) as (keyof Change)[];
  // Nothing dealt with becomes new again.
  const known = { ...ticket, status: ticket.status === 'new' ? 'open' : ticket.status };
  return Object.fromEntries(names.map((name) => [name, known[name]])) as Change;
}

/** The former values of the fields that still hold what was set. */
function untouched(ticket: TicketRow, { was, is }: { was: Change; is: Change }): Change {
  const names = (Object.keys(was) as (keyof Change)[]).filter((name) =>
    same(ticket[name], is[name]),
  );
  return Object.fromEntries(names.map((name) => [name, was[name]])) as Change;
}

function words(error: unknown): string {
  if (!isProblem(error)) return '';
  return error.fields.map(({ mend }) => mend).join('; ') || (error.detail ?? '');
}
