//! A ticket's clocks together: what each thing that happens does to them.

use kernel::ids::RecordId;
use kernel::time::Timestamp;

use super::clocks::{self, Terms, is_resolution, is_update};
use crate::schedules::rules::Calendar;
use crate::sla::{Clock, ClockState, Metric, PauseReason};
use crate::tickets::{Place, Status};

/// What happened on a ticket, as far as clocks care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It began.
    Began(Status),
    /// The customer wrote.
    Wrote,
    /// A person's answer went out; the click is its time.
    Replied(Timestamp),
    /// Its status moved.
    Moved(Status),
    /// It was laid elsewhere.
    Placed(Place),
    /// Something else, which may have changed its terms.
    Other,
}

/// What the clocks of a ticket know of it, and the clocks that can still move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// Its status.
    pub status: Status,
    /// Where it lies.
    pub place: Place,
    /// Whether a customer's message was ever answered.
    pub first_answered: bool,
    /// Whether we ever wrote.
    pub replied: bool,
    /// Since when a message of the customer waits for an answer.
    pub waiting_since: Option<Timestamp>,
    /// When the customer last wrote.
    pub last_in: Option<Timestamp>,
    /// Its clocks.
    pub clocks: Vec<Clock>,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            status: Status::New,
            place: Place::Desk,
            first_answered: false,
            replied: false,
            waiting_since: None,
            last_in: None,
            clocks: Vec::new(),
        }
    }
}

/// The clock that comes first on a ticket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct First {
    /// What it measures.
    pub metric: Option<Metric>,
    /// Why it stands still.
    pub reason: Option<PauseReason>,
    /// When it is due.
    pub due_at: Option<Timestamp>,
    /// Whether it warned.
    pub warned: bool,
    /// Whether it is late.
    pub breached: bool,
}

impl Course {
    /// Lets something happen. `record` tells of it, at `at`.
    pub fn step(&mut self, event: Event, record: RecordId, at: Timestamp, terms: Option<&Terms>) {
        let calendar = terms.and_then(|it| it.calendar.as_deref());
        match event {
            Event::Began(status) => {
                self.status = status;
                for metric in Metric::ALL.iter().filter(|it| is_resolution(**it)) {
                    self.start(*metric, record, at, terms);
                }
            }
            Event::Wrote => {
                self.last_in = Some(at);
                self.waiting_since = self.waiting_since.or(Some(at));
                let metric = if self.first_answered {
                    Metric::NextReply
                } else {
                    Metric::FirstReply
                };
                self.start(metric, record, at, terms);
            }
            Event::Replied(click) => self.replied_at(click, record, terms),
            Event::Moved(to) => self.moved(to, record, at, terms),
            Event::Placed(to) => {
                self.place = to;
                self.regulate(at, calendar);
            }
            Event::Other => {}
        }
    }

    fn replied_at(&mut self, click: Timestamp, record: RecordId, terms: Option<&Terms>) {
        let calendar = terms.and_then(|it| it.calendar.as_deref());
        for clock in self.clocks.iter_mut().filter(|it| it.is_open()) {
            if !is_resolution(clock.metric) && clock.started_at <= click {
                clock.end(click, calendar);
            }
        }
        self.replied = true;
        for metric in Metric::ALL.iter().filter(|it| is_update(**it)) {
            self.start(*metric, record, click, terms);
        }
        // What the customer wrote between the click and the release is not answered by it.
        if self.waiting_since.is_some_and(|since| since <= click) {
            self.first_answered = true;
            self.waiting_since = self.last_in.filter(|written| *written > click);
            if let Some(written) = self.waiting_since {
                self.start(Metric::NextReply, record, written, terms);
            }
        }
    }

    fn moved(&mut self, to: Status, record: RecordId, at: Timestamp, terms: Option<&Terms>) {
        let calendar = terms.and_then(|it| it.calendar.as_deref());
        let is_done = |status| matches!(status, Status::Solved | Status::Closed);
        let from = std::mem::replace(&mut self.status, to);
        match (is_done(from), is_done(to)) {
            (false, true) => {
                for clock in self.clocks.iter_mut().filter(|it| it.is_open()) {
                    if is_resolution(clock.metric) {
                        clock.end(at, calendar);
                    } else if is_update(clock.metric) {
                        clock.void(at, calendar);
                    }
                }
            }
            (true, false) => self.reopened(record, at, terms),
            _ => {}
        }
        if to == Status::Closed {
            for clock in &mut self.clocks {
                if clock.is_open() {
                    clock.void(at, calendar);
                }
                clock.live = false;
            }
        }
        self.regulate(at, calendar);
    }

    fn reopened(&mut self, record: RecordId, at: Timestamp, terms: Option<&Terms>) {
        let calendar = terms.and_then(|it| it.calendar.as_deref());
        let ended = self.clocks.iter_mut();
        let ended = ended.filter(|it| it.live && !it.is_open() && is_resolution(it.metric));
        let resumed: Vec<Clock> = ended
            .map(|clock| {
                let mut next = clock.resumed(record, at, calendar);
                // It goes on by what is promised now, which may have changed meanwhile.
                if let Some((terms, target)) =
                    terms.and_then(|terms| Some((terms, terms.target(next.metric)?)))
                {
                    next.retarget(target, at, calendar, terms);
                }
                next
            })
            .collect();
        self.clocks.extend(resumed);
        if self.replied {
            for metric in Metric::ALL.iter().filter(|it| is_update(**it)) {
                self.start(*metric, record, at, terms);
            }
        }
    }

