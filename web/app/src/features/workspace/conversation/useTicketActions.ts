import type { Place, Ticket, TicketStatus } from '@evenkeel/api';
import { t } from '@lingui/core/macro';
import { useState } from 'react';
import { useActions } from '../../../actions/registry';
import { statusLabel } from '../../../lib/labels';
import { useSession } from '../../../session';
import { changeTicket, markUnread, moveTicket, watch } from '../../../store/commands';

export type PickerName = 'assign' | 'status' | 'tag' | 'snooze' | 'priority' | 'team' | null;

export interface Pickers {
  open: PickerName;
  setOpen: (name: PickerName) => void;
}

/** Sets a status, says so and offers to undo. */
export function setStatus(ticket: Ticket, status: TicketStatus): void {
  if (ticket.status === status) return;
  void changeTicket(ticket.id, { status }, t`Status: ${statusLabel(status)}`);
}

/** Moves a ticket between desk, bulk mail, spam and trash. */
export function moveTo(ticket: Ticket, place: Exclude<Place, 'side' | 'merged'>): void {
  const done = {
    desk: t`Restored to the desk`,
    spam: t`Marked as spam`,
    trash: t`Moved to the trash`,
    bulk: t`Laid aside as bulk mail`,
  };
  void moveTicket(ticket.id, place, done[place]);
}

/** Binds what keys and palette do to the open ticket; answers which of its pickers is open. */
export function useTicketActions(ticket: Ticket | undefined, onForward: () => void): Pickers {
  const { me } = useSession();
  const [open, setOpen] = useState<PickerName>(null);
  const may = ticket?.may;
  const picker = (name: PickerName) => ({
    run: () => setOpen(name),
    when: () => Boolean(may?.update),
  });
  const onTicket = (allowed: boolean | undefined, run: (ticket: Ticket) => void) => ({
    run: () => ticket && run(ticket),
    when: () => ticket !== undefined && Boolean(allowed),
  });
  useActions({
    'ticket.assign': picker('assign'),
    'ticket.status': picker('status'),
    'ticket.tag': picker('tag'),
    'ticket.snooze': picker('snooze'),
    'ticket.take': onTicket(may?.update, (it) => {
      if (it.assignee_id === me.agent.id) return;
      void changeTicket(it.id, { assignee_id: me.agent.id }, t`Assigned to you`);
    }),
    'ticket.solve': onTicket(may?.update, (it) => setStatus(it, 'solved')),
    'ticket.unread': onTicket(true, (it) => void markUnread(it.id)),
    'ticket.watch': onTicket(true, (it) => {
      void watch(it.id, me.agent.id, !it.watchers.includes(me.agent.id));
    }),
    'ticket.spam': onTicket(may?.trash && ticket?.place !== 'spam', (it) => moveTo(it, 'spam')),
    'ticket.trash': onTicket(may?.trash && ticket?.place !== 'trash', (it) => moveTo(it, 'trash')),
    'ticket.restore': onTicket(may?.trash && ticket?.place !== 'desk', (it) => moveTo(it, 'desk')),
    'write.forward': { run: onForward, when: () => Boolean(may?.forward) },
  });
  return { open, setOpen };
}
