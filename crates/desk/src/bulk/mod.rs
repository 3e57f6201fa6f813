//! One change to many tickets: a durable job that goes on whatever becomes of the tab it was
//! begun in.
//!
//! Each ticket is one transaction through the same single changes that a person's edit is made of,
//! with the person as actor and the rights they have at that moment; its row says what became of it
//! in the same transaction, so that no ticket is ever done twice, whenever a node dies. A ticket
//! that is refused stays as it was, with the reason, and the others go on. Undo puts back what
//! nobody changed since, and says which mails had left.

mod act;
pub mod commands;
mod http;
mod incidents;
pub mod reactions;
pub mod rules;
pub mod store;
mod undo;

use std::collections::BTreeMap;

use kernel::ids::{AgentId, BulkId, MacroId, TagId, TeamId, TicketId};
use kernel::journal::{Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actions::Action;
use crate::tickets::{Place, Priority, Status, TicketType};

pub use http::router;

words! {
    /// What kind of change it is.
    BulkKind {
        /// Fields, tags, people.
        Actions = "actions",
        /// A macro's actions.
        Macro = "macro",
        /// The same reply to each customer.
        Reply = "reply",
        /// The incidents of a solved problem are solved with it.
        Incidents = "incidents",
    }
}

words! {
    /// How far the work on many tickets is.
    BulkState {
        /// It goes on.
        Running = "running",
        /// Every ticket was dealt with.
        Done = "done",
        /// Somebody stopped it; what was done stays done.
        Cancelled = "cancelled",
        /// It is being taken back.
        Undoing = "undoing",
        /// It was taken back as far as that was possible.
        Undone = "undone",
    }
}

words! {
    /// What became of one ticket.
    ItemState {
        /// Nothing yet.
        Waiting = "waiting",
        /// It was changed.
        Done = "done",
        /// It stood so already.
        Same = "same",
        /// It stays as it was, for a reason.
        Refused = "refused",
        /// It stands as before.
        Undone = "undone",
        /// Something of it could not be taken back.
        Kept = "kept",
    }
}

/// What is done to each ticket, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// Fields, tags, people.
    Actions {
        /// In their order.
        actions: Vec<Action>,
    },
    /// A macro's actions.
    Macro {
        /// Which.
        id: MacroId,
    },
    /// A reply.
    Reply {
        /// The text, sanitised, with its variables.
        html: String,
        /// The status each ticket gets when it goes out.
        status_after: Option<Status>,
        /// The macro it was written with, whose actions are done with it.
        macro_id: Option<MacroId>,
    },
    /// Incidents are solved with their problem.
    Incidents {
        /// The problem.
        problem: TicketId,
        /// What each customer is told, sanitised, with its variables.
        html: Option<String>,
    },
}

impl What {
    /// What kind of change it is.
    pub const fn kind(&self) -> BulkKind {
        match self {
            Self::Actions { .. } => BulkKind::Actions,
            Self::Macro { .. } => BulkKind::Macro,
            Self::Reply { .. } => BulkKind::Reply,
            Self::Incidents { .. } => BulkKind::Incidents,
        }
    }

    /// The text that goes to each customer.
    pub fn html(&self) -> Option<&str> {
        match self {
            Self::Reply { html, .. } => Some(html),
            Self::Incidents { html, .. } => html.as_deref(),
            Self::Actions { .. } | Self::Macro { .. } => None,
        }
    }
}

/// Work on many tickets, as stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: BulkId,
    /// Who does it.
    pub agent: AgentId,
    /// What kind of change.
    pub kind: BulkKind,
    /// The change.
    pub what: Encrypted<String>,
    /// The problem whose incidents these are.
    pub problem: Option<TicketId>,
    /// How far it is.
    pub state: BulkState,
    /// How many tickets became what.
    pub tally: Tally,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// How many tickets became what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BulkTally)]
pub struct Tally {
    /// All of them.
    pub total: i64,
    /// Changed; those that were taken back since count here too.
    pub done: i64,
    /// Stood so already.
    pub same: i64,
    /// Stay as they were, for a reason.
    pub refused: i64,
    /// Stand as before, after undo.
    pub undone: i64,
    /// Could not be taken back as a whole.
    pub kept: i64,
    /// Replies that had left when they were to be taken back.
    pub mails_left: i64,
}

