import { IconButton, PopoverPanel, Skeleton } from '@evenkeel/kit';
import { useLingui } from '@lingui/react/macro';
import { Bell } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import styles from './Bell.module.css';
import { useLatestNotifications } from './queries';
import { useArrivals } from './useArrivals';

const Panel = lazy(() => import('./Panel'));

/** From here on a number says no more than "many". */
const SHOWN_MAX = 99;

/** The bell in the sidebar: how many are unread, and the newest of them at a press. */
export function NotificationBell() {
  const { t } = useLingui();
  const [isOpen, setOpen] = useState(false);
  useArrivals();
  const unread = useLatestNotifications().data?.unread ?? 0;
  const label = unread > 0 ? t`Notifications, ${unread} unread` : t`Notifications`;
  return (
    <PopoverPanel
      label={t`Notifications`}
      isOpen={isOpen}
      onOpenChange={setOpen}
      className={styles.panel}
      trigger={
        <IconButton
          label={label}
          icon={
            <span className={styles.bell}>
              <Bell size={18} aria-hidden />
              {unread > 0 && (
                <span className={styles.count}>
                  {unread > SHOWN_MAX ? `${SHOWN_MAX}+` : unread}
                </span>
              )}
            </span>
          }
        />
      }
    >
      <Suspense fallback={<Skeleton lines={4} />}>
        <Panel onClose={() => setOpen(false)} />
      </Suspense>
    </PopoverPanel>
  );
}
