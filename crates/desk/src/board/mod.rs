//! The supervisor's board: how each team's work stands now.
//!
//! Every number is counted from memory: what waits and who is there from [`crate::routing`], what
//! is due and how first replies went from a ledger that each node keeps by following the journal
//! ([`keeper`]). Nothing is computed while nobody looks, and a look costs no search, so a screen
//! asks again several times in a second instead of being told: with hundreds of agents at work
//! the numbers move many times in a second, and only a few people watch them. What did not change
//! is not sent again (`ETag`).
//!
//! Every number names the list of its tickets ([`List`]). There is no number about a person.

mod http;
pub mod keeper;
pub mod ledger;
pub mod rules;
pub mod store;

use kernel::ids::{AgentId, TeamId};
use kernel::time::Timestamp;
use kernel::words;
use serde::Serialize;
use utoipa::ToSchema;

use crate::routing::board::OpenOffer;
use crate::states::AgentState;

pub(crate) use http::page;
pub use http::router;
pub use keeper::Board;

/// The version of what [`ServiceLevel`] measures; counted up when it changes.
pub const DEFINITION: i64 = 1;

words! {
    /// What a number of the board counts.
    What {
        /// Waits for somebody to take it.
        Waiting = "waiting",
        /// Something promised falls due within the hour; nothing is late yet.
        AtRisk = "at_risk",
        /// Something promised is late.
        Overdue = "overdue",
        /// First replies of today that were in time.
        InTime = "in_time",
        /// First replies that became late today, given or not.
        Late = "late",
    }
}

/// The tickets that a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    /// What it counts.
    pub what: What,
    /// Of which team; `None`: of those that have none.
    pub team: Option<TeamId>,
}

/// A number, and the way to its tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BoardFigure)]
pub struct Figure {
    /// How many.
    pub count: i64,
    /// The view that lists them: `GET /tickets?view=…`.
    pub view: String,
}

/// Who is in a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgentsInState {
    /// The state.
    pub state: AgentState,
    /// In the order of their ids.
    pub agent_ids: Vec<AgentId>,
}

/// The share of first replies within their target, of those that were decided today.
///
/// A first reply is decided once: in time when it is given before its target, else late at the
/// moment its target passes, given or not. So nobody gains by leaving the late ones unanswered.
/// It counts for the team that has the ticket now, and its target is the one in force then.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ServiceLevel {
    /// Since when: midnight by the team's schedule, else the workspace's, else UTC.
    pub since: Timestamp,
    /// Given in time.
    pub in_time: Figure,
    /// Late.
    pub late: Figure,
    /// The share in time, 0 to 1; null below 10, which are too few to say.
    pub share: Option<f64>,
    /// The lower end of the 95 % Wilson interval of the share.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// The version of this definition.
    pub definition: i64,
}

/// How one team's work stands.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TeamStanding {
    /// Which team; null: the tickets and agents that have none.
    pub team_id: Option<TeamId>,
    /// Whether it is open now.
    pub open: bool,
    /// Waits for somebody to take it.
    pub waiting: Figure,
    /// Since when the customer who waits longest waits.
    pub waiting_since: Option<Timestamp>,
    /// Something promised falls due within the hour; nothing is late yet.
    pub at_risk: Figure,
    /// Something promised is late.
    pub overdue: Figure,
    /// Who is in which state; states in which nobody is are left out.
    pub agents: Vec<AgentsInState>,
    /// What lies before its agents.
    pub offers: Vec<OpenOffer>,
    /// How first replies went today.
    pub first_replies: ServiceLevel,
}
