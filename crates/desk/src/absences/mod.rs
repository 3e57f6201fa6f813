//! Absences: when an agent is away, and which colleague stands in for them.
//!
//! Whoever stands in hears of what comes for the absent (mentions, answers, promises that fall
//! due); nothing is taken from the absent, who is told as well and finds it all on return. A
//! stand-in who is away too is passed over for their own stand-in.

pub mod commands;
mod http;
pub mod rules;
pub mod store;

use kernel::ids::{AbsenceId, AgentId};
use kernel::journal::{Record, RecordType};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use commands::deputy;
pub use http::router;

/// An agent is away for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Absence {
    /// Its id.
    pub id: AbsenceId,
    /// Who is away.
    pub agent_id: AgentId,
    /// Who stands in; null: nobody in particular.
    pub stand_in_id: Option<AgentId>,
    /// From then on.
    pub from: Timestamp,
    /// Until then.
    pub to: Timestamp,
    /// Counts the changes; an update names the version it saw.
    pub version: i64,
}

/// An agent said that they will be away, or changed it; about that agent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AbsencePlanned {
    /// Which absence.
    pub absence: AbsenceId,
    /// Who stands in.
    pub stand_in: Option<AgentId>,
    /// From then on.
    pub from: Timestamp,
    /// Until then.
    pub to: Timestamp,
}

/// An agent will not be away after all, or is back early; about that agent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AbsenceEnded {
    /// Which absence.
    pub absence: AbsenceId,
}

impl Record for AbsencePlanned {
    const KIND: &'static str = "absence.planned";
}

impl Record for AbsenceEnded {
    const KIND: &'static str = "absence.ended";
}

/// The journal records absences write.
pub const RECORDS: &[RecordType] = &[
    RecordType::of::<AbsencePlanned>(),
    RecordType::of::<AbsenceEnded>(),
];
