//! Saying no to a kind of mail by one click (RFC 8058): the link in `List-Unsubscribe` carries a
//! signed token that names the address and the kind, and works without signing in.
//!
//! Only mail that nobody asked for this minute carries it: surveys and acknowledgements. Answers
//! of people are never stopped by it.

pub mod commands;
pub mod http;
pub mod rules;
pub mod store;

use kernel::ids::{CustomerId, IdentityId};
use kernel::journal::{Change, Record, RecordType};
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// A kind of mail that an address can say no to.
    MailKind {
        /// Questions about how we did.
        Survey = "survey",
        /// "We got your mail."
        Acknowledgement = "acknowledgement",
    }
}

/// Somebody said no to a kind of mail, or yes again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct SubscriptionChanged {
    /// The customer.
    pub customer: CustomerId,
    /// The address.
    pub identity: IdentityId,
    /// The kind.
    pub kind: MailKind,
    /// Whether it may be sent.
    pub wanted: Change<bool>,
}

impl Record for SubscriptionChanged {
    const KIND: &'static str = "customer.subscription_changed";
}

/// The journal records of saying no.
pub const RECORDS: &[RecordType] = &[RecordType::of::<SubscriptionChanged>()];
