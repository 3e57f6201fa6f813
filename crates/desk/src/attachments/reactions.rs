//! What happens to uploads by itself.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::jobs::{Job, JobError, JobHandler, Outcome};

use super::commands::{self, SweepUpload};
use crate::Desk;

/// Removes uploads that no message took in time.
pub struct SweepUploads(pub Desk);

impl JobHandler for SweepUploads {
    fn kind(&self) -> &'static str {
        commands::SWEEP_UPLOAD
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let SweepUpload { attachment } =
                serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            commands::sweep(&self.0, attachment)
                .await
                .map_err(JobError::retry)?;
            Ok(Outcome::Done)
        }
        .boxed()
    }
}
