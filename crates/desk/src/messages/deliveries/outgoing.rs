//! What a delivery carries.

use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{DeliveryId, TicketId};
use kernel::journal::Actor;
use kernel::refusal::Refusal;

use super::{Answered, Outgoing, OutgoingFile, commands, store};
use crate::messages::sight::{self, Viewer};
use crate::messages::{self, Addressed, Mailbox, MessageKind, MessageState, message_ids};
use crate::tickets::{self, Ticket};
use crate::{attachments, merges, timeline};

/// The most earlier mails that an outgoing one refers to.
const REFERENCES_MAX: i64 = 20;
/// The most mails looked through for one that the reader had a part in.
const QUOTABLE_MAX: i64 = 50;

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
    let viewer = match commands::recipient(kernel, tx, &delivery).await? {
        Some(recipient) => Viewer::at(tx, &recipient.email).await?,
        None => return Ok(None),
    };
    let mut ids = message_ids::of_ticket(tx, id, number, REFERENCES_MAX).await?;
    only_theirs(kernel, tx, (id, number), &viewer, &mut ids).await?;
    let own = ids.iter().position(|(_, of, ours)| *of == number && *ours);
    let message_id = own.map(|index| ids.remove(index).0).unwrap_or_default();
    let first = first(kernel, tx, (id, number), &viewer).await?;
    let ours = first.as_ref().is_some_and(|(.., ours)| *ours);
    // A long thread keeps its first mail, by which clients know it.
    if let Some(first) = first.filter(|(known, of, _)| {
        *of < number && *known != message_id && !ids.iter().any(|(id, ..)| id == known)
    }) {
        ids.push(first);
    }
    let requester = customers::people::store::find(tx, ticket.requester).await?;
    let files = files(kernel, tx, id, number).await?;
    let answered = answered(kernel, tx, &ticket, number, &viewer).await?;
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
        automatic: message.auto_reply,
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

/// The mail a ticket began with, if the reader had a part in it.
async fn first(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    message: (TicketId, i64),
    viewer: &Viewer,
) -> Result<Option<(String, i64, bool)>, Refusal> {
    let first = message_ids::first_of_ticket(tx, message.0, message.1).await?;
    let mut first: Vec<_> = first.into_iter().collect();
    only_theirs(kernel, tx, message, viewer, &mut first).await?;
    Ok(first.into_iter().next())
}

/// Leaves out the mails that came with merged tickets and that the reader had no part in: their
/// ids tell of others, and would tie threads together that are none.
async fn only_theirs(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    (ticket, number): (TicketId, i64),
    viewer: &Viewer,
    ids: &mut Vec<(String, i64, bool)>,
) -> Result<(), Refusal> {
    if !merges::store::has_taken_in(tx, ticket).await? {
        return Ok(());
    }
    let mut kept = Vec::with_capacity(ids.len());
    for (id, of, ours) in ids.drain(..) {
        let seen = match messages::store::find(tx, ticket, of).await? {
            Some(message) => sight::may_see_stored(kernel, tx, viewer, &message).await?,
            None => false,
        };
        if of == number || seen {
            kept.push((id, of, ours));
        }
    }
    *ids = kept;
    Ok(())
}

/// The newest mail before message `number` that the reader had a part in; `None` when there is
/// none or it was erased.
async fn answered(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    number: i64,
    viewer: &Viewer,
) -> Result<Option<Answered>, Refusal> {
    let mut seen = None;
    for message in messages::store::received(tx, ticket.id, number, QUOTABLE_MAX).await? {
        if sight::may_see_stored(kernel, tx, viewer, &message).await? {
            seen = Some(message);
            break;
        }
    }
    let Some(message) = seen else {
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
