//! Who could take a ticket, and who of them does.

use std::cmp::Reverse;

use kernel::ids::{AgentId, TeamId};
use kernel::time::Timestamp;

use super::super::{Considered, Fit, Queue, Relaxed, SkillKind, Strategy, Why};
use super::{Floor, Hand, PASSED_ON_FOR, Waiting, Want, care};

/// Whether anybody of the team could be given anything at all.
pub(super) fn anybody_free(floor: &Floor, team: TeamId, now: Timestamp) -> bool {
    members(floor, team).any(|hand| is_at_work(hand, now) && fits_in(hand, 1))
}

/// Everybody of the ticket's team, and whether they could take it.
pub(super) fn consider(
    floor: &Floor,
    waiting: &Waiting,
    queue: &Queue,
    relaxed: Relaxed,
    now: Timestamp,
) -> Vec<Considered> {
    members(floor, waiting.team)
        .map(|hand| Considered {
            agent: hand.agent,
            fit: fit(hand, waiting, queue.units, relaxed, now),
        })
        .collect()
}

fn members(floor: &Floor, team: TeamId) -> impl Iterator<Item = &Hand> {
    let members = floor.members.get(&team).map(Vec::as_slice);
    let members = members.unwrap_or_default().iter();
    members.filter_map(|agent| floor.hands.get(agent))
}

/// Rest is not told apart from other reasons to take no work: it is nobody else's business.
fn is_at_work(hand: &Hand, now: Timestamp) -> bool {
    hand.available && hand.recovery_until <= now
}

/// Whether `units` more fit into an agent's hands. Whoever has nothing at all may take one ticket
/// that fits their limit, even if it is beyond the share they let routing fill: otherwise a small
/// limit would never be used.
pub fn fits_in(hand: &Hand, units: i64) -> bool {
    if hand.offered.is_some() {
        return false;
    }
    let after = hand.units.saturating_add(units);
    let share = hand.units_max.saturating_mul(hand.ceiling);
    after <= hand.units_max && (hand.units == 0 || after.saturating_mul(100) <= share)
}

fn fit(hand: &Hand, waiting: &Waiting, units: i64, relaxed: Relaxed, now: Timestamp) -> Fit {
    let passed_on =
        |(agent, at): &(AgentId, Timestamp)| *agent == hand.agent && at.plus(PASSED_ON_FOR) > now;
    if !is_at_work(hand, now) {
        Fit::NotAvailable
    } else if !waiting
        .wants
        .iter()
        .all(|want| has(hand, *want, relaxed, now))
    {
        Fit::Skill
    } else if waiting.passed_on.iter().any(passed_on) {
        Fit::PassedOn
    } else if !fits_in(hand, units) {
        Fit::Full
    } else {
        Fit::Fits
    }
}

fn has(hand: &Hand, want: Want, relaxed: Relaxed, now: Timestamp) -> bool {
    let is_bound = want.kind == SkillKind::Certificate;
    let level = match relaxed {
        Relaxed::Dropped if !is_bound => return true,
        Relaxed::Lowered if !is_bound => want.level.saturating_sub(1).max(1),
        _ => want.level,
    };
    hand.skills.iter().any(|it| {
        it.skill == want.skill
            && it.level >= level
            && it.valid_until.is_none_or(|until| until > now)
    })
}

/// Who of those who could takes it, and why.
pub(super) fn choose(
    floor: &Floor,
    waiting: &Waiting,
    queue: &Queue,
    considered: &[Considered],
    now: Timestamp,
) -> Option<(AgentId, Why)> {
    let free: Vec<&Hand> = considered
        .iter()
        .filter(|it| it.fit == Fit::Fits)
        .filter_map(|it| floor.hands.get(&it.agent))
        .collect();
    let is_free = |agent: AgentId| free.iter().any(|hand| hand.agent == agent);
    let owner = waiting.owner.filter(|_| queue.account_owner_first);
    if let Some(owner) = owner.filter(|agent| is_free(*agent)) {
        return Some((owner, Why::AccountOwner));
    }
    if let [only] = free.as_slice() {
        return Some((only.agent, Why::OnlyOne));
    }
    if waiting.hard {
        return care::share_out(&free, now).map(|agent| (agent, Why::SharedOut));
    }
    let previous = waiting.previous.filter(|_| queue.previous_agent_first);
    if let Some(previous) = previous.filter(|agent| is_free(*agent)) {
        return Some((previous, Why::PreviousAgent));
    }
    match queue.strategy {
        Strategy::LongestIdle => {
            let chosen = free.iter().min_by_key(|hand| idle_since(hand))?;
            Some((chosen.agent, Why::LongestIdle))
        }
        Strategy::LeastLoaded => {
            let chosen = free
                .iter()
                .min_by_key(|hand| (share(hand), idle_since(hand)))?;
            Some((chosen.agent, Why::LeastLoaded))
        }
        Strategy::RoundRobin => {
            let last = floor.turns.get(&waiting.team);
            let is_next = |hand: &&&Hand| last.is_none_or(|last| hand.agent > *last);
            let next = free.iter().find(is_next).or_else(|| free.first())?;
            Some((next.agent, Why::RoundRobin))
        }
    }
}

/// Since when somebody was given nothing; who waits for longest has the smallest.
pub(super) fn idle_since(hand: &Hand) -> (Timestamp, AgentId) {
    (hand.given_at.max(hand.since), hand.agent)
}

/// The share of their limit that somebody has in hand, in ten-thousandths.
fn share(hand: &Hand) -> Reverse<i64> {
    let free = hand.units_max.saturating_sub(hand.units).max(0);
    Reverse(free.saturating_mul(10_000) / hand.units_max.max(1))
}
