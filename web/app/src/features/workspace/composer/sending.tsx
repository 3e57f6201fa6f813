/** Handing what was written to the server, and taking it back. */
import {
  isProblem,
  newKey,
  type DraftKind,
  type MessageItem,
  type Ticket,
  type TicketStatus,
} from '@evenkeel/api';
import { toast } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { useEffect, useState } from 'react';
import { api } from '../../../session';
import { offerUndo, tellRefusal } from '../../../store/commands';
import { getState, update } from '../../../store/store';
import { loadTicket, loadTimeline } from '../../../store/sync';
import { putMessage } from '../../../store/update';
import { clearDraft, getDraft, replaceDraft, type Draft } from './drafts';
import { attachmentIds, mentionsIn, plainAddresses, seenNumber } from './rules';

const UNDO_MS = 15_000;

export interface SendOptions {
  statusAfter?: TicketStatus;
  sendAt?: Date;
  /** Whether the customer's mail stands quoted below; otherwise as the inbox has it. */
  quotes?: boolean;
  /** The macro whose actions are done with it. */
  macroId?: number;
}

export type SendResult = 'sent' | 'new_messages' | 'failed';

/** One key per text: pressing Send again after a broken connection can't send it twice. */
let lastKey = { text: '', key: '' };
function keyFor(text: string): string {
  if (lastKey.text !== text) lastKey = { text, key: newKey() };
  return lastKey.key;
}

/** The drafts of replies that can still be taken back, with their files and copies. */
const taken = new Map<string, Draft>();

export async function sendReply(ticket: Ticket, options: SendOptions): Promise<SendResult> {
  const draft = getDraft(ticket.id, 'reply');
  const seen = seenNumber(getState().timelines.get(ticket.id)?.items ?? []);
  const body = {
    html: draft.html,
    attachment_ids: attachmentIds(draft),
    cc: plainAddresses(draft.cc),
    seen_number: seen,
    status_after: options.statusAfter,
    send_at: options.sendAt?.toISOString(),
    quotes: options.quotes,
    macro_id: options.macroId,
  };
  try {
    const message = await api.tickets.reply(
      ticket.id,
      body,
      keyFor(JSON.stringify([ticket.id, body])),
    );
    lastKey = { text: '', key: '' };
    taken.set(`${ticket.id}/${message.number}`, draft);
    afterSending(ticket.id, 'reply', message);
    offerTakeBack(ticket, message, options);
    return 'sent';
  } catch (error) {
    if (isProblem(error, 'new_messages')) {
      lastKey = { text: '', key: '' };
      await Promise.all([loadTimeline(ticket.id), loadTicket(ticket.id)]);
      return 'new_messages';
    }
    tellRefusal(error);
    return 'failed';
  }
}

export async function addNote(ticket: Ticket): Promise<SendResult> {
  const draft = getDraft(ticket.id, 'note');
  const body = {
    html: draft.html,
    attachment_ids: attachmentIds(draft),
    mentions: mentionsIn(draft.html, getState().agents),
  };
  try {
    const message = await api.tickets.note(
      ticket.id,
      body,
      keyFor(JSON.stringify([ticket.id, body])),
    );
    lastKey = { text: '', key: '' };
    afterSending(ticket.id, 'note', message);
    toast({ text: t`Note added. Only your team sees it.` });
    return 'sent';
  } catch (error) {
    tellRefusal(error);
    return 'failed';
  }
}

function afterSending(id: number, kind: DraftKind, message: MessageItem): void {
  update((state) => putMessage(state, id, message));
  clearDraft(id, kind);
  void loadTicket(id);
  void loadTimeline(id);
}

function offerTakeBack(ticket: Ticket, message: MessageItem, { sendAt }: SendOptions): void {
  const name = ticket.requester.name || ticket.requester.email;
  const until = new Date().getTime() + UNDO_MS;
  const text = sendAt ? (
    t`The reply to ${name} waits for its time.`
  ) : (
    <Countdown name={name} until={until} />
  );
  offerUndo(text, () => void takeBack(ticket.id, message), UNDO_MS);
}

function Countdown({ name, until }: { name: string; until: number }) {
  const [left, setLeft] = useState(UNDO_MS / 1000);
  useEffect(() => {
    const tick = setInterval(() => {
      setLeft(Math.max(0, Math.ceil((until - new Date().getTime()) / 1000)));
    }, 250);
    return () => clearInterval(tick);
  }, [until]);
  return (
    <>
      {t`The reply to ${name} leaves in a moment.`}{' '}
      {/* The seconds are for the eye: read out each time, they would drown everything else. */}
      <span aria-hidden style={{ opacity: 0.75, fontVariantNumeric: 'tabular-nums' }}>
        {t`${left} s`}
      </span>
    </>
  );
}

/** Stops a reply that has not left, and gives its text back to the writer. */
export async function takeBack(ticketId: number, message: MessageItem): Promise<void> {
  try {
    const undone = await api.tickets.undoReply(ticketId, message.number);
    const key = `${ticketId}/${message.number}`;
    const files = taken.get(key)?.files ?? message.attachments;
    taken.delete(key);
    replaceDraft(ticketId, 'reply', {
      html: undone.html,
      files: files.filter((file) => undone.attachment_ids.includes(file.id)),
      cc: undone.cc,
    });
    takenBackListeners.forEach((listener) => listener(ticketId));
    toast({ text: t`Taken back. Nothing was sent, and your text is in the reply again.` });
  } catch (error) {
    if (isProblem(error, 'already_sent')) toast({ tone: 'bad', text: t`Too late: it has left.` });
    else tellRefusal(error);
  }
  void loadTicket(ticketId);
  void loadTimeline(ticketId);
}

const takenBackListeners = new Set<(ticketId: number) => void>();

/** Hears when a reply came back, so that the composer opens on it. */
export function onTakenBack(listener: (ticketId: number) => void): () => void {
  takenBackListeners.add(listener);
  return () => takenBackListeners.delete(listener);
}
