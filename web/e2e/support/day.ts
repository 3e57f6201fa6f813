/** A desk with three teams, set up for a busy day. */
import type { Page as BrowserPage } from 'playwright-core';
import type { Page as Items, Team, Ticket, TicketRow } from '@evenkeel/api';
import { Api, COLLEAGUE } from './api';
import { messages } from './desk';
import { smtps } from './mail';
import type { Stage } from './stage';
import { eventually } from './wait';

const LEAD = { name: 'Lea Brandt', email: 'lea@harbour.test', password: 'steady hands on deck' };
const NORA = { name: 'Nora Pires', email: 'nora@harbour.test', password: 'seven calm lighthouses' };

const SOON_MS = 15_000;
/** What an agent can carry, and how much of it routing fills: eight tickets. */
const UNITS_MAX = 10;
const CEILING = 85;
export const IN_HAND_MAX = 8;
/** How soon a first reply is promised, in minutes. */
export const FIRST_REPLY = { urgent: 20, normal: 60 } as const;

/** Somebody at work: their hands on the API and their eyes on a page. */
export type Person = { name: string; id: number; api: Api; page: BrowserPage };
export type TeamName = 'Roastery' | 'Billing' | 'Repairs';

export type Day = {
  owner: Api;
  lea: Person;
  jonas: Person;
  nora: Person;
  teams: Record<TeamName, Team>;
  inbox: string;
  /** The mailbox that gets what any customer gets. */
  customers: string;
};

/** Opens the desk: people, teams, skills, promises, rules, queues. */
export async function openDesk(
  stage: Stage,
  { inbox, customers }: Pick<Day, 'inbox' | 'customers'>,
): Promise<Day> {
  const owner = await Api.setUp(stage.url);
  const lea = await person(stage, await owner.colleague(LEAD, 'lead'), '/app/board');
  const jonas = await person(stage, await owner.colleague(COLLEAGUE), '/app/v/mine');
  const nora = await person(stage, await owner.colleague(NORA), '/app/v/mine');
  const members = [jonas.id, nora.id];
  const team = (name: TeamName) => owner.post<Team>('/teams', { name, member_ids: members });
  const teams = {
    Roastery: await team('Roastery'),
    Billing: await team('Billing'),
    Repairs: await team('Repairs'),
  };
  const access = { ...smtps(), security: 'tls', username: inbox, password: 'practice' };
  await owner.post('/inboxes', { name: 'Harbour', address: inbox, smtp: access });
  await speakSpanish(owner, nora, [jonas]);
  await promiseReplies(owner);
  await sortByRules(owner, teams);
  await shareOut(owner, teams);
  await owner.post('/escalation-paths', {
    name: 'Refunds',
    steps: [{ agent_id: lea.id, when: 'Above 500', minutes: 60 }],
  });
  return { owner, lea, jonas, nora, teams, inbox, customers };
}

async function person(stage: Stage, api: Api, at: string): Promise<Person> {
  const page = await stage.visit(api, at);
  return { name: api.me.agent.name, id: api.me.agent.id, api, page };
}

async function speakSpanish(owner: Api, speaker: Person, others: Person[]): Promise<void> {
  const skill = await owner.post<{ id: number }>('/skills', {
    name: 'Spanish',
    kind: 'language',
    language: 'es',
    language_level: 3,
  });
  const { agents } = await owner.get<{ agents: { agent_id: number; version: number }[] }>(
    '/routing',
  );
  for (const { id } of [speaker, ...others]) {
    const version = agents.find(({ agent_id: agent }) => agent === id)?.version ?? 0;
    const skills = id === speaker.id ? [{ skill_id: skill.id, level: 4 }] : [];
    const abilities = { skills, units_max: UNITS_MAX, version };
    await owner.call('PUT', `/agents/${id}/abilities`, abilities);
  }
}

async function promiseReplies(owner: Api): Promise<void> {
  const target = (priority: keyof typeof FIRST_REPLY) => ({
    metric: 'first_reply',
    priority,
    minutes: FIRST_REPLY[priority],
    hours: 'calendar',
    warn: null,
  });
  await owner.post('/sla-policies', {
    name: 'Standard',
    targets: [target('urgent'), target('normal')],
    schedule_id: null,
  });
}

