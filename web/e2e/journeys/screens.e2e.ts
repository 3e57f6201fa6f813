import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Page as Items, TicketRow } from '@evenkeel/api';
import { Api } from '../support/api';
import { adminScreens, deskScreens, furnish, type Furnished } from '../support/furnished';
import { LOOKS, look, type Screen } from '../support/screens';
import { Server } from '../support/server';
import { Stage } from '../support/stage';

const stage = Stage.forFile('--demo');
const DEMO_OWNER = { email: 'olivia@harbour.demo', password: 'calm-sea-and-fair-winds' };

let owner: Api;
let open: TicketRow;
let inbox: number;
let invitation: string;
let folded: number;
let shop: number;
let furnished: Furnished;

/** A long conversation in one mail, dressed so that it is shown in a sealed frame. */
const FOLDED = [
  'From: Ana Ruiz <ana@mail.test>',
  'To: orders@harbour.demo',
  'Subject: The second lamp',
  'Message-ID: <folded@mail.test>',
  'MIME-Version: 1.0',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<div style="background:#eef"><p>It flickers as well. Could you send another one?</p></div>',
  '<div>-- <br>Ana Ruiz<br>Harbour Street 5</div>',
  '<div class="gmail_quote"><div class="gmail_attr">On Mon, 2 Mar 2026 at 10:00, Shop',
  '&lt;orders@harbour.demo&gt; wrote:<br></div><blockquote class="gmail_quote">',
  '<p>We sent you a lamp yesterday.</p></blockquote></div>',
  '',
].join('\r\n');

beforeAll(async () => {
  owner = await Api.signIn(stage.url, DEMO_OWNER);
  const { items } = await owner.get<Items<TicketRow>>('/tickets?view=all&limit=100');
  const [busiest] = items.toSorted((a, b) => b.message_count - a.message_count);
  if (!busiest) throw new Error('the demo has no tickets');
  open = busiest;
  const inboxes = await owner.get<{ items: { id: number; address: string }[] }>('/inboxes');
  const [first] = inboxes.items;
  if (!first) throw new Error('the demo has no inbox');
  inbox = first.id;
  await owner.call(
    'POST',
    `/inbound/mail?inbox=${first.address}`,
    'Subject: Invoice 4711\r\n\r\nNo sender\r\n',
  );
  shop = (await owner.inbox('orders@harbour.demo')).id;
  folded = await owner.receive(FOLDED, 'orders@harbour.demo');
  const { link } = await owner.post<{ link: string }>('/invitations', {
    email: 'new@harbour.demo',
    role: 'agent',
  });
  invitation = new URL(link).pathname;
  furnished = await furnish(owner, open);
});

const press =
  (...keys: string[]) =>
  async (page: Page) => {
    for (const key of keys) await page.keyboard.press(key);
  };

const overlay = '[role=dialog], [role=alertdialog]';

