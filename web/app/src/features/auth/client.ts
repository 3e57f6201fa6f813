/** The tab's one client of the API; everything the app shows or does goes through it. */
import { createClient } from '@evenkeel/api';

const listeners = new Set<() => void>();

export const api = createClient({
  onSignedOut: () => listeners.forEach((listener) => listener()),
});

/** Hears of every answer that says the session is gone. */
export function onSignedOut(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
