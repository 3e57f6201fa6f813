/** A desk with something of everything set up, and the screens that show it. */
import type { Page } from 'playwright-core';
import type { Field, Form, Team, TicketRow } from '@evenkeel/api';
import type { Api } from './api';
import type { Screen } from './screens';
import { eventually } from './wait';

const overlay = '[role=dialog], [role=alertdialog]';
const OFFERED_WITHIN_MS = 15_000;
const DAY_MS = 86_400_000;

type Made = { id: number };
/** What was made that has a page of its own. */
export type Furnished = { schedule: number; policy: number; rule: number; view: number };

const WORKDAY = [
  { from: '09:00', to: '12:30' },
  { from: '13:30', to: '18:00' },
];

/** Sets the desk up by the API. */
export async function furnish(owner: Api, open: TicketRow): Promise<Furnished> {
  await fieldsAndForm(owner);
  const schedule = await owner.post<Made>('/schedules', {
    name: 'Office hours',
    time_zone: 'Europe/Berlin',
    week: {
      monday: WORKDAY,
      tuesday: WORKDAY,
      wednesday: WORKDAY,
      thursday: WORKDAY,
      friday: [{ from: '09:00', to: '15:00' }],
      saturday: [],
      sunday: [],
    },
    holidays: [{ date: '2026-12-25', kind: 'closed', name: 'Christmas Day', yearly: true }],
  });
  const policy = await owner.post<Made>('/sla-policies', {
    name: 'Standard',
    targets: ['low', 'normal', 'high', 'urgent'].map((priority, at) => ({
      metric: 'first_reply',
      priority,
      minutes: 480 / (at + 1),
      hours: 'business',
      warn: { percent: 75 },
    })),
    schedule_id: schedule.id,
  });
  const view = await owner.post<Made>('/views', {
    name: 'Urgent and unassigned',
    scope: 'shared',
    definition: {
      columns: ['snippet', 'status', 'team', 'tags'],
      conditions: { all: [{ field: 'priority', op: 'one_of', value: ['high', 'urgent'] }] },
      density: 'comfortable',
      sort: 'created_at',
      group: 'status',
    },
  });
  const rule = await owner.post<Made>('/rules', {
    name: 'Refunds are urgent',
    enabled: true,
    definition: {
      when: { type: 'event', events: ['ticket_created'] },
      conditions: { all: [{ field: 'subject', op: 'contains', value: 'refund' }] },
      actions: [{ action: 'set_priority', priority: 'urgent' }],
    },
  });
  await owner.post('/webhooks', {
    name: 'Shop',
    url: 'https://hook.invalid/desk',
    enabled: true,
    kinds: ['ticket.created'],
    with_ticket: true,
  });
  await care(owner);
  await together(owner, open);
  await offer(owner);
  await passOn(owner);
  return { schedule: schedule.id, policy: policy.id, rule: rule.id, view: view.id };
}

async function fieldsAndForm(owner: Api): Promise<void> {
  const reason = await owner.post<Field>('/fields', {
    label: 'Reason',
    type: 'choice',
    options: [
      { label: 'Delivery', depth: 0 },
      { label: 'Late', depth: 1 },
      { label: 'Lost on the way', depth: 1 },
      { label: 'Product', depth: 0 },
    ],
  });
  const order = await owner.post<Field>('/fields', { label: 'Order number', type: 'order' });
  const [{ id: first }, { id: second }] = [reason, order];
  await owner.post<Form>('/forms', {
    name: 'Orders',
    is_default: true,
    fields: [
      { field_id: first, required_on_create: false, required_on_solve: true },
      { field_id: second, required_on_create: false, required_on_solve: false },
    ],
  });
}

async function care(owner: Api): Promise<void> {
  await owner.call('PUT', '/survey-settings', {
    scope: 'workspace',
    scope_id: 0,
    version: 0,
    enabled: true,
    language: 'en',
    delay_minutes: 60,
    apart_days: 30,
    sample_percent: 100,
    change_days: 7,
  });
}

