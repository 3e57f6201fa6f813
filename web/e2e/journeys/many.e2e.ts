import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { MessageItem, Ticket } from '@evenkeel/api';
import { Api, OWNER } from '../support/api';
import { violations } from '../support/axe';
import { conversation, counts, row } from '../support/desk';
import { SHOTS } from '../support/screens';
import { Stage } from '../support/stage';
import { eventually } from '../support/wait';

const stage = Stage.forFile();

test('many tickets are chosen by keys and mouse, changed together, and put back', async () => {
  const { owner, agent } = await stage.team();
  const tickets: Ticket[] = [];
  for (let number = 1; number <= 12; number += 1) {
    tickets.push(await owner.ticket({ subject: `Cup ${number}` }, 'A question.'));
  }
  await mkdir(SHOTS, { recursive: true });
  const page = await stage.visit(agent, '/app/v/all');
  await row(page, 'Cup 12').waitFor();
  const bar = page.getByRole('toolbar', { name: 'Chosen tickets' });

  // x chooses, Shift+J reaches on, Shift+X lets go, Ctrl+A takes all that are listed.
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await bar.getByText('1 chosen').waitFor();
  await page.keyboard.press('Shift+J');
  await page.keyboard.press('Shift+J');
  await bar.getByText('3 chosen').waitFor();
  await page.keyboard.press('Shift+X');
  await bar.waitFor({ state: 'detached' });
  await page.keyboard.press('Control+a');
  await bar.getByText('12 chosen').waitFor();
  await page.keyboard.press('Shift+X');
  await bar.waitFor({ state: 'detached' });

  // With the mouse, Shift takes everything between.
  const choice = (id: number | undefined) =>
    page.getByRole('checkbox', { name: `Choose #${id}`, exact: false });
  await choice(tickets[11]?.id).click();
  await choice(tickets[8]?.id).click({ modifiers: ['Shift'] });
  await bar.getByText('4 chosen').waitFor();
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: path.join(SHOTS, 'many.png') });

  await bar.getByRole('button', { name: 'Status' }).click();
  await page.getByRole('menuitem', { name: /^Solved/ }).click();
  await page.getByText('4 tickets changed').waitFor();
  await counts(page, 'All', 8);
  const status = async (index: number) =>
    (await owner.get<Ticket>(`/tickets/${tickets[index]?.id}`)).status;
  expect([await status(11), await status(8), await status(7)]).toEqual(['solved', 'solved', 'new']);

  // Somebody goes on with one of them: undo leaves that one alone.
  const moved = await owner.get<Ticket>(`/tickets/${tickets[8]?.id}`);
  const patch = { version: moved.version, status: 'pending' };
  expect((await owner.call('PATCH', `/tickets/${moved.id}`, patch)).ok).toBe(true);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('3 tickets are as they were before').waitFor();
  await eventually('the others are open again', 5000, async () => (await status(11)) === 'open');
  expect(await status(8)).toBe('pending');
  await row(page, 'Cup 12').click();
  await conversation(page).getByRole('heading', { name: 'Cup 12' }).waitFor();
});

test('a macro and a reply go to many, and the reply can be taken back', async () => {
  const owner = await Api.signIn(stage.url, OWNER);
  const set = [{ action: 'set_priority', priority: 'high' }];
  const macro = { name: 'Hurry', html: '', scope: 'shared', actions: set };
  await owner.post('/macros', macro);
  const tickets: Ticket[] = [];
  for (const subject of ['Plate 1', 'Plate 2', 'Plate 3']) {
    tickets.push(await owner.ticket({ subject }, 'A question.'));
  }
  const page = await stage.visit(owner, '/app/v/all');
  const bar = page.getByRole('toolbar', { name: 'Chosen tickets' });
  const choose = async () => {
    await row(page, 'Plate 3').waitFor();
    for (const { id } of tickets) {
      await page.getByRole('checkbox', { name: `Choose #${id}`, exact: false }).click();
    }
    await bar.getByText('3 chosen').waitFor();
  };
  const now = () => Promise.all(tickets.map(({ id }) => owner.get<Ticket>(`/tickets/${id}`)));

  await choose();
  await bar.getByRole('button', { name: 'Macro' }).click();
  await page.getByRole('menuitem', { name: 'Hurry' }).click();
  await page.getByText('3 tickets changed').waitFor();
  expect((await now()).map(({ priority }) => priority)).toEqual(['high', 'high', 'high']);

  await choose();
  await bar.getByRole('button', { name: 'Reply' }).click();
  const dialog = page.getByRole('dialog', { name: 'Reply on 3 tickets' });
  await dialog.getByRole('textbox', { name: 'Reply to all' }).click();
  await page.keyboard.type('Dear {{customer.name|customer}}, we look into it.');
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: path.join(SHOTS, 'many-reply.png') });
  await dialog.getByRole('button', { name: 'Send to all' }).click();
  await bar.waitFor({ state: 'detached' });
  const replies = async () => {
    const all = await Promise.all(tickets.map(({ id }) => owner.timeline(id)));
    const said = all
      .flat()
      .filter((it): it is MessageItem & { type: 'message' } => it.type === 'message');
    return said.filter(({ kind }) => kind === 'out');
  };
  expect((await replies()).map(({ text }) => text.trim())).toEqual(
    tickets.map(() => 'Dear Ana Ruiz, we look into it.'),
  );
  const said = page.getByRole('alertdialog').filter({ hasText: 'Reply written on 3 tickets' });
  await said.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('3 tickets are as they were before').waitFor();
  expect((await replies()).filter(({ state }) => state !== 'cancelled')).toEqual([]);
});
