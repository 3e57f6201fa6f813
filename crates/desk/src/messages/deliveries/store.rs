//! The deliveries' table.

use kernel::db::{DbError, FromRow, Row, Tx, Value};
use kernel::ids::{DeliveryId, TicketId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::{Delivery, DeliveryState, Planned, Unsettled};

const INSERT: &str = "INSERT INTO deliveries (ticket_id, number, recipient, state, generation, \
    attention, key_id, at) VALUES ($1, $2, $3, 'queued', 1, 0, $4, $5) RETURNING id";
const FIND: &str = "SELECT id, ticket_id, number, recipient, state, generation, reason, \
    attention, key_id, at, waiting_until FROM deliveries WHERE id = $1";
const OF_MESSAGES: &str = "SELECT id, ticket_id, number, recipient, state, generation, reason, \
    attention, key_id, at, waiting_until FROM deliveries \
    WHERE ticket_id = $1 AND number >= $2 AND number <= $3 ORDER BY number, id";
const MOVE: &str = "UPDATE deliveries SET state = $3, generation = $4, reason = $5, \
    attention = $6, at = $7, waiting_until = NULL WHERE id = $1 AND state = $2";
const WAIT: &str = "UPDATE deliveries SET waiting_until = $2, reason = $3 \
    WHERE id = $1 AND state = 'queued'";
const WAITING: &str = "SELECT d.id, d.ticket_id, d.number, d.recipient, d.state, d.generation, \
    d.reason, d.attention, d.key_id, d.at, d.waiting_until, t.inbox_id, t.subject \
    FROM deliveries d JOIN tickets t ON t.id = d.ticket_id \
    WHERE d.state IN ('queued', 'claimed') AND d.id > $1 ORDER BY d.id LIMIT $2";
const UNCERTAIN: &str = "SELECT d.id, d.ticket_id, d.number, d.recipient, d.state, \
    d.generation, d.reason, d.attention, d.key_id, d.at, d.waiting_until, t.inbox_id, t.subject \
    FROM deliveries d JOIN tickets t ON t.id = d.ticket_id \
    WHERE d.state = 'uncertain' AND d.id < $1 ORDER BY d.id DESC LIMIT $2";
const REFUSED: &str = "SELECT d.id, d.ticket_id, d.number, d.recipient, d.state, d.generation, \
    d.reason, d.attention, d.key_id, d.at, d.waiting_until, t.inbox_id, t.subject \
    FROM deliveries d JOIN tickets t ON t.id = d.ticket_id \
    WHERE d.state = 'refused' AND d.id < $1 AND d.at >= $3 ORDER BY d.id DESC LIMIT $2";
const PLANNED: &str = "SELECT m.ticket_id, m.number, m.release_at, t.inbox_id, t.subject \
    FROM messages m JOIN tickets t ON t.id = m.ticket_id WHERE m.state = 'scheduled' \
    AND (m.release_at > $1 OR (m.release_at = $1 AND (m.ticket_id > $2 \
    OR (m.ticket_id = $2 AND m.number > $3)))) \
    ORDER BY m.release_at, m.ticket_id, m.number LIMIT $4";
const DELETE_OF_TICKET: &str = "DELETE FROM deliveries WHERE ticket_id = $1";

impl FromRow for Delivery {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            ticket: row.get(1)?,
            number: row.get(2)?,
            recipient: row.get(3)?,
            state: row.get(4)?,
            generation: row.get(5)?,
            reason: row.get(6)?,
            attention: row.get(7)?,
            key: row.get(8)?,
            at: row.get(9)?,
            waiting_until: row.get(10)?,
        })
    }
}

impl FromRow for Unsettled {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            delivery: Delivery::from_row(row)?,
            inbox: row.get(11)?,
            subject: row.get(12)?,
        })
    }
}

/// Deliveries that have not left yet, behind delivery `after`, oldest first.
pub async fn waiting(
    tx: &mut Tx<'_>,
    after: DeliveryId,
    limit: i64,
) -> Result<Vec<Unsettled>, DbError> {
    tx.all(WAITING, &[after.into(), limit.into()]).await
}

/// Deliveries of which nobody knows whether they arrived, before delivery `below`, newest first.
pub async fn uncertain(
    tx: &mut Tx<'_>,
    below: DeliveryId,
    limit: i64,
) -> Result<Vec<Unsettled>, DbError> {
    tx.all(UNCERTAIN, &[below.into(), limit.into()]).await
}

/// Deliveries refused since a time, before delivery `below`, newest first.
pub async fn refused(
    tx: &mut Tx<'_>,
    below: DeliveryId,
    limit: i64,
    since: Timestamp,
) -> Result<Vec<Unsettled>, DbError> {
    tx.all(REFUSED, &[below.into(), limit.into(), since.into()])
        .await
}

impl FromRow for Planned {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            ticket: row.get(0)?,
            number: row.get(1)?,
            release_at: row.get(2)?,
            inbox: row.get(3)?,
            subject: row.get(4)?,
        })
    }
}

/// Messages that leave later, behind a place in their order: time, ticket, number.
pub async fn planned(
    tx: &mut Tx<'_>,
    (at, ticket, number): (Timestamp, TicketId, i64),
    limit: i64,
) -> Result<Vec<Planned>, DbError> {
    let values = [at.into(), ticket.into(), number.into(), limit.into()];
    tx.all(PLANNED, &values).await
}

/// Writes a new delivery, queued.
pub async fn insert(
    tx: &mut Tx<'_>,
    (ticket, number): (TicketId, i64),
    recipient: Encrypted<String>,
    key: kernel::ids::KeyId,
    at: Timestamp,
) -> Result<DeliveryId, DbError> {
    let values = [
        ticket.into(),
        number.into(),
        recipient.into(),
        key.into(),
        at.into(),
    ];
    let row = tx.one::<(DeliveryId,)>(INSERT, &values).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// Reads a delivery.
pub async fn find(tx: &mut Tx<'_>, id: DeliveryId) -> Result<Option<Delivery>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// The deliveries of the messages from `first` to `last` of a ticket.
pub async fn of_messages(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    first: i64,
    last: i64,
) -> Result<Vec<Delivery>, DbError> {
    tx.all(OF_MESSAGES, &[ticket.into(), first.into(), last.into()])
        .await
}

/// The compare-and-set by which a delivery leaves `from`; `false` when it had left already.
pub async fn leave(
    tx: &mut Tx<'_>,
    from: DeliveryState,
    delivery: &Delivery,
) -> Result<bool, DbError> {
    let values: Vec<Value> = vec![
        delivery.id.into(),
        from.into(),
        delivery.state.into(),
        delivery.generation.into(),
        delivery.reason.clone().into(),
        delivery.attention.into(),
        delivery.at.into(),
    ];
    Ok(tx.execute(MOVE, &values).await? > 0)
}

/// Notes until when a queued delivery waits and for what; `false` when it is not queued.
pub async fn wait(
    tx: &mut Tx<'_>,
    id: DeliveryId,
    until: Timestamp,
    reason: Encrypted<String>,
) -> Result<bool, DbError> {
    let values = [id.into(), until.into(), reason.into()];
    Ok(tx.execute(WAIT, &values).await? > 0)
}

/// Removes all deliveries of a ticket.
pub async fn delete_of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(DELETE_OF_TICKET, &[ticket.into()]).await?;
    Ok(())
}
