//! Forms: which fields a kind of ticket has, in which order, and which must be filled in.
//!
//! A ticket has the form that was chosen for it, else that of its inbox, else that of its brand,
//! else the workspace's; without any it shows every field and needs none. What must be filled in
//! before a ticket is solved is checked where the status changes, so nothing gets around it; a
//! reply that was to solve its ticket still leaves, and the ticket tells why it stayed open.
//! A field that is retired or deleted disappears from forms and is not asked for any more.

pub mod commands;
pub mod exchange;
mod http;
pub mod rules;
pub mod store;

use kernel::ids::{BrandId, FieldId, FormId, InboxId};
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::conditions::Conditions;
use crate::tickets::TicketType;

pub use http::router;

/// A field on a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormField {
    /// Which field.
    pub field_id: FieldId,
    /// Whether agents must fill it in when they begin a ticket.
    #[serde(default)]
    pub required_on_create: bool,
    /// Whether it must be filled in before the ticket is solved.
    #[serde(default)]
    pub required_on_solve: bool,
    /// For which types of tickets it is required; none named: for all.
    #[serde(default)]
    pub types: Vec<TicketType>,
    /// When it is shown, by `type`, `priority` and other fields of the form; null: always. What is
    /// not shown is not required.
    #[serde(default)]
    pub show_when: Option<Conditions>,
}

/// A form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Form {
    /// Its number.
    pub id: FormId,
    /// Its name in the API, which never changes.
    pub key: String,
    /// Its name on screen.
    pub name: String,
    /// Whether it is in use; otherwise it is retired.
    pub active: bool,
    /// Whether tickets have it that have no other.
    pub is_default: bool,
    /// The inboxes whose tickets have it.
    pub inbox_ids: Vec<InboxId>,
    /// The brands whose tickets have it.
    pub brand_ids: Vec<BrandId>,
    /// Its fields, in their order.
    pub fields: Vec<FormField>,
    /// Send it back when changing the form.
    pub version: i64,
}

/// A form was made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FormCreated {
    /// Which form.
    pub form: FormId,
    /// All of it, as JSON.
    pub definition: Encrypted<String>,
}

/// A form changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FormChanged {
    /// Which form.
    pub form: FormId,
    /// All of it, as JSON.
    pub definition: Change<Encrypted<String>>,
}

/// A form was deleted; tickets that had it have a default one from now on.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct FormDeleted {
    /// Which form.
    pub form: FormId,
    /// All of it, as JSON.
    pub definition: Encrypted<String>,
}

/// Another form was chosen for a ticket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketFormChanged {
    /// The form; null: the default one.
    pub form: Change<Option<FormId>>,
}

/// A ticket was to be solved by itself, as a reply left, but fields are still empty.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SolveRefused {
    /// The fields to fill in.
    pub missing: Vec<FieldId>,
}

impl Record for FormCreated {
    const KIND: &'static str = "form.created";
}

impl Record for FormChanged {
    const KIND: &'static str = "form.changed";
}

impl Record for FormDeleted {
    const KIND: &'static str = "form.deleted";
}

impl Record for TicketFormChanged {
    const KIND: &'static str = "ticket.form_changed";
}

impl Record for SolveRefused {
    const KIND: &'static str = "ticket.solve_refused";
}

/// The journal records that forms write.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<FormCreated>(),
    RecordType::of::<FormChanged>(),
    RecordType::of::<FormDeleted>(),
    RecordType::of::<TicketFormChanged>(),
    RecordType::of::<SolveRefused>(),
];
