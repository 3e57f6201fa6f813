//! Promises to customers, and the clocks that keep them.
//!
//! The first policy whose conditions a ticket meets sets its targets, by the priority in force.
//! A clock is a row: what it measures, when it started, how much calendar and business time it has
//! used up without pauses, and when it is due. One single reader ([`ClockKeeper`]) moves clocks as
//! the journal tells of replies, messages and changes, its effects and its position in one
//! transaction; [`timer`] warns of what is about to be late and notes what is, within a second and
//! once, by the row itself, whatever dies when.
//!
//! What is measured follows [`Metric`]. Agents' replies count when they are released, with the
//! click as their time; replies of machines and bots don't count. A target counts from the moment
//! its metric starts, not from the moment its policy came to apply. When a ticket's priority,
//! policy or schedule changes, time used up by then stays used up as it was counted; only the rest
//! is counted anew. Quiet records (imports) start nothing.

pub mod book;
pub mod commands;
mod follow;
mod http;
mod reactions;
pub mod rules;
pub mod store;
pub mod timer;

use kernel::ids::{PolicyId, RecordId, ScheduleId, TicketId};
use kernel::journal::{Change, Record, RecordType};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;
use kernel::words;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::conditions::Conditions;
use crate::tickets::Priority;

pub use http::{ApiClock, NextClock, router};
pub use reactions::{ClockKeeper, ReviewClocks};

/// The version of what the clocks measure; kept with every clock, counted up when it changes.
pub const DEFINITION: i64 = 1;

words! {
    /// What a clock measures.
    Metric {
        /// From the customer's first message to the first answer by a person. On a ticket that we
        /// began, from the customer's first message too: nobody waits before it.
        FirstReply = "first_reply",
        /// From the first message that the customer writes after an answer, to the next answer.
        NextReply = "next_reply",
        /// From one answer to the next, whatever the customer does, until it is solved.
        PeriodicUpdate = "periodic_update",
        /// The same, pausing while it waits for the customer.
        PausableUpdate = "pausable_update",
        /// From the beginning until it is solved, pausing while it waits for the customer.
        RequesterWait = "requester_wait",
        /// From the beginning until it is solved, pausing while it waits for the customer or for
        /// someone else.
        PausableResolution = "pausable_resolution",
        /// From the beginning until it is solved.
        TotalResolution = "total_resolution",
    }
}

words! {
    /// Which time a target is counted in.
    Hours {
        /// The open hours of the schedule.
        Business = "business",
        /// All time.
        Calendar = "calendar",
    }
}

words! {
    /// What a clock does.
    ClockState {
        /// It runs.
        Running = "running",
        /// It stands still for a while.
        Paused = "paused",
        /// It ended in time.
        Met = "met",
        /// It ended late.
        Missed = "missed",
        /// It ended without a result: the promise fell away.
        Void = "void",
    }
}

words! {
    /// Why a clock stands still.
    PauseReason {
        /// It waits for the customer.
        Pending = "pending",
        /// It waits for someone else.
        OnHold = "on_hold",
        /// The ticket is solved.
        Solved = "solved",
        /// The ticket lies among spam, bulk mail or in the trash.
        Aside = "aside",
    }
}

/// When to warn before a target is missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = SlaWarning)]
pub enum Warning {
    /// This many minutes before.
    Minutes(i64),
    /// When this much of the target is used up, 1 to 99.
    Percent(i64),
}

/// How soon something is promised at one priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SlaTarget)]
pub struct Target {
    /// What is measured.
    pub metric: Metric,
    /// For tickets of this priority.
    pub priority: Priority,
    /// Within so many minutes.
    pub minutes: i64,
    /// Of which time.
    pub hours: Hours,
    /// When to warn; null: never.
    pub warn: Option<Warning>,
}

/// A promise for the tickets that meet its conditions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SlaPolicy)]
pub struct Policy {
    /// Its id.
    pub id: PolicyId,
    /// Its name.
    pub name: String,
    /// Its place: the first one that fits counts.
    pub position: i64,
    /// Whether it counts at all.
    pub enabled: bool,
    /// Which tickets it is for.
    pub conditions: Conditions,
    /// Whose hours it goes by; null: those of the ticket's team, inbox, brand or the workspace.
    pub schedule_id: Option<ScheduleId>,
    /// What is promised.
    pub targets: Vec<Target>,
    /// Counts the changes; an update names the version it saw.
    pub version: i64,
}

/// A time during which a clock stood still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SlaPause)]
pub struct Pause {
    /// Since when.
    pub from: Timestamp,
    /// Until when; null: still.
    pub to: Option<Timestamp>,
    /// Why.
    pub reason: PauseReason,
}

