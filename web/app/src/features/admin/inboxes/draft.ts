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
    smtpApart: false,
    smtpPassword: '',
    import: 'new_only',
  };
}

export function draftOf(inbox: Inbox): InboxDraft {
  const blank = newDraft(inbox.sender_name);
  return {
    ...blank,
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

function imapInput(draft: InboxDraft): ImapInput {
  return {
    ...draft.imap,
    host: draft.imap.host.trim(),
    username: orAddress(draft.imap.username, draft),
    ...known(draft.password),
  };
}

function smtpInput(draft: InboxDraft): SmtpInput {
  const own = draft.smtpApart;
  return {
    host: draft.smtp.host.trim(),
    port: draft.smtp.port,
    security: draft.smtp.security,
    username: orAddress(own ? draft.smtp.username : draft.imap.username, draft),
    ...known(own ? draft.smtpPassword : draft.password),
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
