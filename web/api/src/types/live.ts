import type { Time } from './common';
import type { ActorType, ViewId } from './tickets';

export type PresenceState = 'viewing' | 'writing';
export type LiveHello = { type: 'hello'; position: number; agent_id: number };
export type LiveRecord = {
  type: 'record';
  position: number;
  kind: string;
  at: Time;
  ticket_id: number | null;
  customer_id: number | null;
  actor: { type: ActorType; id: number | null };
  /** Whom the record concerns: notifications and mentions. */
  agent_ids: number[];
  changes: Record<string, unknown>;
};
/** The gap is too large to replay: everything on screen is to be fetched again. */
export type LiveSnapshot = { type: 'snapshot'; position: number };
export type LivePresence = {
  type: 'presence';
  ticket_id: number;
  agents: { id: number; state: PresenceState }[];
};
export type LiveCounts = {
  type: 'counts';
  views: { id: ViewId; count: number; capped: boolean }[];
};
export type LiveFrame =
  | LiveHello
  | LiveRecord
  | LiveSnapshot
  | LivePresence
  | LiveCounts
  | { type: 'pong' }
  | { type: 'signed_out' };
export type LiveRequest =
  | { type: 'resume'; position: number | null }
  | { type: 'presence'; ticket_id: number | null; state: PresenceState }
  | { type: 'ping' };