async function together(owner: Api, open: TicketRow): Promise<void> {
  await owner.post('/checklists', {
    name: 'Return of a machine',
    items: [
      { title: 'Ask for photos', required: true, minutes: 60 },
      { title: 'Book the courier', required: false },
    ],
  });
  const path = await owner.post<Made>('/escalation-paths', {
    name: 'Refunds',
    steps: [{ agent_id: owner.me.agent.id, when: 'Above 500', minutes: 60 }],
  });
  await owner.post(`/tickets/${open.id}/promises`, {
    note: 'Write about the parcel',
    due_at: new Date(Date.now() + DAY_MS).toISOString(),
  });
  await owner.post(`/tickets/${open.id}/tasks`, { title: 'Check the address', required: true });
  await owner.post(`/tickets/${open.id}/escalations`, {
    path_id: path.id,
    step: 0,
    note: {
      summary: 'A lost lamp',
      tried: 'Asked the carrier',
      expected: 'A new lamp, or the money back',
    },
  });
}

/** Lays a ticket before the owner. */
async function offer(owner: Api): Promise<void> {
  const me = owner.me.agent.id;
  await owner.post('/skills', { name: 'Portuguese', kind: 'language', language: 'pt' });
  const team = await owner.post<Team>('/teams', { name: 'Front desk', member_ids: [me] });
  const queue = {
    channel: 'api',
    mode: 'push',
    strategy: 'longest_idle',
    previous_agent_first: true,
    account_owner_first: false,
    units: 1,
    offer_seconds: 600,
    closed: 'route',
  };
  await owner.call('PUT', `/routing/teams/${team.id}`, {
    version: 0,
    ceiling_min: 50,
    ceiling_max: 100,
    recovery_minutes: 5,
    queues: [queue],
  });
  await owner.call('PUT', '/me/state', { state: 'available', reason: null });
  await owner.ticket({ subject: 'A lamp for the harbour office', team_id: team.id }, 'Please.');
  await eventually('the ticket is offered', OFFERED_WITHIN_MS, async () => {
    const { items } = await owner.get<{ items: object[] }>('/offers');
    return items.length === 1;
  });
}

/** Hands one ticket over to a colleague, and keeps another that could go too. */
async function passOn(owner: Api): Promise<void> {
  const me = owner.me.agent.id;
  const { items } = await owner.get<{ items: { id: number; role: string }[] }>('/agents');
  const colleague = items.find(({ id, role }) => id !== me && role === 'agent');
  if (!colleague) throw new Error('the demo has no other agent');
  const mine = { assignee_id: me };
  const given = await owner.ticket({ ...mine, subject: 'The harbour lights' }, 'Are they on?');
  await owner.ticket({ ...mine, subject: 'A lamp for the stairs' }, 'When does it come?');
  await owner.post('/hand-overs', {
    to_agent_id: colleague.id,
    to_team_id: null,
    note: 'A quiet afternoon; only the lights are left.',
    tickets: [{ ticket_id: given.id, moves: true, note: 'She calls again at six.' }],
  });
}

const shows = (page: Page) => page.locator(overlay).first().waitFor();

/** What I do now is loaded after the rest, and on a phone folded away. */
const statesAreThere = (page: Page) =>
  page.locator('[class*=stateButton]').waitFor({ state: 'attached' });

/** The button that makes something new: the first of the page without a name of its own. */
async function makesNew(page: Page): Promise<void> {
  await page.locator('#main header button, main header button').last().click();
  await shows(page);
}

/** The nth row's first button. */
const opensRow = (table: number) => async (page: Page) => {
  await page.locator('table').nth(table).locator('tbody tr button').first().click();
  await shows(page);
};

