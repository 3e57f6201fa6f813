import type { Page, Time } from './common';

export type NotificationKind =
  'assigned' | 'mentioned' | 'customer_replied' | 'delivery_failed' | 'watched';
export type Notification = {
  id: number;
  kind: NotificationKind;
  ticket_id: number;
  subject: string;
  actor_name: string | null;
  at: Time;
  read: boolean;
};
export type NotificationPage = Page<Notification> & { unread: number };
export type NotificationsRead = { up_to: number } | { ids: number[] };
/** `app`: the notification centre; `browser`: the desktop; `mail`: by mail. */
export type NotificationRoutes = { app: boolean; browser: boolean; mail: boolean };
export type QuietHours = {
  enabled: boolean;
  /** Wall time "HH:MM" in `time_zone`. */
  from: string;
  to: string;
  /** IANA name. */
  time_zone: string;
};
export type NotificationSettings = {
  kinds: Record<NotificationKind, NotificationRoutes>;
  quiet_hours: QuietHours;
};
