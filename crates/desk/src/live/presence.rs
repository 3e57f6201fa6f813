//! Who is at which ticket: kept in memory, told between nodes, lost without harm.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use kernel::ids::{AgentId, TicketId};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::events::{PresenceState, PresentAgent};

/// A seat that was not announced again for this long is empty: its node or its tab died.
pub const SEAT_MAX: Duration = Duration::from_secs(40);
/// How often a living socket announces its seat again.
pub const SEAT_RENEWED_EVERY: Duration = Duration::from_secs(15);
/// Somebody who stopped typing this long ago is only viewing.
pub const WRITING_MAX: Duration = Duration::from_secs(30);
/// Most seats that are kept.
const SEATS_MAX: usize = 20_000;

/// One socket of one node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seat {
    /// A random name of the node.
    pub node: String,
    /// The socket's number there.
    pub socket: u64,
}

/// What a socket tells every node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// Who tells.
    pub seat: Seat,
    /// Whose socket it is.
    pub agent: AgentId,
    /// The ticket they are at.
    pub ticket: Option<TicketId>,
    /// What they do there.
    pub state: PresenceState,
}

struct Seated {
    agent: AgentId,
    ticket: TicketId,
    state: PresenceState,
    until: Timestamp,
}

/// Everybody's seats.
#[derive(Default)]
pub struct Presence {
    seats: HashMap<Seat, Seated>,
}

impl Presence {
    /// Takes an announcement in and answers the tickets at which something changed.
    pub fn announce(&mut self, told: Announcement, now: Timestamp) -> Vec<TicketId> {
        let Announcement {
            seat,
            agent,
            ticket,
            state,
        } = told;
        let before = self
            .seats
            .remove(&seat)
            .map(|seated| (seated.ticket, seated.state));
        if let Some(ticket) = ticket
            && self.seats.len() < SEATS_MAX
        {
            let until = now.plus(SEAT_MAX);
            self.seats.insert(
                seat,
                Seated {
                    agent,
                    ticket,
                    state,
                    until,
                },
            );
        }
        let after = ticket.map(|ticket| (ticket, state));
        if before == after {
            return Vec::new();
        }
        let mut changed: Vec<TicketId> = before
            .into_iter()
            .chain(after)
            .map(|(ticket, _)| ticket)
            .collect();
        changed.dedup();
        changed
    }

    /// Empties the seats that nobody announced again, and answers the tickets they were at.
    pub fn expire(&mut self, now: Timestamp) -> Vec<TicketId> {
        let mut changed = Vec::new();
        self.seats.retain(|_, seated| {
            let stays = seated.until > now;
            if !stays && !changed.contains(&seated.ticket) {
                changed.push(seated.ticket);
            }
            stays
        });
        changed
    }

    /// Who is at a ticket, each agent once.
    pub fn at(&self, ticket: TicketId) -> Vec<PresentAgent> {
        let mut agents: BTreeMap<AgentId, PresenceState> = BTreeMap::new();
        for seated in self.seats.values().filter(|seated| seated.ticket == ticket) {
            let state = agents.entry(seated.agent).or_insert(seated.state);
            *state = (*state).max(seated.state);
        }
        agents
            .into_iter()
            .map(|(id, state)| PresentAgent { id, state })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(socket: u64, agent: i64, ticket: Option<i64>, state: PresenceState) -> Announcement {
        let seat = Seat {
            node: "n".to_owned(),
            socket,
        };
        Announcement {
            seat,
            agent: AgentId(agent),
            ticket: ticket.map(TicketId),
            state,
        }
    }

    fn at(presence: &Presence, ticket: i64) -> Vec<(i64, PresenceState)> {
        presence
            .at(TicketId(ticket))
            .into_iter()
            .map(|agent| (agent.id.0, agent.state))
            .collect()
    }

    #[test]
    fn tabs_of_one_agent_are_one_person_who_writes_if_any_does() {
        use PresenceState::{Viewing, Writing};
        let now = Timestamp::from_micros(0);
        let mut presence = Presence::default();
        assert_eq!(
            presence.announce(told(1, 7, Some(1), Viewing), now),
            [TicketId(1)]
        );
        assert_eq!(presence.announce(told(1, 7, Some(1), Viewing), now), []);
        assert_eq!(
            presence.announce(told(2, 7, Some(1), Writing), now),
            [TicketId(1)]
        );
        assert_eq!(
            presence.announce(told(3, 8, Some(1), Viewing), now),
            [TicketId(1)]
        );
        assert_eq!(at(&presence, 1), [(7, Writing), (8, Viewing)]);
        assert_eq!(
            presence.announce(told(2, 7, Some(2), Writing), now),
            [TicketId(1), TicketId(2)]
        );
        assert_eq!(at(&presence, 1), [(7, Viewing), (8, Viewing)]);
        presence.announce(told(2, 7, None, Viewing), now);
        assert_eq!(at(&presence, 2), []);
    }

    #[test]
    fn a_seat_that_falls_silent_is_emptied() {
        let now = Timestamp::from_micros(0);
        let mut presence = Presence::default();
        presence.announce(told(1, 7, Some(1), PresenceState::Viewing), now);
        let later = now.plus(SEAT_RENEWED_EVERY);
        presence.announce(told(2, 8, Some(1), PresenceState::Viewing), later);
        assert_eq!(presence.expire(now.plus(SEAT_MAX)), [TicketId(1)]);
        assert_eq!(at(&presence, 1), [(8, PresenceState::Viewing)]);
        assert_eq!(presence.expire(now.plus(SEAT_MAX)), []);
    }
}
