import type { Schemas } from './schema';
import type { ViewId } from './tickets';

type Event = Schemas['LiveEvent'];
type Frame<Type extends Event['type']> = Extract<Event, { type: Type }>;

export type PresenceState = Schemas['PresenceState'];
export type LiveHello = Frame<'hello'>;
/** What happened; ids that don't apply are sent as null. */
export type LiveRecord = Required<Frame<'record'>>;
/** The gap is too large to replay: everything on screen is to be fetched again. */
export type LiveSnapshot = Frame<'snapshot'>;
export type LivePresence = Frame<'presence'>;
export type LiveCounts = Omit<Frame<'counts'>, 'views'> & {
  views: (Omit<Schemas['ViewCount'], 'id'> & { id: ViewId })[];
};
export type LiveFrame = Exclude<Event, Frame<'record'> | Frame<'counts'>> | LiveRecord | LiveCounts;
export type LiveRequest = Schemas['LiveRequest'];
