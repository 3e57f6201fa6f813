//! Takes due jobs and has them done.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinSet;

use super::store::{self, Claimed, Ended};
use super::{ATTEMPTS_MAX, JobError, JobHandler, Outcome, pause_after};
use crate::Kernel;
use crate::db::{DbError, Tx};
use crate::keys::KeyError;
use crate::time::Timestamp;

/// Jobs done at the same time on one node.
const AT_ONCE_MAX: usize = 16;
/// A node that dies loses its jobs to others after this long.
const LEASE: Duration = Duration::from_secs(30);
const EXTEND_EVERY: Duration = Duration::from_secs(10);
/// Without a bell the table is looked at this often.
const POLL_EVERY: Duration = Duration::from_secs(5);
/// Ends are noted, and new jobs taken in their place, in one transaction for several: short jobs
/// would otherwise cost as much again in keeping their books. The first waits for others this long.
const GATHERING: Duration = Duration::from_millis(2);
const GATHERED_MAX: usize = AT_ONCE_MAX / 2;

type Handlers = HashMap<&'static str, Arc<dyn JobHandler>>;

/// Does this node's share of the jobs.
pub struct Worker {
    kernel: Kernel,
    handlers: Arc<Handlers>,
}

impl Worker {
    /// A worker that can do what these handlers can.
    pub fn new(kernel: Kernel, handlers: Vec<Arc<dyn JobHandler>>) -> Self {
        let handlers = handlers
            .into_iter()
            .map(|handler| (handler.kind(), handler))
            .collect();
        Self {
            kernel,
            handlers: Arc::new(handlers),
        }
    }

    /// Works until the task is dropped; jobs under way are then taken up again by others.
    pub async fn run(self) {
        let mut running = JoinSet::new();
        let mut ended = Vec::new();
        loop {
            if running.len() >= AT_ONCE_MAX {
                ended.extend(running.join_next().await.and_then(Result::ok).flatten());
            }
            gather(&mut running, &mut ended).await;
            let free = AT_ONCE_MAX.saturating_sub(running.len());
            match self.turn(&ended, free).await {
                Ok(jobs) if jobs.is_empty() && ended.is_empty() => {
                    ended.extend(self.wait(&mut running).await);
                }
                Ok(jobs) => {
                    ended.clear();
                    for job in jobs {
                        running.spawn(attempt(self.kernel.clone(), self.handlers.clone(), job));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "jobs can't be taken just now");
                    tokio::time::sleep(POLL_EVERY).await;
                }
            }
        }
    }

    /// Notes the jobs that are done and takes new ones, in one transaction.
    async fn turn(&self, ended: &[Ended], free: usize) -> Result<Vec<Claimed>, DbError> {
        let limit = i64::try_from(free).unwrap_or(i64::MAX);
        let now = self.kernel.clock.now();
        // A look is cheap and an idle writer is left alone: claim only what is there to claim.
        if ended.is_empty() && !any_due(&self.kernel, now).await? {
            return Ok(Vec::new());
        }
        let ended = ended.to_vec();
        self.kernel
            .db
            .write(async move |tx: &mut Tx<'_>| {
                store::finish(tx, &ended).await?;
                store::claim(tx, now, LEASE, limit).await
            })
            .await
    }

    /// Until the bell, the next due job, a finished one, which is answered, or the poll.
    async fn wait(&self, running: &mut JoinSet<Option<Ended>>) -> Option<Ended> {
        let next = self
            .kernel
            .db
            .read(async |tx: &mut Tx<'_>| store::next_due(tx).await)
            .await;
        let due = match next {
            Ok::<_, DbError>(Some(at)) => at,
            _ => self.kernel.clock.now().plus(Duration::from_secs(24 * 3600)),
        };
        tokio::select! {
            () = self.kernel.db.bells().jobs.notified() => None,
            () = self.kernel.clock.sleep_until(due) => None,
            Some(ended) = running.join_next() => ended.ok().flatten(),
            () = tokio::time::sleep(POLL_EVERY) => None,
        }
    }
}

/// Collects what has ended; where something has, others that end right behind it are waited for.
async fn gather(running: &mut JoinSet<Option<Ended>>, ended: &mut Vec<Ended>) {
    while let Some(one) = running.try_join_next() {
        ended.extend(one.ok().flatten());
    }
    if ended.is_empty() {
        return;
    }
    let late = tokio::time::sleep(GATHERING);
    tokio::pin!(late);
    while ended.len() < GATHERED_MAX {
        tokio::select! {
            one = running.join_next() => match one {
                Some(one) => ended.extend(one.ok().flatten()),
                None => return,
            },
            () = &mut late => return,
        }
    }
}

