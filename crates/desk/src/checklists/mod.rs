//! Tasks on a ticket: what is to be done, by whom and by when, and the checklists they come from.
//!
//! Open required tasks warn whoever solves the ticket; they never block it. A task that falls due
//! tells its assignee, or whoever has the ticket when nobody was named.

pub mod commands;
mod http;
pub mod reactions;
pub mod rules;
pub mod store;
pub mod templates;

use kernel::ids::{AgentId, ChecklistId, TaskId, TicketId};
use kernel::journal::{Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use http::router;

pub(crate) use commands::{of_agent, on_ticket};

/// A task's row.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: TaskId,
    /// The ticket.
    pub ticket: TicketId,
    /// What is to be done.
    pub title: Encrypted<String>,
    /// Whether solving the ticket without it warns.
    pub required: bool,
    /// Who does it; `None`: whoever has the ticket.
    pub assignee: Option<AgentId>,
    /// By when.
    pub due_at: Option<Timestamp>,
    /// When it was done.
    pub done_at: Option<Timestamp>,
    /// Who did it.
    pub done_by: Option<AgentId>,
    /// Counts the changes.
    pub version: i64,
}

/// A task as agents see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The ticket.
    pub ticket_id: TicketId,
    /// The ticket's subject.
    pub subject: String,
    /// What is to be done.
    pub title: String,
    /// Whether solving the ticket without it warns.
    pub required: bool,
    /// Who does it; null: whoever has the ticket.
    pub assignee_id: Option<AgentId>,
    /// By when.
    pub due_at: Option<Timestamp>,
    /// When it was done; null: it is not.
    pub done_at: Option<Timestamp>,
    /// Who did it.
    pub done_by: Option<AgentId>,
    /// Counts the changes; an update names the version it saw.
    pub version: i64,
}

/// An item of a checklist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistItem {
    /// What is to be done.
    pub title: String,
    /// Whether solving the ticket without it warns.
    pub required: bool,
    /// Minutes in which it is due once it is on a ticket; null: no time.
    pub minutes: Option<i64>,
}

/// A list of tasks that tickets begin with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Checklist {
    /// Its id.
    pub id: ChecklistId,
    /// Its name.
    pub name: String,
    /// Its items, in order.
    pub items: Vec<ChecklistItem>,
    /// Counts the changes; an update names the version it saw.
    pub version: i64,
}

/// Tasks came onto a ticket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TasksAdded {
    /// Which tasks.
    pub tasks: Vec<TaskId>,
    /// The checklist they come from.
    pub checklist: Option<ChecklistId>,
    /// Who is told: the assignee, when there is one.
    pub told: Vec<AgentId>,
}

/// A task changed, was done, or is to be done again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TaskChanged {
    /// Which task.
    pub task: TaskId,
    /// Whether it is done.
    pub done: bool,
    /// Whether it is gone.
    pub removed: bool,
    /// Who is told: a new assignee.
    pub told: Vec<AgentId>,
}

/// A task fell due.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TaskFellDue {
    /// Which task.
    pub task: TaskId,
    /// Who is told.
    pub told: Vec<AgentId>,
}

/// A checklist was made, changed or removed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ChecklistChanged {
    /// Which checklist.
    pub checklist: ChecklistId,
    /// Whether it is gone.
    pub removed: bool,
    /// Its name.
    pub name: Encrypted<String>,
}

impl Record for TasksAdded {
    const KIND: &'static str = "task.added";
}

impl Record for TaskChanged {
    const KIND: &'static str = "task.changed";
}

impl Record for TaskFellDue {
    const KIND: &'static str = "task.fell_due";
}

impl Record for ChecklistChanged {
    const KIND: &'static str = "checklist.changed";
}

/// The journal records tasks write.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<TasksAdded>(),
    RecordType::of::<TaskChanged>(),
    RecordType::of::<TaskFellDue>(),
    RecordType::of::<ChecklistChanged>(),
];
