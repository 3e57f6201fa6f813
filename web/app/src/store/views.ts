import type { Ticket, TicketRow, ViewId } from '@evenkeel/api';

const ACTIVE = new Set(['new', 'open', 'pending', 'on_hold']);

/**
 * Whether a ticket is in a view, as far as is known: null when only its row is, and that can't say
 * (mentions, saved views, the board's lists).
 * The server decides the same way; this only spares a round trip when a live change comes in.
 */
export function belongs(view: ViewId, row: TicketRow | Ticket, me: number): boolean | null {
  if (isKept(view)) return null;
  if (view === 'spam' || view === 'trash' || view === 'bulk') return row.place === view;
  if (row.place !== 'desk') return false;
  if (view === 'mentions') return 'mentions_me' in row ? row.mentions_me : null;
  if (view === 'snoozed') return row.snoozed_until !== null && ACTIVE.has(row.status);
  if (view === 'solved') return !ACTIVE.has(row.status);
  if (!ACTIVE.has(row.status) || row.snoozed_until !== null) return false;
  switch (view) {
    case 'all':
      return true;
    case 'mine':
      return row.assignee_id === me;
    case 'unassigned':
      return row.assignee_id === null;
    default:
      return row.team_id === Number(view.slice('team:'.length));
  }
}

/** Whether the server alone knows the order and the members of a list. */
export const isKept = (view: ViewId): boolean =>
  view.startsWith('saved:') || view.startsWith('board:');

/** Newest activity first; the id decides between equals, as on the server. */
export function newestFirst(a: TicketRow, b: TicketRow): number {
  if (a.last_message_at !== b.last_message_at)
    return a.last_message_at < b.last_message_at ? 1 : -1;
  return b.id - a.id;
}
