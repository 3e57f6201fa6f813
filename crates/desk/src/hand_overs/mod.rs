//! Handing over at the end of a shift: what is under way, who goes on with it, and what they
//! should know.
//!
//! The draft is made of facts only. What the giver writes about a ticket is an internal note there
//! and nowhere else, so that it stays with the work and goes with it. A hand-over is read once
//! somebody took it.

mod commands;
mod http;
pub mod rules;
pub mod store;

use kernel::ids::{AgentId, HandoverId, TeamId, TicketId};
use kernel::journal::{Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::promises::Promise;
use crate::tickets::{Priority, Status};

pub use http::router;

/// What an agent has under way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HandOverDraft {
    /// Their open tickets and those that wake within a day, the longest silent first; at most 100.
    pub tickets: Vec<DraftTicket>,
    /// What they promised and have not settled, the next first.
    pub promises: Vec<Promise>,
}

/// A ticket under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DraftTicket {
    /// Which ticket.
    pub ticket_id: TicketId,
    /// Its subject.
    pub subject: String,
    /// How far it is.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// Since when the customer waits for a word, if they spoke last.
    pub waiting_since: Option<Timestamp>,
    /// When its next running clock is due.
    pub sla_due_at: Option<Timestamp>,
    /// When it wakes, if it is put off.
    pub snoozed_until: Option<Timestamp>,
    /// Whether an escalation that the agent answers for is under way.
    pub escalated: bool,
}

/// A hand-over as its giver and its receivers see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HandOver {
    /// Its id.
    pub id: HandoverId,
    /// Who handed over.
    pub from_agent_id: AgentId,
    /// The colleague who receives it, unless a team does.
    pub to_agent_id: Option<AgentId>,
    /// The team that receives it.
    pub to_team_id: Option<TeamId>,
    /// What the giver wrote about the whole; empty when nothing.
    pub note: String,
    /// The tickets it tells of.
    pub tickets: Vec<HandedTicket>,
    /// When.
    pub at: Timestamp,
    /// When somebody took it.
    pub read_at: Option<Timestamp>,
    /// Who took it.
    pub read_by_id: Option<AgentId>,
}

/// A ticket in a hand-over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HandedTicket {
    /// Which ticket.
    pub ticket_id: TicketId,
    /// Its subject.
    pub subject: String,
    /// Whether it went to the receiver; otherwise it stayed where it was.
    pub moved: bool,
    /// What the giver wrote about it; empty when nothing.
    pub note: String,
}

/// A hand-over's row.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: HandoverId,
    /// Who handed over.
    pub from: AgentId,
    /// The receiving colleague.
    pub to_agent: Option<AgentId>,
    /// The receiving team.
    pub to_team: Option<TeamId>,
    /// About the whole.
    pub note: Option<Encrypted<String>>,
    /// When.
    pub at: Timestamp,
    /// When somebody took it.
    pub read_at: Option<Timestamp>,
    /// Who took it.
    pub read_by: Option<AgentId>,
}

/// A ticket was part of a hand-over.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketHandedOver {
    /// Which hand-over.
    pub hand_over: HandoverId,
    /// The receiving colleague.
    pub to_agent: Option<AgentId>,
    /// The receiving team.
    pub to_team: Option<TeamId>,
    /// Whether the ticket went with it.
    pub moved: bool,
    /// Who is told; only the first ticket of a hand-over names somebody.
    pub told: Vec<AgentId>,
}

/// Somebody took a hand-over.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HandOverTaken {
    /// Which hand-over.
    pub hand_over: HandoverId,
    /// Who took it.
    pub by: AgentId,
}

impl Record for TicketHandedOver {
    const KIND: &'static str = "hand_over.sent";
}

impl Record for HandOverTaken {
    const KIND: &'static str = "hand_over.taken";
}

/// The journal records hand-overs write.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<TicketHandedOver>(),
    RecordType::of::<HandOverTaken>(),
];
