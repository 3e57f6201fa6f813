//! Customers: the people served, and the identities by which they reach us.
//!
//! A customer owns at least one data key, made before the transaction that names it; everything
//! personal that is not needed for look-up is stored under a key of the customer it is about.
//! Merging points one customer at another and leaves rows and keys where they were.

pub mod pauses;
pub mod people;

#[cfg(feature = "fixtures")]
pub mod fixtures;

use std::sync::Arc;

use kernel::Kernel;
use kernel::journal::RecordType;
use kernel::migrate::{Migration, Room};
use utoipa_axum::router::OpenApiRouter;

pub use people::{Arrival, MailAddress, Person, TicketCounts};

/// The room's handle: cheap to clone, shared by every handler.
#[derive(Clone)]
pub struct Customers {
    /// What every room stands on.
    pub kernel: Kernel,
    /// How many tickets a customer has, which a higher room knows.
    pub tickets: Arc<dyn TicketCounts>,
}

impl Customers {
    /// The room on `kernel`, asking `tickets` how many tickets a customer has.
    pub fn new(kernel: Kernel, tickets: Arc<dyn TicketCounts>) -> Self {
        Self { kernel, tickets }
    }
}

/// The tables of this room.
pub const MIGRATIONS: Room = Room {
    name: "customers",
    migrations: &[
        Migration {
            number: 1,
            name: "customers",
            sql: include_str!("../migrations/0001_customers.sql"),
        },
        Migration {
            number: 2,
            name: "paused_addresses",
            sql: include_str!("../migrations/0002_paused_addresses.sql"),
        },
    ],
};

/// Every kind of record that this room writes.
pub const RECORDS: &[&[RecordType]] = &[people::RECORDS, pauses::RECORDS];

/// The routes of this room, relative to `/api/v1`.
pub fn router() -> OpenApiRouter<Customers> {
    people::http::router().merge(pauses::http::router())
}
