//! The decision: from what waits, who is there and the time to one deed with its explanation.

pub mod care;
pub mod check;
pub mod choice;
pub mod hardness;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kernel::ids::{AgentId, CustomerId, SkillId, TeamId, TicketId};
use kernel::time::Timestamp;

use super::{
    ClosedHours, Considered, Deed, Mode, Queue, Relaxed, SkillKind, TeamRouting, TicketRouted, Why,
};
use crate::tickets::{Channel, Priority};
use choice::{choose, consider};

/// Somebody who passed a ticket on, or did not answer, is not asked again for this long.
pub const PASSED_ON_FOR: Duration = Duration::from_secs(10 * 60);
/// Most agents named in an explanation.
const NAMED_MAX: usize = 12;

/// A level of a skill that a ticket asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// The skill.
    pub skill: SkillId,
    /// What kind it is; certificates are never done without.
    pub kind: SkillKind,
    /// The level, 1 to 5.
    pub level: i64,
}

/// A ticket that waits in a team's queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Which ticket.
    pub ticket: TicketId,
    /// Whose queue.
    pub team: TeamId,
    /// How it came to be.
    pub channel: Channel,
    /// How urgent.
    pub priority: Priority,
    /// Since when its customer waits.
    pub since: Timestamp,
    /// Whose it is.
    pub requester: CustomerId,
    /// What it asks for.
    pub wants: Vec<Want>,
    /// Whether it is predicted to be a hard contact.
    pub hard: bool,
    /// Who had this customer's last ticket.
    pub previous: Option<AgentId>,
    /// Who looks after the customer's account.
    pub owner: Option<AgentId>,
    /// Who passed it on, and when.
    pub passed_on: Vec<(AgentId, Timestamp)>,
    /// Whether it came here from another team's queue because it waited there.
    pub overflowed: bool,
    /// Whether it lies before somebody.
    pub offered: bool,
}

/// A skill an agent has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The skill.
    pub skill: SkillId,
    /// How well, 1 to 5.
    pub level: i64,
    /// Until when it counts.
    pub valid_until: Option<Timestamp>,
}

/// An agent, as far as routing must know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hand {
    /// Who.
    pub agent: AgentId,
    /// Whether they take work.
    pub available: bool,
    /// Since when they do.
    pub since: Timestamp,
    /// Their skills.
    pub skills: Vec<Level>,
    /// What they can carry, in units.
    pub units_max: i64,
    /// How much of it routing may fill, in percent.
    pub ceiling: i64,
    /// What they have in hand.
    pub units: i64,
    /// Units of what lies before them; it has a place in their hands already.
    pub offered: Option<i64>,
    /// When routing last gave or offered them something.
    pub given_at: Timestamp,
    /// Until when they rest.
    pub recovery_until: Timestamp,
    /// Hard contacts met today.
    pub exposure: i64,
    /// Load of late, in thousandths, as it was at `strain_at`.
    pub strain: i64,
    /// When `strain` was written.
    pub strain_at: Timestamp,
}

/// What a decision rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// How each team's work is shared out.
    pub teams: BTreeMap<TeamId, TeamRouting>,
    /// Teams that are closed now.
    pub closed: BTreeSet<TeamId>,
    /// Who is in which team, in the order of their ids.
    pub members: BTreeMap<TeamId, Vec<AgentId>>,
    /// What waits.
    pub waiting: BTreeMap<TicketId, Waiting>,
    /// Who is there.
    pub hands: BTreeMap<AgentId, Hand>,
    /// Whom each queue gave something to last, for taking turns.
    pub turns: BTreeMap<TeamId, AgentId>,
}

/// What is to be done with one ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Which ticket.
    pub ticket: TicketId,
    /// Whose queue it is in.
    pub team: TeamId,
    /// Units it takes.
    pub units: i64,
    /// How long an offer lies before the agent.
    pub offer_for: Duration,
    /// What to do, and why.
    pub routed: TicketRouted,
}

