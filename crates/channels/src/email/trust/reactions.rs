//! The job that checks a sender again whose domain could not be asked.

use super::commands;
use crate::Channels;
use futures_util::future::BoxFuture;
use kernel::db::{DbError, Tx};
use kernel::ids::{FailureId, TicketId};
use kernel::jobs::{self, Job, JobError, JobHandler, NewJob, Outcome};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The kind of the job.
pub const MAIL_RECHECK: &str = "mail.recheck";
/// How long after the first check it is done.
const PAUSE: Duration = Duration::from_secs(5 * 60);
/// How often it is tried, each time later; then the sender stays unchecked.
const TRIES: i64 = 9;

/// The pause while another large mail is read.
const BUSY: Duration = Duration::from_secs(2);

#[derive(Serialize, Deserialize)]
struct Payload {
    mail: FailureId,
}

/// Has the sender of a mail checked again a while later.
pub(crate) async fn enqueue(
    tx: &mut Tx<'_>,
    mail: FailureId,
    ticket: TicketId,
    at: Timestamp,
) -> Result<(), DbError> {
    let payload = serde_json::to_string(&Payload { mail })
        .map_err(|problem| DbError::Unreadable(problem.to_string()))?;
    let job = NewJob {
        kind: MAIL_RECHECK,
        key: format!("{MAIL_RECHECK}:{mail}"),
        payload,
        run_at: at.plus(PAUSE),
        ticket: Some(ticket),
    };
    jobs::enqueue(tx, job).await.map(drop)
}

/// Checks senders again.
pub struct Rechecking {
    /// The room whose mail it is.
    pub channels: Channels,
}

impl JobHandler for Rechecking {
    fn kind(&self) -> &'static str {
        MAIL_RECHECK
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        Box::pin(async move {
            let payload: Payload = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            let found = commands::recheck(&self.channels, payload.mail)
                .await
                .map_err(JobError::retry)?;
            match found {
                commands::Recheck::OutOfReach if job.attempt < TRIES => {
                    Err(JobError::retry("the sender's domain could not be asked"))
                }
                commands::Recheck::Done | commands::Recheck::OutOfReach => Ok(Outcome::Done),
                commands::Recheck::Busy => {
                    let now = self.channels.desk.kernel.clock.now();
                    Ok(Outcome::Again(now.plus(BUSY)))
                }
            }
        })
    }
}
