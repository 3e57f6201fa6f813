/** How routing explains itself on a ticket, in words. */
import type { EventItem } from '@evenkeel/api';
import { plural, t } from '@lingui/core/macro';
import type { EventNames } from '../workspace/conversation/events';

/** Why it was this agent, or another team. */
export function whyWords(why: unknown): string | null {
  switch (why) {
    case 'only_one':
      return t`nobody else could take it just then`;
    case 'longest_idle':
      return t`longest without a new ticket`;
    case 'least_loaded':
      return t`fewest in hand`;
    case 'round_robin':
      return t`next in turn`;
    case 'previous_agent':
      return t`knows this customer`;
    case 'account_owner':
      return t`looks after this account`;
    case 'shared_out':
      return t`demanding work is shared out among those who are free`;
    case 'waited':
      return t`it waited too long`;
    case 'closed':
      return t`the team is closed now`;
    default:
      return null;
  }
}

function fitWords(fit: unknown, names: string): string | null {
  switch (fit) {
    case 'not_available':
      return t`taking nothing new: ${names}`;
    case 'full':
      return t`hands full: ${names}`;
    case 'skill':
      return t`without the skill: ${names}`;
    case 'passed_on':
      return t`passed it on before: ${names}`;
    default:
      return null;
  }
}

/** The others who were considered, by what kept them. */
function others(considered: unknown, chosen: unknown, names: EventNames): string[] {
  if (!Array.isArray(considered)) return [];
  const byFit = new Map<string, string[]>();
  for (const one of considered as { agent: number; fit: string }[]) {
    if (one.agent === chosen) continue;
    byFit.set(one.fit, [...(byFit.get(one.fit) ?? []), names.agent(one.agent)]);
  }
  return [...byFit].flatMap(([fit, people]) => fitWords(fit, names.list(people)) ?? []);
}

function relaxedWords(relaxed: unknown): string | null {
  if (relaxed === 'lowered') return t`skills asked for at one level less, because it waited`;
  if (relaxed === 'dropped') return t`skills not asked for, because it waited`;
  return null;
}

function routedSentences(event: EventItem, names: EventNames): string[] {
  const to = (field: string) => event.changes[field]?.to;
  const chosen = to('chosen');
  const why = whyWords(to('why'));
  const agent = names.agent(chosen);
  const first =
    to('deed') === 'overflowed'
      ? t`Routing gave this to ${names.team(to('to_team'))}`
      : to('deed') === 'offered'
        ? t`Routing offered this to ${agent}`
        : t`Routing gave this to ${agent}`;
  const of = Number(to('of') ?? 0);
  const count = of > 1 ? plural(of, { one: '# considered', other: '# considered' }) : null;
  const head = why ? `${first}: ${why}` : first;
  return [
    head,
    count,
    relaxedWords(to('relaxed')),
    ...others(to('considered'), chosen, names),
  ].filter((part) => part !== null);
}

function endedSentence(event: EventItem, names: EventNames): string[] {
  const agent = names.agent(event.changes.offered_to?.to);
  switch (event.changes.end?.to) {
    case 'accepted':
      return [t`${agent} took what was offered`];
    case 'declined':
      return [t`${agent} passed this on`];
    case 'timed_out':
      return [t`No answer from ${agent} in time; it goes on`];
    case 'taken_back':
      return [t`${event.actor.name || agent} took the offer back`];
    default:
      return [t`The offer to ${agent} ended`];
  }
}

/** Sentences for what routing did; null when it was something else. */
export function routingSentences(event: EventItem, names: EventNames): string[] | null {
  switch (event.kind) {
    case 'ticket.routed':
      return routedSentences(event, names);
    case 'ticket.offer_ended':
      return endedSentence(event, names);
    case 'ticket.returned':
      return [
        t`${names.agent(event.changes.agent?.to)} is not at work any more; this waits for somebody else`,
      ];
    default:
      return null;
  }
}
