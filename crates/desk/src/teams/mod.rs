//! Teams: agents who share queues.
//!
//! A team is never deleted while a ticket lies in its queue, and only active agents can be
//! members. The name is unique whatever its letter case and spacing.

pub mod commands;
mod http;
mod membership;
pub mod rules;
pub mod store;

use kernel::ids::{AgentId, TeamId};
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use http::router;
pub use membership::Membership;

/// A team as agents see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name, unique in the workspace.
    pub name: String,
    /// The agents in it, in the order of their ids.
    pub member_ids: Vec<AgentId>,
    /// Counts the changes; an update names the version it saw.
    pub version: i64,
}

/// A team came into being.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TeamCreated {
    /// Which team.
    pub team: TeamId,
    /// Its name.
    pub name: Encrypted<String>,
    /// Its first members.
    pub member_ids: Vec<AgentId>,
}

/// A team's name or members changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TeamChanged {
    /// Which team.
    pub team: TeamId,
    /// The name, when it changed.
    pub name: Option<Change<Encrypted<String>>>,
    /// The members, when they changed.
    pub member_ids: Option<Change<Vec<AgentId>>>,
}

/// A team was deleted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TeamDeleted {
    /// Which team.
    pub team: TeamId,
}

impl Record for TeamCreated {
    const KIND: &'static str = "team.created";
}

impl Record for TeamChanged {
    const KIND: &'static str = "team.changed";
}

impl Record for TeamDeleted {
    const KIND: &'static str = "team.deleted";
}

/// The journal records teams write.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<TeamCreated>(),
    RecordType::of::<TeamChanged>(),
    RecordType::of::<TeamDeleted>(),
];
