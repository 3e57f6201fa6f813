import type { LiveRecord, MessageItem, Ticket, TicketRow, Timeline } from '@evenkeel/api';
import { describe, expect, it } from 'vitest';
import { applyRecord } from './records';
import { EMPTY, isWhole, listKey, type ListQuery, type State } from './state';
import * as to from './update';
import { belongs, newestFirst } from './views';

const ME = 7;
const MINE: ListQuery = { view: 'mine', q: '' };

function row(id: number, more: Partial<TicketRow> = {}): TicketRow {
  return {
    id,
    subject: `Ticket ${id}`,
    snippet: '',
    status: 'open',
    priority: 'normal',
    type: null,
    place: 'desk',
    requester: { id: 1, name: 'Ana Ruiz', email: 'ana@example.org' },
    assignee_id: ME,
    team_id: null,
    inbox_id: 1,
    brand_id: 1,
    tags: [],
    channel: 'email',
    unread: false,
    message_count: 1,
    has_attachments: false,
    last_direction: 'in',
    needs_attention: false,
    snoozed_until: null,
    sla: null,
    created_at: at(id),
    updated_at: at(id),
    last_message_at: at(id),
    version: 1,
    ...more,
  };
}

/** A time that is later for larger numbers. */
function at(minute: number): string {
  return `2026-11-22T02:${String(minute).padStart(2, '0')}:00.000000Z`;
}

function whole(id: number, more: Partial<Ticket> = {}): Ticket {
  const may = {
    reply: true,
    note: true,
    update: true,
    forward: true,
    redact: true,
    trash: true,
    reveal: false,
  };
  return {
    ...row(id),
    fields: {},
    cc: [],
    watchers: [],
    apart: [],
    merged: [],
    merged_into: null,
    mentions_me: false,
    gathered: null,
    paused: [],
    linked: [],
    draft_kinds: [],
    requester_doubted: false,
    last_number: 1,
    may,
    ...more,
  };
}

function record(ticketId: number | null, more: Partial<LiveRecord> = {}): LiveRecord {
  return {
    type: 'record',
    position: 1,
    kind: 'ticket.changed',
    at: at(1),
    ticket_id: ticketId,
    customer_id: null,
    actor: { type: 'agent', id: 2 },
    agent_ids: [],
    changes: {},
    ...more,
  };
}

/** The list "mine" on screen with the given rows, newest first. */
function showing(rows: TicketRow[], next: string | null = null): State {
  const state = to.putPage(EMPTY, MINE, { items: rows, next }, true);
  return { ...state, shown: { list: listKey(MINE), ticket: null } };
}

const idsOf = (state: State, query = MINE) => state.lists.get(listKey(query))?.ids;

describe('which view a ticket is in', () => {
  it.each([
    ['mine', row(1), true],
    ['mine', row(1, { assignee_id: 2 }), false],
    ['unassigned', row(1, { assignee_id: null }), true],
    ['all', row(1, { status: 'pending' }), true],
    ['all', row(1, { status: 'solved' }), false],
    ['solved', row(1, { status: 'closed' }), true],
    ['mine', row(1, { snoozed_until: at(5) }), false],
    ['snoozed', row(1, { snoozed_until: at(5) }), true],
    ['team:3', row(1, { team_id: 3 }), true],
    ['team:3', row(1, { team_id: 33 }), false],
    ['mine', row(1, { place: 'spam' }), false],
    ['spam', row(1, { place: 'spam', status: 'solved' }), true],
    ['mentions', row(1), null],
    ['mentions', whole(1, { mentions_me: true }), true],
    ['mentions', whole(1), false],
    ['mentions', row(1, { place: 'trash' }), false],
  ] as const)('%s', (view, ticket, expected) => {
    expect(belongs(view, ticket, ME)).toBe(expected);
  });

  it('sorts by newest activity, then by id', () => {
    const rows = [row(1), row(3), row(2), row(4, { last_message_at: at(3) })];
    expect(rows.toSorted(newestFirst).map(({ id }) => id)).toEqual([4, 3, 2, 1]);
  });
});

describe('a live record', () => {
  it('takes a ticket out of the list when its fields say so, before anything is fetched', () => {
    const state = showing([row(3), row(2)]);
    const changes = { assignee: { from: ME, to: 9 } };
    const after = applyRecord(state, record(3, { changes }), ME);
    expect(idsOf(after.state)).toEqual([2]);
    expect(after.state.tickets.get(3)?.assignee_id).toBe(9);
    expect(after.followup).toEqual({ ticket: 3, timeline: null, references: false });
  });

  it('understands plain values as well as pairs', () => {
    const state = showing([row(3)]);
    const after = applyRecord(state, record(3, { changes: { status: 'pending' } }), ME);
    expect(after.state.tickets.get(3)?.status).toBe('pending');
    expect(idsOf(after.state)).toEqual([3]);
  });

  it('asks for an unknown ticket without touching what is there', () => {
    const state = showing([row(3)]);
    const after = applyRecord(state, record(99), ME);
    expect(after.state).toBe(state);
    expect(after.followup.ticket).toBe(99);
  });

  it('asks for the timeline of a ticket whose timeline is known', () => {
    const state = to.putNewest(showing([row(3)]), 3, { items: [], next: null, position: 1 });
    expect(applyRecord(state, record(3), ME).followup.timeline).toBe(3);
  });

  it('asks for teams, tags and the like when they change', () => {
    const after = applyRecord(EMPTY, record(null, { kind: 'team.renamed' }), ME);
    expect(after.followup).toEqual({ ticket: null, timeline: null, references: true });
  });
});

