import type { Notification, NotificationSettings } from '@evenkeel/api';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useNavigate } from 'react-router';
import { onLiveRecord } from '../../store';
import { useSession } from '../auth/session';
import { browserPermission } from './permission';
import {
  NOTIFICATIONS,
  useLatestNotifications,
  useMarkRead,
  useNotificationSettings,
} from './queries';
import { isQuiet } from './quiet';
import { useNotificationWords, waysOf } from './words';

/** Records come in bursts, and the notification is written just after its record. */
const SETTLE_MS = 400;

/** Fetches the list again shortly after something that concerns the signed-in person. */
function useFollowFeed(): void {
  const queries = useQueryClient();
  const { me } = useSession();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onLiveRecord(({ agent_ids: concerned }) => {
      if (!concerned.includes(me.agent.id)) return;
      clearTimeout(timer);
      timer = setTimeout(
        () => void queries.invalidateQueries({ queryKey: NOTIFICATIONS }),
        SETTLE_MS,
      );
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [queries, me.agent.id]);
}

function mayPopUp(notification: Notification, settings: NotificationSettings): boolean {
  return (
    !notification.read &&
    waysOf(settings, notification.kind).browser &&
    browserPermission() === 'granted' &&
    !document.hasFocus() &&
    !isQuiet(settings.quiet_hours, Date.now())
  );
}

/** Keeps the list current and pops up what arrives while the person looks elsewhere. */
export function useArrivals(): void {
  useFollowFeed();
  const navigate = useNavigate();
  const markRead = useMarkRead();
  const words = useNotificationWords();
  const settings = useNotificationSettings().data;
  const items = useLatestNotifications().data?.items;
  const newest = useRef<number | null>(null);
  useEffect(() => {
    if (!items || !settings) return;
    const before = newest.current;
    newest.current = Math.max(before ?? 0, ...items.map(({ id }) => id));
    // What was there when the page opened is no news.
    if (before === null) return;
    for (const item of items) {
      if (item.id <= before || !mayPopUp(item, settings)) continue;
      // The tag keeps several tabs from showing the same news twice.
      const shown = new Notification(words(item), {
        body: item.subject,
        tag: `evenkeel-${item.id}`,
      });
      shown.onclick = () => {
        window.focus();
        shown.close();
        markRead({ ids: [item.id] });
        void navigate(`/app/t/${item.ticket_id}`);
      };
    }
  }, [items, settings, markRead, navigate, words]);
}
