/** The workspace as people name its parts. */
import { expect } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { eventually } from './wait';

const LIVE_WITHIN_MS = 10_000;

/** The row of a ticket in the list. */
export const row = (page: Page, subject: string): Locator =>
  page.getByRole('list', { name: 'Tickets' }).getByRole('link').filter({ hasText: subject });

export const conversation = (page: Page): Locator =>
  page.getByRole('region', { name: 'Conversation' });

/** Messages and notes of the open ticket. */
export const messages = (page: Page): Locator => conversation(page).getByRole('article');

export const editor = (page: Page, label: 'Reply' | 'Internal note'): Locator =>
  page.getByRole('textbox', { name: label, exact: true });

/** How many tickets the sidebar says a view has. */
export async function countOf(page: Page, view: string): Promise<number> {
  const links = page.getByRole('navigation', { name: 'Views' }).getByRole('link');
  const text = await links.filter({ hasText: view }).first().innerText();
  return Number(/(\d+)\+?\s*$/.exec(text)?.[1] ?? 0);
}

/** Waits until the sidebar counts so many. */
export async function counts(page: Page, view: string, count: number): Promise<void> {
  let last = -1;
  await eventually(`${view} counts ${count}`, LIVE_WITHIN_MS, async () => {
    last = await countOf(page, view);
    return last === count;
  }).catch((error: unknown) => {
    throw new Error(`${view} counts ${last}, not ${count}`, { cause: error });
  });
}

/** Proves later that the page was never loaded anew. */
export async function marked(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => Object.assign(window, { evenkeelStayed: true }));
  return async () => {
    expect(await page.evaluate(() => 'evenkeelStayed' in window)).toBe(true);
  };
}

/** Pastes a file into a field, as from the clipboard. */
export async function paste(
  field: Locator,
  file: { name: string; type: string; bytes: Buffer },
): Promise<void> {
  await field.evaluate(
    (element, { name, type, base64 }) => {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], name, { type }));
      element.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
      );
    },
    { name: file.name, type: file.type, base64: file.bytes.toString('base64') },
  );
}

/** A small picture: 24 by 24, one colour. */
export const PICTURE = {
  name: 'label.png',
  type: 'image/png',
  bytes: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAABgAAAAYCAIAAABvFaqvAAAAH0lEQVR42mPgycqgCmIYNWjUoFGDRg0aNWjUoIE3CADV7POQVFOcjwAAAABJRU5ErkJggg==',
    'base64',
  ),
};
