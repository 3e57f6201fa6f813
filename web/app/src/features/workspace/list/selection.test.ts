import { expect, test } from 'vitest';
import { all, chosen, NOTHING_CHOSEN, reach, toggle } from './selection';

const LIST = [5, 4, 3, 2, 1];

test('a ticket is chosen, and no longer', () => {
  const one = toggle(NOTHING_CHOSEN, 3);
  expect(chosen(one, LIST)).toEqual([3]);
  expect(chosen(toggle(one, 3), LIST)).toEqual([]);
});

test('a range reaches from the last chosen one, both ways, and keeps what was chosen', () => {
  const some = toggle(toggle(NOTHING_CHOSEN, 5), 3);
  expect(chosen(reach(some, LIST, 1), LIST)).toEqual([5, 3, 2, 1]);
  expect(chosen(reach(some, LIST, 4), LIST)).toEqual([5, 4, 3]);
  expect(reach(some, LIST, 99)).toBe(some);
});

test('without a beginning, a range is one ticket', () => {
  expect(chosen(reach(NOTHING_CHOSEN, LIST, 2), LIST)).toEqual([2]);
  const gone = toggle(NOTHING_CHOSEN, 9);
  expect(chosen(reach(gone, LIST, 2), LIST)).toEqual([2]);
});

test('what left the list is not worked on', () => {
  expect(chosen(all(LIST), [4, 2])).toEqual([4, 2]);
});
