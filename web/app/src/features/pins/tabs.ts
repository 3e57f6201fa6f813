/** The other tabs of a browser start anew with the one that locks: they show the same person. */
const CHANNEL = 'evenkeel-lock';

export function tellTabs(): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage('locked');
  channel.close();
}

export function followLocks(): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = startAnew;
  return () => channel.close();
}

export function startAnew(): void {
  location.replace('/');
}
