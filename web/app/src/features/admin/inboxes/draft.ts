/** An inbox while it is being set up: what the form holds, and what is sent of it. */
import type {
  ImapInput,
  Inbox,
  InboxCheckInput,
  InboxInput,
  InboxPatch,
  MailImport,
  SmtpInput,
} from '@evenkeel/api';
import { providerOf, type ProviderId, type Server } from './providers';

export type SignInMethod = 'google' | 'microsoft' | 'password' | 'other';

export type InboxDraft = {
  provider: ProviderId;
  address: string;
  name: string;
  senderName: string;
  teamId: number | null;
  signature: string;
  imap: Server & { username: string; folder: string };
  smtp: Server & { username: string };
  /** Empty while editing means: unchanged. */
  password: string;
  /** Whether a password or the provider's consent lets us in. */
  method: SignInMethod;
  /** The connection that consent belongs to. */
  connectionId: number | null;
  /** Sending with its own user name and password. */
  smtpApart: boolean;
  smtpPassword: string;
  import: MailImport;
};

export function newDraft(senderName: string): InboxDraft {
  const { imap, smtp } = providerOf('other');
  return {
    provider: 'other',
    address: '',
    name: '',
    senderName,
    teamId: null,
    signature: '',
    imap: { ...imap, username: '', folder: 'INBOX' },
    smtp: { ...smtp, username: '' },
    password: '',
    method: 'password',
    connectionId: null,
    smtpApart: false,
    smtpPassword: '',
    import: 'new_only',
  };
}

export function draftOf(inbox: Inbox): InboxDraft {
  const blank = newDraft(inbox.sender_name);
  const connectionId = inbox.imap?.connection_id ?? null;
  return {
    ...blank,
    method: connectionId === null ? 'password' : 'other',
    connectionId,
    address: inbox.address,
    name: inbox.name,
    teamId: inbox.team_id,
    signature: inbox.signature_html,
    imap: { ...blank.imap, ...inbox.imap, folder: inbox.imap?.folder ?? blank.imap.folder },
    smtp: inbox.smtp ?? blank.smtp,
    smtpApart: Boolean(inbox.smtp && inbox.imap && inbox.smtp.username !== inbox.imap.username),
    import: inbox.import,
  };
}

/** Takes over the servers of a provider and leaves what a person typed. */
export function withProvider(draft: InboxDraft, id: ProviderId): InboxDraft {
  const { imap, smtp } = providerOf(id);
  return {
    ...draft,
    provider: id,
    imap: { ...draft.imap, ...imap },
    smtp: { ...draft.smtp, ...smtp },
  };
}

const orAddress = (username: string, { address }: InboxDraft) => username.trim() || address.trim();
const known = (password: string) => (password === '' ? {} : { password });

/** What lets us in: the connection, or a password that was typed. */
const secret = ({ method, connectionId }: InboxDraft, password: string) =>
  method === 'password' || connectionId === null
    ? { connection_id: null, ...known(password) }
    : { connection_id: connectionId };

/** Takes a way to sign in; the big providers bring their servers with them. */
export function withMethod(draft: InboxDraft, method: SignInMethod): InboxDraft {
  const provider = { google: 'gmail', microsoft: 'microsoft' } as const;
  const served =
    method === 'google' || method === 'microsoft' ? withProvider(draft, provider[method]) : draft;
  return { ...served, method, connectionId: null };
}

/** Whether there is something to sign in with. */
export const hasSecret = ({ method, password, connectionId }: InboxDraft) =>
  method === 'password' ? password !== '' : connectionId !== null;

function imapInput(draft: InboxDraft): ImapInput {
  const { host, port, security, folder, username } = draft.imap;
  return {
    host: host.trim(),
    port,
    security,
    folder,
    username: orAddress(username, draft),
    ...secret(draft, draft.password),
  };
}

function smtpInput(draft: InboxDraft): SmtpInput {
  const own = draft.smtpApart && draft.method === 'password';
  return {
    host: draft.smtp.host.trim(),
    port: draft.smtp.port,
    security: draft.smtp.security,
    username: orAddress(own ? draft.smtp.username : draft.imap.username, draft),
    ...secret(draft, own ? draft.smtpPassword : draft.password),
  };
}

const toServers = (draft: InboxDraft) => ({ imap: imapInput(draft), smtp: smtpInput(draft) });

export const toCheck = (draft: InboxDraft, inboxId?: number): InboxCheckInput => ({
  ...toServers(draft),
  address: draft.address.trim(),
  ...(inboxId === undefined ? {} : { inbox_id: inboxId }),
});

export const toInput = (draft: InboxDraft): InboxInput => ({
  name: draft.name.trim() || draft.address.trim(),
  address: draft.address.trim(),
  sender_name: draft.senderName.trim(),
  team_id: draft.teamId,
  ...toServers(draft),
  import: draft.import,
});

export const serversPatch = (draft: InboxDraft, version: number): InboxPatch => ({
  version,
  ...toServers(draft),
});

export const hasServers = ({ imap, smtp }: InboxDraft) =>
  imap.host.trim() !== '' && smtp.host.trim() !== '';
