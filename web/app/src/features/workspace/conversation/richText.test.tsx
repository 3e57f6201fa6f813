// @vitest-environment jsdom
import { i18n } from '@lingui/core';
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MessageItem } from '@evenkeel/api';
import { Body } from './Body';
import { isSimple, parse } from './richText';
import { withFolds } from './richTextFold';

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

let root: Root;
let place: HTMLElement;

beforeEach(() => {
  i18n.loadAndActivate({ locale: 'en', messages: {} });
  place = document.createElement('div');
  document.body.append(place);
  root = createRoot(place);
});
afterEach(() => {
  act(() => root.unmount());
  place.remove();
});

function show(html: string, text = '') {
  const message = { html, text, has_remote_images: false, author: { name: 'Ana' } };
  act(() => root.render(<Body message={message as unknown as MessageItem} />));
}

describe('a message in our own type', () => {
  it('folds what the server marked, wherever it stands', () => {
    show(
      '<div>It broke<br><div data-fold="signature">-- <br>Ana</div>' +
        '<div data-fold="quote">You wrote:<blockquote>Hi</blockquote></div></div>',
    );
    const buttons = [...place.querySelectorAll('button')];
    expect(buttons.map((button) => button.textContent)).toEqual([
      'Show signature',
      'Show quoted text',
    ]);
    const [, quote] = buttons;
    const panel = document.getElementById(quote?.getAttribute('aria-controls') ?? '');
    expect(quote?.getAttribute('aria-expanded')).toBe('false');
    expect(panel?.hidden).toBe(true);
    expect(panel?.textContent).toBe('You wrote:Hi');
    act(() => quote?.click());
    expect(quote?.getAttribute('aria-expanded')).toBe('true');
    expect(quote?.textContent).toBe('Hide quoted text');
    expect(panel?.hidden).toBe(false);
  });

  it('folds the quote that an older message ends with', () => {
    show('<p>It broke</p><blockquote>Hi</blockquote>');
    const button = place.querySelector('button');
    expect(button?.textContent).toBe('Show quoted text');
    expect(place.querySelector('[hidden]')?.textContent).toBe('Hi');
  });

  it('leaves other quotes where they are once the server has marked any', () => {
    show('<p>Hm</p><div data-fold="quote">a</div><blockquote>answered</blockquote>');
    expect(place.querySelectorAll('button')).toHaveLength(1);
    expect(place.querySelector('blockquote')?.closest('[hidden]')).toBeNull();
  });

  it('does not send a marked message into the frame', () => {
    expect(isSimple(parse('<div data-fold="quote">a</div>'))).toBe(true);
  });
});

describe('a message in the frame', () => {
  it('folds in closed details, without a script', () => {
    const html = withFolds('<p style="color:red">Hi</p><div data-fold="quote"><b>old</b></div>');
    const body = parse(html);
    const details = body.querySelector('details');
    expect(details?.open).toBe(false);
    expect(details?.querySelector('summary')?.textContent).toBe('Show quoted textHide quoted text');
    expect(details?.querySelector('b')?.textContent).toBe('old');
    expect(body.querySelector('div[data-fold]')).toBeNull();
  });

  it('changes nothing without marks', () => {
    expect(withFolds('<P>as it is')).toBe('<P>as it is');
  });
});
