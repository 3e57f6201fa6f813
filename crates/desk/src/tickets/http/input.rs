//! What the tickets' routes take.

use std::collections::BTreeMap;

use kernel::ids::{AgentId, AttachmentId, CustomerId, FormId, InboxId, TeamId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Deserializer};
use utoipa::{IntoParams, ToSchema};

use crate::messages::Mailbox;
use crate::tickets::commands::Whom;
use crate::tickets::commands::create::FirstKind;
use crate::tickets::{Place, Priority, Status, TicketType};

/// Which tickets to list: one of these; without any, all open ones.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct TicketsQuery {
    /// `mine`, `unassigned`, `mentions`, `all`, `snoozed`, `solved`, `bulk`, `spam`, `trash`,
    /// `team:3`, `saved:3`, or one of the board's, such as `board:overdue:3`.
    pub view: Option<String>,
    /// Those of a customer.
    pub customer_id: Option<CustomerId>,
    /// Those with a tag, by its name.
    pub tag: Option<String>,
    /// A number, words of the subject, or the beginning of the requester's name or address.
    pub q: Option<String>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Rows of the page, at most 100.
    pub limit: Option<i64>,
}

/// Someone by address, or a customer by number.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WhomInput {
    /// The address.
    pub email: Option<String>,
    /// The name for a newcomer.
    pub name: Option<String>,
    /// The customer.
    pub customer_id: Option<CustomerId>,
}

impl WhomInput {
    pub(crate) fn whom(self) -> Result<Whom, Refusal> {
        match (self.email, self.customer_id) {
            (Some(email), None) => Ok(Whom::Address(Mailbox {
                email,
                name: self.name.unwrap_or_default(),
            })),
            (None, Some(id)) => Ok(Whom::Known(id)),
            _ => Err(Refusal::invalid(
                "requester",
                "must hold either email or customer_id",
                "send one of the two",
            )),
        }
    }
}

/// The first message of a ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FirstMessage {
    /// The text.
    pub html: String,
    /// The uploads that go with it.
    #[serde(default)]
    pub attachment_ids: Vec<AttachmentId>,
}

/// A ticket to begin.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketInput {
    /// What it is about.
    pub subject: String,
    /// Whose ticket it is.
    pub requester: WhomInput,
    /// The entrance that answers leave by; absent: the default one.
    pub inbox_id: Option<InboxId>,
    /// Whose queue it joins; absent: the inbox's.
    pub team_id: Option<TeamId>,
    /// Who has it.
    pub assignee_id: Option<AgentId>,
    /// How urgent it is; absent: normal.
    pub priority: Option<Priority>,
    /// What kind of work it is.
    #[serde(rename = "type")]
    pub ticket_type: Option<TicketType>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The form it has; absent: the default one.
    pub form_id: Option<FormId>,
    /// What its fields hold, by key.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub fields: BTreeMap<String, serde_json::Value>,
    /// The first message.
    pub body: FirstMessage,
    /// What the first message is.
    pub kind: FirstKind,
    /// Who is in copy.
    #[serde(default)]
    pub cc: Vec<Mailbox>,
}

/// What to change; absent fields stay, null clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketPatch {
    /// The version that you saw.
    pub version: i64,
    /// The new subject.
    pub subject: Option<String>,
    /// The new status.
    pub status: Option<Status>,
    /// The new priority.
    pub priority: Option<Priority>,
    /// What kind of work it is.
    #[serde(default, rename = "type", deserialize_with = "present")]
    #[schema(value_type = Option<TicketType>)]
    pub ticket_type: Option<Option<TicketType>>,
    /// The new assignee.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AgentId>)]
    pub assignee_id: Option<Option<AgentId>>,
    /// The new team.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<TeamId>)]
    pub team_id: Option<Option<TeamId>>,
    /// The new requester.
    pub requester: Option<WhomInput>,
    /// Those in copy from now on.
    pub cc: Option<Vec<Mailbox>>,
    /// The tags from now on.
    pub tags: Option<Vec<String>>,
    /// The form it has; null: the default one.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<FormId>)]
    pub form_id: Option<Option<FormId>>,
    /// What its fields hold from now on, by key; null empties one, what is absent stays.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub fields: BTreeMap<String, serde_json::Value>,
    /// Until when it is put off.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Timestamp>)]
    pub snoozed_until: Option<Option<Timestamp>>,
}

/// Tells a field that is null (`Some(None)`) from one that is absent (`None`).
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Where to lay a ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceInput {
    /// The version that you saw.
    pub version: i64,
    /// Where.
    pub place: Place,
}

/// How far you have read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadInput {
    /// The newest message you saw.
    pub number: i64,
}
