/**
 * What an agent does to a ticket. Each change shows at once, is taken back when the server
 * refuses it, and leaves an undo behind where a mistake would hurt.
 */
import {
  isProblem,
  type Place,
  type Ticket,
  type TicketPatch,
  type TicketRow,
} from '@evenkeel/api';
import { toast } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import type { ReactNode } from 'react';
import { api } from '../features/auth/client';
import { getState, update } from './store';
import { loadTicket, loadTimeline } from './sync';
import { patchTicket, place, putTicket } from './update';

type Fields = Omit<TicketPatch, 'version' | 'requester' | 'cc' | 'fields' | 'form_id'>;

interface Undo {
  run: () => void;
  dismiss: () => void;
}

let me = 0;
let lastUndo: Undo | null = null;

export function actAs(agentId: number): void {
  me = agentId;
}

/** Takes the last change back, once. Answers whether there was one. */
export function undoLast(): boolean {
  const undo = lastUndo;
  lastUndo = null;
  undo?.dismiss();
  undo?.run();
  return undo !== null;
}

/** Tells what was done, with a way back by button and by key. */
export function offerUndo(text: ReactNode, run: () => void, timeout?: number): void {
  const forget = () => {
    lastUndo = null;
    run();
  };
  const dismiss = toast({ text, timeout, action: { label: t`Undo`, onPress: forget } });
  lastUndo = { run, dismiss };
}

/** Shown when a change was refused; says why in the server's words when it has some. */
export function tellRefusal(error: unknown): void {
  if (isProblem(error, 'unreachable')) {
    toast({ tone: 'bad', text: t`That didn't reach the server. Please try again in a moment.` });
  } else if (isProblem(error) && error.fields.some(({ field }) => field.startsWith('fields.'))) {
    const mends = error.fields.map(({ mend }) => mend).join('; ');
    toast({ tone: 'bad', text: t`Something is missing: ${mends}.` });
  } else if (isProblem(error) && error.detail) {
    toast({ tone: 'bad', text: error.detail });
  } else {
    toast({ tone: 'bad', text: t`That didn't work. Please try again.` });
  }
}

/** The values a patch will replace, to put them back; nothing dealt with becomes new again. */
function inverse(ticket: TicketRow, fields: Fields): Fields {
  const names = Object.keys(fields) as (keyof Fields)[];
  const status = ticket.status === 'new' ? 'open' : ticket.status;
  const known = { ...ticket, status };
  return Object.fromEntries(names.map((name) => [name, known[name]])) as Fields;
}

async function patched(id: number, fields: Omit<TicketPatch, 'version'>): Promise<Ticket> {
  const version = getState().tickets.get(id)?.version ?? 0;
  try {
    return await api.tickets.update(id, { ...fields, version });
  } catch (error) {
    if (!isProblem(error, 'stale_version')) throw error;
    // Somebody changed something meanwhile. One field set to one value means the same on the
    // newer ticket, so it is asked again there, once.
    const fresh = await api.tickets.get(id);
    update((state) => putTicket(state, fresh, me));
    return api.tickets.update(id, { ...fields, version: fresh.version });
  }
}

/** Changes fields of a ticket. With `done`, tells so and offers to undo. */
export async function changeTicket(id: number, fields: Fields, done?: string): Promise<boolean> {
  const before = getState().tickets.get(id);
  if (!before) return false;
  const back = inverse(before, fields);
  update((state) => place(patchTicket(state, id, fields as Partial<Ticket>), id, me));
  if (done) offerUndo(done, () => void changeTicket(id, back));
  try {
    const ticket = await patched(id, fields);
    update((state) => putTicket(state, ticket, me));
    void loadTimeline(id);
    return true;
  } catch (error) {
    update((state) => place(patchTicket(state, id, back as Partial<Ticket>), id, me));
    lastUndo?.dismiss();
    lastUndo = null;
    tellRefusal(error);
    void loadTicket(id);
    return false;
  }
}

/** Fills in fields of a ticket; answers why not, when it was refused. */
export async function fillFields(id: number, fields: Record<string, unknown>): Promise<unknown> {
  try {
    const ticket = await patched(id, { fields });
    update((state) => putTicket(state, ticket, me));
    void loadTimeline(id);
    return null;
  } catch (error) {
    if (!isProblem(error) || error.fields.length === 0) tellRefusal(error);
    return error;
  }
}

/** Chooses the form that a ticket has. */
export async function chooseForm(id: number, form: number): Promise<void> {
  try {
    const ticket = await patched(id, { form_id: form });
    update((state) => putTicket(state, ticket, me));
    void loadTimeline(id);
  } catch (error) {
    tellRefusal(error);
  }
}

/** Changes who is on a ticket: its requester or its copies. */
export async function changePeople(
  id: number,
  people: Pick<TicketPatch, 'requester' | 'cc'>,
): Promise<boolean> {
  try {
    const ticket = await patched(id, people);
    update((state) => putTicket(state, ticket, me));
    void loadTimeline(id);
    return true;
  } catch (error) {
    tellRefusal(error);
    return false;
  }
}

export async function moveTicket(id: number, to: Place, done?: string): Promise<void> {
  const before = getState().tickets.get(id);
  if (!before) return;
  update((state) => place(patchTicket(state, id, { place: to }), id, me));
  if (done) offerUndo(done, () => void moveTicket(id, before.place));
  try {
    const version = getState().tickets.get(id)?.version ?? before.version;
    const ticket = await api.tickets.move(id, { version, place: to });
    update((state) => putTicket(state, ticket, me));
  } catch (error) {
    update((state) => place(patchTicket(state, id, { place: before.place }), id, me));
    tellRefusal(error);
    void loadTicket(id);
  }
}

export async function watch(id: number, agentId: number, on: boolean): Promise<void> {
  const ticket = getState().tickets.get(id);
  if (!ticket || !('watchers' in ticket)) return;
  const others = ticket.watchers.filter((each) => each !== agentId);
  const watchers = on ? [...others, agentId] : others;
  update((state) => patchTicket(state, id, { watchers }));
  try {
    await (on ? api.tickets.watch(id, agentId) : api.tickets.unwatch(id, agentId));
  } catch (error) {
    update((state) => patchTicket(state, id, { watchers: ticket.watchers }));
    tellRefusal(error);
  }
}

export async function markRead(id: number, number: number): Promise<void> {
  if (!getState().tickets.get(id)?.unread) return;
  update((state) => patchTicket(state, id, { unread: false }));
  await api.tickets.markRead(id, number).catch(() => loadTicket(id));
}

export async function markUnread(id: number): Promise<void> {
  update((state) => patchTicket(state, id, { unread: true }));
  await api.tickets.markUnread(id).catch((error: unknown) => {
    tellRefusal(error);
    return loadTicket(id);
  });
}
