import { beforeAll, describe, expect, test } from 'vitest';
import { Api } from '../support/api';
import { row } from '../support/desk';
import { Stage } from '../support/stage';
import { eventually } from '../support/wait';

const stage = Stage.forFile();
let owner: Api;
beforeAll(async () => {
  owner = await Api.setUp(stage.url);
  const lamp = await owner.ticket({ subject: 'Broken lamp' }, 'The bulbs flicker every night.');
  await owner.ticket({ subject: 'Late parcel' }, 'Where is my delivery?');
  await owner.post(`/tickets/${lamp.id}/notes`, { html: '<p>Ask the electrician</p>' });
  // Written last, so when it is found everything before it is, too.
  await eventually('the note is in the index', 5000, async () => {
    const { count } = await owner.get<{ count: number }>('/search?q=electrician');
    return count === 1;
  });
});

describe.sequential('searching', () => {
  test('by keyboard alone: words in any form, filters by completion, and open what was found', async () => {
    const page = await stage.visit(owner, '/app/v/all');
    await row(page, 'Broken lamp').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('bulb');
    const found = row(page, 'Broken lamp');
    await found.locator('mark', { hasText: 'bulbs' }).waitFor();
    await eventually(
      'only what fits is listed',
      5000,
      async () => (await row(page, '').count()) === 1,
    );
    await page.keyboard.type(' is:una');
    const offers = page.getByRole('list', { name: 'Ways to go on' });
    await offers.getByRole('button', { name: 'unassigned' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const chip = page.getByRole('button', { name: 'Remove the filter is:unassigned' });
    await chip.waitFor();
    await found.waitFor();
    const field = page.getByRole('searchbox', { name: 'Search all tickets' });
    expect(await field.inputValue()).toBe('bulb is:unassigned ');
    await chip.click();
    await field.fill('delivrey');
    await row(page, 'Late parcel').waitFor();
  });

  test('a filter that can not be read says where and what helps', async () => {
    const page = await stage.visit(owner, '/app/v/all?q=status%3Aopne');
    await page.getByText("This search can't be read yet").waitFor();
    await page.getByText('take one of new, open').waitFor();
  });
});
