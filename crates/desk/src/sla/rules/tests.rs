//! Clocks by hand, and against a slow and obvious recount.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use kernel::ids::{PolicyId, RecordId, ScheduleId};
use kernel::time::Timestamp;
use proptest::prelude::*;

use super::clocks::Terms;
use super::course::{Course, Event};
use super::*;
use crate::notifications::WallTime;
use crate::schedules::rules::Calendar;
use crate::schedules::{Span, Week};
use crate::sla::{Clock, ClockState, Hours, Metric, PauseReason};
use crate::tickets::{Place, Priority, Status};

const MINUTE: Duration = Duration::from_secs(60);

/// Minutes after a Monday's 09:00 in UTC.
fn at(minutes: i64) -> Timestamp {
    Timestamp::from_micros(1_772_442_000_000_000 + minutes * 60_000_000)
}

fn target(metric: Metric, minutes: i64, hours: Hours) -> Target {
    Target {
        metric,
        priority: Priority::Normal,
        minutes,
        hours,
        warn: None,
    }
}

/// 09:00 to 17:00 in UTC, Monday to Friday.
fn office() -> Calendar {
    let span = Span {
        from: WallTime::new(9, 0).unwrap(),
        to: WallTime::new(17, 0).unwrap(),
    };
    let week = Week {
        monday: vec![span],
        tuesday: vec![span],
        wednesday: vec![span],
        thursday: vec![span],
        friday: vec![span],
        ..Week::default()
    };
    Calendar::new(&TimeZone::UTC, &week, &[])
}

fn terms(targets: &[Target]) -> Terms {
    Terms {
        policy: PolicyId(1),
        policy_version: 1,
        schedule: Some(ScheduleId(1)),
        schedule_version: 1,
        calendar: Some(Arc::new(office())),
        priority: Priority::Normal,
        targets: targets.to_vec(),
    }
}

/// A ticket that goes through events, each a record of its own.
struct Story {
    course: Course,
    terms: Terms,
    records: i64,
}

impl Story {
    fn of(targets: &[Target]) -> Self {
        Self {
            course: Course::default(),
            terms: terms(targets),
            records: 0,
        }
    }

    fn then(&mut self, minutes: i64, event: Event) -> &mut Self {
        self.records += 1;
        let (record, terms) = (RecordId(self.records), Some(&self.terms));
        self.course.step(event, record, at(minutes), terms);
        self
    }

    fn last(&self, metric: Metric) -> &Clock {
        let mut clocks = self.course.clocks.iter();
        clocks.rfind(|it| it.metric == metric).unwrap()
    }

    fn minutes(&self, metric: Metric) -> i64 {
        self.last(metric).spent() / 60_000_000
    }
}

#[test]
fn the_first_reply_counts_by_its_click_and_only_once() {
    let mut story = Story::of(&[target(Metric::FirstReply, 60, Hours::Business)]);
    story
        .then(0, Event::Began(Status::New))
        .then(0, Event::Wrote);
    assert_eq!(story.last(Metric::FirstReply).due_at, Some(at(60)));
    // Released after it was due, clicked before.
    story.then(61, Event::Replied(at(59)));
    let clock = story.last(Metric::FirstReply);
    assert_eq!(
        (clock.state, clock.ended_at),
        (ClockState::Met, Some(at(59)))
    );
    story
        .then(70, Event::Wrote)
        .then(80, Event::Replied(at(80)));
    assert_eq!(story.course.clocks.len(), 1, "no second first reply");
}

#[test]
fn a_ticket_that_we_began_owes_its_first_reply_to_the_customers_first_message() {
    let both = [
        target(Metric::FirstReply, 60, Hours::Calendar),
        target(Metric::NextReply, 30, Hours::Calendar),
    ];
    let mut story = Story::of(&both);
    story
        .then(0, Event::Began(Status::New))
        .then(1, Event::Replied(at(1)));
    assert!(story.course.clocks.is_empty());
    story.then(100, Event::Wrote);
    assert_eq!(story.last(Metric::FirstReply).due_at, Some(at(160)));
    story
        .then(120, Event::Replied(at(120)))
        .then(130, Event::Wrote);
    assert_eq!(story.last(Metric::NextReply).due_at, Some(at(160)));
}

#[test]
fn a_run_of_messages_is_one_wait_and_what_crosses_an_answer_begins_another() {
    let mut story = Story::of(&[target(Metric::NextReply, 30, Hours::Calendar)]);
    story.then(0, Event::Wrote).then(5, Event::Replied(at(5)));
    story.then(10, Event::Wrote).then(12, Event::Wrote);
    assert_eq!(story.last(Metric::NextReply).started_at, at(10));
    // The customer writes while the answer can still be taken back.
    story
        .then(21, Event::Wrote)
        .then(22, Event::Replied(at(20)));
    let runs: Vec<_> = story.course.clocks.iter().collect();
    assert_eq!(
        (runs[0].state, runs[0].ended_at),
        (ClockState::Met, Some(at(20)))
    );
    assert_eq!(
        (runs[1].state, runs[1].started_at),
        (ClockState::Running, at(21))
    );
}

