//! What a sender over their limit still sends: it is kept on one ticket, counted, and told of once.

pub mod store;

use kernel::ids::TicketId;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a message comes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// Somebody wrote: agents hear of it.
    #[default]
    Usual,
    /// Somebody wrote who writes too much: it is kept and counted, and nobody is told.
    Gathered,
    /// A list, a newsletter or a program's report: it lies aside and nobody is told. Its sender
    /// and its other readers get no part in the ticket.
    Aside,
}

/// Where a message goes, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placing {
    /// The ticket it goes on; `None`: a new one.
    pub into: Option<TicketId>,
    /// How it comes in.
    pub manner: Manner,
}

/// What was gathered on a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Gathered {
    /// How many messages came without notices.
    pub count: i64,
    /// When the first of them came.
    pub since: Timestamp,
}
