//! Positions and chain on PostgreSQL: given after commit by one leased sequencer.
//!
//! A write leaves its record's id in `journal_new`. The sequencer takes what its snapshot shows
//! there, in order of id, appends it to `journal_order` and deletes it from `journal_new`, all in
//! one transaction. A record that commits late is simply taken later: no reader can overtake it,
//! and transaction ids, which can invert two records of one ticket, are never compared.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use tokio::sync::Notify;
use tokio_postgres::AsyncMessage;

use super::StoredRecord;
use crate::db::{Address, Db, DbError, FromRow, Row};
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

/// Writes a record and leaves its id for the sequencer, in one round trip.
pub(super) const INSERT_AND_ANNOUNCE: &str = "WITH added AS (INSERT INTO journal (kind, version, \
    at, actor, actor_id, origin, cause, depth, brand_id, quiet, ticket_id, customer_id, agent_id, \
    request, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
    RETURNING id) INSERT INTO journal_new (record_id) SELECT id FROM added RETURNING record_id";
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
const LISTEN: &str = "LISTEN evenkeel_ordered; LISTEN evenkeel_written";
/// Rung by the sequencer: records were ordered.
const ORDERED: &str = "NOTIFY evenkeel_ordered";
/// Rung by the other nodes: records were written.
const WRITTEN: &str = "NOTIFY evenkeel_written";
const WRITTEN_CHANNEL: &str = "evenkeel_written";

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
    let head = match transaction.query_opt(&head, &[]).await? {
        Some(row) => (row.try_get(0)?, row.try_get(1)?),
        None => (0, Vec::new()),
    };
    let (positions, ids, hashes) = linked(head, &records);
    let append = transaction.prepare_cached(APPEND).await?;
    transaction
        .execute(&append, &[&positions, &ids, &hashes])
        .await?;
    let delete = transaction.prepare_cached(DELETE).await?;
    transaction.execute(&delete, &[&ids]).await?;
    transaction.commit().await?;
    Ok(Some(records.len()))
}

/// The records' positions, ids and hashes, continuing the chain from its end.
fn linked(
    (mut position, mut hash): (i64, Vec<u8>),
    records: &[StoredRecord],
) -> (Vec<i64>, Vec<i64>, Vec<Vec<u8>>) {
    let (mut positions, mut ids, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    for record in records {
        position += 1;
        hash = record.link(&hash);
        positions.push(position);
        ids.push(record.id.0);
        hashes.push(hash.clone());
    }
    (positions, ids, hashes)
}

/// Runs the sequencer wherever the lease can be had; never returns by itself.
pub async fn run_sequencer(db: Db, holder: String) {
    loop {
        match leases::acquire(&db, "sequencer", &holder, LEASE).await {
            Ok(Some(lease)) => {
                if let Err(error) = sequence(&db, &lease).await {
                    tracing::warn!(%error, "the journal can't be ordered just now");
                    tokio::time::sleep(RETRY_EVERY).await;
                }
            }
            Ok(None) => {
                // Until the lease is asked for again.
                let _ = tokio::time::timeout(RETRY_EVERY, pass_on(&db)).await;
            }
            Err(error) => {
                tracing::warn!(%error, "the sequencer can't ask for its lease");
                tokio::time::sleep(RETRY_EVERY).await;
            }
        }
    }
}

/// Orders what is written until the lease is another's.
async fn sequence(db: &Db, lease: &Lease) -> Result<(), DbError> {
    tracing::info!("this node orders the journal");
    let mut renew = tokio::time::interval(RENEW_EVERY);
    loop {
        match order_batch(db, lease).await? {
            None => return Ok(()),
            Some(0) => tokio::select! {
                () = db.bells().journal.notified() => {}
                () = db.bells().elsewhere.notified() => {}
                () = tokio::time::sleep(RETRY_EVERY) => {}
            },
            Some(count) => {
                metrics::counter!("evenkeel_journal_ordered_total")
                    .increment(u64::try_from(count).unwrap_or(0));
                ring(db, ORDERED).await?;
                tokio::time::sleep(BELL_EVERY).await;
            }
        }
        if renew.tick().now_or_never().is_some() && !leases::renew(db, lease, LEASE).await? {
            return Ok(());
        }
    }
}

/// Tells the sequencer on another node of what is written on this one.
async fn pass_on(db: &Db) {
    loop {
        db.bells().journal.notified().await;
        if let Err(error) = ring(db, WRITTEN).await {
            tracing::warn!(%error, "the sequencer's bell could not be rung");
        }
        tokio::time::sleep(BELL_EVERY).await;
    }
}

async fn ring(db: &Db, bell: &str) -> Result<(), DbError> {
    let Some(pool) = db.postgres_pool() else {
        return Ok(());
    };
    Ok(pool.get().await?.batch_execute(bell).await?)
}

/// Publishes the journal's new records on this node, from where its hub stands, and hears the
/// bells of the other nodes; never returns by itself.
pub async fn run_tail(db: Db, url: String, live: Live) {
    let bell = Notify::new();
    tokio::join!(listen(&db, &url, &bell), publish(&db, &bell, &live));
}

async fn publish(db: &Db, bell: &Notify, live: &Live) {
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

/// Turns the server's notifications into bells; while it can't, everybody polls.
async fn listen(db: &Db, url: &str, ordered: &Notify) {
    loop {
        if let Err(error) = listen_once(db, url, ordered).await {
            tracing::warn!(%error, "the journal's bell is not heard, polling instead");
        }
        tokio::time::sleep(RETRY_EVERY).await;
    }
}

async fn listen_once(db: &Db, url: &str, ordered: &Notify) -> Result<(), DbError> {
    let (client, mut connection) = Address::parse(url)?.connect().await?;
    let mut messages = futures_util::stream::poll_fn(move |cx| connection.poll_message(cx));
    let listening = client.batch_execute(LISTEN);
    let hearing = async {
        while let Some(message) = messages.next().await {
            if let AsyncMessage::Notification(rung) = message? {
                if rung.channel() == WRITTEN_CHANNEL {
                    db.bells().elsewhere.notify_one();
                } else {
                    ordered.notify_one();
                }
            }
        }
        Ok::<(), DbError>(())
    };
    let (listened, heard) = tokio::join!(listening, hearing);
    listened?;
    heard
}
