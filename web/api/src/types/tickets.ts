import type { Paging, Time } from './common';

export type TicketStatus = 'new' | 'open' | 'pending' | 'on_hold' | 'solved' | 'closed';
export type Priority = 'low' | 'normal' | 'high' | 'urgent';
export type Place = 'desk' | 'spam' | 'trash';
export type Channel = 'email' | 'api' | 'agent';
export type Requester = { id: number; name: string; email: string };
export type Address = { email: string; name?: string };
/** A customer named by address or by id. */
export type RequesterInput = Address | { customer_id: number };

export type TicketRow = {
  id: number;
  subject: string;
  snippet: string;
  status: TicketStatus;
  priority: Priority;
  place: Place;
  requester: Requester;
  assignee_id: number | null;
  team_id: number | null;
  inbox_id: number | null;
  brand_id: number;
  tags: string[];
  channel: Channel;
  unread: boolean;
  message_count: number;
  has_attachments: boolean;
  last_direction: 'in' | 'out' | 'note';
  /** A delivery failed or is uncertain. */
  needs_attention: boolean;
  snoozed_until: Time | null;
  created_at: Time;
  updated_at: Time;
  last_message_at: Time;
  version: number;
};

export type Participant = { customer_id: number; name: string; email: string };
export type LinkedTicket = { id: number; subject: string; kind: 'followup' | 'forward' };
export type DraftKind = 'reply' | 'note';
export type TicketMay = {
  reply: boolean;
  note: boolean;
  update: boolean;
  forward: boolean;
  redact: boolean;
  trash: boolean;
};
export type Ticket = TicketRow & {
  cc: Participant[];
  watchers: number[];
  mentions_me: boolean;
  linked: LinkedTicket[];
  draft_kinds: DraftKind[];
  last_number: number;
  may: TicketMay;
};

export type ViewId =
  | 'mine'
  | 'unassigned'
  | 'mentions'
  | 'all'
  | 'snoozed'
  | 'solved'
  | 'spam'
  | 'trash'
  | `team:${number}`;
/** A saved list; only team views carry a name of their own. */
export type View = { id: ViewId; name: string | null; count: number; capped: boolean };

export type TicketQuery = Paging & {
  view?: ViewId;
  customer_id?: number;
  tag?: string;
  q?: string;
};
export type TicketInput = {
  subject: string;
  requester: RequesterInput;
  inbox_id?: number;
  team_id?: number;
  assignee_id?: number;
  priority?: Priority;
  tags?: string[];
  body: { html: string; attachment_ids?: number[] };
  kind: 'reply' | 'note' | 'customer';
  cc?: Address[];
};
export type TicketPatch = {
  version: number;
  subject?: string;
  status?: TicketStatus;
  priority?: Priority;
  assignee_id?: number | null;
  team_id?: number | null;
  requester?: RequesterInput;
  cc?: Address[];
  tags?: string[];
  snoozed_until?: Time | null;
};

export type Attachment = {
  id: number;
  name: string;
  /** Bytes. */
  size: number;
  content_type: string;
  inline: boolean;
  redacted: boolean;
  url: string;
};

export type ActorType = 'agent' | 'customer' | 'system' | 'bot' | 'rule';
export type Author = { type: ActorType; id: number | null; name: string };
export type DeliveryState = 'queued' | 'claimed' | 'accepted' | 'refused' | 'uncertain';
export type Delivery = {
  id: number;
  email: string;
  state: DeliveryState;
  reason: string | null;
  at: Time;
};
export type MessageItem = {
  type: 'message';
  number: number;
  kind: 'in' | 'out' | 'note' | 'forward';
  author: Author;
  /** Sanitised; remote images carry `data-src` instead of `src`. */
  html: string;
  text: string;
  has_remote_images: boolean;
  cc: Address[];
  to: Address[];
  attachments: Attachment[];
  at: Time;
  state: null | 'scheduled' | 'released' | 'cancelled';
  release_at: Time | null;
  undo_until: Time | null;
  deliveries: Delivery[];
  redacted: boolean;
  auto_reply: boolean;
  mentions: number[];
};
/** Before and after of each field that changed. */
export type Changes = Record<string, { from: unknown; to: unknown }>;
export type EventItem = {
  type: 'event';
  record: number;
  kind: string;
  actor: Author;
  at: Time;
  changes: Changes;
};
export type TimelineItem = MessageItem | EventItem;
/** Oldest first; `next` pages towards older items. */
export type Timeline = { items: TimelineItem[]; next: string | null; position: number };

export type ReplyInput = {
  html: string;
  attachment_ids?: number[];
  cc?: Address[];
  /** The newest message the writer has seen; a newer one answers `new_messages`. */
  seen_number: number;
  status_after?: TicketStatus | null;
  send_at?: Time | null;
};
export type UndoneReply = { html: string; attachment_ids: number[]; cc: Address[] };
export type NoteInput = { html: string; attachment_ids?: number[]; mentions?: number[] };
export type ForwardInput = { to: Address[]; html: string; numbers: number[] };
export type DraftInput = { html: string; attachment_ids?: number[]; cc?: Address[] };
export type Draft = {
  html: string;
  attachment_ids: number[];
  attachments: Attachment[];
  /** Null while the ticket's own copies stand. */
  cc: Address[] | null;
  updated_at: Time;
};
export type RedactionInput = { text: string } | { attachment_id: number };
