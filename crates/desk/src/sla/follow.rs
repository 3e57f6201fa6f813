//! How a ticket's clocks follow what happens on it, inside one transaction.

use std::time::Duration;

use kernel::db::{DbError, Tx};
use kernel::ids::{RecordId, TicketId};
use kernel::journal::{self, Actor, Change, Context, DecodeError, StoredRecord, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::book::{Book, Page};
use super::rules::clocks::Terms;
use super::rules::course::{Course, Event};
use super::store::{self, Followed, TermsKey};
use super::{Clock, ClockState, DEFINITION, SlaApplied, SlaBreached, SlaMet, SlaMoved, SlaWarned};
use crate::conditions::store as conditions;
use crate::merges::{TicketAbsorbed, TicketMerged, TicketUnmerged};
use crate::messages::{MessageReceived, ReplyReleased};
use crate::tickets::{Place, StatusChanged, TicketCreated, TicketMoved};

/// Records of a ticket read at once.
const RECORDS_READ: i64 = 500;
/// How long after its release an answer may take to be heard of.
const HEARD_AFTER: Duration = Duration::from_secs(1);
const SECOND: i64 = 1_000_000;

/// Why a ticket's clocks are looked at.
#[derive(Clone, Copy, Debug)]
pub enum Cause<'a> {
    /// Something happened on the ticket.
    Record(&'a StoredRecord),
    /// The promises changed.
    Review,
    /// Time has passed.
    Timer,
}

/// What a record means to the clocks of its ticket.
pub fn event(record: &StoredRecord) -> Result<Event, DecodeError> {
    if let Some(began) = record.decode::<TicketCreated>()? {
        return Ok(Event::Began(began.status));
    }
    if let Some(message) = record.decode::<MessageReceived>()? {
        // A machine's answer waits for nobody.
        return Ok(if message.auto_reply {
            Event::Other
        } else {
            Event::Wrote
        });
    }
    if let Some(reply) = record.decode::<ReplyReleased>()? {
        let person = matches!(record.actor, Actor::Agent(_));
        return Ok(if person {
            Event::Replied(reply.scheduled_at)
        } else {
            Event::Other
        });
    }
    if let Some(moved) = record.decode::<StatusChanged>()? {
        return Ok(Event::Moved(moved.status.to));
    }
    if let Some(moved) = record.decode::<TicketMoved>()? {
        return Ok(Event::Placed(moved.place.to));
    }
    if record.decode::<TicketMerged>()?.is_some() {
        return Ok(Event::Placed(Place::Merged));
    }
    if record.decode::<TicketUnmerged>()?.is_some() {
        return Ok(Event::Placed(Place::Desk));
    }
    if let Some(absorbed) = record.decode::<TicketAbsorbed>()? {
        // Whoever waited on the other ticket waits here from now on.
        return Ok(if absorbed.waiting {
            Event::Wrote
        } else {
            Event::Other
        });
    }
    Ok(Event::Other)
}

/// Lets the clocks of a ticket follow.
pub async fn follow(
    tx: &mut Tx<'_>,
    book: &Book,
    now: Timestamp,
    id: TicketId,
    cause: Cause<'_>,
) -> Result<(), Refusal> {
    let page = book.open(tx).await?;
    let mut row = store::lock_ticket(tx, id).await?;
    if row.is_none() && page.is_empty() {
        return Ok(());
    }
    let Some(facts) = conditions::facts(tx, id).await? else {
        if row.is_some() {
            store::forget(tx, id).await?;
        }
        return Ok(());
    };
    let terms = page.terms(&facts, now);
    if row.is_none() && terms.is_some() {
        store::claim_ticket(tx, id).await?;
        row = store::lock_ticket(tx, id).await?;
    }
    let Some(before) = row else { return Ok(()) };
    if matches!(cause, Cause::Record(record) if record.id <= before.record) {
        return Ok(());
    }
    let key = key(terms.as_ref(), facts.priority);
    let mut after = before.clone();
    advance(tx, (id, &mut after), cause, (&page, now), (terms, key)).await?;
    let ctx = match cause {
        Cause::Record(record) => Context::system(record.at).caused_by(record),
        _ => Context {
            brand: facts.brand,
            ..Context::system(now)
        },
    };
    let subject = Subject {
        ticket: Some(id),
        customer: Some(facts.requester),
        agent: None,
    };
    settle(tx, (id, now), (&before, after), &ctx, subject).await
}

fn key(terms: Option<&Terms>, priority: crate::tickets::Priority) -> TermsKey {
    TermsKey {
        policy: terms.map(|it| it.policy),
        policy_version: terms.map_or(0, |it| it.policy_version),
        schedule: terms.and_then(|it| it.schedule),
        schedule_version: terms.map_or(0, |it| it.schedule_version),
        priority,
    }
}

/// Lets what happened move the clocks.
async fn advance(
    tx: &mut Tx<'_>,
    (id, row): (TicketId, &mut Followed),
    cause: Cause<'_>,
    (page, now): (&Page, Timestamp),
    (terms, key): (Option<Terms>, TermsKey),
) -> Result<(), Refusal> {
    let terms = terms.as_ref();
    let is_new = row.record == RecordId(0);
    if is_new {
        let end = match cause {
            Cause::Record(record) => record.id,
            _ => RecordId(i64::MAX),
        };
        (row.course, row.record) = replay(tx, id, end, terms).await?;
        row.terms = key;
        return Ok(());
    }
    if matches!(cause, Cause::Timer) {
        return Ok(());
    }
    let at = match cause {
        Cause::Record(record) => record.at,
        _ => now,
    };
    if row.terms != key {
        let old = row.terms.schedule.and_then(|id| page.calendar(id));
        let replayed = match terms {
            Some(_) => Some(replay(tx, id, row.record, terms).await?.0),
            None => None,
        };
        row.course
            .retarget(at, old.map(|it| &**it), terms, replayed);
        row.terms = key;
    }
    if let Cause::Record(record) = cause {
        let event = event(record)?;
        row.course.step(event, record.id, at, terms);
        if event != Event::Other {
            row.record = record.id;
        }
    }
    Ok(())
}

/// How the clocks would stand after the records of a ticket up to `end`, had the terms applied from
/// its beginning; with the last record.
async fn replay(
    tx: &mut Tx<'_>,
    id: TicketId,
    end: RecordId,
    terms: Option<&Terms>,
) -> Result<(Course, RecordId), Refusal> {
    let mut course = Course::default();
    let mut last = RecordId(0);
    loop {
        let records = journal::of_ticket(tx, id, last, RECORDS_READ).await?;
        let Some(newest) = records.last().map(|record| record.id) else {
            return Ok((course, last));
        };
        for record in records.iter().filter(|it| it.id <= end) {
            if !record.quiet {
                course.step(event(record)?, record.id, record.at, terms);
            }
            last = record.id;
        }
        if newest >= end {
            return Ok((course, last));
        }
    }
}

/// Notes what has become due, and writes what differs, with its records.
async fn settle(
    tx: &mut Tx<'_>,
    (id, now): (TicketId, Timestamp),
    (before, mut after): (&Followed, Followed),
    ctx: &Context,
    subject: Subject,
) -> Result<(), Refusal> {
    // An answer that was clicked in time may still be held back by undo; it counts when it goes
    // out.
    let held = match after.course.answer_due(now) {
        Some(due) => store::on_the_way(tx, id, due).await?,
        None => None,
    };
    let held = held.map(|release| release.max(now).plus(HEARD_AFTER));
    let (warned, breached) = after.course.fire(now, held.is_some());
    let known = |clock: &Clock| {
        let mut known = before.course.clocks.iter();
        known.find(|it| (it.metric, it.began) == (clock.metric, clock.began))
    };
    let mut told = false;
    if before.terms.policy != after.terms.policy {
        let policy = Change {
            from: before.terms.policy,
            to: after.terms.policy,
        };
        journal::append(tx, ctx, subject, &SlaApplied { policy }).await?;
        told = true;
    }
    for clock in &after.course.clocks {
        let known = known(clock);
        if known == Some(clock) {
            continue;
        }
        store::save_clock(tx, id, clock).await?;
        let ended = !clock.is_open() && known.is_none_or(Clock::is_open);
        if ended && clock.state != ClockState::Void {
            journal::append(tx, ctx, subject, &met(clock)).await?;
            told = true;
        }
    }
    let now_ctx = Context {
        at: now,
        ..ctx.clone()
    };
    told |= !warned.is_empty() || !breached.is_empty();
    tell(tx, &now_ctx, subject, &warned, &breached).await?;
    after.first = after.course.first();
    if after.first != before.first && !told {
        let moved = SlaMoved {
            metric: after.first.metric,
            due_at: after.first.due_at,
        };
        journal::append(tx, ctx, subject, &moved).await?;
    }
    let timer = after.course.timer(held);
    if held.is_some() || after != *before {
        store::save_ticket(tx, id, &after, timer).await?;
    }
    Ok(())
}

async fn tell(
    tx: &mut Tx<'_>,
    ctx: &Context,
    subject: Subject,
    warned: &[Clock],
    breached: &[Clock],
) -> Result<(), DbError> {
    for clock in warned {
        let record = SlaWarned {
            metric: clock.metric,
            began: clock.began,
            policy: clock.policy,
            due_at: clock.due_at.unwrap_or(ctx.at),
        };
        journal::append(tx, ctx, subject, &record).await?;
    }
    for clock in breached {
        let record = SlaBreached {
            metric: clock.metric,
            began: clock.began,
            policy: clock.policy,
            due_at: clock.due_at.unwrap_or(ctx.at),
        };
        journal::append(tx, ctx, subject, &record).await?;
    }
    Ok(())
}

fn met(clock: &Clock) -> SlaMet {
    SlaMet {
        metric: clock.metric,
        began: clock.began,
        policy: clock.policy,
        policy_version: clock.policy_version,
        definition: DEFINITION,
        in_time: clock.state == ClockState::Met,
        calendar_seconds: clock.calendar / SECOND,
        business_seconds: clock.business / SECOND,
        hours: clock.hours,
        target_seconds: clock.target / SECOND,
    }
}
