import { Skeleton } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import styles from './TicketList.module.css';

/** The list's shape while its first page is on the way. */
export function ListSkeleton() {
  return (
    <div className={styles.skeletons} role="status" aria-label={t`Loading tickets`}>
      {Array.from({ length: 7 }, (_, row) => (
        <Skeleton key={row} lines={3} className={styles.skeletonRow} />
      ))}
    </div>
  );
}
