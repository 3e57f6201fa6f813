import type { TicketAbuse } from '@evenkeel/api';
import { useEffect, useState } from 'react';
import { api } from '../../../session';
import { onLiveRecord } from '../../../store';

/** What is known of abuse on a ticket; undefined until it is here, or when it can't be had. */
export function useTicketAbuse(id: number): TicketAbuse | undefined {
  const [loaded, setLoaded] = useState<{ id: number; abuse: TicketAbuse }>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    api.abuse.ofTicket(id, stop.signal).then(
      (abuse) => setLoaded({ id, abuse }),
      // Without it the conversation is whole, only nothing is folded.
      () => undefined,
    );
    return () => stop.abort();
  }, [id, turn]);
  useEffect(
    () =>
      onLiveRecord((record) => {
        const isHere = record.ticket_id === id && record.kind.startsWith('abuse.');
        if (isHere) setTurn((count) => count + 1);
      }),
    [id],
  );
  return loaded?.id === id ? loaded.abuse : undefined;
}
