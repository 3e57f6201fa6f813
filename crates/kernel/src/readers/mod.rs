//! Single readers: they follow the journal once in the whole cluster.
//!
//! A reader's effects and its new position are written in one transaction, which checks the epoch
//! on the reader's own row; so every record takes effect exactly once, whatever dies when. Effects
//! outside the database are only jobs with unique keys. A record that fails five times is parked;
//! later records of its ticket queue behind it, and everything else goes on.

mod parked;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

pub use parked::{Parked, parked, retry_parked};

use crate::Kernel;
use crate::db::{DbError, Tx};
use crate::journal::{self, StoredRecord};
use crate::leases::{self, Lease};
use crate::refusal::{Broken, Refusal};
use parked::{Parking, is_behind_parked, park};

/// After this many failures a record is parked.
pub const FAILURES_MAX: u32 = 5;
/// Reactions to reactions stop at this depth.
pub const DEPTH_MAX: u8 = 8;
/// Records read at once; also how many may be passed by before that is written down.
const BATCH: i64 = 200;
const LEASE: Duration = Duration::from_secs(15);
const RENEW_EVERY: Duration = Duration::from_secs(5);
const RETRY_EVERY: Duration = Duration::from_secs(1);
/// How long a reader that has caught up lets new records gather, so that a busy journal is dealt
/// with in few transactions.
const GATHER: Duration = Duration::from_millis(5);
const FIRST_PAUSE: Duration = Duration::from_millis(25);

const ENTER: &str = "INSERT INTO readers (name, position, epoch) VALUES ($1, $2, $3) \
    ON CONFLICT (name) DO UPDATE SET epoch = excluded.epoch \
    WHERE readers.epoch <= excluded.epoch RETURNING position";
const MOVE: &str =
    "UPDATE readers SET position = $3 WHERE name = $1 AND epoch = $2 AND position < $3";
const POSITION: &str = "SELECT position FROM readers WHERE name = $1";
/// Follows the journal and reacts to it.
pub trait Reader: Send + Sync {
    /// Its name, under which its position is kept.
    fn name(&self) -> &'static str;

    /// Whether it may have to react to this record; decided from the record alone. What it does
    /// not want costs no transaction.
    fn wants(&self, record: &StoredRecord) -> bool;

    /// Reacts to one record, inside the transaction that also moves the position. It may await
    /// nothing but `tx`.
    fn handle<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        record: &'a StoredRecord,
    ) -> BoxFuture<'a, Result<(), Refusal>>;
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
    let mut place = Place::at(enter(kernel, reader.name(), lease.epoch()).await?);
    let mut renew = tokio::time::interval(RENEW_EVERY);
    loop {
        match step(kernel, reader, lease.epoch(), &mut place).await? {
            Step::Lost => return Ok(()),
            Step::Forward => {}
            Step::AtHead => {
                tokio::time::sleep(GATHER).await;
                tokio::select! {
                    () = kernel.live.reached(place.reached + 1) => {}
                    () = tokio::time::sleep(RENEW_EVERY) => {}
                }
            }
        }
        metrics::gauge!("evenkeel_reader_position", "reader" => reader.name())
            .set(i32::try_from(place.reached).map_or(f64::MAX, f64::from));
        if renew.tick().now_or_never().is_some() && !leases::renew(&kernel.db, lease, LEASE).await?
        {
            return Ok(());
        }
    }
}

/// Takes the reader over under a new epoch and answers where it stands. A new reader starts at the
/// journal's beginning; so does one whose epoch is past, which then finds the reader another's.
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
    position: i64,
) -> Result<Option<i64>, Refusal> {
    let mut place = Place::at(position);
    loop {
        match step(kernel, reader, epoch, &mut place).await? {
            Step::Lost => return Ok(None),
            Step::Forward => {}
            Step::AtHead => {
                let saved = save(kernel, reader.name(), epoch, &mut place).await?;
                return Ok(saved.then_some(place.reached));
            }
        }
    }
}

/// How far a reader is, and how far its row says it is: records that it does not want are passed
/// by without a write each.
struct Place {
    reached: i64,
    saved: i64,
}

impl Place {
    fn at(position: i64) -> Self {
        Self {
            reached: position,
            saved: position,
        }
    }
}

enum Step {
    /// There was something to read.
    Forward,
    /// There is nothing more to read.
    AtHead,
    /// The reader is another node's now.
    Lost,
}

