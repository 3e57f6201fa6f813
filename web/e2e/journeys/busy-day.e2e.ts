import { describe, expect, test } from 'vitest';
import type { EventItem, MessageItem, SlaClock, Ticket } from '@evenkeel/api';
import { handOver, mergeAndUnmerge } from '../support/afternoon';
import {
  FIRST_REPLY,
  IN_HAND_MAX,
  answer,
  choose,
  given,
  isActive,
  openDesk,
  rows,
  write,
  type Day,
  type Person,
  type TeamName,
} from '../support/day';
import { conversation, messages, row } from '../support/desk';
import { ENGINES } from '../support/engines';
import { MailProgram } from '../support/mail';
import { Stage } from '../support/stage';
import { eventually } from '../support/wait';

const SOON_MS = 15_000;
/** Both engines share the mail server, so each has an inbox and customers of its own. */
const MAILBOXES: Record<string, { inbox: string; customers: string }> = {
  SQLite: { inbox: 'u12@mail.test', customers: 'u14' },
  PostgreSQL: { inbox: 'u13@mail.test', customers: 'u11' },
};

type Mail = { subject: string; team: TeamName; isSpanish: boolean; isUrgent: boolean };
/** What came in, by ticket. */
type Told = Map<number, Mail & { from: string }>;

type Plan = readonly (Mail & { count: number })[];
const ORDINARY = { isSpanish: false, isUrgent: false };
/** 198 ordinary tickets in all; one more goes up the line, and one is from Rex. */
const MORNING: Plan = [
  { ...ORDINARY, count: 86, subject: 'Beans', team: 'Roastery' },
  { ...ORDINARY, count: 30, subject: 'Repair', team: 'Repairs' },
  { ...ORDINARY, count: 24, subject: 'Café', team: 'Roastery', isSpanish: true },
  { ...ORDINARY, count: IN_HAND_MAX, subject: 'Urgent', team: 'Roastery', isUrgent: true },
];
const NOON: Plan = [{ ...ORDINARY, count: 50, subject: 'Invoice', team: 'Billing' }];
/** With the two about a kettle and the late one of the afternoon. */
const TICKETS_COUNT = 203;

const ENGLISH = 'Hello, I ordered two bags last week and nothing has arrived. Where are they?';
const SPANISH =
  'Hola, pedí dos bolsas de café la semana pasada y todavía no han llegado. ¿Dónde están?';

describe.sequential.each(ENGINES)('a busy day on $name', (engine) => {
  const stage = Stage.onEngine(engine);

  test('everybody gets what is theirs, in time', { timeout: 300_000 }, async () => {
    const mailboxes = MAILBOXES[engine.name];
    if (!mailboxes) throw new Error(`${engine.name} has no mailboxes`);
    const day = await openDesk(stage, mailboxes);
    const told: Told = new Map();
    await morning(day, told);
    await atWork(day, told);
    expect(await workThrough(day, 'Roastery')).toBe(IN_HAND_MAX);
    await offers(day, told);
    expect(await workThrough(day, 'Billing')).toBeLessThanOrEqual(IN_HAND_MAX);
    await pickByHand(day);
    await escalate(day);
    await mergeAndUnmerge(day);
    await abuse(day);
    await handOver(day);
    await evening(day, told);
  });
});

async function mailComesIn(day: Day, told: Told, plan: Plan): Promise<void> {
  for (const { count, ...mail } of plan) {
    for (let at = 0; at < count; at += 1) {
      const subject = `${mail.subject} ${at}`;
      const from = `${day.customers}+${told.size}@mail.test`;
      const text = mail.isSpanish ? SPANISH : ENGLISH;
      told.set(await write(day, { from, subject, text }), { ...mail, subject, from });
    }
  }
}

/** Before anybody is there: every mail finds its team and its promise, and waits. */
async function morning(day: Day, told: Told): Promise<void> {
  await mailComesIn(day, told, MORNING);
  const waiting = await eventually('every ticket has a team', SOON_MS, async () => {
    const all = await rows(day.owner, 'unassigned');
    const isSorted = all.every(({ team_id: team }) => team !== null);
    return all.length === told.size && isSorted && all;
  });
  for (const { id, subject, team_id: team, priority } of waiting) {
    const mail = told.get(id);
    expect(subject).toBe(mail?.subject);
    expect([subject, team]).toEqual([subject, mail && day.teams[mail.team].id]);
    expect([subject, priority]).toEqual([subject, mail?.isUrgent ? 'urgent' : 'normal']);
  }
  // The lead sees it coming without loading anything anew.
  await waits(day, 'Roastery', 118);
  await waits(day, 'Repairs', 30);
}

