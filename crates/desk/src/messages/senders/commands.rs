//! Keeping and showing what is known of a sender.

use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{KeyId, TicketId};
use kernel::journal::{self, Change, Context};
use kernel::refusal::Refusal;

use super::{SenderCheck, SenderChecked, StoredCheck, store};
use crate::Desk;
use crate::merges;
use crate::tickets::commands::{open, subject};

/// Keeps what is known of a message's sender, under the author's key.
pub(crate) async fn note(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    message: (TicketId, i64),
    key: KeyId,
    check: &SenderCheck,
) -> Result<(), Refusal> {
    let json = serde_json::to_string(check).map_err(|error| Refusal::broken(error.to_string()))?;
    let detail = kernel.keys.encrypt(tx, key, &json).await?;
    store::note(tx, message, check.standing, detail, key).await?;
    Ok(())
}

/// What is known of the sender of message `number`; `None` when nobody looked or it was erased.
pub(crate) async fn present(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    stored: &[StoredCheck],
    number: i64,
) -> Result<Option<SenderCheck>, Refusal> {
    let Some(stored) = stored.iter().find(|check| check.number == number) else {
        return Ok(None);
    };
    let Some(json) = kernel.keys.decrypt(tx, &stored.detail).await? else {
        return Ok(None);
    };
    let check = serde_json::from_str(&json)
        .map_err(|error| Refusal::broken(format!("a stored check can't be read: {error}")))?;
    Ok(Some(check))
}

/// Replaces what is known of a message's sender: it was checked again. A message that is gone or
/// was erased meanwhile stays so.
pub async fn reassess(
    desk: &Desk,
    ticket: TicketId,
    number: i64,
    check: SenderCheck,
) -> Result<(), Refusal> {
    let (kernel, ctx) = (
        desk.kernel.clone(),
        Context::system(desk.kernel.clock.now()),
    );
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let place = merges::store::whereabouts(tx, (ticket, number)).await?;
            let Some((ticket, number)) = place else {
                return Ok(());
            };
            let (ticket, ctx) = match open(tx, &ctx, ticket).await {
                Ok(opened) => opened,
                Err(Refusal::NotFound { .. }) => return Ok(()),
                Err(other) => return Err(other),
            };
            let stored = store::of_messages(tx, ticket.id, number, number).await?;
            let Some(before) = stored.into_iter().next() else {
                return Ok(());
            };
            if kernel.keys.decrypt(tx, &before.detail).await?.is_none() {
                return Ok(());
            }
            note(&kernel, tx, (ticket.id, number), before.key, &check).await?;
            if before.standing != check.standing {
                let standing = Change {
                    from: before.standing,
                    to: check.standing,
                };
                let record = SenderChecked { number, standing };
                journal::append(tx, &ctx, subject(&ticket), &record).await?;
            }
            Ok(())
        })
        .await
}
