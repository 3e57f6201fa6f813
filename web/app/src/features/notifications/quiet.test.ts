import { describe, expect, it } from 'vitest';
import { isQuiet } from './quiet';

const at = (time: string) => Date.parse(`2026-07-15T${time}:00Z`);
const night = { enabled: true, from: '22:00', to: '07:00', time_zone: 'UTC' };

describe('quiet hours', () => {
  it('go over midnight', () => {
    expect(isQuiet(night, at('21:59'))).toBe(false);
    expect(isQuiet(night, at('22:00'))).toBe(true);
    expect(isQuiet(night, at('00:00'))).toBe(true);
    expect(isQuiet(night, at('06:59'))).toBe(true);
    expect(isQuiet(night, at('07:00'))).toBe(false);
  });

  it('stay within a day', () => {
    const lunch = { ...night, from: '12:00', to: '13:00' };
    expect(isQuiet(lunch, at('12:30'))).toBe(true);
    expect(isQuiet(lunch, at('13:00'))).toBe(false);
  });

  it('follow their own zone', () => {
    const madrid = { ...night, time_zone: 'Europe/Madrid' };
    expect(isQuiet(madrid, at('20:30'))).toBe(true);
    expect(isQuiet(madrid, at('05:30'))).toBe(false);
  });

  it('can be off', () => {
    expect(isQuiet({ ...night, enabled: false }, at('23:00'))).toBe(false);
  });
});
