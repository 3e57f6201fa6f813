//! The timeline: everything that was said and done on a ticket, in order.
//!
//! Messages and events share one order, that of the journal's records: a message knows the record
//! that tells of it. A page is made of messages and of the events between them.

pub mod authors;
pub mod http;
pub mod present;
pub mod rules;

use std::collections::BTreeMap;

use kernel::ids::{AgentId, DeliveryId, RecordId};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attachments::ApiAttachment;
use crate::messages::deliveries::DeliveryState;
use crate::messages::senders::SenderCheck;
use crate::messages::{Mailbox, MessageKind, MessageState, Remark};

/// What someone in the timeline is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthorType {
    /// One of us.
    Agent,
    /// The person served, or someone in copy.
    Customer,
    /// An automation rule.
    Rule,
    /// The bot.
    Bot,
    /// Evenkeel itself, or an import.
    System,
}

/// Who said or did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Author {
    /// What they are.
    pub r#type: AuthorType,
    /// Their number; null for machines.
    pub id: Option<i64>,
    /// Their name; empty for machines and for people who are gone.
    pub name: String,
}

/// The hand-over of a message to one recipient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Delivery)]
pub struct ApiDelivery {
    /// The number.
    pub id: DeliveryId,
    /// To whom; empty when erased.
    pub email: String,
    /// How far it is.
    pub state: DeliveryState,
    /// What the other side said, or what it waits for.
    pub reason: Option<String>,
    /// When the state last moved.
    pub at: Timestamp,
    /// Until when a queued one waits for its server or its provider's limit.
    pub waiting_until: Option<Timestamp>,
}

/// A message in the timeline.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MessageItem {
    /// Its number on the ticket.
    pub number: i64,
    /// Which way it goes.
    pub kind: MessageKind,
    /// Who said it.
    pub author: Author,
    /// The body, harmless; remote images wait in `data-src`.
    pub html: String,
    /// The body as plain text.
    pub text: String,
    /// Whether remote images wait in it.
    pub has_remote_images: bool,
    /// Whom it is to.
    pub to: Vec<Mailbox>,
    /// Who else gets it.
    pub cc: Vec<Mailbox>,
    /// Its files.
    pub attachments: Vec<ApiAttachment>,
    /// When it was said: for a reply, the click.
    pub at: Timestamp,
    /// How far a reply is on its way; null for what never was one.
    pub state: Option<MessageState>,
    /// When a scheduled reply goes out.
    pub release_at: Option<Timestamp>,
    /// Until when it can be taken back; null when it can't any more.
    pub undo_until: Option<Timestamp>,
    /// The hand-overs, one for each recipient.
    pub deliveries: Vec<ApiDelivery>,
    /// Whether something was removed from it.
    pub redacted: bool,
    /// Whether a machine answered.
    pub auto_reply: bool,
    /// What its reader should know beside the text.
    pub remarks: Vec<Remark>,
    /// The colleagues it names.
    pub mentions: Vec<AgentId>,
    /// What is known of who sent it; null for what we wrote and for what nobody checked.
    pub sender: Option<SenderCheck>,
}

/// A value before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// Before; null when there was none.
    #[schema(value_type = Value)]
    pub from: serde_json::Value,
    /// After.
    #[schema(value_type = Value)]
    pub to: serde_json::Value,
}

/// Something that was done to the ticket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct EventItem {
    /// The journal's record.
    pub record: RecordId,
    /// The record it reacts to; with the actor it names the run of a rule.
    pub cause: Option<RecordId>,
    /// Its kind, such as `ticket.assigned`.
    pub kind: String,
    /// Who did it.
    pub actor: Author,
    /// When.
    pub at: Timestamp,
    /// What changed, by field.
    pub changes: BTreeMap<String, FieldChange>,
}

/// One entry of the timeline.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum TimelineItem {
    /// Something was said.
    Message(Box<MessageItem>),
    /// Something was done.
    Event(EventItem),
}

/// A page of the timeline, oldest first.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Timeline {
    /// The entries.
    pub items: Vec<TimelineItem>,
    /// Where the older page begins; null when there is none.
    pub next: Option<String>,
    /// The journal's position that this picture is of.
    pub position: i64,
}
