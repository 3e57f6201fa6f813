//! The jobs' SQL.

use std::time::Duration;

use super::{FailedJob, Job, KEPT, NewJob, claim_postgres, claim_sqlite};
use crate::db::{DbError, FromRow, Row, Tx};
use crate::ids::JobId;
use crate::keys::Encrypted;
use crate::time::Timestamp;

const INSERT: &str = "INSERT INTO jobs (kind, key, payload, ticket_id, run_at, attempt, claim, \
    state, lease_until, created_at) VALUES ($1, $2, $3, $4, $5, 0, 0, 'ready', 0, $5) \
    ON CONFLICT (key) DO NOTHING RETURNING id";
const CANCEL: &str =
    "UPDATE jobs SET state = 'cancelled' WHERE key = $1 AND state = 'ready' RETURNING id";
const POSTPONE: &str = "UPDATE jobs SET state = 'ready', run_at = $3, problem = $4, \
    attempt = CASE WHEN $5 = 1 THEN 0 ELSE attempt END WHERE id = $1 AND claim = $2";
const FAIL: &str = "UPDATE jobs SET state = 'failed', problem = $3 WHERE id = $1 AND claim = $2";
const EXTEND: &str = "UPDATE jobs SET lease_until = $3 WHERE id = $1 AND claim = $2";
const NEXT: &str = "SELECT run_at FROM jobs WHERE state = 'ready' ORDER BY run_at, id LIMIT 1";
const ANY_DUE: &str = "SELECT 1 WHERE EXISTS (SELECT 1 FROM jobs WHERE state = 'ready' \
    AND run_at <= $1) OR EXISTS (SELECT 1 FROM jobs WHERE state = 'running' AND lease_until < $2)";
const FAILED: &str = "SELECT id, kind, key, payload, attempt, problem, ticket_id, created_at \
    FROM jobs WHERE state = 'failed' AND id > $1 ORDER BY id LIMIT $2";
const DUE: &str = "SELECT run_at FROM jobs WHERE key = $1 AND state = 'ready'";
const RERUN: &str = "UPDATE jobs SET state = 'ready', attempt = 0, run_at = $2 \
    WHERE id = $1 AND state = 'failed'";
const SWEEP: &str = "DELETE FROM jobs WHERE state IN ('done', 'cancelled') AND run_at < $1";

impl FromRow for Job {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            key: row.get(2)?,
            payload: row.get(3)?,
            attempt: row.get(4)?,
        })
    }
}

/// A job taken by one worker. Its number grows each time a job is taken and never starts over, so a
/// worker that lost the job changes nothing on it any more.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    pub job: Job,
    pub claim: i64,
}

/// An attempt that did its job, which is not noted yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ended {
    pub job: JobId,
    pub claim: i64,
}

impl FromRow for Claimed {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            job: Job::from_row(row)?,
            claim: row.get(5)?,
        })
    }
}

/// Adds a job; `false` when its key exists already.
pub async fn enqueue(tx: &mut Tx<'_>, job: NewJob) -> Result<bool, DbError> {
    let params = [
        job.kind.into(),
        job.key.into(),
        job.payload.into(),
        job.ticket.into(),
        job.run_at.into(),
    ];
    tx.jobs_moved();
    Ok(tx.one::<(JobId,)>(INSERT, &params).await?.is_some())
}

/// Takes back a job that has not begun; `false` when it has, or does not exist.
pub async fn cancel(tx: &mut Tx<'_>, key: &str) -> Result<bool, DbError> {
    Ok(tx.one::<(JobId,)>(CANCEL, &[key.into()]).await?.is_some())
}

impl FromRow for FailedJob {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            job: Job::from_row(row)?,
            problem: row.get(5)?,
            ticket: row.get(6)?,
            created_at: row.get(7)?,
        })
    }
}

