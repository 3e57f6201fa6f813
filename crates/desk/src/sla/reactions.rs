//! The reader that moves clocks, and the job that looks at all of them again.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::clock::Clock;
use kernel::db::{DbError, Tx};
use kernel::ids::TicketId;
use kernel::jobs::{self, Job, JobError, JobHandler, NewJob, Outcome};
use kernel::journal::StoredRecord;
use kernel::readers::Reader;
use kernel::refusal::Refusal;

use super::book::Book;
use super::follow::{Cause, follow};
use super::{Review, store};
use crate::Desk;

/// The job that looks at the clocks of all tickets again.
pub const REVIEW: &str = "sla.review";
/// Tickets listed at once by it.
const TICKETS_LISTED: i64 = 500;

/// The single reader that moves clocks.
#[derive(Clone, Debug)]
pub struct ClockKeeper {
    clock: Clock,
    book: Book,
}

impl ClockKeeper {
    /// Keeps the clocks as `book` promises, by `clock`.
    pub fn new(clock: Clock, book: Book) -> Self {
        Self { clock, book }
    }
}

/// Whether a record may change what is promised to tickets.
fn changes_promises(record: &StoredRecord) -> bool {
    record.kind.starts_with("sla_policy.") || record.kind.starts_with("schedule.")
}

/// Whether a record may move the clocks of its ticket.
fn moves_clocks(record: &StoredRecord) -> bool {
    let heard = match record.kind.as_str() {
        "ticket.watched" | "ticket.gathering" => false,
        "message.received" | "reply.released" | "reply.cancelled" => true,
        kind => kind.starts_with("ticket."),
    };
    heard && record.ticket.is_some() && !record.quiet
}

impl Reader for ClockKeeper {
    fn name(&self) -> &'static str {
        "desk.sla"
    }

    fn wants(&self, record: &StoredRecord) -> bool {
        moves_clocks(record) || changes_promises(record)
    }

    fn handle<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        record: &'a StoredRecord,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            if changes_promises(record) {
                return plan_review(tx, record, self.clock.now()).await;
            }
            let Some(ticket) = record.ticket else {
                return Ok(());
            };
            let now = self.clock.now();
            follow(tx, &self.book, now, ticket, Cause::Record(record)).await
        })
    }
}

async fn plan_review(
    tx: &mut Tx<'_>,
    record: &StoredRecord,
    run_at: kernel::time::Timestamp,
) -> Result<(), Refusal> {
    let review = Review { after: TicketId(0) };
    let payload =
        serde_json::to_string(&review).map_err(|error| Refusal::broken(error.to_string()))?;
    let job = NewJob {
        kind: REVIEW,
        key: format!("sla.review:{}", record.id),
        payload,
        run_at,
        ticket: None,
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}

/// Puts the clocks of all tickets under the promises as they are now.
pub struct ReviewClocks(pub Desk);

impl JobHandler for ReviewClocks {
    fn kind(&self) -> &'static str {
        REVIEW
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let review: Review = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            let after = self.review(review).await;
            after.map_err(JobError::retry)?;
            Ok(Outcome::Done)
        }
        .boxed()
    }
}

impl ReviewClocks {
    async fn review(&self, Review { mut after }: Review) -> Result<(), Refusal> {
        let kernel = &self.0.kernel;
        loop {
            let list =
                async move |tx: &mut Tx<'_>| store::reviewed(tx, after, TICKETS_LISTED).await;
            let tickets = kernel.db.read::<_, DbError, _>(list).await?;
            let Some(last) = tickets.last() else {
                return Ok(());
            };
            after = *last;
            for ticket in tickets {
                let (book, now) = (self.0.sla.clone(), kernel.clock.now());
                kernel
                    .db
                    .write(async move |tx: &mut Tx<'_>| {
                        follow(tx, &book, now, ticket, Cause::Review).await
                    })
                    .await?;
            }
        }
    }
}
