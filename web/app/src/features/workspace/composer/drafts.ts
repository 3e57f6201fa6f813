/**
 * What agents are writing. It lives here while the tab lives, so that moving between tickets never
 * loses a word, and follows to the server a moment after each change, so that no crash does.
 */
import { isProblem, type Address, type Attachment, type DraftKind } from '@evenkeel/api';
import { useEffect, useSyncExternalStore } from 'react';
import { api } from '../../../session';
import { getState, update } from '../../../store/store';
import { patchTicket } from '../../../store/update';
import { attachmentIds, isBlank, plainAddresses } from './rules';

export interface Draft {
  html: string;
  files: readonly Attachment[];
  cc: readonly Address[] | null;
  /** Grows when the text was set from outside the editor, which then shows it. */
  revision: number;
  saved: 'yes' | 'pending' | 'failed';
  ready: boolean;
}

const EMPTY: Draft = { html: '', files: [], cc: null, revision: 0, saved: 'yes', ready: false };
const SAVE_AFTER_MS = 700;
const RETRY_AFTER_MS = 5_000;

const drafts = new Map<string, Draft>();
const timers = new Map<string, ReturnType<typeof setTimeout>>();
const listeners = new Set<() => void>();

const keyOf = (ticketId: number, kind: DraftKind) => `${ticketId}/${kind}`;

export function getDraft(ticketId: number, kind: DraftKind): Draft {
  return drafts.get(keyOf(ticketId, kind)) ?? EMPTY;
}

function put(ticketId: number, kind: DraftKind, change: Partial<Draft>): void {
  drafts.set(keyOf(ticketId, kind), { ...getDraft(ticketId, kind), ...change });
  listeners.forEach((listener) => listener());
}

function markOnTicket(ticketId: number, kind: DraftKind, exists: boolean): void {
  const ticket = getState().tickets.get(ticketId);
  if (!ticket || !('draft_kinds' in ticket)) return;
  const others = ticket.draft_kinds.filter((each) => each !== kind);
  const kinds = exists ? [...others, kind] : others;
  update((state) => patchTicket(state, ticketId, { draft_kinds: kinds }));
}

async function save(ticketId: number, kind: DraftKind): Promise<void> {
  const draft = getDraft(ticketId, kind);
  timers.delete(keyOf(ticketId, kind));
  try {
    if (isBlank(draft)) {
      await api.drafts.delete(ticketId, kind);
    } else {
      await api.drafts.save(ticketId, kind, {
        html: draft.html,
        attachment_ids: attachmentIds(draft),
        cc: plainAddresses(draft.cc),
      });
    }
    if (!timers.has(keyOf(ticketId, kind))) put(ticketId, kind, { saved: 'yes' });
    markOnTicket(ticketId, kind, !isBlank(draft));
  } catch (error) {
    if (isProblem(error, 'not_found')) return put(ticketId, kind, { saved: 'yes' });
    put(ticketId, kind, { saved: 'failed' });
    schedule(ticketId, kind, RETRY_AFTER_MS);
  }
}

function schedule(ticketId: number, kind: DraftKind, after: number): void {
  const key = keyOf(ticketId, kind);
  clearTimeout(timers.get(key));
  timers.set(
    key,
    setTimeout(() => void save(ticketId, kind), after),
  );
}

/** A change by the writer: kept here at once, on the server in a moment. */
export function writeDraft(
  ticketId: number,
  kind: DraftKind,
  change: Partial<Pick<Draft, 'html' | 'files' | 'cc'>>,
): void {
  put(ticketId, kind, { ...change, saved: 'pending' });
  schedule(ticketId, kind, SAVE_AFTER_MS);
}

/** A text from elsewhere (taken back, or a macro): the editor shows it. */
export function replaceDraft(
  ticketId: number,
  kind: DraftKind,
  content: Pick<Draft, 'html' | 'files' | 'cc'>,
): void {
  const { revision } = getDraft(ticketId, kind);
  put(ticketId, kind, { ...content, revision: revision + 1, ready: true, saved: 'pending' });
  schedule(ticketId, kind, SAVE_AFTER_MS);
}

/** It was sent: here and on the server nothing of it is left. */
export function clearDraft(ticketId: number, kind: DraftKind): void {
  const key = keyOf(ticketId, kind);
  clearTimeout(timers.get(key));
  timers.delete(key);
  const { revision } = getDraft(ticketId, kind);
  put(ticketId, kind, { ...EMPTY, revision: revision + 1, ready: true });
  markOnTicket(ticketId, kind, false);
  api.drafts.delete(ticketId, kind).catch(() => undefined);
}

async function load(ticketId: number, kind: DraftKind, exists: boolean): Promise<void> {
  if (getDraft(ticketId, kind).ready) return;
  if (!exists) return put(ticketId, kind, { ready: true });
  try {
    const { html, attachments, cc } = await api.drafts.get(ticketId, kind);
    const known = getDraft(ticketId, kind);
    if (known.ready) return;
    put(ticketId, kind, {
      html,
      files: attachments,
      cc,
      revision: known.revision + 1,
      ready: true,
    });
  } catch (error) {
    if (isProblem(error, 'not_found')) return put(ticketId, kind, { ready: true });
    // An empty field in its place would be saved over it: asked again until it is here.
    setTimeout(() => void load(ticketId, kind, exists), RETRY_AFTER_MS);
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The draft of a ticket; fetched the first time when the server has one. */
export function useDraft(ticketId: number, kind: DraftKind, exists: boolean): Draft {
  useEffect(() => void load(ticketId, kind, exists), [ticketId, kind, exists]);
  return useSyncExternalStore(subscribe, () => getDraft(ticketId, kind));
}

/** Brings to the server what it does not have yet; false when not all of it could be. */
export async function saveDrafts(): Promise<boolean> {
  const pending = [...drafts].filter(([, draft]) => draft.saved !== 'yes');
  await Promise.all(
    pending.map(([key]) => {
      clearTimeout(timers.get(key));
      const [ticketId, kind] = key.split('/') as [string, DraftKind];
      return save(Number(ticketId), kind);
    }),
  );
  return [...drafts.values()].every((draft) => draft.saved === 'yes');
}

/** Asks before the tab closes over words the server does not have yet. */
export function useUnsavedWarning(): void {
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if ([...drafts.values()].some((draft) => draft.saved !== 'yes')) event.preventDefault();
    };
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, []);
}
