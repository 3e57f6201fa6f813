import { Button } from '@evenkeel/kit';
import { t } from '@lingui/core/macro';
import { CloudOff } from 'lucide-react';
import { useStore } from '../store';
import { retryLive } from '../store/sync';
import styles from './Shell.module.css';

/** Says that what is on screen may be old, for as long as the live feed is down. */
export function ConnectionBanner() {
  const isLost = useStore((state) => state.status === 'lost');
  return (
    <div role="status">
      {isLost && (
        <div className={styles.connection}>
          <CloudOff size={16} aria-hidden />
          <span className={styles.connectionText}>
            {t`The connection is down. What you see may be old; it catches up by itself. Your drafts are safe here.`}
          </span>
          <Button size="s" variant="quiet" onPress={retryLive}>
            {t`Try now`}
          </Button>
        </div>
      )}
    </div>
  );
}
