import { i18n } from '@lingui/core';
import { beforeAll, expect, test } from 'vitest';
import { newPromise, parseWarn, promisesOf, targetsOf, templates } from './promises';

beforeAll(() => i18n.loadAndActivate({ locale: 'en', messages: {} }));

test('lines become targets and read back the same', () => {
  const line = { ...newPromise('first_reply' as const) };
  line.within = { low: '', normal: '4h', high: '90', urgent: '15m' };
  const targets = targetsOf([line])!;
  expect(targets.map(({ priority, minutes }) => [priority, minutes])).toEqual([
    ['normal', 240],
    ['high', 90],
    ['urgent', 15],
  ]);
  expect(targets[0]!.warn).toEqual({ percent: 80 });
  expect(promisesOf(targets)[0]!.within).toEqual({
    low: '',
    normal: '4h',
    high: '1h 30m',
    urgent: '15m',
  });
});

test('warnings are minutes before or a share', () => {
  expect(['', '75%', '30m', '0%', 'soon'].map(parseWarn)).toEqual([
    null,
    { percent: 75 },
    { minutes: 30 },
    undefined,
    undefined,
  ]);
  const line = { ...newPromise('next_reply' as const), warn: '30m' };
  line.within = { low: '1h', normal: '', high: '', urgent: '15m' };
  expect(targetsOf([line])!.map(({ warn }) => warn)).toEqual([{ minutes: 30 }, null]);
  expect(targetsOf([{ ...line, warn: 'soon' }])).toBeNull();
});

test('every template promises something', () => {
  for (const template of templates()) expect(template.input().targets.length).toBeGreaterThan(3);
});
