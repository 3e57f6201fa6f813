//! The journal's SQL.

use super::StoredRecord;
use super::sequencer_postgres::INSERT_AND_ANNOUNCE;
use crate::db::{DbError, Tx};
use crate::ids::{RecordId, TicketId};
use crate::time::Timestamp;

const INSERT: &str = "INSERT INTO journal (kind, version, at, actor, actor_id, origin, cause, \
    depth, brand_id, quiet, ticket_id, customer_id, agent_id, request, body) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) RETURNING id";
const AFTER: &str = "SELECT o.position, j.id, j.kind, j.version, j.at, j.actor, j.actor_id, \
    j.origin, j.cause, j.depth, j.brand_id, j.quiet, j.ticket_id, j.customer_id, j.agent_id, \
    j.request, j.body FROM journal_order o JOIN journal j ON j.id = o.record_id \
    WHERE o.position > $1 ORDER BY o.position LIMIT $2";
const RECENT: &str = "SELECT o.position, j.id, j.kind, j.version, j.at, j.actor, j.actor_id, \
    j.origin, j.cause, j.depth, j.brand_id, j.quiet, j.ticket_id, j.customer_id, j.agent_id, \
    j.request, j.body FROM journal_order o JOIN journal j ON j.id = o.record_id \
    WHERE o.position < $1 ORDER BY o.position DESC LIMIT $2";
const OF_TICKET: &str = "SELECT 0, j.id, j.kind, j.version, j.at, j.actor, j.actor_id, \
    j.origin, j.cause, j.depth, j.brand_id, j.quiet, j.ticket_id, j.customer_id, j.agent_id, \
    j.request, j.body FROM journal j WHERE j.ticket_id = $1 AND j.id > $2 \
    ORDER BY j.id LIMIT $3";
const HEAD: &str = "SELECT position FROM journal_order ORDER BY position DESC LIMIT 1";
const CAUSE: &str = "SELECT cause FROM journal WHERE id = $1";
const AT: &str = "SELECT j.at FROM journal_order o JOIN journal j ON j.id = o.record_id \
    WHERE o.position = $1";

pub(super) async fn insert(tx: &mut Tx<'_>, mut record: StoredRecord) -> Result<RecordId, DbError> {
    let (actor, actor_id) = record.actor.columns();
    let params = [
        record.kind.as_str().into(),
        record.version.into(),
        record.at.into(),
        actor.into(),
        actor_id.into(),
        record.origin.to_string().into(),
        record.cause.into(),
        record.depth.into(),
        record.brand.into(),
        record.quiet.into(),
        record.ticket.into(),
        record.customer.into(),
        record.agent.into(),
        record.request.as_deref().into(),
        record.body.as_str().into(),
    ];
    let (id,) = tx
        .one::<(RecordId,)>(tx.dialect(INSERT, INSERT_AND_ANNOUNCE), &params)
        .await?
        .ok_or_else(|| DbError::Unreadable("the id of a new record".to_owned()))?;
    record.id = id;
    tx.appended(record);
    Ok(id)
}

/// Up to `limit` records behind `position`, in order.
pub async fn after(
    tx: &mut Tx<'_>,
    position: i64,
    limit: i64,
) -> Result<Vec<StoredRecord>, DbError> {
    tx.all(AFTER, &[position.into(), limit.into()]).await
}

/// Up to `limit` records before `position`, newest first.
pub async fn recent(
    tx: &mut Tx<'_>,
    position: i64,
    limit: i64,
) -> Result<Vec<StoredRecord>, DbError> {
    tx.all(RECENT, &[position.into(), limit.into()]).await
}

/// Up to `limit` records of one ticket behind record `after`, in order of writing (which is right
/// within a ticket, since commands lock it). Their positions are left at 0.
pub async fn of_ticket(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    after: RecordId,
    limit: i64,
) -> Result<Vec<StoredRecord>, DbError> {
    tx.all(OF_TICKET, &[ticket.into(), after.into(), limit.into()])
        .await
}

/// The last position given; 0 before the first.
pub async fn head(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    Ok(tx
        .one::<(i64,)>(HEAD, &[])
        .await?
        .map_or(0, |(position,)| position))
}

/// The record that `record` reacts to.
pub async fn cause(tx: &mut Tx<'_>, record: RecordId) -> Result<Option<RecordId>, DbError> {
    let row = tx
        .one::<(Option<RecordId>,)>(CAUSE, &[record.into()])
        .await?;
    Ok(row.and_then(|(cause,)| cause))
}

/// The last position before `at`, found by halving: times rise with positions but for the moments
/// that transactions overlap.
pub async fn position_before(tx: &mut Tx<'_>, at: Timestamp) -> Result<i64, DbError> {
    let (mut low, mut high) = (0, head(tx).await?);
    while low < high {
        let middle = high.saturating_sub(high.saturating_sub(low) / 2);
        let found = tx.one::<(Timestamp,)>(AT, &[middle.into()]).await?;
        if found.is_some_and(|(there,)| there < at) {
            low = middle;
        } else {
            high = middle.saturating_sub(1);
        }
    }
    Ok(low)
}
