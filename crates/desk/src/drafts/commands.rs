//! Keeping and fetching drafts.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{AgentId, TicketId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::{DraftBody, DraftKind, store};
use crate::Desk;
use crate::html::rules::HTML_BYTES_MAX;
use crate::tickets::{self, Ticket};

fn allow(caller: &Caller, kind: DraftKind) -> Result<(), Refusal> {
    caller.require(match kind {
        DraftKind::Reply => Permission::TicketReply,
        DraftKind::Note => Permission::TicketNote,
    })
}

/// Writes the caller's draft.
pub async fn put(
    desk: &Desk,
    caller: &Caller,
    ticket: TicketId,
    kind: DraftKind,
    body: DraftBody,
) -> Result<Timestamp, Refusal> {
    allow(caller, kind)?;
    if body.html.len() > HTML_BYTES_MAX {
        return Err(Refusal::invalid(
            "html",
            "is too long",
            "keep it under 2 MiB",
        ));
    }
    let (kernel, agent, at) = (desk.kernel.clone(), caller.agent, desk.kernel.clock.now());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Timestamp, Refusal> {
            let ticket = tickets::store::find(tx, ticket)
                .await?
                .ok_or(Refusal::NotFound { what: "ticket" })?;
            write(&kernel, tx, &ticket, (agent, kind), &body, at).await?;
            Ok(at)
        })
        .await
}

/// Writes an agent's draft as part of the caller's transaction.
pub async fn write(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    (agent, kind): (AgentId, DraftKind),
    body: &DraftBody,
    at: Timestamp,
) -> Result<(), Refusal> {
    let json = serde_json::to_string(body).map_err(|error| Refusal::broken(error.to_string()))?;
    let sealed = kernel.keys.encrypt(tx, ticket.key, &json).await?;
    store::put(tx, (ticket.id, agent, kind), sealed, at).await?;
    Ok(())
}

/// Reads the caller's draft; `None` when there is none, or its key was destroyed.
pub async fn find(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    caller: &Caller,
    ticket: TicketId,
    kind: DraftKind,
) -> Result<Option<(DraftBody, Timestamp)>, Refusal> {
    allow(caller, kind)?;
    let Some((sealed, at)) = store::find(tx, (ticket, caller.agent, kind)).await? else {
        return Ok(None);
    };
    let Some(json) = kernel.keys.decrypt(tx, &sealed).await? else {
        return Ok(None);
    };
    let body = serde_json::from_str(&json)
        .map_err(|error| Refusal::broken(format!("a stored draft can't be read: {error}")))?;
    Ok(Some((body, at)))
}

/// Throws the caller's draft away.
pub async fn discard(
    desk: &Desk,
    caller: &Caller,
    ticket: TicketId,
    kind: DraftKind,
) -> Result<(), Refusal> {
    allow(caller, kind)?;
    let agent = caller.agent;
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            Ok(store::delete(tx, (ticket, agent, kind)).await?)
        })
        .await
}
