//! One clock: starting, pausing, aiming, ending.

use std::sync::Arc;
use std::time::Duration;

use kernel::ids::{PolicyId, RecordId, ScheduleId};
use kernel::time::Timestamp;

use crate::schedules::rules::Calendar;
use crate::sla::{Clock, ClockState, Hours, Metric, Pause, PauseReason, Target, Warning};
use crate::tickets::{Place, Priority, Status};

const MINUTE: i64 = 60_000_000;
/// The latest pauses that a clock remembers; older ones are taken together.
pub const PAUSES_MAX: usize = 100;

/// What a ticket is promised at a moment: one policy's targets at one priority, by one schedule.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The policy.
    pub policy: PolicyId,
    /// Its version.
    pub policy_version: i64,
    /// The schedule; `None`: all time is business time.
    pub schedule: Option<ScheduleId>,
    /// Its version.
    pub schedule_version: i64,
    /// Its hours.
    pub calendar: Option<Arc<Calendar>>,
    /// The priority.
    pub priority: Priority,
    /// The targets at that priority.
    pub targets: Vec<Target>,
}

impl Terms {
    /// What is promised of a metric.
    pub fn target(&self, metric: Metric) -> Option<&Target> {
        self.targets.iter().find(|it| it.metric == metric)
    }

    /// Whether these are the same terms, as far as clocks go by them.
    pub fn same(&self, other: &Self) -> bool {
        let key = |it: &Self| {
            (
                (it.policy, it.policy_version),
                (it.schedule, it.schedule_version),
                it.priority,
            )
        };
        key(self) == key(other)
    }
}

/// Whether it measures how long solving takes.
pub fn is_resolution(metric: Metric) -> bool {
    matches!(
        metric,
        Metric::RequesterWait | Metric::PausableResolution | Metric::TotalResolution
    )
}

/// Whether it measures the time between our answers.
pub fn is_update(metric: Metric) -> bool {
    matches!(metric, Metric::PeriodicUpdate | Metric::PausableUpdate)
}

/// Why a clock stands still on a ticket in that state, if it does.
pub fn pauses(metric: Metric, status: Status, place: Place) -> Option<PauseReason> {
    if place != Place::Desk {
        return Some(PauseReason::Aside);
    }
    match (status, metric) {
        (Status::Solved | Status::Closed, _) => Some(PauseReason::Solved),
        (
            Status::Pending,
            Metric::PausableUpdate | Metric::RequesterWait | Metric::PausableResolution,
        ) => Some(PauseReason::Pending),
        (Status::OnHold, Metric::PausableResolution) => Some(PauseReason::OnHold),
        _ => None,
    }
}

impl Clock {
    /// A clock that runs from `at` on.
    pub fn start(target: &Target, began: RecordId, at: Timestamp, terms: &Terms) -> Self {
        let mut clock = Self {
            metric: target.metric,
            began,
            state: ClockState::Running,
            live: true,
            started_at: at,
            since: at,
            calendar: 0,
            business: 0,
            hours: target.hours,
            target: 0,
            warn_before: None,
            priority: terms.priority,
            policy: terms.policy,
            policy_version: terms.policy_version,
            schedule: terms.schedule,
            schedule_version: terms.schedule_version,
            due_at: None,
            warn_at: None,
            warned_at: None,
            breached_at: None,
            ended_at: None,
            pauses: Vec::new(),
        };
        clock.promise(target, terms);
        clock
    }

    /// Whether it has not ended.
    pub fn is_open(&self) -> bool {
        self.ended_at.is_none()
    }

    /// The time spent that its target means, in microseconds, as far as it is counted.
    pub fn spent(&self) -> i64 {
        match self.hours {
            Hours::Business => self.business,
            Hours::Calendar => self.calendar,
        }
    }

    /// Counts the time up to `at`.
    pub fn settle(&mut self, at: Timestamp, calendar: Option<&Calendar>) {
        if self.state != ClockState::Running || at <= self.since {
            return;
        }
        let passed = micros(at.since(self.since));
        let open = calendar.map_or(passed, |it| micros(it.business_between(self.since, at)));
        self.calendar = self.calendar.saturating_add(passed);
        self.business = self.business.saturating_add(open);
        self.since = at;
    }

    /// Sets what is promised now; time spent by now stays spent.
    pub fn promise(&mut self, target: &Target, terms: &Terms) {
        self.hours = target.hours;
        self.target = target.minutes.saturating_mul(MINUTE);
        self.warn_before = target.warn.map(|warn| match warn {
            Warning::Minutes(minutes) => minutes.saturating_mul(MINUTE),
            Warning::Percent(percent) => self.target / 100 * (100 - percent),
        });
        self.priority = terms.priority;
        self.policy = terms.policy;
        self.policy_version = terms.policy_version;
        self.schedule = terms.schedule;
        self.schedule_version = terms.schedule_version;
        self.aim(terms.calendar.as_deref());
    }

