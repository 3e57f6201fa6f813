/** Numbers, dates and ages as people of a locale write them; all by `Intl`, nothing by hand. */

export type Format = {
  number(value: number): string;
  percent(value: number): string;
  /** 3 Jul 2026 */
  date(time: string | Date): string;
  /** 14:05 */
  time(time: string | Date): string;
  /** 3 Jul 2026, 14:05 */
  dateTime(time: string | Date): string;
  /** The long form with weekday and zone, for tooltips. */
  exact(time: string | Date): string;
  /** Today, yesterday, a weekday within a week, the date before. */
  day(time: string | Date, now: number): string;
  /** "5 minutes ago", "in 3 days". */
  relative(time: string | Date, now: number): string;
  /** The same in as little space as a list row has: "5m", "3d", then the date. */
  age(time: string | Date, now: number): string;
  fileSize(bytes: number): string;
  list(items: readonly string[]): string;
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const toDate = (time: string | Date) => (typeof time === 'string' ? new Date(time) : time);

function startOfDay(time: Date): number {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
}

/** Calendar days from now to the time; rounding absorbs the hour a clock change adds or takes. */
function dayDistance(time: Date, now: number): number {
  return Math.round((startOfDay(time) - startOfDay(new Date(now))) / DAY);
}

type Step = { unit: 'minute' | 'hour' | 'day' | 'month' | 'year'; length: number; below: number };
const STEPS: readonly Step[] = [
  { unit: 'minute', length: MINUTE, below: HOUR },
  { unit: 'hour', length: HOUR, below: DAY },
  { unit: 'day', length: DAY, below: 30 * DAY },
  { unit: 'month', length: 30.44 * DAY, below: 365 * DAY },
  { unit: 'year', length: 365.25 * DAY, below: Infinity },
];

function unitFormat(locale: string, unit: string, digits = 0) {
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit,
    unitDisplay: digits > 0 || unit.endsWith('byte') ? 'short' : 'narrow',
    maximumFractionDigits: digits,
  });
}

function makeRelative(locale: string) {
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  return (time: string | Date, now: number) => {
    const distance = toDate(time).getTime() - now;
    const size = Math.abs(distance);
    if (size < MINUTE) return words.format(0, 'second');
    const step = STEPS.find(({ below }) => size < below) ?? STEPS[STEPS.length - 1]!;
    return words.format(Math.trunc(distance / step.length), step.unit);
  };
}

function makeAge(locale: string) {
  const sameYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
  const otherYear = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'numeric',
    year: '2-digit',
  });
  const [minutes, hours, days] = ['minute', 'hour', 'day'].map((unit) => unitFormat(locale, unit));
  return (time: string | Date, now: number) => {
    const date = toDate(time);
    const size = Math.abs(now - date.getTime());
    if (size < HOUR) return minutes!.format(Math.max(1, Math.floor(size / MINUTE)));
    if (size < DAY) return hours!.format(Math.floor(size / HOUR));
    if (size < 7 * DAY) return days!.format(Math.floor(size / DAY));
    const year = new Date(now).getFullYear();
    return (date.getFullYear() === year ? sameYear : otherYear).format(date);
  };
}

function makeDay(locale: string) {
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long' });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'long' });
  return (time: string | Date, now: number) => {
    const distance = dayDistance(toDate(time), now);
    if (Math.abs(distance) <= 1) return words.format(distance, 'day');
    return (Math.abs(distance) < 7 ? weekday : date).format(toDate(time));
  };
}

function makeFileSize(locale: string) {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  return (bytes: number) => {
    const step = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
    const value = bytes / 1000 ** step;
    const digits = step > 1 && value < 100 ? 1 : 0;
    return unitFormat(locale, units[step]!, digits).format(value);
  };
}

export function createFormat(locale: string): Format {
  const number = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: 'percent' });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'long' });
  const list = new Intl.ListFormat(locale, { type: 'conjunction' });
  return {
    number: (value) => number.format(value),
    percent: (value) => percent.format(value),
    date: (value) => date.format(toDate(value)),
    time: (value) => time.format(toDate(value)),
    dateTime: (value) => dateTime.format(toDate(value)),
    exact: (value) => exact.format(toDate(value)),
    day: makeDay(locale),
    relative: makeRelative(locale),
    age: makeAge(locale),
    fileSize: makeFileSize(locale),
    list: (items) => list.format(items),
  };
}