impl Waiting {
    /// The time by which it stands in line: urgent tickets stand as if they had come four hours
    /// earlier, high ones one hour earlier, low ones one hour later. So an old ticket is never
    /// passed for ever, however many urgent ones come.
    pub fn stands_at(&self) -> Timestamp {
        let hour = Duration::from_secs(3600);
        match self.priority {
            Priority::Urgent => self.since.minus(hour * 4),
            Priority::High => self.since.minus(hour),
            Priority::Normal => self.since,
            Priority::Low => self.since.plus(hour),
        }
    }
}

impl Floor {
    /// The queue a ticket waits in; `None` when people pick.
    pub fn queue(&self, waiting: &Waiting) -> Option<&Queue> {
        let queues = &self.teams.get(&waiting.team)?.queues;
        let queue = queues
            .iter()
            .find(|queue| queue.channel == waiting.channel)?;
        Some(queue).filter(|queue| queue.mode != Mode::Off)
    }

    /// Takes a decision into account, until the rows say so too.
    pub fn note(&mut self, decision: &Decision, now: Timestamp) {
        let Some(waiting) = self.waiting.get_mut(&decision.ticket) else {
            return;
        };
        match decision.routed.deed {
            Deed::Overflowed => {
                waiting.overflowed = true;
                if let Some(team) = decision.routed.to_team {
                    waiting.team = team;
                }
            }
            Deed::Offered => waiting.offered = true,
            Deed::Assigned => {
                self.waiting.remove(&decision.ticket);
            }
        }
        let Some(agent) = decision.routed.chosen else {
            return;
        };
        self.turns.insert(decision.team, agent);
        if let Some(hand) = self.hands.get_mut(&agent) {
            hand.given_at = now;
            match decision.routed.deed {
                Deed::Offered => hand.offered = Some(decision.units),
                _ => hand.units = hand.units.saturating_add(decision.units),
            }
        }
    }
}

/// Everything that can be done now, in the order in which it is to be done. `floor` is as it will
/// be then.
pub fn decide_all(floor: &mut Floor, now: Timestamp) -> Vec<Decision> {
    let mut line: Vec<(Timestamp, TicketId)> = floor
        .waiting
        .values()
        .filter(|waiting| !waiting.offered && floor.queue(waiting).is_some())
        .map(|waiting| (waiting.stands_at(), waiting.ticket))
        .collect();
    line.sort_unstable();
    let mut decisions = Vec::new();
    let mut line = std::collections::VecDeque::from(line);
    // Teams in which nobody has a hand free: their tickets are not looked at one by one.
    let mut full: BTreeSet<TeamId> = BTreeSet::new();
    while let Some((at, ticket)) = line.pop_front() {
        let Some(waiting) = floor.waiting.get(&ticket) else {
            continue;
        };
        if overflow(floor, waiting, now).is_none() {
            if full.contains(&waiting.team) {
                continue;
            }
            if !choice::anybody_free(floor, waiting.team, now) {
                full.insert(waiting.team);
                continue;
            }
        }
        if let Some(decision) = decide(floor, ticket, now) {
            floor.note(&decision, now);
            if decision.routed.deed == Deed::Overflowed {
                // It stands in the other team's line now.
                line.push_front((at, ticket));
            }
            decisions.push(decision);
        }
    }
    decisions
}

