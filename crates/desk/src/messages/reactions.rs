//! What happens to messages by itself.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::jobs::{Job, JobError, JobHandler, Outcome};

use super::commands::release::{self, RELEASE};
use crate::Desk;

/// Sends scheduled replies on their way.
pub struct ReleaseReplies(pub Desk);

impl JobHandler for ReleaseReplies {
    fn kind(&self) -> &'static str {
        RELEASE
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let reply = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            release::release(&self.0, reply)
                .await
                .map_err(JobError::retry)?;
            Ok(Outcome::Done)
        }
        .boxed()
    }
}
