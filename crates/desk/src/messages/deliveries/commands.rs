//! Making deliveries and moving them.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{DeliveryId, TicketId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Change, Context};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::{
    Delivery, DeliveryChanged, DeliveryState, DeliveryWaiting, Loaded, MAIL_DELIVER, MailDeliver,
    rules, store,
};
use crate::Desk;
use crate::messages::Mailbox;
use crate::tickets::{self, Ticket};

/// Queues the hand-over of a message to each recipient, with its job.
pub(crate) async fn create(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &Ticket,
    number: i64,
    recipients: &[Mailbox],
) -> Result<(), Refusal> {
    for recipient in recipients {
        let json = json(recipient)?;
        let sealed = kernel.keys.encrypt(tx, ticket.key, &json).await?;
        let id = store::insert(tx, (ticket.id, number), sealed, ticket.key, ctx.at).await?;
        enqueue(tx, ctx, ticket.id, id, 1).await?;
    }
    Ok(())
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Refusal> {
    serde_json::to_string(value).map_err(|error| Refusal::broken(error.to_string()))
}

async fn enqueue(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: TicketId,
    delivery: DeliveryId,
    generation: i64,
) -> Result<(), Refusal> {
    let job = NewJob {
        kind: MAIL_DELIVER,
        key: job_key(delivery, generation),
        payload: json(&MailDeliver { delivery })?,
        run_at: ctx.at,
        ticket: Some(ticket),
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}

fn job_key(delivery: DeliveryId, generation: i64) -> String {
    format!("deliver:{delivery}:{generation}")
}

/// When a queued delivery is tried next; `None` while it is being tried.
pub async fn next_try(tx: &mut Tx<'_>, delivery: &Delivery) -> Result<Option<Timestamp>, Refusal> {
    Ok(jobs::due(tx, &job_key(delivery.id, delivery.generation)).await?)
}

/// A delivery as the sending room needs it.
pub async fn load(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    id: DeliveryId,
) -> Result<Option<Loaded>, Refusal> {
    let Some(delivery) = store::find(tx, id).await? else {
        return Ok(None);
    };
    let Some(ticket) = tickets::store::find(tx, delivery.ticket).await? else {
        return Ok(None);
    };
    Ok(Some(Loaded {
        id,
        state: delivery.state,
        ticket: delivery.ticket,
        number: delivery.number,
        inbox: ticket.inbox,
        recipient: recipient(kernel, tx, &delivery).await?,
        at: delivery.at,
        waiting_until: delivery.waiting_until,
    }))
}

/// To whom a delivery goes; `None` when they were erased.
pub async fn recipient(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    delivery: &Delivery,
) -> Result<Option<Mailbox>, Refusal> {
    let Some(json) = kernel.keys.decrypt(tx, &delivery.recipient).await? else {
        return Ok(None);
    };
    let mailbox = serde_json::from_str(&json)
        .map_err(|error| Refusal::broken(format!("a stored recipient can't be read: {error}")))?;
    Ok(Some(mailbox))
}

/// Notes that a queued delivery waits until `until`, and for what; `false` when it is not queued.
/// A wait that is known already is not noted again.
pub async fn wait(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: DeliveryId,
    until: Timestamp,
    reason: &str,
) -> Result<bool, Refusal> {
    let Some((ticket, delivery)) = lock(tx, id).await? else {
        return Ok(false);
    };
    if delivery.state != DeliveryState::Queued {
        return Ok(false);
    }
    if delivery.waiting_until == Some(until) {
        return Ok(true);
    }
    let reason = kernel.keys.encrypt(tx, delivery.key, reason).await?;
    store::wait(tx, id, until, reason).await?;
    let waiting = DeliveryWaiting {
        delivery: id,
        number: delivery.number,
        until,
    };
    journal::append(tx, ctx, tickets::commands::subject(&ticket), &waiting).await?;
    Ok(true)
}

/// Moves a delivery for the sending room, with what the other side said; `false` when it is not in
/// a state that may be left so, for instance because another process was first.
///
/// Claim it (`queued → claimed`) in a transaction of its own before the first byte leaves.
pub async fn advance(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: DeliveryId,
    to: DeliveryState,
    reason: Option<&str>,
) -> Result<bool, Refusal> {
    let Some((mut ticket, delivery)) = lock(tx, id).await? else {
        return Ok(false);
    };
    if !rules::may_move(delivery.state, to) {
        return Ok(false);
    }
    let reason = match reason {
        Some(reason) => Some(kernel.keys.encrypt(tx, delivery.key, reason).await?),
        None => None,
    };
    let attention = rules::needs_attention(to);
    let next = Delivery {
        state: to,
        reason,
        attention,
        at: ctx.at,
        ..delivery.clone()
    };
    write(tx, ctx, &mut ticket, &delivery, &next).await
}

/// Notes what is heard of an accepted delivery that is still on its way, or that it is heard of no
/// more (`None`); `false` when there is nothing to note. It stays accepted: the server goes on.
pub async fn note(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: DeliveryId,
    reason: Option<&str>,
) -> Result<bool, Refusal> {
    let Some((mut ticket, delivery)) = lock(tx, id).await? else {
        return Ok(false);
    };
    let nothing = reason.is_none() && delivery.reason.is_none();
    if delivery.state != DeliveryState::Accepted || nothing {
        return Ok(false);
    }
    let reason = match reason {
        Some(reason) => Some(kernel.keys.encrypt(tx, delivery.key, reason).await?),
        None => None,
    };
    let next = Delivery {
        reason,
        at: ctx.at,
        ..delivery.clone()
    };
    write(tx, ctx, &mut ticket, &delivery, &next).await
}

/// Locks the ticket and reads the delivery, in that order.
async fn lock(tx: &mut Tx<'_>, id: DeliveryId) -> Result<Option<(Ticket, Delivery)>, Refusal> {
    loop {
        let Some(found) = store::find(tx, id).await? else {
            return Ok(None);
        };
        let Some(ticket) = tickets::store::lock(tx, found.ticket).await? else {
            return Ok(None);
        };
        match store::find(tx, id).await? {
            // Its ticket was merged or split while we waited for the lock.
            Some(delivery) if delivery.ticket != ticket.id => {}
            found => return Ok(found.map(|delivery| (ticket, delivery))),
        }
    }
}

async fn write(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    before: &Delivery,
    after: &Delivery,
) -> Result<bool, Refusal> {
    if !store::leave(tx, before.state, after).await? {
        return Ok(false);
    }
    let change = i64::from(after.attention).saturating_sub(i64::from(before.attention));
    if change != 0 {
        ticket.failed_deliveries = ticket.failed_deliveries.saturating_add(change).max(0);
        ticket.updated_at = ctx.at;
        tickets::store::save(tx, ticket).await?;
    }
    let state = Change {
        from: before.state,
        to: after.state,
    };
    let record = DeliveryChanged {
        delivery: after.id,
        number: after.number,
        state,
    };
    journal::append(tx, ctx, tickets::commands::subject(ticket), &record).await?;
    Ok(true)
}

/// A person has a refused or uncertain delivery sent once more.
pub async fn retry(desk: &Desk, caller: &Caller, id: DeliveryId) -> Result<(), Refusal> {
    decide(desk, caller, id, DeliveryState::Queued).await
}

/// A person says what became of a refused or uncertain delivery.
pub async fn settle(
    desk: &Desk,
    caller: &Caller,
    id: DeliveryId,
    to: DeliveryState,
) -> Result<(), Refusal> {
    decide(desk, caller, id, to).await
}

async fn decide(
    desk: &Desk,
    caller: &Caller,
    id: DeliveryId,
    to: DeliveryState,
) -> Result<(), Refusal> {
    caller.require(Permission::TicketReply)?;
    let ctx = caller.context(desk.kernel.clock.now());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let gone = Refusal::NotFound { what: "delivery" };
            let (mut ticket, delivery) = lock(tx, id).await?.ok_or(gone)?;
            let again = to == DeliveryState::Queued;
            if again {
                rules::retry(delivery.state)?;
            } else {
                rules::settle(delivery.state, to)?;
            }
            let generation = delivery.generation.saturating_add(i64::from(again));
            let reason = delivery.reason.clone().filter(|_| !again);
            let next = Delivery {
                state: to,
                generation,
                reason,
                attention: false,
                at: ctx.at,
                ..delivery.clone()
            };
            write(tx, &ctx, &mut ticket, &delivery, &next).await?;
            if again {
                enqueue(tx, &ctx, ticket.id, id, generation).await?;
            }
            Ok(())
        })
        .await
}
