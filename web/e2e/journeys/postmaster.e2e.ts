import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Inbox, Page as Items, TicketRow } from '@evenkeel/api';
import { Api } from '../support/api';
import { violations } from '../support/axe';
import { imaps, smtps } from '../support/mail';
import { SHOTS } from '../support/screens';
import { Stage } from '../support/stage';

const stage = Stage.forFile();
const ADDRESS = 'u20@mail.test';

const access = (place: { host: string; port: number }, password = 'practice') => ({
  ...place,
  security: 'tls',
  username: ADDRESS,
  password,
});

test('the postmaster sees what fails, with its mend, and that a test mail comes back', async () => {
  const owner = await Api.setUp(stage.url);
  const inbox = await owner.post<Inbox>('/inboxes', {
    name: 'Support',
    address: ADDRESS,
    imap: access(imaps()),
    smtp: access(smtps()),
    import: 'new_only',
  });
  await mkdir(SHOTS, { recursive: true });
  const page = await stage.visit(owner, '/app/admin/postmaster');
  const mailboxes = page.getByRole('region', { name: 'Mailboxes' });
  const outbox = page.getByRole('region', { name: 'Outbox' });

  // All is well: one line, and nothing that waits.
  await mailboxes.getByText('Receiving works').waitFor({ timeout: 30_000 });
  await outbox.getByText('Nothing waits').waitFor();
  await page.getByRole('region', { name: 'Work that got stuck' }).getByText('None.').waitFor();

  // A test mail goes out and comes back, and it is nobody's ticket.
  await mailboxes.getByRole('button', { name: 'Send a test mail from Support' }).click();
  await mailboxes.getByText(/Handed over at/).waitFor({ timeout: 20_000 });
  await mailboxes.getByText(/Came back after [\d.]+ s/).waitFor({ timeout: 60_000 });
  expect((await owner.get<Items<TicketRow>>('/tickets?view=all')).items).toEqual([]);

  // Sending breaks: the page says why and what helps, and the mail that waits says so too.
  const fresh = await owner.get<{ items: Inbox[] }>('/inboxes');
  await owner.call('PATCH', `/inboxes/${inbox.id}`, {
    version: fresh.items[0]?.version,
    smtp: access(smtps(), 'wrong'),
  });
  const ticket = await owner.ticket({ subject: 'Where is my parcel?', inbox_id: inbox.id }, 'Hm?');
  await owner.post(`/tickets/${ticket.id}/replies`, {
    html: '<p>On its way.</p>',
    seen_number: 1,
  });
  await owner.call('POST', `/tickets/${ticket.id}/replies/2/send-now`);
  await mailboxes.getByText('Sending needs you').waitFor({ timeout: 30_000 });
  await mailboxes.getByText(/did not accept the sign-in/).waitFor();
  await mailboxes.getByText(/Check user name and password/).waitFor();
  const waiting = outbox.getByRole('listitem').filter({ hasText: 'Where is my parcel?' });
  await waiting.getByText(/did not accept the sign-in/).waitFor({ timeout: 30_000 });
  expect(await violations(page)).toEqual([]);
  await page.screenshot({ path: path.join(SHOTS, 'postmaster-trouble.png'), fullPage: true });
  await waiting.getByRole('link', { name: 'Where is my parcel?' }).click();
  await page.getByRole('region', { name: 'Conversation' }).waitFor();
  await page.goBack();
  await mailboxes.getByRole('button', { name: 'Mend it in the settings' }).click();
  await page.waitForURL(`**/app/admin/inboxes/${inbox.id}`);
  await page.getByLabel('Mail to addresses with a plus reaches this inbox').waitFor();
});

test('a mail that can’t be read is looked into, discarded with a reason, and brought back', async () => {
  const owner = await Api.signIn(stage.url, {
    email: 'mara@harbour.test',
    password: 'slow tides lift boats',
  });
  await owner.call(
    'POST',
    `/inbound/mail?inbox=${ADDRESS}`,
    'Subject: Invoice 4711\r\nX-Scanner: on\r\n\r\n<script>alert(1)</script>No sender\r\n',
  );
  const page = await stage.visit(owner, '/app/admin/postmaster');
  const part = page.getByRole('region', { name: 'Couldn’t process' });
  await part.getByText('1 mail couldn’t become a ticket').waitFor();
  await part.getByRole('button', { name: 'Look at them' }).click();

  await page.getByRole('button', { name: 'View', exact: true }).click();
  const preview = page.getByRole('dialog', { name: 'Invoice 4711' });
  await preview.getByText('X-Scanner').waitFor();
  await preview.getByText('No sender').waitFor();
  await preview.getByRole('button', { name: 'Close' }).click();

  await page.getByRole('button', { name: 'Discard' }).click();
  const asking = page.getByRole('dialog', { name: 'Discard this mail?' });
  const confirm = asking.getByRole('button', { name: 'Discard mail' });
  expect(await confirm.isDisabled()).toBe(true);
  await asking.getByRole('textbox', { name: 'Why' }).fill('The copier tests its mail.');
  await confirm.click();
  await page.getByText('All mail got through').waitFor();

  await page.getByRole('tab', { name: 'Discarded' }).click();
  await page.getByText('The copier tests its mail.').waitFor();
  await page.getByRole('button', { name: 'Bring back' }).click();
  await page.getByText('Nothing was discarded').waitFor();
  await page.getByRole('tab', { name: 'Waiting for you' }).click();
  await page.getByText('Invoice 4711').waitFor();
});
