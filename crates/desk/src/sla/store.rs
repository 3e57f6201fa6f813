//! Rows of policies, of the clocks and of the tickets that have them.

use kernel::db::{DbError, FromRow, Row, Tx, Value, placeholders};
use kernel::ids::{PolicyId, RecordId, ScheduleId, TicketId};
use kernel::time::Timestamp;

use super::rules::course::{Course, First};
use super::{Clock, ClockState, DEFINITION, Metric, PauseReason, Policy};
use crate::schedules::store::{json, parsed};
use crate::tickets::Priority;

const INSERT_POLICY: &str = "INSERT INTO sla_policies (name, position, enabled, conditions, \
    schedule_id, targets, version, created_at) \
    VALUES ($1, (SELECT COALESCE(MAX(position), 0) + 1 FROM sla_policies), $2, $3, $4, $5, 1, $6) \
    RETURNING id";
const UPDATE_POLICY: &str = "UPDATE sla_policies SET name = $2, enabled = $3, conditions = $4, \
    schedule_id = $5, targets = $6, version = version + 1 WHERE id = $1";
const PLACE_POLICY: &str = "UPDATE sla_policies SET position = $2 WHERE id = $1";
const DELETE_POLICY: &str = "DELETE FROM sla_policies WHERE id = $1";
const FIND_POLICY: &str = "SELECT id, name, position, enabled, conditions, schedule_id, targets, \
    version FROM sla_policies WHERE id = $1";
const POLICIES: &str = "SELECT id, name, position, enabled, conditions, schedule_id, targets, \
    version FROM sla_policies ORDER BY position, id";
const CLAIM_TICKET: &str = "INSERT INTO sla_tickets (ticket_id, policy_version, \
    schedule_version, priority, record_id, status, place, first_answered, replied, warned, \
    breached) VALUES ($1, 0, 0, 'normal', 0, 'new', 'desk', 0, 0, 0, 0) ON CONFLICT DO NOTHING";
const LOCK_TICKET: &str = "SELECT policy_id, policy_version, schedule_id, schedule_version, \
    priority, record_id, status, place, first_answered, replied, waiting_since, last_in, metric, \
    reason, due_at, warned, breached FROM sla_tickets WHERE ticket_id = $1";
const SAVE_TICKET: &str = "UPDATE sla_tickets SET policy_id = $2, policy_version = $3, \
    schedule_id = $4, schedule_version = $5, priority = $6, record_id = $7, status = $8, \
    place = $9, first_answered = $10, replied = $11, waiting_since = $12, last_in = $13, \
    metric = $14, reason = $15, due_at = $16, warned = $17, breached = $18, timer_at = $19 \
    WHERE ticket_id = $1";
const DELETE_TICKET: &str = "DELETE FROM sla_tickets WHERE ticket_id = $1";
const NEXT: &str = "SELECT ticket_id, metric, reason, due_at, warned, breached FROM sla_tickets \
    WHERE metric IS NOT NULL AND ticket_id IN ";
const DUE: &str = "SELECT ticket_id FROM sla_tickets WHERE timer_at IS NOT NULL \
    AND timer_at <= $1 ORDER BY timer_at, ticket_id LIMIT $2";
const NEXT_TIMER: &str = "SELECT timer_at FROM sla_tickets WHERE timer_at IS NOT NULL \
    ORDER BY timer_at, ticket_id LIMIT 1";
const UNSOLVED: &str = "SELECT id FROM tickets WHERE id > $1 AND (status NOT IN ('solved', \
    'closed') OR id IN (SELECT ticket_id FROM sla_tickets)) ORDER BY id LIMIT $2";
const ON_THE_WAY: &str = "SELECT release_at FROM messages WHERE ticket_id = $1 \
    AND state = 'scheduled' AND at <= $2 AND release_at IS NOT NULL \
    ORDER BY release_at DESC LIMIT 1";