/** Invoices, repairs, and all the rest; what says it is urgent is. */
async function sortByRules(owner: Api, teams: Day['teams']): Promise<void> {
  const rule = (name: string, word: string | null, action: object, stops = false) => {
    const all = word === null ? [] : [{ field: 'subject', op: 'contains', value: word }];
    return owner.post('/rules', {
      name,
      enabled: true,
      definition: {
        when: { type: 'event', events: ['ticket_created'] },
        conditions: { all },
        actions: [action],
        stops,
      },
    });
  };
  const to = (team: TeamName) => ({ action: 'set_team', team_id: teams[team].id });
  await rule('Urgent first', 'Urgent', { action: 'set_priority', priority: 'urgent' });
  await rule('Invoices to Billing', 'Invoice', to('Billing'), true);
  await rule('Repairs to Repairs', 'Repair', to('Repairs'), true);
  await rule('The rest to the Roastery', null, to('Roastery'));
}

/** The Roastery's tickets are assigned, Billing's offered, and Repairs are picked by hand. */
async function shareOut(owner: Api, teams: Day['teams']): Promise<void> {
  for (const [name, mode] of [
    ['Roastery', 'auto'],
    ['Billing', 'push'],
  ] as const) {
    const queue = {
      channel: 'email',
      mode,
      strategy: 'longest_idle',
      previous_agent_first: false,
      account_owner_first: false,
      units: 1,
      offer_seconds: 300,
      closed: 'wait',
    };
    await owner.call('PUT', `/routing/teams/${teams[name].id}`, {
      version: 0,
      ceiling_min: 50,
      ceiling_max: CEILING,
      recovery_minutes: 5,
      queues: [queue],
    });
  }
}

export type Written = { from: string; subject: string; text: string; answers?: Written };

const messageId = ({ from, subject }: Written) => `<${subject.replaceAll(/\W+/g, '-')}-${from}>`;

/** A mail as it comes off the wire; answers the ticket it went to. */
export function write({ owner, inbox }: Day, mail: Written): Promise<number> {
  const { from, subject, text, answers } = mail;
  const lines = [
    `From: <${from}>`,
    `To: <${inbox}>`,
    `Subject: ${subject}`,
    `Message-ID: ${messageId(mail)}`,
    ...(answers ? [`In-Reply-To: ${messageId(answers)}`] : []),
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    text,
    '',
  ];
  return owner.receive(lines.join('\r\n'), inbox);
}

/** A new mail, and who routing gave it to. */
export async function given(day: Day, mail: Written): Promise<{ id: number; who: Person }> {
  const id = await write(day, mail);
  const assignee = await eventually('somebody has it', SOON_MS, async () => {
    const ticket = await day.owner.get<Ticket>(`/tickets/${id}`);
    return ticket.assignee_id ?? undefined;
  });
  const who = [day.nora, day.jonas].find((each) => each.id === assignee);
  if (!who) throw new Error(`ticket ${id} went to agent ${assignee}`);
  await who.page.goto(new URL(`/app/t/${id}`, who.page.url()).href);
  await messages(who.page).getByText(mail.text).waitFor();
  return { id, who };
}

/** Every ticket that a view shows, over all its pages. */
export async function rows(api: Api, view: string): Promise<TicketRow[]> {
  const found: TicketRow[] = [];
  let cursor = '';
  for (;;) {
    const path = `/tickets?view=${view}&limit=100${cursor}`;
    const { items, next } = await api.get<Items<TicketRow>>(path);
    found.push(...items);
    if (!next) return found;
    cursor = `&cursor=${encodeURIComponent(next)}`;
  }
}

export const isActive = ({ status }: TicketRow): boolean => status === 'new' || status === 'open';

/** Answers and solves a ticket, past the time to undo. */
export async function answer({ api, name }: Person, id: number): Promise<void> {
  const { last_number: seen } = await api.get<Ticket>(`/tickets/${id}`);
  await api.post(`/tickets/${id}/replies`, {
    html: `<p>It is on its way. ${name}</p>`,
    seen_number: seen,
    status_after: 'solved',
  });
  await api.call('POST', `/tickets/${id}/replies/${seen + 1}/send-now`);
}

/** Says by the menu what somebody does now. */
export async function choose({ page }: Person, from: string, to: string): Promise<void> {
  await page.getByRole('button', { name: `What I’m doing: ${from}`, exact: true }).click();
  await page.getByRole('menuitem', { name: new RegExp(`^${to}`) }).click();
  await page.getByRole('button', { name: `What I’m doing: ${to}`, exact: true }).waitFor();
}
