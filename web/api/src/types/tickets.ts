import type { operations } from '../schema.gen';
import type { Paging } from './common';
import type { Narrowed, Schemas } from './schema';

export type TicketStatus = Schemas['Status'];
export type Priority = Schemas['Priority'];
export type TicketType = Schemas['TicketType'];
export type Place = Schemas['Place'];
export type Channel = Schemas['Channel'];
export type Requester = Schemas['Requester'];
export type Address = Schemas['Mailbox'];
/** A customer named by address or by id, which the description leaves open. */
export type RequesterInput = Narrowed<Schemas['WhomInput'], Address | { customer_id: number }>;

export type TicketRow = Schemas['TicketRow'];
export type SearchResults = Schemas['SearchResults'];
export type SearchHit = Schemas['SearchHit'];
export type FoundPlace = Schemas['FoundPlace'];
export type CustomerHit = Schemas['CustomerHit'];
export type MarkedText = Schemas['MarkedText'];
export type Completion = Schemas['Completion'];
export type Participant = Schemas['CcCustomer'];
export type LinkedTicket = Schemas['LinkedTicket'];
export type LinkInput = Schemas['LinkInput'];
export type BulkInput = Schemas['BulkInput'];
export type BulkChange = Schemas['BulkChange'];
export type BulkWork = Schemas['BulkWork'];
export type BulkLeft = Schemas['BulkLeft'];
export type IncidentsInput = Schemas['IncidentsInput'];
export type LinkKind = Schemas['LinkKind'];
export type MergedTicket = Schemas['MergedTicket'];
export type MergePreview = Schemas['MergePreview'];
export type MergeInput = Schemas['MergeInput'];
export type UnmergeInput = Schemas['UnmergeInput'];
export type SplitInput = Schemas['SplitInput'];
export type DraftKind = Schemas['DraftKind'];
export type TicketMay = Schemas['Abilities'];
export type Ticket = Schemas['Ticket'];
export type PausedAddress = Schemas['PausedAddress'];
export type Gathered = Schemas['Gathered'];

/** The promise that comes first on a ticket. */
export type NextClock = Schemas['NextClock'];
export type SlaClock = Schemas['SlaClock'];
export type PauseReason = Schemas['PauseReason'];

/** The description says only that it is text. */
export type ViewId = Narrowed<
  Schemas['View']['id'],
  | 'mine'
  | 'unassigned'
  | 'mentions'
  | 'all'
  | 'snoozed'
  | 'solved'
  | 'bulk'
  | 'spam'
  | 'trash'
  | `team:${number}`
  | `saved:${number}`
  | `board:${string}`
>;
export type SavedView = Schemas['SavedView'];
export type ShownView = Schemas['ShownView'];
export type ViewDefinition = Schemas['ViewDefinition'];
export type ViewScope = Schemas['ViewScope'];
export type ViewInput = Schemas['ViewInput'];
export type ViewPatch = Schemas['ViewPatch'];
export type ViewSort = Schemas['Sort'];
export type ViewGroup = Schemas['Group'];
export type ViewColumn = Schemas['Column'];
export type Conditions = Schemas['Conditions'];
export type Condition = Schemas['Condition'];
export type Operator = Schemas['Operator'];
export type Operand = Schemas['Operand'];
export type Action = Schemas['Action'];

/** A list; those of teams and saved ones carry a name of their own. */
export type View = Omit<Schemas['View'], 'id'> & { id: ViewId };

type ListQuery = NonNullable<operations['list_tickets']['parameters']['query']>;
export type TicketQuery = Omit<ListQuery, keyof Paging | 'view'> & Paging & { view?: ViewId };
export type TicketInput = Schemas['TicketInput'];
export type TicketPatch = Schemas['TicketPatch'];
export type PlaceInput = Schemas['PlaceInput'];

export type Attachment = Schemas['Attachment'];

export type Author = Schemas['Author'];
export type ActorType = Author['type'];
export type Delivery = Schemas['Delivery'];
export type DeliveryState = Delivery['state'];
/** What a person may say became of a delivery. */
export type SettledState = Narrowed<Schemas['Settlement']['as'], 'accepted' | 'refused'>;

export type Timeline = Schemas['Timeline'];
export type TimelineItem = Schemas['TimelineItem'];
export type Remark = Schemas['Remark'];
export type MessageItem = Extract<TimelineItem, { type: 'message' }>;
export type EventItem = Extract<TimelineItem, { type: 'event' }>;
/** Before and after of each field that changed. */
export type Changes = EventItem['changes'];

export type ReplyInput = Schemas['ReplyInput'];
export type UndoneReply = Schemas['UndoneReply'];
export type NoteInput = Schemas['NoteInput'];
export type ForwardInput = Schemas['ForwardInput'];
export type DraftInput = Schemas['DraftBody'];
export type Draft = Schemas['Draft'];
/** Exactly one of the two, which the description leaves open. */
export type RedactionInput = Narrowed<
  Schemas['RedactionInput'],
  { text: string } | { attachment_id: number }
>;
