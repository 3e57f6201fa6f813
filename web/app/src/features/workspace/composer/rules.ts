/** Decisions of the composer: no screen, no server. */
import type { Address, DraftKind, Ticket, TimelineItem } from '@evenkeel/api';

/** What is being written, as a draft keeps it. */
export interface Content {
  html: string;
  /** Files to go along, those shown inside the text included. */
  files: readonly { id: number; inline: boolean }[];
  /** Who gets copies; null while the ticket's own copies stand. */
  cc: readonly Address[] | null;
}

/** The text as a reader would see it, to decide whether there is any. */
function visibleText(html: string): string {
  return html
    .replace(/<[^>]*>/g, '')
    .replace(/&nbsp;|\u00a0/g, ' ')
    .trim();
}

const INLINE = /\/api\/v1\/attachments\/(\d+)/g;

/** The ids of the images shown inside the text. */
export function inlineIds(html: string): number[] {
  return [...new Set([...html.matchAll(INLINE)].map((match) => Number(match[1])))];
}

/** Whether nothing would be said. */
export function isBlank({ html, files }: Content): boolean {
  const hasFile = files.some((file) => !file.inline);
  return visibleText(html) === '' && inlineIds(html).length === 0 && !hasFile;
}

/** What goes along: chosen files, and of the pasted images those still in the text. */
export function attachmentIds({ html, files }: Content): number[] {
  const shown = inlineIds(html);
  const chosen = files.filter((file) => !file.inline).map((file) => file.id);
  return [...new Set([...chosen, ...shown])];
}

/**
 * The agents mentioned in a note: those chosen from the list, and those whose full name stands
 * after an @, since a draft that went through the server keeps the words but not the choice.
 */
export function mentionsIn(
  html: string,
  agents: readonly { id: number; name: string }[],
): number[] {
  const chosen = [...html.matchAll(/data-mention="(\d+)"/g)].map((match) => Number(match[1]));
  const text = visibleText(html);
  const written = agents.filter(({ name }) => text.includes(`@${name}`)).map(({ id }) => id);
  return [...new Set([...chosen, ...written])];
}

/** The newest message on screen: what the writer has seen. */
export function seenNumber(items: readonly TimelineItem[]): number {
  return items.reduce(
    (seen, item) => (item.type === 'message' ? Math.max(seen, item.number) : seen),
    0,
  );
}

/** Which side opens by itself: an unfinished draft, the reply first. */
export function openingKind(ticket: Pick<Ticket, 'draft_kinds' | 'may'>): DraftKind | null {
  if (ticket.may.reply && ticket.draft_kinds.includes('reply')) return 'reply';
  if (ticket.may.note && ticket.draft_kinds.includes('note')) return 'note';
  return null;
}

const EMAIL = /^[^\s@<>,;"]+@[^\s@<>,;"]+\.[^\s@<>,;".]+$/;

export const isEmail = (text: string): boolean => EMAIL.test(text.trim()) && text.length <= 254;

/** Addresses from what somebody typed or pasted: `Ana <ana@x.org>, ben@x.org`. */
export function readAddresses(text: string): { addresses: Address[]; rest: string } {
  const parts = text
    .split(/[,;\n]+/)
    .map((part) => part.trim())
    .filter(Boolean);
  const addresses: Address[] = [];
  const rest: string[] = [];
  for (const part of parts) {
    const named = /^"?([^"<]*?)"?\s*<([^>]+)>$/.exec(part);
    const email = (named?.[2] ?? part).trim();
    if (!isEmail(email)) rest.push(part);
    else addresses.push(named?.[1] ? { email, name: named[1] } : { email });
  }
  return { addresses, rest: rest.join(', ') };
}

/** Joins addresses without naming anybody twice. */
export function joinAddresses(known: readonly Address[], more: readonly Address[]): Address[] {
  const seen = new Set<string>();
  return [...known, ...more].filter(({ email }) => {
    const key = email.toLowerCase();
    return seen.has(key) ? false : Boolean(seen.add(key));
  });
}

/** Only what the server takes: a participant of a ticket carries more. */
export function plainAddresses(addresses: readonly Address[] | null): Address[] | undefined {
  return addresses?.map(({ email, name }) => (name ? { email, name } : { email }));
}
