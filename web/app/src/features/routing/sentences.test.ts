import type { EventItem } from '@evenkeel/api';
import { i18n } from '@lingui/core';
import { beforeAll, expect, test } from 'vitest';
import { routingSentences } from './sentences';

beforeAll(() => i18n.loadAndActivate({ locale: 'en', messages: {} }));

const people: Record<number, string> = { 1: 'Mia', 2: 'Ben', 3: 'Lena' };
const names = {
  agent: (id: unknown) => people[Number(id)] ?? 'somebody',
  team: () => 'Second line',
  tag: String,
  inbox: String,
  field: (id: number, value: unknown) => ({ label: `field ${id}`, value: String(value) }),
  time: String,
  list: (items: readonly string[]) => items.join(', '),
};

function event(kind: string, told: Record<string, unknown>): EventItem {
  const changes = Object.fromEntries(
    Object.entries(told).map(([field, to]) => [field, { from: null, to }]),
  );
  return {
    type: 'event',
    record: 1,
    kind,
    actor: { type: 'system', id: null, name: '' },
    at: '2026-03-02T09:00:00Z',
    changes,
  } as unknown as EventItem;
}

test('an offer says to whom, why, what was relaxed and what kept the others', () => {
  const told = {
    deed: 'offered',
    chosen: 1,
    why: 'longest_idle',
    of: 3,
    relaxed: 'lowered',
    considered: [
      { agent: 1, fit: 'fits' },
      { agent: 2, fit: 'full' },
      { agent: 3, fit: 'not_available' },
    ],
  };
  expect(routingSentences(event('ticket.routed', told), names)).toEqual([
    'Routing offered this to Mia: longest without a new ticket',
    '3 considered',
    'skills asked for at one level less, because it waited',
    'hands full: Ben',
    'taking nothing new: Lena',
  ]);
});

test('passing on, flowing over and going home are said plainly', () => {
  expect(
    routingSentences(event('ticket.offer_ended', { offered_to: 2, end: 'declined' }), names),
  ).toEqual(['Ben passed this on']);
  const flowed = { deed: 'overflowed', to_team: 9, why: 'waited', of: 0, relaxed: 'nothing' };
  expect(routingSentences(event('ticket.routed', flowed), names)).toEqual([
    'Routing gave this to Second line: it waited too long',
  ]);
  expect(routingSentences(event('ticket.returned', { agent: 1 }), names)).toEqual([
    'Mia is not at work any more; this waits for somebody else',
  ]);
  expect(routingSentences(event('ticket.tagged', {}), names)).toBeNull();
});
