//! Waiting for a turn, and for servers that want a pause.

use super::commands::{inbox_of, put_off};
use crate::Channels;
use crate::email::sending::{self, Turn};
use crate::inboxes::{Access, Inbox};
use desk::messages::deliveries::commands::{self as deliveries, advance};
use desk::messages::deliveries::{DeliveryState, Loaded};
use kernel::db::{DbError, Tx};
use kernel::ids::DeliveryId;
use kernel::jobs::Outcome;
use kernel::journal::Context;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use std::time::Duration;

/// What was put off itself lets those behind it go first, so that one mail a server dislikes does
/// not stand in everybody's way.
const BEHIND_OTHERS: Duration = Duration::from_secs(15);

/// Has a delivery wait while its server rests or its inbox is at a limit; `None` when it may go.
pub(super) async fn wait(
    channels: &Channels,
    delivery: &Loaded,
) -> Result<Option<Outcome>, Refusal> {
    let kernel = &channels.desk.kernel;
    let Some(inbox) = inbox_of(channels, delivery).await? else {
        return Ok(None);
    };
    let Some(access) = inbox
        .smtp
        .clone()
        .filter(|_| inbox.enabled && !inbox.practice)
    else {
        return Ok(None);
    };
    let now = kernel.clock.now();
    let pause = sending::commands::pause(kernel, &access).await?;
    if let Some(pause) = pause.filter(|pause| pause.until > now) {
        let reason = "The mail server asked us to slow down.";
        return wait_until(channels, delivery.id, pause.until, reason)
            .await
            .map(Some);
    }
    match sending::commands::turn(kernel, &inbox, &access, delivery.id).await? {
        Turn::Now => Ok(None),
        Turn::At(at) => {
            let reason = "The inbox is at the limit of what its provider allows.";
            wait_until(channels, delivery.id, at, reason)
                .await
                .map(Some)
        }
    }
}

async fn wait_until(
    channels: &Channels,
    id: DeliveryId,
    until: Timestamp,
    reason: &'static str,
) -> Result<Outcome, Refusal> {
    let kernel = channels.desk.kernel.clone();
    let (db, ctx) = (kernel.db.clone(), Context::system(kernel.clock.now()));
    db.write(async move |tx: &mut Tx<'_>| {
        deliveries::wait(&kernel, tx, &ctx, id, until, reason).await?;
        Ok(Outcome::Again(until))
    })
    .await
}

/// Whether a permanent answer only means that today's allowance is used up.
pub(super) fn means_limit(reason: &str) -> bool {
    sending::rules::meaning(reason) == sending::rules::Meaning::Tomorrow
}

/// A mail went through: an account that had rested may go at its full pace again.
pub(super) async fn worked(channels: &Channels, access: &Access) -> Result<(), Refusal> {
    let kernel = &channels.desk.kernel;
    let known = sending::commands::pause(kernel, access).await?;
    if known.is_none() {
        return Ok(());
    }
    let (account, now) = (
        sending::commands::account(kernel, access),
        kernel.clock.now(),
    );
    let note = async move |tx: &mut Tx<'_>| sending::store::worked(tx, &account, now).await;
    kernel.db.write::<_, DbError, _>(note).await?;
    Ok(())
}

/// Puts a delivery back that nobody took: its account rests when the server wants that, which
/// never fails it; else it alone comes back later, and is given up after days.
pub(super) async fn put_back(
    channels: &Channels,
    id: DeliveryId,
    (inbox, access): (&Inbox, &Access),
    from: DeliveryState,
    reason: &str,
) -> Result<Outcome, Refusal> {
    let kernel = channels.desk.kernel.clone();
    let rest = sending::commands::rest(&kernel, inbox, access, Some(id), reason).await;
    // Nobody took it: that must be kept, whether or not the rest can be.
    let Some(until) = rest.unwrap_or_else(|problem| {
        tracing::warn!(%problem, "the rest of an account can't be noted");
        None
    }) else {
        return put_off(channels, id, from, reason).await;
    };
    let (db, ctx) = (kernel.db.clone(), Context::system(kernel.clock.now()));
    let reason = format!("The mail server asked us to slow down: {reason}");
    db.write(async move |tx: &mut Tx<'_>| {
        if from == DeliveryState::Claimed {
            advance(&kernel, tx, &ctx, id, DeliveryState::Queued, Some(&reason)).await?;
        }
        deliveries::wait(&kernel, tx, &ctx, id, until, &reason).await?;
        Ok(Outcome::Again(until.plus(BEHIND_OTHERS)))
    })
    .await
}
