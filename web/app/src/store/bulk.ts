/** One change to many tickets: the server does it, whatever becomes of this tab. */
import { newKey, type BulkChange, type BulkWork } from '@evenkeel/api';
import { api } from '../features/auth/client';
import { getState, onLiveRecord } from './store';
import { loadTicket } from './sync';

/** Without a word from the live feed the server is asked this often. */
const ASK_EVERY_MS = 2_000;

const goesOn = ({ state }: BulkWork) => state === 'running' || state === 'undoing';

/** Begins a change to tickets as this tab shows them. */
export function startMany(ids: readonly number[], change: BulkChange): Promise<BulkWork> {
  const { tickets } = getState();
  const seen = ids.map((id) => ({ id, version: tickets.get(id)?.version ?? null }));
  return api.bulk.start({ tickets: seen, change }, newKey());
}

/** Follows it to its end; `onMove` hears how many tickets are dealt with. */
export async function followMany(
  begun: BulkWork,
  onMove: (dealt: number) => void,
): Promise<BulkWork> {
  let work = begun;
  while (goesOn(work)) {
    await moved(work.id, onMove);
    work = await api.bulk.get(work.id);
    onMove(dealt(work));
  }
  return work;
}

export function dealt({ state, tally }: BulkWork): number {
  if (state === 'undoing' || state === 'undone') return tally.undone + tally.kept;
  return tally.done + tally.same + tally.refused;
}

/** Reads tickets again that somebody changed meanwhile, to try on what they are now. */
export async function readAgain(ids: readonly number[]): Promise<void> {
  await Promise.all(ids.map((id) => loadTicket(id)));
}

/** Until the live feed says that it ended, or a while has passed. */
function moved(id: number, onMove: (dealt: number) => void): Promise<void> {
  return new Promise((resolve) => {
    const stop = onLiveRecord((record) => {
      if (record.kind !== 'bulk.progressed' || record.changes.bulk !== id) return;
      const { state, dealt: count } = record.changes;
      if (typeof count === 'number') onMove(count);
      if (state !== 'running' && state !== 'undoing') end();
    });
    const timer = setTimeout(() => end(), ASK_EVERY_MS);
    const end = () => {
      clearTimeout(timer);
      stop();
      resolve();
    };
  });
}
