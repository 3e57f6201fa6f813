//! The tables `sending_options`, `sending_pace`, `sending_hours`, `sending_turns` and
//! `sending_pauses`.

use super::{Options, Pause};
use kernel::db::{DbError, Tx};
use kernel::ids::{DeliveryId, InboxId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

const OPTIONS: &str = "SELECT quote_history, per_minute, per_day, version FROM sending_options \
    WHERE inbox_id = $1";
const PUT_OPTIONS: &str = "INSERT INTO sending_options (inbox_id, quote_history, per_minute, \
    per_day, version) VALUES ($1, $2, $3, $4, 1) ON CONFLICT (inbox_id) DO UPDATE SET \
    quote_history = excluded.quote_history, per_minute = excluded.per_minute, \
    per_day = excluded.per_day, version = sending_options.version + 1";
const BEGIN_PACE: &str = "INSERT INTO sending_pace (inbox_id, next_at) VALUES ($1, 0) \
    ON CONFLICT (inbox_id) DO NOTHING";
const LOCK_PACE: &str = "SELECT inbox_id FROM sending_pace WHERE inbox_id = $1";
const PACE: &str = "SELECT next_at FROM sending_pace WHERE inbox_id = $1";
const SET_PACE: &str = "UPDATE sending_pace SET next_at = $2 WHERE inbox_id = $1";
const HOURS: &str = "SELECT hour, mails FROM sending_hours WHERE inbox_id = $1 AND hour >= $2 \
    ORDER BY hour";
const COUNT_HOUR: &str = "INSERT INTO sending_hours (inbox_id, hour, mails) VALUES ($1, $2, 1) \
    ON CONFLICT (inbox_id, hour) DO UPDATE SET mails = sending_hours.mails + 1";
const FORGET_HOURS: &str = "DELETE FROM sending_hours WHERE inbox_id = $1 AND hour < $2";
const TURN: &str = "SELECT at, put_off_at FROM sending_turns WHERE delivery_id = $1";
const GIVE_TURN: &str = "INSERT INTO sending_turns (delivery_id, at) VALUES ($1, $2) \
    ON CONFLICT (delivery_id) DO UPDATE SET at = excluded.at";
const PUT_OFF: &str = "INSERT INTO sending_turns (delivery_id, put_off_at) VALUES ($1, $2) \
    ON CONFLICT (delivery_id) DO UPDATE SET put_off_at = \
    COALESCE(sending_turns.put_off_at, excluded.put_off_at), at = NULL";
const FORGET_TURN: &str = "DELETE FROM sending_turns WHERE delivery_id = $1";
const PAUSE: &str = "SELECT until, pauses, worked_at, reason FROM sending_pauses \
    WHERE account = $1";
const SET_PAUSE: &str = "INSERT INTO sending_pauses (account, until, pauses, reason) \
    VALUES ($1, $2, $3, $4) ON CONFLICT (account) DO UPDATE SET until = excluded.until, \
    pauses = excluded.pauses, reason = excluded.reason";
const WORKED: &str = "UPDATE sending_pauses SET pauses = 0, worked_at = $2, reason = NULL \
    WHERE account = $1";

/// What the administrator decided about an inbox's sending.
pub async fn options(tx: &mut Tx<'_>, inbox: InboxId) -> Result<Options, DbError> {
    let row = tx
        .one::<(bool, Option<i64>, Option<i64>, i64)>(OPTIONS, &[inbox.into()])
        .await?;
    Ok(row.map_or_else(
        Options::default,
        |(quote_history, per_minute, per_day, version)| Options {
            quote_history,
            per_minute,
            per_day,
            version,
        },
    ))
}

/// Writes it, under the inbox's lock.
pub async fn put_options(
    tx: &mut Tx<'_>,
    inbox: InboxId,
    options: &Options,
) -> Result<(), DbError> {
    let values = [
        inbox.into(),
        options.quote_history.into(),
        options.per_minute.into(),
        options.per_day.into(),
    ];
    tx.execute(PUT_OPTIONS, &values).await.map(drop)
}

/// Locks the pace of an inbox and answers when its next mail may leave.
pub async fn lock_pace(tx: &mut Tx<'_>, inbox: InboxId) -> Result<Timestamp, DbError> {
    tx.execute(BEGIN_PACE, &[inbox.into()]).await?;
    tx.lock(LOCK_PACE, &[inbox.into()]).await?;
    let row = tx.one::<(Timestamp,)>(PACE, &[inbox.into()]).await?;
    Ok(row.map_or(Timestamp::from_micros(0), |(at,)| at))
}

/// Moves the pace on.
pub async fn set_pace(tx: &mut Tx<'_>, inbox: InboxId, next_at: Timestamp) -> Result<(), DbError> {
    tx.execute(SET_PACE, &[inbox.into(), next_at.into()])
        .await
        .map(drop)
}

/// Mails handed over per hour from `first` on, oldest first.
pub async fn hours(
    tx: &mut Tx<'_>,
    inbox: InboxId,
    first: i64,
) -> Result<Vec<(i64, i64)>, DbError> {
    tx.all(HOURS, &[inbox.into(), first.into()]).await
}

/// Counts a mail in its hour and forgets those before `first`.
pub async fn count_hour(
    tx: &mut Tx<'_>,
    inbox: InboxId,
    hour: i64,
    first: i64,
) -> Result<(), DbError> {
    tx.execute(FORGET_HOURS, &[inbox.into(), first.into()])
        .await?;
    tx.execute(COUNT_HOUR, &[inbox.into(), hour.into()])
        .await
        .map(drop)
}

/// The turn a delivery was given, and when a server first put it off.
pub async fn turn(
    tx: &mut Tx<'_>,
    delivery: DeliveryId,
) -> Result<(Option<Timestamp>, Option<Timestamp>), DbError> {
    let row = tx.one(TURN, &[delivery.into()]).await?;
    Ok(row.unwrap_or((None, None)))
}

/// Gives a delivery its turn.
pub async fn give_turn(
    tx: &mut Tx<'_>,
    delivery: DeliveryId,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(GIVE_TURN, &[delivery.into(), at.into()])
        .await
        .map(drop)
}

/// Notes that a server put a delivery off; its turn is used up.
pub async fn put_off(tx: &mut Tx<'_>, delivery: DeliveryId, at: Timestamp) -> Result<(), DbError> {
    tx.execute(PUT_OFF, &[delivery.into(), at.into()])
        .await
        .map(drop)
}

/// Forgets the turn of a settled delivery.
pub async fn forget_turn(tx: &mut Tx<'_>, delivery: DeliveryId) -> Result<(), DbError> {
    tx.execute(FORGET_TURN, &[delivery.into()]).await.map(drop)
}

/// What is known of an account's pauses.
pub async fn pause(tx: &mut Tx<'_>, account: &[u8]) -> Result<Option<Pause>, DbError> {
    let row = tx
        .one::<(Timestamp, i64, Option<Timestamp>, Option<Encrypted<String>>)>(
            PAUSE,
            &[account.to_vec().into()],
        )
        .await?;
    Ok(row.map(|(until, pauses, worked_at, reason)| Pause {
        until,
        pauses,
        worked_at,
        reason,
    }))
}

/// Has an account rest.
pub async fn set_pause(
    tx: &mut Tx<'_>,
    account: &[u8],
    (until, pauses): (Timestamp, i64),
    reason: Encrypted<String>,
) -> Result<(), DbError> {
    let values = [
        account.to_vec().into(),
        until.into(),
        pauses.into(),
        reason.into(),
    ];
    tx.execute(SET_PAUSE, &values).await.map(drop)
}

/// Notes that an account that had rested works again.
pub async fn worked(tx: &mut Tx<'_>, account: &[u8], at: Timestamp) -> Result<(), DbError> {
    tx.execute(WORKED, &[account.to_vec().into(), at.into()])
        .await
        .map(drop)
}
