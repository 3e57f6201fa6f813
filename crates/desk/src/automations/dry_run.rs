//! What a rule would have done lately: nothing is written.
//!
//! The journal is replayed a page at a time. At each record that the rule follows the ticket is put
//! back to what it was then: status, priority, type, assignee, team, tags, place, snooze, requester
//! and the number of messages, by the records that came after. What the journal does not keep in
//! clear or at all (subject, inbox, attachments, failed deliveries, who spoke last) is taken as it
//! is now, and so are the times of the last change and message. What other rules would have done in
//! turn is not played through, and each ticket is looked at as if the rule had left it alone
//! before.

use std::time::Duration;

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::Cursor;
use kernel::ids::{RecordId, TicketId};
use kernel::journal::{self, StoredRecord};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::rules_replay::{put_back, would_do};
use super::{Definition, Matched, Step, When, commands, rules};
use crate::conditions::{self, Facts};
use crate::tickets::{self, Place, Status};

/// The most days that are looked back.
pub const DAYS_MAX: i64 = 7;
/// Records read for one page.
const RECORDS_PAGE: usize = 4_000;
const RECORDS_AT_ONCE: i64 = 500;
/// Tickets looked at for one page.
const LOOKED_AT_MAX: usize = 200;
/// The most later records of a ticket that are taken back.
const TAKEN_BACK_MAX: i64 = 500;

/// A ticket that the rule would have changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DryRunHit {
    /// Which.
    pub ticket_id: TicketId,
    /// What it is about.
    pub subject: String,
    /// When the rule would have run.
    pub at: Timestamp,
    /// The conditions that were met, with the values that met them.
    pub matched: Vec<Matched>,
    /// What it would have done; what changes nothing is left out.
    pub steps: Vec<Step>,
}

/// A part of a dry run.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DryRun {
    /// What the rule would have changed in this part, oldest first. A ticket can come up again.
    pub items: Vec<DryRunHit>,
    /// How many records were looked at so far.
    pub examined: i64,
    /// How many there are.
    pub total: i64,
    /// Where the next part begins; null when this was the last.
    pub next: Option<String>,
}

/// Tells what a rule would have done in the last `days` days, a part at a time.
pub async fn dry_run(
    kernel: &Kernel,
    caller: &Caller,
    (definition, days): (Definition, i64),
    cursor: Option<String>,
) -> Result<DryRun, Refusal> {
    caller.require(Permission::DeskManage)?;
    commands::check(&definition)?;
    if !(1..=DAYS_MAX).contains(&days) {
        let mend = format!("give 1 to {DAYS_MAX}");
        return Err(Refusal::invalid("days", "does not fit", mend));
    }
    let place = match &cursor {
        Some(cursor) => Some(Cursor::decode(cursor, 3)?),
        None => None,
    };
    let now = kernel.clock.now();
    kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let since = now.minus(Duration::from_secs(
                days.unsigned_abs().saturating_mul(86_400),
            ));
            let window = Window {
                since,
                now,
                waits: waits(&definition),
            };
            let (start, reached, end) = match place.as_deref() {
                Some([start, reached, end]) => (*start, *reached, *end),
                _ => {
                    let first = since.minus(window.waits);
                    let start = journal::position_before(tx, first).await?;
                    (start, start, journal::head(tx).await?)
                }
            };
            part(tx, (&definition, window), (start, reached, end)).await
        })
        .await
}

#[derive(Clone, Copy)]
struct Window {
    since: Timestamp,
    now: Timestamp,
    waits: Duration,
}

/// How long after a record the rule looks.
fn waits(definition: &Definition) -> Duration {
    match definition.when {
        When::Time { minutes, .. } => {
            Duration::from_secs(u64::try_from(minutes).unwrap_or(0).saturating_mul(60))
        }
        When::Event { .. } => Duration::ZERO,
    }
}

async fn part(
    tx: &mut Tx<'_>,
    (definition, window): (&Definition, Window),
    (start, mut reached, end): (i64, i64, i64),
) -> Result<DryRun, Refusal> {
    let (mut items, mut read, mut looked_at) = (Vec::new(), 0_usize, 0_usize);
    'pages: while reached < end && read < RECORDS_PAGE {
        let records = journal::after(tx, reached, RECORDS_AT_ONCE).await?;
        if records.is_empty() {
            reached = end;
        }
        for record in records {
            if looked_at >= LOOKED_AT_MAX || record.position > end {
                break 'pages;
            }
            reached = record.position;
            read = read.saturating_add(1);
            if starts(definition, window, &record) {
                looked_at = looked_at.saturating_add(1);
                items.extend(look(tx, (definition, window), &record).await?);
            }
        }
    }
    let more = reached < end;
    Ok(DryRun {
        items,
        examined: reached.saturating_sub(start),
        total: end.saturating_sub(start),
        next: more.then(|| Cursor::encode(&[start, reached, end])),
    })
}

/// Whether the rule looks at a ticket because of this record, and within the window.
fn starts(definition: &Definition, window: Window, record: &StoredRecord) -> bool {
    if record.quiet || record.ticket.is_none() {
        return false;
    }
    let Ok(Some(happening)) = rules::happening(record) else {
        return false;
    };
    let due = record.at.plus(window.waits);
    let in_time = due >= window.since && due <= window.now;
    in_time
        && match definition.when {
            When::Event { .. } => rules::follows(definition, &happening),
            When::Time { since, .. } => happening.moments.contains(&since),
        }
}

async fn look(
    tx: &mut Tx<'_>,
    (definition, window): (&Definition, Window),
    record: &StoredRecord,
) -> Result<Option<DryRunHit>, Refusal> {
    let Some(id) = record.ticket else {
        return Ok(None);
    };
    let Some(ticket) = tickets::store::find(tx, id).await? else {
        return Ok(None);
    };
    let due = record.at.plus(window.waits);
    let later = journal::of_ticket(tx, id, record.id, TAKEN_BACK_MAX).await?;
    if let When::Time { since, .. } = definition.when {
        // It happened again before the time had passed.
        let again = later.iter().any(|it| {
            let told = rules::happening(it).ok().flatten();
            it.at <= due && told.is_some_and(|told| told.moments.contains(&since))
        });
        if again {
            return Ok(None);
        }
    }
    let facts = as_of(tx, &ticket, &later, (due, record.id)).await?;
    let moment = conditions::Moment { now: due, me: None };
    let open = facts.place == Place::Desk && facts.status != Status::Closed;
    if !open || !conditions::rules::holds(&definition.conditions, &facts, &moment) {
        return Ok(None);
    }
    let steps = would_do(&definition.actions, &facts);
    Ok((!steps.is_empty()).then(|| DryRunHit {
        ticket_id: id,
        subject: ticket.subject.clone(),
        at: due,
        matched: rules::matched(definition, &facts, moment),
        steps,
    }))
}

/// The ticket as it was at `due`: what came later is taken back, newest first.
async fn as_of(
    tx: &mut Tx<'_>,
    ticket: &tickets::Ticket,
    later: &[StoredRecord],
    (due, _since): (Timestamp, RecordId),
) -> Result<Facts, Refusal> {
    let mut facts = conditions::store::facts_of(tx, ticket).await?;
    for record in later
        .iter()
        .rev()
        .filter(|it| it.at > due || is_same_act(it, due))
    {
        put_back(&mut facts, record)?;
    }
    Ok(facts)
}

/// Whether a record that bears the very time of an event rule's own record is what came of it.
fn is_same_act(record: &StoredRecord, due: Timestamp) -> bool {
    record.at == due && record.depth > 0
}
