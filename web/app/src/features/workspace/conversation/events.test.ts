import type { EventItem } from '@evenkeel/api';
import { i18n } from '@lingui/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { eventSentences, type EventNames } from './events';

const names: EventNames = {
  agent: String,
  team: String,
  tag: String,
  inbox: (id) => (id === 2 ? 'billing@shop.test' : 'another inbox'),
  field: (id: number, value: unknown) => ({ label: `field ${id}`, value: String(value) }),
  time: (time) => time,
  list: (items) => items.join(', '),
};

const event = (kind: string, changes: EventItem['changes']): EventItem => ({
  type: 'event',
  record: 1,
  kind,
  actor: { type: 'system', id: null, name: '' },
  cause: null,
  at: '2026-03-02T09:00:00Z',
  changes,
});

describe('what happened to a ticket', () => {
  beforeAll(() => i18n.loadAndActivate({ locale: 'en', messages: {} }));

  it('tells of the second inbox a mail came by', () => {
    const also = event('mail.also_arrived', { inbox: { from: null, to: 2 } });
    expect(eventSentences(also, names)).toEqual(['Also arrived at billing@shop.test']);
  });

  it('says nothing of what it has no words for', () => {
    expect(eventSentences(event('mail.unheard_of', {}), names)).toEqual([]);
  });
});
