//! Brands: public faces of the workspace.
//!
//! Every ticket and inbox belongs to one from the first migration on; screens show brands once
//! there are two. There is no command here yet: the default brand is made by the migration.

mod http;
pub mod store;

use kernel::ids::BrandId;
use serde::Serialize;
use utoipa::ToSchema;

pub use http::router;

/// A brand as agents see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Brand {
    /// Its id.
    pub id: BrandId,
    /// Its name.
    pub name: String,
}
