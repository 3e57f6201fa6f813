import type { MessageItem } from '@evenkeel/api';
import { i18n } from '@lingui/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { reason } from './SenderBadge';

const SENDER: NonNullable<MessageItem['sender']> = {
  standing: 'verified',
  reason: 'signed',
  domain: 'example.org',
  misleading_name: false,
  spf: 'none',
  dkim: 'pass',
  dmarc: 'pass',
  arc: 'none',
};

describe('the badge of a sender', () => {
  beforeAll(() => i18n.loadAndActivate({ locale: 'en', messages: {} }));

  it('says why in plain words', () => {
    expect(reason(SENDER)).toBe('Verified: signed by example.org');
    expect(reason({ ...SENDER, standing: 'doubted', reason: 'distrusted' })).toBe(
      'Not verified: example.org asks receivers to distrust this mail',
    );
    expect(reason({ ...SENDER, standing: 'forwarded', reason: 'vouched_for' })).toBe(
      'Forwarded, checked by example.org',
    );
  });

  it('says nothing of mail that nobody examines', () => {
    expect(reason({ ...SENDER, standing: 'unchecked', reason: 'not_examined', domain: '' })).toBe(
      '',
    );
  });
});
