//! The table `paused_addresses`.

use kernel::db::{DbError, Tx, Value};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::{Pause, PauseCause};
use crate::people::MailAddress;

const FIND: &str = "SELECT cause, reason, since FROM paused_addresses \
    WHERE fold = $1 AND cause IS NOT NULL";
const COUNT_FAILURE: &str = "INSERT INTO paused_addresses (fold, failures) VALUES ($1, 1) \
    ON CONFLICT (fold) DO UPDATE SET failures = paused_addresses.failures + 1 \
    RETURNING failures";
const PAUSE: &str = "INSERT INTO paused_addresses (fold, failures, cause, reason, since) \
    VALUES ($1, 0, $2, $3, $4) ON CONFLICT (fold) DO UPDATE \
    SET cause = excluded.cause, reason = excluded.reason, since = excluded.since \
    WHERE paused_addresses.cause IS NULL RETURNING failures";
const FORGET_FAILURES: &str = "DELETE FROM paused_addresses WHERE fold = $1 AND cause IS NULL";
const CLEAR: &str = "DELETE FROM paused_addresses WHERE fold = $1";

fn fold(address: &MailAddress) -> Value {
    Value::Bytes(address.fold().into_bytes())
}

/// The pause of an address.
pub async fn find(tx: &mut Tx<'_>, address: &MailAddress) -> Result<Option<Pause>, DbError> {
    let row = tx
        .one::<(PauseCause, Option<Encrypted<String>>, Timestamp)>(FIND, &[fold(address)])
        .await?;
    Ok(row.map(|(cause, reason, since)| Pause {
        cause,
        reason,
        since,
    }))
}

/// Counts a mail that came back: how many there were in a row.
pub async fn count_failure(tx: &mut Tx<'_>, address: &MailAddress) -> Result<i64, DbError> {
    let row = tx.one::<(i64,)>(COUNT_FAILURE, &[fold(address)]).await?;
    Ok(row.map_or(1, |(failures,)| failures))
}

/// Pauses an address; `false` when it was paused already.
pub async fn pause(
    tx: &mut Tx<'_>,
    address: &MailAddress,
    cause: PauseCause,
    reason: &Encrypted<String>,
    at: Timestamp,
) -> Result<bool, DbError> {
    let values = [
        fold(address),
        cause.into(),
        reason.clone().into(),
        at.into(),
    ];
    Ok(tx.one::<(i64,)>(PAUSE, &values).await?.is_some())
}

/// Forgets the failures of an address that is not paused: a mail arrived.
pub async fn forget_failures(tx: &mut Tx<'_>, address: &MailAddress) -> Result<(), DbError> {
    tx.execute(FORGET_FAILURES, &[fold(address)]).await?;
    Ok(())
}

/// Forgets pause and failures of an address; `false` when there were none.
pub async fn clear(tx: &mut Tx<'_>, address: &MailAddress) -> Result<bool, DbError> {
    Ok(tx.execute(CLEAR, &[fold(address)]).await? > 0)
}
