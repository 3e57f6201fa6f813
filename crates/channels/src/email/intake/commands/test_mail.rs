//! A test mail of ours that came back: it ends its test and becomes no ticket.

use super::file::{Filed, fingerprint, settle_duplicate};
use crate::email::intake::{InboundMail, State, store};
use crate::email::parse::ParsedMail;
use crate::email::round_trip::commands as round_trip;
use crate::inboxes::Inbox;
use kernel::Kernel;
use kernel::db::Tx;
use kernel::refusal::Refusal;

/// Settles a test mail; `None` for a mail that is to be filed like any other.
pub(super) async fn settle(
    kernel: &Kernel,
    mail: &InboundMail,
    inbox: &Inbox,
    parsed: &ParsedMail,
) -> Result<Option<Filed>, Refusal> {
    let Some(home) = round_trip::homecoming(kernel, parsed).await? else {
        return Ok(None);
    };
    let fingerprint = fingerprint(kernel, parsed);
    let (keys, id, inbox, now) = (
        kernel.keys.clone(),
        mail.id,
        inbox.clone(),
        kernel.clock.now(),
    );
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let locked = store::lock(tx, id).await?;
            let Some(mail) = locked.filter(|mail| mail.state == State::Received) else {
                return Ok(None);
            };
            let times = (mail.received_at, now);
            if !round_trip::came_back(tx, &keys, &inbox, &home, times).await? {
                return Ok(None);
            }
            // Further copies of the same mail are known as copies.
            if let Some(fingerprint) = fingerprint {
                store::claim_fingerprint(tx, fingerprint, id).await?;
            }
            settle_duplicate(tx, &mail, None, now).await.map(Some)
        })
        .await
}
