/** Servers of well-known mail hosts: host, port and security, as each of them documents. */
import type { MailSecurity } from '@evenkeel/api';

export type ProviderId = 'gmail' | 'microsoft' | 'fastmail' | 'icloud' | 'other';
export type Server = { host: string; port: number; security: MailSecurity };
export type Provider = {
  id: ProviderId;
  /** A proper name; the screen words "other" itself. */
  name: string;
  /** Domains whose addresses surely live there. */
  domains: readonly string[];
  imap: Server;
  smtp: Server;
};

const tls = (host: string, port: number): Server => ({ host, port, security: 'tls' });
const startTls = (host: string, port: number): Server => ({ host, port, security: 'starttls' });

export const PROVIDERS: readonly Provider[] = [
  {
    id: 'gmail',
    name: 'Gmail, Google Workspace',
    domains: ['gmail.com', 'googlemail.com'],
    imap: tls('imap.gmail.com', 993),
    smtp: tls('smtp.gmail.com', 465),
  },
  {
    id: 'microsoft',
    name: 'Outlook, Microsoft 365',
    domains: ['outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'outlook.de', 'outlook.es'],
    imap: tls('outlook.office365.com', 993),
    smtp: startTls('smtp.office365.com', 587),
  },
  {
    id: 'fastmail',
    name: 'Fastmail',
    domains: ['fastmail.com', 'fastmail.fm'],
    imap: tls('imap.fastmail.com', 993),
    smtp: tls('smtp.fastmail.com', 465),
  },
  {
    id: 'icloud',
    name: 'iCloud',
    domains: ['icloud.com', 'me.com', 'mac.com'],
    imap: tls('imap.mail.me.com', 993),
    smtp: startTls('smtp.mail.me.com', 587),
  },
  { id: 'other', name: '', domains: [], imap: tls('', 993), smtp: tls('', 465) },
];

export function providerOf(id: ProviderId): Provider {
  return PROVIDERS.find((provider) => provider.id === id)!;
}

/** The host an address surely belongs to; null when only its owner can tell. */
export function guessProvider(address: string): ProviderId | null {
  const domain = address.trim().toLowerCase().split('@')[1];
  if (!domain) return null;
  return PROVIDERS.find(({ domains }) => domains.includes(domain))?.id ?? null;
}

/** The usual port of a protocol under a security, for when the security is changed. */
export function usualPort(protocol: 'imap' | 'smtp', security: MailSecurity): number {
  if (protocol === 'imap') return security === 'tls' ? 993 : 143;
  return security === 'tls' ? 465 : 587;
}
