//! Looking again, by itself, whether keys are published.

use super::{Published, commands, store};
use crate::Channels;
use futures_util::future::BoxFuture;
use kernel::db::{DbError, Tx};
use kernel::jobs::{Job, JobError, JobHandler, Outcome};
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The job that follows one pair of keys until it retires.
pub const DKIM_CHECK: &str = "dkim.check";
/// While keys wait for their records.
pub const EVERY_SOON: Duration = Duration::from_secs(10 * 60);
/// Once they are published: records get lost when a domain moves.
const EVERY_LATER: Duration = Duration::from_secs(6 * 3600);

/// The payload of [`DKIM_CHECK`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Check {
    /// The domain.
    pub domain: String,
    /// The pair.
    pub generation: i64,
}

/// Checks the records of a domain from time to time.
pub struct Checking {
    /// The room.
    pub channels: Channels,
}

impl JobHandler for Checking {
    fn kind(&self) -> &'static str {
        DKIM_CHECK
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        Box::pin(async move {
            let check: Check = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            match commands::check(&self.channels, &check.domain).await {
                Ok(_) => {}
                // No inbox sends from it any more.
                Err(Refusal::NotFound { .. }) => return Ok(Outcome::Done),
                Err(problem) => return Err(JobError::retry(problem)),
            }
            let kernel = &self.channels.desk.kernel;
            let read = async move |tx: &mut Tx<'_>| store::of_domain(tx, &check.domain).await;
            let keys = kernel.db.read::<_, DbError, _>(read).await;
            let mut living = keys
                .map_err(JobError::retry)?
                .into_iter()
                .filter(|key| key.generation == check.generation && key.retired_at.is_none())
                .peekable();
            if living.peek().is_none() {
                return Ok(Outcome::Done);
            }
            let all_found = living.all(|key| key.published == Published::Found);
            let pause = if all_found { EVERY_LATER } else { EVERY_SOON };
            Ok(Outcome::Again(kernel.clock.now().plus(pause)))
        })
    }
}
