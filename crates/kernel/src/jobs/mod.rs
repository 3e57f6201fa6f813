//! Durable outside work: sent mail, fetched mailboxes, called webhooks.
//!
//! A job is enqueued in the transaction that wants it, under a unique key, so that it exists once
//! and only if that transaction is kept. A worker takes due jobs under a lease by the database's
//! clock, retries with back-off, and leaves what fails for good visible and re-runnable.

mod claim_postgres;
mod claim_sqlite;
mod store;
mod worker;

use std::time::Duration;

use futures_util::future::BoxFuture;

pub use store::{cancel, due, enqueue, failed, rerun, sweep};
pub use worker::{Worker, run_due};

use crate::ids::{JobId, TicketId};
use crate::keys::Encrypted;
use crate::time::Timestamp;

/// After this many attempts a job has failed.
pub const ATTEMPTS_MAX: i64 = 12;
/// Done jobs are kept this long: so long does their unique key hold.
pub const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const PAUSE_MAX: Duration = Duration::from_secs(3600);

/// A job to be done.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Which handler does it, as in `mail.deliver`.
    pub kind: &'static str,
    /// Unique for this piece of work.
    pub key: String,
    /// JSON of ids, numbers and encrypted values.
    pub payload: String,
    /// Not before.
    pub run_at: Timestamp,
    /// The ticket it belongs to.
    pub ticket: Option<TicketId>,
}

/// A job under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Which handler does it.
    pub kind: String,
    /// Its unique key.
    pub key: String,
    /// As in [`NewJob::payload`].
    pub payload: String,
    /// Counted from 1.
    pub attempt: i64,
}

/// A job that gave up and waits for a person.
#[derive(Clone, Debug)]
pub struct FailedJob {
    /// The job.
    pub job: Job,
    /// What went wrong last.
    pub problem: Option<Encrypted<String>>,
    /// The ticket it belongs to.
    pub ticket: Option<TicketId>,
    /// When it was wanted.
    pub created_at: Timestamp,
}

/// How an attempt ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The work is done.
    Done,
    /// All is well, and the work goes on at this time.
    Again(Timestamp),
}

/// How an attempt failed.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct JobError {
    /// What happened, in plain words.
    pub reason: String,
    /// Whether another attempt may help.
    pub retry: bool,
}

impl JobError {
    /// Another attempt may help.
    pub fn retry(reason: impl ToString) -> Self {
        Self {
            reason: reason.to_string(),
            retry: true,
        }
    }

    /// No attempt will help.
    pub fn give_up(reason: impl ToString) -> Self {
        Self {
            reason: reason.to_string(),
            retry: false,
        }
    }
}

/// Does one kind of job. The same job can be handed over again after a crash, so a handler makes
/// its effect safe to repeat or finds out what it did.
pub trait JobHandler: Send + Sync {
    /// The kind it does.
    fn kind(&self) -> &'static str;

    /// Makes one attempt.
    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>>;
}

/// How long to wait after the given failed attempt: 5 s, 10 s, 20 s … up to an hour.
pub fn pause_after(attempt: i64) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1))
        .unwrap_or(0)
        .min(16);
    FIRST_PAUSE
        .saturating_mul(2_u32.saturating_pow(doublings))
        .min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let pauses: Vec<u64> = (1..=12).map(|n| pause_after(n).as_secs()).collect();
        assert_eq!(
            pauses,
            [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]
        );
    }
}
