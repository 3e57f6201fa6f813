//! Turning acknowledgements on, and claiming one for a mail that is being filed.

use super::{
    ACKNOWLEDGE, Acknowledgement, AcknowledgementChanged, AcknowledgementLanguage, Payload, store,
};
use crate::email::flood;
use crate::inboxes;
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::{InboxId, TicketId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Change, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

/// Has an inbox acknowledge mail, or no longer.
///
/// # Errors
/// Missing permission, no such inbox, changed meanwhile.
pub async fn set(
    kernel: &Kernel,
    caller: &Caller,
    inbox: InboxId,
    wanted: Acknowledgement,
) -> Result<(), Refusal> {
    caller.require(Permission::InboxManage)?;
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if inboxes::store::find(tx, inbox).await?.is_none() {
                return Err(Refusal::NotFound { what: "inbox" });
            }
            let before = store::lock(tx, inbox).await?;
            if before.version != wanted.version {
                return Err(Refusal::Stale {
                    what: "acknowledgement",
                });
            }
            if (before.enabled, before.language) == (wanted.enabled, wanted.language) {
                return Ok(());
            }
            store::save(tx, inbox, wanted.enabled, wanted.language).await?;
            let record = AcknowledgementChanged {
                inbox,
                enabled: Change {
                    from: before.enabled,
                    to: wanted.enabled,
                },
                language: Change::<AcknowledgementLanguage> {
                    from: before.language,
                    to: wanted.language,
                },
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            Ok(())
        })
        .await
}

/// Plans the acknowledgement of a mail that just opened a ticket, if its inbox has it so and the
/// address had none today. `address` is as [`flood::sender`] gives it.
///
/// # Errors
/// The database failed.
pub(crate) async fn plan(
    tx: &mut Tx<'_>,
    inbox: InboxId,
    address: [u8; 32],
    ticket: TicketId,
    at: Timestamp,
) -> Result<(), DbError> {
    let is_wanted = store::find(tx, inbox).await?.enabled;
    if !is_wanted || flood::is_over(tx, address, at).await? {
        return Ok(());
    }
    let day = at.micros().div_euclid(86_400_000_000);
    if !store::claim_day(tx, address, day, ticket).await? {
        return Ok(());
    }
    let payload = Payload { ticket, inbox, day };
    let payload = serde_json::to_string(&payload)
        .map_err(|problem| DbError::Unreadable(problem.to_string()))?;
    let job = NewJob {
        kind: ACKNOWLEDGE,
        key: format!("{ACKNOWLEDGE}:{ticket}"),
        payload,
        run_at: at,
        ticket: Some(ticket),
    };
    jobs::enqueue(tx, job).await.map(drop)
}
