//! What a board shows of the queues: read from memory, on any node, at most a moment old.

use std::collections::BTreeMap;

use kernel::ids::{AgentId, OfferId, TeamId, TicketId};
use kernel::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::Routing;
use super::snapshot::Snapshot;
use crate::states::AgentState;

/// How one team's queue stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct QueueStanding {
    /// Whose queue.
    pub team_id: TeamId,
    /// The tickets that wait for somebody to take them, those that wait longest first.
    pub waiting: Vec<TicketId>,
    /// Since when the customer who waits longest waits.
    pub waiting_since: Option<Timestamp>,
    /// Whether the team is open now.
    pub open: bool,
    /// Who is in which state; states in which nobody is are left out. Rest after abuse is not
    /// told: such an agent is in the state they chose.
    pub agents: BTreeMap<AgentState, Vec<AgentId>>,
    /// What lies before its agents.
    pub offers: Vec<OpenOffer>,
}

/// An offer that lies before an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OpenOffer {
    /// Its id, for taking it back.
    pub id: OfferId,
    /// Which ticket.
    pub ticket_id: TicketId,
    /// Before whom it lies.
    pub agent_id: AgentId,
    /// Until when.
    pub expires_at: Timestamp,
}

/// How every team's queue stands, in the order of the teams' ids; `None` in the first moments
/// after a start, before anything was read. Counts include queues in which people pick. It reads
/// memory only, so it may be asked as often as a screen likes.
pub fn queues(routing: &Routing) -> Option<Vec<QueueStanding>> {
    routing.look(|all| {
        let teams = all.floor.members.iter();
        teams
            .map(|(team, members)| standing(all, *team, members))
            .collect()
    })
}

fn standing(all: &Snapshot, team: TeamId, members: &[AgentId]) -> QueueStanding {
    let mut waiting: Vec<(Timestamp, TicketId)> = all
        .floor
        .waiting
        .values()
        .filter(|waiting| waiting.team == team)
        .map(|waiting| (waiting.since, waiting.ticket))
        .collect();
    waiting.sort_unstable();
    let mut agents: BTreeMap<AgentState, Vec<AgentId>> = BTreeMap::new();
    for agent in members {
        if let Some(state) = all.states.get(agent) {
            agents.entry(*state).or_default().push(*agent);
        }
    }
    let mut offers: Vec<OpenOffer> = all
        .offers
        .values()
        .filter(|offer| offer.team == team)
        .map(|offer| OpenOffer {
            id: offer.id,
            ticket_id: offer.ticket,
            agent_id: offer.agent,
            expires_at: offer.expires_at,
        })
        .collect();
    offers.sort_by_key(|offer| offer.id);
    QueueStanding {
        team_id: team,
        waiting_since: waiting.first().map(|(since, _)| *since),
        waiting: waiting.into_iter().map(|(_, ticket)| ticket).collect(),
        open: !all.floor.closed.contains(&team),
        agents,
        offers,
    }
}
