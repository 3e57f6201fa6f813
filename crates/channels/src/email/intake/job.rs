//! The job that files a stored mail.

use super::{State, commands};
use crate::Channels;
use futures_util::future::BoxFuture;
use kernel::db::{DbError, Tx};
use kernel::ids::{FailureId, InboxId};
use kernel::jobs::{self, Job, JobError, JobHandler, NewJob, Outcome};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The kind of the job.
pub const MAIL_PROCESS: &str = "mail.process";

/// A mail whose filing broke this often is shown to a person instead of being tried on: it may be
/// the mail that ends the process.
const ATTEMPTS_MAX: i64 = 5;

/// A large mail looks so soon again whether another one is still being read, and holds up nothing
/// meanwhile.
const NEXT_LARGE: Duration = Duration::from_secs(2);

/// After this time an import that did not file what it stored is dead.
const IMPORT_MAX: Duration = Duration::from_secs(600);

#[derive(Serialize, Deserialize)]
struct Payload {
    mail: FailureId,
}

/// Has a mail filed, once per received state: a retried mail gets a new job.
pub(crate) async fn enqueue(
    tx: &mut Tx<'_>,
    mail: FailureId,
    at: Timestamp,
) -> Result<(), DbError> {
    let key = format!("{MAIL_PROCESS}:{mail}:{}", at.micros());
    enqueue_as(tx, key, mail, at).await
}

/// Leaves an imported mail to the import that stored it: this is done only if that was killed.
pub(crate) async fn enqueue_imported(
    tx: &mut Tx<'_>,
    mail: FailureId,
    at: Timestamp,
) -> Result<(), DbError> {
    enqueue_as(tx, imported_key(mail), mail, at.plus(IMPORT_MAX)).await
}

/// The import filed these mails itself.
pub(crate) async fn forget_imported(tx: &mut Tx<'_>, mails: &[FailureId]) -> Result<(), DbError> {
    for &mail in mails {
        jobs::cancel(tx, &imported_key(mail)).await?;
    }
    Ok(())
}

fn imported_key(mail: FailureId) -> String {
    format!("{MAIL_PROCESS}:{mail}:import")
}

/// Has a further entrance of a mail shown on its ticket.
pub(crate) async fn enqueue_entrance(
    tx: &mut Tx<'_>,
    mail: FailureId,
    inbox: InboxId,
    at: Timestamp,
) -> Result<(), DbError> {
    let key = format!("{MAIL_PROCESS}:{mail}:inbox:{inbox}");
    enqueue_as(tx, key, mail, at).await
}

async fn enqueue_as(
    tx: &mut Tx<'_>,
    key: String,
    mail: FailureId,
    at: Timestamp,
) -> Result<(), DbError> {
    let payload = serde_json::to_string(&Payload { mail })
        .map_err(|problem| DbError::Unreadable(problem.to_string()))?;
    let job = NewJob {
        kind: MAIL_PROCESS,
        key,
        payload,
        run_at: at,
        ticket: None,
    };
    jobs::enqueue(tx, job).await.map(drop)
}

/// Files stored mail.
pub struct Processing {
    /// The room whose mail it is.
    pub channels: Channels,
}

impl JobHandler for Processing {
    fn kind(&self) -> &'static str {
        MAIL_PROCESS
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        Box::pin(async move {
            let payload: Payload = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            if job.attempt > ATTEMPTS_MAX {
                let reason = "Filing this mail was interrupted five times.";
                commands::fail(&self.channels.desk.kernel, payload.mail, reason)
                    .await
                    .map_err(JobError::retry)?;
                return Ok(Outcome::Done);
            }
            match commands::file_if_free(&self.channels, payload.mail).await {
                Ok(filed) if filed.state == State::Received => {
                    let now = self.channels.desk.kernel.clock.now();
                    Ok(Outcome::Again(now.plus(NEXT_LARGE)))
                }
                Ok(_) | Err(Refusal::NotFound { .. }) => Ok(Outcome::Done),
                Err(refusal) => Err(JobError::retry(refusal)),
            }
        })
    }
}