/// Reads one batch and deals with what is wanted of it: all in one transaction, and one by one
/// when that fails, so that only what is to blame is parked.
async fn step(
    kernel: &Kernel,
    reader: &Arc<dyn Reader>,
    epoch: i64,
    place: &mut Place,
) -> Result<Step, Refusal> {
    let from = place.reached;
    let read = async move |tx: &mut Tx<'_>| journal::after(tx, from, BATCH).await;
    let records = kernel.db.read::<_, DbError, _>(read).await?;
    let Some(end) = records.last().map(|record| record.position) else {
        return Ok(Step::AtHead);
    };
    let is_wanted = |record: &StoredRecord| reader.wants(record);
    let wanted: Arc<[StoredRecord]> = records.into_iter().filter(is_wanted).collect();
    if let Some(last) = wanted.last().map(|record| record.position) {
        if !deal_with_all(kernel, reader, epoch, wanted).await? {
            return Ok(Step::Lost);
        }
        place.saved = last;
    }
    place.reached = end;
    if place.reached - place.saved >= BATCH && !save(kernel, reader.name(), epoch, place).await? {
        return Ok(Step::Lost);
    }
    Ok(Step::Forward)
}

async fn deal_with_all(
    kernel: &Kernel,
    reader: &Arc<dyn Reader>,
    epoch: i64,
    records: Arc<[StoredRecord]>,
) -> Result<bool, Refusal> {
    match handle(kernel, reader.clone(), epoch, records.clone()).await {
        Ok(moved) => return Ok(moved),
        Err(Refusal::Broken(Broken::Db(error))) if error.is_passing() => return Err(error.into()),
        // One of them fails; which, shows when each is alone.
        Err(_) => {}
    }
    for record in records.iter() {
        if !deal_with(kernel, reader, epoch, record).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Writes down how far the reader is; `false` when it is another node's now.
async fn save(
    kernel: &Kernel,
    name: &'static str,
    epoch: i64,
    place: &mut Place,
) -> Result<bool, DbError> {
    let position = place.reached;
    let save = async move |tx: &mut Tx<'_>| {
        Ok::<_, DbError>(
            move_to(tx, name, epoch, position).await? || already_behind(tx, name, epoch).await?,
        )
    };
    let saved = kernel.db.write(save).await?;
    place.saved = position;
    Ok(saved)
}

/// One record, with retries, and parked when nothing helps; `false` when the reader is another
/// node's now.
async fn deal_with(
    kernel: &Kernel,
    reader: &Arc<dyn Reader>,
    epoch: i64,
    record: &StoredRecord,
) -> Result<bool, Refusal> {
    let alone: Arc<[StoredRecord]> = Arc::new([record.clone()]);
    let mut failures = 0;
    loop {
        match handle(kernel, reader.clone(), epoch, alone.clone()).await {
            Ok(moved) => return Ok(moved),
            // The record is not to blame: the reader starts over when the database is well again.
            Err(Refusal::Broken(Broken::Db(error))) if error.is_passing() => {
                return Err(error.into());
            }
            Err(error) => {
                failures += 1;
                let position = record.position;
                let name = reader.name();
                tracing::warn!(%error, reader = name, position, failures, "a record failed");
                if failures >= FAILURES_MAX {
                    return park(kernel, reader.name(), epoch, record, error.to_string()).await;
                }
                let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures));
                tokio::time::sleep(pause).await;
            }
        }
    }
}

/// Reacts to records in order and moves behind the last, in one transaction.
async fn handle(
    kernel: &Kernel,
    reader: Arc<dyn Reader>,
    epoch: i64,
    records: Arc<[StoredRecord]>,
) -> Result<bool, Refusal> {
    let Some(end) = records.last().map(|record| record.position) else {
        return Ok(true);
    };
    let parking = Parking::begin(kernel).await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if !move_to(tx, reader.name(), epoch, end).await? {
                return Ok(already_behind(tx, reader.name(), epoch).await?);
            }
            for record in records.iter() {
                if is_behind_parked(tx, reader.name(), record.ticket).await? {
                    let reason = "waits behind an earlier record of its ticket";
                    parking.park(tx, reader.name(), record, reason).await?;
                } else {
                    reader.handle(tx, record).await?;
                }
            }
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

/// Where a reader stands; 0 when it never ran.
pub async fn position(tx: &mut Tx<'_>, name: &str) -> Result<i64, DbError> {
    Ok(tx
        .one::<(i64,)>(POSITION, &[name.into()])
        .await?
        .map_or(0, |(position,)| position))
}
