//! Removing what tickets hold in a field that was deleted, a few at a time.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::ids::FieldId;
use kernel::jobs::{Job, JobError, JobHandler, Outcome};
use serde::{Deserialize, Serialize};

use super::values::commands;
use crate::Desk;

/// The job that removes the values of a deleted field.
pub const SWEEP_VALUES: &str = "fields.sweep";

/// The payload of [`SWEEP_VALUES`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SweepFieldValues {
    /// The field that is gone.
    pub field: FieldId,
}

/// Removes the values of deleted fields.
pub struct SweepValues(pub Desk);

impl JobHandler for SweepValues {
    fn kind(&self) -> &'static str {
        SWEEP_VALUES
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let SweepFieldValues { field } =
                serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            commands::sweep(&self.0.kernel, field)
                .await
                .map_err(JobError::retry)?;
            Ok(Outcome::Done)
        }
        .boxed()
    }
}
