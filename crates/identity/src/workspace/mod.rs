//! The workspace: one team's Evenkeel, and its first minute.

pub mod commands;
pub mod http;
pub mod rules;
pub mod store;

use kernel::ids::AgentId;
use kernel::journal::Record;
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::preferences::Language;

/// The workspace. There is none until the first owner sets it up, and never a second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Its name, for agents and in mails.
    pub name: String,
    /// The language new agents start with.
    pub language: Language,
    /// When it was set up.
    pub created_at: Timestamp,
}

/// The workspace was set up by its first owner.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WorkspaceSetUp {
    /// The first owner.
    pub owner: AgentId,
    /// Its name.
    pub name: Encrypted<String>,
    /// Its language.
    pub language: Language,
}

impl Record for WorkspaceSetUp {
    const KIND: &'static str = "workspace.set_up";
}