    /// Starts a clock unless it runs already or nothing is promised.
    fn start(&mut self, metric: Metric, record: RecordId, at: Timestamp, terms: Option<&Terms>) {
        let runs = |it: &Clock| it.metric == metric && it.is_open();
        let Some(terms) = terms.filter(|_| !self.clocks.iter().any(runs)) else {
            return;
        };
        let Some(target) = terms.target(metric) else {
            return;
        };
        let mut clock = Clock::start(target, record, at, terms);
        let why = clocks::pauses(metric, self.status, self.place);
        clock.regulate(at, why, terms.calendar.as_deref());
        self.clocks.push(clock);
    }

    fn regulate(&mut self, at: Timestamp, calendar: Option<&Calendar>) {
        for clock in self.clocks.iter_mut().filter(|it| it.is_open()) {
            let why = clocks::pauses(clock.metric, self.status, self.place);
            clock.regulate(at, why, calendar);
        }
    }

    /// Puts the clocks under other terms at `at`; time spent by then was counted by `old`. What is
    /// no longer promised falls away; what is promised anew runs as it would have from the
    /// beginning: `replayed` says how that is.
    pub fn retarget(
        &mut self,
        at: Timestamp,
        old: Option<&Calendar>,
        new: Option<&Terms>,
        replayed: Option<Course>,
    ) {
        for clock in self.clocks.iter_mut().filter(|it| it.is_open()) {
            match new.and_then(|terms| Some((terms, terms.target(clock.metric)?))) {
                Some((terms, target)) => clock.retarget(target, at, old, terms),
                None => clock.void(at, old),
            }
        }
        for fresh in replayed.into_iter().flat_map(|it| it.clocks) {
            let known = |it: &Clock| it.live && it.metric == fresh.metric;
            if fresh.live && !self.clocks.iter().any(known) {
                self.clocks
                    .retain(|it| (it.metric, it.began) != (fresh.metric, fresh.began));
                self.clocks.push(fresh);
            }
        }
    }

    /// Until when an answer would have to have been clicked for the clocks of answers that have
    /// become late by now.
    pub fn answer_due(&self, now: Timestamp) -> Option<Timestamp> {
        let late = self.clocks.iter();
        let late = late.filter(|it| !is_resolution(it.metric) && it.breaches(now));
        late.filter_map(|it| it.due_at).max()
    }

    /// Notes what has become due by now; answers the clocks that warn and those that are late.
    /// With `held` the replies' clocks wait: an answer is on its way that may count in time.
    pub fn fire(&mut self, now: Timestamp, held: bool) -> (Vec<Clock>, Vec<Clock>) {
        let (mut warned, mut breached) = (Vec::new(), Vec::new());
        for clock in &mut self.clocks {
            if held && !is_resolution(clock.metric) {
                continue;
            }
            if clock.breaches(now) {
                clock.breached_at = clock.due_at;
                breached.push(clock.clone());
            } else if clock.warns(now) {
                clock.warned_at = Some(now);
                warned.push(clock.clone());
            }
        }
        (warned, breached)
    }

    /// When the clocks have to be looked at by themselves; those of replies not before `held`,
    /// while an answer is on its way.
    pub fn timer(&self, held: Option<Timestamp>) -> Option<Timestamp> {
        let timer = |clock: &Clock| {
            let at = clock.timer()?;
            let waits = held.filter(|_| !is_resolution(clock.metric));
            Some(waits.map_or(at, |until| at.max(until)))
        };
        self.clocks.iter().filter_map(timer).min()
    }

    /// The clock to show: what is due first; a resolution that is late already comes last, so that
    /// it does not hide the answer that is still due in time; what stands still comes after what
    /// runs.
    pub fn first(&self) -> First {
        let running = self
            .clocks
            .iter()
            .filter(|it| it.state == ClockState::Running);
        let running = running.filter(|it| it.due_at.is_some());
        let late = |it: &Clock| it.breached_at.is_some() && is_resolution(it.metric);
        let first = running.min_by_key(|it| (late(it), it.due_at, it.metric));
        let paused = || {
            let paused = self
                .clocks
                .iter()
                .filter(|it| it.state == ClockState::Paused);
            paused.min_by_key(|it| (is_resolution(it.metric), it.metric))
        };
        first
            .or_else(paused)
            .map_or(First::default(), |clock| First {
                metric: Some(clock.metric),
                reason: clock
                    .pauses
                    .last()
                    .filter(|it| it.to.is_none())
                    .map(|it| it.reason),
                due_at: clock.due_at,
                warned: clock.warned_at.is_some(),
                breached: clock.breached_at.is_some(),
            })
    }
}