describe('a ticket that came in', () => {
  it('stands where its activity puts it', () => {
    const state = showing([row(5), row(3)]);
    expect(idsOf(to.putTicket(state, whole(4), ME))).toEqual([5, 4, 3]);
    expect(idsOf(to.putTicket(state, whole(9), ME))).toEqual([9, 5, 3]);
  });

  it('moves up when it has new activity, and is there once', () => {
    const state = showing([row(5), row(3)]);
    const moved = whole(3, { last_message_at: at(9), version: 2 });
    expect(idsOf(to.putTicket(state, moved, ME))).toEqual([3, 5]);
  });

  it('is left to its page when that is not loaded yet', () => {
    const state = showing([row(5), row(3)], 'more');
    expect(idsOf(to.putTicket(state, whole(1), ME))).toEqual([5, 3]);
    expect(idsOf(to.putTicket(showing([row(5), row(3)]), whole(1), ME))).toEqual([5, 3, 1]);
  });

  it('keeps the list as it is when nothing moves, so that nothing is drawn again', () => {
    const state = showing([row(5), row(3)]);
    expect(idsOf(to.putTicket(state, whole(5, { version: 2 }), ME))).toBe(idsOf(state));
  });

  it('never joins a search by itself', () => {
    const query: ListQuery = { view: 'mine', q: 'kettle' };
    let state = to.putPage(EMPTY, query, { items: [row(5)], next: null }, true);
    state = { ...state, shown: { list: listKey(query), ticket: null } };
    expect(idsOf(to.putTicket(state, whole(9), ME), query)).toEqual([5]);
  });

  it('makes other lists stale, which are read again when looked at', () => {
    const all: ListQuery = { view: 'all', q: '' };
    const state = to.putPage(showing([row(5)]), all, { items: [row(5)], next: null }, true);
    const after = to.putTicket(state, whole(9), ME);
    expect(after.lists.get(listKey(all))).toMatchObject({ ids: [5], stale: true });
    expect(after.lists.get(listKey(MINE))?.stale).toBe(false);
  });

  it('does not overwrite a newer one that was faster', () => {
    const state = to.putTicket(showing([row(5)]), whole(5, { version: 4, subject: 'New' }), ME);
    const after = to.putTicket(state, whole(5, { version: 3, subject: 'Old' }), ME);
    expect(after.tickets.get(5)?.subject).toBe('New');
  });

  it('stays whole when only its row is read again', () => {
    const state = to.putTicket(showing([row(5)]), whole(5), ME);
    const after = to.putRows(state, [row(5, { version: 2, subject: 'Renamed' })]);
    const ticket = after.tickets.get(5);
    expect(isWhole(ticket)).toBe(true);
    expect(ticket?.subject).toBe('Renamed');
  });

  it('leaves every list when it is lost', () => {
    const after = to.lose(showing([row(5), row(3)]), 5);
    expect(idsOf(after)).toEqual([3]);
    expect(after.missing.has(5)).toBe(true);
  });
});

describe('pages of a list', () => {
  it('are joined without doubling a ticket that moved between them', () => {
    const state = showing([row(5), row(4)], 'more');
    const after = to.putPage(state, MINE, { items: [row(4), row(3)], next: null }, false);
    expect(idsOf(after)).toEqual([5, 4, 3]);
  });
});

describe('a timeline', () => {
  const message = (number: number, more: Partial<MessageItem> = {}) =>
    ({ type: 'message', number, at: at(number), state: null, ...more }) as MessageItem;
  const page = (numbers: number[], next: string | null = null): Timeline => ({
    items: numbers.map((number) => message(number)),
    next,
    position: 1,
  });
  const numbersOf = (state: State) =>
    state.timelines.get(3)?.items.map((item) => (item.type === 'message' ? item.number : null));

  it('grows at its newest end and keeps what was loaded before', () => {
    let state = to.putNewest(EMPTY, 3, page([3, 4], 'older'));
    state = to.putOlder(state, 3, page([1, 2]));
    state = to.putNewest(state, 3, page([4, 5], 'older'));
    expect(numbersOf(state)).toEqual([1, 2, 3, 4, 5]);
    expect(state.timelines.get(3)?.next).toBeNull();
  });

  it('starts anew when a gap lies between, rather than hide it', () => {
    let state = to.putNewest(EMPTY, 3, page([1, 2]));
    state = to.putNewest(state, 3, page([60, 61], 'older'));
    expect(numbersOf(state)).toEqual([60, 61]);
    expect(state.timelines.get(3)?.next).toBe('older');
  });

  it('shows a message just sent once, also when the server tells of it again', () => {
    let state = to.putNewest(EMPTY, 3, page([1]));
    state = to.putMessage(state, 3, message(2, { state: 'scheduled' }));
    state = to.putMessage(state, 3, message(2, { state: 'released' }));
    expect(numbersOf(state)).toEqual([1, 2]);
    expect(state.timelines.get(3)?.items[1]).toMatchObject({ state: 'released' });
  });
});

describe('counts', () => {
  it('change the views they name and keep the names', () => {
    const views = [
      { id: 'mine' as const, name: null, count: 1, capped: false, saved: null },
      { id: 'team:3' as const, name: 'Returns', count: 2, capped: false, saved: null },
    ];
    const state = to.putCounts({ ...EMPTY, views }, [{ id: 'team:3', count: 5, capped: true }]);
    expect(state.views).toEqual([
      views[0],
      { id: 'team:3', name: 'Returns', count: 5, capped: true, saved: null },
    ]);
  });
});
