import type { QuietHours } from '@evenkeel/api';

/** Wall time "HH:MM" in a zone. */
function wallTime(now: number, timeZone: string): string {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  return clock.format(now);
}

/** Whether it is quiet now; hours that end before they begin go over midnight. */
export function isQuiet(quiet: QuietHours, now: number): boolean {
  if (!quiet.enabled || quiet.from === quiet.to) return false;
  const time = wallTime(now, quiet.time_zone);
  return quiet.from < quiet.to
    ? time >= quiet.from && time < quiet.to
    : time >= quiet.from || time < quiet.to;
}
