//! Positions and chain on PostgreSQL: given after commit by one leased sequencer.
//!
//! A write leaves its record's id in `journal_new`. The sequencer takes what its snapshot shows
//! there, in order of id, appends it to `journal_order` and deletes it from `journal_new`, all in
//! one transaction. A record that commits late is simply taken later: no reader can overtake it,
//! and transaction ids, which can invert two records of one ticket, are never compared.

use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::AsyncMessage;

use super::StoredRecord;
use crate::db::{Db, DbError, FromRow, Row, Tx};
use crate::ids::RecordId;
use crate::leases::{self, Lease};
use crate::live::Live;

/// Records taken in one transaction.
const BATCH_MAX: i64 = 500;
/// How long a dead sequencer's lease holds others off: the take-over time is at most this plus
/// one [`RETRY_EVERY`].
pub const LEASE: Duration = Duration::from_secs(6);
const RENEW_EVERY: Duration = Duration::from_secs(2);
const RETRY_EVERY: Duration = Duration::from_secs(1);
/// The bell is rung at most this often.
const BELL_EVERY: Duration = Duration::from_millis(5);

const ANNOUNCE: &str = "INSERT INTO journal_new (record_id) VALUES ($1)";
const CHECK_LEASE: &str =
    "SELECT epoch FROM leases WHERE name = 'sequencer' AND epoch = $1 FOR UPDATE";
const TAKE: &str = "SELECT CAST(0 AS BIGINT), j.id, j.kind, j.version, j.at, j.actor, \
    j.actor_id, j.origin, j.cause, j.depth, j.brand_id, j.quiet, j.ticket_id, j.customer_id, \
    j.agent_id, j.request, j.body \
    FROM journal_new n JOIN journal j ON j.id = n.record_id ORDER BY n.record_id LIMIT $1";
const HEAD: &str = "SELECT position, hash FROM journal_order ORDER BY position DESC LIMIT 1";
const APPEND: &str = "INSERT INTO journal_order (position, record_id, hash) \
    SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bytea[])";
const DELETE: &str = "DELETE FROM journal_new WHERE record_id = ANY($1::bigint[])";
const BELL: &str = "NOTIFY evenkeel_journal";

/// Leaves the record for the sequencer; on SQLite the writer orders it itself.
pub(super) async fn announce(tx: &mut Tx<'_>, id: RecordId) -> Result<(), DbError> {
    if tx.is_sqlite() {
        return Ok(());
    }
    tx.execute(ANNOUNCE, &[id.into()]).await.map(drop)
}

/// Orders up to [`BATCH_MAX`] committed records and answers how many; `None` when the lease is
/// another's now.
pub async fn order_batch(db: &Db, lease: &Lease) -> Result<Option<usize>, DbError> {
    let Some(pool) = db.postgres_pool() else {
        return Ok(Some(0));
    };
    let mut client = pool.get().await?;
    let transaction = client.transaction().await?;
    let held = transaction.prepare_cached(CHECK_LEASE).await?;
    if transaction
        .query_opt(&held, &[&lease.epoch()])
        .await?
        .is_none()
    {
        return Ok(None);
    }
    let take = transaction.prepare_cached(TAKE).await?;
    let rows = transaction.query(&take, &[&BATCH_MAX]).await?;
    if rows.is_empty() {
        return Ok(Some(0));
    }
    let records = rows
        .iter()
        .map(|row| StoredRecord::from_row(&Row::Postgres(row)))
        .collect::<Result<Vec<_>, _>>()?;
    let head = transaction.prepare_cached(HEAD).await?;
    let (mut position, mut hash) = match transaction.query_opt(&head, &[]).await? {
        Some(row) => (row.try_get(0)?, row.try_get(1)?),
        None => (0_i64, Vec::new()),
    };
    let mut positions = Vec::with_capacity(records.len());
    let mut ids = Vec::with_capacity(records.len());
    let mut hashes = Vec::with_capacity(records.len());
    for record in &records {
        position += 1;
        hash = record.link(&hash);
        positions.push(position);
        ids.push(record.id.0);
        hashes.push(hash.clone());
    }
    let append = transaction.prepare_cached(APPEND).await?;
    transaction
        .execute(&append, &[&positions, &ids, &hashes])
        .await?;
    let delete = transaction.prepare_cached(DELETE).await?;
    transaction.execute(&delete, &[&ids]).await?;
    transaction.commit().await?;
    Ok(Some(records.len()))
}

