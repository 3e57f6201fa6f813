//! The postmaster's view: how every mailbox fares, in one look.

pub mod http;
pub mod rules;
pub mod store;

use crate::email::server::Step;
use crate::inboxes::Health;
use kernel::time::Timestamp;
use kernel::words;

words! {
    /// How one direction of an inbox stands.
    MailStanding {
        /// It works: the mailbox is followed, mail leaves.
        Works = "works",
        /// It is set up and was not tried yet.
        Starting = "starting",
        /// It failed and is tried again by itself.
        Retrying = "retrying",
        /// It fails in a way that does not pass by itself.
        NeedsPerson = "needs_person",
        /// The server asked us to slow down; mail leaves later by itself.
        Resting = "resting",
        /// The inbox is switched off.
        Off = "off",
        /// Not set up: nothing is fetched, mail comes by other entrances; or nothing is sent.
        NotUsed = "not_used",
    }
}

/// What is known of one direction.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Whether the inbox is switched on.
    pub enabled: bool,
    /// Whether the direction is set up.
    pub used: bool,
    /// What the last attempt showed; `None` before the first.
    pub health: Option<Health>,
    /// Which part failed.
    pub step: Option<Step>,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// Until when the server wants no mail.
    pub resting_until: Option<Timestamp>,
}
