//! What happens after somebody went home.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::jobs::{Job, JobError, JobHandler, Outcome};

use super::commands::{RETURN, Return, return_waiting};
use crate::Desk;

/// Gives waiting tickets back to their queues.
pub struct ReturnTickets(pub Desk);

impl JobHandler for ReturnTickets {
    fn kind(&self) -> &'static str {
        RETURN
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let Return { agent } = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            return_waiting(&self.0.kernel, agent)
                .await
                .map_err(JobError::retry)?;
            Ok(Outcome::Done)
        }
        .boxed()
    }
}