/** The board says how many tickets of a team wait for somebody. */
function waits({ lea }: Day, team: TeamName, count: number): Promise<void> {
  const figures = lea.page.getByRole('region', { name: team });
  return figures.getByRole('link', { name: `${count} Waiting now` }).waitFor({ timeout: SOON_MS });
}

/** Two come in one after the other; routing fills their hands, the urgent and the oldest first. */
async function atWork(day: Day, told: Told): Promise<void> {
  const { nora, jonas } = day;
  for (const [who, subject] of [
    [nora, 'Urgent'],
    [jonas, 'Beans'],
  ] as const) {
    await choose(who, 'Offline', 'Available');
    const mine = await eventually(`${who.name} has their hands full`, SOON_MS, async () => {
      const all = await rows(who.api, 'mine');
      return all.length >= IN_HAND_MAX && all;
    });
    const subjects = mine.map(({ id }) => told.get(id)?.subject).toSorted();
    const first = Array.from({ length: IN_HAND_MAX }, (_, at) => `${subject} ${at}`);
    expect(subjects).toEqual(first);
    await row(who.page, `${subject} 0`).waitFor();
  }
  await waits(day, 'Roastery', 118 - 2 * IN_HAND_MAX);
}

/** Both answer what comes to them until nothing of a team is left; how much they ever had. */
async function workThrough(day: Day, team: TeamName): Promise<number> {
  const [people, { id }] = [[day.nora, day.jonas], day.teams[team]];
  const inHand: number[] = [];
  await eventually(`nothing of ${team} is left`, 120_000, async () => {
    for (const who of people) {
      const { items } = await who.api.get<{ items: { id: number }[] }>('/offers');
      for (const offer of items) await who.api.call('POST', `/offers/${offer.id}/accept`);
      const mine = (await rows(who.api, 'mine')).filter(isActive);
      inHand.push(mine.length);
      for (const ticket of mine) await answer(who, ticket.id);
    }
    const open = (await rows(day.owner, 'all')).filter(isActive);
    return open.every((ticket) => ticket.team_id !== id);
  });
  return Math.max(...inHand);
}

/** Invoices are offered: Nora rests, Jonas passes the first one on, and she takes it. */
async function offers(day: Day, told: Told): Promise<void> {
  const { nora, jonas } = day;
  await choose(nora, 'Available', 'Break');
  await mailComesIn(day, told, NOON);
  const [his, hers] = [jonas, nora].map(({ page }) =>
    page.getByRole('region', { name: 'Offered to you' }),
  );
  await his?.getByText('Invoice 0', { exact: true }).waitFor({ timeout: SOON_MS });
  expect(await hers?.count()).toBe(0);
  await his?.getByRole('button', { name: 'Pass it on' }).click();
  await his?.getByText('Invoice 1', { exact: true }).waitFor({ timeout: SOON_MS });
  await choose(nora, 'Break', 'Available');
  await hers?.getByText('Invoice 0', { exact: true }).waitFor({ timeout: SOON_MS });
  await hers?.getByRole('button', { name: 'Take it' }).click();
  await conversation(nora.page).getByRole('heading', { name: 'Invoice 0' }).waitFor();
  await conversation(nora.page).getByText(`${jonas.name} passed this on`).waitFor();
  const [first] = await rows(nora.api, 'mine');
  expect(first).toMatchObject({ subject: 'Invoice 0', assignee_id: nora.id });
}

