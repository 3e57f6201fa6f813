import { describe, expect, it } from 'vitest';
import { filtersOf, without } from './query';

describe('filters in a query', () => {
  const texts = (query: string) => filtersOf(query).map((chip) => chip.text);

  it('are found between words, with quotes and commas', () => {
    expect(texts('late tag:refund -status:open,new team:"Second line" parcel')).toEqual([
      'tag:refund',
      '-status:open,new',
      'team:"Second line"',
    ]);
  });

  it('are not found in ordinary words with a colon, nor without a value', () => {
    expect(texts('https://x.example Re:tag status: xtag:a')).toEqual([]);
  });

  it('are taken off by themselves', () => {
    const query = 'late tag:refund parcel';
    expect(without(query, filtersOf(query)[0]!)).toBe('late parcel');
  });
});