function signedIn(): Screen[] {
  const ticket = `/app/v/all/t/${open.id}`;
  return [
    ...deskScreens(furnished, open),
    ...adminScreens(furnished),
    { name: 'inbox', at: '/app/v/all' },
    { name: 'conversation', at: ticket },
    {
      name: 'composer-reply',
      at: ticket,
      prepare: async (page) => {
        await page.keyboard.press('r');
        await page.locator('[role=textbox][contenteditable]').click();
        await page.keyboard.type('Thank you for asking – we look into it today.');
      },
    },
    {
      name: 'composer-note',
      at: ticket,
      prepare: async (page) => {
        await page.keyboard.press('c');
        await page.locator('[role=textbox][contenteditable]').click();
        await page.keyboard.type('The second parcel was never scanned.');
      },
    },
    { name: 'conversation-folds', at: `/app/v/all/t/${folded}` },
    {
      name: 'conversation-folds-open',
      at: `/app/v/all/t/${folded}`,
      prepare: async (page) => {
        const frame = page.frameLocator('iframe').first();
        for (const fold of await frame.locator('summary').all()) await fold.click();
        await frame.locator('details[open] blockquote').waitFor();
      },
    },
    { name: 'empty-search', at: '/app/v/all?q=xyzzyplugh' },
    { name: 'empty-view', at: '/app/v/mentions?q=' },
    { name: 'missing-ticket', at: '/app/v/all/t/987654' },
    {
      name: 'new-ticket',
      at: '/app/v/all',
      prepare: async (page) => {
        await page.keyboard.press('n');
        await page.locator('[role=dialog] [contenteditable]').waitFor();
      },
    },
    {
      name: 'palette',
      at: '/app/v/all',
      prepare: async (page) => {
        await page.keyboard.press('Control+k');
        await page.locator(overlay).waitFor();
      },
    },
    {
      name: 'shortcuts',
      at: '/app/v/all',
      prepare: async (page) => {
        await page.keyboard.press('?');
        await page.locator(overlay).waitFor();
      },
    },
    { name: 'status-menu', at: ticket, prepare: press('s') },
    { name: 'assign-picker', at: ticket, prepare: press('a') },
    { name: 'notifications', at: '/app/notifications' },
    { name: 'settings-profile', at: '/app/settings/profile' },
    { name: 'settings-notifications', at: '/app/settings/notifications' },
    { name: 'settings-access', at: '/app/settings/access' },
    { name: 'settings-tokens', at: '/app/settings/tokens' },
    { name: 'admin-inboxes', at: '/app/admin/inboxes' },
    { name: 'admin-inbox', at: `/app/admin/inboxes/${inbox}` },
    ...['servers', 'webhook', 'confirming', 'sending', 'trust', 'end'].map((section, at) => ({
      name: `admin-inbox-${section}`,
      at: `/app/admin/inboxes/${shop}`,
      prepare: (page: Page) =>
        page
          .locator('section:has(> * h2), section:has(> h2)')
          .nth(at + 1)
          .evaluate((part) => part.scrollIntoView()),
    })),
    {
      name: 'admin-inbox-google',
      at: '/app/admin/inboxes/new',
      prepare: (page) => page.locator('[role=radiogroup] label').nth(1).click(),
    },
    { name: 'admin-inbox-new', at: '/app/admin/inboxes/new' },
    { name: 'admin-inbox-check', at: '/app/admin/inboxes/new', prepare: failingCheck },
    { name: 'admin-postmaster', at: '/app/admin/postmaster' },
    { name: 'admin-failures', at: '/app/admin/failures' },
    {
      name: 'admin-failure',
      at: '/app/admin/failures',
      prepare: async (page) => {
        await page.locator('[role=tabpanel] td button').nth(1).click();
        await page.locator(`${overlay} dl`).waitFor();
      },
    },
    {
      name: 'admin-discard',
      at: '/app/admin/failures',
      prepare: async (page) => {
        await page.locator('[role=tabpanel] td button').nth(2).click();
        await page.locator(overlay).waitFor();
      },
    },
    { name: 'admin-agents', at: '/app/admin/agents' },
    {
      name: 'admin-invite',
      at: '/app/admin/agents',
      prepare: async (page) => {
        await page.locator('#main header button').last().click();
        await page.locator(overlay).waitFor();
      },
    },
    { name: 'admin-teams', at: '/app/admin/teams' },
    { name: 'admin-macros', at: '/app/admin/macros' },
    { name: 'admin-tags', at: '/app/admin/tags' },
    { name: 'admin-audit', at: '/app/admin/audit' },
    { name: 'practice', at: '/app/practice' },
  ];
}

/** Tries a mailbox on a port where nobody listens. */
async function failingCheck(page: Page) {
  const form = page.locator('form');
  await form.locator('input[type=email]').fill('help@harbour.demo');
  await form.locator('input[type=password]').fill('anything');
  for (const side of [0, 1]) {
    const fields = form.locator('fieldset').nth(side).locator('input');
    await fields.nth(0).fill('127.0.0.1');
    await fields.nth(1).fill('9');
  }
  await form.locator('button[type=submit]').click();
  await page.locator('[data-ok=false]').first().waitFor();
}

describe.sequential.each(LOOKS)('in $name', ({ name, language, device }) => {
  test('the pages before sign-in are clear to everybody', async () => {
    const fresh = await Server.start();
    try {
      const first = await stage.visit(null, '/', device);
      const wrong = [
        ...(await look(first, fresh.url, name, [{ name: 'first-run', at: '/' }])),
        ...(await look(first, stage.url, name, [
          { name: 'sign-in', at: '/app' },
          { name: 'invitation', at: invitation },
          { name: 'invitation-dead', at: '/invite/dead' },
        ])),
      ];
      expect(wrong.join('\n\n')).toBe('');
    } finally {
      await fresh.dispose();
    }
  });

  test('every screen is clear to everybody', { timeout: 480_000 }, async () => {
    await owner.call('PATCH', '/me', { preferences: { language } });
    const page = await stage.visit(owner, '/app/v/all', device);
    const direction = language === 'ar' ? 'rtl' : 'ltr';
    await page.locator(`html[dir=${direction}]`).waitFor();
    const wrong = await look(page, stage.url, name, signedIn());
    for (const kind of ['reply', 'note']) {
      await owner.call('DELETE', `/tickets/${open.id}/drafts/${kind}`);
    }
    expect(wrong.join('\n\n')).toBe('');
  });
});
