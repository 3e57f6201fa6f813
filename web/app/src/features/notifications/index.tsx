/** All notifications on a page of their own. Mounted at /app/notifications. */
import { Button, EmptyState, Page } from '@evenkeel/kit';
import { Trans, useLingui } from '@lingui/react/macro';
import { BellOff } from 'lucide-react';
import { api } from '../auth/client';
import { LoadedPages } from '../forms/LoadedPages';
import { usePages } from '../forms/usePages';
import { NotificationList } from './NotificationList';
import { NOTIFICATIONS, useMarkRead } from './queries';

export default function Notifications() {
  const { t } = useLingui();
  const all = usePages([...NOTIFICATIONS, 'all'], api.notifications.list);
  const markRead = useMarkRead();
  const newest = all.data?.pages[0]?.items[0];
  return (
    <Page
      title={t`Notifications`}
      actions={
        newest && (
          <Button onPress={() => markRead({ up_to: newest.id })}>
            <Trans>Mark all as read</Trans>
          </Button>
        )
      }
    >
      <LoadedPages
        query={all}
        empty={
          <EmptyState icon={<BellOff size={22} />} title={t`All quiet`}>
            <Trans>What concerns you appears here: tickets given to you, mentions, answers.</Trans>
          </EmptyState>
        }
      >
        {(items) => <NotificationList notifications={items} />}
      </LoadedPages>
    </Page>
  );
}