/** Nobody shares repairs out: Jonas takes one by a key, and both work the others off. */
async function pickByHand(day: Day): Promise<void> {
  const { nora, jonas, owner } = day;
  await waits(day, 'Repairs', 30);
  const page = jonas.page;
  await page.goto(new URL('/app/v/unassigned', page.url()).href);
  await row(page, 'Repair 29').click();
  await messages(page).getByText(ENGLISH).waitFor();
  await page.keyboard.press('m');
  await eventually('the ticket is his', SOON_MS, async () => {
    const [mine] = (await rows(jonas.api, 'mine')).filter(isActive);
    return mine?.subject === 'Repair 29' && mine.assignee_id === jonas.id;
  });
  await waits(day, 'Repairs', 29);
  const left = (await rows(owner, 'unassigned')).filter(isActive);
  expect(left).toHaveLength(29);
  for (const [at, { id, version }] of left.entries()) {
    const who = at % 2 === 0 ? nora : jonas;
    await who.api.call('PATCH', `/tickets/${id}`, { version, assignee_id: who.id });
  }
  await workThrough(day, 'Repairs');
  await waits(day, 'Repairs', 0);
}

/** One goes up the line: the lead takes it, and whoever had it stays the customer's contact. */
async function escalate(day: Day): Promise<void> {
  const from = `${day.customers}+line@mail.test`;
  const { id, who } = await given(day, { from, subject: 'A refund', text: 'Of 700, please.' });
  const together = who.page.getByRole('region', { name: 'Together' });
  await together.getByRole('button', { name: 'Do together' }).click();
  await who.page.getByRole('menuitem', { name: 'Escalate…' }).click();
  const dialog = who.page.getByRole('dialog');
  await dialog.getByRole('button', { name: /To whom/ }).click();
  await who.page.getByRole('option', { name: /Refunds/ }).click();
  await dialog.getByLabel('What it is about').fill('A refund above 500');
  await dialog.getByLabel('What was tried').fill('Asked for the order');
  await dialog.getByLabel('What the customer expects').fill('Money by Friday');
  await dialog.getByRole('button', { name: 'Escalate', exact: true }).click();
  await together.getByText("You remain the customer's contact.").waitFor();

  const hers = day.lea.page;
  await hers.goto(new URL('/app/day', hers.url()).href);
  await hers.getByText('A refund', { exact: true }).click();
  const other = hers.getByRole('region', { name: 'Together' });
  await other.getByRole('button', { name: 'Take it' }).click();
  await together.getByText(`${day.lea.name} took the escalation`).waitFor({ timeout: SOON_MS });
  const { escalation } = await who.api.get<{ escalation: object }>(`/tickets/${id}/together`);
  expect(escalation).toMatchObject({
    state: 'taken',
    owner_id: who.id,
    to_agent_id: day.lea.id,
    taken_by: day.lea.id,
  });
  await answer(who, id);
}

/** Rex insults: he is warned, goes on, is handed over and blocked; nobody hears him again. */
async function abuse(day: Day): Promise<void> {
  const rex = `${day.customers}+rex@mail.test`;
  const insult = { from: rex, subject: 'You', text: 'You are too stupid for this.' };
  const { id, who } = await given(day, insult);
  const dialog = who.page.getByRole('dialog', { name: 'Abusive message' });
  await mark(who);
  const warning = dialog.getByRole('region', { name: 'Warn', exact: true });
  await warning.getByRole('button', { name: 'Send the warning' }).click();
  await dialog.waitFor({ state: 'detached' });
  const again = {
    from: rex,
    subject: 'Re: You',
    text: 'Still too stupid, I see.',
    answers: insult,
  };
  expect(await write(day, again)).toBe(id);
  await messages(who.page).getByText(again.text).waitFor();
  await mark(who);
  await dialog.getByRole('button', { name: 'Hand over and pause' }).click();
  await dialog.waitFor({ state: 'detached' });
  const load = await who.api.get<{ recovery_until: string | null }>('/me/load');
  expect(Date.parse(load.recovery_until ?? '')).toBeGreaterThan(Date.now());

  const leads = day.lea.page;
  await leads.goto(new URL(`/app/t/${id}`, leads.url()).href);
  await conversation(leads).getByText('Marked as abusive: Insult.').first().waitFor();
  await leads.keyboard.press('Shift+A');
  const limits = leads.getByRole('region', { name: 'Restrict or block' });
  await limits
    .getByText(/^Block/)
    .first()
    .click();
  await limits.getByLabel('Why?').fill('He went on after a warning.');
  await limits.getByRole('button', { name: 'Block', exact: true }).click();
  const shield = leads.getByRole('region', { name: 'Protection from abuse' });
  await shield.getByText('Blocked').waitFor();
  const aside = await write(day, { from: rex, subject: 'Answer me', text: 'Now!' });
  const { place, assignee_id: nobody } = await day.owner.get<Ticket>(`/tickets/${aside}`);
  expect([place, nobody]).toEqual(['bulk', null]);
}

