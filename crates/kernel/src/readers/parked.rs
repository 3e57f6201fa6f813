//! Records that a reader could not deal with, and those of their tickets that wait behind them.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Reader, already_behind, move_to};
use crate::Kernel;
use crate::db::{DbError, FromRow, Row, Tx};
use crate::ids::{KeyId, TicketId};
use crate::journal::{self, StoredRecord};
use crate::keys::{Encrypted, KeyError, Keys};
use crate::refusal::{Broken, Refusal};
use crate::time::Timestamp;

const PARK: &str = "INSERT INTO parked_records (reader, position, ticket_id, reason, parked_at) \
    VALUES ($1, $2, $3, $4, $5)";
const BEHIND: &str = "SELECT position FROM parked_records \
    WHERE reader = $1 AND ticket_id = $2 LIMIT 1";
const PARKED: &str = "SELECT reader, position, ticket_id, reason, parked_at \
    FROM parked_records WHERE reader = $1 AND position > $3 ORDER BY position LIMIT $2";
const UNPARK: &str = "DELETE FROM parked_records WHERE reader = $1 AND position = $2";

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
    /// When it was parked.
    pub at: Timestamp,
}

/// Whether an earlier record of the ticket is parked; locks it, so that it can't be dealt with
/// while this one is put behind it.
pub(super) async fn is_behind_parked(
    tx: &mut Tx<'_>,
    name: &str,
    ticket: Option<TicketId>,
) -> Result<bool, DbError> {
    match ticket {
        Some(ticket) => tx.lock(BEHIND, &[name.into(), ticket.into()]).await,
        None => Ok(false),
    }
}

/// What is needed to park a record inside a transaction.
pub(super) struct Parking {
    keys: Keys,
    key: KeyId,
    at: Timestamp,
}

impl Parking {
    pub(super) async fn begin(kernel: &Kernel) -> Result<Self, DbError> {
        Ok(Self {
            keys: kernel.keys.clone(),
            key: kernel.keys.workspace().await?,
            at: kernel.clock.now(),
        })
    }

    pub(super) async fn park(
        &self,
        tx: &mut Tx<'_>,
        name: &'static str,
        record: &StoredRecord,
        reason: &str,
    ) -> Result<(), KeyError> {
        let reason = self.keys.encrypt(tx, self.key, reason).await?;
        let params = [
            name.into(),
            record.position.into(),
            record.ticket.into(),
            reason.into(),
            self.at.into(),
        ];
        tx.execute(PARK, &params).await?;
        metrics::counter!("evenkeel_parked_records_total", "reader" => name).increment(1);
        Ok(())
    }
}

pub(super) async fn park(
    kernel: &Kernel,
    name: &'static str,
    epoch: i64,
    record: &StoredRecord,
    reason: String,
) -> Result<bool, Refusal> {
    let parking = Parking::begin(kernel).await?;
    let record = record.clone();
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if !move_to(tx, name, epoch, record.position).await? {
                return Ok(already_behind(tx, name, epoch).await?);
            }
            parking.park(tx, name, &record, &reason).await?;
            Ok(true)
        })
        .await
}

/// Up to `limit` parked records of a reader, oldest first.
pub async fn parked(tx: &mut Tx<'_>, name: &str, limit: i64) -> Result<Vec<Parked>, DbError> {
    parked_after(tx, name, 0, limit).await
}

async fn parked_after(
    tx: &mut Tx<'_>,
    name: &str,
    position: i64,
    limit: i64,
) -> Result<Vec<Parked>, DbError> {
    tx.all(PARKED, &[name.into(), limit.into(), position.into()])
        .await
}

impl FromRow for Parked {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            reader: row.get(0)?,
            position: row.get(1)?,
            ticket: row.get(2)?,
            reason: row.get(3)?,
            at: row.get(4)?,
        })
    }
}

/// Hands the parked records to the reader again, in order, and answers how many went through. One
/// that still fails stays parked, and those of its ticket behind it.
pub async fn retry_parked(kernel: &Kernel, reader: Arc<dyn Reader>) -> Result<usize, Refusal> {
    let name = reader.name();
    let mut stuck = HashSet::new();
    let (mut position, mut through) = (0, 0);
    loop {
        let next = async move |tx: &mut Tx<'_>| {
            let Some(next) = parked_after(tx, name, position, 1).await?.pop() else {
                return Ok(None);
            };
            Ok(journal::after(tx, next.position - 1, 1).await?.pop())
        };
        let Some(record) = kernel.db.read::<_, DbError, _>(next).await? else {
            return Ok(through);
        };
        position = record.position;
        let ticket = record.ticket;
        if ticket.is_some_and(|ticket| stuck.contains(&ticket)) {
            continue;
        }
        match unpark(kernel, reader.clone(), record).await {
            Ok(dealt_with) => through += usize::from(dealt_with),
            Err(Refusal::Broken(Broken::Db(error))) if error.is_passing() => {
                return Err(error.into());
            }
            Err(error) => {
                tracing::warn!(%error, reader = name, position, "a parked record still fails");
                stuck.extend(ticket);
            }
        }
    }
}

/// `false` when somebody else has just dealt with it.
async fn unpark(
    kernel: &Kernel,
    reader: Arc<dyn Reader>,
    record: StoredRecord,
) -> Result<bool, Refusal> {
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let params = [reader.name().into(), record.position.into()];
            let is_parked = tx.execute(UNPARK, &params).await? == 1;
            if is_parked {
                reader.handle(tx, &record).await?;
            }
            Ok(is_parked)
        })
        .await
}
