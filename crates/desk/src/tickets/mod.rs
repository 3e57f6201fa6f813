//! The ticket: a piece of work for a customer.
//!
//! Invariants: whoever changes a ticket holds its lock; `shelf` always follows from status, place
//! and snooze (see [`rules::shelf`]); `version` counts the edits an agent must know of, so it moves
//! with every change of fields but not with messages, which have numbers of their own; a closed
//! ticket never opens again, a follow-up is a new ticket linked to it.

pub mod commands;
pub mod http;
pub mod links;
pub mod reactions;
pub mod rules;
pub mod store;

use futures_util::future::BoxFuture;
use kernel::db::{DbError, Tx};
use kernel::ids::{
    AgentId, BrandId, CustomerId, IdentityId, InboxId, KeyId, TagId, TeamId, TicketId,
};
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use kernel::words;

words! {
    /// How far the work on a ticket is.
    Status {
        /// Nobody has dealt with it yet.
        New = "new",
        /// Someone deals with it.
        Open = "open",
        /// It waits for the customer.
        Pending = "pending",
        /// It waits for someone else.
        OnHold = "on_hold",
        /// It is done; a customer's answer reopens it.
        Solved = "solved",
        /// It is done for good; a customer's answer starts a follow-up.
        Closed = "closed",
    }
}

words! {
    /// How urgent a ticket is.
    Priority {
        /// Can wait.
        Low = "low",
        /// As usual.
        Normal = "normal",
        /// Before others.
        High = "high",
        /// At once.
        Urgent = "urgent",
    }
}

words! {
    /// What kind of work a ticket is.
    TicketType {
        /// The customer wants to know something.
        Question = "question",
        /// What lies behind one or more incidents.
        Problem = "problem",
        /// Something does not work for the customer.
        Incident = "incident",
        /// Something is to be done.
        Task = "task",
        /// The customer is dissatisfied and expects an answer to that.
        Complaint = "complaint",
    }
}

words! {
    /// Where a ticket lies, beside its status.
    Place {
        /// Among the work.
        Desk = "desk",
        /// Unwanted.
        Spam = "spam",
        /// Thrown away, purged 30 days later.
        Trash = "trash",
        /// Lists, newsletters and reports that programs send: kept, out of the way.
        Bulk = "bulk",
        /// Beside another ticket: it carries the mail of a side conversation.
        Side = "side",
        /// Merged into another ticket, where its messages are: a shell that points there.
        Merged = "merged",
    }
}

words! {
    /// The one list a ticket belongs to, derived from status, place and snooze.
    Shelf {
        /// Work to be done.
        Open = "open",
        /// Work put off until a time.
        Snoozed = "snoozed",
        /// Done.
        Solved = "solved",
        /// Unwanted.
        Spam = "spam",
        /// Thrown away.
        Trash = "trash",
        /// Lists, newsletters and reports.
        Bulk = "bulk",
        /// What carries a side conversation; in no list of work.
        Side = "side",
        /// Merged into another ticket: in no list.
        Merged = "merged",
    }
}

words! {
    /// How a ticket came to be.
    Channel {
        /// A customer's mail.
        Email = "email",
        /// The API, in the customer's name.
        Api = "api",
        /// An agent began it.
        Agent = "agent",
    }
}

words! {
    /// Who spoke last.
    Direction {
        /// The customer.
        In = "in",
        /// We did.
        Out = "out",
        /// One of us to the team.
        Note = "note",
    }
}

words! {
    /// Why two tickets belong together.
    LinkKind {
        /// One goes on where the other ended.
        Followup = "followup",
        /// One went outside from the other.
        Forward = "forward",
        /// One carries a side conversation of the other.
        Side = "side",
        /// One was split off from the other.
        Split = "split",
        /// They are about the same thing.
        Related = "related",
        /// The other one is part of this one's work.
        Child = "child",
        /// This one is part of the other one's work.
        Parent = "parent",
        /// The other one tells of what this one says already.
        Duplicate = "duplicate",
        /// This one tells of what the other one says already.
        Original = "original",
        /// The other one is a case of this problem.
        Incident = "incident",
        /// The other one is the problem behind this one.
        Problem = "problem",
    }
}

impl LinkKind {
    /// What the first ticket is to the second, when this is what the second is to the first.
    pub const fn seen_from_the_other(self) -> Self {
        match self {
            Self::Child => Self::Parent,
            Self::Parent => Self::Child,
            Self::Duplicate => Self::Original,
            Self::Original => Self::Duplicate,
            Self::Incident => Self::Problem,
            Self::Problem => Self::Incident,
            Self::Followup | Self::Forward | Self::Side | Self::Split | Self::Related => self,
        }
    }
}

/// A ticket as stored.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// The number shown on screen.
    pub id: TicketId,
    /// What it is about.
    pub subject: String,
    /// The beginning of the last message.
    pub snippet: Option<Encrypted<String>>,
    /// How far the work is.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// What kind of work it is; `None` until chosen.
    pub ticket_type: Option<TicketType>,
    /// Where it lies.
    pub place: Place,
    /// The list it belongs to.
    pub shelf: Shelf,
    /// How it came to be.
    pub channel: Channel,
    /// Whose ticket it is.
    pub requester: CustomerId,
    /// The address the requester uses here.
    pub requester_identity: IdentityId,
    /// The requester's key, for what we write here.
    pub key: KeyId,
    /// Who has it.
    pub assignee: Option<AgentId>,
    /// Whose queue it is in.
    pub team: Option<TeamId>,
    /// The entrance that it came in by and that answers leave by.
    pub inbox: Option<InboxId>,
    /// The face we show.
    pub brand: BrandId,
    /// The number of the last message.
    pub last_number: i64,
    /// Who spoke last.
    pub last_direction: Direction,
    /// The agent who spoke last, if an agent did.
    pub last_agent: Option<AgentId>,
    /// How many messages it holds; planned and taken-back ones do not count.
    pub message_count: i64,
    /// Whether a message has a file.
    pub has_attachments: bool,
    /// How many deliveries failed or are uncertain.
    pub failed_deliveries: i64,
    /// Until when it is put off.
    pub snoozed_until: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
    /// When anything last changed.
    pub updated_at: Timestamp,
    /// When someone last spoke.
    pub last_message_at: Timestamp,
    /// Counts the edits.
    pub version: i64,
}