/// Runs the sequencer wherever the lease can be had; never returns by itself.
pub async fn run_sequencer(db: Db, holder: String) {
    loop {
        match leases::acquire(&db, "sequencer", &holder, LEASE).await {
            Ok(Some(lease)) => sequence(&db, lease).await,
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the sequencer can't ask for its lease"),
        }
        tokio::time::sleep(RETRY_EVERY).await;
    }
}

async fn sequence(db: &Db, lease: Lease) {
    tracing::info!("this node orders the journal");
    let mut renew = tokio::time::interval(RENEW_EVERY);
    loop {
        match order_batch(db, &lease).await {
            Ok(None) => return,
            Ok(Some(0)) => {
                tokio::select! {
                    () = db.bells().journal.notified() => {}
                    _ = renew.tick() => {
                        if !matches!(leases::renew(db, &lease, LEASE).await, Ok(true)) {
                            return;
                        }
                    }
                }
            }
            Ok(Some(count)) => {
                metrics::counter!("evenkeel_journal_ordered_total")
                    .increment(u64::try_from(count).unwrap_or(0));
                if let Err(error) = ring(db).await {
                    tracing::warn!(%error, "the journal's bell could not be rung");
                }
                tokio::time::sleep(BELL_EVERY).await;
            }
            Err(error) => {
                tracing::warn!(%error, "the journal can't be ordered just now");
                return;
            }
        }
    }
}

async fn ring(db: &Db) -> Result<(), DbError> {
    let Some(pool) = db.postgres_pool() else {
        return Ok(());
    };
    Ok(pool.get().await?.batch_execute(BELL).await?)
}

/// Publishes the journal's new records on this node, from `position` on; never returns by itself.
pub async fn run_tail(db: Db, url: String, live: Live) {
    let bell = Arc::new(tokio::sync::Notify::new());
    tokio::spawn(listen(url, bell.clone()));
    loop {
        let position = live.head();
        let read = db
            .read(async move |tx| super::after(tx, position, BATCH_MAX).await)
            .await;
        match read {
            Ok(records) if records.is_empty() => {
                let _ = tokio::time::timeout(RETRY_EVERY, bell.notified()).await;
            }
            Ok(records) => records
                .into_iter()
                .for_each(|record| live.publish(Arc::new(record))),
            Err(error) => {
                tracing::warn!(%error, "the journal can't be followed just now");
                tokio::time::sleep(RETRY_EVERY).await;
            }
        }
    }
}

/// Turns the server's notifications into the bell; while it can't, the tail polls.
async fn listen(url: String, bell: Arc<tokio::sync::Notify>) {
    loop {
        if let Err(error) = listen_once(&url, &bell).await {
            tracing::warn!(%error, "the journal's bell is not heard, polling instead");
        }
        tokio::time::sleep(RETRY_EVERY).await;
    }
}

async fn listen_once(url: &str, bell: &tokio::sync::Notify) -> Result<(), DbError> {
    let (client, mut connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    let mut messages = futures_util::stream::poll_fn(move |cx| connection.poll_message(cx));
    let listening = client.batch_execute("LISTEN evenkeel_journal");
    let hearing = async {
        use futures_util::StreamExt;
        while let Some(message) = messages.next().await {
            if matches!(message?, AsyncMessage::Notification(_)) {
                bell.notify_one();
            }
        }
        Ok::<(), DbError>(())
    };
    let (listened, heard) = tokio::join!(listening, hearing);
    listened?;
    heard
}