#[test]
fn what_waits_for_the_customer_pauses_only_what_says_so() {
    let all: Vec<Target> = Metric::ALL
        .iter()
        .map(|metric| target(*metric, 240, Hours::Calendar))
        .collect();
    let mut story = Story::of(&all);
    story
        .then(0, Event::Began(Status::New))
        .then(0, Event::Wrote);
    story.then(10, Event::Replied(at(10)));
    story.then(10, Event::Moved(Status::Pending));
    let state = |story: &Story, metric| story.last(metric).state;
    for metric in [
        Metric::PausableUpdate,
        Metric::RequesterWait,
        Metric::PausableResolution,
    ] {
        assert_eq!(state(&story, metric), ClockState::Paused, "{metric:?}");
        assert_eq!(story.last(metric).due_at, None);
    }
    for metric in [Metric::PeriodicUpdate, Metric::TotalResolution] {
        assert_eq!(state(&story, metric), ClockState::Running, "{metric:?}");
    }
    story.then(70, Event::Moved(Status::OnHold));
    assert_eq!(state(&story, Metric::RequesterWait), ClockState::Running);
    assert_eq!(story.last(Metric::RequesterWait).due_at, Some(at(300)));
    let pauses = &story.last(Metric::PausableResolution).pauses;
    let reasons: Vec<PauseReason> = pauses.iter().map(|it| it.reason).collect();
    assert_eq!(reasons, [PauseReason::Pending, PauseReason::OnHold]);
    story
        .then(80, Event::Moved(Status::Open))
        .then(100, Event::Moved(Status::Solved));
    assert_eq!(story.minutes(Metric::TotalResolution), 100);
    assert_eq!(story.minutes(Metric::RequesterWait), 40);
    assert_eq!(story.minutes(Metric::PausableResolution), 30);
    assert_eq!(state(&story, Metric::PeriodicUpdate), ClockState::Void);
}

#[test]
fn a_reopened_ticket_goes_on_where_it_ended() {
    let mut story = Story::of(&[target(Metric::TotalResolution, 120, Hours::Calendar)]);
    story
        .then(0, Event::Began(Status::New))
        .then(50, Event::Moved(Status::Solved));
    assert_eq!(story.last(Metric::TotalResolution).state, ClockState::Met);
    story.then(500, Event::Moved(Status::Open));
    let clock = story.last(Metric::TotalResolution);
    assert_eq!(
        (clock.state, clock.due_at),
        (ClockState::Running, Some(at(570)))
    );
    assert_eq!(story.course.clocks.iter().filter(|it| it.live).count(), 1);
    story.then(510, Event::Moved(Status::Closed));
    assert!(story.course.clocks.iter().all(|it| !it.live));
    assert_eq!(story.minutes(Metric::TotalResolution), 60);
}

#[test]
fn spam_stops_the_clocks_until_it_is_taken_back() {
    let mut story = Story::of(&[target(Metric::FirstReply, 60, Hours::Calendar)]);
    story
        .then(0, Event::Wrote)
        .then(10, Event::Placed(Place::Spam));
    assert_eq!(story.course.first().reason, Some(PauseReason::Aside));
    assert_eq!(story.course.timer(None), None);
    story.then(40, Event::Placed(Place::Desk));
    assert_eq!(story.last(Metric::FirstReply).due_at, Some(at(90)));
}

#[test]
fn another_priority_moves_what_is_due_and_forgives_or_breaks() {
    let mut story = Story::of(&[target(Metric::FirstReply, 60, Hours::Business)]);
    story.then(0, Event::Wrote);
    let (_, late) = story.course.fire(at(60), false);
    assert_eq!(late.len(), 1);
    assert_eq!(late[0].breached_at, Some(at(60)));
    assert!(story.course.fire(at(61), false).1.is_empty(), "once");

    let old = story.terms.calendar.clone();
    let relaxed = terms(&[target(Metric::FirstReply, 240, Hours::Business)]);
    story
        .course
        .retarget(at(70), old.as_deref(), Some(&relaxed), None);
    let clock = story.last(Metric::FirstReply);
    assert_eq!((clock.due_at, clock.breached_at), (Some(at(240)), None));

    let strict = terms(&[target(Metric::FirstReply, 30, Hours::Business)]);
    story
        .course
        .retarget(at(80), old.as_deref(), Some(&strict), None);
    let (_, late) = story.course.fire(at(80), false);
    assert_eq!(late.len(), 1, "less time than was spent is late at once");
    story.course.retarget(at(90), old.as_deref(), None, None);
    assert_eq!(story.last(Metric::FirstReply).state, ClockState::Void);
}