const LIVE: &str = "SELECT metric, began, state, live, started_at, since, calendar, business, \
    hours, target, warn_before, priority, policy_id, policy_version, schedule_id, \
    schedule_version, due_at, warn_at, warned_at, breached_at, ended_at, pauses \
    FROM sla_clocks WHERE ticket_id = $1 AND live = 1 ORDER BY metric, began";
const CLOCKS: &str = "SELECT metric, began, state, live, started_at, since, calendar, business, \
    hours, target, warn_before, priority, policy_id, policy_version, schedule_id, \
    schedule_version, due_at, warn_at, warned_at, breached_at, ended_at, pauses \
    FROM sla_clocks WHERE ticket_id = $1 ORDER BY live DESC, began DESC, metric LIMIT $2";
const SAVE_CLOCK: &str = "INSERT INTO sla_clocks (ticket_id, metric, began, state, live, \
    started_at, since, calendar, business, hours, target, warn_before, priority, policy_id, \
    policy_version, schedule_id, schedule_version, definition, due_at, warn_at, warned_at, \
    breached_at, ended_at, pauses) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
    $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24) \
    ON CONFLICT (ticket_id, metric, began) DO UPDATE SET state = excluded.state, \
    live = excluded.live, since = excluded.since, calendar = excluded.calendar, \
    business = excluded.business, hours = excluded.hours, target = excluded.target, \
    warn_before = excluded.warn_before, priority = excluded.priority, \
    policy_id = excluded.policy_id, policy_version = excluded.policy_version, \
    schedule_id = excluded.schedule_id, schedule_version = excluded.schedule_version, \
    definition = excluded.definition, due_at = excluded.due_at, warn_at = excluded.warn_at, \
    warned_at = excluded.warned_at, breached_at = excluded.breached_at, \
    ended_at = excluded.ended_at, pauses = excluded.pauses";
const DELETE_CLOCKS: &str = "DELETE FROM sla_clocks WHERE ticket_id = $1";

/// By which terms a ticket's clocks go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TermsKey {
    /// The policy, if any applies.
    pub policy: Option<PolicyId>,
    /// Its version.
    pub policy_version: i64,
    /// The schedule.
    pub schedule: Option<ScheduleId>,
    /// Its version.
    pub schedule_version: i64,
    /// The priority.
    pub priority: Priority,
}

/// A ticket's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// By which terms its clocks go.
    pub terms: TermsKey,
    /// The last record that moved them.
    pub record: RecordId,
    /// What they know of the ticket; the clocks come from their own rows.
    pub course: Course,
    /// The clock that comes first.
    pub first: First,
}

impl FromRow for Policy {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            position: row.get(2)?,
            enabled: row.get(3)?,
            conditions: parsed(&row.get::<String>(4)?)?,
            schedule_id: row.get(5)?,
            targets: parsed(&row.get::<String>(6)?)?,
            version: row.get(7)?,
        })
    }
}

impl FromRow for Followed {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            terms: TermsKey {
                policy: row.get(0)?,
                policy_version: row.get(1)?,
                schedule: row.get(2)?,
                schedule_version: row.get(3)?,
                priority: row.get(4)?,
            },
            record: row.get(5)?,
            course: Course {
                status: row.get(6)?,
                place: row.get(7)?,
                first_answered: row.get(8)?,
                replied: row.get(9)?,
                waiting_since: row.get(10)?,
                last_in: row.get(11)?,
                clocks: Vec::new(),
            },
            first: First {
                metric: row.get(12)?,
                reason: row.get(13)?,
                due_at: row.get(14)?,
                warned: row.get(15)?,
                breached: row.get(16)?,
            },
        })
    }
}

