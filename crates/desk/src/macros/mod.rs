//! Macros: saved replies with actions.
//!
//! A personal macro is seen and changed by its owner alone, whatever anybody's role; a team's is
//! seen by the team, a shared one by everybody, and both are changed by those who manage macros.
//! The text is sanitised before it is stored, like everything that may reach a customer. What
//! stands in it for something else ([`variables`]) is filled in when the macro is used, and a
//! reply that still holds such a placeholder is never sent.

pub mod commands;
mod http;
pub mod rules;
pub mod store;
pub mod usage;
pub mod variables;

use kernel::ids::{AgentId, AttachmentId, MacroId, TeamId};
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actions::Action;
use crate::attachments::ApiAttachment;
use crate::conditions::Conditions;
use crate::tickets::Status;

pub use http::router;

/// Whom a macro is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MacroScope)]
pub enum Scope {
    /// Its owner.
    #[default]
    Personal,
    /// A team.
    Team(TeamId),
    /// Everybody.
    Shared,
}

/// The text in another language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MacroVariant)]
pub struct Variant {
    /// The language, as in BCP 47: `de`, `pt-BR`.
    pub language: String,
    /// The text.
    pub html: String,
}

/// What a macro does beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extras {
    /// The text in other languages.
    #[serde(default)]
    pub variants: Vec<Variant>,
    /// What it does to the ticket.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// On which tickets it is offered.
    #[serde(default)]
    pub conditions: Conditions,
}

/// A macro as agents see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Macro {
    /// Its id.
    pub id: MacroId,
    /// Its name.
    pub name: String,
    /// Its text, sanitised.
    pub html: String,
    /// Whom it is for.
    pub scope: Scope,
    /// The status the ticket gets when the reply is sent.
    pub status_after: Option<Status>,
    /// The text in other languages.
    pub variants: Vec<Variant>,
    /// What it does to the ticket.
    pub actions: Vec<Action>,
    /// On which tickets it is offered.
    pub conditions: Conditions,
    /// The files that go with it.
    pub files: Vec<ApiAttachment>,
    /// How often it was used in the last 30 days.
    pub uses: i64,
    /// Who changed it last; null when nobody did since it was made.
    pub edited_by: Option<AgentId>,
    /// When.
    pub edited_at: Option<Timestamp>,
    /// Counts the changes; an update names the version it saw.
    pub version: i64,
}

/// A macro made ready for one ticket.
#[derive(Debug, Serialize, ToSchema)]
pub struct MacroPreview {
    /// Its text with the variables filled in.
    pub html: String,
    /// Variables that could not be filled; a reply with one of these can't be sent.
    pub unfilled: Vec<String>,
    /// Whether the ticket meets the macro's conditions.
    pub fits: bool,
    /// What it will do to the ticket.
    pub actions: Vec<Action>,
    /// The status the ticket gets when the reply is sent.
    pub status_after: Option<Status>,
    /// Copies of its files, ready to go with a reply of yours.
    pub files: Vec<ApiAttachment>,
}

/// A macro's row.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: MacroId,
    /// Its name.
    pub name: String,
    /// Its text.
    pub html: Encrypted<String>,
    /// Whose it is, when it is personal.
    pub owner: Option<AgentId>,
    /// Whose it is, when it is a team's.
    pub team: Option<TeamId>,
    /// The status the ticket gets when the reply is sent.
    pub status_after: Option<Status>,
    /// What it does beside its text, as JSON of [`Extras`].
    pub extras: Option<Encrypted<String>>,
    /// Who changed it last.
    pub edited_by: Option<AgentId>,
    /// When.
    pub edited_at: Option<Timestamp>,
    /// Counts the changes.
    pub version: i64,
}

impl Stored {
    /// Whom it is for.
    pub fn scope(&self) -> Scope {
        match (self.owner, self.team) {
            (Some(_), _) => Scope::Personal,
            (None, Some(team)) => Scope::Team(team),
            (None, None) => Scope::Shared,
        }
    }
}

/// A macro was saved for the first time; about its owner when it is personal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MacroCreated {
    /// Which macro.
    #[serde(rename = "macro")]
    pub saved: MacroId,
    /// Its name.
    pub name: Encrypted<String>,
    /// Whom it is for.
    pub scope: Scope,
    /// The status the ticket gets when the reply is sent.
    pub status_after: Option<Status>,
}

/// A macro changed; about its owner when it was personal and stays so.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MacroChanged {
    /// Which macro.
    #[serde(rename = "macro")]
    pub saved: MacroId,
    /// The name, when it changed.
    pub name: Option<Change<Encrypted<String>>>,
    /// The text, when it changed.
    pub html: Option<Change<Encrypted<String>>>,
    /// Whom it is for, when that changed.
    pub scope: Option<Change<Scope>>,
    /// The status the ticket gets, when that changed.
    pub status_after: Option<Change<Option<Status>>>,
    /// What it does beside its text, when that changed.
    #[serde(default)]
    pub extras: Option<Encrypted<String>>,
    /// The files that go with it, when they changed.
    #[serde(default)]
    pub files: Option<Vec<AttachmentId>>,
}

/// A macro was used on a ticket.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MacroApplied {
    /// Which macro.
    #[serde(rename = "macro")]
    pub saved: MacroId,
}

impl Record for MacroApplied {
    const KIND: &'static str = "ticket.macro_applied";
}

/// A macro was deleted; about its owner when it was personal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct MacroDeleted {
    /// Which macro.
    #[serde(rename = "macro")]
    pub saved: MacroId,
    /// Whom it was for.
    pub scope: Scope,
    /// The name it had.
    pub name: Encrypted<String>,
}

impl Record for MacroCreated {
    const KIND: &'static str = "macro.created";
}

impl Record for MacroChanged {
    const KIND: &'static str = "macro.changed";
}

impl Record for MacroDeleted {
    const KIND: &'static str = "macro.deleted";
}

/// The journal records macros write.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<MacroCreated>(),
    RecordType::of::<MacroChanged>(),
    RecordType::of::<MacroDeleted>(),
    RecordType::of::<MacroApplied>(),
];
