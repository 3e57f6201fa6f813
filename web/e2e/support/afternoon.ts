/** The afternoon of a busy day: a merge that is taken back, and the end of somebody's shift. */
import { expect } from 'vitest';
import type { MessageItem, Ticket } from '@evenkeel/api';
import { answer, given, write, type Day, type Person } from './day';
import { conversation, messages } from './desk';
import { MailProgram } from './mail';
import { eventually } from './wait';

const SOON_MS = 15_000;

/** What was said on a ticket, in its order. */
async function said({ owner }: Day, id: number): Promise<string[]> {
  const items = await owner.timeline(id);
  const messages = items.filter(
    (it): it is MessageItem & { type: 'message' } => it.type === 'message',
  );
  return messages
    .filter(({ kind }) => kind !== 'note')
    .map(({ kind, text }) => `${kind} ${text.trim()}`);
}

/** Whoever got a mail with this subject, as its To line says. */
async function receivers(day: Day, subject: string, count: number): Promise<string[]> {
  const mailbox = new MailProgram(`${day.customers}@mail.test`, 'A customer');
  const mails = await mailbox.arrived(subject, count);
  return mails
    .flatMap(({ mail }) => mail.to ?? [])
    .flatMap(({ value }) => value.map(({ address }) => address ?? ''))
    .toSorted();
}

/**
 * Two write about one kettle. Merged, only the first gets replies and the other's mail still finds
 * its way; taken back, each has what is theirs, and the later mail where it was picked.
 */
export async function mergeAndUnmerge(day: Day): Promise<void> {
  const [ana, bo] = ['ana', 'bo'].map((name) => `${day.customers}+${name}@mail.test`);
  if (!ana || !bo) throw new Error('two customers');
  const { id, who } = await given(day, { from: ana, subject: 'Kettle leaks', text: 'It leaks.' });
  const mail = { from: bo, subject: 'Kettle lid', text: 'Ours leaks too.' };
  const other = await write(day, mail);
  await merge(who, id, other);
  await answer(who, id);
  expect(await receivers(day, 'Kettle leaks', 1)).toEqual([ana]);
  const again = { from: bo, subject: 'Re: Kettle lid', text: 'Any news?', answers: mail };
  expect(await write(day, again)).toBe(id);
  await messages(who.page).getByText(again.text).waitFor();
  const words = `out It is on its way. ${who.name}`;
  expect(await said(day, id)).toEqual([
    'in It leaks.',
    'in Ours leaks too.',
    words,
    'in Any news?',
  ]);

  await unmerge(who, other, again.text);
  expect(await said(day, id)).toEqual(['in It leaks.', words]);
  expect(await said(day, other)).toEqual(['in Ours leaks too.', 'in Any news?']);
  const own = await day.owner.get<Ticket>(`/tickets/${other}`);
  expect([own.merged_into, own.subject, own.requester.email]).toEqual([null, mail.subject, bo]);
  for (const each of [id, other]) await answer(who, each);
  expect(await receivers(day, 'Kettle leaks', 2)).toEqual([ana, ana]);
  expect(await receivers(day, 'Kettle lid', 1)).toEqual([bo]);
}

async function merge({ page }: Person, id: number, other: number): Promise<void> {
  await conversation(page).getByRole('button', { name: 'More for this ticket' }).click();
  await page.getByRole('menuitem', { name: 'Merge with another ticket…' }).click();
  const dialog = page.getByRole('dialog', { name: `Merge #${id} with another ticket` });
  await dialog.getByLabel('Number of the other ticket').fill(String(other));
  await dialog.getByRole('button', { name: `Merge into #${id}` }).click();
  await conversation(page).getByText(`merged #${other} into this`).waitFor({ timeout: SOON_MS });
}

async function unmerge({ page }: Person, other: number, picked: string): Promise<void> {
  await conversation(page)
    .getByRole('button', { name: `Holds #${other}` })
    .click();
  const dialog = page.getByRole('dialog', { name: `Bring #${other} back` });
  await dialog.getByText(picked).click();
  await dialog.getByRole('button', { name: 'Bring it back' }).click();
  await page.getByText(`#${other} is a ticket of its own again`).waitFor({ timeout: SOON_MS });
}

/** One goes home: the colleague gets the ticket and what to know of it, and takes it. */
export async function handOver(day: Day): Promise<void> {
  const mail = {
    from: `${day.customers}+late@mail.test`,
    subject: 'A late one',
    text: 'Still up?',
  };
  const { id, who } = await given(day, mail);
  const next = who === day.nora ? day.jonas : day.nora;
  await who.page.getByRole('button', { name: /^What I’m doing/ }).click();
  await who.page.getByRole('menuitem', { name: /^Hand over…/ }).click();
  const dialog = who.page.getByRole('dialog', { name: 'Hand over' });
  await dialog.getByRole('button', { name: /Who goes on/ }).click();
  await who.page.getByRole('option', { name: next.name }).click();
  await dialog.getByLabel('What they should know').fill('A calm evening.');
  await dialog.getByLabel(`Note on ticket ${id}`).fill('She wants it by Friday.');
  await dialog.getByRole('button', { name: 'Hand over', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
  const ticket = await eventually('the ticket moved', SOON_MS, async () => {
    const ticket = await day.owner.get<Ticket>(`/tickets/${id}`);
    return ticket.assignee_id === next.id && ticket;
  });
  expect(ticket.status).not.toBe('solved');

  const { page } = next;
  await page.goto(new URL('/app/day', page.url()).href);
  await page.getByText(`${who.name} hands work over to ${next.name}`).waitFor();
  await page.getByText('A calm evening.').waitFor();
  await page.getByText('She wants it by Friday.').waitFor();
  await page.getByRole('button', { name: 'Thanks, I have it' }).click();
  await page.getByText(`${next.name} has it`).waitFor();
  await page.getByRole('link', { name: mail.subject, exact: true }).click();
  await messages(page).getByText('She wants it by Friday.').waitFor();
  await answer(next, id);
}
