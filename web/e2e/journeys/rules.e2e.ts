import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { Api, OWNER } from '../support/api';
import { violations } from '../support/axe';
import { conversation } from '../support/desk';
import { SHOTS } from '../support/screens';
import { Stage } from '../support/stage';

const stage = Stage.forFile();

test('an admin makes a rule, sees what it would have done, and the ticket says why it ran', async () => {
  const owner = await Api.setUp(stage.url);
  await owner.ticket({ subject: 'Where is my parcel?' }, 'Hm?');
  await mkdir(SHOTS, { recursive: true });
  const page = await stage.visit(owner, '/app/admin/rules');
  await page.getByText('No rules yet').waitFor();
  await page.getByRole('button', { name: 'New rule' }).click();
  await page.getByLabel('Name').fill('VIP first');
  await page.getByRole('button', { name: 'Add an action' }).click();
  await page.getByRole('menuitem', { name: 'Set the priority' }).click();
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: path.join(SHOTS, 'rule-editor.png'), fullPage: true });

  await page.getByRole('button', { name: 'What would it have done last week?' }).click();
  const trial = page.getByRole('dialog');
  await trial.getByText('It would have changed this ticket.').waitFor();
  await trial.getByText('Where is my parcel?').waitFor();
  await page.screenshot({ path: path.join(SHOTS, 'rule-dry-run.png') });
  await trial.getByRole('button', { name: 'Close' }).last().click();

  await page.getByRole('button', { name: 'Create rule' }).click();
  await page.getByRole('link', { name: 'VIP first' }).waitFor();
  const ticket = await owner.ticket({ subject: 'Where is my other parcel?' }, 'Hm?');
  await page.goto(`${stage.url}/app/t/${ticket.id}`);
  await conversation(page)
    .getByText('Rule “VIP first” set the priority to High')
    .waitFor({ timeout: 15_000 });
  await conversation(page).getByRole('button', { name: 'Why?' }).first().click();
  await page.getByRole('dialog').getByText('Priority: High').waitFor();
  await page.screenshot({ path: path.join(SHOTS, 'rule-why.png') });
});

test('a webhook shows its secret once and the calls that failed', async () => {
  const owner = await Api.signIn(stage.url, OWNER);
  const page = await stage.visit(owner, '/app/admin/webhooks');
  await page.getByRole('button', { name: 'New webhook' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('Name', { exact: true }).fill('Shop');
  await form.getByLabel('Address', { exact: true }).fill('https://127.0.0.1/hook');
  await form.getByRole('button', { name: 'Create webhook' }).click();
  await form.getByText(/Leads into a private network/).waitFor();
  await form.getByLabel('Address', { exact: true }).fill('https://hook.invalid/');
  await form.getByRole('button', { name: 'Create webhook' }).click();
  await page.getByText(/^whsec_/).waitFor();
  await page.getByRole('button', { name: 'I have it' }).click();
  await page.getByRole('button', { name: 'Test Shop' }).click();
  await page.getByRole('button', { name: 'Calls of Shop' }).click();
  await page.getByRole('dialog').getByText('webhook.test').waitFor();
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: path.join(SHOTS, 'webhook-calls.png') });
});
