import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { violations } from '../support/axe';
import { COLLEAGUE, OWNER } from '../support/api';
import { editor } from '../support/desk';
import { SHOTS } from '../support/screens';
import { Stage } from '../support/stage';

const stage = Stage.forFile();
const WORDS = 'Half a sentence about the lamp';

async function signIn(page: Page, who: { email: string; password: string }): Promise<void> {
  await page.getByLabel('Email').fill(who.email);
  await page.getByRole('textbox', { name: 'Password' }).fill(who.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Mine' }).waitFor();
}

async function setPin(page: Page, pin: string, password: string): Promise<void> {
  await page.goto(new URL('/app/settings/access', page.url()).href);
  await page.getByRole('textbox', { name: 'PIN', exact: true }).fill(pin);
  await page.getByRole('textbox', { name: 'Your password' }).fill(password);
  await page.getByRole('button', { name: 'Set PIN' }).click();
  await page.getByText('Your PIN is set').waitFor();
}

test('two take turns at one computer, and a half-written reply waits unseen', async () => {
  const { owner } = await stage.team();
  const { id } = await owner.ticket({ subject: 'The lamp' }, 'Does it come in green?');
  await mkdir(SHOTS, { recursive: true });
  const page = await stage.visit(null, '/');
  await signIn(page, OWNER);
  await setPin(page, '739164', OWNER.password);
  await page.getByText('This is a shared computer').click();
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: path.join(SHOTS, 'switch-profile.png'), fullPage: true });

  // In the middle of a word, without waiting for anything to be saved.
  await page.goto(new URL(`/app/v/all/t/${id}`, page.url()).href);
  await page.getByRole('button', { name: 'Reply to Ana Ruiz' }).click();
  await editor(page, 'Reply').click();
  await page.keyboard.type(WORDS);
  await page.keyboard.press('Control+.');
  await page.getByRole('heading', { name: 'Who is next?' }).waitFor();
  expect(await page.content()).not.toContain(WORDS);
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: path.join(SHOTS, 'switch-lock.png') });

  // The second signs in in full the first time; the same ticket shows nothing of it.
  await page.getByRole('button', { name: 'Sign in with email and password' }).click();
  await signIn(page, COLLEAGUE);
  await setPin(page, '905738', COLLEAGUE.password);
  await page.goto(new URL(`/app/v/all/t/${id}`, page.url()).href);
  await page.getByRole('button', { name: 'Reply to Ana Ruiz' }).click();
  await editor(page, 'Reply').waitFor();
  expect(await page.content()).not.toContain(WORDS);
  await page.keyboard.press('Control+.');

  // By keyboard alone: the name, a wrong PIN, the right one.
  await page.getByRole('heading', { name: 'Who is next?' }).waitFor();
  await page.getByRole('button', { name: OWNER.name }).press('Enter');
  await page.getByRole('textbox', { name: 'PIN' }).waitFor();
  await page.keyboard.type('111112');
  await page.keyboard.press('Enter');
  await page.getByText('This is not your PIN').waitFor();
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: path.join(SHOTS, 'switch-wrong.png') });
  await page.getByRole('textbox', { name: 'PIN' }).fill('739164');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Mine' }).waitFor();
  await page.goto(new URL(`/app/v/all/t/${id}`, page.url()).href);
  await editor(page, 'Reply').filter({ hasText: WORDS }).waitFor();
});
