import type { MessageItem } from '@evenkeel/api';
import { describe, expect, it } from 'vitest';
import {
  attachmentIds,
  inlineIds,
  isBlank,
  isEmail,
  joinAddresses,
  mentionsIn,
  openingKind,
  plainAddresses,
  readAddresses,
  seenNumber,
  type Content,
} from './rules';

const content = (more: Partial<Content>): Content => ({ html: '', files: [], cc: null, ...more });
const image = (id: number) => `<p><img src="/api/v1/attachments/${id}"></p>`;

describe('whether there is anything to send', () => {
  it.each(['', '<p></p>', '<p>&nbsp;</p>', '<p> <br></p>'])('%j is blank', (html) => {
    expect(isBlank(content({ html }))).toBe(true);
  });

  it('counts text, an image or a file as something', () => {
    expect(isBlank(content({ html: '<p>Hi</p>' }))).toBe(false);
    expect(isBlank(content({ html: image(3) }))).toBe(false);
    expect(isBlank(content({ files: [{ id: 1, inline: false }] }))).toBe(false);
  });

  it('does not count an image that was taken out of the text again', () => {
    expect(isBlank(content({ html: '<p></p>', files: [{ id: 1, inline: true }] }))).toBe(true);
  });
});

describe('what goes along', () => {
  it('is each file and each image still in the text, once', () => {
    const html = image(7) + image(7) + image(9);
    const files = [
      { id: 2, inline: false },
      { id: 7, inline: true },
      { id: 8, inline: true },
    ];
    expect(inlineIds(html)).toEqual([7, 9]);
    expect(attachmentIds(content({ html, files }))).toEqual([2, 7, 9]);
  });

  it('names the mentioned colleagues once each', () => {
    const html = '<p><span data-mention="4">@Ben</span> <span data-mention="4">@Ben</span></p>';
    expect(mentionsIn(html, [{ id: 4, name: 'Ben' }])).toEqual([4]);
    expect(mentionsIn('<p>hi <span>@Ben Lee</span></p>', [{ id: 5, name: 'Ben Lee' }])).toEqual([
      5,
    ]);
    expect(mentionsIn('<p>Ben Lee said so</p>', [{ id: 5, name: 'Ben Lee' }])).toEqual([]);
  });
});

describe('what the writer has seen', () => {
  it('is the highest message number, whatever events follow', () => {
    const message = (number: number) => ({ type: 'message', number }) as MessageItem;
    const event = { type: 'event', record: 99 } as never;
    expect(seenNumber([message(1), message(3), event])).toBe(3);
    expect(seenNumber([])).toBe(0);
  });
});

describe('which side opens', () => {
  const may = {
    reply: true,
    note: true,
    update: true,
    forward: true,
    redact: true,
    trash: true,
    reveal: false,
  };

  it('is the unfinished one, the reply first', () => {
    expect(openingKind({ draft_kinds: ['note', 'reply'], may })).toBe('reply');
    expect(openingKind({ draft_kinds: ['note'], may })).toBe('note');
    expect(openingKind({ draft_kinds: [], may })).toBeNull();
  });

  it('is never one the person may not write', () => {
    expect(openingKind({ draft_kinds: ['reply'], may: { ...may, reply: false } })).toBeNull();
  });
});

describe('addresses', () => {
  it('are read from what people paste', () => {
    expect(readAddresses('Ana Ruiz <ana@example.org>, ben@example.org; "Lee, K" nonsense')).toEqual(
      {
        addresses: [{ email: 'ana@example.org', name: 'Ana Ruiz' }, { email: 'ben@example.org' }],
        rest: '"Lee, K" nonsense',
      },
    );
  });

  it.each(['ana', 'ana@', '@x.org', 'a b@x.org', 'ana@x', 'ana@x.'])('%j is none', (text) => {
    expect(isEmail(text)).toBe(false);
  });

  it('are not repeated, whatever their case', () => {
    const known = [{ email: 'Ana@example.org' }];
    expect(joinAddresses(known, [{ email: 'ana@EXAMPLE.org' }, { email: 'b@x.org' }])).toEqual([
      { email: 'Ana@example.org' },
      { email: 'b@x.org' },
    ]);
  });

  it('go to the server without what a participant carries besides', () => {
    const person = { customer_id: 4, email: 'ana@example.org', name: 'Ana' };
    expect(plainAddresses([person, { email: 'b@x.org', name: '' }])).toEqual([
      { email: 'ana@example.org', name: 'Ana' },
      { email: 'b@x.org' },
    ]);
    expect(plainAddresses(null)).toBeUndefined();
  });
});
