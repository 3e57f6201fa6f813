//! Forgetting discarded mail when its time is over.

use super::commands;
use futures_util::future::BoxFuture;
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::FailureId;
use kernel::jobs::{self, Job, JobError, JobHandler, NewJob, Outcome};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The kind of the job.
pub const MAIL_FORGET: &str = "mail.forget";

#[derive(Serialize, Deserialize)]
struct Payload {
    mail: FailureId,
    discarded_at: Timestamp,
}

/// Has a mail forgotten [`super::DISCARDED_KEPT`] after it was discarded.
pub(super) async fn enqueue(
    tx: &mut Tx<'_>,
    mail: FailureId,
    discarded_at: Timestamp,
) -> Result<(), DbError> {
    let payload = Payload { mail, discarded_at };
    let payload = serde_json::to_string(&payload)
        .map_err(|problem| DbError::Unreadable(problem.to_string()))?;
    let job = NewJob {
        kind: MAIL_FORGET,
        key: format!("{MAIL_FORGET}:{mail}:{}", discarded_at.micros()),
        payload,
        run_at: discarded_at.plus(super::DISCARDED_KEPT),
        ticket: None,
    };
    jobs::enqueue(tx, job).await.map(drop)
}

/// Forgets discarded mail.
pub struct Forgetting {
    /// Where it is kept.
    pub kernel: Kernel,
}

impl JobHandler for Forgetting {
    fn kind(&self) -> &'static str {
        MAIL_FORGET
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        Box::pin(async move {
            let payload: Payload = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            commands::forget(&self.kernel, payload.mail, payload.discarded_at)
                .await
                .map_err(JobError::retry)?;
            Ok(Outcome::Done)
        })
    }
}
