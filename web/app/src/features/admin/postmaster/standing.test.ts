import type { MailDirection, PostmasterMailbox } from '@evenkeel/api';
import { expect, test } from 'vitest';
import { isTroubled, rankOf } from './standing';

const direction = (state: MailDirection['state']): MailDirection => ({
  state,
  resting_until: null,
  figures: null,
});

const mailbox = (
  name: string,
  receiving: MailDirection['state'],
  sending: MailDirection['state'] = 'works',
): PostmasterMailbox => ({
  inbox_id: 1,
  name,
  address: `${name}@shop.test`,
  practice: false,
  receiving: direction(receiving),
  sending: direction(sending),
  unfiled: 0,
  oldest_unfiled_at: null,
  can_test: true,
  test: null,
});

test('mailboxes that need a person stand on top, those that work keep their order', () => {
  const listed = [
    mailbox('fine', 'works'),
    mailbox('entrances', 'not_used'),
    mailbox('flaky', 'retrying'),
    mailbox('locked', 'works', 'needs_person'),
    mailbox('slowed', 'works', 'resting'),
  ];
  const names = listed.toSorted((a, b) => rankOf(a) - rankOf(b)).map(({ name }) => name);
  expect(names).toEqual(['locked', 'flaky', 'slowed', 'fine', 'entrances']);
});

test('only what failed is told as trouble', () => {
  const troubled = (['works', 'starting', 'retrying', 'needs_person', 'resting', 'off'] as const)
    .map(direction)
    .filter(isTroubled)
    .map(({ state }) => state);
  expect(troubled).toEqual(['retrying', 'needs_person']);
});
