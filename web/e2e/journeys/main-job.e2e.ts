import { expect, test } from 'vitest';
import type { MessageItem } from '@evenkeel/api';
import { Api, COLLEAGUE, OWNER } from '../support/api';
import {
  conversation,
  counts,
  editor,
  marked,
  messages,
  paste,
  PICTURE,
  row,
} from '../support/desk';
import { MailProgram, imaps, smtps } from '../support/mail';
import { Stage } from '../support/stage';
import { decoded, leaves, once, outline, structure } from '../support/structure';
import { eventually } from '../support/wait';

const stage = Stage.forFile();
const ANA = new MailProgram('ana@mail.test', 'Ana Ruiz');
const SUPPORT = 'support@mail.test';
const INVOICE = {
  name: 'Factura nº 7 – señal.pdf',
  bytes: Buffer.from('%PDF-1.4 not really\n%%EOF'),
};

test('a customer’s mail becomes a ticket, is answered in the browser, and comes back', async () => {
  const owner = await Api.setUp(stage.url);
  const stamp = Date.now().toString(36);
  const subject = `Café molido en grano… ¿dónde está mi pedido? ☕ ${stamp}`;

  // The admin connects the inbox by the guided set-up, with its live check.
  const mara = await stage.visit(owner, '/app/admin/inboxes/new');
  await mara.getByLabel('Address', { exact: true }).fill(SUPPORT);
  await mara.getByRole('textbox', { name: 'Password at the mail host' }).fill('practice');
  for (const [title, place] of [
    ['Receiving (IMAP)', imaps()],
    ['Sending (SMTP)', smtps()],
  ] as const) {
    const fields = mara.getByRole('group', { name: title });
    await fields.getByLabel('Server').fill(place.host);
    await fields.getByLabel('Port').fill(String(place.port));
  }
  await mara.getByRole('button', { name: 'Check the connection' }).click();
  await mara.getByText('Everything works').waitFor({ timeout: 20_000 });
  await mara.getByRole('button', { name: 'Go on' }).click();
  expect(await mara.getByLabel('Only new mail').isChecked()).toBe(true);
  await mara.getByRole('button', { name: 'Connect the inbox' }).click();
  await mara.getByText(`${SUPPORT} is connected.`).waitFor();

  // A colleague is invited and accepts in a browser of their own.
  await mara.goto(`${stage.url}/app/admin/agents`);
  await mara.getByRole('button', { name: 'Invite someone' }).click();
  const invite = mara.getByRole('dialog', { name: 'Invite someone' });
  await invite.getByLabel('Email').fill(COLLEAGUE.email);
  await invite.getByRole('button', { name: 'Create invitation' }).click();
  const link = await mara.getByRole('alertdialog').locator('code').innerText();
  expect(link.startsWith(`${stage.url}/invite/`)).toBe(true);
  await mara.getByRole('button', { name: 'Done' }).click();
  const jonas = await stage.visit(null, link);
  await jonas.getByRole('heading', { name: `Join ${OWNER.workspace_name}` }).waitFor();
  await jonas.getByLabel('Your name').fill(COLLEAGUE.name);
  await jonas.getByRole('textbox', { name: 'Password' }).fill(COLLEAGUE.password);
  await jonas.getByRole('button', { name: 'Join the team' }).click();
  await jonas.getByRole('heading', { name: 'Mine' }).waitFor();

  // Both look at Unassigned when Ana's mail comes in; nobody loads the page again.
  for (const page of [mara, jonas]) await page.goto(`${stage.url}/app/v/unassigned`);
  await mara.getByText('Everything has an owner').waitFor();
  await jonas.getByText('Everything has an owner').waitFor();
  const stayed = await Promise.all([marked(mara), marked(jonas)]);
  await eventually('the mailbox is followed', 20_000, async () => {
    const { items } = await owner.get<{ items: { health: { receiving: string } }[] }>('/inboxes');
    return items.every(({ health }) => health.receiving === 'ok');
  });
  const first = await ANA.send({
    to: SUPPORT,
    subject,
    text: 'Hola, mi pedido 4711 no llegó. ¿Pueden mirar?\n\nAna – “gracias” ✨',
    attachments: [{ filename: INVOICE.name, content: INVOICE.bytes }],
  });
  await Promise.all([mara, jonas].map((page) => row(page, stamp).waitFor({ timeout: 20_000 })));
  await Promise.all([mara, jonas].map((page) => counts(page, 'Unassigned', 1)));
  expect(await row(mara, stamp).innerText()).toContain(subject);
  await row(mara, stamp).getByLabel('Has attachments').waitFor();

  // Jonas opens it, Mara sees him there; the attachment is whole.
  await row(jonas, stamp).click();
  await row(mara, stamp).click();
  await mara.getByLabel(`${COLLEAGUE.name} is looking at this`).waitFor();
  await messages(jonas).getByText('mi pedido 4711 no llegó').waitFor();
  const download = jonas.waitForEvent('download');
  await messages(jonas).getByRole('link', { name: INVOICE.name }).click();
  const saved = await (await download).createReadStream();
  expect(Buffer.concat(await saved.toArray()).equals(INVOICE.bytes)).toBe(true);

  // He answers with an image in the text, and sends.
  await jonas.getByRole('button', { name: 'Reply to Ana Ruiz' }).click();
  const reply = editor(jonas, 'Reply');
  await reply.click();
  await jonas.keyboard.type('Hola Ana, your parcel is at the ');
  await jonas.keyboard.press('Control+b');
  await jonas.keyboard.type('harbour office');
  await jonas.keyboard.press('Control+b');
  await jonas.keyboard.type('. Its label – ¡así es! –: ');
  await paste(reply, PICTURE);
  await reply.locator('img[src^="/api/v1/attachments/"]').waitFor();
  await mara.getByLabel(`${COLLEAGUE.name} is writing`).waitFor();
  await jonas.getByRole('button', { name: 'Send and…' }).click();
  await jonas.getByRole('menuitem', { name: 'Send and set to Pending' }).click();
  const answer = messages(jonas).filter({ hasText: 'harbour office' });
  await answer.getByRole('button', { name: 'Send now' }).click();
  await answer.getByText('Delivered to ana@mail.test').waitFor({ timeout: 20_000 });
  await messages(mara).filter({ hasText: 'harbour office' }).waitFor();
  for (const page of [mara, jonas]) {
    await conversation(page).getByRole('button', { name: 'Status: Pending' }).waitFor();
  }

  // Ana's mailbox holds exactly one answer, and two readers agree that it is well formed.
  const [received] = await ANA.arrived(stamp, 1);
  if (!received) throw new Error('unreachable');
  const { mail, raw } = received;
  expect(mail.subject).toContain(subject);
  expect(mail.from?.value[0]).toMatchObject({ address: SUPPORT });
  expect(mail.text).toContain('Hola Ana, your parcel is at the');
  expect(mail.text).toContain('¡así es!');
  expect(mail.html).toMatch(/<strong>harbour office<\/strong>/);
  expect(mail.inReplyTo).toBe(first);
  expect([mail.references].flat()).toContain(first);
  const token = mail.replyTo?.value[0]?.address ?? '';
  expect(token).toMatch(/^support\+[^@]+@mail\.test$/);
  const image = mail.attachments.find(({ contentType }) => contentType === 'image/png');
  expect(image?.content.equals(PICTURE.bytes)).toBe(true);

  const tree = structure(raw);
  expect(outline(tree)).toBe(
    'multipart/alternative(text/plain, multipart/related(text/html, image/png))',
  );
  for (const name of ['From', 'To', 'Subject', 'Date', 'Message-ID', 'MIME-Version', 'Reply-To']) {
    once(tree, name);
  }
  expect(once(tree, 'In-Reply-To')).toBe(first);
  expect(once(tree, 'References').split(/\s+/)).toContain(first);
  const [plain, html, picture] = leaves(tree);
  if (!plain || !html || !picture) throw new Error('unreachable');
  expect(decoded(plain).toString()).toContain('harbour office');
  const cid = /^<(.+)>$/.exec(once(picture, 'Content-ID'))?.[1];
  expect(decoded(html).toString()).toContain(`cid:${cid}`);
  expect(decoded(html).toString()).not.toContain('/api/v1/');
  expect(decoded(picture).equals(PICTURE.bytes)).toBe(true);

  // Ana answers in her mail program; it lands in the same ticket and opens it again.
  await ANA.send({
    to: token,
    subject: `Re: ${subject}`,
    inReplyTo: mail.messageId,
    references: [first, mail.messageId ?? ''],
    text: `¡Gracias! Voy hoy.\n\n> Hola Ana, your parcel is at the harbour office.`,
  });
  for (const page of [mara, jonas]) {
    await messages(page).filter({ hasText: 'Voy hoy' }).waitFor({ timeout: 20_000 });
    await conversation(page).getByRole('button', { name: 'Status: Open' }).waitFor();
    expect(await messages(page).count()).toBe(3);
  }
  await Promise.all([mara, jonas].map((page) => counts(page, 'All', 1)));
  await Promise.all(stayed.map((check) => check()));

  // Nothing was doubled on the way: not in the desk, not in her mailbox.
  const id = Number(/\/t\/(\d+)/.exec(jonas.url())?.[1]);
  const kinds = (await owner.timeline(id))
    .filter((item): item is MessageItem => item.type === 'message')
    .map(({ kind }) => kind);
  expect(kinds).toEqual(['in', 'out', 'in']);
  await ANA.arrived(stamp, 1);
}, 150_000);
