//! Conditions on tickets: the one language of views, rules, promises, macros and forms.
//!
//! A ticket meets [`Conditions`] when it meets all of `all` and, if there are any, one of `any`.
//! Whether it does is decided from [`Facts`] alone, without I/O ([`rules::holds`]); what depends
//! on how long ago something was also says when its answer changes next
//! ([`rules::changes_at`]), so that nobody has to ask again and again. What is stored was checked
//! when it was written ([`rules::check`]); a condition on something that is gone since then is
//! simply not met.

pub mod rules;
pub mod store;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use kernel::ids::{AgentId, BrandId, CustomerId, FieldId, FieldOptionId, InboxId, TagId, TeamId};
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fields::values::facts::FieldFact;
use crate::tickets::{Channel, Direction, Place, Priority, Shelf, Status, TicketType};

/// What a ticket must be like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// Each of these must be met.
    #[serde(default)]
    pub all: Vec<Condition>,
    /// At least one of these must be met, if there are any.
    #[serde(default)]
    pub any: Vec<Condition>,
}

/// One thing asked of a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// What is looked at.
    pub field: Field,
    /// How it is compared.
    pub op: Operator,
    /// What it is compared with; absent for `set` and `not_set`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Operand>,
}

/// What of a ticket is looked at. As text: `status`, `field:7` and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Field {
    /// One that every ticket has.
    Own(OwnField),
    /// One that the workspace gave its tickets.
    Custom(FieldId),
}

words! {
    /// A field that every ticket has.
    OwnField {
        /// How far the work is: a word.
        Status = "status",
        /// How urgent: a word, ordered.
        Priority = "priority",
        /// What kind of work: a word.
        Type = "type",
        /// Where it lies: a word.
        Place = "place",
        /// The list it belongs to: a word.
        Shelf = "shelf",
        /// How it came to be: a word.
        Channel = "channel",
        /// Who has it: an agent, or `me`.
        Assignee = "assignee",
        /// Whose queue: a team.
        Team = "team",
        /// The entrance: an inbox.
        Inbox = "inbox",
        /// The face we show: a brand.
        Brand = "brand",
        /// Whose ticket: a customer.
        Requester = "requester",
        /// Its tags.
        Tag = "tag",
        /// What it is about: text.
        Subject = "subject",
        /// Who spoke last: a word.
        LastDirection = "last_direction",
        /// How many messages it holds.
        MessageCount = "message_count",
        /// Whether a message has a file.
        HasAttachments = "has_attachments",
        /// Whether a delivery failed or is uncertain.
        NeedsAttention = "needs_attention",
        /// When it began.
        CreatedAt = "created_at",
        /// When anything last changed.
        UpdatedAt = "updated_at",
        /// When someone last spoke.
        LastMessageAt = "last_message_at",
        /// Until when it is put off.
        SnoozedUntil = "snoozed_until",
    }
}

words! {
    /// How a field is compared.
    Operator {
        /// Equal; for tags: has it.
        Is = "is",
        /// Not equal; for tags: does not have it.
        IsNot = "is_not",
        /// One of a list.
        OneOf = "one_of",
        /// None of a list.
        NoneOf = "none_of",
        /// The text contains these words, whatever their case.
        Contains = "contains",
        /// The text does not contain them.
        NotContains = "not_contains",
        /// One of its options is this one, or stands under it.
        Under = "under",
        /// Greater, or later, than this.
        Above = "above",
        /// Less, or earlier, than this.
        Below = "below",
        /// Longer ago than this many minutes.
        OlderThan = "older_than",
        /// At most this many minutes ago.
        NewerThan = "newer_than",
        /// Has a value.
        Set = "set",
        /// Has none.
        NotSet = "not_set",
    }
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Operand {
    /// Yes or no.
    Flag(bool),
    /// An id, a number, or minutes.
    Number(i64),
    /// A word, a text, a time (RFC 3339) or `me`.
    Text(String),
    /// Several of those.
    #[schema(value_type = Vec<serde_json::Value>)]
    List(Vec<Operand>),
}

/// What kind of value a field holds, and so how it can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// One of these words, in their order.
    Word(Vec<&'static str>),
    /// An id; `true` when it may be `me`.
    Id(bool),
    /// Several ids.
    Ids,
    /// Text.
    Text,
    /// A number.
    Number,
    /// A number with this many digits behind the point.
    Decimal(u8),
    /// Options, one or several of these.
    Options(Vec<FieldOptionId>),
    /// A day.
    Day,
    /// Something that is only known to be there or not.
    Filled,
    /// Yes or no.
    Flag,
    /// A point in time.
    Time,
}

/// What conditions know of a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// How far the work is.
    pub status: Status,
    /// How urgent.
    pub priority: Priority,
    /// What kind of work.
    pub ticket_type: Option<TicketType>,
    /// Where it lies.
    pub place: Place,
    /// The list it belongs to.
    pub shelf: Shelf,
    /// How it came to be.
    pub channel: Channel,
    /// Who has it.
    pub assignee: Option<AgentId>,
    /// Whose queue.
    pub team: Option<TeamId>,
    /// The entrance.
    pub inbox: Option<InboxId>,
    /// The face we show.
    pub brand: BrandId,
    /// Whose ticket.
    pub requester: CustomerId,
    /// Its tags, in order of their ids.
    pub tags: Vec<TagId>,
    /// What it is about.
    pub subject: String,
    /// Who spoke last.
    pub last_direction: Direction,
    /// How many messages it holds.
    pub message_count: i64,
    /// Whether a message has a file.
    pub has_attachments: bool,
    /// Whether a delivery failed or is uncertain.
    pub needs_attention: bool,
    /// When it began.
    pub created_at: Timestamp,
    /// When anything last changed.
    pub updated_at: Timestamp,
    /// When someone last spoke.
    pub last_message_at: Timestamp,
    /// Until when it is put off.
    pub snoozed_until: Option<Timestamp>,
    /// What it holds in the fields that the workspace gave its tickets.
    pub fields: BTreeMap<FieldId, FieldFact>,
}

/// From where and when a ticket is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// The present.
    pub now: Timestamp,
    /// Who `me` is; nobody when a machine looks.
    pub me: Option<AgentId>,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own(field) => f.write_str(field.as_str()),
            Self::Custom(id) => write!(f, "field:{id}"),
        }
    }
}

impl FromStr for Field {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(id) = text.strip_prefix("field:") {
            let id = id.parse().map_err(|_| format!("{text:?} is no field"))?;
            return Ok(Self::Custom(id));
        }
        text.parse()
            .map(Self::Own)
            .map_err(|()| format!("{text:?} is no field of a ticket"))
    }
}

impl From<Field> for String {
    fn from(field: Field) -> Self {
        field.to_string()
    }
}

impl TryFrom<String> for Field {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl utoipa::PartialSchema for Field {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        String::schema()
    }
}

impl ToSchema for Field {
    fn name() -> std::borrow::Cow<'static, str> {
        "ConditionField".into()
    }
}
