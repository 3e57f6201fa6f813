/**
 * What the workspace knows: tickets once each, and lists, timelines and presence that name them.
 *
 * Everything here is immutable; transitions live in `update.ts`, reading from the server in
 * `sync.ts`. A `stale` list or timeline is shown as it is and read again when it is next looked at.
 */
import type {
  CustomerHit,
  SearchHit,
  Agent,
  Field,
  Form,
  Inbox,
  LiveStatus,
  Macro,
  PresenceState,
  Tag,
  Team,
  Ticket,
  TicketRow,
  TimelineItem,
  View,
  ViewId,
} from '@evenkeel/api';

/** Which list: a view, or what a search over all tickets found while the view was open. */
export interface ListQuery {
  view: ViewId;
  q: string;
}

/** What a search found: why each ticket fits, and who fits. */
export interface Found {
  hits: ReadonlyMap<number, SearchHit>;
  customers: readonly CustomerHit[];
  count: number;
  /** Whether older tickets may be missing because the index is still being built. */
  incomplete: boolean;
  /** What is wrong with the query, in words. */
  problem: string | null;
}

export type Loading = 'idle' | 'loading' | 'failed';

export interface TicketList {
  query: ListQuery;
  ids: readonly number[];
  next: string | null;
  /** Whether a first page ever arrived. */
  ready: boolean;
  loading: Loading;
  stale: boolean;
}

export interface TimelineState {
  items: readonly TimelineItem[];
  next: string | null;
  ready: boolean;
  loading: Loading;
}

export interface Present {
  id: number;
  state: PresenceState;
}

export interface State {
  tickets: ReadonlyMap<number, TicketRow | Ticket>;
  /** Tickets that could not be opened. */
  missing: ReadonlySet<number>;
  lists: ReadonlyMap<string, TicketList>;
  timelines: ReadonlyMap<number, TimelineState>;
  presence: ReadonlyMap<number, readonly Present[]>;
  views: readonly View[];
  agents: readonly Agent[];
  teams: readonly Team[];
  tags: readonly Tag[];
  fields: readonly Field[];
  forms: readonly Form[];
  macros: readonly Macro[];
  inboxes: readonly Inbox[];
  /** What searches found beside the tickets' rows, by the key of their list. */
  found: ReadonlyMap<string, Found>;
  status: LiveStatus;
  /** What is on screen now, and so is kept fresh. */
  shown: { list: string | null; ticket: number | null };
}

export const EMPTY: State = {
  tickets: new Map(),
  missing: new Set(),
  lists: new Map(),
  timelines: new Map(),
  presence: new Map(),
  views: [],
  agents: [],
  teams: [],
  tags: [],
  fields: [],
  forms: [],
  macros: [],
  inboxes: [],
  found: new Map(),
  status: 'connecting',
  shown: { list: null, ticket: null },
};

export const listKey = (query: ListQuery): string => `${query.view} ${query.q.trim()}`;

/** Whether the whole ticket is known, not only its row. */
export const isWhole = (ticket: TicketRow | Ticket | undefined): ticket is Ticket =>
  ticket !== undefined && 'may' in ticket;

/** A copy of a map with one entry set. */
export function withEntry<Key, Value>(
  map: ReadonlyMap<Key, Value>,
  key: Key,
  value: Value,
): ReadonlyMap<Key, Value> {
  return new Map(map).set(key, value);
}
