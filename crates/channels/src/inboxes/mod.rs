//! Inboxes: the mail addresses customers write to, with the servers behind them.
//!
//! Passwords are stored under the master key and never leave the server; a deleted inbox keeps
//! its row, because tickets point at it.

mod check;
pub mod commands;
mod directory;
pub mod form;
mod health;
pub mod http;
pub mod rules;
pub mod store;

use crate::email::server::{Security, Server, Step};
use kernel::ids::{BrandId, InboxId, KeyId, MailConnectionId, TeamId};
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::{Encrypted, KeyError, Keys};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use directory::Directory;
pub use health::{Direction, Look, note as note_health, note_look};

/// What happens with mail that lies in the mailbox when it is first connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Import {
    /// It stays where it is; only later mail becomes tickets.
    NewOnly,
    /// It becomes tickets quietly: no answers, rules or notifications.
    History,
}

/// Whether one direction of an inbox works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// The last attempt worked.
    Ok,
    /// The last attempt failed.
    Failing,
    /// Not set up, switched off, or not tried yet.
    Off,
}

/// How an inbox reaches a server; the password only in encrypted form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Host name.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Protection of the connection.
    pub security: Security,
    /// User name; empty for an SMTP server that asks for none.
    pub username: String,
    /// Folder to read (IMAP); empty for SMTP.
    pub folder: String,
    /// Password under the master key.
    pub password: Encrypted<String>,
    /// The connection whose tokens are said instead of the password.
    pub connection: Option<MailConnectionId>,
}

impl Access {
    /// The server with its password in clear. One with a connection is reached by
    /// [`crate::email::oauth::sign_in`].
    ///
    /// # Errors
    /// The master key can't open the password.
    pub fn server(&self, keys: &Keys) -> Result<Server, KeyError> {
        Ok(Server {
            host: self.host.clone(),
            port: self.port,
            security: self.security,
            username: self.username.clone(),
            credential: keys.decrypt_secret(&self.password)?.into(),
        })
    }
}

/// An inbox as it is stored.
#[derive(Clone, Debug)]
pub struct Inbox {
    /// Its id.
    pub id: InboxId,
    /// Its name inside the team.
    pub name: String,
    /// The address customers write to, in lower case.
    pub address: String,
    /// The name customers see; the inbox's name when empty.
    pub sender_name: String,
    /// The brand it speaks for.
    pub brand: BrandId,
    /// The team new tickets go to.
    pub team: Option<TeamId>,
    /// Whether mail is fetched and sent.
    pub enabled: bool,
    /// Whether it delivers into the practice outbox (demo only).
    pub practice: bool,
    /// HTML below every reply.
    pub signature: Encrypted<String>,
    /// Where mail is fetched.
    pub imap: Option<Access>,
    /// Where mail is handed over.
    pub smtp: Option<Access>,
    /// What happens with mail from before.
    pub import: Import,
    /// The key of raw mail that nobody owns yet.
    pub key: KeyId,
    /// Counts changes.
    pub version: i64,
}

impl Inbox {
    /// The name customers see.
    pub fn shown_name(&self) -> &str {
        if self.sender_name.is_empty() {
            &self.name
        } else {
            &self.sender_name
        }
    }
}

/// What is known of one direction.
#[derive(Clone, Debug)]
pub struct HealthNote {
    /// Works or not.
    pub state: Health,
    /// What is wrong.
    pub problem: Option<Encrypted<String>>,
    /// What helps.
    pub mend: Option<String>,
    /// Which part failed.
    pub step: Option<Step>,
    /// When it was last tried.
    pub checked_at: Timestamp,
    /// When it last worked: for receiving, when the mailbox was last looked at to the end.
    pub looked_at: Option<Timestamp>,
    /// Since when it fails; `None` while it works.
    pub failing_since: Option<Timestamp>,
    /// How many attempts failed since then.
    pub failures: i64,
    /// Mails known to wait on the server (receiving).
    pub waiting: i64,
    /// When the oldest of them arrived there.
    pub oldest_waiting_at: Option<Timestamp>,
}

impl HealthNote {
    /// How far behind receiving is: since when the oldest known mail waits, or else since when
    /// nobody looked.
    pub fn lag(&self, now: Timestamp) -> Option<std::time::Duration> {
        let behind = match (self.waiting, self.oldest_waiting_at) {
            (1.., Some(oldest)) => oldest,
            _ => self.looked_at?,
        };
        Some(now.since(behind))
    }
}

/// An inbox was created.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InboxCreated {
    /// The inbox.
    pub inbox: InboxId,
    /// The team new tickets go to.
    pub team: Option<TeamId>,
    /// What happens with mail from before.
    pub import: Import,
}

/// An inbox was changed; absent fields stayed as they were.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InboxChanged {
    /// The inbox.
    pub inbox: InboxId,
    /// Its name.
    pub name: Option<Change<Encrypted<String>>>,
    /// Its address.
    pub address: Option<Change<Encrypted<String>>>,
    /// Switched on or off.
    pub enabled: Option<Change<bool>>,
    /// The team new tickets go to.
    pub team: Option<Change<Option<TeamId>>>,
    /// The brand.
    pub brand: Option<Change<BrandId>>,
    /// Whether the way to the IMAP server changed.
    pub imap: bool,
    /// Whether the way to the SMTP server changed.
    pub smtp: bool,
    /// Whether signature or sender name changed.
    pub appearance: bool,
}

/// An inbox was deleted.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InboxDeleted {
    /// The inbox.
    pub inbox: InboxId,
}

/// One direction of an inbox began or ceased to work.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InboxHealthChanged {
    /// The inbox.
    pub inbox: InboxId,
    /// Receiving or sending.
    pub direction: Direction,
    /// Its state.
    pub health: Change<Health>,
}

impl Record for InboxCreated {
    const KIND: &'static str = "inbox.created";
}
impl Record for InboxChanged {
    const KIND: &'static str = "inbox.changed";
}
impl Record for InboxDeleted {
    const KIND: &'static str = "inbox.deleted";
}
impl Record for InboxHealthChanged {
    const KIND: &'static str = "inbox.health_changed";
}

/// The journal records of inboxes.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<InboxCreated>(),
    RecordType::of::<InboxChanged>(),
    RecordType::of::<InboxDeleted>(),
    RecordType::of::<InboxHealthChanged>(),
];
