/** The transitions of the workspace's state: pure, each answering a new state. */
import type {
  LiveCounts,
  MessageItem,
  Page,
  SearchResults,
  Ticket,
  TicketRow,
  Timeline,
} from '@evenkeel/api';
import { belongs, isKept, newestFirst } from './views';
import {
  isWhole,
  listKey,
  withEntry,
  type ListQuery,
  type Present,
  type State,
  type TicketList,
  type TimelineState,
} from './state';

const NO_LIST = (query: ListQuery): TicketList => ({
  query,
  ids: [],
  next: null,
  ready: false,
  loading: 'idle',
  stale: false,
});
const NO_TIMELINE: TimelineState = { items: [], next: null, ready: false, loading: 'idle' };

export function changeList(state: State, query: ListQuery, change: Partial<TicketList>): State {
  const key = listKey(query);
  const list = { ...(state.lists.get(key) ?? NO_LIST(query)), ...change };
  return { ...state, lists: withEntry(state.lists, key, list) };
}

export function changeTimeline(state: State, id: number, change: Partial<TimelineState>): State {
  const timeline = { ...(state.timelines.get(id) ?? NO_TIMELINE), ...change };
  return { ...state, timelines: withEntry(state.timelines, id, timeline) };
}

/** Keeps what is known of the whole ticket when only its row comes in; never goes back in time. */
function merged(
  known: TicketRow | Ticket | undefined,
  row: TicketRow | Ticket,
): TicketRow | Ticket {
  if (!known || isWhole(row)) return row;
  if (row.version < known.version) return known;
  return { ...known, ...row };
}

export function putRows(state: State, rows: readonly TicketRow[]): State {
  const tickets = new Map(state.tickets);
  for (const row of rows) tickets.set(row.id, merged(tickets.get(row.id), row));
  return { ...state, tickets };
}

/** A page of a list: the first replaces it, later ones extend it. */
export function putPage(
  state: State,
  query: ListQuery,
  page: Page<TicketRow>,
  isFirst: boolean,
): State {
  const before = isFirst ? [] : (state.lists.get(listKey(query))?.ids ?? []);
  const known = new Set(before);
  const ids = [...before, ...page.items.map((row) => row.id).filter((id) => !known.has(id))];
  const change = { ids, next: page.next, ready: true, loading: 'idle', stale: false } as const;
  return changeList(putRows(state, page.items), query, change);
}

/** Keeps what a search found; a first page takes the place of what was found before. */
export function putFound(
  state: State,
  query: ListQuery,
  results: SearchResults,
  first: boolean,
): State {
  const key = listKey(query);
  const before = first ? undefined : state.found.get(key);
  const hits = new Map(before?.hits);
  for (const hit of results.items) hits.set(hit.ticket.id, hit);
  const { count, incomplete } = results;
  const customers = before?.customers ?? results.customers;
  const found = withEntry(state.found, key, { hits, customers, count, incomplete, problem: null });
  return { ...state, found };
}

/** Keeps why a query could not be read. */
export function refuseQuery(state: State, query: ListQuery, problem: string): State {
  const none = { hits: new Map(), customers: [], count: 0, incomplete: false, problem };
  return { ...state, found: withEntry(state.found, listKey(query), none) };
}

/** Puts a ticket where it now belongs in the shown list and makes the others stale. */
export function place(state: State, id: number, me: number): State {
  const row = state.tickets.get(id);
  if (!row) return state;
  const lists = new Map(state.lists);
  for (const [key, list] of lists) {
    if (key !== state.shown.list) lists.set(key, { ...list, stale: true });
    else lists.set(key, placedIn(state, list, row, me));
  }
  return { ...state, lists };
}

