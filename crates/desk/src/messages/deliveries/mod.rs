//! The delivery: the hand-over of one message to one recipient.
//!
//! The desk owns its state; a higher room does the sending, by a job for each delivery and
//! generation. `claimed` is durable before the first byte of the message leaves, so a process that
//! dies while sending leaves a trace; what became of it then is `uncertain`, never sent again by
//! itself, and a person decides.

pub mod commands;
pub mod http;
pub mod outgoing;
pub mod rules;
pub mod store;

use kernel::ids::{BlobId, DeliveryId, InboxId, KeyId, TicketId};
use kernel::journal::{Actor, Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Mailbox;
use kernel::words;

/// The job that hands one delivery over; a higher room does it.
pub const MAIL_DELIVER: &str = "mail.deliver";

/// The payload of [`MAIL_DELIVER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailDeliver {
    /// The delivery.
    pub delivery: DeliveryId,
}

words! {
    /// How far a hand-over is.
    DeliveryState {
        /// It waits to be sent.
        Queued = "queued",
        /// It is being sent.
        Claimed = "claimed",
        /// The recipient's side took it.
        Accepted = "accepted",
        /// The recipient's side refused it for good.
        Refused = "refused",
        /// Nobody knows whether it was taken.
        Uncertain = "uncertain",
    }
}

/// A delivery as stored.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The number.
    pub id: DeliveryId,
    /// The ticket.
    pub ticket: TicketId,
    /// The message.
    pub number: i64,
    /// To whom, a [`Mailbox`] as JSON.
    pub recipient: Encrypted<String>,
    /// How far it is.
    pub state: DeliveryState,
    /// Counts the attempts that a person asked for; part of the job's unique key.
    pub generation: i64,
    /// What the other side said.
    pub reason: Option<Encrypted<String>>,
    /// Whether a person must look at it.
    pub attention: bool,
    /// The key of recipient and reason.
    pub key: KeyId,
    /// When the state last moved.
    pub at: Timestamp,
    /// Until when a queued one waits; its reason says for what.
    pub waiting_until: Option<Timestamp>,
}

/// A delivery in the outbox, with what is shown of its ticket.
#[derive(Clone, Debug)]
pub struct Unsettled {
    /// The delivery.
    pub delivery: Delivery,
    /// The entrance it leaves by.
    pub inbox: Option<InboxId>,
    /// The ticket's subject.
    pub subject: String,
}

/// A message that leaves at a chosen time.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The ticket.
    pub ticket: TicketId,
    /// The message.
    pub number: i64,
    /// When it leaves.
    pub release_at: Timestamp,
    /// The entrance it leaves by.
    pub inbox: Option<InboxId>,
    /// The ticket's subject.
    pub subject: String,
}

/// A delivery, readable, as the sending room needs it.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The number.
    pub id: DeliveryId,
    /// How far it is.
    pub state: DeliveryState,
    /// The ticket.
    pub ticket: TicketId,
    /// The message.
    pub number: i64,
    /// The entrance it leaves by.
    pub inbox: Option<InboxId>,
    /// To whom; `None` when they were erased.
    pub recipient: Option<Mailbox>,
    /// When the state last moved.
    pub at: Timestamp,
    /// Until when a queued one waits.
    pub waiting_until: Option<Timestamp>,
}

/// The customer's mail that a reply answers.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Who wrote it.
    pub author: Mailbox,
    /// Its body, sanitised.
    pub html: String,
    /// Its body as plain text.
    pub text: String,
    /// When it came.
    pub at: Timestamp,
}

/// A file of an outgoing message.
#[derive(Clone, Debug)]
pub struct OutgoingFile {
    /// The number, as `src="/api/v1/attachments/{id}"` in the HTML names it.
    pub id: kernel::ids::AttachmentId,
    /// The file's name.
    pub name: String,
    /// The media type.
    pub content_type: String,
    /// Whether the HTML shows it.
    pub inline: bool,
    /// The bytes.
    pub blob: BlobId,
}

/// What a message says to the outside.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The ticket's subject.
    pub subject: String,
    /// The body, sanitised.
    pub html: String,
    /// The body as plain text.
    pub text: String,
    /// Who wrote it.
    pub author: Actor,
    /// The agent's name; empty when no agent wrote it.
    pub author_name: String,
    /// Whom it names as receivers.
    pub to: Vec<Mailbox>,
    /// Who else is named.
    pub cc: Vec<Mailbox>,
    /// Our Message-ID, without angle brackets; the same for every recipient.
    pub message_id: String,
    /// The ids of the ticket's earlier mails, oldest first, for In-Reply-To and References: the
    /// first and the newest.
    pub references: Vec<String>,
    /// Whether a machine wrote it, which its headers say (RFC 3834).
    pub automatic: bool,
    /// Whether it is a message sent on, and no answer.
    pub forward: bool,
    /// Whether it carries the mail it answers; `None`: as its inbox has it.
    pub quotes: Option<bool>,
    /// The customer's newest mail before it.
    pub answered: Option<Answered>,
    /// The customer's language, a BCP 47 tag, when it is known.
    pub language: Option<String>,
    /// Whether the thread began with a mail of ours, and when.
    pub begun: Option<Timestamp>,
    /// The files.
    pub files: Vec<OutgoingFile>,
    /// When it was written.
    pub at: Timestamp,
}

/// A delivery's state moved.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryChanged {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The message.
    pub number: i64,
    /// The state.
    pub state: Change<DeliveryState>,
}

impl Record for DeliveryChanged {
    const KIND: &'static str = "delivery.changed";
}

/// A queued delivery waits for its server or its provider's limit.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryWaiting {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The message.
    pub number: i64,
    /// Until when.
    pub until: Timestamp,
}

impl Record for DeliveryWaiting {
    const KIND: &'static str = "delivery.waiting";
}

/// Every kind of record about deliveries.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<DeliveryChanged>(),
    RecordType::of::<DeliveryWaiting>(),
];