impl FromRow for Clock {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            metric: row.get(0)?,
            began: row.get(1)?,
            state: row.get(2)?,
            live: row.get(3)?,
            started_at: row.get(4)?,
            since: row.get(5)?,
            calendar: row.get(6)?,
            business: row.get(7)?,
            hours: row.get(8)?,
            target: row.get(9)?,
            warn_before: row.get(10)?,
            priority: row.get(11)?,
            policy: row.get(12)?,
            policy_version: row.get(13)?,
            schedule: row.get(14)?,
            schedule_version: row.get(15)?,
            due_at: row.get(16)?,
            warn_at: row.get(17)?,
            warned_at: row.get(18)?,
            breached_at: row.get(19)?,
            ended_at: row.get(20)?,
            pauses: parsed(&row.get::<String>(21)?)?,
        })
    }
}

/// Adds a policy behind all others.
pub async fn insert(tx: &mut Tx<'_>, policy: &Policy, at: Timestamp) -> Result<PolicyId, DbError> {
    let params = [
        policy.name.as_str().into(),
        policy.enabled.into(),
        json(&policy.conditions)?.into(),
        policy.schedule_id.into(),
        json(&policy.targets)?.into(),
        at.into(),
    ];
    let row = tx.one::<(PolicyId,)>(INSERT_POLICY, &params).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("the id of a new policy".to_owned()))
}

/// Writes a policy anew and counts its version up.
pub async fn update(tx: &mut Tx<'_>, policy: &Policy) -> Result<(), DbError> {
    let params = [
        policy.id.into(),
        policy.name.as_str().into(),
        policy.enabled.into(),
        json(&policy.conditions)?.into(),
        policy.schedule_id.into(),
        json(&policy.targets)?.into(),
    ];
    tx.execute(UPDATE_POLICY, &params).await.map(drop)
}

/// Puts a policy at a place in the order.
pub async fn place(tx: &mut Tx<'_>, id: PolicyId, position: i64) -> Result<(), DbError> {
    let params = [id.into(), position.into()];
    tx.execute(PLACE_POLICY, &params).await.map(drop)
}

/// Deletes a policy.
pub async fn delete(tx: &mut Tx<'_>, id: PolicyId) -> Result<(), DbError> {
    tx.execute(DELETE_POLICY, &[id.into()]).await.map(drop)
}

/// One policy.
pub async fn find(tx: &mut Tx<'_>, id: PolicyId) -> Result<Option<Policy>, DbError> {
    tx.one(FIND_POLICY, &[id.into()]).await
}

/// All policies, in their order.
pub async fn policies(tx: &mut Tx<'_>) -> Result<Vec<Policy>, DbError> {
    tx.all(POLICIES, &[]).await
}

/// Makes sure that a ticket has a row.
pub async fn claim_ticket(tx: &mut Tx<'_>, id: TicketId) -> Result<(), DbError> {
    tx.execute(CLAIM_TICKET, &[id.into()]).await.map(drop)
}

/// Locks a ticket's row and reads it, with the clocks that can still move.
pub async fn lock_ticket(tx: &mut Tx<'_>, id: TicketId) -> Result<Option<Followed>, DbError> {
    let row = tx.lock_one::<Followed>(LOCK_TICKET, &[id.into()]).await?;
    let Some(mut followed) = row else {
        return Ok(None);
    };
    followed.course.clocks = tx.all(LIVE, &[id.into()]).await?;
    Ok(Some(followed))
}

/// Writes a ticket's row.
pub async fn save_ticket(
    tx: &mut Tx<'_>,
    id: TicketId,
    followed: &Followed,
    timer_at: Option<Timestamp>,
) -> Result<(), DbError> {
    let Followed {
        terms,
        record,
        course,
        first,
    } = followed;
    let params = [
        id.into(),
        terms.policy.into(),
        terms.policy_version.into(),
        terms.schedule.into(),
        terms.schedule_version.into(),
        terms.priority.into(),
        (*record).into(),
        course.status.into(),
        course.place.into(),
        course.first_answered.into(),
        course.replied.into(),
        course.waiting_since.into(),
        course.last_in.into(),
        first.metric.into(),
        first.reason.into(),
        first.due_at.into(),
        first.warned.into(),
        first.breached.into(),
        timer_at.into(),
    ];
    tx.execute(SAVE_TICKET, &params).await.map(drop)
}