/** What admins set up. */
export function adminScreens({ schedule, policy, rule }: Furnished): Screen[] {
  const admin = (name: string, rest = '', prepare?: Screen['prepare']): Screen => ({
    name: `admin-${name}${rest === '' ? '' : '-one'}${prepare ? '-dialog' : ''}`,
    at: `/app/admin/${name}${rest}`,
    ...(prepare && { prepare }),
  });
  return [
    admin('macros', '', makesNew),
    admin('fields'),
    admin('fields', '', makesNew),
    admin('forms'),
    admin('forms', '', makesNew),
    admin('schedules'),
    admin('schedules', `/${schedule}`),
    admin('sla'),
    admin('sla', `/${policy}`),
    admin('routing'),
    admin('routing', '', opensRow(0)),
    { ...admin('routing', '', opensRow(1)), name: 'admin-routing-skill' },
    { ...admin('routing', '', opensRow(2)), name: 'admin-routing-person' },
    admin('rules'),
    admin('rules', `/${rule}`),
    { ...admin('rules', '/new'), name: 'admin-rules-new' },
    admin('webhooks'),
    admin('webhooks', '', makesNew),
    admin('surveys'),
    admin('surveys', '', makesNew),
    admin('abuse'),
    admin('escalations'),
    admin('escalations', '', makesNew),
    admin('checklists'),
    admin('checklists', '', makesNew),
  ];
}

/** What agents and leads work with. */
export function deskScreens({ view }: Furnished, open: TicketRow): Screen[] {
  const ticket = `/app/v/all/t/${open.id}`;
  return [
    { name: 'board', at: '/app/board' },
    { name: 'day', at: '/app/day' },
    { name: 'care-words', at: '/app/care/words' },
    { name: 'care-mine', at: '/app/care/mine' },
    { name: 'care-about', at: '/app/care/about' },
    { name: 'care-limits', at: '/app/care/limits' },
    { name: 'saved-view', at: `/app/v/saved:${view}` },
    {
      name: 'view-dialog',
      at: '/app/v/all',
      prepare: async (page) => {
        // On a phone the sidebar is folded away.
        await page
          .locator('aside nav button')
          .first()
          .evaluate((it: HTMLElement) => it.click());
        await shows(page);
      },
    },
    { name: 'search-results', at: '/app/v/all?q=lamp' },
    { name: 'search-problem', at: '/app/v/all?q=status%3Aopne' },
    {
      name: 'search-complete',
      at: '/app/v/all',
      prepare: async (page) => {
        await page.keyboard.press('/');
        await page.keyboard.type('is:');
        await page.locator('[class*=offers] button').first().waitFor();
      },
    },
    {
      name: 'state-menu',
      at: '/app/v/all',
      prepare: async (page) => {
        await statesAreThere(page);
        await page.keyboard.press('v');
        await page.locator('[role=menu]').waitFor();
      },
    },
    {
      name: 'hand-over',
      at: '/app/day',
      prepare: async (page) => {
        await statesAreThere(page);
        await page.keyboard.press('v');
        await page.locator('[role=menuitem]').last().click();
        await page.locator(`${overlay} li`).first().waitFor();
      },
    },
    {
      name: 'many',
      at: '/app/v/all',
      prepare: async (page) => {
        await page.locator('[class*=rows] a').first().waitFor();
        for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key);
      },
    },
    {
      name: 'merge',
      at: ticket,
      prepare: async (page) => {
        await page.locator('[class*=tools] button[aria-haspopup]').last().click();
        await page.locator('[role=menuitem]:has(svg.lucide-merge)').click();
        await shows(page);
      },
    },
    {
      name: 'tag-picker',
      at: ticket,
      prepare: (page) => page.keyboard.press('t'),
    },
    {
      name: 'abuse-dialog',
      at: ticket,
      prepare: async (page) => {
        await page.keyboard.press('Shift+A');
        await shows(page);
      },
    },
    {
      name: 'together',
      at: ticket,
      prepare: (page) =>
        page.locator('section[class*=together]').evaluate((part) => part.scrollIntoView()),
    },
  ];
}
