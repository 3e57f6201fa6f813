//! Single readers: they follow the journal once in the whole cluster.
//!
//! A reader's effects and its new position are written in one transaction, which checks the epoch
//! on the reader's own row; so every record takes effect exactly once, whatever dies when. Effects
//! outside the database are only jobs with unique keys. A record that fails five times is parked;
//! later records of its ticket queue behind it, and everything else goes on.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::Kernel;
use crate::db::{DbError, Tx};
use crate::ids::TicketId;
use crate::journal::{self, StoredRecord};
use crate::keys::Encrypted;
use crate::leases::{self, Lease};
use crate::refusal::Refusal;

/// After this many failures a record is parked.
pub const FAILURES_MAX: u32 = 5;
/// Reactions to reactions stop at this depth.
pub const DEPTH_MAX: u8 = 8;
const BATCH: i64 = 200;
const LEASE: Duration = Duration::from_secs(15);
const RENEW_EVERY: Duration = Duration::from_secs(5);
const RETRY_EVERY: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(100);

const ENTER: &str = "INSERT INTO readers (name, position, epoch) VALUES ($1, $2, $3) \
    ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch RETURNING position";
const MOVE: &str =
    "UPDATE readers SET position = $3 WHERE name = $1 AND epoch = $2 AND position < $3";
const POSITION: &str = "SELECT position FROM readers WHERE name = $1";
const PARK: &str = "INSERT INTO parked_records (reader, position, ticket_id, reason, parked_at) \
    VALUES ($1, $2, $3, $4, $5)";
const BEHIND: &str = "SELECT 1 FROM parked_records WHERE reader = $1 AND ticket_id = $2 LIMIT 1";
const PARKED: &str = "SELECT reader, position, ticket_id, reason FROM parked_records \
    WHERE reader = $1 ORDER BY position LIMIT $2";
const UNPARK: &str = "DELETE FROM parked_records WHERE reader = $1 AND position = $2";

/// Follows the journal and reacts to it.
pub trait Reader: Send + Sync {
    /// Its name, under which its position is kept.
    fn name(&self) -> &'static str;

    /// Whether it looks at records of this kind.
    fn wants(&self, kind: &str) -> bool;

    /// Reacts to one record, inside the transaction that also moves the position. It may await
    /// nothing but `tx`.
    fn handle<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        record: &'a StoredRecord,
    ) -> BoxFuture<'a, Result<(), Refusal>>;
}

/// A record that a reader could not deal with.
pub struct Parked {
    /// Whose.
    pub reader: String,
    /// Which.
    pub position: i64,
    /// The ticket whose later records wait behind it.
    pub ticket: Option<TicketId>,
    /// What went wrong.
    pub reason: Encrypted<String>,
}

/// Runs a reader wherever its lease can be had; never returns by itself.
pub async fn run(kernel: Kernel, reader: Arc<dyn Reader>, holder: String) {
    let name = format!("reader:{}", reader.name());
    loop {
        match leases::acquire(&kernel.db, &name, &holder, LEASE).await {
            Ok(Some(lease)) => {
                if let Err(error) = follow(&kernel, &reader, &lease).await {
                    tracing::warn!(%error, reader = reader.name(), "a reader starts over");
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, reader = reader.name(), "no lease to be had"),
        }
        tokio::time::sleep(RETRY_EVERY).await;
    }
}

async fn follow(kernel: &Kernel, reader: &Arc<dyn Reader>, lease: &Lease) -> Result<(), Refusal> {
    let mut position = enter(kernel, reader.name(), lease.epoch()).await?;
    let mut renew = tokio::time::interval(RENEW_EVERY);
    loop {
        let Some(reached) = catch_up(kernel, reader, lease.epoch(), position).await? else {
            return Ok(());
        };
        position = reached;
        metrics::gauge!("evenkeel_reader_position", "reader" => reader.name())
            .set(i32::try_from(position).map_or(f64::MAX, f64::from));
        tokio::select! {
            () = kernel.live.reached(position + 1) => {}
            _ = renew.tick() => {}
        }
        if !leases::renew(&kernel.db, lease, LEASE).await? {
            return Ok(());
        }
    }
}

/// Takes the reader over under a new epoch and answers where it stands. A new reader starts at the
/// journal's beginning.
pub async fn enter(kernel: &Kernel, name: &'static str, epoch: i64) -> Result<i64, DbError> {
    let entered = async move |tx: &mut Tx<'_>| {
        let params = [name.into(), 0.into(), epoch.into()];
        tx.one::<(i64,)>(ENTER, &params).await
    };
    Ok(kernel
        .db
        .write::<_, DbError, _>(entered)
        .await?
        .map_or(0, |(position,)| position))
}

/// Feeds the reader everything behind `position` and answers how far it came; `None` when it is
/// another node's now.
pub async fn catch_up(
    kernel: &Kernel,
    reader: &Arc<dyn Reader>,
    epoch: i64,
    mut position: i64,
) -> Result<Option<i64>, Refusal> {
    loop {
        let from = position;
        let read = async move |tx: &mut Tx<'_>| journal::after(tx, from, BATCH).await;
        let records = kernel.db.read::<_, DbError, _>(read).await?;
        let Some(last) = records.last().map(|record| record.position) else {
            return Ok(Some(position));
        };
        for record in records
            .into_iter()
            .filter(|record| reader.wants(&record.kind))
        {
            if !deal_with(kernel, reader, epoch, Arc::new(record)).await? {
                return Ok(None);
            }
        }
        if !skip_to(kernel, reader.name(), epoch, last).await? {
            return Ok(None);
        }
        position = last;
    }
}

