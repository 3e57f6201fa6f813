//! Views: the lists agents work from, and how many tickets each holds.
//!
//! Counts are kept in memory by every node for itself ([`Counts`]): loaded once by a scan of one
//! covering index, then kept by re-reading the few columns of each ticket that the journal says
//! has changed. Saved views are kept the same way, by their conditions ([`saved::members`]).
//! No transaction writes a counter and no request counts rows. What is read is the
//! ticket's state, not a difference, so records that come late, twice or together do no harm.

mod bits;
mod cards;
mod counts;
mod http;
pub mod rules;
pub mod saved;
mod store;
mod tally;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use counts::{Counts, SAVED};
pub use http::router;
pub use rules::ViewKey;

/// How many tickets a view holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ViewCount {
    /// `mine`, `unassigned`, `mentions`, `all`, `snoozed`, `solved`, `bulk`, `spam`, `trash`,
    /// `team:3` or `saved:12`.
    pub id: String,
    /// How many tickets it holds.
    pub count: i64,
    /// Whether there are more than counted.
    pub capped: bool,
}

/// A view as the sidebar shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct View {
    /// `mine`, `unassigned`, `mentions`, `all`, `snoozed`, `solved`, `bulk`, `spam`, `trash`,
    /// `team:3` or `saved:12`.
    pub id: String,
    /// The team's or saved view's name; the screen names the others, in its language.
    pub name: Option<String>,
    /// How a saved view is shown; null for the others.
    pub saved: Option<saved::Shown>,
    /// How many tickets it holds.
    pub count: i64,
    /// Whether there are more than counted.
    pub capped: bool,
}
