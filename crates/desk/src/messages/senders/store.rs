//! The senders' table.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{KeyId, TicketId};
use kernel::keys::Encrypted;

use super::{Standing, StoredCheck};

const NOTE: &str = "INSERT INTO message_senders (ticket_id, number, standing, detail, \
    key_id) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (ticket_id, number) \
    DO UPDATE SET standing = excluded.standing, detail = excluded.detail";
const OF_MESSAGES: &str = "SELECT ticket_id, number, standing, detail, key_id FROM message_senders \
    WHERE ticket_id = $1 AND number >= $2 AND number <= $3 ORDER BY number";
const STANDING: &str = "SELECT standing FROM message_senders WHERE ticket_id = $1 AND number = $2";
const DELETE_OF_TICKET: &str = "DELETE FROM message_senders WHERE ticket_id = $1";

impl FromRow for StoredCheck {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            ticket: row.get(0)?,
            number: row.get(1)?,
            standing: row.get(2)?,
            detail: row.get(3)?,
            key: row.get(4)?,
        })
    }
}

/// Notes what is known of a message's sender, in place of what was.
pub async fn note(
    tx: &mut Tx<'_>,
    (ticket, number): (TicketId, i64),
    standing: Standing,
    detail: Encrypted<String>,
    key: KeyId,
) -> Result<(), DbError> {
    let values = [
        ticket.into(),
        number.into(),
        standing.into(),
        detail.into(),
        key.into(),
    ];
    tx.execute(NOTE, &values).await?;
    Ok(())
}

/// The senders of the messages from `first` to `last` of a ticket.
pub async fn of_messages(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    first: i64,
    last: i64,
) -> Result<Vec<StoredCheck>, DbError> {
    tx.all(OF_MESSAGES, &[ticket.into(), first.into(), last.into()])
        .await
}

/// How the sender of a message stands; `None` when nobody looked.
pub async fn standing(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: i64,
) -> Result<Option<Standing>, DbError> {
    Ok(tx
        .one::<(Standing,)>(STANDING, &[ticket.into(), number.into()])
        .await?
        .map(|(standing,)| standing))
}

/// Removes what is known of a ticket's senders.
pub async fn delete_of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(DELETE_OF_TICKET, &[ticket.into()]).await?;
    Ok(())
}