/// A configured entrance, as far as the desk must know it.
#[derive(Clone, Debug)]
pub struct InboxCard {
    /// The number.
    pub id: InboxId,
    /// The face it shows.
    pub brand: BrandId,
    /// The team whose queue it fills.
    pub team: Option<TeamId>,
    /// Its mail address.
    pub address: String,
    /// The name on what it sends.
    pub name: String,
}

/// What the desk asks about the entrances: a port that a higher room fills.
pub trait InboxDirectory: Send + Sync {
    /// The entrance `inbox`; `None` when there is none.
    fn find<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        inbox: InboxId,
    ) -> BoxFuture<'a, Result<Option<InboxCard>, DbError>>;

    /// The entrance that new tickets of agents leave by.
    fn default_inbox<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
    ) -> BoxFuture<'a, Result<Option<InboxCard>, DbError>>;

    /// All entrances, oldest first.
    fn all<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Vec<InboxCard>, DbError>>;

    /// All addresses of our own, in lower case: mail never goes to them.
    fn own_addresses<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
    ) -> BoxFuture<'a, Result<Vec<String>, DbError>>;
}

/// A ticket began.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketCreated {
    /// Its first status.
    pub status: Status,
    /// Its first list.
    pub shelf: Shelf,
    /// Its first priority.
    pub priority: Priority,
    /// How it came to be.
    pub channel: Channel,
    /// Who has it.
    pub assignee: Option<AgentId>,
    /// Whose queue it is in.
    pub team: Option<TeamId>,
    /// Its entrance.
    pub inbox: Option<InboxId>,
    /// Whose ticket it is.
    pub requester: CustomerId,
    /// The ticket it goes on from.
    pub linked: Option<TicketId>,
}

/// A ticket went to another agent or team.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketAssigned {
    /// Who has it.
    pub assignee: Change<Option<AgentId>>,
    /// Whose queue it is in.
    pub team: Change<Option<TeamId>>,
}

/// A ticket's status moved.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct StatusChanged {
    /// The status.
    pub status: Change<Status>,
    /// The list it belongs to.
    pub shelf: Change<Shelf>,
}

/// A ticket became more or less urgent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PriorityChanged {
    /// The priority.
    pub priority: Change<Priority>,
}

/// A ticket became another kind of work.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TypeChanged {
    /// The type.
    #[serde(rename = "type")]
    pub ticket_type: Change<Option<TicketType>>,
}

/// A ticket's tags changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketTagged {
    /// The tags, in order of their ids.
    pub tags: Change<Vec<TagId>>,
}

/// A ticket was laid among spam, into the trash, or back on the desk.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketMoved {
    /// The place.
    pub place: Change<Place>,
    /// The list it belongs to.
    pub shelf: Change<Shelf>,
}

/// A ticket was put off, or woke.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketSnoozed {
    /// Until when; null: awake.
    pub until: Change<Option<Timestamp>>,
    /// The list it belongs to.
    pub shelf: Change<Shelf>,
}

/// A ticket became someone else's.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RequesterChanged {
    /// Whose ticket it is.
    pub requester: Change<CustomerId>,
}

/// Others read along, or no longer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ParticipantsChanged {
    /// The customers in copy, in order of their ids.
    pub cc: Change<Vec<CustomerId>>,
}

/// A ticket's subject changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketRenamed {
    /// The subject.
    pub subject: Change<Encrypted<String>>,
}

/// An agent watches a ticket, or no longer.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketWatched {
    /// The watcher: from null when they began, to null when they ended.
    pub watcher: Change<Option<AgentId>>,
}

/// An agent read what mentioned them.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MentionsRead {
    /// The agent.
    pub agent: AgentId,
}

/// Somebody sends so much that more of it is gathered here, without notices or answers.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketGathering {
    /// The first message that was gathered.
    pub number: i64,
}

/// A ticket left the trash for good, with its messages and files.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketPurged {}

macro_rules! kinds {
    ($($kind:literal $record:ident),+ $(,)?) => {
        $(impl Record for $record {
            const KIND: &'static str = $kind;
        })+

        /// Every kind of record about tickets.
        pub const RECORDS: &[RecordType] = &[$(RecordType::of::<$record>()),+];
    };
}

kinds! {
    "ticket.created" TicketCreated,
    "ticket.assigned" TicketAssigned,
    "ticket.status_changed" StatusChanged,
    "ticket.priority_changed" PriorityChanged,
    "ticket.type_changed" TypeChanged,
    "ticket.tagged" TicketTagged,
    "ticket.moved" TicketMoved,
    "ticket.snoozed" TicketSnoozed,
    "ticket.requester_changed" RequesterChanged,
    "ticket.participants_changed" ParticipantsChanged,
    "ticket.renamed" TicketRenamed,
    "ticket.watched" TicketWatched,
    "mentions.read" MentionsRead,
    "ticket.gathering" TicketGathering,
    "ticket.purged" TicketPurged,
}