/// One record, with retries, and parked when nothing helps; `false` when the reader is another
/// node's now.
async fn deal_with(
    kernel: &Kernel,
    reader: &Arc<dyn Reader>,
    epoch: i64,
    record: Arc<StoredRecord>,
) -> Result<bool, Refusal> {
    let mut failures = 0;
    loop {
        match handle(kernel, reader.clone(), epoch, record.clone()).await {
            Ok(moved) => return Ok(moved),
            Err(error) => {
                failures += 1;
                let position = record.position;
                tracing::warn!(%error, reader = reader.name(), position, failures, "a record failed");
                if failures >= FAILURES_MAX {
                    return park(kernel, reader.name(), epoch, &record, error.to_string()).await;
                }
                let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures));
                tokio::time::sleep(pause).await;
            }
        }
    }
}

async fn handle(
    kernel: &Kernel,
    reader: Arc<dyn Reader>,
    epoch: i64,
    record: Arc<StoredRecord>,
) -> Result<bool, Refusal> {
    let waiting = match record.ticket {
        Some(ticket) => is_behind_parked(kernel, reader.name(), ticket).await?,
        None => false,
    };
    if waiting {
        let reason = "waits behind an earlier record of its ticket".to_owned();
        return park(kernel, reader.name(), epoch, &record, reason).await;
    }
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if !move_to(tx, reader.name(), epoch, record.position).await? {
                return Ok(already_behind(tx, reader.name(), epoch).await?);
            }
            reader.handle(tx, &record).await?;
            Ok::<_, Refusal>(true)
        })
        .await
}

/// A record that was dealt with before (a retry after a lost answer) is fine; another epoch is not.
async fn already_behind(tx: &mut Tx<'_>, name: &str, epoch: i64) -> Result<bool, DbError> {
    const MINE: &str = "SELECT 1 FROM readers WHERE name = $1 AND epoch = $2";
    Ok(tx
        .one::<(i64,)>(MINE, &[name.into(), epoch.into()])
        .await?
        .is_some())
}

async fn move_to(tx: &mut Tx<'_>, name: &str, epoch: i64, position: i64) -> Result<bool, DbError> {
    Ok(tx
        .execute(MOVE, &[name.into(), epoch.into(), position.into()])
        .await?
        == 1)
}

async fn skip_to(
    kernel: &Kernel,
    name: &'static str,
    epoch: i64,
    position: i64,
) -> Result<bool, DbError> {
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            Ok(
                move_to(tx, name, epoch, position).await?
                    || already_behind(tx, name, epoch).await?,
            )
        })
        .await
}

async fn is_behind_parked(
    kernel: &Kernel,
    name: &'static str,
    ticket: TicketId,
) -> Result<bool, DbError> {
    let look = async move |tx: &mut Tx<'_>| {
        tx.one::<(i64,)>(BEHIND, &[name.into(), ticket.into()])
            .await
    };
    Ok(kernel.db.read::<_, DbError, _>(look).await?.is_some())
}

async fn park(
    kernel: &Kernel,
    name: &'static str,
    epoch: i64,
    record: &StoredRecord,
    reason: String,
) -> Result<bool, Refusal> {
    let key = kernel.keys.workspace().await?;
    let (keys, now) = (kernel.keys.clone(), kernel.clock.now());
    let (position, ticket) = (record.position, record.ticket);
    metrics::counter!("evenkeel_parked_records_total", "reader" => name).increment(1);
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if !move_to(tx, name, epoch, position).await? {
                return Ok(already_behind(tx, name, epoch).await?);
            }
            let reason = keys.encrypt(tx, key, &reason).await?;
            let params = [
                name.into(),
                position.into(),
                ticket.into(),
                reason.into(),
                now.into(),
            ];
            tx.execute(PARK, &params).await?;
            Ok(true)
        })
        .await
}

/// Up to `limit` parked records of a reader, oldest first.
pub async fn parked(tx: &mut Tx<'_>, name: &str, limit: i64) -> Result<Vec<Parked>, DbError> {
    let rows = tx
        .all::<(String, i64, Option<TicketId>, Encrypted<String>)>(
            PARKED,
            &[name.into(), limit.into()],
        )
        .await?;
    let parked = |(reader, position, ticket, reason)| Parked {
        reader,
        position,
        ticket,
        reason,
    };
    Ok(rows.into_iter().map(parked).collect())
}

/// Hands the oldest parked records to the reader again, in order, and stops at the first that
/// still fails; answers how many went through.
pub async fn retry_parked(kernel: &Kernel, reader: Arc<dyn Reader>) -> Result<usize, Refusal> {
    let name = reader.name();
    let mut through = 0;
    loop {
        let oldest = async move |tx: &mut Tx<'_>| {
            let Some(first) = parked(tx, name, 1).await?.into_iter().next() else {
                return Ok(None);
            };
            Ok(journal::after(tx, first.position - 1, 1)
                .await?
                .into_iter()
                .next())
        };
        let Some(record) = kernel.db.read::<_, DbError, _>(oldest).await? else {
            return Ok(through);
        };
        let reader = reader.clone();
        kernel
            .db
            .write(async move |tx: &mut Tx<'_>| {
                if tx
                    .execute(UNPARK, &[name.into(), record.position.into()])
                    .await?
                    == 1
                {
                    reader.handle(tx, &record).await?;
                }
                Ok::<_, Refusal>(())
            })
            .await?;
        through += 1;
    }
}

/// Where a reader stands; 0 when it never ran.
pub async fn position(tx: &mut Tx<'_>, name: &str) -> Result<i64, DbError> {
    Ok(tx
        .one::<(i64,)>(POSITION, &[name.into()])
        .await?
        .map_or(0, |(position,)| position))
}
