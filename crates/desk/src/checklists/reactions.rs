//! What time does to tasks.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::jobs::{Job, JobError, JobHandler, Outcome};

use super::commands::{self, FALL_DUE};
use crate::Desk;

/// Tells of tasks whose time has come.
pub struct TellDueTasks(pub Desk);

impl JobHandler for TellDueTasks {
    fn kind(&self) -> &'static str {
        FALL_DUE
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let due = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            commands::fall_due(&self.0, due)
                .await
                .map_err(JobError::retry)?;
            Ok(Outcome::Done)
        }
        .boxed()
    }
}
