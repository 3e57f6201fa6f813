//! The counts themselves: pure bookkeeping, no I/O.

use std::collections::HashMap;

use kernel::ids::{AgentId, TicketId};

use super::bits::Bits;
use super::rules::{self, Facts, ViewKey};
use crate::tickets::Shelf;

/// What every ticket counts towards, and the sums.
#[derive(Default)]
pub struct Tally {
    /// Tickets that are not simply solved: the desk's work, some tens of bytes each.
    tickets: HashMap<TicketId, Facts>,
    /// Solved tickets, which only ever become more: one bit each, since ids are counters.
    solved: Bits,
    mentions: HashMap<TicketId, Vec<AgentId>>,
    sums: HashMap<ViewKey, i64>,
}

impl Tally {
    /// How many tickets `view` holds.
    pub fn count(&self, view: ViewKey) -> i64 {
        self.sums.get(&view).copied().unwrap_or(0)
    }

    /// Notes what a ticket is now; `None` when it is gone.
    pub fn set(&mut self, ticket: TicketId, facts: Option<Facts>, mentioned: Vec<AgentId>) {
        self.sum(ticket, -1);
        self.tickets.remove(&ticket);
        self.solved.set(ticket, false);
        self.mentions.remove(&ticket);
        match facts {
            Some(facts) if facts.shelf == Shelf::Solved => self.solved.set(ticket, true),
            Some(facts) => {
                self.tickets.insert(ticket, facts);
            }
            None => return,
        }
        if !mentioned.is_empty() {
            self.mentions.insert(ticket, mentioned);
        }
        self.sum(ticket, 1);
    }

    /// Notes one more agent mentioned in a ticket that is already noted.
    pub fn mention(&mut self, ticket: TicketId, agent: AgentId) {
        let Some(facts) = self.facts(ticket) else {
            return;
        };
        let mentioned = self.mentions.entry(ticket).or_default();
        if !mentioned.contains(&agent) {
            mentioned.push(agent);
            if rules::shows_mentions(facts.shelf) {
                add(&mut self.sums, ViewKey::Mentions(agent), 1);
            }
        }
    }

    fn facts(&self, ticket: TicketId) -> Option<Facts> {
        if self.solved.get(ticket) {
            return Some(Facts {
                shelf: Shelf::Solved,
                assignee: None,
                team: None,
            });
        }
        self.tickets.get(&ticket).copied()
    }

    fn sum(&mut self, ticket: TicketId, by: i64) {
        let Some(facts) = self.facts(ticket) else {
            return;
        };
        for view in rules::views_of(facts) {
            add(&mut self.sums, view, by);
        }
        if rules::shows_mentions(facts.shelf) {
            for agent in self.mentions.get(&ticket).into_iter().flatten() {
                add(&mut self.sums, ViewKey::Mentions(*agent), by);
            }
        }
    }
}

fn add(sums: &mut HashMap<ViewKey, i64>, view: ViewKey, by: i64) {
    let sum = sums.entry(view).or_insert(0);
    *sum += by;
    if *sum == 0 {
        sums.remove(&view);
    }
}

#[cfg(test)]
mod tests {
    use kernel::ids::TeamId;
    use proptest::prelude::*;

    use super::*;

    type Step = (i64, Option<usize>, Option<i64>, Option<i64>, Vec<i64>);

    fn step() -> impl Strategy<Value = Step> {
        let few = || proptest::option::of(1..3_i64);
        let mentioned = proptest::collection::btree_set(1..4_i64, 0..3);
        (
            1..200_i64,
            proptest::option::of(0..Shelf::ALL.len()),
            few(),
            few(),
            mentioned,
        )
            .prop_map(|(id, shelf, agent, team, mentioned)| {
                (id, shelf, agent, team, mentioned.into_iter().collect())
            })
    }

    proptest! {
        #[test]
        fn sums_equal_a_recount(steps in proptest::collection::vec(step(), 0..300)) {
            let mut tally = Tally::default();
            let mut now: HashMap<TicketId, (Facts, Vec<AgentId>)> = HashMap::new();
            for (id, shelf, assignee, team, mentioned) in steps {
                let id = TicketId(id);
                let mentioned: Vec<AgentId> = mentioned.into_iter().map(AgentId).collect();
                let facts = shelf.map(|shelf| Facts {
                    shelf: Shelf::ALL[shelf],
                    assignee: assignee.map(AgentId),
                    team: team.map(TeamId),
                });
                tally.set(id, facts, mentioned.clone());
                match facts {
                    Some(facts) => now.insert(id, (facts, mentioned)),
                    None => now.remove(&id),
                };
            }
            let mut sums: HashMap<ViewKey, i64> = HashMap::new();
            for (facts, mentioned) in now.values() {
                for view in rules::views_of(*facts) {
                    *sums.entry(view).or_default() += 1;
                }
                for agent in mentioned.iter().filter(|_| rules::shows_mentions(facts.shelf)) {
                    *sums.entry(ViewKey::Mentions(*agent)).or_default() += 1;
                }
            }
            prop_assert_eq!(tally.sums, sums);
        }
    }

    #[test]
    fn a_mention_of_an_unknown_ticket_or_a_repeat_counts_nothing() {
        let mut tally = Tally::default();
        tally.mention(TicketId(1), AgentId(1));
        assert_eq!(tally.count(ViewKey::Mentions(AgentId(1))), 0);
        let facts = Facts {
            shelf: Shelf::Solved,
            assignee: None,
            team: None,
        };
        tally.set(TicketId(1), Some(facts), Vec::new());
        tally.mention(TicketId(1), AgentId(1));
        tally.mention(TicketId(1), AgentId(1));
        assert_eq!(tally.count(ViewKey::Mentions(AgentId(1))), 1);
    }
}