/// What is to be done with one waiting ticket now; `None`: it waits.
pub fn decide(floor: &Floor, ticket: TicketId, now: Timestamp) -> Option<Decision> {
    let waiting = floor
        .waiting
        .get(&ticket)
        .filter(|waiting| !waiting.offered)?;
    let queue = floor.queue(waiting)?;
    let base = Decision {
        ticket,
        team: waiting.team,
        units: queue.units,
        offer_for: seconds(queue.offer_seconds),
        routed: TicketRouted {
            deed: Deed::Overflowed,
            chosen: None,
            to_team: None,
            offer: None,
            why: Why::Waited,
            considered: Vec::new(),
            of: 0,
            relaxed: Relaxed::Nothing,
            waited: waited(waiting, now),
        },
    };
    if let Some((team, why)) = overflow(floor, waiting, now) {
        let routed = TicketRouted {
            to_team: Some(team),
            why,
            ..base.routed
        };
        return Some(Decision { routed, ..base });
    }
    if floor.closed.contains(&waiting.team) && queue.closed != ClosedHours::Route {
        return None;
    }
    let relaxed = relaxed(queue, waiting, now);
    let considered = consider(floor, waiting, queue, relaxed, now);
    let (chosen, why) = choose(floor, waiting, queue, &considered, now)?;
    let routed = TicketRouted {
        deed: match queue.mode {
            Mode::Auto => Deed::Assigned,
            _ => Deed::Offered,
        },
        chosen: Some(chosen),
        why,
        of: i64::try_from(considered.len()).unwrap_or(i64::MAX),
        considered: named(considered, chosen),
        relaxed,
        ..base.routed
    };
    Some(Decision { routed, ..base })
}

/// The team that a ticket is to go to because it can't wait here.
fn overflow(floor: &Floor, waiting: &Waiting, now: Timestamp) -> Option<(TeamId, Why)> {
    let queue = floor.queue(waiting)?;
    let team = queue
        .overflow_team_id
        .filter(|team| *team != waiting.team)?;
    if waiting.overflowed || !floor.members.contains_key(&team) {
        return None;
    }
    if floor.closed.contains(&waiting.team) && queue.closed == ClosedHours::Overflow {
        return Some((team, Why::Closed));
    }
    let due = waiting.since.plus(minutes(queue.overflow_after?));
    (now >= due).then_some((team, Why::Waited))
}

/// What is done without at `now`.
fn relaxed(queue: &Queue, waiting: &Waiting, now: Timestamp) -> Relaxed {
    let past = |after: Option<i64>| after.is_some_and(|it| now >= waiting.since.plus(minutes(it)));
    if waiting.wants.is_empty() {
        Relaxed::Nothing
    } else if past(queue.drop_after) {
        Relaxed::Dropped
    } else if past(queue.lower_after) {
        Relaxed::Lowered
    } else {
        Relaxed::Nothing
    }
}

/// When a decision may turn out differently although nothing else happens: the first time after
/// `now` at which a skill is relaxed, a ticket flows over, or somebody may be asked again.
pub fn next_change(floor: &Floor, now: Timestamp) -> Option<Timestamp> {
    let of_tickets = floor.waiting.values().flat_map(|waiting| {
        let after = |minutes_after: Option<i64>| Some(waiting.since.plus(minutes(minutes_after?)));
        let queue = floor.queue(waiting);
        let steps = queue
            .map(|queue| [queue.lower_after, queue.drop_after, queue.overflow_after].map(after));
        let again = waiting
            .passed_on
            .iter()
            .map(|(_, at)| at.plus(PASSED_ON_FOR));
        steps.into_iter().flatten().flatten().chain(again)
    });
    let of_hands = floor.hands.values().map(|hand| hand.recovery_until);
    of_tickets.chain(of_hands).filter(|at| *at > now).min()
}

/// Those who could take it first, the chosen one before all; no more than are worth reading.
fn named(mut considered: Vec<Considered>, chosen: AgentId) -> Vec<Considered> {
    considered.sort_by_key(|it| (it.agent != chosen, it.fit, it.agent));
    considered.truncate(NAMED_MAX);
    considered
}

fn waited(waiting: &Waiting, now: Timestamp) -> i64 {
    i64::try_from(now.since(waiting.since).as_secs()).unwrap_or(i64::MAX)
}

pub(super) fn minutes(count: i64) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or(0).saturating_mul(60))
}

fn seconds(count: i64) -> Duration {
    Duration::from_secs(u64::try_from(count).unwrap_or(0))
}

#[cfg(test)]
mod tests;
