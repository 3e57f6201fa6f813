import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Form, Ticket } from '@evenkeel/api';
import { Api } from '../support/api';
import { violations } from '../support/axe';
import { SHOTS } from '../support/screens';
import { Stage } from '../support/stage';

const stage = Stage.forFile();

test('an admin sets a form up by keyboard, and a ticket can only be solved once it is filled in', async () => {
  const owner = await Api.setUp(stage.url);
  await mkdir(SHOTS, { recursive: true });
  const page = await stage.visit(owner, '/app/admin/fields');

  // A tree of reasons, typed without the mouse.
  await page.getByRole('button', { name: 'New field' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New field' });
  await dialog.getByLabel('Name', { exact: true }).fill('Reason');
  await dialog.getByRole('button', { name: /Holds/ }).click();
  await page.getByRole('option', { name: 'One choice' }).click();
  await dialog.getByLabel('Option 1, level 1').fill('Delivery');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Alt+ArrowRight');
  await page.keyboard.type('Late');
  await page.keyboard.press('Enter');
  await page.keyboard.type('Lost');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Alt+ArrowLeft');
  await page.keyboard.type('Product');
  await page.screenshot({ path: path.join(SHOTS, 'fields-editor.png'), fullPage: true });
  expect(await violations(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Create field' }).click();
  await page.getByRole('row', { name: /Reason/ }).waitFor();
  await owner.post('/fields', { label: 'Order number', type: 'order' });
  const { items } = await owner.get<{ items: { options: { depth: number }[] }[] }>('/fields');
  expect(items[0]?.options.map(({ depth }) => depth)).toEqual([0, 1, 1, 0]);

  // A form that asks for the order number only when a delivery is at stake.
  await page.goto(`${stage.url}/app/admin/forms`);
  await page.getByRole('button', { name: 'New form' }).click();
  const form = page.getByRole('dialog', { name: 'New form' });
  await form.getByLabel('Name', { exact: true }).fill('Orders');
  await form.getByText('Default form').click();
  for (const name of ['Reason', 'Order number']) {
    await form.getByRole('button', { name: /Add a field/ }).click();
    await page.getByRole('option', { name }).click();
  }
  const order = form.getByRole('listitem').filter({ hasText: 'Order number' });
  await order.getByText('To solve').click();
  await order.getByRole('button', { name: /Shown/ }).click();
  await page.getByRole('option', { name: 'Reason: Delivery', exact: true }).click();
  await page.screenshot({ path: path.join(SHOTS, 'forms-editor.png'), fullPage: true });
  expect(await violations(page)).toEqual([]);
  await form.getByRole('button', { name: 'Create form' }).click();
  await page.getByRole('row', { name: /Orders/ }).waitFor();
  const forms = await owner.get<{ items: Form[] }>('/forms');
  expect(forms.items[0]?.fields[1]?.required_on_solve).toBe(true);

  // On the ticket: what is asked for appears, solving without it is refused in words.
  const ticket = await owner.ticket({ subject: 'Where is my parcel?' }, 'Hm?');
  await page.goto(`${stage.url}/app/t/${ticket.id}`);
  const fields = page.getByRole('region', { name: 'Fields' });
  await fields.getByRole('button', { name: /Reason/ }).click();
  expect(await fields.getByLabel(/Order number/).count()).toBe(0);
  await page.getByRole('option', { name: 'Delivery › Late' }).click();
  const number = fields.getByLabel('Order number (required)');
  await number.waitFor();
  await page.getByRole('button', { name: 'Solve', exact: true }).click();
  await page.getByText(/Something is missing: fill in “Order number”/).waitFor();
  await page.getByRole('button', { name: 'Type: not chosen' }).click();
  await page
    .getByRole('menuitemradio', { name: 'Complaint' })
    .or(page.getByRole('menuitem', { name: 'Complaint' }))
    .click();
  await number.fill('A-17');
  await page.keyboard.press('Enter');
  await page.screenshot({ path: path.join(SHOTS, 'fields-ticket.png'), fullPage: true });
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Solve', exact: true }).click();
  await page.getByText(/set the status to Solved/).waitFor();
  const solved = await owner.get<Ticket>(`/tickets/${ticket.id}`);
  expect(solved).toMatchObject({ status: 'solved', type: 'complaint' });
  expect(solved.fields).toMatchObject({ order_number: 'A-17' });
});
