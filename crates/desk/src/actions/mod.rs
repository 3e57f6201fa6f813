//! What macros, rules, bulk edits and escalations do to a ticket: one list of actions, all made of
//! the same single changes that a person's edit is made of (`tickets/commands/change.rs`).
//!
//! Whoever applies actions has locked the ticket, decides whether it may be done, and saves the
//! ticket afterwards. An action that changes nothing writes nothing. One that can't be done any
//! more (its team is gone, the ticket is closed) refuses, and with it everything in the same
//! transaction; so no list of actions is ever done by half.

mod apply;
pub mod rules;

use kernel::ids::{AgentId, FieldId, TagId, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::tickets::{Place, Priority, Status, TicketType};

pub use apply::{apply, check};

/// One thing done to a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Sets how far the work is.
    SetStatus {
        /// The status.
        status: Status,
    },
    /// Sets how urgent it is.
    SetPriority {
        /// The priority.
        priority: Priority,
    },
    /// Sets what kind of work it is; null: not chosen.
    SetType {
        /// The type.
        #[serde(rename = "type")]
        ticket_type: Option<TicketType>,
    },
    /// Gives it to somebody.
    Assign {
        /// To whom.
        to: Assign,
    },
    /// Puts it into a team's queue; null: into none.
    SetTeam {
        /// The team.
        team_id: Option<TeamId>,
    },
    /// Sets what a field holds; null empties it. Not for fields of text, since what a list of
    /// actions holds is stored readable.
    SetField {
        /// The field.
        field_id: FieldId,
        /// The value, as in a ticket's `fields`.
        #[schema(value_type = Object)]
        value: serde_json::Value,
    },
    /// Adds tags.
    AddTags {
        /// Which.
        tag_ids: Vec<TagId>,
    },
    /// Takes tags away.
    RemoveTags {
        /// Which.
        tag_ids: Vec<TagId>,
    },
    /// Puts it off.
    Snooze {
        /// For how many minutes from now.
        minutes: i64,
    },
    /// Lays it elsewhere.
    SetPlace {
        /// Where.
        place: Place,
    },
    /// Lets a colleague watch it.
    AddWatcher {
        /// Who.
        agent_id: AgentId,
    },
}

/// Who gets a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AssignTo)]
pub enum Assign {
    /// Nobody.
    Nobody,
    /// Whoever acts; a machine changes nothing by this.
    Me,
    /// This agent.
    Agent(AgentId),
}
