//! The pause: we stop writing to an address that mail comes back from, or whose reader complained.
//!
//! Invariants: an address is paused by its folded form, whoever it belongs to; only the first cause
//! is kept; a pause ends when a colleague lifts it or when the customer writes from the address,
//! and its count of failures ends with it.

pub mod commands;
pub mod http;
pub mod rules;
pub mod store;

use kernel::ids::IdentityId;
use kernel::journal::{Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// Why we stopped writing to an address.
    PauseCause {
        /// Its server says that there is no such mailbox.
        NoMailbox = "no_mailbox",
        /// Mail came back several times in a row.
        Failures = "failures",
        /// Its reader called a mail of ours spam.
        Complaint = "complaint",
    }
}

/// A pause as stored.
#[derive(Clone, Debug)]
pub struct Pause {
    /// Why.
    pub cause: PauseCause,
    /// What the other side said.
    pub reason: Option<Encrypted<String>>,
    /// Since when.
    pub since: Timestamp,
}

/// A pause as the API shows it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Pause)]
pub struct ApiPause {
    /// Why.
    pub cause: PauseCause,
    /// What the other side said; empty when nothing or erased.
    pub reason: String,
    /// Since when.
    pub since: Timestamp,
}

/// We stopped writing to an address.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IdentityPaused {
    /// The identity; null for an address that is nobody's.
    pub identity: Option<IdentityId>,
    /// Why.
    pub cause: PauseCause,
    /// What the other side said.
    pub reason: Encrypted<String>,
}

impl Record for IdentityPaused {
    const KIND: &'static str = "identity.paused";
}

/// We write to an address again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IdentityResumed {
    /// The identity.
    pub identity: Option<IdentityId>,
    /// Why the pause began.
    pub cause: PauseCause,
    /// What the colleague who lifted it gave as the reason; null when the customer wrote.
    pub reason: Option<Encrypted<String>>,
}

impl Record for IdentityResumed {
    const KIND: &'static str = "identity.resumed";
}

/// Every kind of record about pauses.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<IdentityPaused>(),
    RecordType::of::<IdentityResumed>(),
];
