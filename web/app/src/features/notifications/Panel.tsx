import { Button, EmptyState } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { BellOff } from 'lucide-react';
import { LinkButton } from '../layout/LinkButton';
import { Loaded } from '../forms/Loaded';
import { NotificationList } from './NotificationList';
import styles from './Notifications.module.css';
import { useLatestNotifications, useMarkRead } from './queries';

/** The newest notifications in the popover. */
export default function Panel({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const latest = useLatestNotifications();
  const markRead = useMarkRead();
  const newest = latest.data?.items[0];
  return (
    <>
      <header className={styles.head}>
        <h2 className={styles.title}>
          <Trans>Notifications</Trans>
        </h2>
        {newest && (latest.data?.unread ?? 0) > 0 && (
          <Button size="s" variant="quiet" onPress={() => markRead({ up_to: newest.id })}>
            <Trans>Mark all as read</Trans>
          </Button>
        )}
      </header>
      <div className={styles.scroll}>
        <Loaded query={latest}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState icon={<BellOff size={22} />} title={t`All quiet`}>
                <Trans>What concerns you appears here.</Trans>
              </EmptyState>
            ) : (
              <NotificationList notifications={items} onOpen={onClose} />
            )
          }
        </Loaded>
      </div>
      <footer className={styles.foot}>
        <LinkButton size="s" variant="quiet" to="/app/notifications" onPress={onClose}>
          <Trans>See all</Trans>
        </LinkButton>
        <LinkButton size="s" variant="quiet" to="/app/settings/notifications" onPress={onClose}>
          <Trans>Settings</Trans>
        </LinkButton>
      </footer>
    </>
  );
}
