//! What an agent is doing now.
//!
//! The state is the agent's own choice. A lead may choose another for a colleague, which the
//! colleague is shown, but nobody is made available by somebody else. Whoever's last screen is
//! gone for [`rules::GONE_AFTER`] is offline. Every change is a record: how long somebody was in
//! which state is computed from these. The row of `agent_states` is the one row to lock for
//! whatever fills an agent's hands.

pub mod commands;
mod http;
pub mod reactions;
pub mod rules;
pub mod store;

use kernel::ids::AgentId;
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use http::router;

words! {
    /// What an agent is doing now.
    AgentState {
        /// Takes work.
        Available = "available",
        /// Deals with what they have; gets nothing new.
        Focus = "focus",
        /// Rests.
        Break = "break",
        /// Learns.
        Training = "training",
        /// Finishes what a contact left to do.
        WrapUp = "wrap_up",
        /// Is not at work.
        Offline = "offline",
    }
}

words! {
    /// How a state came about.
    StateCause {
        /// The agent chose it.
        Chosen = "chosen",
        /// A lead chose it for them.
        Lead = "lead",
        /// Their last screen is gone.
        Gone = "gone",
    }
}

/// An agent's state as stored.
#[derive(Clone, Debug)]
pub struct StateRow {
    /// What they are doing.
    pub state: AgentState,
    /// How it came about.
    pub cause: StateCause,
    /// Why, in a few words.
    pub reason: Option<Encrypted<String>>,
    /// Who chose it; `None` when nobody did.
    pub set_by: Option<AgentId>,
    /// Since when.
    pub since: Timestamp,
    /// When a screen of theirs was last there.
    pub seen_at: Timestamp,
    /// Counts the changes.
    pub version: i64,
}

/// An agent's state changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StateChanged {
    /// The state.
    pub state: Change<AgentState>,
    /// How it came about.
    pub cause: StateCause,
    /// Why, in a few words.
    pub reason: Option<Encrypted<String>>,
}

impl Record for StateChanged {
    const KIND: &'static str = "agent.state_changed";
}

/// A ticket went back to its queue because its agent is not at work any more.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketReturned {
    /// Who had it.
    pub agent: AgentId,
}

impl Record for TicketReturned {
    const KIND: &'static str = "ticket.returned";
}

/// The journal records of states.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<StateChanged>(),
    RecordType::of::<TicketReturned>(),
];
