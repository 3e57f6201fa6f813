//! What is due and how first replies went, ticket by ticket: pure bookkeeping, no I/O.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::ids::{TeamId, TicketId};
use kernel::time::Timestamp;

use super::rules::AT_RISK_WITHIN;
use super::{List, What};

/// How a first reply went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When that was decided.
    pub at: Timestamp,
    /// Whether it was in time.
    pub in_time: bool,
}

/// What the board asks of a ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Whose it is.
    pub team: Option<TeamId>,
    /// When the first of what is promised falls due, or fell.
    pub due_at: Option<Timestamp>,
    /// How its first replies went.
    pub answers: Vec<Answer>,
    /// Since when it waits for somebody to take it, when it has no team.
    pub waits_since: Option<Timestamp>,
}

impl Entry {
    fn is_silent(&self) -> bool {
        self.due_at.is_none() && self.answers.is_empty() && self.waits_since.is_none()
    }
}

/// How many tickets a team's numbers count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Falls due within the hour.
    pub at_risk: i64,
    /// Is late.
    pub overdue: i64,
    /// First replies in time.
    pub in_time: i64,
    /// First replies that are late.
    pub late: i64,
}

/// The tickets that have to do with promises, and those that wait without a team.
#[derive(Debug, Default)]
pub struct Ledger {
    entries: HashMap<TicketId, Entry>,
    due: BTreeSet<(Timestamp, TicketId)>,
    answers: BTreeMap<(Timestamp, TicketId), bool>,
    waiting: BTreeSet<(Timestamp, TicketId)>,
}

impl Ledger {
    /// Notes what a ticket is now; the default when it is gone.
    pub fn set(&mut self, ticket: TicketId, entry: Entry) {
        self.edit(ticket, |it| *it = entry);
    }

    /// Notes more of a ticket.
    pub fn edit(&mut self, ticket: TicketId, change: impl FnOnce(&mut Entry)) {
        let mut entry = self.entries.remove(&ticket).unwrap_or_default();
        if let Some(at) = entry.due_at {
            self.due.remove(&(at, ticket));
        }
        if let Some(at) = entry.waits_since {
            self.waiting.remove(&(at, ticket));
        }
        for answer in &entry.answers {
            self.answers.remove(&(answer.at, ticket));
        }
        change(&mut entry);
        if entry.is_silent() {
            return;
        }
        if let Some(at) = entry.due_at {
            self.due.insert((at, ticket));
        }
        if let Some(at) = entry.waits_since {
            self.waiting.insert((at, ticket));
        }
        for answer in &entry.answers {
            self.answers.insert((answer.at, ticket), answer.in_time);
        }
        self.entries.insert(ticket, entry);
    }

    /// Forgets first replies that were decided before `at`.
    pub fn forget_before(&mut self, at: Timestamp) {
        while let Some((&(decided, ticket), _)) = self.answers.first_key_value() {
            if decided >= at {
                return;
            }
            self.edit(ticket, |entry| entry.answers.retain(|it| it.at >= at));
        }
    }

    /// Every team's numbers at `now`; a team's day began at `day_began` of it.
    pub fn sums(
        &self,
        now: Timestamp,
        day_began: impl Fn(Option<TeamId>) -> Timestamp,
    ) -> BTreeMap<Option<TeamId>, Sums> {
        let mut all: BTreeMap<Option<TeamId>, Sums> = BTreeMap::new();
        for (at, ticket) in self.due.range(..=horizon(now)) {
            let sums = all.entry(self.team(*ticket)).or_default();
            if *at <= now {
                sums.overdue += 1;
            } else {
                sums.at_risk += 1;
            }
        }
        for ((at, ticket), in_time) in &self.answers {
            let team = self.team(*ticket);
            if *at < day_began(team) {
                continue;
            }
            let sums = all.entry(team).or_default();
            if *in_time {
                sums.in_time += 1;
            } else {
                sums.late += 1;
            }
        }
        all
    }

    /// The tickets that a number of [`Self::sums`] counts, and those that wait without a team, the
    /// earliest first.
    pub fn list(
        &self,
        list: List,
        now: Timestamp,
        day_began: Timestamp,
    ) -> Vec<(Timestamp, TicketId)> {
        let of_team = |(_, ticket): &(Timestamp, TicketId)| self.team(*ticket) == list.team;
        let due = self.due.range(..=horizon(now)).filter(|it| of_team(it));
        let answers = |wanted: bool| {
            let decided = self.answers.range((day_began, TicketId(i64::MIN))..);
            let fitting = decided.filter(move |(_, in_time)| **in_time == wanted);
            fitting.map(|(key, _)| *key).filter(of_team).collect()
        };
        match list.what {
            What::Waiting => self
                .waiting
                .iter()
                .filter(|it| of_team(it))
                .copied()
                .collect(),
            What::AtRisk => due.filter(|(at, _)| *at > now).copied().collect(),
            What::Overdue => due.filter(|(at, _)| *at <= now).copied().collect(),
            What::InTime => answers(true),
            What::Late => answers(false),
        }
    }

