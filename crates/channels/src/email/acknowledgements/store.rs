//! The tables `inbox_acknowledgements` and `acknowledgements`.

use super::{Acknowledgement, AcknowledgementLanguage};
use kernel::db::{DbError, Tx};
use kernel::ids::{InboxId, TicketId};

const FIND: &str = "SELECT enabled, language, version FROM inbox_acknowledgements \
    WHERE inbox_id = $1";
const OPEN: &str = "INSERT INTO inbox_acknowledgements (inbox_id, enabled, language, version) \
    VALUES ($1, 0, 'en', 0) ON CONFLICT DO NOTHING";
const LOCK: &str = "SELECT inbox_id FROM inbox_acknowledgements WHERE inbox_id = $1";
const SAVE: &str = "UPDATE inbox_acknowledgements SET enabled = $2, language = $3, \
    version = version + 1 WHERE inbox_id = $1";
const CLAIM_DAY: &str = "INSERT INTO acknowledgements (address, day, ticket_id, handed) \
    VALUES ($1, $2, $3, 0) ON CONFLICT DO NOTHING RETURNING ticket_id";
const IS_OPEN: &str = "SELECT ticket_id FROM acknowledgements \
    WHERE address = $1 AND day = $2 AND handed = 0";
const HAND: &str = "UPDATE acknowledgements SET handed = 1 \
    WHERE address = $1 AND day = $2 AND ticket_id = $3 AND handed = 0";
const FORGET_DAYS: &str = "DELETE FROM acknowledgements WHERE (address, day) IN \
    (SELECT address, day FROM acknowledgements WHERE day < $1 ORDER BY day LIMIT $2)";

/// What an inbox does; off until somebody turned it on.
pub async fn find(tx: &mut Tx<'_>, inbox: InboxId) -> Result<Acknowledgement, DbError> {
    let row = tx
        .one::<(bool, AcknowledgementLanguage, i64)>(FIND, &[inbox.into()])
        .await?;
    let (enabled, language, version) = row.unwrap_or((false, AcknowledgementLanguage::En, 0));
    Ok(Acknowledgement {
        enabled,
        language,
        version,
    })
}

/// Locks what an inbox does and reads it.
pub async fn lock(tx: &mut Tx<'_>, inbox: InboxId) -> Result<Acknowledgement, DbError> {
    tx.execute(OPEN, &[inbox.into()]).await?;
    tx.lock(LOCK, &[inbox.into()]).await?;
    find(tx, inbox).await
}

/// Writes it.
pub async fn save(
    tx: &mut Tx<'_>,
    inbox: InboxId,
    enabled: bool,
    language: AcknowledgementLanguage,
) -> Result<(), DbError> {
    let values = [inbox.into(), enabled.into(), language.into()];
    tx.execute(SAVE, &values).await.map(drop)
}

/// Claims the day of an address for a ticket; `false` when it had its acknowledgement.
pub async fn claim_day(
    tx: &mut Tx<'_>,
    address: [u8; 32],
    day: i64,
    ticket: TicketId,
) -> Result<bool, DbError> {
    let values = [address.into(), day.into(), ticket.into()];
    let claimed = tx.one::<(TicketId,)>(CLAIM_DAY, &values).await?;
    Ok(claimed.is_some())
}

/// Whether the day of an address was claimed for a ticket and nothing was handed over yet.
pub async fn is_open(
    tx: &mut Tx<'_>,
    address: [u8; 32],
    day: i64,
    ticket: TicketId,
) -> Result<bool, DbError> {
    let values = [address.into(), day.into()];
    let found = tx.one::<(TicketId,)>(IS_OPEN, &values).await?;
    Ok(found == Some((ticket,)))
}

/// The compare-and-set before the hand-over; `false` when somebody was first.
pub async fn hand(
    tx: &mut Tx<'_>,
    address: [u8; 32],
    day: i64,
    ticket: TicketId,
) -> Result<bool, DbError> {
    let values = [address.into(), day.into(), ticket.into()];
    Ok(tx.execute(HAND, &values).await? == 1)
}

/// Forgets the acknowledgements of the days before one, the oldest first; answers how many.
pub async fn forget_days(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<u64, DbError> {
    tx.execute(FORGET_DAYS, &[before.into(), limit.into()])
        .await
}
