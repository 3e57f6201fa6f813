/** Looking at screens: settled, photographed, and judged by axe. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { violations } from './axe';

/** Where photographs of screens are kept. */
export const SHOTS = path.resolve(import.meta.dirname, '../../../build/screenshots');
const SETTLED_WITHIN_MS = 10_000;

/** How a screen can look. Preferences follow the device, except for the language. */
export const LOOKS: readonly {
  name: string;
  language: 'en' | 'ar';
  device: BrowserContextOptions;
}[] = [
  { name: 'light', language: 'en', device: { colorScheme: 'light' } },
  { name: 'dark', language: 'en', device: { colorScheme: 'dark' } },
  {
    name: 'phone',
    language: 'en',
    device: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
  },
  { name: 'right-to-left', language: 'ar', device: { locale: 'ar' } },
];

export type Screen = {
  name: string;
  at: string;
  /** Brings the screen about; by keys and places, never by words of a language. */
  prepare?: (page: Page) => Promise<unknown>;
};

/** Goes through all screens and answers what is wrong with any of them. */
export async function look(
  page: Page,
  url: string,
  appearance: string,
  screens: readonly Screen[],
): Promise<string[]> {
  const folder = path.join(SHOTS, appearance);
  await mkdir(folder, { recursive: true });
  const wrong: string[] = [];
  for (const { name, at, prepare } of screens) {
    try {
      await page.goto(url + at);
      await settled(page);
      await prepare?.(page);
      await settled(page);
      await page.screenshot({ path: path.join(folder, `${name}.png`) });
      wrong.push(...(await violations(page)).map((each) => `${name}, ${appearance}: ${each}`));
      if (await overflows(page)) wrong.push(`${name}, ${appearance}: it scrolls sideways`);
    } catch (error) {
      await page.screenshot({ path: path.join(folder, `${name}.png`) }).catch(() => undefined);
      wrong.push(`${name}, ${appearance}: ${String(error)}`);
    }
  }
  return wrong;
}

/** Waits until nothing is loading any more. */
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      document.readyState === 'complete' &&
      document.fonts.status === 'loaded' &&
      (document.querySelector('#root')?.childElementCount ?? 0) > 0 &&
      !document.querySelector('[class*=skeleton], [class*=spinner]') &&
      [...document.images].every((image) => image.complete),
    undefined,
    { timeout: SETTLED_WITHIN_MS },
  );
}

function overflows(page: Page): Promise<boolean> {
  return page.evaluate(
    () => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1,
  );
}