    /// Works out when it is due and when it warns; what was late and has time left again is no
    /// longer late.
    fn aim(&mut self, calendar: Option<&Calendar>) {
        let warns_after = self
            .warn_before
            .map(|before| self.target.saturating_sub(before));
        if self.spent() < self.target {
            self.breached_at = None;
        }
        if warns_after.is_none_or(|used| self.spent() < used) {
            self.warned_at = None;
        }
        if self.state != ClockState::Running {
            (self.due_at, self.warn_at) = (None, None);
            return;
        }
        let late = self.breached_at.unwrap_or(self.since);
        self.due_at = self.moment(self.target, late, calendar);
        let warned = self.warned_at.unwrap_or(self.since);
        self.warn_at = warns_after.and_then(|used| self.moment(used, warned, calendar));
    }

    /// When `used` will be spent; `past` when it is already.
    fn moment(&self, used: i64, past: Timestamp, calendar: Option<&Calendar>) -> Option<Timestamp> {
        let rest = used.saturating_sub(self.spent());
        let Ok(rest) = u64::try_from(rest) else {
            return Some(past);
        };
        let rest = Duration::from_micros(rest);
        match (self.hours, calendar) {
            (Hours::Business, Some(calendar)) => calendar.add_business(self.since, rest),
            _ => Some(self.since.plus(rest)),
        }
    }

    /// Puts it under other terms at `at`; time spent by then was counted by `old`.
    pub fn retarget(
        &mut self,
        target: &Target,
        at: Timestamp,
        old: Option<&Calendar>,
        terms: &Terms,
    ) {
        self.settle(at, old);
        self.promise(target, terms);
    }

    /// Lets it stand still or run on, as the ticket's state asks.
    pub fn regulate(
        &mut self,
        at: Timestamp,
        why: Option<PauseReason>,
        calendar: Option<&Calendar>,
    ) {
        let stands = self.pauses.last().filter(|it| it.to.is_none());
        if !self.is_open() || stands.map(|it| it.reason) == why {
            return;
        }
        self.settle(at, calendar);
        if let Some(last) = self.pauses.last_mut().filter(|it| it.to.is_none()) {
            last.to = Some(at);
        }
        self.since = self.since.max(at);
        self.state = match why {
            Some(reason) => {
                self.remember(Pause {
                    from: at,
                    to: None,
                    reason,
                });
                ClockState::Paused
            }
            None => ClockState::Running,
        };
        self.aim(calendar);
    }

    fn remember(&mut self, pause: Pause) {
        if self.pauses.len() >= PAUSES_MAX {
            self.pauses.remove(0);
        }
        self.pauses.push(pause);
    }

    /// Ends it because what was promised is done.
    pub fn end(&mut self, at: Timestamp, calendar: Option<&Calendar>) {
        self.settle(at, calendar);
        self.close(at);
        self.state = if self.spent() <= self.target {
            self.breached_at = None;
            ClockState::Met
        } else {
            self.breached_at = self.breached_at.or(self.due_at);
            ClockState::Missed
        };
        self.live = is_resolution(self.metric);
    }

    /// Ends it because the promise fell away.
    pub fn void(&mut self, at: Timestamp, calendar: Option<&Calendar>) {
        self.settle(at, calendar);
        self.close(at);
        self.state = ClockState::Void;
        self.live = false;
    }

    fn close(&mut self, at: Timestamp) {
        if let Some(last) = self.pauses.last_mut().filter(|it| it.to.is_none()) {
            last.to = Some(at);
        }
        self.ended_at = Some(at);
    }

    /// The run that goes on where this one ended, on a ticket that is reopened.
    pub fn resumed(&mut self, began: RecordId, at: Timestamp, calendar: Option<&Calendar>) -> Self {
        self.live = false;
        let ended = self.ended_at.unwrap_or(at);
        let mut next = Self {
            began,
            state: ClockState::Running,
            live: true,
            since: at,
            ended_at: None,
            ..self.clone()
        };
        next.remember(Pause {
            from: ended,
            to: Some(at),
            reason: PauseReason::Solved,
        });
        next.aim(calendar);
        next
    }

    /// Whether it is time to warn.
    pub fn warns(&self, now: Timestamp) -> bool {
        self.state == ClockState::Running
            && self.warned_at.is_none()
            && self.breached_at.is_none()
            && self.warn_at.is_some_and(|at| at <= now)
    }

    /// Whether it has just become late.
    pub fn breaches(&self, now: Timestamp) -> bool {
        self.state == ClockState::Running
            && self.breached_at.is_none()
            && self.due_at.is_some_and(|at| at <= now)
    }

    /// When it has to be looked at by itself.
    pub fn timer(&self) -> Option<Timestamp> {
        if self.state != ClockState::Running || self.breached_at.is_some() {
            return None;
        }
        let warn = self.warn_at.filter(|_| self.warned_at.is_none());
        warn.into_iter().chain(self.due_at).min()
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}
