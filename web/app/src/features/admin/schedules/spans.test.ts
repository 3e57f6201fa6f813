import { expect, test } from 'vitest';
import { formatSpans, goesPastMidnight, openMinutes, parseSpans } from './spans';

test('hours are read as people type them', () => {
  expect(parseSpans('9-12:30, 13.30 – 17')).toEqual([
    { from: '09:00', to: '12:30' },
    { from: '13:30', to: '17:00' },
  ]);
  expect(parseSpans('')).toEqual([]);
  expect(parseSpans('0-24')).toEqual([{ from: '00:00', to: '00:00' }]);
});

test('what is no span of hours is not guessed at', () => {
  for (const text of ['9', '9-25', '9-12-13', 'always', '9:61-12']) {
    expect(parseSpans(text), text).toBeNull();
  }
});

test('spans read back as they were written', () => {
  const text = '09:00–12:00, 22:00–06:00, 07:00–24:00';
  const spans = parseSpans(text)!;
  expect(formatSpans(spans)).toBe(text);
  expect(spans.map(goesPastMidnight)).toEqual([false, true, false]);
  expect(openMinutes(spans)).toBe(3 * 60 + 8 * 60 + 17 * 60);
});