/// One run of one clock on a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// What it measures.
    pub metric: Metric,
    /// The record that started it.
    pub began: RecordId,
    /// What it does.
    pub state: ClockState,
    /// Whether it can still move: a resolution that ended goes on when the ticket is reopened.
    pub live: bool,
    /// When what it measures began.
    pub started_at: Timestamp,
    /// Up to when the time spent is counted; while it stands still: since when.
    pub since: Timestamp,
    /// Calendar time spent without pauses, in microseconds.
    pub calendar: i64,
    /// Business time spent without pauses, in microseconds.
    pub business: i64,
    /// Which of the two its target means.
    pub hours: Hours,
    /// Its target, in microseconds.
    pub target: i64,
    /// How long before it warns, in microseconds.
    pub warn_before: Option<i64>,
    /// The priority its target was for.
    pub priority: Priority,
    /// The policy that promised it.
    pub policy: PolicyId,
    /// That policy's version.
    pub policy_version: i64,
    /// The schedule that business time is counted by; `None`: all time is business time.
    pub schedule: Option<ScheduleId>,
    /// That schedule's version.
    pub schedule_version: i64,
    /// When it is due; `None` while it stands still.
    pub due_at: Option<Timestamp>,
    /// When it warns.
    pub warn_at: Option<Timestamp>,
    /// When it warned.
    pub warned_at: Option<Timestamp>,
    /// When it became late: the moment it was due.
    pub breached_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When it stood still.
    pub pauses: Vec<Pause>,
}

/// A policy came to apply to a ticket, or none applies any more.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SlaApplied {
    /// The policy.
    pub policy: Change<Option<PolicyId>>,
}

/// The clock that comes first on a ticket is another, or is due at another time.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SlaMoved {
    /// What comes first; null: nothing is promised now.
    pub metric: Option<Metric>,
    /// When it is due; null while it stands still.
    pub due_at: Option<Timestamp>,
}

/// A target is about to be missed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SlaWarned {
    /// What is measured.
    pub metric: Metric,
    /// The record that started the clock.
    pub began: RecordId,
    /// The policy that promised it.
    pub policy: PolicyId,
    /// When it is due.
    pub due_at: Timestamp,
}

/// A target was missed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SlaBreached {
    /// What is measured.
    pub metric: Metric,
    /// The record that started the clock.
    pub began: RecordId,
    /// The policy that promised it.
    pub policy: PolicyId,
    /// When it was due.
    pub due_at: Timestamp,
}

/// What was promised was done.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SlaMet {
    /// What is measured.
    pub metric: Metric,
    /// The record that started the clock.
    pub began: RecordId,
    /// The policy that promised it.
    pub policy: PolicyId,
    /// That policy's version.
    pub policy_version: i64,
    /// The version of what is measured.
    pub definition: i64,
    /// Whether it was done in time.
    pub in_time: bool,
    /// Calendar time it took without pauses, in seconds.
    pub calendar_seconds: i64,
    /// Business time it took without pauses, in seconds.
    pub business_seconds: i64,
    /// Which of the two the target means.
    pub hours: Hours,
    /// The target, in seconds.
    pub target_seconds: i64,
}

/// A policy was made.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyCreated {
    /// Which policy.
    pub policy: PolicyId,
    /// Its name.
    pub name: Encrypted<String>,
    /// The whole of it, as JSON.
    pub content: Encrypted<String>,
}

/// A policy changed.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyChanged {
    /// Which policy.
    pub policy: PolicyId,
    /// The version from now on.
    pub version: i64,
    /// The whole of it, as JSON.
    pub content: Change<Encrypted<String>>,
}

/// A policy was deleted.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PolicyDeleted {
    /// Which policy.
    pub policy: PolicyId,
    /// The name it had.
    pub name: Encrypted<String>,
}

/// The policies stand in another order.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PoliciesReordered {
    /// The order.
    pub policies: Change<Vec<PolicyId>>,
}

/// The job that looks at the clocks of all tickets again after the promises changed.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Review {
    /// How far it came.
    pub after: TicketId,
}

macro_rules! kinds {
    ($($kind:literal $record:ident),+ $(,)?) => {
        $(impl Record for $record {
            const KIND: &'static str = $kind;
        })+

        /// Every kind of record about promises.
        pub const RECORDS: &[RecordType] = &[$(RecordType::of::<$record>()),+];
    };
}

kinds! {
    "sla.applied" SlaApplied,
    "sla.moved" SlaMoved,
    "sla.warned" SlaWarned,
    "sla.breached" SlaBreached,
    "sla.met" SlaMet,
    "sla_policy.created" PolicyCreated,
    "sla_policy.changed" PolicyChanged,
    "sla_policy.deleted" PolicyDeleted,
    "sla_policy.reordered" PoliciesReordered,
}
