/** Business hours as people type them: "9-12:30, 13:30–17" and back. */
import type { HoursSpan, WeekHours } from '@evenkeel/api';

export const DAYS = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
] as const satisfies readonly (keyof WeekHours)[];

const pad = (value: number) => String(value).padStart(2, '0');

/** "9" → "09:00", "17.30" → "17:30", "24" → "00:00"; null when it is no time of day. */
function time(text: string): string | null {
  const parts = /^(\d{1,2})(?:[:.h](\d{2}))?$/.exec(text.trim().toLowerCase());
  if (!parts) return null;
  const [hour, minute] = [Number(parts[1]), Number(parts[2] ?? 0)];
  if (hour === 24 && minute === 0) return '00:00';
  return hour < 24 && minute < 60 ? `${pad(hour)}:${pad(minute)}` : null;
}

/** The spans in a line of text; none when it is empty, null when it can't be read. */
export function parseSpans(text: string): HoursSpan[] | null {
  const parts = text.split(/[,;]/).filter((part) => part.trim() !== '');
  const spans = parts.map((part) => {
    const ends = part.split(/[-–—]/);
    const [from, to] = [time(ends[0] ?? ''), time(ends[1] ?? '')];
    return ends.length === 2 && from !== null && to !== null ? { from, to } : null;
  });
  return spans.every((span) => span !== null) ? spans : null;
}

export function formatSpans(spans: readonly HoursSpan[]): string {
  return spans.map(({ from, to }) => `${from}–${to === '00:00' ? '24:00' : to}`).join(', ');
}

export const minutesOf = (time: string): number => {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
};

/** Whether it ends on the next day. */
export const goesPastMidnight = ({ from, to }: HoursSpan): boolean =>
  to !== '00:00' && minutesOf(to) <= minutesOf(from);

/** How many minutes a list of spans is open. */
export const openMinutes = (spans: readonly HoursSpan[]): number =>
  spans.reduce((sum, { from, to }) => {
    const open = minutesOf(to) - minutesOf(from);
    return sum + (open <= 0 ? open + 1440 : open);
  }, 0);
