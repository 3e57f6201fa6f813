//! Answering offers, taking them back, and ending those that became pointless.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{AgentId, OfferId, TicketId};
use kernel::journal::{self, Context, Subject};
use kernel::keys::Encrypted;
use kernel::refusal::Refusal;

use super::super::store::{self, Offer};
use super::super::{OfferEnded, OfferState};
use super::deal::{take, waits};
use crate::states;
use crate::tickets::commands::{open, subject};
use crate::tickets::store as tickets;

/// The caller takes the ticket that lies before them. A late answer counts as long as nobody else
/// was asked.
pub async fn accept(kernel: &Kernel, caller: &Caller, id: OfferId) -> Result<TicketId, Refusal> {
    caller.require(Permission::TicketUpdate)?;
    let (ctx, me) = (caller.context(kernel.clock.now()), caller.agent);
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<TicketId, Refusal> {
            let offer = mine(tx, id, me).await?;
            // The order of locks is ticket, agent, offer.
            let (mut ticket, ctx) = open(tx, &ctx, offer.ticket).await?;
            states::store::lock(tx, me, ctx.at).await?;
            let offer = still_open(tx, id).await?;
            if !waits(&ticket) {
                return Err(ended());
            }
            store::settle(tx, id, OfferState::Accepted, ctx.at, None).await?;
            let load = store::load(tx, me).await?;
            record(tx, &ctx, subject(&ticket), &offer, OfferState::Accepted).await?;
            take(tx, &ctx, &mut ticket, me, (load, offer.hard)).await?;
            Ok(ticket.id)
        })
        .await
}

/// The caller passes the ticket that lies before them on. A reason may be given and is only read
/// by leads; nothing is counted.
pub async fn decline(
    kernel: &Kernel,
    caller: &Caller,
    id: OfferId,
    reason: Option<&str>,
) -> Result<(), Refusal> {
    caller.require(Permission::TicketUpdate)?;
    let reason = states::rules::reason(reason)?;
    let (ctx, me) = (caller.context(kernel.clock.now()), caller.agent);
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            mine(tx, id, me).await?;
            let offer = still_open(tx, id).await?;
            let reason = match &reason {
                Some(text) => Some(keys.encrypt(tx, key, text).await?),
                None => None,
            };
            end(tx, &ctx, &offer, OfferState::Declined, reason).await?;
            Ok(())
        })
        .await
}

/// A lead takes an offer back; the ticket goes to somebody else.
pub async fn take_back(kernel: &Kernel, caller: &Caller, id: OfferId) -> Result<(), Refusal> {
    caller.require(Permission::QueueLead)?;
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let offer = still_open(tx, id).await?;
            end(tx, &ctx, &offer, OfferState::TakenBack, None).await?;
            Ok(())
        })
        .await
}

/// Ends what lies before an agent who takes no work any more, inside the caller's transaction.
pub async fn withdraw(tx: &mut Tx<'_>, ctx: &Context, agent: AgentId) -> Result<(), Refusal> {
    if let Some(offer) = store::offer_of(tx, agent).await? {
        end(tx, ctx, &offer, OfferState::Withdrawn, None).await?;
    }
    Ok(())
}

/// Ends an offer nobody answered, or whose ticket went elsewhere; `false` when it had ended, or
/// is as it should be.
pub async fn expire(kernel: &Kernel, id: OfferId) -> Result<bool, Refusal> {
    let ctx = Context::system(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<bool, Refusal> {
            let Some(offer) = store::lock_offer(tx, id).await? else {
                return Ok(false);
            };
            if offer.state != OfferState::Open {
                return Ok(false);
            }
            let ticket = tickets::find(tx, offer.ticket).await?;
            let state = match ticket {
                Some(ticket) if ticket.assignee == Some(offer.agent) => OfferState::Accepted,
                Some(ticket) if waits(&ticket) && ticket.team == Some(offer.team) => {
                    if offer.expires_at > ctx.at {
                        return Ok(false);
                    }
                    OfferState::TimedOut
                }
                _ => OfferState::Withdrawn,
            };
            end(tx, &ctx, &offer, state, None).await
        })
        .await
}

async fn end(
    tx: &mut Tx<'_>,
    ctx: &Context,
    offer: &Offer,
    state: OfferState,
    reason: Option<Encrypted<String>>,
) -> Result<bool, Refusal> {
    if !store::settle(tx, offer.id, state, ctx.at, reason).await? {
        return Ok(false);
    }
    let about = match tickets::find(tx, offer.ticket).await? {
        Some(ticket) => subject(&ticket),
        None => Subject::ticket(offer.ticket),
    };
    record(tx, ctx, about, offer, state).await?;
    Ok(true)
}

async fn record(
    tx: &mut Tx<'_>,
    ctx: &Context,
    about: Subject,
    offer: &Offer,
    end: OfferState,
) -> Result<(), Refusal> {
    let record = OfferEnded {
        offer: offer.id,
        offered_to: offer.agent,
        end,
    };
    let about = Subject {
        agent: Some(offer.agent),
        ..about
    };
    journal::append(tx, ctx, about, &record).await?;
    Ok(())
}

async fn mine(tx: &mut Tx<'_>, id: OfferId, me: AgentId) -> Result<Offer, Refusal> {
    let offer = store::offer(tx, id).await?;
    offer
        .filter(|offer| offer.agent == me)
        .ok_or(Refusal::NotFound { what: "offer" })
}

async fn still_open(tx: &mut Tx<'_>, id: OfferId) -> Result<Offer, Refusal> {
    let offer = store::lock_offer(tx, id).await?;
    let offer = offer.ok_or(Refusal::NotFound { what: "offer" })?;
    if offer.state == OfferState::Open {
        return Ok(offer);
    }
    Err(ended())
}

fn ended() -> Refusal {
    Refusal::conflict(
        "offer_ended",
        "This ticket is not before you any more: it was taken, or went to somebody else.",
    )
}
