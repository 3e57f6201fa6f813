/** How mailboxes stand, in order of urgency and in words. */
import type { MailDirection, PostmasterMailbox } from '@evenkeel/api';
import { t } from '@lingui/core/macro';

export type Standing = MailDirection['state'];

/** Mail that is stored and not filed for this long, in milliseconds, deserves a word. */
export const FILING_SLOW = 60_000;

const RANKS: Record<Standing, number> = {
  needs_person: 0,
  retrying: 1,
  resting: 2,
  starting: 3,
  works: 4,
  off: 4,
  not_used: 4,
};

/** Where a mailbox stands in the list: troubled ones first. */
export const rankOf = ({ receiving, sending }: PostmasterMailbox): number =>
  Math.min(RANKS[receiving.state], RANKS[sending.state]);

/** What of a direction needs a look. */
export const isTroubled = ({ state }: MailDirection): boolean =>
  state === 'needs_person' || state === 'retrying';

export function receivingWords(state: Standing): string {
  switch (state) {
    case 'works':
      return t`Receiving works`;
    case 'starting':
      return t`Receiving begins`;
    case 'retrying':
      return t`Receiving is tried again`;
    case 'needs_person':
      return t`Receiving needs you`;
    case 'resting':
      return t`Receiving rests`;
    case 'off':
      return t`Switched off`;
    case 'not_used':
      return t`Mail comes by other entrances`;
  }
}

export function sendingWords(state: Standing): string {
  switch (state) {
    case 'works':
      return t`Sending works`;
    case 'starting':
      return t`Nothing sent yet`;
    case 'retrying':
      return t`Sending is tried again`;
    case 'needs_person':
      return t`Sending needs you`;
    case 'resting':
      return t`Sending rests`;
    case 'off':
      return t`Switched off`;
    case 'not_used':
      return t`Doesn’t send`;
  }
}
