//! Escalations: a ticket goes to somebody who can do more, with a note that saves everybody from
//! asking twice.
//!
//! A path is a list of steps: a team or an agent, when to use it, and by when it is to be taken.
//! Who escalates stays the customer's contact: they keep watching and are shown beside the assignee
//! until the escalation is over. The receiver takes it or returns it with a reason; a ticket has at
//! most one open escalation, and the next step begins where the last one ended.

pub mod commands;
mod http;
pub mod paths;
mod receive;
pub mod rules;
pub mod store;

use kernel::ids::{AgentId, EscalationId, EscalationPathId, TeamId, TicketId};
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use http::router;

pub(crate) use commands::{of_agent, on_ticket};

words! {
    /// How far an escalation is.
    EscalationState {
        /// It waits to be taken.
        Waiting = "waiting",
        /// Somebody took it.
        Taken = "taken",
        /// It came back with a reason.
        Returned = "returned",
        /// It led to an end: its ticket is solved, or it went on by another step.
        Over = "over",
    }
}

/// A step of a path: exactly one of `agent_id` and `team_id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EscalationStep)]
pub struct Step {
    /// The agent it goes to.
    pub agent_id: Option<AgentId>,
    /// The team whose queue it goes to.
    pub team_id: Option<TeamId>,
    /// When to use it, in plain words.
    pub when: String,
    /// Minutes in which it is to be taken.
    pub minutes: i64,
}

/// A way by which tickets are escalated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EscalationPath {
    /// Its id.
    pub id: EscalationPathId,
    /// Its name.
    pub name: String,
    /// Its steps, the first one first.
    pub steps: Vec<Step>,
    /// Counts the changes; an update names the version it saw.
    pub version: i64,
}

/// What a receiver must know; all of it is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOverNote {
    /// What it is about.
    pub summary: String,
    /// What was tried.
    pub tried: String,
    /// What the customer expects.
    pub expected: String,
}

/// An escalation's row.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: EscalationId,
    /// The ticket.
    pub ticket: TicketId,
    /// By which path.
    pub path: EscalationPathId,
    /// Which of its steps, counted from 0.
    pub step: i64,
    /// How far it is.
    pub state: EscalationState,
    /// Who escalated it and stays the contact.
    pub owner: AgentId,
    /// The team it came from.
    pub from_team: Option<TeamId>,
    /// The agent it goes to.
    pub to_agent: Option<AgentId>,
    /// The team it goes to.
    pub to_team: Option<TeamId>,
    /// Who took it.
    pub taken_by: Option<AgentId>,
    /// The note, as JSON.
    pub note: Encrypted<String>,
    /// Why it was returned.
    pub reason: Option<Encrypted<String>>,
    /// By when it is to be taken.
    pub due_at: Timestamp,
    /// When it was escalated.
    pub at: Timestamp,
    /// When it was over.
    pub settled_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i64,
}

/// An escalation as agents see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Escalation {
    /// Its id.
    pub id: EscalationId,
    /// The ticket.
    pub ticket_id: TicketId,
    /// The ticket's subject.
    pub subject: String,
    /// By which path.
    pub path_id: EscalationPathId,
    /// Which of its steps, counted from 0.
    pub step: i64,
    /// How far it is.
    pub state: EscalationState,
    /// Who escalated it and stays the customer's contact.
    pub owner_id: AgentId,
    /// The agent it goes to.
    pub to_agent_id: Option<AgentId>,
    /// The team it goes to.
    pub to_team_id: Option<TeamId>,
    /// Who took it.
    pub taken_by: Option<AgentId>,
    /// What the receiver must know.
    pub note: HandOverNote,
    /// Why it was returned; null unless it was.
    pub reason: Option<String>,
    /// By when it is to be taken.
    pub due_at: Timestamp,
    /// When it was escalated.
    pub at: Timestamp,
    /// Counts the changes; an update names the version it saw.
    pub version: i64,
}

/// A ticket was escalated.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketEscalated {
    /// Which escalation.
    pub escalation: EscalationId,
    /// By which path.
    pub path: EscalationPathId,
    /// Which of its steps.
    pub step: i64,
    /// The agent it goes to.
    pub to_agent: Option<AgentId>,
    /// The team it goes to.
    pub to_team: Option<TeamId>,
    /// By when it is to be taken.
    pub due_at: Timestamp,
    /// Who is told.
    pub told: Vec<AgentId>,
}

/// An escalation was taken, came back, or is over.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EscalationMoved {
    /// Which escalation.
    pub escalation: EscalationId,
    /// How far it is.
    pub state: Change<EscalationState>,
    /// Who is told: whoever escalated it, when it was taken or came back.
    pub told: Vec<AgentId>,
}

/// A path was made, changed or removed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EscalationPathChanged {
    /// Which path.
    pub path: EscalationPathId,
    /// Whether it is gone.
    pub removed: bool,
    /// Its name.
    pub name: Encrypted<String>,
}

impl Record for TicketEscalated {
    const KIND: &'static str = "escalation.started";
}

impl Record for EscalationMoved {
    const KIND: &'static str = "escalation.moved";
}

impl Record for EscalationPathChanged {
    const KIND: &'static str = "escalation_path.changed";
}

/// The journal records escalations write.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<TicketEscalated>(),
    RecordType::of::<EscalationMoved>(),
    RecordType::of::<EscalationPathChanged>(),
];
