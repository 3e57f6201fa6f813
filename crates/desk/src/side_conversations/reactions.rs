//! What an answer in a side conversation does to its ticket.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::db::Tx;
use kernel::ids::TicketId;
use kernel::jobs::{Job, JobError, JobHandler, Outcome};
use kernel::journal::Context;
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};

use crate::Desk;
use crate::tickets::commands::{change, open_survivor, still};
use crate::tickets::{self, Place, Status};

/// The job that wakes a ticket because somebody answered beside it.
pub const ANSWERED: &str = "side_conversation.answered";

/// The payload of [`ANSWERED`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Answered {
    /// The ticket.
    pub ticket: TicketId,
}

/// Wakes tickets beside which somebody answered.
pub struct WakeBesides(pub Desk);

impl JobHandler for WakeBesides {
    fn kind(&self) -> &'static str {
        ANSWERED
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let job = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            wake(&self.0, job).await.map_err(JobError::retry)?;
            Ok(Outcome::Done)
        }
        .boxed()
    }
}

/// Wakes the ticket: whom it was on hold for has answered.
async fn wake(desk: &Desk, job: Answered) -> Result<(), Refusal> {
    let ctx = Context::system(desk.kernel.clock.now());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let Some((mut ticket, ctx)) = still(open_survivor(tx, &ctx, job.ticket).await)? else {
                return Ok(());
            };
            if ticket.place != Place::Desk {
                return Ok(());
            }
            change::snooze(tx, &ctx, &mut ticket, None).await?;
            if ticket.status == Status::OnHold {
                change::status(tx, &ctx, &mut ticket, Status::Open).await?;
            }
            tickets::store::save(tx, &ticket).await?;
            Ok(())
        })
        .await
}
