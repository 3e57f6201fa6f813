import { useSyncExternalStore } from 'react';

export type BrowserPermission = NotificationPermission | 'unsupported';

const listeners = new Set<() => void>();

/** Plain-http pages and some phones have no notifications at all. */
export function browserPermission(): BrowserPermission {
  return 'Notification' in window && window.isSecureContext
    ? Notification.permission
    : 'unsupported';
}

export async function askPermission(): Promise<void> {
  if (browserPermission() === 'unsupported') return;
  await Notification.requestPermission();
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether this browser shows notifications, and a way to ask it. */
export function useBrowserPermission(): [BrowserPermission, () => Promise<void>] {
  return [useSyncExternalStore(subscribe, browserPermission), askPermission];
}
