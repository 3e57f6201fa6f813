import { beforeAll, describe, expect, test } from 'vitest';
import type { Ticket } from '@evenkeel/api';
import { Api } from '../support/api';
import { conversation, editor, messages, row } from '../support/desk';
import { Stage } from '../support/stage';
import { eventually } from '../support/wait';

const stage = Stage.forFile();
let owner: Api;
let tickets: Ticket[];
beforeAll(async () => {
  owner = await Api.setUp(stage.url);
  tickets = [];
  for (const subject of ['Oldest cup', 'Middle cup', 'Newest cup']) {
    tickets.push(await owner.ticket({ subject }, `A question about the ${subject}.`));
  }
});

describe('hands on the keyboard', () => {
  test('move, open, answer, send, tag, solve', async () => {
    const page = await stage.visit(owner, '/app/v/all');
    await row(page, 'Newest cup').waitFor();
    const focused = (subject: string) =>
      eventually(`${subject} has the focus`, 5000, () =>
        row(page, subject).evaluate((it) => it === document.activeElement),
      );
    await page.keyboard.press('j');
    await focused('Newest cup');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await focused('Oldest cup');
    await page.keyboard.press('k');
    await focused('Middle cup');
    await page.keyboard.press('Enter');
    await conversation(page).getByRole('heading', { name: 'Middle cup' }).waitFor();
    await messages(page).getByText('A question about the Middle cup.').waitFor();
    await page.keyboard.press('r');
    await eventually('the reply has the focus', 5000, () =>
      editor(page, 'Reply').evaluate((it) => it === document.activeElement),
    );
    // In a text field letters are letters.
    await page.keyboard.type('The e, r and j are letters here');
    await page.keyboard.press('Control+Enter');
    await messages(page).filter({ hasText: 'The e, r and j are letters here' }).waitFor();
    expect(await editor(page, 'Reply').count()).toBe(0);
    await page.keyboard.press('t');
    await eventually('the tags have the focus', 5000, () =>
      page.evaluate(() => document.activeElement?.matches('[role=dialog] input')),
    );
    await page.keyboard.type('crockery');
    await page.getByRole('option').filter({ hasText: 'crockery' }).waitFor();
    await page.keyboard.press('Enter');
    await eventually('the server has the tag', 5000, async () => {
      const { tags } = await owner.get<Ticket>(`/tickets/${tickets[1]?.id}`);
      return tags.join() === 'crockery';
    });
    await page.keyboard.press('Escape');
    await page.keyboard.press('e');
    await conversation(page).getByRole('button', { name: 'Status: Solved' }).waitFor();
    await page.keyboard.press('z');
    await conversation(page).getByRole('button', { name: 'Status: Open' }).waitFor();
    await eventually('the server has it open again', 5000, async () => {
      const { status } = await owner.get<Ticket>(`/tickets/${tickets[1]?.id}`);
      return status === 'open';
    });
    await page.keyboard.press('Escape');
    await page.waitForURL('**/app/v/all');
  });

  test('? lists the keys, the palette finds tickets and does things', async () => {
    const page = await stage.visit(owner, '/app/v/all');
    await row(page, 'Newest cup').waitFor();
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await help.getByText('Next ticket').waitFor();
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'detached' });
    await page.keyboard.press('Control+k');
    const palette = page.getByRole('dialog', { name: 'Find anything' });
    await palette.waitFor();
    await page.keyboard.type('oldest');
    await page.getByRole('option').filter({ hasText: 'Oldest cup' }).waitFor();
    await page.keyboard.press('Enter');
    await conversation(page).getByRole('heading', { name: 'Oldest cup' }).waitFor();
    await page.keyboard.press('Control+k');
    await palette.waitFor();
    await page.keyboard.type('go to mentions');
    await page.getByRole('option', { name: 'Go to Mentions' }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/app/v/mentions');
  });

  test('/ searches all tickets, whichever view is open', async () => {
    const page = await stage.visit(owner, '/app/v/mentions');
    await page.getByText('No mentions').waitFor();
    await page.keyboard.press('/');
    const field = page.getByRole('searchbox', { name: 'Search all tickets' });
    await eventually('the search has the focus', 5000, () =>
      field.evaluate((it) => it === document.activeElement),
    );
    await page.keyboard.type('middle');
    await row(page, 'Middle cup').waitFor();
    expect(await row(page, 'Newest cup').count()).toBe(0);
    await row(page, 'Middle cup').click();
    await conversation(page).getByRole('heading', { name: 'Middle cup' }).waitFor();
    await field.fill('xyzzyplugh');
    await page.getByText('No ticket matches “xyzzyplugh”').waitFor();
    await field.fill('');
    await page.getByText('No mentions').waitFor();
  });

  test('what is typed while a window still loads does nothing to the ticket below', async () => {
    const [oldest] = tickets;
    const page = await stage.visit(owner, '/app/v/all');
    await row(page, 'Oldest cup').waitFor();
    let load = () => {};
    const loaded = new Promise<void>((resolve) => (load = resolve));
    await page.route('**/assets/ShortcutHelp*.js', async (route) => {
      await loaded;
      await route.continue();
    });
    await row(page, 'Oldest cup').click();
    await messages(page).getByText('A question about the Oldest cup.').waitFor();
    await page.keyboard.press('?');
    await page.keyboard.type('e#m');
    load();
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    const { status, place, assignee_id } = await owner.get<Ticket>(`/tickets/${oldest?.id}`);
    expect({ status, place, assignee_id }).toEqual({
      status: 'new',
      place: 'desk',
      assignee_id: null,
    });
  });

  test('single keys can be switched off, those with Ctrl stay', async () => {
    const page = await stage.visit(owner, '/app/settings');
    const off = page.getByRole('switch', { name: 'Single-key shortcuts' });
    expect(await off.isChecked()).toBe(true);
    await off.focus();
    await page.keyboard.press('Space');
    await eventually('the switch is off', 5000, async () => !(await off.isChecked()));
    await page.goto(`${stage.url}/app/v/all`);
    await row(page, 'Newest cup').waitFor();
    await page.keyboard.press('?');
    await page.keyboard.press('j');
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog', { name: 'Find anything' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(1);
  });
});
