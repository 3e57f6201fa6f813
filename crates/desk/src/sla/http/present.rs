//! Clocks as the API shows them.

use kernel::ids::{PolicyId, ScheduleId};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::sla::book::Page;
use crate::sla::rules::course::First;
use crate::sla::{Clock, ClockState, Hours, Metric, Pause, PauseReason, store};
use crate::tickets::Priority;

const SECOND: i64 = 1_000_000;

/// The clock that comes first on a ticket, as lists show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NextClock {
    /// What it measures.
    pub metric: Metric,
    /// `running` or `paused`.
    pub state: ClockState,
    /// Why it is paused.
    pub reason: Option<PauseReason>,
    /// When it is due; null while it is paused.
    pub due_at: Option<Timestamp>,
    /// Whether its time is nearly used up.
    pub warned: bool,
    /// Whether it is late.
    pub breached: bool,
}

impl NextClock {
    /// The same for the API; `None` when nothing is promised.
    pub fn of(first: &First) -> Option<Self> {
        Some(Self {
            metric: first.metric?,
            state: store::state_of(first),
            reason: first.reason,
            due_at: first.due_at,
            warned: first.warned,
            breached: first.breached,
        })
    }
}

/// One run of one clock, with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SlaClock)]
pub struct ApiClock {
    /// What it measures.
    pub metric: Metric,
    /// What it does.
    pub state: ClockState,
    /// Why it is paused.
    pub reason: Option<PauseReason>,
    /// When what it measures began.
    pub started_at: Timestamp,
    /// When it is due; null while it is paused.
    pub due_at: Option<Timestamp>,
    /// When it warned.
    pub warned_at: Option<Timestamp>,
    /// When it became late.
    pub breached_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Which time the target is counted in.
    pub hours: Hours,
    /// The target, in minutes.
    pub target_minutes: i64,
    /// Calendar time spent without pauses, in seconds.
    pub calendar_seconds: i64,
    /// Business time spent without pauses, in seconds.
    pub business_seconds: i64,
    /// The priority the target is for.
    pub priority: Priority,
    /// The policy that promised it.
    pub policy_id: PolicyId,
    /// Its name; null when it is gone.
    pub policy_name: Option<String>,
    /// The schedule that business time is counted by; null: all time is business time.
    pub schedule_id: Option<ScheduleId>,
    /// Its name; null when it is gone.
    pub schedule_name: Option<String>,
    /// The zone of its wall clock.
    pub time_zone: Option<String>,
    /// When business hours begin again, while they are closed.
    pub opens_at: Option<Timestamp>,
    /// When it stood still; the latest 100.
    pub pauses: Vec<Pause>,
}

/// A clock as it stands at `now`.
pub(super) fn clock(mut clock: Clock, page: &Page, now: Timestamp) -> ApiClock {
    let hours = clock.schedule.and_then(|id| page.calendar(id)).cloned();
    clock.settle(now, hours.as_deref());
    let schedule = clock.schedule.and_then(|id| page.schedule(id));
    let is_running = clock.state == ClockState::Running && clock.hours == Hours::Business;
    let closed = hours.filter(|hours| is_running && !hours.open_at(now));
    let pause = clock.pauses.last().filter(|it| it.to.is_none());
    ApiClock {
        metric: clock.metric,
        state: clock.state,
        reason: pause.map(|it| it.reason),
        started_at: clock.started_at,
        due_at: clock.due_at,
        warned_at: clock.warned_at,
        breached_at: clock.breached_at,
        ended_at: clock.ended_at,
        hours: clock.hours,
        target_minutes: clock.target / SECOND / 60,
        calendar_seconds: clock.calendar / SECOND,
        business_seconds: clock.business / SECOND,
        priority: clock.priority,
        policy_id: clock.policy,
        policy_name: page.policy(clock.policy).map(|it| it.name.clone()),
        schedule_id: clock.schedule,
        schedule_name: schedule.map(|it| it.name.clone()),
        time_zone: schedule.map(|it| it.time_zone.clone()),
        opens_at: closed.and_then(|hours| hours.next_open(now)),
        pauses: clock.pauses,
    }
}
