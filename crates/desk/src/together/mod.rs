//! What a team does together on a ticket, and what waits for one person today: readers only, each
//! one request for a screen. What they show is changed by the nouns it belongs to.

mod http;

use serde::Serialize;
use utoipa::ToSchema;

use crate::absences::Absence;
use crate::checklists::Task;
use crate::escalations::Escalation;
use crate::promises::Promise;
use crate::side_conversations::SideConversation;

pub use http::router;

/// What is going on beside a ticket's conversation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Together {
    /// What is promised and not settled, the next first.
    pub promises: Vec<Promise>,
    /// The latest escalation, unless it led to an end.
    pub escalation: Option<Escalation>,
    /// What is to be done, in order.
    pub tasks: Vec<Task>,
    /// Whom was asked beside it, the oldest first.
    pub side_conversations: Vec<SideConversation>,
}

/// What waits for the caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct Day {
    /// What they promised, and what those promised whom they stand in for; the next first.
    pub promises: Vec<Promise>,
    /// Escalations meant for the caller or one of their teams, the next due first.
    pub escalations: Vec<Escalation>,
    /// The caller's open tasks, the next due first.
    pub tasks: Vec<Task>,
    /// Side conversations that go on and that the caller began or is asked in, the latest first.
    pub side_conversations: Vec<SideConversation>,
    /// The absences in which the caller is away or stands in.
    pub absences: Vec<Absence>,
}
