//! What every room's HTTP edge shares: problems, JSON, paging.

mod cursor;
mod extract;
pub mod outgoing;
mod problem;
pub mod signature;

use serde::Serialize;
use utoipa::ToSchema;

pub use cursor::Cursor;
pub use extract::{IdempotencyKey, Json, Path, Query};
pub use problem::Problem;

/// What a handler answers.
pub type Answer<T> = Result<T, Problem>;

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; null on the last one.
    pub next: Option<String>,
}
