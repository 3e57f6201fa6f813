//! Signing in to mail servers without a password: OAuth 2.0 (RFC 6749) with PKCE (RFC 7636).
//!
//! A connection is one mailbox owner's consent at a provider. Its secrets lie under the master
//! key. Invariants: a token goes only to the hosts its connection was made for; no transaction is
//! open while the provider is asked; one node asks at a time, under a lease; a refresh token that
//! the provider replaced is forgotten only after the new one has itself been used.

mod commands;
mod consent;
pub mod http;
mod provider;
pub mod rules;
pub mod sasl;
pub mod sign_in;
mod state;
pub mod store;
mod tokens;

use kernel::ids::{InboxId, MailConnectionId};
use kernel::journal::{Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use commands::{NewConnection, create};
pub use consent::{begin, complete};

words! {
    /// Whose sign-in it is.
    OauthProvider {
        /// Gmail and Google Workspace.
        Google = "google",
        /// Outlook and Microsoft 365.
        Microsoft = "microsoft",
        /// Any other, by its addresses.
        Other = "other",
    }
}

words! {
    /// How a connection stands.
    ConnectionState {
        /// Nobody has signed in at the provider yet.
        Waiting = "waiting",
        /// Tokens are at hand.
        Connected = "connected",
        /// The provider refuses; a person has to mend it.
        Refused = "refused",
    }
}

words! {
    /// Why a provider refuses.
    ConnectionTrouble {
        /// The owner withdrew the consent, changed the password, or it ran out.
        Consent = "consent",
        /// The client's id or secret is wrong, or the secret ran out.
        Client = "client",
    }
}

/// A connection as it is stored.
#[derive(Clone, Debug)]
pub struct MailConnection {
    /// Its id.
    pub id: MailConnectionId,
    /// Whose sign-in it is.
    pub provider: OauthProvider,
    /// The mailbox's user name at the provider.
    pub username: String,
    /// The issuer's identifier (RFC 8414), when known.
    pub issuer: Option<String>,
    /// Where a person consents.
    pub authorize_url: String,
    /// Where tokens are given.
    pub token_url: String,
    /// What is asked for, separated by spaces.
    pub scopes: String,
    /// The mail servers the tokens may be shown to.
    pub hosts: Vec<String>,
    /// The client's id at the provider.
    pub client_id: String,
    /// The client's secret; empty for a public client.
    pub client_secret: Encrypted<String>,
    /// How it stands.
    pub state: ConnectionState,
    /// Why the provider refuses.
    pub trouble: Option<ConnectionTrouble>,
    /// The attempt to consent that is under way.
    pub attempt: Option<String>,
    /// By which new access tokens are got.
    pub refresh_token: Option<Encrypted<String>>,
    /// The one before, until the present one has been used.
    pub refresh_before: Option<Encrypted<String>>,
    /// By which mail servers are signed in to.
    pub access_token: Option<Encrypted<String>>,
    /// When a new access token is got, ahead of its end.
    pub renew_at: Option<Timestamp>,
    /// When the access token ends.
    pub expires_at: Option<Timestamp>,
    /// Counts tokens.
    pub generation: i64,
    /// Counts changes by people.
    pub version: i64,
    /// When somebody last consented.
    pub connected_at: Option<Timestamp>,
}

/// A connection was set up.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MailConnectionCreated {
    /// The connection.
    pub connection: MailConnectionId,
    /// Whose sign-in it is.
    pub provider: OauthProvider,
}

/// The mailbox's owner consented, for the first time or again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MailConnectionGranted {
    /// The connection.
    pub connection: MailConnectionId,
    /// The inboxes that go on with it.
    pub inboxes: Vec<InboxId>,
}

/// The provider refuses from now on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MailConnectionRefused {
    /// The connection.
    pub connection: MailConnectionId,
    /// Why.
    pub trouble: ConnectionTrouble,
}

/// The client's id or secret was changed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MailConnectionChanged {
    /// The connection.
    pub connection: MailConnectionId,
}

/// A connection was deleted, with its tokens.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MailConnectionDeleted {
    /// The connection.
    pub connection: MailConnectionId,
}

impl Record for MailConnectionCreated {
    const KIND: &'static str = "mail_connection.created";
}
impl Record for MailConnectionGranted {
    const KIND: &'static str = "mail_connection.granted";
}
impl Record for MailConnectionRefused {
    const KIND: &'static str = "mail_connection.refused";
}
impl Record for MailConnectionChanged {
    const KIND: &'static str = "mail_connection.changed";
}
impl Record for MailConnectionDeleted {
    const KIND: &'static str = "mail_connection.deleted";
}

/// The journal records of connections.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<MailConnectionCreated>(),
    RecordType::of::<MailConnectionGranted>(),
    RecordType::of::<MailConnectionRefused>(),
    RecordType::of::<MailConnectionChanged>(),
    RecordType::of::<MailConnectionDeleted>(),
];
