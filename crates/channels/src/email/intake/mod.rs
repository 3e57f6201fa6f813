//! Received mail: stored raw before anybody looks into it, then read and filed by a job.
//!
//! Invariants: what a server handed over is durable before the cursor moves past it; a mail that
//! can't be filed stays visible with its reason and its raw copy, and stops nothing behind it; the
//! same mail is filed once, however often and by however many ways it arrives. Identical bytes are
//! the same mail; so is another copy with the same Message-ID, sender and date. A copy that came in
//! by another inbox is shown on the ticket as a further entrance. Hash and fingerprint outlive the
//! ticket, so that what was purged does not come back.

pub mod commands;
pub mod http;
pub mod job;
pub mod reactions;
mod rules;
pub mod store;

use kernel::ids::{FailureId, InboxId, TicketId};
use kernel::journal::{Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::ToSchema;

pub use commands::{Accepted, Arrival, accept};
pub use job::MAIL_PROCESS;

/// Largest mail taken in, in bytes; of a larger one a note and its beginning are kept.
pub const MAIL_BYTES_MAX: usize = 50 * 1024 * 1024;

/// By which way a mail came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Fetched from a mailbox.
    Imap,
    /// Posted to the API.
    Http,
    /// Written in the demo's practice mailbox.
    Practice,
    /// Handed over by a mail server on the same machine.
    Lmtp,
    /// Sent by a provider's webhook.
    Webhook,
    /// Read from a file by an administrator.
    Import,
}

impl Source {
    fn parse(name: &str) -> Option<Source> {
        [
            Source::Imap,
            Source::Http,
            Source::Practice,
            Source::Lmtp,
            Source::Webhook,
            Source::Import,
        ]
        .into_iter()
        .find(|source| source.as_str() == name)
    }

    fn as_str(self) -> &'static str {
        match self {
            Source::Imap => "imap",
            Source::Http => "http",
            Source::Practice => "practice",
            Source::Lmtp => "lmtp",
            Source::Webhook => "webhook",
            Source::Import => "import",
        }
    }
}

/// What the servers on the way said beside the mail itself (RFC 5321, 2.3.1): what a sender check
/// by SPF (RFC 7208) needs, and the address that a blind copy was sent to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The address of `MAIL FROM`; empty for the null sender of bounces.
    pub from: Option<String>,
    /// The address of `RCPT TO`, with its plus-part.
    pub to: Option<String>,
    /// The name by which the sending server greeted.
    pub helo: Option<String>,
    /// The sending server's address.
    pub client_ip: Option<IpAddr>,
}

/// How far a received mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Stored, not filed yet.
    #[serde(rename = "queued")]
    Received,
    /// Filed.
    Processed,
    /// Another copy was filed, or it is our own mail coming back.
    Duplicate,
    /// Waiting for a person.
    Failed,
    /// A person decided that nothing is to be made of it.
    Discarded,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            State::Received => "received",
            State::Processed => "processed",
            State::Duplicate => "duplicate",
            State::Failed => "failed",
            State::Discarded => "discarded",
        }
    }

    fn parse(name: &str) -> Option<State> {
        [
            State::Received,
            State::Processed,
            State::Duplicate,
            State::Failed,
            State::Discarded,
        ]
        .into_iter()
        .find(|state| state.as_str() == name)
    }
}

/// A received mail as it is stored; the raw bytes lie in a blob.
#[derive(Clone, Debug)]
pub struct InboundMail {
    /// Its id.
    pub id: FailureId,
    /// The inbox that received it.
    pub inbox: InboxId,
    /// How far it is.
    pub state: State,
    /// The raw bytes; `None` when there are none (not handed over, or filed).
    pub blob: Option<kernel::ids::BlobId>,
    /// Whether it is history, filed without reactions.
    pub quiet: bool,
    /// The sender, when readable.
    pub sender: Option<Encrypted<String>>,
    /// The subject, when readable.
    pub subject: Option<Encrypted<String>>,
    /// Why it failed.
    pub reason: Option<Encrypted<String>>,
    /// How often filing was tried.
    pub attempts: i64,
    /// The ticket it was filed in.
    pub ticket: Option<TicketId>,
    /// When it was stored.
    pub received_at: Timestamp,
    /// What the servers on the way said.
    pub envelope: Envelope,
    /// By which way it came.
    pub source: Source,
    /// Its whole size in bytes; of one beyond [`MAIL_BYTES_MAX`] only the beginning is here.
    pub size: i64,
}

impl InboundMail {
    /// Whether the raw bytes are only the beginning of a mail that is too large.
    pub fn is_beginning(&self) -> bool {
        usize::try_from(self.size).is_ok_and(|size| size > MAIL_BYTES_MAX)
    }
}

/// A received mail could not be filed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MailFailed {
    /// The mail.
    pub mail: FailureId,
    /// The inbox.
    pub inbox: InboxId,
}

/// Somebody has a failed mail filed again.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MailRetried {
    /// The mail.
    pub mail: FailureId,
}

/// Somebody discarded a failed mail.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MailDiscarded {
    /// The mail.
    pub mail: FailureId,
    /// Why, in their words.
    pub reason: Option<Encrypted<String>>,
}

/// The mail that opened or joined a ticket came in by another inbox too.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MailAlsoArrived {
    /// The other inbox.
    pub inbox: InboxId,
}

impl Record for MailFailed {
    const KIND: &'static str = "mail.failed";
}
impl Record for MailRetried {
    const KIND: &'static str = "mail.retried";
}
impl Record for MailDiscarded {
    const KIND: &'static str = "mail.discarded";
}
impl Record for MailAlsoArrived {
    const KIND: &'static str = "mail.also_arrived";
}

/// The journal records of received mail.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<MailFailed>(),
    RecordType::of::<MailRetried>(),
    RecordType::of::<MailDiscarded>(),
    RecordType::of::<MailAlsoArrived>(),
];
