//! Side conversations: a thread with somebody else beside a ticket, with a subject and people of
//! its own.
//!
//! The customer whose ticket it is never sees any of it. One with people outside stands on a ticket
//! of its own, in the place `side`: mail leaves and comes back by the very path of replies, under
//! tokens that name that ticket, so whoever holds such a token reaches the side conversation and
//! nothing else, and the ticket's own people can't be brought into it. Its answers tell on the
//! ticket that something came, and wake it. One with a colleague or a team is kept here.

pub mod commands;
mod guard;
mod http;
mod present;
pub mod reactions;
pub mod rules;
pub mod start;
pub mod store;

use kernel::ids::{AgentId, SideConversationId, TeamId, TicketId};
use kernel::journal::{Change, Record, RecordType};
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::drafts::Mailbox;
use crate::timeline::MessageItem;

pub use http::router;

pub(crate) use guard::{answered, keep_apart, refuse_insiders};
pub(crate) use present::{of_agent, on_ticket};

words! {
    /// Whether a side conversation goes on.
    SideState {
        /// It does.
        Open = "open",
        /// It is done; another message opens it again.
        Done = "done",
    }
}

words! {
    /// Whose turn it is.
    SideTurn {
        /// Whoever has the ticket.
        Us = "us",
        /// Those who were asked.
        Them = "them",
    }
}

/// A side conversation's row.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: SideConversationId,
    /// The ticket it stands beside.
    pub ticket: TicketId,
    /// The ticket that carries its mail; `None` for one among colleagues.
    pub side_ticket: Option<TicketId>,
    /// What it is about.
    pub subject: String,
    /// Who began it.
    pub owner: AgentId,
    /// The colleague who is asked.
    pub agent: Option<AgentId>,
    /// The team that is asked.
    pub team: Option<TeamId>,
    /// Whether it goes on.
    pub state: SideState,
    /// Whose turn it is.
    pub waits_for: SideTurn,
    /// The number of its last message among colleagues.
    pub last_number: i64,
    /// When somebody last spoke.
    pub last_at: Timestamp,
    /// Counts the changes.
    pub version: i64,
}

/// A side conversation in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SideConversation {
    /// Its id.
    pub id: SideConversationId,
    /// The ticket it stands beside.
    pub ticket_id: TicketId,
    /// The ticket that carries its mail; null for one among colleagues.
    pub side_ticket_id: Option<TicketId>,
    /// What it is about.
    pub subject: String,
    /// Who began it.
    pub owner_id: AgentId,
    /// The colleague who is asked.
    pub agent_id: Option<AgentId>,
    /// The team that is asked.
    pub team_id: Option<TeamId>,
    /// The people outside.
    pub people: Vec<Mailbox>,
    /// Whether it goes on.
    pub state: SideState,
    /// Whose turn it is.
    pub waits_for: SideTurn,
    /// When somebody last spoke.
    pub last_at: Timestamp,
    /// Counts the changes; an update names the version it saw.
    pub version: i64,
}

/// A side conversation with its messages.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SideThread {
    /// The side conversation.
    pub conversation: SideConversation,
    /// Its newest 200 messages, oldest first.
    pub messages: Vec<MessageItem>,
}

/// Somebody was asked beside the ticket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SideConversationStarted {
    /// Which side conversation.
    pub side_conversation: SideConversationId,
    /// The ticket that carries its mail.
    pub side_ticket: Option<TicketId>,
    /// The colleague who is asked.
    pub agent: Option<AgentId>,
    /// The team that is asked.
    pub team: Option<TeamId>,
    /// Who is told: the colleague or those in the team.
    pub told: Vec<AgentId>,
}

/// Somebody wrote in a side conversation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SideConversationAnswered {
    /// Which side conversation.
    pub side_conversation: SideConversationId,
    /// The number of the message there.
    pub number: i64,
    /// Whose turn it is now.
    pub waits_for: SideTurn,
    /// Who is told.
    pub told: Vec<AgentId>,
}

/// A side conversation is done, or goes on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SideConversationChanged {
    /// Which side conversation.
    pub side_conversation: SideConversationId,
    /// Whether it goes on.
    pub state: Change<SideState>,
}

impl Record for SideConversationStarted {
    const KIND: &'static str = "side_conversation.started";
}

impl Record for SideConversationAnswered {
    const KIND: &'static str = "side_conversation.answered";
}

impl Record for SideConversationChanged {
    const KIND: &'static str = "side_conversation.changed";
}

/// The journal records side conversations write.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<SideConversationStarted>(),
    RecordType::of::<SideConversationAnswered>(),
    RecordType::of::<SideConversationChanged>(),
];
