/** Why mail to an address is paused, in the language spoken now. */
import type { Pause } from '@evenkeel/api';
import { t } from '@lingui/core/macro';

export function pauseWords(pause: Pause, since: string): string {
  switch (pause.cause) {
    case 'no_mailbox':
      return t`Mail came back on ${since}: this mailbox doesn’t exist.`;
    case 'failures':
      return t`Mail came back several times in a row, last on ${since}.`;
    case 'complaint':
      return t`On ${since} its reader marked a mail of ours as spam.`;
  }
}
