import { describe, expect, test } from 'vitest';
import { OWNER } from '../support/api';
import { Stage } from '../support/stage';

const stage = Stage.forFile();

describe.sequential('a new installation', () => {
  test('makes its first visitor the owner, by four lines', async () => {
    const page = await stage.visit(null, '/');
    await page.getByRole('heading', { name: 'Good to have you aboard' }).waitFor();
    await page.getByLabel('Name of your workspace').fill(OWNER.workspace_name);
    await page.getByLabel('Your name').fill(OWNER.name);
    await page.getByLabel('Your email').fill(OWNER.email);
    const openDesk = page.getByRole('button', { name: 'Open the desk' });
    const password = page.getByRole('textbox', { name: 'Password' });
    await password.fill('too short');
    expect(await openDesk.isDisabled()).toBe(true);
    await password.fill(OWNER.password);
    await openDesk.click();
    await page.getByRole('heading', { name: 'Mine' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/app/v/mine');
    await page.getByText(OWNER.workspace_name).waitFor();
  });

  test('is never set up twice', async () => {
    const answer = await fetch(`${stage.url}/api/v1/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-evenkeel': '1' },
      body: JSON.stringify({ ...OWNER, email: 'thief@elsewhere.test' }),
    });
    expect(answer.status).toBe(409);
    expect(await answer.json()).toMatchObject({ code: 'already_set_up' });
  });

  test('asks who comes without a session, says what is wrong, and goes on where they were', async () => {
    const page = await stage.visit(null, '/app/settings');
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await page.getByText(`Sign in to ${OWNER.workspace_name}.`).waitFor();
    await page.getByLabel('Email').fill(OWNER.email);
    const password = page.getByRole('textbox', { name: 'Password' });
    await password.fill('not my password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page
      .getByRole('alert')
      .filter({ hasText: /password|email/i })
      .waitFor();
    await password.fill(OWNER.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('**/app/settings/**');
    await page.getByRole('heading', { level: 1 }).waitFor();
  });

  test('a session that ends asks again over the screen and loses nothing', async () => {
    const page = await stage.visit(null, '/');
    await page.getByLabel('Email').fill(OWNER.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(OWNER.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Mine' }).waitFor();
    await page.context().clearCookies();
    await page.getByRole('link', { name: /^All/ }).click();
    const again = page.getByRole('dialog', { name: 'Please sign in again' });
    await again.getByRole('textbox', { name: 'Password' }).fill(OWNER.password);
    await again.getByRole('button', { name: 'Sign in' }).click();
    await again.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'All' }).waitFor();
  });

  test('signing out ends the session on the server, too', async () => {
    const page = await stage.visit(null, '/');
    await page.getByLabel('Email').fill(OWNER.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(OWNER.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Mine' }).waitFor();
    const cookies = await page.context().cookies();
    await page.getByRole('button', { name: OWNER.name }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor();
    await page.context().addCookies(cookies);
    const answer = await page.context().request.get(`${stage.url}/api/v1/me`);
    expect(answer.status()).toBe(401);
  });
});
