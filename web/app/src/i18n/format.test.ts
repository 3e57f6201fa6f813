import { describe, expect, it } from 'vitest';
import { createFormat } from './format';
import { chooseLanguage, direction, regionalLocale } from './languages';

const now = new Date(2026, 6, 15, 12, 0).getTime();
const ago = (minutes: number) => new Date(now - minutes * 60_000);
const HOUR = 60;
const DAY = 24 * HOUR;

describe('formats', () => {
  const en = createFormat('en');
  const de = createFormat('de');

  it('tells distance in words', () => {
    expect(en.relative(ago(0.5), now)).toBe('now');
    expect(en.relative(ago(5), now)).toBe('5 minutes ago');
    expect(en.relative(ago(-3 * DAY), now)).toBe('in 3 days');
    expect(de.relative(ago(2 * HOUR), now)).toBe('vor 2 Stunden');
    expect(en.relative(ago(800 * DAY), now)).toBe('2 years ago');
  });

  it('tells age in little space', () => {
    expect(en.age(ago(0), now)).toBe('1m');
    expect(en.age(ago(59), now)).toBe('59m');
    expect(en.age(ago(23 * HOUR), now)).toBe('23h');
    expect(en.age(ago(6 * DAY), now)).toBe('6d');
    expect(en.age(ago(8 * DAY), now)).toBe('Jul 7');
    expect(en.age(ago(400 * DAY), now)).toBe('6/10/25');
  });

  it('names days by the calendar, not by hours', () => {
    expect(en.day(new Date(2026, 6, 15, 0, 1), now)).toBe('today');
    expect(en.day(new Date(2026, 6, 14, 23, 59), now)).toBe('yesterday');
    expect(en.day(new Date(2026, 6, 11), now)).toBe('Saturday');
    expect(en.day(new Date(2026, 5, 11), now)).toBe('June 11, 2026');
  });

  it('tells file sizes', () => {
    expect(en.fileSize(812)).toBe('812 byte');
    expect(en.fileSize(45_300)).toBe('45 kB');
    expect(en.fileSize(2_340_000)).toBe('2.3 MB');
    expect(de.fileSize(2_340_000)).toBe('2,3 MB');
  });
});

describe('languages', () => {
  it('takes the first one we speak', () => {
    expect(chooseLanguage(['fr-FR', 'de-AT', 'en'])).toBe('de');
    expect(chooseLanguage(['fr'])).toBe('en');
    expect(chooseLanguage([])).toBe('en');
  });

  it('keeps the region the browser names', () => {
    expect(regionalLocale('en', ['de-DE', 'en-GB'])).toBe('en-GB');
    expect(regionalLocale('es', ['de-DE'])).toBe('es');
  });

  it('knows which one runs right to left', () => {
    expect(direction('ar')).toBe('rtl');
    expect(direction('de')).toBe('ltr');
  });
});