/// A ticket in it, as stored.
#[derive(Clone, Debug)]
pub struct Item {
    /// Which ticket.
    pub ticket: TicketId,
    /// The version that the person saw; `None`: whatever it is.
    pub version: Option<i64>,
    /// Its newest message when the work began.
    pub seen_number: i64,
    /// What became of it.
    pub state: ItemState,
    /// Why it was refused or kept: a stable code.
    pub code: Option<String>,
    /// The same in words.
    pub reason: Option<Encrypted<String>>,
    /// How it stood before and after: a [`Moved`].
    pub standing: Option<Encrypted<String>>,
    /// The reply that was written.
    pub reply: Option<i64>,
}

/// What of a ticket can be put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// How far the work was.
    pub status: Status,
    /// How urgent it was.
    pub priority: Priority,
    /// What kind of work it was.
    pub ticket_type: Option<TicketType>,
    /// Who had it.
    pub assignee: Option<AgentId>,
    /// Whose queue it was in.
    pub team: Option<TeamId>,
    /// Where it lay.
    pub place: Place,
    /// Until when it was put off.
    pub snoozed_until: Option<Timestamp>,
    /// Its tags, in order of their ids.
    pub tags: Vec<TagId>,
    /// Who watched it.
    pub watchers: Vec<AgentId>,
    /// What its fields held, by key.
    pub fields: BTreeMap<String, serde_json::Value>,
}

/// How a ticket stood before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Before.
    pub before: Standing,
    /// Right after.
    pub after: Standing,
}

/// Work on many tickets as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BulkWork {
    /// Its id.
    pub id: BulkId,
    /// What kind of change.
    pub kind: BulkKind,
    /// How far it is.
    pub state: BulkState,
    /// The problem whose incidents these are.
    pub problem_id: Option<TicketId>,
    /// How many tickets became what.
    pub tally: Tally,
    /// Tickets that stay as they were, or could not be taken back, each with the reason; the first
    /// 200 in the order they were named.
    pub left: Vec<BulkLeft>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended; null: it goes on.
    pub ended_at: Option<Timestamp>,
    /// Whether its owner can still take it back.
    pub may_undo: bool,
}

/// A ticket that was left as it was, or could not be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BulkLeft {
    /// Which ticket.
    pub ticket_id: TicketId,
    /// What became of it: refused or kept.
    pub state: ItemState,
    /// A stable code, as in a problem's `code`.
    pub code: String,
    /// What was in the way and what helps.
    pub reason: String,
}

/// Work on many tickets began.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BulkStarted {
    /// Which work.
    pub bulk: BulkId,
    /// What kind of change.
    pub work: BulkKind,
    /// How many tickets.
    pub total: i64,
}

/// Work on many tickets went on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BulkProgressed {
    /// Which work.
    pub bulk: BulkId,
    /// How far it is.
    pub state: BulkState,
    /// How many tickets it has dealt with.
    pub dealt: i64,
    /// How many there are.
    pub total: i64,
}

/// An incident was solved with its problem.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SolvedWithProblem {
    /// The problem.
    pub problem: TicketId,
}

/// The open incidents of a problem were solved with it, as far as they could be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IncidentsSolved {
    /// The work that did it; its `left` says why some stay open.
    pub bulk: BulkId,
    /// How many were solved.
    pub solved: i64,
    /// How many stay as they were.
    pub left: i64,
}

impl Record for BulkStarted {
    const KIND: &'static str = "bulk.started";
}

impl Record for BulkProgressed {
    const KIND: &'static str = "bulk.progressed";
}

impl Record for SolvedWithProblem {
    const KIND: &'static str = "ticket.solved_with_problem";
}

impl Record for IncidentsSolved {
    const KIND: &'static str = "ticket.incidents_solved";
}

/// Every kind of record about work on many tickets.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<BulkStarted>(),
    RecordType::of::<BulkProgressed>(),
    RecordType::of::<SolvedWithProblem>(),
    RecordType::of::<IncidentsSolved>(),
];
