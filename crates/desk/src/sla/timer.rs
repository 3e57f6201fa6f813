//! Warnings and breaches, when their time has come.
//!
//! Every node looks at one index: the moment at which the next clock has to be looked at. Whoever
//! comes first takes the ticket's row, notes what is due and moves that moment on, in one
//! transaction, so that each warning and breach is written once, and none is lost with a process.
//! No queue of other work stands before it.

use std::time::Duration;

use kernel::db::{DbError, Tx};
use kernel::refusal::Refusal;

use super::follow::{Cause, follow};
use super::store;
use crate::Desk;

/// Clocks that a reader set on another node are found by looking this often.
const POLL_EVERY: Duration = Duration::from_millis(500);
/// Tickets listed at once.
const LISTED: i64 = 200;
const RETRY_WAIT: Duration = Duration::from_secs(1);

/// Fires what is due, until dropped. Every node may run it.
pub async fn run(desk: Desk) {
    loop {
        match fire_due(&desk).await {
            Ok(0) => wait(&desk).await,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "clocks that are due wait for the database");
                tokio::time::sleep(RETRY_WAIT).await;
            }
        }
    }
}

async fn wait(desk: &Desk) {
    let next = async |tx: &mut Tx<'_>| store::next_timer(tx).await;
    let next = desk.kernel.db.read::<_, DbError, _>(next).await;
    let looked = tokio::time::sleep(POLL_EVERY);
    match next {
        Ok(Some(at)) => tokio::select! {
            () = desk.kernel.clock.sleep_until(at) => {}
            () = looked => {}
        },
        _ => looked.await,
    }
}

/// Fires what is due by now and answers on how many tickets that was.
///
/// # Errors
/// When the database fails; on one ticket's failure, after the others were dealt with.
pub async fn fire_due(desk: &Desk) -> Result<usize, Refusal> {
    let now = desk.kernel.clock.now();
    let list = async move |tx: &mut Tx<'_>| store::due(tx, now, LISTED).await;
    let tickets = desk.kernel.db.read::<_, DbError, _>(list).await?;
    let (mut fired, mut failed) = (0, None);
    for ticket in tickets {
        let book = desk.sla.clone();
        let fire = async move |tx: &mut Tx<'_>| follow(tx, &book, now, ticket, Cause::Timer).await;
        match desk.kernel.db.write(fire).await {
            Ok(()) => fired += 1,
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(fired), Err)
}
