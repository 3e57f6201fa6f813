//! Drafts: what an agent is writing, kept on the server so that no crash and no other computer
//! loses it. Each agent has one draft for each ticket and kind. Drafts are work in progress, so
//! they are not journaled; they are encrypted like what they will become.

pub mod commands;
pub mod http;
pub mod store;

use kernel::ids::AttachmentId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use kernel::words;

words! {
    /// What a draft will become.
    DraftKind {
        /// A message to the customer.
        Reply = "reply",
        /// A note for the team.
        Note = "note",
    }
}

/// Someone mail goes to or came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Mailbox {
    /// The mail address.
    pub email: String,
    /// The name; empty when unknown.
    #[serde(default)]
    pub name: String,
}

/// What stands in a draft; stored as one encrypted value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftBody {
    /// The text.
    pub html: String,
    /// The uploads that will go with it.
    #[serde(default)]
    pub attachment_ids: Vec<AttachmentId>,
    /// Who else gets it; absent: who is in copy on the ticket.
    #[serde(default)]
    pub cc: Option<Vec<Mailbox>>,
}