#[test]
fn warnings_come_by_minutes_or_percent_and_once() {
    let mut warned = target(Metric::FirstReply, 100, Hours::Business);
    warned.warn = Some(Warning::Percent(75));
    let mut story = Story::of(&[warned]);
    story.then(0, Event::Wrote);
    assert_eq!(story.course.timer(None), Some(at(75)));
    assert!(story.course.fire(at(74), false).0.is_empty());
    assert_eq!(story.course.fire(at(75), false).0.len(), 1);
    assert!(story.course.fire(at(76), false).0.is_empty());
    assert_eq!(story.course.timer(None), Some(at(100)));
    // Business time is used up on Tuesday; an answer on its way holds it back.
    let mut night = Story::of(&[target(Metric::FirstReply, 100, Hours::Business)]);
    night.then(7 * 60, Event::Wrote);
    let due = at(24 * 60 + 40);
    assert_eq!(night.course.timer(None), Some(due));
    assert!(night.course.fire(due, true).1.is_empty());
    assert_eq!(
        night.course.timer(Some(due.plus(MINUTE))),
        Some(due.plus(MINUTE))
    );
}

#[test]
fn a_late_resolution_does_not_hide_the_answer_that_is_due() {
    let both = [
        target(Metric::TotalResolution, 10, Hours::Calendar),
        target(Metric::FirstReply, 60, Hours::Calendar),
    ];
    let mut story = Story::of(&both);
    story
        .then(0, Event::Began(Status::New))
        .then(0, Event::Wrote);
    assert_eq!(story.course.first().metric, Some(Metric::TotalResolution));
    story.course.fire(at(10), false);
    let first = story.course.first();
    assert_eq!(
        (first.metric, first.breached),
        (Some(Metric::FirstReply), false)
    );
    story.then(20, Event::Replied(at(20)));
    let first = story.course.first();
    assert_eq!(
        (first.metric, first.breached),
        (Some(Metric::TotalResolution), true)
    );
}

#[test]
fn a_policy_that_comes_later_counts_from_the_beginning() {
    let mut story = Story::of(&[]);
    story
        .then(0, Event::Began(Status::New))
        .then(0, Event::Wrote);
    let new = terms(&[target(Metric::FirstReply, 60, Hours::Business)]);
    let mut replayed = Course::default();
    replayed.step(Event::Began(Status::New), RecordId(1), at(0), Some(&new));
    replayed.step(Event::Wrote, RecordId(2), at(0), Some(&new));
    story
        .course
        .retarget(at(20), None, Some(&new), Some(replayed));
    assert_eq!(story.last(Metric::FirstReply).due_at, Some(at(60)));
}

#[test]
fn targets_say_something_once_and_warn_before_they_are_missed() {
    let good = target(Metric::FirstReply, 60, Hours::Business);
    assert!(targets(&[good]).is_ok());
    assert!(targets(&[]).is_err());
    assert!(targets(&[good, good]).is_err());
    assert!(targets(&[Target { minutes: 0, ..good }]).is_err());
    for warn in [
        Warning::Minutes(60),
        Warning::Percent(100),
        Warning::Percent(0),
    ] {
        assert!(
            targets(&[Target {
                warn: Some(warn),
                ..good
            }])
            .is_err()
        );
    }
}

proptest! {
    /// Whatever a ticket goes through, a resolution clock has spent what a walk over every minute
    /// finds, in calendar and in business time, and is late exactly when that is the target.
    #[test]
    fn resolution_clocks_equal_a_recount(
        steps in proptest::collection::vec((0..2_000_i64, 0..6_usize, 0..8_usize), 0..20),
        minutes in 1..5_000_i64,
        business in any::<bool>(),
    ) {
        let hours = if business { Hours::Business } else { Hours::Calendar };
        for metric in [Metric::RequesterWait, Metric::PausableResolution, Metric::TotalResolution] {
            let mut story = Story::of(&[target(metric, minutes, hours)]);
            story.then(0, Event::Began(Status::New));
            let (mut now, mut status, mut place) = (0, Status::New, Place::Desk);
            let (mut calendar, mut open) = (0_i64, 0_i64);
            let office = office();
            for (wait, to, aside) in &steps {
                for minute in now..now + wait {
                    let counts = place == Place::Desk
                        && match status {
                            Status::Solved | Status::Closed => false,
                            Status::Pending => metric == Metric::TotalResolution,
                            Status::OnHold => metric != Metric::PausableResolution,
                            Status::New | Status::Open => true,
                        };
                    if counts {
                        calendar += 1;
                        open += i64::from(office.open_at(at(minute)));
                    }
                }
                now += wait;
                // One step in eight lays it aside or takes it back; nothing comes after closing.
                if status != Status::Closed && *aside == 0 {
                    place = if place == Place::Desk { Place::Spam } else { Place::Desk };
                    story.then(now, Event::Placed(place));
                } else if status != Status::Closed {
                    status = Status::ALL[*to];
                    story.then(now, Event::Moved(status));
                }
                let clock = story.course.clocks.iter().rfind(|it| it.metric == metric);
                let mut clock = clock.unwrap().clone();
                clock.settle(at(now), Some(&office));
                prop_assert_eq!(clock.calendar, calendar * 60_000_000);
                prop_assert_eq!(clock.business, open * 60_000_000);
                if let (ClockState::Running, Some(due)) = (clock.state, clock.due_at) {
                    let spent = if business { open } else { calendar };
                    prop_assert_eq!(due <= at(now), spent >= minutes);
                }
            }
        }
    }
}