function placedIn(state: State, list: TicketList, row: TicketRow, me: number): TicketList {
  // These are read again instead.
  if (isKept(list.query.view)) return list;
  // The server keeps the order and the members of saved views; they are read again instead.
  if (list.query.view.startsWith('saved:')) return list;
  // What a search found stays in the order in which it fits.
  if (list.query.q.trim() !== '') return list;
  const isIn = list.ids.includes(row.id);
  const should = belongs(list.query.view, row, me);
  if (!list.ready || (should === null && !isIn)) return list;
  const others = list.ids.filter((id) => id !== row.id);
  if (should === false) return isIn ? { ...list, ids: others } : list;
  const at = others.findIndex((id) => {
    const other = state.tickets.get(id);
    return other !== undefined && newestFirst(row, other) < 0;
  });
  // Past the last loaded row it stands on a page that is not loaded yet.
  if (at === -1 && list.next !== null) return isIn ? { ...list, ids: others } : list;
  const ids = at === -1 ? [...others, row.id] : others.toSpliced(at, 0, row.id);
  return isIn && ids.every((id, index) => id === list.ids[index]) ? list : { ...list, ids };
}

export function putTicket(state: State, ticket: Ticket, me: number): State {
  const known = state.tickets.get(ticket.id);
  if (isWhole(known) && known.version > ticket.version) return state;
  const missing = new Set(state.missing);
  missing.delete(ticket.id);
  return place({ ...putRows(state, [ticket]), missing }, ticket.id, me);
}

export function lose(state: State, id: number): State {
  const tickets = new Map(state.tickets);
  tickets.delete(id);
  const lists = new Map(
    [...state.lists].map(([key, list]) => [
      key,
      list.ids.includes(id) ? { ...list, ids: list.ids.filter((each) => each !== id) } : list,
    ]),
  );
  return { ...state, tickets, lists, missing: new Set(state.missing).add(id) };
}

export function patchTicket(state: State, id: number, change: Partial<Ticket>): State {
  const known = state.tickets.get(id);
  if (!known) return state;
  return { ...state, tickets: withEntry(state.tickets, id, { ...known, ...change }) };
}

const itemKey = (item: Timeline['items'][number]) =>
  item.type === 'message' ? `m${item.number}` : `e${item.record}`;

/**
 * The newest page of a timeline: joined to older items already here when they touch, alone when a
 * gap lies between.
 */
export function putNewest(state: State, id: number, page: Timeline): State {
  const known = state.timelines.get(id);
  const first = page.items[0];
  const at = first
    ? (known?.items.findIndex((item) => itemKey(item) === itemKey(first)) ?? -1)
    : -1;
  const touches = known !== undefined && at >= 0;
  return changeTimeline(state, id, {
    items: touches ? [...known.items.slice(0, at), ...page.items] : page.items,
    next: touches ? known.next : page.next,
    ready: true,
    loading: 'idle',
  });
}

export function putOlder(state: State, id: number, page: Timeline): State {
  const known = state.timelines.get(id)?.items ?? [];
  const have = new Set(known.map(itemKey));
  const older = page.items.filter((item) => !have.has(itemKey(item)));
  return changeTimeline(state, id, {
    items: [...older, ...known],
    next: page.next,
    loading: 'idle',
  });
}

/** A message just written or changed: replaces itself or comes last. */
export function putMessage(state: State, id: number, message: MessageItem): State {
  const items = state.timelines.get(id)?.items ?? [];
  const at = items.findIndex((item) => itemKey(item) === itemKey(message));
  return changeTimeline(state, id, {
    items: at === -1 ? [...items, message] : items.with(at, message),
  });
}

export function putPresence(state: State, id: number, agents: readonly Present[]): State {
  return { ...state, presence: withEntry(state.presence, id, agents) };
}

export function putCounts(state: State, counts: LiveCounts['views']): State {
  const byId = new Map(counts.map((count) => [count.id, count]));
  return {
    ...state,
    views: state.views.map((view) => ({ ...view, ...byId.get(view.id) })),
  };
}

/** Everything may be old: what is shown is read again by the caller, the rest when looked at. */
export function staleAll(state: State): State {
  const lists = new Map([...state.lists].map(([key, list]) => [key, { ...list, stale: true }]));
  return { ...state, lists };
}
