//! Forgetting, by itself, what no limit asks for any more.

use super::{FORGET, commands};
use crate::Channels;
use futures_util::future::BoxFuture;
use kernel::jobs::{Job, JobError, JobHandler, Outcome};
use std::time::Duration;

/// How often: what is old by then is small.
const EVERY: Duration = Duration::from_hours(6);

/// The one job that forgets. It never ends.
pub struct Forgetting {
    /// The room.
    pub channels: Channels,
}

impl JobHandler for Forgetting {
    fn kind(&self) -> &'static str {
        FORGET
    }

    fn run<'a>(&'a self, _: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        Box::pin(async move {
            let kernel = &self.channels.desk.kernel;
            commands::forget(kernel).await.map_err(JobError::retry)?;
            Ok(Outcome::Again(kernel.clock.now().plus(EVERY)))
        })
    }
}
