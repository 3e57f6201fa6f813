//! The table `gathered_mail`.

use kernel::db::{DbError, Tx};
use kernel::ids::TicketId;
use kernel::time::Timestamp;

use super::Gathered;

const COUNT: &str = "INSERT INTO gathered_mail (ticket_id, count, since) VALUES ($1, 1, $2) \
    ON CONFLICT (ticket_id) DO UPDATE SET count = gathered_mail.count + 1 RETURNING count";
const FIND: &str = "SELECT count, since FROM gathered_mail WHERE ticket_id = $1";
const DELETE: &str = "DELETE FROM gathered_mail WHERE ticket_id = $1";

/// Counts one more message on a ticket: how many there are.
pub async fn count(tx: &mut Tx<'_>, ticket: TicketId, at: Timestamp) -> Result<i64, DbError> {
    let row = tx.one::<(i64,)>(COUNT, &[ticket.into(), at.into()]).await?;
    Ok(row.map_or(1, |(count,)| count))
}

/// What was gathered on a ticket.
pub async fn find(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Option<Gathered>, DbError> {
    let row = tx.one::<(i64, Timestamp)>(FIND, &[ticket.into()]).await?;
    Ok(row.map(|(count, since)| Gathered { count, since }))
}

/// Forgets a purged ticket.
pub async fn delete(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(DELETE, &[ticket.into()]).await?;
    Ok(())
}
