import { beforeAll, describe, expect, test } from 'vitest';
import type { MessageItem } from '@evenkeel/api';
import { COLLEAGUE, OWNER, type Api } from '../support/api';
import { conversation, counts, editor, messages, row } from '../support/desk';
import { Stage } from '../support/stage';
import { eventually } from '../support/wait';

const stage = Stage.forFile();
let owner: Api;
let agent: Api;
beforeAll(async () => {
  ({ owner, agent } = await stage.team());
});

const said = async (id: number) =>
  (await owner.timeline(id)).filter((item): item is MessageItem => item.type === 'message');

describe('writing', () => {
  test('undo takes a reply back and gives its text to the writer', async () => {
    const { id } = await owner.ticket({ subject: 'Undo me' }, 'Is the grinder in stock?');
    const page = await stage.visit(agent, `/app/v/all/t/${id}`);
    await page.getByRole('button', { name: 'Reply to Ana Ruiz' }).click();
    await editor(page, 'Reply').click();
    await page.keyboard.type('Yes, two of them');
    await page.getByRole('button', { name: 'Send to Ana Ruiz' }).click();
    await messages(page).filter({ hasText: 'two of them' }).waitFor();
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await page.getByText('Taken back. Nothing was sent').waitFor();
    await editor(page, 'Reply').filter({ hasText: 'Yes, two of them' }).waitFor();
    const out = (await said(id)).filter(({ kind }) => kind === 'out');
    expect(out.filter(({ state }) => state !== 'cancelled')).toEqual([]);
    // The text is safe on the server, too.
    await page.getByText('Draft saved').waitFor();
    await page.reload();
    await editor(page, 'Reply').filter({ hasText: 'Yes, two of them' }).waitFor();
  });

  test('of two agents who answer, the second is told and loses nothing', async () => {
    const { id } = await owner.ticket({ subject: 'Two answers' }, 'Which roast is mild?');
    const first = await stage.visit(owner, `/app/v/all/t/${id}`);
    const second = await stage.visit(agent, `/app/v/all/t/${id}`);
    for (const [page, text] of [
      [first, 'Take the Lisboa roast.'],
      [second, 'Take the Nordic roast.'],
    ] as const) {
      await page.getByRole('button', { name: 'Reply to Ana Ruiz' }).click();
      await editor(page, 'Reply').click();
      await page.keyboard.type(text);
    }
    // The second has not heard of the first: what they see stays old until the server refuses.
    const known = JSON.stringify(await agent.get(`/tickets/${id}/timeline`));
    let isOld = true;
    await second.route(`**/tickets/${id}/timeline*`, (route) =>
      isOld ? route.fulfill({ contentType: 'application/json', body: known }) : route.continue(),
    );
    await second.route(`**/tickets/${id}/replies`, async (route) => {
      const response = await route.fetch();
      isOld = false;
      await route.fulfill({ response });
    });
    await first.getByRole('button', { name: 'Send to Ana Ruiz' }).click();
    await messages(first).filter({ hasText: 'Lisboa' }).waitFor();
    await second.getByRole('button', { name: 'Send to Ana Ruiz' }).click();
    await second.getByText('Something new came in while you wrote').waitFor();
    await messages(second).filter({ hasText: 'Lisboa' }).waitFor();
    await editor(second, 'Reply').filter({ hasText: 'Take the Nordic roast.' }).waitFor();
    expect((await said(id)).filter(({ kind }) => kind === 'out')).toHaveLength(1);
    // Sent again on purpose, it goes.
    await second.getByRole('button', { name: 'Send to Ana Ruiz' }).click();
    await messages(second).filter({ hasText: 'Nordic' }).waitFor();
    expect((await said(id)).filter(({ kind }) => kind === 'out')).toHaveLength(2);
  });

  test('reply and note can’t be mixed up, and each keeps its own draft', async () => {
    const { id } = await owner.ticket({ subject: 'Two drafts' }, 'Can I pay by invoice?');
    const page = await stage.visit(agent, `/app/v/all/t/${id}`);
    await page.getByRole('button', { name: 'Reply to Ana Ruiz' }).click();
    await editor(page, 'Reply').click();
    await page.keyboard.type('Of course you can.');
    const reply = page.getByRole('button', { name: 'Send to Ana Ruiz' });
    await reply.waitFor();
    const replyColour = await reply.evaluate((it) => getComputedStyle(it).backgroundColor);
    await page.getByRole('group', { name: 'What to write' }).getByText('Note').click();
    await editor(page, 'Internal note').click();
    await page.keyboard.type('She paid late twice.');
    const note = page.getByRole('button', { name: 'Add note for the team' });
    const noteColour = await note.evaluate((it) => getComputedStyle(it).backgroundColor);
    expect(noteColour).not.toBe(replyColour);
    expect(await reply.count()).toBe(0);
    await page.getByText('Only your team reads this.').waitFor();
    await page.getByText('Draft saved').waitFor();
    const drafts = () =>
      Promise.all(
        ['reply', 'note'].map(async (kind) => {
          const { html } = await agent.get<{ html: string }>(`/tickets/${id}/drafts/${kind}`);
          return html;
        }),
      );
    await eventually('both drafts are on the server', 5000, async () => {
      const [replied, noted] = await drafts();
      return replied?.includes('Of course') && noted?.includes('paid late');
    });
    await page.reload();
    await editor(page, 'Reply').filter({ hasText: 'Of course you can.' }).waitFor();
    await page.getByRole('group', { name: 'What to write' }).getByText('Note').click();
    await editor(page, 'Internal note').filter({ hasText: 'She paid late twice.' }).waitFor();
    expect(await editor(page, 'Internal note').innerText()).not.toContain('Of course');
    await note.click();
    await messages(page).filter({ hasText: 'Note, only for the team' }).waitFor();
    expect((await said(id)).map(({ kind }) => kind)).toEqual(['in', 'note']);
    // A colleague sees neither draft of hers.
    const other = await stage.visit(owner, `/app/v/all/t/${id}`);
    await messages(other).filter({ hasText: 'She paid late twice.' }).waitFor();
    await other.getByRole('button', { name: 'Reply to Ana Ruiz' }).waitFor();
  });

  test('a mention reaches the colleague: notification and Mentions', async () => {
    const { id } = await owner.ticket({ subject: 'Ask Jonas' }, 'Do you ship to Ghent?');
    const jonas = await stage.visit(agent, '/app/v/mentions');
    await jonas.getByText('No mentions').waitFor();
    const mara = await stage.visit(owner, `/app/v/all/t/${id}`);
    await mara.getByRole('button', { name: 'Note for the team' }).click();
    await editor(mara, 'Internal note').click();
    await mara.keyboard.type('@jon');
    await mara.getByRole('option', { name: COLLEAGUE.name }).waitFor();
    await mara.keyboard.press('Enter');
    await mara.keyboard.type('do we?');
    await mara.getByRole('button', { name: 'Add note for the team' }).click();
    await messages(mara)
      .filter({ hasText: `@${COLLEAGUE.name}` })
      .waitFor();
    await row(jonas, 'Ask Jonas').waitFor();
    await counts(jonas, 'Mentions', 1);
    await jonas.getByRole('button', { name: 'Notifications, 1 unread' }).click();
    const panel = jonas.getByRole('dialog', { name: 'Notifications' });
    await panel.getByRole('link').filter({ hasText: OWNER.name }).click();
    await conversation(jonas).getByText('do we?').waitFor();
    await jonas.getByRole('button', { name: 'Notifications', exact: true }).waitFor();
  });
});
