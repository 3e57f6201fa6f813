//! Merging, bringing back, splitting.

pub mod merge;
pub mod preview;
pub mod split;
pub mod unmerge;

use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::TicketId;
use kernel::journal::{Actor, Context};
use kernel::refusal::Refusal;

use super::{Side, rules, store};
use crate::html;
use crate::messages::{self, Message, MessageKind, MessageState};
use crate::tickets::{self, Direction, Ticket};

/// The newest messages of a ticket that are looked through for one to show.
const LOOKED_THROUGH: i64 = 50;

/// Locks the tickets in the order of their ids.
async fn lock_all(tx: &mut Tx<'_>, ids: &[TicketId]) -> Result<Vec<Ticket>, Refusal> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids.dedup();
    let mut locked = Vec::with_capacity(ids.len());
    for id in ids {
        let ticket = tickets::store::lock(tx, id).await?;
        locked.push(ticket.ok_or(Refusal::NotFound { what: "ticket" })?);
    }
    Ok(locked)
}

/// Takes one of the locked tickets out.
fn take(locked: &mut Vec<Ticket>, id: TicketId) -> Result<Ticket, Refusal> {
    let at = locked.iter().position(|ticket| ticket.id == id);
    match at {
        Some(at) => Ok(locked.swap_remove(at)),
        None => Err(Refusal::NotFound { what: "ticket" }),
    }
}

fn side(ticket: &Ticket) -> Side {
    Side {
        status: ticket.status,
        snoozed_until: ticket.snoozed_until,
        last_direction: ticket.last_direction,
        last_agent: ticket.last_agent,
        last_message_at: ticket.last_message_at,
        message_count: ticket.message_count,
        has_attachments: ticket.has_attachments,
    }
}

/// Notes that a ticket changed.
fn touch(ticket: &mut Ticket, ctx: &Context) {
    ticket.version = ticket.version.saturating_add(1);
    ticket.updated_at = ctx.at;
    ticket.shelf =
        tickets::rules::shelf(ticket.place, ticket.status, ticket.snoozed_until.is_some());
}

/// Makes a ticket show the newest of the messages that are on it now.
async fn sum_up(kernel: &Kernel, tx: &mut Tx<'_>, ticket: &mut Ticket) -> Result<(), Refusal> {
    let (messages, failed, files) = store::recount(tx, ticket.id).await?;
    ticket.message_count = messages;
    ticket.failed_deliveries = failed;
    ticket.has_attachments = files;
    let mut newest =
        messages::store::before_record(tx, ticket.id, i64::MAX, LOOKED_THROUGH).await?;
    newest.retain(|message| {
        !matches!(
            message.state,
            Some(MessageState::Scheduled | MessageState::Cancelled)
        )
    });
    let Some(message) = newest.into_iter().next() else {
        return Ok(());
    };
    show(kernel, tx, ticket, &message).await
}

async fn show(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: &mut Ticket,
    message: &Message,
) -> Result<(), Refusal> {
    let text = kernel.keys.decrypt(tx, &message.text).await?;
    // Under the key of the message itself: it is a part of it.
    ticket.snippet = match (text, message.text.key()) {
        (Some(text), Some(key)) => {
            let snippet = html::snippet(&text);
            Some(kernel.keys.encrypt(tx, key, &snippet).await?)
        }
        _ => None,
    };
    ticket.last_direction = match message.kind {
        MessageKind::In => Direction::In,
        MessageKind::Out | MessageKind::Forward => Direction::Out,
        MessageKind::Note => Direction::Note,
    };
    ticket.last_agent = match message.author {
        Actor::Agent(agent) => Some(agent),
        _ => None,
    };
    ticket.last_message_at = message.at;
    Ok(())
}
