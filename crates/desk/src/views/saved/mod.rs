//! Saved views: lists of tickets by conditions, with their order, groups and columns.
//!
//! A personal view is seen and changed by its owner alone; a team's is seen by the team, a shared
//! one by everybody, and both are changed by those who may share views. Which tickets a view holds
//! is kept in memory by every node ([`members`]), so that a page and a count cost no search.

pub mod commands;
pub mod http;
pub mod members;
pub mod rules;
pub mod store;

use kernel::ids::{AgentId, TeamId, ViewId};
use kernel::journal::{Record, RecordType};
use kernel::keys::Encrypted;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::conditions::Conditions;

words! {
    /// By what a view is sorted.
    Sort {
        /// When someone last spoke.
        LastMessageAt = "last_message_at",
        /// When it began.
        CreatedAt = "created_at",
        /// When anything last changed.
        UpdatedAt = "updated_at",
        /// How urgent it is; equals by last message.
        Priority = "priority",
        /// How far the work is; equals by last message.
        Status = "status",
    }
}

words! {
    /// By what a view is parted into groups.
    Group {
        /// Status.
        Status = "status",
        /// Priority, urgent ones first.
        Priority = "priority",
        /// Who has it, those nobody has last.
        Assignee = "assignee",
        /// Whose queue it is in, those without last.
        Team = "team",
        /// Type, those without last.
        Type = "type",
    }
}

words! {
    /// What a row shows beside customer and subject.
    Column {
        /// The beginning of the last message.
        Snippet = "snippet",
        /// How far the work is.
        Status = "status",
        /// How urgent it is.
        Priority = "priority",
        /// What kind of work it is.
        Type = "type",
        /// Who has it.
        Assignee = "assignee",
        /// Whose queue it is in.
        Team = "team",
        /// Its tags.
        Tags = "tags",
        /// When it began.
        CreatedAt = "created_at",
        /// When anything last changed.
        UpdatedAt = "updated_at",
        /// How many messages it holds.
        MessageCount = "message_count",
    }
}

words! {
    /// How close rows stand.
    Density {
        /// Three lines a ticket.
        Comfortable = "comfortable",
        /// One line a ticket.
        Compact = "compact",
    }
}

/// Which tickets a view holds, and how it shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ViewDefinition)]
pub struct Definition {
    /// Which tickets.
    pub conditions: Conditions,
    /// By what they are sorted.
    pub sort: Sort,
    /// Least first instead of greatest first.
    #[serde(default)]
    pub ascending: bool,
    /// By what they are parted; null: not at all.
    #[serde(default)]
    pub group: Option<Group>,
    /// What a row shows, in this order.
    pub columns: Vec<Column>,
    /// How close rows stand.
    pub density: Density,
}

/// Whom a view is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ViewScope)]
pub enum Scope {
    /// Its owner.
    Personal,
    /// A team.
    Team(TeamId),
    /// Everybody.
    Shared,
}

/// A saved view as the API shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SavedView {
    /// Its id; lists name it `saved:` and this number.
    pub id: ViewId,
    /// Its name.
    pub name: String,
    /// Whom it is for.
    pub scope: Scope,
    /// Which tickets, and how.
    pub definition: Definition,
    /// Whether the caller may change it.
    pub may_change: bool,
    /// Counts the changes; an update names the version it saw.
    pub version: i64,
}

/// How a saved view is shown, for lists of views.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ShownView)]
pub struct Shown {
    /// Its number.
    pub view_id: ViewId,
    /// Whom it is for.
    pub scope: Scope,
    /// By what it is parted; null: not at all.
    pub group: Option<Group>,
    /// What a row shows, in this order.
    pub columns: Vec<Column>,
    /// How close rows stand.
    pub density: Density,
    /// Whether the caller may change it.
    pub may_change: bool,
}

/// A view's row.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: ViewId,
    /// Its name.
    pub name: String,
    /// Whose it is, when it is personal.
    pub owner: Option<AgentId>,
    /// Whose it is, when it is a team's.
    pub team: Option<TeamId>,
    /// Which tickets, and how, as JSON.
    pub definition: Encrypted<String>,
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

/// A view was saved for the first time; about its owner when it is personal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ViewCreated {
    /// Which view.
    pub view: ViewId,
    /// Its name.
    pub name: Encrypted<String>,
    /// Whom it is for.
    pub scope: Scope,
    /// Which tickets, and how.
    pub definition: Encrypted<String>,
}

/// A view changed; about its owner when it was personal and stays so.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ViewChanged {
    /// Which view.
    pub view: ViewId,
    /// Its name now.
    pub name: Encrypted<String>,
    /// Whom it is for now.
    pub scope: Scope,
    /// Which tickets, and how, from now on.
    pub definition: Encrypted<String>,
}

/// A view was deleted; about its owner when it was personal.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ViewDeleted {
    /// Which view.
    pub view: ViewId,
    /// The name it had.
    pub name: Encrypted<String>,
}

impl Record for ViewCreated {
    const KIND: &'static str = "view.created";
}

impl Record for ViewChanged {
    const KIND: &'static str = "view.changed";
}

impl Record for ViewDeleted {
    const KIND: &'static str = "view.deleted";
}

/// The journal records saved views write.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<ViewCreated>(),
    RecordType::of::<ViewChanged>(),
    RecordType::of::<ViewDeleted>(),
];
