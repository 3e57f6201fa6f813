import { useState } from 'react';
import { api } from '../../auth/client';
import { useSave } from '../../forms/useSave';

/**
 * Sends a person to the provider in a window of its own. The window is opened by the click itself,
 * because browsers block those that open later.
 */
export function useConsent(connection: () => Promise<number>) {
  const [isAway, setAway] = useState(false);
  const going = useSave(async (window: Window | null) => {
    try {
      const { url } = await api.mailConnections.begin(await connection());
      // Without a window of its own it happens in this one; what was typed is then lost.
      if (window) window.location.href = url;
      else location.href = url;
    } catch (problem) {
      window?.close();
      throw problem;
    }
    setAway(true);
  });
  return {
    go: () => going.save(window.open('', '_blank')),
    isGoing: going.isSaving,
    /** A person was sent and may be back any time. */
    isAway,
    error: going.error,
    words: going.words,
  };
}
