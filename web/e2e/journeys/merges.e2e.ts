import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Ticket } from '@evenkeel/api';
import { violations } from '../support/axe';
import { conversation, counts, messages } from '../support/desk';
import { SHOTS } from '../support/screens';
import { Stage } from '../support/stage';

const stage = Stage.forFile();

test('two tickets are merged, brought back, and a message is split off', async () => {
  const { owner, agent } = await stage.team();
  const requester = { name: 'Ana Ruiz', email: 'ana@kettles.example' };
  const first = await owner.ticket({ subject: 'Kettle leaks', requester }, 'It leaks.');
  const second = await owner.ticket(
    { subject: 'Still leaking', requester: { name: 'Ben Ruiz', email: 'ben@kettles.example' } },
    'It still leaks.',
  );
  await mkdir(SHOTS, { recursive: true });
  const page = await stage.visit(agent, `/app/v/all/t/${first.id}`);
  const header = conversation(page);
  const choose = async (entry: string) => {
    await header.getByRole('button', { name: 'More for this ticket' }).click();
    await page.getByRole('menuitem', { name: entry }).click();
  };

  await choose('Merge with another ticket…');
  const dialog = page.getByRole('dialog', { name: `Merge #${first.id} with another ticket` });
  await dialog.getByLabel('Number of the other ticket').fill(String(second.id));
  await dialog.getByText('Replies go to: Ana Ruiz').waitFor();
  await dialog.getByRole('checkbox', { name: 'Ben Ruiz' }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: path.join(SHOTS, 'merge.png') });
  await dialog.getByRole('button', { name: `Merge into #${first.id}` }).click();
  await messages(page).getByText('It still leaks.').waitFor();
  await header.getByText('No replies here for Ben Ruiz').waitFor();
  await header.getByText(`merged #${second.id} into this`).waitFor();
  await page.screenshot({ path: path.join(SHOTS, 'merged.png') });

  // Whoever follows the old number comes to the survivor.
  const other = await stage.visit(owner, `/app/t/${second.id}`);
  await conversation(other).getByRole('heading', { name: 'Kettle leaks' }).waitFor();

  await header.getByRole('button', { name: `Holds #${second.id} Still leaking` }).click();
  await counts(page, 'All', 1);
  await page.getByText('is part of').waitFor({ state: 'detached' });
  const back = page.getByRole('dialog', { name: `Bring #${second.id} back` });
  expect(await violations(page)).toEqual([]);
  await back.getByRole('button', { name: 'Bring it back' }).click();
  await page.getByText(`#${second.id} is a ticket of its own again`).waitFor();
  await messages(page).getByText('It still leaks.').waitFor({ state: 'detached' });
  const own = await owner.get<Ticket>(`/tickets/${second.id}`);
  expect([own.merged_into, own.subject]).toEqual([null, 'Still leaking']);

  await page.goto(`${stage.url}/app/v/all/t/${second.id}`);
  await messages(page).getByText('It still leaks.').waitFor();
  await owner.post(`/tickets/${second.id}/notes`, { html: '<p>Ben also wants a lid.</p>' });
  const note = messages(page).filter({ hasText: 'Ben also wants a lid.' });
  await note.getByRole('button', { name: 'More for this message' }).click();
  await page.getByRole('menuitem', { name: 'Split off…' }).click();
  const split = page.getByRole('dialog', { name: 'Split messages off' });
  await split.getByLabel('Subject').fill('A lid for Ben');
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: path.join(SHOTS, 'split.png') });
  await split.getByRole('button', { name: 'Make it a ticket' }).click();
  await page.getByRole('button', { name: 'Open it' }).click();
  await header.getByRole('heading', { name: 'A lid for Ben' }).waitFor();
  await messages(page).getByText('Ben also wants a lid.').waitFor();
  await header.getByRole('link', { name: 'Split off: Still leaking' }).waitFor();
});
