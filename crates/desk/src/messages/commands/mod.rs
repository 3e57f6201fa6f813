//! What people say on tickets.

pub mod forward;
pub mod note;
pub mod receive;
pub mod redact;
pub mod release;
pub mod reply;

use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{AttachmentId, KeyId, RecordId};
use kernel::journal::Actor;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::{Addressed, Message, MessageKind, MessageState, store};
use crate::attachments::rules::FILES_MAX;
use crate::html::Clean;
use crate::html::rules::ATTACHMENT_PATH;
use crate::tickets::{Direction, Status, Ticket};

/// A message about to be written on a locked ticket.
pub(crate) struct Utterance<'a> {
    pub kind: MessageKind,
    pub author: Actor,
    pub key: KeyId,
    pub body: &'a Clean,
    pub addressed: Option<&'a Addressed>,
    pub auto_reply: bool,
    pub at: Timestamp,
    pub plan: Option<Plan>,
}

/// How a reply goes out.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    pub state: MessageState,
    pub release_at: Timestamp,
    pub status_after: Option<Status>,
}

/// Gives the next message of a locked ticket its number.
pub(crate) fn next_number(ticket: &mut Ticket) -> i64 {
    ticket.last_number = ticket.last_number.saturating_add(1);
    ticket.last_number
}

/// Writes the message under the number it was given; `html` is its body with pictures in place.
pub(crate) async fn write(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    (ticket, number, record): (&Ticket, i64, RecordId),
    html: &str,
    said: &Utterance<'_>,
) -> Result<(), Refusal> {
    let addressed = match said.addressed {
        Some(addressed) => {
            let json = serde_json::to_string(addressed)
                .map_err(|error| Refusal::broken(error.to_string()))?;
            Some(kernel.keys.encrypt(tx, said.key, &json).await?)
        }
        None => None,
    };
    let message = Message {
        ticket: ticket.id,
        number,
        record,
        kind: said.kind,
        author: said.author,
        html: kernel.keys.encrypt(tx, said.key, html).await?,
        text: kernel.keys.encrypt(tx, said.key, &said.body.text).await?,
        addressed,
        has_remote_images: said.body.has_remote_images,
        auto_reply: said.auto_reply,
        redacted: false,
        at: said.at,
        state: said.plan.map(|plan| plan.state),
        release_at: said.plan.map(|plan| plan.release_at),
        status_after: said.plan.and_then(|plan| plan.status_after),
    };
    store::insert(tx, &message).await?;
    Ok(())
}

/// Shows on the ticket that someone spoke.
pub(crate) async fn spoken(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: &mut Ticket,
    direction: Direction,
    (key, snippet): (KeyId, &str),
    at: Timestamp,
) -> Result<(), Refusal> {
    ticket.snippet = Some(kernel.keys.encrypt(tx, key, snippet).await?);
    ticket.last_direction = direction;
    ticket.message_count = ticket.message_count.saturating_add(1);
    ticket.last_message_at = ticket.last_message_at.max(at);
    ticket.updated_at = ticket.updated_at.max(at);
    Ok(())
}

/// The receivers that a message names; `None` when it names none, or was erased.
pub(crate) async fn addressed(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    message: &Message,
) -> Result<Option<Addressed>, Refusal> {
    let Some(sealed) = &message.addressed else {
        return Ok(None);
    };
    let Some(json) = kernel.keys.decrypt(tx, sealed).await? else {
        return Ok(None);
    };
    let addressed = serde_json::from_str(&json)
        .map_err(|error| Refusal::broken(format!("stored receivers can't be read: {error}")))?;
    Ok(Some(addressed))
}

/// Refuses more files than a message can have.
pub(crate) fn check_files(ids: &[AttachmentId]) -> Result<(), Refusal> {
    if ids.len() > FILES_MAX {
        return Err(Refusal::invalid(
            "attachment_ids",
            "is too long",
            "send at most 50 files",
        ));
    }
    Ok(())
}

/// Points pictures that were copied at their copies.
pub(crate) fn with_copies(html: &str, copies: &[(AttachmentId, AttachmentId)]) -> String {
    copies.iter().fold(html.to_owned(), |html, (from, to)| {
        let source = |id: &AttachmentId| format!("src=\"{ATTACHMENT_PATH}{id}\"");
        html.replace(&source(from), &source(to))
    })
}
