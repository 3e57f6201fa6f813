//! Follow-up promises: what an agent told a customer they would do, and by when.
//!
//! A promise comes back by itself: when it falls due, its ticket wakes and lies with its owner, or,
//! while the owner is away, with their stand-in or their team. A reply that goes out keeps every
//! promise of its ticket. A promise that fell due stays open until it is kept or withdrawn.

pub mod commands;
mod http;
pub mod reactions;
pub mod rules;
pub mod store;

use kernel::ids::{AgentId, PromiseId, TicketId};
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use http::router;

words! {
    /// How far a promise is.
    PromiseState {
        /// Its time is to come.
        Open = "open",
        /// Its time came, and it is not kept yet.
        Due = "due",
        /// It was kept.
        Kept = "kept",
        /// It holds no more.
        Withdrawn = "withdrawn",
    }
}

/// A promise as agents see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Promise {
    /// Its id.
    pub id: PromiseId,
    /// The ticket it was made on.
    pub ticket_id: TicketId,
    /// The ticket's subject.
    pub subject: String,
    /// Who keeps it.
    pub owner_id: AgentId,
    /// What was promised.
    pub note: String,
    /// By when.
    pub due_at: Timestamp,
    /// How far it is.
    pub state: PromiseState,
    /// Counts the changes; an update names the version it saw.
    pub version: i64,
}

/// A promise's row.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: PromiseId,
    /// The ticket it was made on.
    pub ticket: TicketId,
    /// Who keeps it.
    pub owner: AgentId,
    /// What was promised.
    pub note: Encrypted<String>,
    /// By when.
    pub due_at: Timestamp,
    /// How far it is.
    pub state: PromiseState,
    /// Counts the changes.
    pub version: i64,
}

/// Somebody promised something on a ticket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PromiseMade {
    /// Which promise.
    pub promise: PromiseId,
    /// Who keeps it.
    pub owner: AgentId,
    /// By when.
    pub due_at: Timestamp,
}

/// A promise got another time, owner or wording.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PromiseChanged {
    /// Which promise.
    pub promise: PromiseId,
    /// Who keeps it.
    pub owner: Change<AgentId>,
    /// By when.
    pub due_at: Change<Timestamp>,
}

/// The time of a promise came.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PromiseFellDue {
    /// Which promise.
    pub promise: PromiseId,
    /// Who keeps it.
    pub owner: AgentId,
    /// Who is told: the owner, and while they are away who stands in or their team.
    pub told: Vec<AgentId>,
}

/// A promise was kept or withdrawn.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PromiseSettled {
    /// Which promise.
    pub promise: PromiseId,
    /// Who kept it.
    pub owner: AgentId,
    /// How it ended.
    pub state: Change<PromiseState>,
}

impl Record for PromiseMade {
    const KIND: &'static str = "promise.made";
}

impl Record for PromiseChanged {
    const KIND: &'static str = "promise.changed";
}

impl Record for PromiseFellDue {
    const KIND: &'static str = "promise.fell_due";
}

impl Record for PromiseSettled {
    const KIND: &'static str = "promise.settled";
}

/// The journal records promises write.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<PromiseMade>(),
    RecordType::of::<PromiseChanged>(),
    RecordType::of::<PromiseFellDue>(),
    RecordType::of::<PromiseSettled>(),
];
