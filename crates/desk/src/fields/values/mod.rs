//! What tickets hold in their fields.
//!
//! A value is a text, an integer, or a set of options; the field's type says what it means: minor
//! units of a decimal, days or microseconds since 1970, yes or no, a customer. Integers and sets
//! compare and sort in the database exactly as they do in memory. The journal tells what a masked
//! field held only as it is shown, masked.

pub mod commands;
pub mod facts;
pub mod rules;
pub mod store;

use kernel::ids::{FieldId, FieldOptionId, TicketId};
use kernel::journal::{Change, Record};
use kernel::keys::Encrypted;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::FieldType;

/// A value, readable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// A text.
    Text(String),
    /// An integer.
    Number(i64),
    /// Options, in the order of their ids.
    Options(Vec<FieldOptionId>),
}

/// A value as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// A text, and by what it is found.
    Text {
        /// The text.
        text: Encrypted<String>,
        /// Folded, or hashed when it is masked.
        lookup: Option<Vec<u8>>,
    },
    /// An integer.
    Number(i64),
    /// Options, in the order of their ids.
    Options(Vec<FieldOptionId>),
}

/// A value of a ticket, with what is needed to show it.
#[derive(Clone, Debug)]
pub struct Held {
    /// The ticket.
    pub ticket: TicketId,
    /// The field.
    pub field: FieldId,
    /// The field's key.
    pub key: String,
    /// What the field holds.
    pub field_type: FieldType,
    /// Digits behind the point.
    pub digits: u8,
    /// The value.
    pub value: Stored,
}

/// A value in the journal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = RecordedFieldValue)]
pub enum Recorded {
    /// An integer.
    Number(i64),
    /// Options.
    Options(Vec<FieldOptionId>),
    /// A text; of a masked one only what is shown.
    Text(Encrypted<String>),
}

/// What became of one field of a ticket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ValueChange {
    /// The field.
    pub field: FieldId,
    /// What it holds.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// The value.
    pub value: Change<Option<Recorded>>,
}

/// Fields of a ticket changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldsChanged {
    /// Each field that did.
    pub fields: Vec<ValueChange>,
}

/// Somebody looked at what a masked field holds.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldRevealed {
    /// The field.
    pub field: FieldId,
}

impl Record for FieldsChanged {
    const KIND: &'static str = "ticket.fields_changed";
}

impl Record for FieldRevealed {
    const KIND: &'static str = "ticket.field_revealed";
}
