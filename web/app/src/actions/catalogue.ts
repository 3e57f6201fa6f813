/**
 * Everything an agent can do by key or palette, in one list: the keys, the help and the palette
 * all read it. Screens bind what an action does while they are on screen (`useActions`).
 */
import type { MessageDescriptor } from '@lingui/core';
import { msg } from '@lingui/core/macro';

export type ActionGroup = 'move' | 'ticket' | 'write' | 'go';

export interface Action {
  id: string;
  label: MessageDescriptor;
  group: ActionGroup;
  /** `mod` is Ctrl, or ⌘ on a Mac. Keys without `mod` are silent while typing. */
  keys?: readonly string[];
}

const list = [
  { id: 'list.next', label: msg`Next ticket`, group: 'move', keys: ['j'] },
  { id: 'list.previous', label: msg`Previous ticket`, group: 'move', keys: ['k'] },
  { id: 'list.open', label: msg`Open ticket`, group: 'move', keys: ['enter'] },
  { id: 'list.select', label: msg`Choose this ticket too`, group: 'move', keys: ['x'] },
  { id: 'list.selectDown', label: msg`Choose down to the next`, group: 'move', keys: ['shift+j'] },
  { id: 'list.selectUp', label: msg`Choose up to the previous`, group: 'move', keys: ['shift+k'] },
  { id: 'list.selectAll', label: msg`Choose all listed`, group: 'move', keys: ['mod+a'] },
  { id: 'list.selectNone', label: msg`Choose none`, group: 'move', keys: ['shift+x'] },
  { id: 'ticket.back', label: msg`Back to the list`, group: 'move', keys: ['escape'] },
  { id: 'list.search', label: msg`Search`, group: 'move', keys: ['/'] },

  { id: 'write.reply', label: msg`Reply`, group: 'write', keys: ['r'] },
  { id: 'write.note', label: msg`Write a note`, group: 'write', keys: ['c'] },
  { id: 'write.send', label: msg`Send, or add the note`, group: 'write', keys: ['mod+enter'] },
  { id: 'write.forward', label: msg`Forward`, group: 'write', keys: ['f'] },
  { id: 'ticket.new', label: msg`New ticket`, group: 'write', keys: ['n'] },

  { id: 'ticket.assign', label: msg`Assign`, group: 'ticket', keys: ['a'] },
  { id: 'ticket.take', label: msg`Assign to me`, group: 'ticket', keys: ['m'] },
  { id: 'ticket.status', label: msg`Change status`, group: 'ticket', keys: ['s'] },
  { id: 'ticket.solve', label: msg`Solve`, group: 'ticket', keys: ['e'] },
  { id: 'ticket.tag', label: msg`Tag`, group: 'ticket', keys: ['t'] },
  { id: 'ticket.snooze', label: msg`Snooze`, group: 'ticket', keys: ['h'] },
  { id: 'ticket.unread', label: msg`Mark as unread`, group: 'ticket', keys: ['u'] },
  { id: 'ticket.watch', label: msg`Watch or stop watching`, group: 'ticket', keys: ['w'] },
  { id: 'ticket.abuse', label: msg`Mark as abusive`, group: 'ticket', keys: ['shift+a'] },
  { id: 'ticket.spam', label: msg`Mark as spam`, group: 'ticket' },
  { id: 'ticket.trash', label: msg`Move to trash`, group: 'ticket', keys: ['#'] },
  { id: 'ticket.restore', label: msg`Restore to the desk`, group: 'ticket' },
  { id: 'undo', label: msg`Undo the last change`, group: 'ticket', keys: ['z'] },

  { id: 'view.new', label: msg`New view`, group: 'go' },
  { id: 'offer.accept', label: msg`Take what is offered`, group: 'ticket', keys: ['y'] },
  { id: 'offer.decline', label: msg`Pass on what is offered`, group: 'ticket' },

  { id: 'state.menu', label: msg`Change what I’m doing`, group: 'go', keys: ['v'] },
  { id: 'app.lock', label: msg`Switch person`, group: 'go', keys: ['mod+.'] },
  { id: 'app.palette', label: msg`Find anything`, group: 'go', keys: ['mod+k'] },
  { id: 'app.help', label: msg`Keyboard shortcuts`, group: 'go', keys: ['?'] },
  { id: 'go.mine', label: msg`Go to Mine`, group: 'go' },
  { id: 'go.mentions', label: msg`Go to Mentions`, group: 'go' },
  { id: 'go.unassigned', label: msg`Go to Unassigned`, group: 'go' },
  { id: 'go.all', label: msg`Go to All`, group: 'go' },
  { id: 'go.board', label: msg`Go to the board`, group: 'go' },
  { id: 'go.care', label: msg`Go to customers’ words`, group: 'go' },
  { id: 'go.settings', label: msg`Go to settings`, group: 'go' },
  { id: 'go.admin', label: msg`Go to administration`, group: 'go' },
  { id: 'app.theme', label: msg`Switch between light and dark`, group: 'go' },
] as const satisfies readonly Action[];

export type ActionId = (typeof list)[number]['id'];

export const CATALOGUE: readonly (Action & { id: ActionId })[] = list;

/** The keys of an action as shown beside its name. */
export function keysOf(id: ActionId): string | undefined {
  return CATALOGUE.find((action) => action.id === id)?.keys?.[0];
}
