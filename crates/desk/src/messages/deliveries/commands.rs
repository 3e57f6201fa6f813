//! Making deliveries, moving them, and what they carry.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{DeliveryId, TicketId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Actor, Change, Context};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::{
    Answered, Delivery, DeliveryChanged, DeliveryState, DeliveryWaiting, Loaded, MAIL_DELIVER,
    MailDeliver, Outgoing, OutgoingFile, rules, store,
};
use crate::Desk;
use crate::messages::{self, Addressed, Mailbox, MessageKind, MessageState, message_ids};
use crate::tickets::{self, Ticket};
use crate::{attachments, timeline};

/// The most earlier mails that an outgoing one refers to.
const REFERENCES_MAX: i64 = 20;

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
        key: format!("deliver:{delivery}:{generation}"),
        payload: json(&MailDeliver { delivery })?,
        run_at: ctx.at,
        ticket: Some(ticket),
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
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

/// What a delivery carries; `None` when its message is gone, was taken back or was erased.
pub async fn outgoing(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    id: DeliveryId,
) -> Result<Option<Outgoing>, Refusal> {
    let Some(delivery) = store::find(tx, id).await? else {
        return Ok(None);
    };
    let (id, number) = (delivery.ticket, delivery.number);
    let Some(ticket) = tickets::store::find(tx, id).await? else {
        return Ok(None);
    };
    let Some(message) = messages::store::find(tx, id, number).await? else {
        return Ok(None);
    };
    if message.state == Some(MessageState::Cancelled) {
        return Ok(None);
    }
    let Some(html) = kernel.keys.decrypt(tx, &message.html).await? else {
        return Ok(None);
    };
    let Some(text) = kernel.keys.decrypt(tx, &message.text).await? else {
        return Ok(None);
    };
    let addressed = messages::commands::addressed(kernel, tx, &message).await?;
    let Addressed { to, cc, .. } = addressed.unwrap_or_default();
    let mut ids = message_ids::of_ticket(tx, id, number, REFERENCES_MAX).await?;
    let own = ids.iter().position(|(_, of, ours)| *of == number && *ours);
    let message_id = own.map(|index| ids.remove(index).0).unwrap_or_default();
    let first = message_ids::first_of_ticket(tx, id, number).await?;
    let ours = first.as_ref().is_some_and(|(.., ours)| *ours);
    // A long thread keeps its first mail, by which clients know it.
    if let Some(first) = first.filter(|(known, of, _)| {
        *of < number && *known != message_id && !ids.iter().any(|(id, ..)| id == known)
    }) {
        ids.push(first);
    }
    let requester = customers::people::store::find(tx, ticket.requester).await?;
    let files = files(kernel, tx, id, number).await?;
    let answered = answered(kernel, tx, &ticket, number).await?;
    Ok(Some(Outgoing {
        subject: ticket.subject,
        html,
        text,
        author: message.author,
        author_name: timeline::authors::name(tx, message.author)
            .await?
            .unwrap_or_default(),
        to,
        cc,
        message_id,
        references: ids.into_iter().rev().map(|(id, ..)| id).collect(),
        forward: message.kind == MessageKind::Forward,
        quotes: messages::store::quotes(tx, id, number).await?,
        answered,
        language: requester.and_then(|requester| requester.language),
        begun: ours.then_some(ticket.created_at),
        files,
        at: message.at,
    }))
}

async fn files(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: i64,
) -> Result<Vec<OutgoingFile>, Refusal> {
    let mut files = Vec::new();
    for file in attachments::store::of_messages(tx, ticket, number, number).await? {
        let Some(blob) = file.blob else { continue };
        let name = kernel.keys.decrypt(tx, &file.name).await?;
        files.push(OutgoingFile {
            id: file.id,
            name: name.unwrap_or_default(),
            content_type: file.content_type,
            inline: file.inline,
            blob,
        });
    }
    Ok(files)
}

/// The customer's newest mail before message `number`; `None` when there is none or it was erased.
async fn answered(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    number: i64,
) -> Result<Option<Answered>, Refusal> {
    let Some(message) = messages::store::answered(tx, ticket.id, number).await? else {
        return Ok(None);
    };
    let html = kernel.keys.decrypt(tx, &message.html).await?;
    let text = kernel.keys.decrypt(tx, &message.text).await?;
    let (Some(html), Some(text)) = (html, text) else {
        return Ok(None);
    };
    let name = timeline::authors::name(tx, message.author).await?;
    let is_requester = matches!(message.author, Actor::Customer(id) if id == ticket.requester);
    let person = if is_requester {
        customers::people::store::by_identity(tx, ticket.requester_identity).await?
    } else {
        None
    };
    Ok(Some(Answered {
        author: Mailbox {
            email: person.map(|person| person.email).unwrap_or_default(),
            name: name.unwrap_or_default(),
        },
        html,
        text,
        at: message.at,
    }))
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
    let Some(found) = store::find(tx, id).await? else {
        return Ok(None);
    };
    let Some(ticket) = tickets::store::lock(tx, found.ticket).await? else {
        return Ok(None);
    };
    Ok(store::find(tx, id)
        .await?
        .map(|delivery| (ticket, delivery)))
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
