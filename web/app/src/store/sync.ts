/** Reading from the server into the store: on demand, and when the live feed says so. */
import { connectLive, isProblem, type Live, type LiveCounts, type LiveRecord } from '@evenkeel/api';
import { api } from '../features/auth/client';
import { applyRecord } from './records';
import { EMPTY, isWhole, listKey, type ListQuery } from './state';
import { getState, tellRecord, update } from './store';
import * as to from './update';
import { isKept } from './views';

/** Live records come in bursts; what they make old is read once per burst. */
const BURST_MS = 80;
/** Past this many tickets in one burst, the shown list is read again instead of each ticket. */
const TICKETS_PER_BURST_MAX = 20;
/** Rows read at a time. */
const PAGE_ROWS = 50;

let me = 0;
let live: Live | null = null;
let burst: ReturnType<typeof setTimeout> | undefined;
const oldTickets = new Set<number>();
const oldTimelines = new Set<number>();

/** Tickets of a search read at a time: each comes with the places where it fits. */
const PAGE_HITS = 20;

/** A search goes over all tickets, whichever view is open. */
async function readPage(query: ListQuery, cursor?: string) {
  const text = query.q.trim();
  if (!text) return api.tickets.list({ view: query.view, limit: PAGE_ROWS, cursor });
  try {
    const results = await api.search.find({ q: text, limit: PAGE_HITS, cursor });
    update((state) => to.putFound(state, query, results, cursor === undefined));
    return { items: results.items.map((hit) => hit.ticket), next: results.next };
  } catch (error) {
    const wrong = isProblem(error) ? error.field('q') : undefined;
    if (!wrong) throw error;
    // A query that can't be read finds nothing; the list says why.
    const words = [wrong.reason, wrong.mend].filter(Boolean).join(' — ');
    update((state) => to.refuseQuery(state, query, words));
    return { items: [], next: null };
  }
}

export async function loadList(query: ListQuery): Promise<void> {
  update((state) => to.changeList(state, query, { loading: 'loading' }));
  try {
    const page = await readPage(query);
    update((state) => to.putPage(state, query, page, true));
  } catch {
    update((state) => to.changeList(state, query, { loading: 'failed' }));
  }
}

export async function loadMore(query: ListQuery): Promise<void> {
  const list = getState().lists.get(listKey(query));
  if (!list?.next || list.loading !== 'idle') return;
  update((state) => to.changeList(state, query, { loading: 'loading' }));
  const { next: cursor } = list;
  try {
    const page = await readPage(query, cursor);
    update((state) => to.putPage(state, query, page, false));
  } catch {
    update((state) => to.changeList(state, query, { loading: 'failed' }));
  }
}

/** Says which list is on screen, and reads it when it is unknown or old. */
export function showList(query: ListQuery): void {
  const key = listKey(query);
  update((state) => ({ ...state, shown: { ...state.shown, list: key } }));
  const list = getState().lists.get(key);
  if (!list || list.stale || list.loading === 'failed') void loadList(query);
}

export async function loadTicket(id: number): Promise<void> {
  try {
    const ticket = await api.tickets.get(id);
    update((state) => to.putTicket(state, ticket, me));
  } catch (error) {
    if (isProblem(error) && (error.status === 404 || error.status === 403)) {
      update((state) => to.lose(state, id));
    }
  }
}

export async function loadTimeline(id: number): Promise<void> {
  update((state) => to.changeTimeline(state, id, { loading: 'loading' }));
  try {
    const page = await api.tickets.timeline(id);
    update((state) => to.putNewest(state, id, page));
  } catch {
    update((state) => to.changeTimeline(state, id, { loading: 'failed' }));
  }
}

export async function loadOlder(id: number): Promise<void> {
  const timeline = getState().timelines.get(id);
  if (!timeline?.next || timeline.loading === 'loading') return;
  update((state) => to.changeTimeline(state, id, { loading: 'loading' }));
  try {
    const page = await api.tickets.timeline(id, timeline.next);
    update((state) => to.putOlder(state, id, page));
  } catch {
    update((state) => to.changeTimeline(state, id, { loading: 'failed' }));
  }
}

/** Says which ticket is on screen; colleagues see that we are there. */
export function showTicket(id: number | null): void {
  update((state) => ({ ...state, shown: { ...state.shown, ticket: id } }));
  live?.setPresence(id, 'viewing');
  if (id === null) return;
  void loadTicket(id);
  void loadTimeline(id);
}

