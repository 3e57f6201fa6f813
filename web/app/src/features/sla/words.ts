/** Promises in plain words. */
import type { NextClock, PauseReason, SlaHours, SlaMetric } from '@evenkeel/api';
import { t } from '@lingui/core/macro';
import type { Format } from '../../i18n';

export const METRICS: readonly SlaMetric[] = [
  'first_reply',
  'next_reply',
  'periodic_update',
  'pausable_update',
  'requester_wait',
  'pausable_resolution',
  'total_resolution',
];

export function metricLabel(metric: SlaMetric): string {
  switch (metric) {
    case 'first_reply':
      return t`First reply`;
    case 'next_reply':
      return t`Next reply`;
    case 'periodic_update':
      return t`Regular update`;
    case 'pausable_update':
      return t`Regular update, pausing for the customer`;
    case 'requester_wait':
      return t`Solved, pausing for the customer`;
    case 'pausable_resolution':
      return t`Solved, pausing for everybody we wait for`;
    case 'total_resolution':
      return t`Solved, without pauses`;
  }
}

export function metricMeaning(metric: SlaMetric): string {
  switch (metric) {
    case 'first_reply':
      return t`From the customer’s first message to the first answer by a person.`;
    case 'next_reply':
      return t`From what the customer writes after an answer to the next answer.`;
    case 'periodic_update':
      return t`From one answer of ours to the next, until it is solved.`;
    case 'pausable_update':
      return t`From one answer of ours to the next; stands still while the ticket is pending.`;
    case 'requester_wait':
      return t`From the beginning until it is solved; stands still while the ticket is pending.`;
    case 'pausable_resolution':
      return t`From the beginning until it is solved; stands still while pending or on hold.`;
    case 'total_resolution':
      return t`From the beginning until it is solved, all of it.`;
  }
}

export function hoursLabel(hours: SlaHours): string {
  return hours === 'business' ? t`Business hours` : t`Around the clock`;
}

export function reasonLabel(reason: PauseReason): string {
  switch (reason) {
    case 'pending':
      return t`waiting for the customer`;
    case 'on_hold':
      return t`waiting for someone else`;
    case 'solved':
      return t`solved`;
    case 'aside':
      return t`laid aside`;
  }
}

const isAnswer = (metric: SlaMetric) => metric === 'first_reply' || metric === 'next_reply';
const isUpdate = (metric: SlaMetric) =>
  metric === 'periodic_update' || metric === 'pausable_update';

/** The time alone when it is today, else with its day. */
export function when(at: string, format: Format, now: number): string {
  const isToday = new Date(at).toDateString() === new Date(now).toDateString();
  if (isToday) return format.time(at);
  const day = format.day(at, now);
  return t`${day}, ${format.time(at)}`;
}

/** What a clock says: "Answer by 14:30", "Was due 14:30", "Paused: waiting for the customer". */
export function clockWords(
  clock: Pick<NextClock, 'metric' | 'reason' | 'due_at' | 'breached'>,
  format: Format,
  now: number,
): string {
  if (clock.reason) {
    const reason = reasonLabel(clock.reason);
    return t`Paused: ${reason}`;
  }
  if (!clock.due_at) return metricLabel(clock.metric);
  const time = when(clock.due_at, format, now);
  // The screen's own clock may be a moment ahead of what the server has noted.
  if (clock.breached || new Date(clock.due_at).getTime() <= now) return t`Was due ${time}`;
  if (isAnswer(clock.metric)) return t`Answer by ${time}`;
  return isUpdate(clock.metric) ? t`Update by ${time}` : t`Solve by ${time}`;
}

/** 90 → "1 hour, 30 minutes", in the language's own words. */
export function duration(language: string, minutes: number): string {
  const unit = (value: number, name: 'day' | 'hour' | 'minute') =>
    new Intl.NumberFormat(language, { style: 'unit', unit: name, unitDisplay: 'long' }).format(
      value,
    );
  const whole = Math.max(0, Math.floor(minutes));
  const parts = [
    ...(whole >= 60 ? [unit(Math.floor(whole / 60), 'hour')] : []),
    ...(whole % 60 > 0 || whole === 0 ? [unit(whole % 60, 'minute')] : []),
  ];
  return new Intl.ListFormat(language, { type: 'unit' }).format(parts);
}

/** "1h 30m", "45", "2h", "3d" (24 hours) → minutes; null when it is none of that. */
export function parseDuration(text: string): number | null {
  const given = text.trim().toLowerCase();
  if (/^\d+$/.test(given)) return Number(given);
  const parts = /^(?:(\d+)\s*d)?\s*(?:(\d+)\s*h)?\s*(?:(\d+)\s*m)?$/.exec(given);
  if (!parts || given === '') return null;
  const [days, hours, minutes] = parts.slice(1).map((part) => Number(part ?? 0));
  return (days ?? 0) * 1440 + (hours ?? 0) * 60 + (minutes ?? 0);
}

/** 90 → "1h 30m": what parseDuration reads. */
export function shortDuration(minutes: number): string {
  const parts = [
    ...(minutes >= 60 ? [`${Math.floor(minutes / 60)}h`] : []),
    ...(minutes % 60 > 0 ? [`${minutes % 60}m`] : []),
  ];
  return parts.join(' ') || '0m';
}