    /// Those that wait without a team, and since when the first of them does.
    pub fn waiting(&self) -> (usize, Option<Timestamp>) {
        let since = self.waiting.first().map(|(since, _)| *since);
        (self.waiting.len(), since)
    }

    fn team(&self, ticket: TicketId) -> Option<TeamId> {
        self.entries.get(&ticket).and_then(|entry| entry.team)
    }
}

/// The last place that is at risk at `now`.
fn horizon(now: Timestamp) -> (Timestamp, TicketId) {
    (now.plus(AT_RISK_WITHIN), TicketId(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn at(minutes: u32) -> Timestamp {
        Timestamp::from_micros(0).plus(Duration::from_secs(60) * minutes)
    }

    fn entry() -> impl Strategy<Value = Entry> {
        let team = proptest::option::of((1..4_i64).prop_map(TeamId));
        let due = proptest::option::of((0..400_u32).prop_map(at));
        let waits = proptest::option::of((0..200_u32).prop_map(at));
        let answers = proptest::collection::btree_map(0..200_u32, any::<bool>(), 0..3);
        (team, due, waits, answers).prop_map(|(team, due_at, waits, answers)| Entry {
            team,
            due_at,
            waits_since: waits.filter(|_| team.is_none()),
            answers: answers
                .into_iter()
                .map(|(minute, in_time)| Answer {
                    at: at(minute),
                    in_time,
                })
                .collect(),
        })
    }

    /// The teams' days begin at different times.
    fn day(team: Option<TeamId>) -> Timestamp {
        at(u32::try_from(team.map_or(0, |team| team.0)).unwrap() * 40)
    }

    /// What a number counts, found the slow way.
    fn recount(
        now_are: &BTreeMap<TicketId, Entry>,
        list: List,
        now: Timestamp,
    ) -> Vec<(Timestamp, TicketId)> {
        let hour = Duration::from_secs(3_600);
        let mut found = Vec::new();
        for (ticket, entry) in now_are.iter().filter(|(_, it)| it.team == list.team) {
            let due = entry.due_at;
            let decided = |wanted| {
                let fitting = entry.answers.iter().filter(move |it| it.in_time == wanted);
                fitting.map(|it| it.at).filter(|at| *at >= day(list.team))
            };
            let times: Vec<Timestamp> = match list.what {
                What::Waiting => entry.waits_since.into_iter().collect(),
                What::AtRisk => due
                    .into_iter()
                    .filter(|at| *at > now && *at <= now.plus(hour))
                    .collect(),
                What::Overdue => due.into_iter().filter(|at| *at <= now).collect(),
                What::InTime => decided(true).collect(),
                What::Late => decided(false).collect(),
            };
            found.extend(times.into_iter().map(|at| (at, *ticket)));
        }
        found.sort();
        found
    }

    proptest! {
        #[test]
        fn numbers_and_lists_equal_a_recount(
            steps in proptest::collection::vec((1..60_i64, proptest::option::of(entry())), 0..120),
            now in 0..300_u32,
            forgotten in 0..40_u32,
        ) {
            let (mut ledger, mut now_are) = (Ledger::default(), BTreeMap::new());
            for (id, entry) in steps {
                let entry = entry.unwrap_or_default();
                ledger.set(TicketId(id), entry.clone());
                now_are.insert(TicketId(id), entry);
            }
            ledger.forget_before(at(forgotten));
            for entry in now_are.values_mut() {
                entry.answers.retain(|it| it.at >= at(forgotten));
            }
            let now = at(now);
            let sums = ledger.sums(now, day);
            let teams = [None, Some(TeamId(1)), Some(TeamId(2)), Some(TeamId(3))];
            for team in teams {
                let sums = sums.get(&team).copied().unwrap_or_default();
                for what in What::ALL {
                    let list = List { what: *what, team };
                    let expected = recount(&now_are, list, now);
                    let listed = ledger.list(list, now, day(team));
                    prop_assert_eq!(&listed, &expected, "{}", list);
                    let count = match what {
                        What::Waiting => continue,
                        What::AtRisk => sums.at_risk,
                        What::Overdue => sums.overdue,
                        What::InTime => sums.in_time,
                        What::Late => sums.late,
                    };
                    prop_assert_eq!(count, i64::try_from(expected.len()).unwrap());
                }
            }
            let without = List { what: What::Waiting, team: None };
            let expected = recount(&now_are, without, now);
            let since = expected.first().map(|(since, _)| *since);
            prop_assert_eq!(ledger.waiting(), (expected.len(), since));
        }
    }

    #[test]
    fn what_says_nothing_takes_no_room() {
        let mut ledger = Ledger::default();
        let entry = Entry {
            due_at: Some(at(1)),
            ..Entry::default()
        };
        ledger.set(TicketId(1), entry);
        ledger.set(TicketId(1), Entry::default());
        assert!(ledger.entries.is_empty() && ledger.due.is_empty());
    }
}
