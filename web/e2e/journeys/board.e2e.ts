import type { Page as BrowserPage } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Team } from '@evenkeel/api';
import { Api, COLLEAGUE } from '../support/api';
import { violations } from '../support/axe';
import { conversation, row } from '../support/desk';
import { Stage } from '../support/stage';
import { eventually } from '../support/wait';

const stage = Stage.forFile();
const LEAD = { name: 'Lea Brandt', email: 'lea@harbour.test', password: 'steady hands on deck' };
const FRESH_MS = 1500;

let owner: Api;
let lead: Api;
let agent: Api;
let team: Team;
beforeAll(async () => {
  owner = await Api.setUp(stage.url);
  lead = await owner.colleague(LEAD, 'lead');
  agent = await owner.colleague(COLLEAGUE);
  team = await owner.post<Team>('/teams', { name: 'Roastery', member_ids: [agent.me.agent.id] });
  await agent.call('PUT', '/me/state', { state: 'available', reason: null });
  const target = {
    metric: 'first_reply',
    priority: 'normal',
    minutes: 30,
    hours: 'calendar',
    warn: null,
  };
  await owner.post('/sla-policies', { name: 'Standard', targets: [target], schedule_id: null });
});

const roastery = (page: BrowserPage) => page.getByRole('region', { name: 'Roastery' });

describe('the board', () => {
  test('shows a new ticket within a second or so, and opens it', async () => {
    const page = await stage.visit(lead, '/app/board');
    const figures = roastery(page);
    await figures.getByRole('link', { name: '0 Waiting now' }).waitFor();
    await owner.ticket({ subject: 'Cold beans', team_id: team.id }, 'They came cold.');
    await figures.getByRole('link', { name: '1 Waiting now' }).waitFor({ timeout: FRESH_MS });
    await figures.getByRole('link', { name: '1 Due within the hour' }).waitFor();
    await figures.getByText('Too few to say').waitFor();
    expect(await violations(page)).toEqual([]);

    await figures.getByRole('link', { name: '1 Due within the hour' }).click();
    await row(page, 'Cold beans').click();
    await conversation(page).getByRole('heading', { name: 'Cold beans' }).waitFor();
  });

  test('lets a lead change what a colleague does, but not make them available', async () => {
    const page = await stage.visit(lead, '/app/v/all');
    await page.getByRole('link', { name: 'Board' }).click();
    await roastery(page).getByRole('button', { name: 'Available 1' }).click();
    const panel = page.getByRole('dialog', { name: 'Who is in this state: Available' });
    await panel.getByText(COLLEAGUE.name).waitFor();
    await panel.getByRole('button', { name: 'Change' }).click();
    expect(await page.getByRole('menuitem', { name: 'Available' }).count()).toBe(0);
    await page.getByRole('menuitem', { name: 'Break' }).click();
    await roastery(page).getByRole('button', { name: 'Break 1' }).waitFor({ timeout: FRESH_MS });
    await eventually('the server says so too', 5000, async () => {
      const { items } = await lead.get<{ items: { agent_id: number; state: string }[] }>('/states');
      return items.some((it) => it.agent_id === agent.me.agent.id && it.state === 'break');
    });
  });

  test('is not for agents', async () => {
    const page = await stage.visit(agent, '/app/board');
    await page.waitForURL('**/app/v/mine');
    expect(await page.getByRole('link', { name: 'Board' }).count()).toBe(0);
    await expect(agent.get('/board')).rejects.toThrow('403');
  });
});
