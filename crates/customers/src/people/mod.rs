//! The customer: a person served, known by addresses.

pub mod commands;
pub mod http;
pub mod rules;
pub mod store;

use futures_util::future::BoxFuture;
use kernel::db::{DbError, Tx};
use kernel::ids::{CustomerId, IdentityId, KeyId};
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use rules::MailAddress;

/// A customer as stored.
#[derive(Clone, Debug)]
pub struct Customer {
    /// The number.
    pub id: CustomerId,
    /// The first data key; more may exist.
    pub key: KeyId,
    /// The name shown.
    pub name: String,
    /// What the team wrote about the customer.
    pub note: Option<Encrypted<String>>,
    /// The language the customer writes, as a BCP 47 tag.
    pub language: Option<String>,
    /// The customer this one was merged into.
    pub merged_into: Option<CustomerId>,
    /// When the customer first reached us.
    pub created_at: Timestamp,
    /// Counts the edits.
    pub version: i64,
}

/// An address by which a customer reaches us.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The number.
    pub id: IdentityId,
    /// Mail or phone.
    pub kind: IdentityKind,
    /// The address as written.
    pub value: String,
    /// Whether the customer proved that it is theirs.
    pub verified: bool,
}

/// What an identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// A mail address.
    Email,
    /// A phone number.
    Phone,
}

/// A customer seen through one of their mail addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The customer, after merges.
    pub id: CustomerId,
    /// The key for what they write.
    pub key: KeyId,
    /// The identity they used.
    pub identity: IdentityId,
    /// The name shown.
    pub name: String,
    /// The address as written.
    pub email: String,
}

/// Someone who is about to reach us: made before the transaction, because keys are.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The address.
    pub address: MailAddress,
    /// The name for a newcomer.
    pub name: String,
    /// The key of the known customer, or a fresh one for a newcomer.
    pub key: KeyId,
}

/// How many tickets a customer has: a port that a higher room fills.
pub trait TicketCounts: Send + Sync {
    /// The number of tickets whose requester is `customer`, counted up to 1,000.
    fn count<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        customer: CustomerId,
    ) -> BoxFuture<'a, Result<i64, DbError>>;
}

/// A customer reached us for the first time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct CustomerCreated {
    /// The name they came with.
    pub name: Encrypted<String>,
}

impl Record for CustomerCreated {
    const KIND: &'static str = "customer.created";
}

/// An agent changed what we know about a customer; absent fields stayed.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct CustomerChanged {
    /// The name.
    pub name: Option<Change<Encrypted<String>>>,
    /// The team's note.
    pub note: Option<Change<Option<Encrypted<String>>>>,
    /// The language.
    pub language: Option<Change<Option<Encrypted<String>>>>,
}

impl Record for CustomerChanged {
    const KIND: &'static str = "customer.changed";
}

/// A customer got a new address.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct IdentityAdded {
    /// The identity.
    pub identity: IdentityId,
    /// Mail or phone.
    pub identity_kind: IdentityKind,
    /// The address.
    pub value: Encrypted<String>,
}

impl Record for IdentityAdded {
    const KIND: &'static str = "identity.added";
}

/// Every kind of record about customers.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<CustomerCreated>(),
    RecordType::of::<CustomerChanged>(),
    RecordType::of::<IdentityAdded>(),
];
