import type { Narrowed, Schemas } from './schema';

export type NotificationKind = Schemas['NotificationKind'];
export type Notification = Schemas['Notification'];
export type NotificationPage = Schemas['NotificationPage'];
/** Exactly one of the two, which the description leaves open. */
export type NotificationsRead = Narrowed<
  Schemas['NotificationsReadInput'],
  { up_to: number } | { ids: number[] }
>;
/** `app`: the notification centre; `browser`: the desktop; `mail`: by mail. */
export type NotificationRoutes = Schemas['Ways'];
export type QuietHours = Schemas['QuietHours'];
export type NotificationSettings = Schemas['NotificationSettings'];
