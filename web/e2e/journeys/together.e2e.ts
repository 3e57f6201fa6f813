import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Agent } from '@evenkeel/api';
import { violations } from '../support/axe';
import { SHOTS } from '../support/screens';
import { Stage } from '../support/stage';

const stage = Stage.forFile();

test('a ticket is promised, asked about, escalated and returned, beside its conversation', async () => {
  const { owner, agent } = await stage.team();
  const people = await owner.get<{ items: Agent[] }>('/agents');
  const mara = people.items.find(({ email }) => email === owner.me.agent.email);
  await owner.post('/escalation-paths', {
    name: 'Refunds',
    steps: [{ agent_id: mara?.id, when: 'Above 500', minutes: 60 }],
  });
  const ticket = await owner.ticket({ subject: 'The lamp never came' }, 'Where is it?');
  await mkdir(SHOTS, { recursive: true });
  const page = await stage.visit(agent, `/app/v/all/t/${ticket.id}`);
  const together = page.getByRole('region', { name: 'Together' });
  await together.getByText('Nothing is open beside the conversation.').waitFor();
  const choose = async (entry: string) => {
    await together.getByRole('button', { name: 'Do together' }).click();
    await page.getByRole('menuitem', { name: entry }).click();
    return page.getByRole('dialog');
  };

  const promise = await choose('Promise to get back…');
  await promise.getByLabel('What you promised').fill('Write about the parcel');
  await promise.getByRole('button', { name: 'Promise', exact: true }).click();
  await together.getByText('Write about the parcel').waitFor();

  const task = await choose('Something to do…');
  await task.getByLabel('What is to be done').fill('Check the address');
  await task.getByText('Warn when the ticket is solved without it').click();
  await task.getByRole('button', { name: 'Add', exact: true }).click();
  await together.getByText('Check the address').waitFor();

  const ask = await choose('Ask somebody beside this…');
  await ask.getByText('A colleague', { exact: true }).click();
  await ask.getByRole('button', { name: /Colleague/ }).click();
  await page.getByRole('option', { name: 'Mara Lindqvist' }).click();
  await ask.getByLabel('What it is about').fill('Parcel 77');
  await ask.getByRole('textbox', { name: 'Your question' }).fill('Do you know where it is?');
  await ask.getByRole('button', { name: 'Ask', exact: true }).click();
  await together.getByRole('button', { name: 'Parcel 77' }).waitFor();
  await together.getByText('Waiting', { exact: true }).waitFor();

  const escalate = await choose('Escalate…');
  await escalate.getByRole('button', { name: /To whom/ }).click();
  await page.getByRole('option', { name: /Refunds/ }).click();
  await escalate.getByLabel('What it is about').fill('A lost lamp');
  await escalate.getByLabel('What was tried').fill('Asked the carrier');
  await escalate.getByLabel('What the customer expects').fill('A new lamp');
  await escalate.getByRole('button', { name: 'Escalate', exact: true }).click();
  await together.getByText('You remain the customer\u0027s contact.').waitFor();
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: path.join(SHOTS, 'together.png'), fullPage: true });

  // The receiver finds all of it in her day, answers beside the ticket and returns it.
  const hers = await stage.visit(owner, '/app/day');
  await hers.getByText('A lost lamp').waitFor();
  await hers.getByText('Waits for you').waitFor();
  expect(await violations(hers)).toEqual([]);
  await hers.screenshot({ path: path.join(SHOTS, 'together-day.png'), fullPage: true });
  await hers.getByRole('button', { name: 'Parcel 77' }).click();
  const thread = hers.getByRole('dialog');
  await thread.getByText('Do you know where it is?').waitFor();
  await thread.getByRole('textbox', { name: 'Write beside the ticket' }).fill('In the depot.');
  await thread.getByRole('button', { name: 'Send to colleagues' }).click();
  await thread.getByText('In the depot.').first().waitFor();
  await thread.getByRole('button', { name: 'Close' }).last().click();
  await together.getByText('Answered', { exact: true }).waitFor();

  await hers.getByText('A lost lamp').click();
  const other = hers.getByRole('region', { name: 'Together' });
  await other.getByRole('button', { name: 'Return it…' }).click();
  const back = hers.getByRole('dialog');
  await back.getByLabel('Why').fill('The order number is missing');
  await back.getByRole('button', { name: 'Return it', exact: true }).click();
  await together.getByText(/returned the escalation: The order number is missing/).waitFor();
});
