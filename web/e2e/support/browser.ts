/** Chromium, and one person in front of it. */
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
} from 'playwright-core';
import type { Api } from './api';

const ACTION_WITHIN_MS = 10_000;

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    timeout: 30_000,
  });
}

/** A browser profile of its own; signed in when an API session is given. */
export async function person(
  browser: Browser,
  api: Api | null,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    colorScheme: 'light',
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(ACTION_WITHIN_MS);
  if (api) {
    await context.addCookies([{ name: 'evenkeel_session', value: api.session, url: api.url }]);
  }
  return context;
}
