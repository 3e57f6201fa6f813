//! What goes over the live feed, both ways; part of the API's document.

use kernel::ids::{AgentId, CustomerId, TicketId};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::views::ViewCount;

/// What somebody does with a ticket right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PresenceState {
    /// Has it open.
    Viewing,
    /// Writes on it.
    Writing,
}

/// An agent at a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PresentAgent {
    /// Who.
    pub id: AgentId,
    /// What they do; writing, when they do both in several tabs.
    pub state: PresenceState,
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LiveActor {
    /// What they are.
    #[serde(rename = "type")]
    pub kind: LiveActorType,
    /// Which agent, customer or rule; null for the others.
    pub id: Option<i64>,
}

/// What somebody who did something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LiveActorType {
    /// An agent.
    Agent,
    /// A customer.
    Customer,
    /// An automation rule.
    Rule,
    /// The bot.
    Bot,
    /// Evenkeel itself, or an import.
    System,
}

/// What the server sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LiveEvent {
    /// The stream begins; everything behind `position` follows.
    Hello {
        /// The position of the last record that does not follow.
        position: i64,
        /// Whose stream it is.
        agent_id: AgentId,
    },
    /// Something happened.
    Record {
        /// Its place in the journal; resume from the last one received.
        position: i64,
        /// What, as in `ticket.assigned`.
        kind: String,
        /// When.
        at: Timestamp,
        /// The ticket it is about.
        ticket_id: Option<TicketId>,
        /// The customer it is about.
        customer_id: Option<CustomerId>,
        /// Who did it.
        actor: LiveActor,
        /// The agents it concerns.
        agent_ids: Vec<AgentId>,
        /// What changed: ids, numbers and enums; texts are null.
        #[schema(value_type = Object)]
        changes: serde_json::Value,
    },
    /// Too much happened since, or rights changed: fetch everything again, and go on from here.
    Snapshot {
        /// The position to go on from.
        position: i64,
    },
    /// Who is at the ticket that this socket is at.
    Presence {
        /// Which ticket.
        ticket_id: TicketId,
        /// Everybody there, the caller too.
        agents: Vec<PresentAgent>,
    },
    /// The counts of the caller's views that changed.
    Counts {
        /// Only those that changed since the last time.
        views: Vec<ViewCount>,
    },
    /// The answer to `ping`.
    Pong,
    /// The session is over; the socket closes.
    SignedOut,
}

/// What the client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum LiveRequest {
    /// First of all: where the screen stands; null for a screen that has nothing yet.
    Resume {
        /// The last position received.
        position: Option<i64>,
    },
    /// What the agent does in this tab.
    Presence {
        /// The ticket; null for none.
        ticket_id: Option<TicketId>,
        /// What they do with it.
        state: PresenceState,
    },
    /// Are you there?
    Ping,
}
