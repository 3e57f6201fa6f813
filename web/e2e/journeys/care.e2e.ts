import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Inbox, Page as Items, TicketRow, WaitingAppeal } from '@evenkeel/api';
import { Api } from '../support/api';
import { violations } from '../support/axe';
import { conversation } from '../support/desk';
import { imaps, MailProgram, smtps } from '../support/mail';
import { SHOTS } from '../support/screens';
import { Stage } from '../support/stage';
import { eventually } from '../support/wait';

const stage = Stage.forFile();
const ADDRESS = 'u15@mail.test';
const ana = new MailProgram('u16@mail.test', 'Ana Ruiz');
const rex = new MailProgram('u17@mail.test', 'Rex Rude');

const access = (place: { host: string; port: number }) => ({
  ...place,
  security: 'tls',
  username: ADDRESS,
  password: 'practice',
});

const LEAD = { name: 'Lea Stern', email: 'lea@harbour.test', password: 'seven calm lighthouses' };

let owner: Api;
let lead: Api;
let agent: Api;

async function ticketOf(subject: string): Promise<number> {
  let found: TicketRow | undefined;
  await eventually(`a ticket “${subject}”`, 60_000, async () => {
    for (const view of ['all', 'solved', 'bulk']) {
      const { items } = await owner.get<Items<TicketRow>>(`/tickets?view=${view}`);
      found ??= items.find((row) => row.subject === subject);
    }
    return found !== undefined;
  });
  return found!.id;
}

async function mailTo(customer: MailProgram, subject: string): Promise<string> {
  let text = '';
  await eventually(`“${subject}” at ${customer.address}`, 60_000, async () => {
    text = (await customer.find(subject)).at(-1)?.mail.text ?? '';
    return text !== '';
  });
  return text;
}

const linkIn = (text: string, part: string) =>
  text
    .split(/\s/)
    .find((word) => word.includes(part))
    ?.split('?')[0] ?? '';

test('a customer is asked after the work, answers without scripts, and is read fairly', async () => {
  owner = await Api.setUp(stage.url);
  [lead, agent] = [await owner.colleague(LEAD, 'lead'), await owner.colleague()];
  await owner.post<Inbox>('/inboxes', {
    name: 'Harbour Coffee',
    address: ADDRESS,
    imap: access(imaps()),
    smtp: access(smtps()),
    import: 'new_only',
  });
  await mkdir(SHOTS, { recursive: true });

  const admin = await stage.visit(owner, '/app/admin/surveys');
  await admin.getByRole('button', { name: 'New setting' }).click();
  const dialog = admin.getByRole('dialog', { name: 'New setting' });
  await dialog.getByRole('button', { name: /For$/ }).click();
  await admin.getByRole('option', { name: 'Everybody' }).click();
  await dialog.getByLabel('How long after it is solved, in hours').fill('0');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await admin.getByRole('cell', { name: 'Everybody', exact: true }).waitFor();
  expect(await violations(admin)).toEqual([]);
  await admin.screenshot({ path: path.join(SHOTS, 'surveys-admin.png') });

  await ana.send({ to: ADDRESS, subject: 'My beans are late', text: 'Where are they?' });
  const ticket = await ticketOf('My beans are late');
  await agent.post(`/tickets/${ticket}/replies`, {
    html: '<p>They arrive tomorrow.</p>',
    seen_number: 1,
    status_after: 'solved',
  });
  await agent.call('POST', `/tickets/${ticket}/replies/2/send-now`);
  const text = await mailTo(ana, 'How did we do?');
  const link = linkIn(text, '/surveys/page/');

  // Without scripts, as the plainest of browsers: marked beforehand, sent by a person.
  const plain = await stage.visit(null, `${link}?solved=yes`, { javaScriptEnabled: false });
  expect(await plain.getByRole('radio', { name: 'Yes' }).isChecked()).toBe(true);
  await plain.getByLabel('Very well').check();
  await plain
    .getByLabel('Is there something you would like to tell us? (optional)')
    .fill('Jonas was lovely.');
  await plain.screenshot({ path: path.join(SHOTS, 'survey-page.png'), fullPage: true });
  await plain.getByRole('button', { name: 'Send answer' }).click();
  await plain.getByRole('heading', { name: 'Thank you. Your answer has arrived.' }).waitFor();
  const again = await stage.visit(null, link);
  expect(await violations(again)).toEqual([]);

  const blind = await stage.visit(lead, '/app/care/about');
  await blind.getByText('[…] was lovely.').waitFor();
  expect(await blind.getByText('Jonas').count()).toBe(0);
  expect(await violations(blind)).toEqual([]);
  await blind.screenshot({ path: path.join(SHOTS, 'survey-attribution.png') });
  await blind.getByRole('button', { name: 'The person' }).click();
  await blind.getByText('Nothing waits for you').waitFor();

  const mine = await stage.visit(agent, '/app/care/mine');
  await mine.getByText('Jonas was lovely.').waitFor();
  await mine.getByText('About: The person').waitFor();
  await mine.getByText('Too few to say').first().waitFor();
  expect(await violations(mine)).toEqual([]);
  await mine.screenshot({ path: path.join(SHOTS, 'survey-mine.png') });
  await mine.goto(`${stage.url}/app/t/${ticket}`);
  await conversation(mine)
    .getByText(/answered the survey: Solved/)
    .waitFor();
  const words = await stage.visit(lead, '/app/care/words');
  await words.getByText('Jonas was lovely.').waitFor();
  await words.screenshot({ path: path.join(SHOTS, 'survey-words.png') });
});

