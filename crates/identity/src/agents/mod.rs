//! Agents: the people who sign in.

pub mod commands;
pub mod http;
pub mod rules;
pub mod store;

use kernel::ids::{AgentId, InvitationId};
use kernel::journal::{Change, Record};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::permissions::Role;
use kernel::words;

words! {
    /// Whether an agent can sign in.
    AgentStatus {
        /// Can sign in.
        Active = "active",
        /// Cannot; what they did stays under their name.
        Disabled = "disabled",
    }
}

/// A person who signs in. Agents are never deleted, only disabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Who.
    pub id: AgentId,
    /// The name colleagues and customers see.
    pub name: String,
    /// The address they sign in with, in lower case.
    pub email: String,
    /// What they are.
    pub role: Role,
    /// Whether they can sign in.
    pub status: AgentStatus,
    /// Since when they are here.
    pub created_at: Timestamp,
    /// Counts the changes; for optimistic updates.
    pub version: i64,
}

/// An agent came to be: the owner at set-up, or somebody who accepted an invitation.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AgentCreated {
    /// Their role.
    pub role: Role,
    /// Their name.
    pub name: Encrypted<String>,
    /// Their address.
    pub email: Encrypted<String>,
    /// The invitation they accepted.
    pub invitation: Option<InvitationId>,
}

impl Record for AgentCreated {
    const KIND: &'static str = "agent.created";
}

/// An agent's name, role or status changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AgentChanged {
    /// The version after the change.
    pub version: i64,
    /// The name, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Change<Encrypted<String>>>,
    /// The role, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Change<Role>>,
    /// The status, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Change<AgentStatus>>,
}

impl Record for AgentChanged {
    const KIND: &'static str = "agent.changed";
}
