import type { AgentState } from '@evenkeel/api';
import { t } from '@lingui/core/macro';

export const STATES_IN_ORDER: readonly AgentState[] = [
  'available',
  'focus',
  'wrap_up',
  'break',
  'training',
  'offline',
];

export function stateLabel(state: AgentState): string {
  switch (state) {
    case 'available':
      return t`Available`;
    case 'focus':
      return t`Focus`;
    case 'break':
      return t`Break`;
    case 'training':
      return t`Training`;
    case 'wrap_up':
      return t`Wrap-up`;
    case 'offline':
      return t`Offline`;
  }
}

/** What a state means, for the menu. */
export function stateMeaning(state: AgentState): string {
  switch (state) {
    case 'available':
      return t`New work may come`;
    case 'focus':
      return t`Only what I have; nothing new`;
    case 'break':
      return t`Resting; nothing new`;
    case 'training':
      return t`Learning; nothing new`;
    case 'wrap_up':
      return t`Finishing the last contact`;
    case 'offline':
      return t`Not at work; what waits goes back to the team`;
  }
}
