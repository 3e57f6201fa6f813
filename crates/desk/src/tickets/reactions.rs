//! What happens to tickets by itself, and what other rooms ask of them.

use customers::TicketCounts;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use kernel::db::{DbError, Tx};
use kernel::ids::CustomerId;
use kernel::jobs::{Job, JobError, JobHandler, Outcome};

use super::commands::sleep::{self, PURGE, WAKE};
use super::store;
use crate::Desk;

/// Wakes tickets whose time has come.
pub struct WakeTickets(pub Desk);

impl JobHandler for WakeTickets {
    fn kind(&self) -> &'static str {
        WAKE
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let wake = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            sleep::wake(&self.0, wake).await.map_err(JobError::retry)?;
            Ok(Outcome::Done)
        }
        .boxed()
    }
}

/// Purges tickets that lay in the trash long enough.
pub struct PurgeTickets(pub Desk);

impl JobHandler for PurgeTickets {
    fn kind(&self) -> &'static str {
        PURGE
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let purge = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            sleep::purge(&self.0, purge)
                .await
                .map_err(JobError::retry)?;
            Ok(Outcome::Done)
        }
        .boxed()
    }
}

/// Tells the customers' room how many tickets someone has.
#[derive(Clone, Copy, Debug)]
pub struct TicketsOfCustomer;

impl TicketCounts for TicketsOfCustomer {
    fn count<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        customer: CustomerId,
    ) -> BoxFuture<'a, Result<i64, DbError>> {
        store::count_of_customer(tx, customer).boxed()
    }
}
