//! The outbox: what has not left yet and why, what nobody knows of, what was refused lately.
//!
//! The desk owns deliveries and the decisions about them; here they are seen over all tickets,
//! beside what is known of the servers they leave by.

pub mod http;

use kernel::words;
use std::time::Duration;

/// How far back refused deliveries are listed.
pub const REFUSED_SINCE: Duration = Duration::from_secs(7 * 24 * 3600);

/// A message that leaves within this time is left out of those planned: it may still be undone.
pub const PLANNED_FROM: Duration = Duration::from_secs(60);

words! {
    /// Which deliveries.
    OutboxPart {
        /// Written to leave at a chosen time.
        Planned = "planned",
        /// Not handed over yet.
        Waiting = "waiting",
        /// Nobody knows whether they arrived.
        Uncertain = "uncertain",
        /// Refused in the last seven days.
        Refused = "refused",
    }
}
