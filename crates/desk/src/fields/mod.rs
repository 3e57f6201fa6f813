//! Fields that a workspace gives its tickets, each of one type.
//!
//! A field is known by its key, which never changes, and so is an option of a choice; what is no
//! longer wanted is retired, so that old tickets keep what they hold. Values stand in a table of
//! their own, typed and indexed ([`values`]). A text a person wrote is stored encrypted; only a
//! field that is declared to hold nothing personal (`searchable`) also keeps its text folded, by
//! which it is found and sorted. Deliberately absent: references to accounts, until there are any.

pub mod commands;
pub(crate) mod http;
pub mod reactions;
pub mod rules;
pub mod store;
pub mod values;

use kernel::ids::{FieldId, FieldOptionId};
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use http::router;

words! {
    /// What a field holds.
    FieldType {
        /// One line of text.
        Text = "text",
        /// Text of several lines.
        LongText = "long_text",
        /// A whole number.
        Number = "number",
        /// A number with a fixed count of digits behind the point, exact.
        Decimal = "decimal",
        /// One of its options.
        Choice = "choice",
        /// Any of its options.
        MultiChoice = "multi_choice",
        /// A day.
        Date = "date",
        /// A point in time.
        DateTime = "date_time",
        /// Yes or no.
        Checkbox = "checkbox",
        /// A customer.
        Customer = "customer",
        /// The number of an order elsewhere.
        Order = "order",
        /// The number of a card, a passport and the like: shown masked, never searched by parts.
        Masked = "masked",
    }
}

impl FieldType {
    /// Whether it holds text.
    pub fn is_text(self) -> bool {
        matches!(
            self,
            Self::Text | Self::LongText | Self::Order | Self::Masked
        )
    }

    /// Whether it holds options.
    pub fn is_choice(self) -> bool {
        matches!(self, Self::Choice | Self::MultiChoice)
    }

    /// Whether it holds numbers, as opposed to what is stored as one.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Decimal)
    }
}

/// A field without its options, as stored.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its number.
    pub id: FieldId,
    /// Its name in the API: never changes.
    pub key: String,
    /// What it holds: never changes.
    pub field_type: FieldType,
    /// Its name for agents.
    pub label: String,
    /// Its name for customers, when it is another.
    pub customer_label: Option<String>,
    /// What agents should know of it.
    pub description: Option<Encrypted<String>>,
    /// Digits behind the point: never changes.
    pub digits: u8,
    /// The least value, in the smallest unit.
    pub least: Option<i64>,
    /// The greatest value, in the smallest unit.
    pub most: Option<i64>,
    /// Whether its text, which is nothing personal, is found and sorted by.
    pub searchable: bool,
    /// Whether it is in use; otherwise it is retired.
    pub active: bool,
    /// Its place among the fields.
    pub position: i64,
    /// Counts the changes.
    pub version: i64,
}

/// Something that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldOption {
    /// Its number.
    pub id: FieldOptionId,
    /// The option it stands under.
    pub parent: Option<FieldOptionId>,
    /// Its name in the API: never changes.
    pub key: String,
    /// Its name on screen.
    pub label: String,
    /// Whether it can be chosen; otherwise it is retired.
    pub active: bool,
}

/// A field was made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldCreated {
    /// Which field.
    pub field: FieldId,
    /// What it holds.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// All of it, as JSON.
    pub definition: Encrypted<String>,
}

/// A field, or what can be chosen in it, changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldChanged {
    /// Which field.
    pub field: FieldId,
    /// Whether it is in use.
    pub active: Change<bool>,
    /// All of it, as JSON.
    pub definition: Change<Encrypted<String>>,
}

/// A field was deleted for good; the values it had are removed soon after.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldDeleted {
    /// Which field.
    pub field: FieldId,
    /// All of it, as JSON.
    pub definition: Encrypted<String>,
}

impl Record for FieldCreated {
    const KIND: &'static str = "field.created";
}

impl Record for FieldChanged {
    const KIND: &'static str = "field.changed";
}

impl Record for FieldDeleted {
    const KIND: &'static str = "field.deleted";
}

/// The journal records that fields and their values write.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<FieldCreated>(),
    RecordType::of::<FieldChanged>(),
    RecordType::of::<FieldDeleted>(),
    RecordType::of::<values::FieldsChanged>(),
    RecordType::of::<values::FieldRevealed>(),
];