/// Writes one run of a clock.
pub async fn save_clock(tx: &mut Tx<'_>, ticket: TicketId, clock: &Clock) -> Result<(), DbError> {
    let params = [
        ticket.into(),
        clock.metric.into(),
        clock.began.into(),
        clock.state.into(),
        clock.live.into(),
        clock.started_at.into(),
        clock.since.into(),
        clock.calendar.into(),
        clock.business.into(),
        clock.hours.into(),
        clock.target.into(),
        clock.warn_before.into(),
        clock.priority.into(),
        clock.policy.into(),
        clock.policy_version.into(),
        clock.schedule.into(),
        clock.schedule_version.into(),
        DEFINITION.into(),
        clock.due_at.into(),
        clock.warn_at.into(),
        clock.warned_at.into(),
        clock.breached_at.into(),
        clock.ended_at.into(),
        json(&clock.pauses)?.into(),
    ];
    tx.execute(SAVE_CLOCK, &params).await.map(drop)
}

/// Forgets a ticket's clocks.
pub async fn forget(tx: &mut Tx<'_>, id: TicketId) -> Result<(), DbError> {
    tx.execute(DELETE_CLOCKS, &[id.into()]).await?;
    tx.execute(DELETE_TICKET, &[id.into()]).await.map(drop)
}

/// A ticket's clocks: those that can still move first, then the latest.
pub async fn clocks(tx: &mut Tx<'_>, id: TicketId, limit: i64) -> Result<Vec<Clock>, DbError> {
    tx.all(CLOCKS, &[id.into(), limit.into()]).await
}

/// The clock that comes first on each of the tickets that have one.
pub async fn next(tx: &mut Tx<'_>, ids: &[TicketId]) -> Result<Vec<(TicketId, First)>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("{NEXT}({})", placeholders(1, ids.len()));
    let values: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    let rows = tx
        .all::<(
            TicketId,
            Metric,
            Option<PauseReason>,
            Option<Timestamp>,
            bool,
            bool,
        )>(&sql, &values)
        .await?;
    let first = |(id, metric, reason, due_at, warned, breached)| {
        let first = First {
            metric: Some(metric),
            reason,
            due_at,
            warned,
            breached,
        };
        (id, first)
    };
    Ok(rows.into_iter().map(first).collect())
}

/// The tickets whose clocks have to be looked at by `now`, the longest waiting first.
pub async fn due(tx: &mut Tx<'_>, now: Timestamp, limit: i64) -> Result<Vec<TicketId>, DbError> {
    let rows = tx
        .all::<(TicketId,)>(DUE, &[now.into(), limit.into()])
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// When clocks have to be looked at next.
pub async fn next_timer(tx: &mut Tx<'_>) -> Result<Option<Timestamp>, DbError> {
    let row = tx.one::<(Timestamp,)>(NEXT_TIMER, &[]).await?;
    Ok(row.map(|(at,)| at))
}

/// Tickets behind `after` that have clocks or may come to have some.
pub async fn reviewed(
    tx: &mut Tx<'_>,
    after: TicketId,
    limit: i64,
) -> Result<Vec<TicketId>, DbError> {
    let rows = tx
        .all::<(TicketId,)>(UNSOLVED, &[after.into(), limit.into()])
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// When the last answer that was clicked by `at` and has not gone out yet will go out.
pub async fn on_the_way(
    tx: &mut Tx<'_>,
    id: TicketId,
    at: Timestamp,
) -> Result<Option<Timestamp>, DbError> {
    let row = tx
        .one::<(Timestamp,)>(ON_THE_WAY, &[id.into(), at.into()])
        .await?;
    Ok(row.map(|(at,)| at))
}

/// What a clock does, as far as lists say it.
pub fn state_of(first: &First) -> ClockState {
    if first.reason.is_some() {
        ClockState::Paused
    } else {
        ClockState::Running
    }
}
