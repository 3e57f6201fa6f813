import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Ticket } from '@evenkeel/api';
import { violations } from '../support/axe';
import { conversation } from '../support/desk';
import { SHOTS } from '../support/screens';
import { Stage } from '../support/stage';
import { eventually } from '../support/wait';

const stage = Stage.forFile();
const SOON_MS = 10_000;

test('a problem gathers its incidents, lets one go, and is solved with the others', async () => {
  const { owner, agent } = await stage.team();
  const problem = await owner.ticket({ subject: 'The shop is down' }, 'Nobody can pay.');
  const cases: Ticket[] = [];
  for (const subject of ['I cannot pay', 'My card fails', 'A wrong guess']) {
    const requester = { email: `${subject.toLowerCase().replaceAll(' ', '.')}@x.example` };
    cases.push(await owner.ticket({ subject, requester }, 'What is going on?'));
  }
  await mkdir(SHOTS, { recursive: true });
  const page = await stage.visit(agent, `/app/v/all/t/${problem.id}`);
  const header = conversation(page);
  const link = async ({ subject }: Ticket, words: string) => {
    await header.getByRole('button', { name: 'More for this ticket' }).click();
    await page.getByRole('menuitem', { name: 'Link with another ticket…' }).click();
    const dialog = page.getByRole('dialog', { name: `Link #${problem.id} with another ticket` });
    await dialog.getByLabel('Number or words').fill(words);
    await dialog.getByText(subject).click();
    await dialog.getByRole('button', { name: /The other ticket/ }).click();
    await page.getByRole('option', { name: 'Is a case of this problem' }).click();
    expect(await violations(page)).toEqual([]);
    await page.screenshot({ path: path.join(SHOTS, 'link.png') });
    await dialog.getByRole('button', { name: 'Link', exact: true }).click();
    await header.getByRole('link', { name: `Case of this problem: ${subject}` }).waitFor();
  };
  const [first, second, third] = cases;
  if (!first || !second || !third) throw new Error('three cases');
  await link(first, String(first.id));
  await link(second, 'My card');
  await link(third, `#${third.id}`);
  await header.getByRole('button', { name: `End the link with #${third.id}` }).click();
  await header.getByText('Case of this problem: A wrong guess').waitFor({ state: 'detached' });

  await header.getByRole('button', { name: 'Solve with 2 incidents…' }).click();
  const dialog = page.getByRole('dialog', { name: `Solve #${problem.id} and its incidents` });
  await dialog.getByLabel('Message to each customer (optional)').fill('You can pay again.');
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: path.join(SHOTS, 'solve-together.png') });
  await dialog.getByRole('button', { name: 'Solve together' }).click();
  await header.getByRole('button', { name: 'Status: Solved' }).waitFor();
  await eventually('the incidents are solved', SOON_MS, async () => {
    const all = await Promise.all(
      [first, second].map(({ id }) => owner.get<Ticket>(`/tickets/${id}`)),
    );
    return all.every(({ status }) => status === 'solved');
  });
  const left = await owner.get<Ticket>(`/tickets/${third.id}`);
  expect([left.status, left.linked]).toEqual(['new', []]);
  const told = (await owner.timeline(first.id)).filter((it) => it.type === 'message');
  expect(told.map(({ text }) => text.trim())).toEqual(['What is going on?', 'You can pay again.']);
  const other = await stage.visit(owner, `/app/t/${first.id}`);
  await conversation(other).getByRole('link', { name: 'Caused by: The shop is down' }).waitFor();
});
