import { beforeAll, describe, expect, test } from 'vitest';
import { Api } from '../support/api';
import { counts, editor, messages, row } from '../support/desk';
import { Stage } from '../support/stage';

const stage = Stage.forFile();
let owner: Api;
beforeAll(async () => {
  owner = await Api.setUp(stage.url);
});

const BANNER = 'The connection is down.';
const TOLD_WITHIN_MS = 10_000;
const BACK_WITHIN_MS = 20_000;

describe.sequential('a connection that breaks', () => {
  test('a server that stops is told within 10 s; afterwards everything catches up once', async () => {
    const { id } = await owner.ticket({ subject: 'Before the storm' }, 'Is anybody there?');
    const page = await stage.visit(owner, `/app/v/all/t/${id}`);
    await messages(page).getByText('Is anybody there?').waitFor();
    await page.getByRole('button', { name: 'Reply to Ana Ruiz' }).click();
    await editor(page, 'Reply').click();
    await page.keyboard.type('Half an ans');
    await stage.server.stop('SIGKILL');
    await page.getByText(BANNER).waitFor({ timeout: TOLD_WITHIN_MS });
    await page.keyboard.type('wer');
    await stage.server.run();
    // While the page still believes the server is gone, things happen there.
    await owner.post(`/tickets/${id}/notes`, { html: '<p>Written in between</p>' });
    await owner.ticket({ subject: 'During the storm' }, 'A second question');
    await page.getByText(BANNER).waitFor({ state: 'detached', timeout: BACK_WITHIN_MS });
    await messages(page).filter({ hasText: 'Written in between' }).waitFor();
    await row(page, 'During the storm').waitFor();
    await counts(page, 'All', 2);
    expect(await messages(page).count()).toBe(2);
    expect(await row(page, 'the storm').count()).toBe(2);
    await editor(page, 'Reply').filter({ hasText: 'Half an answer' }).waitFor();
    await page.getByText('Draft saved').waitFor();
  });

  test('a server that only stops answering is noticed as well', async () => {
    const page = await stage.visit(owner, '/app/v/all');
    await row(page, 'Before the storm').waitFor();
    try {
      stage.server.freeze();
      await page.getByText(BANNER).waitFor({ timeout: TOLD_WITHIN_MS });
    } finally {
      stage.server.thaw();
    }
    await owner.ticket({ subject: 'After the ice' }, 'Hello again');
    await page.getByText(BANNER).waitFor({ state: 'detached', timeout: BACK_WITHIN_MS });
    await row(page, 'After the ice').waitFor();
    await counts(page, 'All', 3);
    expect(await row(page, '').count()).toBe(3);
  });
});
