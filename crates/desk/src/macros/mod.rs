//! Macros: saved replies with actions.
//!
//! A personal macro is seen and changed by its owner alone, whatever anybody's role; a shared one
//! is seen by everybody and changed by those who manage macros. The text is sanitised before it
//! is stored, like everything that may reach a customer.

pub mod commands;
mod http;
pub mod rules;
pub mod store;

use kernel::ids::{AgentId, MacroId};
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::tickets::Status;

pub use http::router;

/// Whom a macro is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MacroScope)]
pub enum Scope {
    /// Its owner.
    Personal,
    /// Everybody.
    Shared,
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
    /// Counts the changes; an update names the version it saw.
    pub version: i64,
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
    /// Whose it is; `None` when shared.
    pub owner: Option<AgentId>,
    /// The status the ticket gets when the reply is sent.
    pub status_after: Option<Status>,
    /// Counts the changes.
    pub version: i64,
}

impl Stored {
    /// Whom it is for.
    pub fn scope(&self) -> Scope {
        if self.owner.is_some() {
            Scope::Personal
        } else {
            Scope::Shared
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
];
