//! The Message-IDs' table.

use kernel::db::{DbError, Tx, Value, placeholders};
use kernel::ids::TicketId;

/// The most ids of one look-up.
const LOOKED_UP_MAX: usize = 100;

const ADD: &str = "INSERT INTO message_ids (message_id, ticket_id, number, outgoing) \
    VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const FIND: &str = "SELECT ticket_id, number FROM message_ids WHERE message_id = $1 \
    ORDER BY ticket_id LIMIT 1";
const OURS: &str = "SELECT ticket_id, number FROM message_ids \
    WHERE message_id = $1 AND outgoing = 1 ORDER BY ticket_id LIMIT 1";
const TICKETS_OF: &str =
    "SELECT message_id, ticket_id, outgoing FROM message_ids WHERE message_id IN ";
const OF_TICKET: &str = "SELECT message_id, number, outgoing FROM message_ids \
    WHERE ticket_id = $1 AND number <= $2 ORDER BY number DESC LIMIT $3";
const FIRST_OF_TICKET: &str = "SELECT message_id, number, outgoing FROM message_ids \
    WHERE ticket_id = $1 AND number <= $2 ORDER BY number LIMIT 1";

/// Notes that mail `id` is message `number` of a ticket; `outgoing` when it is ours.
pub async fn add(
    tx: &mut Tx<'_>,
    id: &str,
    (ticket, number): (TicketId, i64),
    outgoing: bool,
) -> Result<(), DbError> {
    tx.execute(
        ADD,
        &[id.into(), ticket.into(), number.into(), outgoing.into()],
    )
    .await?;
    Ok(())
}

/// The message that mail `id` is.
pub async fn find(tx: &mut Tx<'_>, id: &str) -> Result<Option<(TicketId, i64)>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// The message of ours that mail `id` is: its id has an unguessable part, so whoever names it has
/// seen the mail.
pub async fn ours(tx: &mut Tx<'_>, id: &str) -> Result<Option<(TicketId, i64)>, DbError> {
    tx.one(OURS, &[id.into()]).await
}

/// The tickets that any of the mails belong to: id, ticket, whether the mail is ours.
pub async fn tickets_of(
    tx: &mut Tx<'_>,
    ids: &[String],
) -> Result<Vec<(String, TicketId, bool)>, DbError> {
    let ids: Vec<Value> = ids.iter().take(LOOKED_UP_MAX).map(Into::into).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("{TICKETS_OF}({})", placeholders(1, ids.len()));
    tx.all(&sql, &ids).await
}

/// The mails of a ticket up to message `number`, newest first: id, message, whether it is ours.
pub async fn of_ticket(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: i64,
    limit: i64,
) -> Result<Vec<(String, i64, bool)>, DbError> {
    tx.all(OF_TICKET, &[ticket.into(), number.into(), limit.into()])
        .await
}

/// The mail a ticket began with, up to message `number`: id, message, whether it is ours.
pub async fn first_of_ticket(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: i64,
) -> Result<Option<(String, i64, bool)>, DbError> {
    tx.one(FIRST_OF_TICKET, &[ticket.into(), number.into()])
        .await
}
