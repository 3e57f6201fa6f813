//! What a team does together on a ticket, and what waits for one person today: readers only, each
//! one request for a screen. What they show is changed by the nouns it belongs to.

mod http;

use serde::Serialize;
use utoipa::ToSchema;

use crate::absences::Absence;
use crate::promises::Promise;

pub use http::router;

/// What is going on beside a ticket's conversation.
#[derive(Debug, Serialize, ToSchema)]
pub struct Together {
    /// What is promised and not settled, the next first.
    pub promises: Vec<Promise>,
}

/// What waits for the caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct Day {
    /// What they promised, and what those promised whom they stand in for; the next first.
    pub promises: Vec<Promise>,
    /// The absences in which the caller is away or stands in.
    pub absences: Vec<Absence>,
}