test('an abusive customer is marked by one key, blocked by a lead, and heard by another', async () => {
  await rex.send({ to: ADDRESS, subject: 'You again', text: 'I know where you live.' });
  const ticket = await ticketOf('You again');
  const page = await stage.visit(agent, `/app/t/${ticket}`);
  await conversation(page).getByText('I know where you live.').waitFor();
  await page.keyboard.press('Shift+A');
  const dialog = page.getByRole('dialog', { name: 'Abusive message' });
  await dialog.getByText('Threat', { exact: true }).click();
  await dialog.getByRole('button', { name: 'Mark as abusive' }).click();
  await dialog.getByRole('heading', { name: 'You don’t have to go on with this' }).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: path.join(SHOTS, 'abuse-dialog.png') });
  await dialog.getByRole('button', { name: 'Hand over and pause' }).click();
  await dialog.waitFor({ state: 'detached' });
  await conversation(page).getByText('Marked as abusive: Threat.').waitFor();
  expect(await conversation(page).getByText('I know where you live.').count()).toBe(0);
  await page.screenshot({ path: path.join(SHOTS, 'abuse-folded.png') });

  const leads = await stage.visit(lead, `/app/t/${ticket}`);
  await conversation(leads).getByText('Marked as abusive: Threat.').waitFor();
  await leads.keyboard.press('Shift+A');
  const limits = leads.getByRole('region', { name: 'Restrict or block' });
  await limits
    .getByText(/^Block/)
    .first()
    .click();
  await limits.getByLabel('Why?').fill('He threatened Jonas.');
  await limits.getByRole('button', { name: 'Block', exact: true }).click();
  await leads.getByRole('region', { name: 'Protection from abuse' }).getByText('Blocked').waitFor();

  await rex.send({ to: ADDRESS, subject: 'Answer me', text: 'Now!' });
  const aside = await ticketOf('Answer me');
  const { items } = await owner.get<Items<TicketRow>>('/tickets?view=bulk');
  expect(items.map((row) => row.id)).toContain(aside);
  const notice = await mailTo(rex, 'About your messages to us');
  const plain = await stage.visit(null, linkIn(notice, '/abuse/page/'), {
    javaScriptEnabled: false,
  });
  await plain.getByLabel('What should they know?').fill('I am sorry.');
  await plain.getByRole('button', { name: 'Send' }).click();
  await plain.getByRole('heading', { name: /Thank you/ }).waitFor();

  const involved = await stage.visit(lead, '/app/care/limits');
  await involved.getByText('You had a part in this; somebody else has to decide it.').waitFor();
  const other = await stage.visit(owner, '/app/care/limits');
  await other.getByText('I am sorry.').waitFor();
  expect(await violations(other)).toEqual([]);
  await other.screenshot({ path: path.join(SHOTS, 'abuse-appeals.png') });
  await other.getByRole('button', { name: 'It ends' }).click();
  const deciding = other.getByRole('dialog', { name: 'End it before its time?' });
  await deciding.getByLabel('Why?').fill('He apologised.');
  await deciding.getByRole('button', { name: 'End it' }).click();
  await other.getByText('No appeal waits').waitFor();
  await other.getByText('Nobody is restricted').waitFor();
  expect((await owner.get<Items<WaitingAppeal>>('/abuse/appeals')).items).toEqual([]);
});
