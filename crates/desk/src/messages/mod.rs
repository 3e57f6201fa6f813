//! The message: one utterance on a ticket, to or from the customer, or between colleagues.
//!
//! Invariants: numbers of a ticket rise by one under the ticket's lock; a reply is `scheduled` at
//! the click and leaves that state exactly once, to `released` or `cancelled`, by one
//! compare-and-set; bodies are sanitised before they are stored.

pub mod commands;
pub mod deliveries;
pub mod gathered;
pub mod http;
pub mod message_ids;
pub mod reactions;
pub mod remarks;
pub mod rules;
pub mod senders;
pub mod sight;
pub mod store;

use kernel::ids::{AgentId, CustomerId, RecordId, TicketId};
use kernel::journal::{Actor, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::drafts::Mailbox;
use crate::tickets::Status;
pub use gathered::{Gathered, Manner, Placing};
use kernel::words;
pub use remarks::{InvitationMethod, LeftIn, Remark};

words! {
    /// Which way a message goes.
    MessageKind {
        /// From the customer.
        In = "in",
        /// To the customer.
        Out = "out",
        /// Among colleagues.
        Note = "note",
        /// To someone outside.
        Forward = "forward",
    }
}

words! {
    /// How far a reply is on its way out.
    MessageState {
        /// Written; it can still be taken back.
        Scheduled = "scheduled",
        /// On its way.
        Released = "released",
        /// Taken back.
        Cancelled = "cancelled",
    }
}

words! {
    /// What was removed from a message.
    RedactedPart {
        /// Words of its text.
        Text = "text",
        /// A file.
        Attachment = "attachment",
    }
}

/// Who a message names as its receivers, and what its reader should know; stored as one encrypted
/// value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressed {
    /// Whom it is to.
    pub to: Vec<Mailbox>,
    /// Who else gets it.
    pub cc: Vec<Mailbox>,
    /// Plain lines beside the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
}

/// A message as stored.
#[derive(Clone, Debug)]
pub struct Message {
    /// The ticket.
    pub ticket: TicketId,
    /// Its number on the ticket.
    pub number: i64,
    /// The record that tells of it: its place in the timeline.
    pub record: RecordId,
    /// Which way it goes.
    pub kind: MessageKind,
    /// Who said it.
    pub author: Actor,
    /// The body, sanitised.
    pub html: Encrypted<String>,
    /// The body as plain text.
    pub text: Encrypted<String>,
    /// The receivers it names, an [`Addressed`] as JSON.
    pub addressed: Option<Encrypted<String>>,
    /// Whether remote images wait in the body.
    pub has_remote_images: bool,
    /// Whether a machine answered.
    pub auto_reply: bool,
    /// Whether something was removed from it.
    pub redacted: bool,
    /// When it was said: for a reply, the click.
    pub at: Timestamp,
    /// How far a reply is on its way.
    pub state: Option<MessageState>,
    /// When a scheduled reply goes out.
    pub release_at: Option<Timestamp>,
    /// The status that the ticket gets when the reply goes out.
    pub status_after: Option<Status>,
}

/// A customer wrote.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageReceived {
    /// The message.
    pub number: i64,
    /// Who wrote.
    pub customer: CustomerId,
    /// Whether a machine answered for them.
    pub auto_reply: bool,
}

/// An agent wrote to the customer; it can still be taken back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReplyScheduled {
    /// The message.
    pub number: i64,
    /// When it goes out.
    pub release_at: Timestamp,
}

/// An agent took a reply back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReplyCancelled {
    /// The message.
    pub number: i64,
}

/// A reply went out; what it means for the customer counts from here.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReplyReleased {
    /// The message.
    pub number: i64,
    /// The click: the reply time in every figure.
    pub scheduled_at: Timestamp,
    /// To how many it is handed over.
    pub recipients: i64,
}

/// A colleague left a note.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NoteAdded {
    /// The message.
    pub number: i64,
    /// Whom it names.
    pub mentions: Vec<AgentId>,
}

/// Messages went to someone outside.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageForwarded {
    /// The message.
    pub number: i64,
    /// To how many it is handed over.
    pub recipients: i64,
}

/// Something was removed from a message for good.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageRedacted {
    /// The message.
    pub number: i64,
    /// What was removed.
    pub part: RedactedPart,
}

macro_rules! kinds {
    ($($kind:literal $record:ident),+ $(,)?) => {
        $(impl Record for $record {
            const KIND: &'static str = $kind;
        })+

        /// Every kind of record about messages.
        pub const RECORDS: &[RecordType] = &[$(RecordType::of::<$record>()),+];
    };
}

kinds! {
    "message.received" MessageReceived,
    "reply.scheduled" ReplyScheduled,
    "reply.cancelled" ReplyCancelled,
    "reply.released" ReplyReleased,
    "note.added" NoteAdded,
    "message.forwarded" MessageForwarded,
    "message.redacted" MessageRedacted,
}
