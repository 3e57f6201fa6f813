//! Work on tickets as wholes: merging them, bringing merged ones back, splitting messages off.
//!
//! **Messages move.** A merged ticket's messages get new numbers under the survivor's lock, all
//! raised by the same `shift`; nothing is encrypted anew, and the records say what moved. The
//! merged ticket stays as an empty shell (closed, in the place `merged`, in no list) that points to
//! the survivor and keeps its people, tags and drafts, so that bringing it back needs nothing but
//! moving its messages home.
//!
//! Invariants: numbers are never given twice, so an old number leads to its message for good
//! ([`store::whereabouts`]); tickets are locked in the order of their ids; a shell takes no command
//! but being brought back; whoever wrote on a merged ticket gets no reply on the survivor unless
//! an agent adds them, and sees none but their own messages
//! ([`crate::messages::sight`]). Drafts stay with the shell: what was written for one customer must
//! not be sent to another.

pub mod commands;
pub mod http;
pub mod rules;
pub mod store;

use kernel::ids::{AgentId, CustomerId, TagId, TicketId};
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::tickets::{Direction, LinkKind, Shelf, Status};

/// A merge that stands.
#[derive(Clone, Debug)]
pub struct Merge {
    /// Its number.
    pub id: i64,
    /// The ticket that went.
    pub source: TicketId,
    /// The ticket it went into.
    pub survivor: TicketId,
    /// Who merged them.
    pub agent: Option<AgentId>,
    /// When.
    pub at: Timestamp,
    /// By how much the numbers of its messages were raised.
    pub shift: i64,
    /// The number of its last message before.
    pub last: i64,
    /// What bringing it back restores.
    pub before: Before,
    /// The survivor's snippet before.
    pub survivor_snippet: Option<Encrypted<String>>,
}

/// What bringing a ticket back restores: ids, enums and numbers only.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Before {
    /// The ticket that went.
    pub source: Side,
    /// The survivor.
    pub survivor: Side,
    /// The survivor's status after merging.
    pub status_after: Status,
    /// Tags that the survivor got.
    pub tags: Vec<TagId>,
    /// Watchers that the survivor got.
    pub watchers: Vec<AgentId>,
    /// People who were put in copy on the survivor.
    pub cc: Vec<CustomerId>,
    /// Links that the survivor got.
    pub links: Vec<(TicketId, LinkKind)>,
    /// What hung on the ticket that went.
    pub hanging: Vec<(Hanging, i64)>,
}

/// What hangs on a ticket as a whole, and goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hanging {
    /// A follow-up promise.
    Promise,
    /// A task of a checklist.
    Task,
    /// An escalation.
    Escalation,
    /// A side conversation.
    SideConversation,
}

/// What merging changes on a ticket.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Side {
    /// How far the work was.
    pub status: Status,
    /// Until when it was put off.
    pub snoozed_until: Option<Timestamp>,
    /// Who spoke last.
    pub last_direction: Direction,
    /// The agent who spoke last.
    pub last_agent: Option<AgentId>,
    /// When someone last spoke.
    pub last_message_at: Timestamp,
    /// How many messages it held.
    pub message_count: i64,
    /// Whether a message had a file.
    pub has_attachments: bool,
}

/// A message that got another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MovedNumber {
    /// Its number before.
    pub from: i64,
    /// Its number now.
    pub to: i64,
}

/// A ticket went into another one and is a shell from now on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketMerged {
    /// Where its messages are.
    pub into: TicketId,
    /// Its status.
    pub status: Change<Status>,
    /// The list it belongs to.
    pub shelf: Change<Shelf>,
    /// By how much the numbers of its messages were raised.
    pub shift: i64,
    /// The number of its last message before.
    pub last: i64,
}

/// A ticket took in another one's messages.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketAbsorbed {
    /// The ticket they came from.
    pub source: TicketId,
    /// By how much their numbers were raised.
    pub shift: i64,
    /// The number of the last of them before.
    pub last: i64,
    /// Whether the customer there was waiting for an answer.
    pub waiting: bool,
}

/// A merged ticket is itself again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketUnmerged {
    /// The ticket it had gone into.
    pub survivor: TicketId,
    /// Its status.
    pub status: Change<Status>,
    /// The list it belongs to.
    pub shelf: Change<Shelf>,
    /// Later messages that came along.
    pub picked: Vec<MovedNumber>,
}

/// A ticket gave the messages of a merged one back.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketGaveBack {
    /// The ticket they belong to.
    pub source: TicketId,
    /// By how much their numbers had been raised.
    pub shift: i64,
    /// The number of the last of them there.
    pub last: i64,
}

/// Messages of a ticket became a new one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketSplit {
    /// The new ticket.
    pub into: TicketId,
    /// What moved.
    pub moved: Vec<MovedNumber>,
}

/// A ticket began with messages of another one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketSplitOff {
    /// The ticket they came from.
    pub origin: TicketId,
    /// What moved.
    pub moved: Vec<MovedNumber>,
}

macro_rules! kinds {
    ($($kind:literal $record:ident),+ $(,)?) => {
        $(impl Record for $record {
            const KIND: &'static str = $kind;
        })+

        /// Every kind of record about merging and splitting.
        pub const RECORDS: &[RecordType] = &[$(RecordType::of::<$record>()),+];
    };
}

kinds! {
    "ticket.merged" TicketMerged,
    "ticket.absorbed" TicketAbsorbed,
    "ticket.unmerged" TicketUnmerged,
    "ticket.gave_back" TicketGaveBack,
    "ticket.split" TicketSplit,
    "ticket.split_off" TicketSplitOff,
}