async function mark({ page }: Person): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Abusive message' });
  // The key means nothing until it is known which steps may be taken.
  await eventually('the key opens the dialog', SOON_MS, async () => {
    if (!(await dialog.isVisible())) await page.keyboard.press('Shift+A');
    return dialog.isVisible();
  });
  await dialog.getByText('Insult', { exact: true }).click();
  await dialog.getByRole('button', { name: 'Mark as abusive' }).click();
  await dialog.getByRole('heading', { name: 'You don’t have to go on with this' }).waitFor();
}

/** What the day came to: who answered what, and whether it was in time. */
async function evening(day: Day, told: Told): Promise<void> {
  const solved = await rows(day.owner, 'solved');
  const open = await rows(day.owner, 'all');
  // What Rex wrote stays open, and of that is nothing lost.
  expect(solved.length + open.length).toBe(TICKETS_COUNT);
  const answers = new Map<number, number>();
  for (const [id, mail] of told) {
    const by = await fairlyAnswered(day, id, mail);
    answers.set(by, (answers.get(by) ?? 0) + 1);
  }
  expect([...answers.keys()].toSorted()).toEqual([day.jonas.id, day.nora.id].toSorted());
  for (const count of answers.values()) expect(count).toBeGreaterThan(told.size / 5);
  const board = await day.lea.api.get<{
    teams: { team_id: number | null; overdue: { count: number }; first_replies: Replies }[];
  }>('/board');
  for (const [team, count] of [
    ['Billing', 50],
    ['Repairs', 30],
  ] as const) {
    const standing = board.teams.find(({ team_id: each }) => each === day.teams[team].id);
    expect(standing?.overdue.count).toBe(0);
    expect(standing?.first_replies).toMatchObject({ in_time: { count }, late: { count: 0 } });
  }
  const customer = new MailProgram(`${day.customers}@mail.test`, 'A customer');
  for (const subject of ['Urgent 7', 'Invoice 49', 'Repair 29']) await customer.arrived(subject, 1);
}

type Replies = { in_time: { count: number }; late: { count: number } };

/** One answer, by somebody who may, once it was theirs and in time; answers by whom. */
async function fairlyAnswered({ owner, nora }: Day, id: number, mail: Mail): Promise<number> {
  const items = await owner.timeline(id);
  const said = items.filter((it): it is MessageItem & { type: 'message' } => it.type === 'message');
  expect([mail.subject, said.map(({ kind }) => kind)]).toEqual([mail.subject, ['in', 'out']]);
  const [question, reply] = said;
  const by = reply?.author.id ?? 0;
  if (mail.isSpanish) expect([mail.subject, by]).toEqual([mail.subject, nora.id]);
  const routed = items
    .filter((it): it is EventItem & { type: 'event' } => it.type === 'event')
    .filter(({ kind }) => kind === 'ticket.routed')
    .at(-1)?.changes;
  if (mail.team === 'Repairs') {
    expect([mail.subject, routed]).toEqual([mail.subject, undefined]);
  } else {
    const deed = mail.team === 'Billing' ? 'offered' : 'assigned';
    expect([mail.subject, routed?.deed?.to, routed?.chosen?.to]).toEqual([mail.subject, deed, by]);
  }
  const clocks = await owner.get<{ items: SlaClock[] }>(`/tickets/${id}/clocks`);
  const clock = clocks.items.find(({ metric }) => metric === 'first_reply');
  const minutes = FIRST_REPLY[mail.isUrgent ? 'urgent' : 'normal'];
  expect([mail.subject, clock?.state, clock?.target_minutes]).toEqual([
    mail.subject,
    'met',
    minutes,
  ]);
  expect(clock?.started_at).toBe(question?.at);
  return by;
}