export function setPresence(id: number | null, state: 'viewing' | 'writing'): void {
  live?.setPresence(id, state);
}

export const retryLive = (): void => live?.retryNow();

async function take<Part>(read: () => Promise<Part>, put: (part: Part) => void): Promise<void> {
  try {
    put(await read());
  } catch {
    // What was known before stays; the next live record or reconnection reads it again.
  }
}

/** Reads the short lists every screen refers to. */
export async function refreshReferences(): Promise<void> {
  await Promise.all([
    take(api.agents.list, ({ items }) => update((state) => ({ ...state, agents: items }))),
    take(api.teams.list, ({ items }) => update((state) => ({ ...state, teams: items }))),
    take(api.tags.list, ({ items }) => update((state) => ({ ...state, tags: items }))),
    take(api.fields.list, ({ items }) => update((state) => ({ ...state, fields: items }))),
    take(api.forms.list, ({ items }) => update((state) => ({ ...state, forms: items }))),
    take(api.macros.list, ({ items }) => update((state) => ({ ...state, macros: items }))),
    take(api.inboxes.list, ({ items }) => update((state) => ({ ...state, inboxes: items }))),
    take(api.views.list, ({ items }) => update((state) => ({ ...state, views: items }))),
  ]);
}

function catchUp(): void {
  const { shown, lists } = getState();
  update(to.staleAll);
  const list = shown.list === null ? undefined : lists.get(shown.list);
  if (list) void loadList(list.query);
  if (shown.ticket !== null) {
    void loadTicket(shown.ticket);
    void loadTimeline(shown.ticket);
  }
  void refreshReferences();
}

function flush(): void {
  burst = undefined;
  const { shown, lists } = getState();
  const list = shown.list === null ? undefined : lists.get(shown.list);
  if (list && isKept(list.query.view) && oldTickets.size > 0) void loadList(list.query);
  if (oldTickets.size > TICKETS_PER_BURST_MAX && list) {
    void loadList(list.query);
    if (shown.ticket !== null && oldTickets.has(shown.ticket)) void loadTicket(shown.ticket);
  } else {
    oldTickets.forEach((id) => void loadTicket(id));
  }
  for (const id of oldTimelines) {
    if (id === shown.ticket) void loadTimeline(id);
  }
  oldTickets.clear();
  oldTimelines.clear();
}

function takeRecord(record: LiveRecord): void {
  const { state, followup } = applyRecord(getState(), record, me);
  update(() => state);
  if (followup.ticket !== null) oldTickets.add(followup.ticket);
  if (followup.timeline !== null) oldTimelines.add(followup.timeline);
  if (followup.references) void refreshReferences();
  if (oldTickets.size > 0) burst ??= setTimeout(flush, BURST_MS);
  tellRecord(record);
}

/** A saved view whose count moved holds other tickets now. */
function takeCounts({ views }: LiveCounts): void {
  update((state) => to.putCounts(state, views));
  const { shown, lists } = getState();
  const list = shown.list === null ? undefined : lists.get(shown.list);
  const view = list?.query.view;
  if (list && view?.startsWith('saved:') && views.some((each) => each.id === view)) {
    void loadList(list.query);
  }
}

/** Starts to follow the live feed for a person; answers how to stop. */
export function startSync(agentId: number): () => void {
  me = agentId;
  void refreshReferences();
  live = connectLive({
    onRecord: takeRecord,
    onSnapshot: catchUp,
    onPresence: ({ ticket_id: id, agents }) =>
      update((state) =>
        to.putPresence(
          state,
          id,
          agents.filter((agent) => agent.id !== me),
        ),
      ),
    onCounts: takeCounts,
    onStatus: (status) => {
      update((state) => ({ ...state, status }));
      // A WebSocket can't show a 401: asking who we are tells whether the session ended.
      if (status === 'lost') void api.me.get().catch(() => undefined);
    },
  });
  return () => {
    live?.close();
    live = null;
    clearTimeout(burst);
    burst = undefined;
    update(() => EMPTY);
  };
}

/** The whole ticket as it is known now, if it is. */
export function wholeTicket(id: number) {
  const ticket = getState().tickets.get(id);
  return isWhole(ticket) ? ticket : undefined;
}
