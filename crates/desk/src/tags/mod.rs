//! Tags: labels on tickets.
//!
//! A tag's name is its identity: lower case, words joined by hyphens, so that `VIP customer` and
//! `vip-customer` are one tag. Whoever may update a ticket may bring a new tag into being by
//! using it; renaming, colouring and deleting are set-up.

pub mod commands;
mod http;
pub mod rules;
pub mod store;

use kernel::ids::TagId;
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(crate) use http::present;
pub use http::router;

/// A tag as agents see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Tag {
    /// Its id.
    pub id: TagId,
    /// Its name, unique in the workspace.
    pub name: String,
    /// Its colour as `#rrggbb`; none is the neutral one.
    pub color: Option<String>,
    /// Counts the changes.
    pub version: i64,
}

/// A tag came into being. Its name is in the tag's row and in the record that ends it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TagCreated {
    /// Which tag.
    pub tag: TagId,
    /// Its colour as a 24-bit RGB number.
    pub color: Option<i64>,
}

/// A tag was renamed or coloured.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TagChanged {
    /// Which tag.
    pub tag: TagId,
    /// The name, when it changed.
    pub name: Option<Change<Encrypted<String>>>,
    /// The colour as a 24-bit RGB number, when it changed.
    pub color: Option<Change<Option<i64>>>,
}

/// A tag was deleted and taken off every ticket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TagDeleted {
    /// Which tag.
    pub tag: TagId,
    /// The name it had.
    pub name: Encrypted<String>,
}

impl Record for TagCreated {
    const KIND: &'static str = "tag.created";
}

impl Record for TagChanged {
    const KIND: &'static str = "tag.changed";
}

impl Record for TagDeleted {
    const KIND: &'static str = "tag.deleted";
}

/// The journal records tags write.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<TagCreated>(),
    RecordType::of::<TagChanged>(),
    RecordType::of::<TagDeleted>(),
];
