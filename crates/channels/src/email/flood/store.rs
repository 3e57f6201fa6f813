//! The tables `mail_senders` and `mail_gatherings`.

use super::rules::Tally;
use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{InboxId, TicketId};
use kernel::time::Timestamp;

/// Stands for all inboxes together.
pub const ALL_INBOXES: InboxId = InboxId(0);

const OPEN: &str = "INSERT INTO mail_senders (sender, inbox_id, since, mails, answers, \
    mails_before, answers_before) VALUES ($1, $2, $3, 0, 0, 0, 0) ON CONFLICT DO NOTHING";
const LOCK: &str = "SELECT since FROM mail_senders WHERE sender = $1 AND inbox_id = $2";
const FIND: &str = "SELECT since, mails, answers, mails_before, answers_before \
    FROM mail_senders WHERE sender = $1 AND inbox_id = $2";
const OF_SENDER: &str = "SELECT since, mails, answers, mails_before, answers_before \
    FROM mail_senders WHERE sender = $1 ORDER BY inbox_id";
const SAVE: &str = "UPDATE mail_senders SET since = $3, mails = $4, answers = $5, \
    mails_before = $6, answers_before = $7 WHERE sender = $1 AND inbox_id = $2";
const OPEN_GATHERING: &str = "INSERT INTO mail_gatherings (gathering, day) \
    VALUES ($1, $2) ON CONFLICT DO NOTHING";
const LOCK_GATHERING: &str = "SELECT day FROM mail_gatherings WHERE gathering = $1";
const GATHERING: &str = "SELECT ticket_id FROM mail_gatherings WHERE gathering = $1";
const FORGET_SENDERS: &str = "DELETE FROM mail_senders WHERE (sender, inbox_id) IN \
    (SELECT sender, inbox_id FROM mail_senders WHERE since < $1 ORDER BY since LIMIT $2)";
const FORGET_GATHERINGS: &str = "DELETE FROM mail_gatherings WHERE gathering IN \
    (SELECT gathering FROM mail_gatherings WHERE day < $1 ORDER BY day LIMIT $2)";
const NAME_TICKET: &str = "UPDATE mail_gatherings SET ticket_id = $2 WHERE gathering = $1";

impl FromRow for Tally {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Tally {
            since: row.get(0)?,
            mails: row.get(1)?,
            answers: row.get(2)?,
            mails_before: row.get(3)?,
            answers_before: row.get(4)?,
        })
    }
}

/// Locks the tally of a sender with an inbox and reads it.
pub async fn lock(
    tx: &mut Tx<'_>,
    sender: [u8; 32],
    inbox: InboxId,
    at: Timestamp,
) -> Result<Tally, DbError> {
    let row = [sender.into(), inbox.into()];
    // An old one can be forgotten in between; the one opened then is ours.
    for _ in 0..2 {
        tx.execute(OPEN, &[sender.into(), inbox.into(), at.into()])
            .await?;
        if tx.lock(LOCK, &row).await? {
            break;
        }
    }
    Ok(tx.one(FIND, &row).await?.unwrap_or(Tally::new(at)))
}

/// Writes a locked tally.
pub async fn save(
    tx: &mut Tx<'_>,
    sender: [u8; 32],
    inbox: InboxId,
    tally: &Tally,
) -> Result<(), DbError> {
    let values = [
        sender.into(),
        inbox.into(),
        tally.since.into(),
        tally.mails.into(),
        tally.answers.into(),
        tally.mails_before.into(),
        tally.answers_before.into(),
    ];
    tx.execute(SAVE, &values).await.map(drop)
}

/// All tallies of a sender, that of all inboxes first.
pub async fn of_sender(tx: &mut Tx<'_>, sender: [u8; 32]) -> Result<Vec<Tally>, DbError> {
    tx.all(OF_SENDER, &[sender.into()]).await
}

/// Locks a gathering of a day: the ticket it has, if it has one.
pub async fn lock_gathering(
    tx: &mut Tx<'_>,
    gathering: [u8; 32],
    day: i64,
) -> Result<Option<TicketId>, DbError> {
    let row = [gathering.into()];
    tx.execute(OPEN_GATHERING, &[gathering.into(), day.into()])
        .await?;
    tx.lock(LOCK_GATHERING, &row).await?;
    let found = tx.one::<(Option<TicketId>,)>(GATHERING, &row).await?;
    Ok(found.and_then(|(ticket,)| ticket))
}

/// Names the ticket of a locked gathering.
pub async fn name_ticket(
    tx: &mut Tx<'_>,
    gathering: [u8; 32],
    ticket: TicketId,
) -> Result<(), DbError> {
    tx.execute(NAME_TICKET, &[gathering.into(), ticket.into()])
        .await
        .map(drop)
}

/// Forgets tallies that began before a time, the oldest first; answers how many.
pub async fn forget_senders(
    tx: &mut Tx<'_>,
    before: Timestamp,
    limit: i64,
) -> Result<u64, DbError> {
    tx.execute(FORGET_SENDERS, &[before.into(), limit.into()])
        .await
}

/// Forgets gatherings of the days before one, the oldest first; answers how many.
pub async fn forget_gatherings(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<u64, DbError> {
    tx.execute(FORGET_GATHERINGS, &[before.into(), limit.into()])
        .await
}
