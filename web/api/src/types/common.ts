import type { Schemas } from './schema';

/** An instant, RFC 3339 in UTC. */
export type Time = Schemas['Timestamp'];
/** A language the workspace speaks. */
export type Language = Schemas['Language'];

/** One page of a list; `next` is an opaque cursor, null at the end. */
export type Page<T> = { items: T[]; next: string | null };
/** A list that is always answered whole. */
export type Whole<T> = { items: T[] };
/** How to ask for a page; `limit` is at most 100. */
export type Paging = { cursor?: string | null; limit?: number };
