import { i18n } from '@lingui/core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ServiceLevel } from '@evenkeel/api';
import { createFormat } from '../../i18n/format';
import { levelWords, ofWords } from './words';

const format = createFormat('en');
const level = (inTime: number, late: number, shares: [number, number, number] | null) =>
  ({
    since: '2026-11-25T00:00:00Z',
    in_time: { count: inTime, view: 'board:in_time:1' },
    late: { count: late, view: 'board:late:1' },
    share: shares?.[0] ?? null,
    low: shares?.[1] ?? null,
    high: shares?.[2] ?? null,
    definition: 1,
  }) satisfies ServiceLevel;

beforeAll(() => i18n.loadAndActivate({ locale: 'en', messages: {} }));

describe('a service level', () => {
  it('is said with its interval', () => {
    const said = level(46, 4, [0.92, 0.8116, 0.9685]);
    expect(levelWords(said, format)).toBe('92% (between 81% and 97%)');
    expect(ofWords(said, format)).toBe('46 of 50');
  });

  it('is not said of a few', () => {
    expect(levelWords(level(7, 1, null), format)).toBe('Too few to say');
    expect(ofWords(level(7, 1, null), format)).toBe('7 of 8');
  });
});
