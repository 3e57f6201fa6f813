/** What colleagues did together on a ticket, as sentences. */
import type { EventItem } from '@evenkeel/api';
import { t } from '@lingui/core/macro';
import type { EventNames } from '../conversation/events';

const NOUNS = ['promise'];

export const isTogether = (kind: string): boolean => NOUNS.includes(kind.split('.')[0] ?? '');

/** Sentences for such an event; none for what the side panel shows better. */
export function togetherSentences(event: EventItem, actor: string, names: EventNames): string[] {
  const { changes } = event;
  switch (event.kind) {
    case 'promise.made': {
      const due = changes.due_at?.to;
      return typeof due === 'string'
        ? [t`${actor} promised the customer something by ${names.time(due)}`]
        : [];
    }
    case 'promise.fell_due':
      return [t`What ${names.agent(changes.owner?.to)} promised is due`];
    case 'promise.settled':
      return changes.state?.to === 'kept'
        ? [t`The promise is kept`]
        : [t`${actor} withdrew the promise`];
    default:
      return [];
  }
}
