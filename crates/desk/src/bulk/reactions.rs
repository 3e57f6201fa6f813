//! The jobs that do work on many tickets, take it back, and forget it.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::jobs::{Job, JobError, JobHandler, Outcome};

use super::commands::{self, SWEEP, UNDO, WORK, Which};
use super::{act, undo};
use crate::Desk;

/// Tickets dealt with in one turn, so that other jobs get theirs.
const AT_ONCE: usize = 200;

/// Does the work, ticket by ticket.
pub struct WorkOnMany(pub Desk);

impl JobHandler for WorkOnMany {
    fn kind(&self) -> &'static str {
        WORK
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let Which { bulk } = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            for _ in 0..AT_ONCE {
                if !act::next(&self.0, bulk).await.map_err(JobError::retry)? {
                    return Ok(Outcome::Done);
                }
            }
            Ok(Outcome::Again(self.0.kernel.clock.now()))
        }
        .boxed()
    }
}

/// Takes it back, ticket by ticket.
pub struct UndoOnMany(pub Desk);

impl JobHandler for UndoOnMany {
    fn kind(&self) -> &'static str {
        UNDO
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let Which { bulk } = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            for _ in 0..AT_ONCE {
                if !undo::next(&self.0, bulk).await.map_err(JobError::retry)? {
                    return Ok(Outcome::Done);
                }
            }
            Ok(Outcome::Again(self.0.kernel.clock.now()))
        }
        .boxed()
    }
}

/// Forgets it when its time is over.
pub struct ForgetBulk(pub Desk);

impl JobHandler for ForgetBulk {
    fn kind(&self) -> &'static str {
        SWEEP
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let Which { bulk } = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            commands::sweep(&self.0, bulk)
                .await
                .map_err(JobError::retry)?;
            Ok(Outcome::Done)
        }
        .boxed()
    }
}