/// Jobs that failed for good, behind job `after`, with what went wrong.
pub async fn failed(tx: &mut Tx<'_>, after: JobId, limit: i64) -> Result<Vec<FailedJob>, DbError> {
    tx.all(FAILED, &[after.into(), limit.into()]).await
}

/// When the job of this key is tried next; `None` while it runs or when it has ended.
pub async fn due(tx: &mut Tx<'_>, key: &str) -> Result<Option<Timestamp>, DbError> {
    let row = tx.one::<(Timestamp,)>(DUE, &[key.into()]).await?;
    Ok(row.map(|(at,)| at))
}

/// Lets a failed job begin anew; `false` when it is not a failed one.
pub async fn rerun(tx: &mut Tx<'_>, job: JobId, at: Timestamp) -> Result<bool, DbError> {
    tx.jobs_moved();
    Ok(tx.execute(RERUN, &[job.into(), at.into()]).await? == 1)
}

/// Removes ended jobs after [`KEPT`].
pub async fn sweep(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(SWEEP, &[now.minus(KEPT).into()]).await
}

pub(super) async fn claim(
    tx: &mut Tx<'_>,
    now: Timestamp,
    lease: Duration,
    limit: i64,
) -> Result<Vec<Claimed>, DbError> {
    let database_now = tx.database_now().await?;
    let sql = tx.dialect(claim_sqlite::CLAIM, claim_postgres::CLAIM);
    let until = database_now.plus(lease);
    let params = [now.into(), until.into(), database_now.into(), limit.into()];
    tx.all(sql, &params).await
}

pub(super) async fn extend(
    tx: &mut Tx<'_>,
    job: JobId,
    claim: i64,
    lease: Duration,
) -> Result<bool, DbError> {
    let until = tx.database_now().await?.plus(lease);
    Ok(tx
        .execute(EXTEND, &[job.into(), claim.into(), until.into()])
        .await?
        == 1)
}

/// Notes that these attempts did their jobs; those that lost theirs meanwhile change nothing.
pub(super) async fn finish(tx: &mut Tx<'_>, ended: &[Ended]) -> Result<(), DbError> {
    if ended.is_empty() {
        return Ok(());
    }
    let pairs: Vec<String> = ended
        .iter()
        .map(|ended| format!("[{},{}]", ended.job, ended.claim))
        .collect();
    let pairs = format!("[{}]", pairs.join(","));
    let sql = tx.dialect(claim_sqlite::FINISH, claim_postgres::FINISH);
    tx.execute(sql, &[pairs.into()]).await.map(drop)
}

/// Puts the job back until `at`; with `anew` its attempts are counted from the start.
pub(super) async fn postpone(
    tx: &mut Tx<'_>,
    job: JobId,
    claim: i64,
    at: Timestamp,
    problem: Option<&Encrypted<String>>,
    anew: bool,
) -> Result<(), DbError> {
    let params = [
        job.into(),
        claim.into(),
        at.into(),
        problem.into(),
        anew.into(),
    ];
    tx.jobs_moved();
    tx.execute(POSTPONE, &params).await.map(drop)
}

pub(super) async fn fail(
    tx: &mut Tx<'_>,
    job: JobId,
    claim: i64,
    problem: &Encrypted<String>,
) -> Result<(), DbError> {
    tx.execute(FAIL, &[job.into(), claim.into(), problem.into()])
        .await
        .map(drop)
}

/// When the next job is due.
pub(super) async fn next_due(tx: &mut Tx<'_>) -> Result<Option<Timestamp>, DbError> {
    Ok(tx.one::<(Timestamp,)>(NEXT, &[]).await?.map(|(at,)| at))
}

pub(super) async fn any_due(
    tx: &mut Tx<'_>,
    now: Timestamp,
    database_now: Timestamp,
) -> Result<bool, DbError> {
    Ok(tx
        .one::<(i64,)>(ANY_DUE, &[now.into(), database_now.into()])
        .await?
        .is_some())
}
