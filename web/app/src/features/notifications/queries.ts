import type { NotificationsRead } from '@evenkeel/api';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from '../auth/client';

export const NOTIFICATIONS = ['notifications'];
export const NOTIFICATION_SETTINGS = ['me', 'notification-settings'];

/** The newest notifications and how many are unread. */
export const useLatestNotifications = () =>
  useQuery({
    queryKey: [...NOTIFICATIONS, 'latest'],
    queryFn: ({ signal }) => api.notifications.list({ limit: 20 }, signal),
  });

export const useNotificationSettings = () =>
  useQuery({
    queryKey: NOTIFICATION_SETTINGS,
    queryFn: ({ signal }) => api.me.notificationSettings(signal),
  });

/** Marks some, or all up to one, as read. */
export function useMarkRead(): (read: NotificationsRead) => void {
  const queries = useQueryClient();
  const { mutate } = useMutation({
    mutationFn: (read: NotificationsRead) => api.notifications.markRead(read),
    onSettled: () => queries.invalidateQueries({ queryKey: NOTIFICATIONS }),
  });
  return mutate;
}
