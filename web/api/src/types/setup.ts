import type { Time } from './common';
import type { ActorType, TicketStatus } from './tickets';

export type Team = { id: number; name: string; member_ids: number[]; version: number };
export type TeamInput = { name: string; member_ids?: number[] };
export type TeamPatch = { version: number; name?: string; member_ids?: number[] };

export type Tag = { id: number; name: string; color: string | null };
export type TagInput = { name: string; color?: string | null };

export type MacroScope = 'personal' | 'shared';
export type Macro = {
  id: number;
  name: string;
  html: string;
  scope: MacroScope;
  status_after: TicketStatus | null;
  version: number;
};
export type MacroInput = {
  name: string;
  html: string;
  scope: MacroScope;
  status_after?: TicketStatus | null;
};
export type MacroPatch = Partial<MacroInput> & { version: number };

export type Brand = { id: number; name: string };

export type MailSecurity = 'tls' | 'starttls' | 'none';
export type SmtpSettings = {
  host: string;
  port: number;
  security: MailSecurity;
  username: string;
};
export type ImapSettings = SmtpSettings & { folder: string };
/** The password goes in and never comes out; absent on edit means unchanged. */
export type ImapInput = ImapSettings & { password?: string };
export type SmtpInput = SmtpSettings & { password?: string };
export type MailImport = 'new_only' | 'history';
export type MailHealth = 'ok' | 'failing' | 'off';
export type InboxHealth = {
  receiving: MailHealth;
  sending: MailHealth;
  last_checked_at: Time | null;
  problem: string | null;
  mend: string | null;
};
export type Inbox = {
  id: number;
  name: string;
  address: string;
  sender_name: string;
  brand_id: number;
  team_id: number | null;
  enabled: boolean;
  practice: boolean;
  signature_html: string;
  imap: ImapSettings | null;
  smtp: SmtpSettings | null;
  import: MailImport;
  health: InboxHealth;
  version: number;
};
export type InboxInput = {
  name: string;
  address: string;
  sender_name?: string;
  brand_id?: number;
  team_id?: number | null;
  signature_html?: string;
  imap?: ImapInput;
  smtp?: SmtpInput;
  import: MailImport;
};
export type InboxPatch = {
  version: number;
  name?: string;
  address?: string;
  sender_name?: string;
  brand_id?: number;
  team_id?: number | null;
  enabled?: boolean;
  signature_html?: string;
  imap?: ImapInput | null;
  smtp?: SmtpInput | null;
};
export type InboxCheckInput = {
  imap?: ImapInput;
  smtp?: SmtpInput;
  /** Where mail would come from; tried when given. */
  address?: string;
  /** Takes this inbox's saved passwords for those that are absent. */
  inbox_id?: number;
};
export type CheckStepName = 'resolve' | 'connect' | 'tls' | 'sign_in' | 'folder' | 'send';
export type CheckStep = {
  protocol: 'imap' | 'smtp';
  step: CheckStepName;
  ok: boolean;
  message: string;
  mend: string | null;
};
export type InboxCheck = { steps: CheckStep[] };

/** Mail that reached us and couldn't be processed. */
export type InboundFailure = {
  id: number;
  inbox_id: number | null;
  received_at: Time;
  sender: string | null;
  subject: string | null;
  reason: string;
  attempts: number;
};

export type PracticeMessage = {
  id: number;
  from: string;
  to: string[];
  subject: string;
  text: string;
  html: string;
  at: Time;
};
export type PracticeMail = {
  from_email: string;
  from_name: string;
  subject: string;
  text: string;
};

export type AuditRecord = {
  position: number;
  kind: string;
  /** Named by id only; the bot and Evenkeel itself have none. */
  actor: { type: ActorType | 'import'; id?: number };
  at: Time;
  ticket_id: number | null;
  customer_id: number | null;
  agent_id: number | null;
  /** Mostly before and after of fields, else the plain values the record holds. */
  changes: Record<string, unknown>;
};
