//! Failed and discarded rows of `inbound_mail`.

use crate::email::intake::InboundMail;
use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::FailureId;
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

const DISCARDED: &str = "SELECT id, inbox_id, state, blob_id, quiet, sender, subject, reason, \
    attempts, ticket_id, received_at, envelope_from, envelope_to, helo, client_ip, \
    source, size, discard_reason, settled_at FROM inbound_mail \
    WHERE state = 'discarded' AND discard_reason IS NOT NULL AND id < $1 ORDER BY id DESC LIMIT $2";
const DISCARDED_AT: &str = "SELECT settled_at FROM inbound_mail \
    WHERE id = $1 AND state = 'discarded' AND discard_reason IS NOT NULL";
const REOPEN: &str = "UPDATE inbound_mail SET state = 'received', discard_reason = NULL \
    WHERE id = $1 AND state IN ('failed', 'discarded')";
const DISCARD: &str = "UPDATE inbound_mail SET state = 'discarded', discard_reason = $3, \
    settled_at = $2 WHERE id = $1 AND state = 'failed'";
const FORGET: &str = "UPDATE inbound_mail SET blob_id = NULL, sender = NULL, subject = NULL, \
    reason = NULL, discard_reason = NULL, envelope_from = NULL, envelope_to = NULL, helo = NULL, \
    client_ip = NULL WHERE id = $1 AND state = 'discarded'";

/// A mail that somebody discarded and that can be brought back.
#[derive(Clone, Debug)]
pub struct Discarded {
    /// The mail.
    pub mail: InboundMail,
    /// Why it was discarded.
    pub reason: Encrypted<String>,
    /// When.
    pub at: Timestamp,
}

impl FromRow for Discarded {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Discarded {
            mail: InboundMail::from_row(row)?,
            reason: row.get(17)?,
            at: row.get(18)?,
        })
    }
}

/// Discarded mails below an id, newest first.
pub async fn discarded(tx: &mut Tx<'_>, below: i64, limit: i64) -> Result<Vec<Discarded>, DbError> {
    tx.all(DISCARDED, &[below.into(), limit.into()]).await
}

/// When a mail was discarded that can still be brought back.
pub async fn discarded_at(tx: &mut Tx<'_>, mail: FailureId) -> Result<Option<Timestamp>, DbError> {
    let row = tx.one::<(Timestamp,)>(DISCARDED_AT, &[mail.into()]).await?;
    Ok(row.map(|(at,)| at))
}

/// Puts a failed or discarded mail back in line; `false` when it is neither.
pub async fn reopen(tx: &mut Tx<'_>, mail: FailureId) -> Result<bool, DbError> {
    Ok(tx.execute(REOPEN, &[mail.into()]).await? == 1)
}

/// Discards a failed mail, which keeps all that is known of it; `false` when it is not failed.
pub async fn discard(
    tx: &mut Tx<'_>,
    mail: FailureId,
    at: Timestamp,
    reason: Encrypted<String>,
) -> Result<bool, DbError> {
    let values = [mail.into(), at.into(), reason.into()];
    Ok(tx.execute(DISCARD, &values).await? == 1)
}

/// Forgets a discarded mail but its hash, by which it is known when it comes again.
pub async fn forget(tx: &mut Tx<'_>, mail: FailureId) -> Result<(), DbError> {
    tx.execute(FORGET, &[mail.into()]).await.map(drop)
}
