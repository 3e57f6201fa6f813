import type { BulkLeft, BulkWork } from '@evenkeel/api';
import { Button, Dialog } from '@evenkeel/kit';
import { plural, t } from '@lingui/core/macro';
import { Link } from 'react-router';
import styles from './BulkBar.module.css';

/** Why a ticket stays, in the person's language where we know the reason. */
function why({ code, reason }: BulkLeft): string {
  switch (code) {
    case 'stale_version':
      return t`Somebody changed it after you looked at it.`;
    case 'changed_since':
      return t`Somebody changed it since; that stays.`;
    case 'mail_left':
      return t`The mail had left by then; nobody can take it back.`;
    case 'not_allowed':
      return t`You are not allowed to do this.`;
    case 'not_found':
      return t`It is gone.`;
    default:
      return reason;
  }
}

interface BulkLeftDialogProps {
  work: BulkWork;
  onAgain: (ids: number[]) => void;
  onClose: () => void;
}

/** The tickets that stay as they were, each with its reason. */
export default function BulkLeftDialog({ work, onAgain, onClose }: BulkLeftDialogProps) {
  const count = work.tally.refused + work.tally.kept;
  const stale = work.left.filter((it) => it.code === 'stale_version').map((it) => it.ticket_id);
  return (
    <Dialog
      isOpen
      size="m"
      onOpenChange={(isOpen) => !isOpen && onClose()}
      title={plural(count, { one: '# ticket stays', other: '# tickets stay' })}
      closeLabel={t`Close`}
      actions={
        <>
          {stale.length > 0 && (
            <Button onPress={() => onAgain(stale)}>{t`Try again on those that changed`}</Button>
          )}
          <Button variant="primary" onPress={onClose}>{t`Close`}</Button>
        </>
      }
    >
      <ul className={styles.left}>
        {work.left.map((it) => (
          <li key={it.ticket_id}>
            <Link to={`/app/t/${it.ticket_id}`}>#{it.ticket_id}</Link> {why(it)}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
