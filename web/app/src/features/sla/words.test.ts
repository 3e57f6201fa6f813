import { i18n } from '@lingui/core';
import { beforeAll, expect, test } from 'vitest';
import { createFormat } from '../../i18n/format';
import { clockWords, duration, parseDuration, shortDuration } from './words';

beforeAll(() => i18n.loadAndActivate({ locale: 'en', messages: {} }));

const now = new Date(2026, 2, 2, 9, 0).getTime();
const at = (hour: number, day = 2) => new Date(2026, 2, day, hour, 30).toISOString();
const format = createFormat('en-GB');
const clock = { metric: 'first_reply', reason: null, due_at: at(14), breached: false } as const;

test('a clock says what to do by when', () => {
  expect(clockWords(clock, format, now)).toBe('Answer by 14:30');
  expect(clockWords({ ...clock, due_at: at(14, 3) }, format, now)).toBe(
    'Answer by tomorrow, 14:30',
  );
  expect(clockWords({ ...clock, metric: 'total_resolution' }, format, now)).toBe('Solve by 14:30');
  expect(clockWords({ ...clock, metric: 'pausable_update' }, format, now)).toBe('Update by 14:30');
});

test('a clock says that it is late or stands still', () => {
  expect(clockWords({ ...clock, due_at: at(8), breached: true }, format, now)).toBe(
    'Was due 08:30',
  );
  expect(clockWords({ ...clock, due_at: at(8) }, format, now)).toBe('Was due 08:30');
  expect(clockWords({ ...clock, due_at: null, reason: 'pending' }, format, now)).toBe(
    'Paused: waiting for the customer',
  );
});

test('durations are read as people type them', () => {
  expect(['1h 30m', '90', '1h30m', '90m', '2d', '1d 2h'].map(parseDuration)).toEqual([
    90, 90, 90, 90, 2880, 1560,
  ]);
  expect(['', 'soon', '1.5h', '-3'].map(parseDuration)).toEqual([null, null, null, null]);
  expect([5, 60, 90, 2880].map(shortDuration)).toEqual(['5m', '1h', '1h 30m', '48h']);
  expect(duration('en', 90)).toBe('1 hour, 30 minutes');
});
