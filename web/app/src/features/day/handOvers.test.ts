import type { HandOver } from '@evenkeel/api';
import { expect, test } from 'vitest';
import { ofToday } from './handOvers';

const handOver = (id: number, read_at: string | null): HandOver => ({
  id,
  from_agent_id: 1,
  to_agent_id: 2,
  to_team_id: null,
  note: '',
  tickets: [],
  at: '2026-11-20T20:00:00Z',
  read_at,
  read_by_id: read_at ? 2 : null,
});

test('what nobody took stays in sight, what was taken goes after a day', () => {
  const now = Date.parse('2026-11-25T08:00:00Z');
  const all = [
    handOver(1, null),
    handOver(2, '2026-11-24T08:00:01Z'),
    handOver(3, '2026-11-24T08:00:00Z'),
  ];
  expect(ofToday(all, now).map(({ id }) => id)).toEqual([1, 2]);
});