async fn any_due(kernel: &Kernel, now: Timestamp) -> Result<bool, DbError> {
    kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let database_now = tx.database_now().await?;
            store::any_due(tx, now, database_now).await
        })
        .await
}

/// Does every due job once, in turn, and answers how many that were: for tests and tools, which
/// move the clock themselves.
pub async fn run_due(
    kernel: &Kernel,
    handlers: Vec<Arc<dyn JobHandler>>,
) -> Result<usize, DbError> {
    let worker = Worker::new(kernel.clone(), handlers);
    let mut done = 0;
    loop {
        let jobs = worker.turn(&[], AT_ONCE_MAX).await?;
        if jobs.is_empty() {
            return Ok(done);
        }
        for job in jobs {
            let ended = attempt(kernel.clone(), worker.handlers.clone(), job).await;
            let ended: Vec<Ended> = ended.into_iter().collect();
            let finish = async move |tx: &mut Tx<'_>| store::finish(tx, &ended).await;
            kernel.db.write(finish).await?;
            done += 1;
        }
    }
}

/// Makes one attempt; answers a job that is done and leaves it to the caller to note that. What
/// goes on or failed is noted here.
async fn attempt(kernel: Kernel, handlers: Arc<Handlers>, claimed: Claimed) -> Option<Ended> {
    let job = &claimed.job;
    let result = tokio::select! {
        result = worked(&handlers, &claimed) => result,
        () = keep_lease(&kernel, &claimed) => return None,
    };
    let outcome = if result.is_ok() { "done" } else { "failed" };
    metrics::counter!("evenkeel_job_attempts_total", "kind" => job.kind.clone(),
        "outcome" => outcome)
    .increment(1);
    let settled = match result {
        Ok(Outcome::Done) => {
            return Some(Ended {
                job: job.id,
                claim: claimed.claim,
            });
        }
        Ok(Outcome::Again(at)) => go_on(&kernel, &claimed, at).await.map_err(KeyError::from),
        Err(error) => put_off(&kernel, &claimed, error).await,
    };
    if let Err(error) = settled {
        tracing::error!(%error, kind = job.kind, id = job.id.0, "a job's end was not noted");
    }
    None
}

async fn worked(handlers: &Handlers, claimed: &Claimed) -> Result<Outcome, JobError> {
    let job = &claimed.job;
    if job.attempt > ATTEMPTS_MAX {
        let reason = format!("it never came to an end in {ATTEMPTS_MAX} attempts");
        return Err(JobError::give_up(reason));
    }
    match handlers.get(job.kind.as_str()) {
        Some(handler) => AssertUnwindSafe(async { handler.run(job).await })
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Err(JobError::retry("the code that does it panicked"))),
        // Another node may run a newer version, which can.
        None => Err(JobError::retry(format!(
            "nothing here does jobs of kind {}",
            job.kind
        ))),
    }
}

/// Extends the lease while the work lasts; returns only when the job is another node's now.
async fn keep_lease(kernel: &Kernel, claimed: &Claimed) {
    loop {
        tokio::time::sleep(EXTEND_EVERY).await;
        let (id, claim) = (claimed.job.id, claimed.claim);
        let extend = async move |tx: &mut Tx<'_>| store::extend(tx, id, claim, LEASE).await;
        if matches!(kernel.db.write::<_, DbError, _>(extend).await, Ok(false)) {
            return;
        }
    }
}

async fn go_on(kernel: &Kernel, claimed: &Claimed, at: Timestamp) -> Result<(), DbError> {
    let (id, claim) = (claimed.job.id, claimed.claim);
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| store::postpone(tx, id, claim, at, None, true).await)
        .await
}

async fn put_off(kernel: &Kernel, claimed: &Claimed, error: JobError) -> Result<(), KeyError> {
    let (id, claim, attempt) = (claimed.job.id, claimed.claim, claimed.job.attempt);
    let now = kernel.clock.now();
    tracing::info!(
        kind = claimed.job.kind,
        id = id.0,
        attempt,
        retry = error.retry,
        "a job failed"
    );
    let key = kernel.keys.workspace().await?;
    let keys = kernel.keys.clone();
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let problem = keys.encrypt(tx, key, &error.reason).await?;
            if error.retry && attempt < ATTEMPTS_MAX {
                let at = now.plus(pause_after(attempt));
                store::postpone(tx, id, claim, at, Some(&problem), false).await?;
            } else {
                store::fail(tx, id, claim, &problem).await?;
            }
            Ok(())
        })
        .await
}
