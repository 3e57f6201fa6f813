//! DKIM (RFC 6376, RFC 8463): our mail carries the signature of its domain.
//!
//! Keys come in generations of two, RSA-2048 and Ed25519, each under a selector of its own. A key
//! signs once its public half was found in the DNS, or when an administrator insists; a broken
//! signature is worse than none. A newer generation takes over when it is published, and only then
//! does the older one retire, its secret with it.

pub mod commands;
pub mod http;
pub mod reactions;
pub mod records;
pub mod rules;
pub mod sign;
pub mod store;

use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

words! {
    /// How a key signs.
    Algorithm {
        /// RSA with 2048 bits, which everybody can check.
        Rsa = "rsa",
        /// Ed25519, short and fast; those who can't check it ignore it.
        Ed25519 = "ed25519",
    }
}

words! {
    /// What was found of a record in the DNS.
    Published {
        /// Not looked up yet.
        Unknown = "unknown",
        /// It is there as it should be.
        Found = "found",
        /// There is no such record.
        Missing = "missing",
        /// Something else is there.
        Differs = "differs",
    }
}

/// A key as stored.
#[derive(Clone, Debug)]
pub struct DkimKey {
    /// Its id.
    pub id: i64,
    /// The domain it signs for, in ASCII.
    pub domain: String,
    /// Counts the pairs of a domain from 1.
    pub generation: i64,
    /// Where its public half is published: `selector._domainkey.domain`.
    pub selector: String,
    /// How it signs.
    pub algorithm: Algorithm,
    /// PKCS #8 in base64 under the master key; empty once retired.
    pub secret: Encrypted<String>,
    /// The public half, as `p=` holds it (before base64).
    pub public_key: Vec<u8>,
    /// What the DNS was last seen to hold.
    pub published: Published,
    /// Whether an administrator has it sign whatever the DNS says.
    pub insisted: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the DNS was last asked.
    pub checked_at: Option<Timestamp>,
    /// When a newer one took over.
    pub retired_at: Option<Timestamp>,
}

/// A pair of keys was made for a domain.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DkimKeysCreated {
    /// The domain.
    pub domain: Encrypted<String>,
    /// Which pair.
    pub generation: i64,
}

/// What is published of a key changed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DkimKeyPublished {
    /// The key.
    pub key: i64,
    /// What the DNS holds.
    pub published: Change<Published>,
}

/// A key has to sign whatever the DNS says, or no longer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DkimKeyInsisted {
    /// The key.
    pub key: i64,
    /// Whether it has to.
    pub insisted: Change<bool>,
}

/// A newer key took over; the secret of this one is gone.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DkimKeyRetired {
    /// The key.
    pub key: i64,
}

impl Record for DkimKeysCreated {
    const KIND: &'static str = "dkim.keys_created";
}
impl Record for DkimKeyPublished {
    const KIND: &'static str = "dkim.key_published";
}
impl Record for DkimKeyInsisted {
    const KIND: &'static str = "dkim.key_insisted";
}
impl Record for DkimKeyRetired {
    const KIND: &'static str = "dkim.key_retired";
}

/// The journal records of signing.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<DkimKeysCreated>(),
    RecordType::of::<DkimKeyPublished>(),
    RecordType::of::<DkimKeyInsisted>(),
    RecordType::of::<DkimKeyRetired>(),
];
