//! What time does to tickets: waking, and the end of the trash.

use kernel::db::Tx;
use kernel::ids::TicketId;
use kernel::journal::{self, Context};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{change, open_any, still, subject};
use crate::Desk;
use crate::tickets::{Place, Ticket, TicketPurged, store};
use crate::{
    attachments, bulk, checklists, drafts, escalations, fields, forms, hand_overs, merges,
    messages, promises, side_conversations,
};
use crate::{automations, webhooks};

/// The job that wakes a ticket.
pub const WAKE: &str = "ticket.wake";
/// The job that purges a ticket from the trash.
pub const PURGE: &str = "ticket.purge";

/// The payload of [`WAKE`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Wake {
    /// The ticket.
    pub ticket: TicketId,
    /// Until when it was put off; another time since then has its own job.
    pub until: Timestamp,
}

/// The payload of [`PURGE`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Purge {
    /// The ticket.
    pub ticket: TicketId,
    /// The version with which it went into the trash; restored since then, it has another.
    pub version: i64,
}

/// Wakes a ticket whose time has come; `false` when it was woken or put off anew meanwhile.
pub async fn wake(desk: &Desk, job: Wake) -> Result<bool, Refusal> {
    let ctx = Context::system(desk.kernel.clock.now());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<bool, Refusal> {
            let Some((mut ticket, ctx)) = still(open_any(tx, &ctx, job.ticket).await)? else {
                return Ok(false);
            };
            if ticket.snoozed_until != Some(job.until) {
                return Ok(false);
            }
            change::snooze(tx, &ctx, &mut ticket, None).await?;
            store::save(tx, &ticket).await?;
            Ok(true)
        })
        .await
}

/// Removes a ticket for good, with messages, files and drafts; `false` when it left the trash.
///
/// Its Message-IDs stay, so that a mail of it which is delivered again does not come back.
pub async fn purge(desk: &Desk, job: Purge) -> Result<bool, Refusal> {
    let ctx = Context::system(desk.kernel.clock.now());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<bool, Refusal> {
            let Some((ticket, ctx)) = still(open_any(tx, &ctx, job.ticket).await)? else {
                return Ok(false);
            };
            if ticket.place != Place::Trash || ticket.version != job.version {
                return Ok(false);
            }
            let files = attachments::store::of_ticket(tx, ticket.id).await?;
            let blobs: Vec<_> = files.into_iter().filter_map(|file| file.blob).collect();
            attachments::store::delete_of_ticket(tx, ticket.id).await?;
            attachments::commands::drop_unused(tx, &blobs).await?;
            messages::deliveries::store::delete_of_ticket(tx, ticket.id).await?;
            messages::gathered::store::delete(tx, ticket.id).await?;
            messages::store::delete_of_ticket(tx, ticket.id).await?;
            // What was merged into it was purged with it; its shells would point to nothing.
            for shell in merges::store::shells(tx, ticket.id).await? {
                if let Some((shell, ctx)) = still(open_any(tx, &ctx, shell).await)? {
                    forget(tx, &ctx, &shell).await?;
                }
            }
            forget(tx, &ctx, &ticket).await?;
            Ok(true)
        })
        .await
}

/// Lays what carries the side conversations of a ticket into the trash as well, and forgets them.
async fn trash_besides(tx: &mut Tx<'_>, ctx: &Context, id: TicketId) -> Result<(), Refusal> {
    for side in side_conversations::store::beside(tx, id).await? {
        let Some(carrier) = side.side_ticket else {
            continue;
        };
        if let Some((mut carrier, ctx)) = still(open_any(tx, ctx, carrier).await)? {
            change::place(tx, &ctx, &mut carrier, Place::Trash).await?;
            store::save(tx, &carrier).await?;
        }
    }
    side_conversations::store::delete_of_ticket(tx, id).await?;
    Ok(())
}

/// Removes the ticket itself, whose messages are gone.
async fn forget(tx: &mut Tx<'_>, ctx: &Context, ticket: &Ticket) -> Result<(), Refusal> {
    drafts::store::delete_of_ticket(tx, ticket.id).await?;
    fields::values::store::delete_of_ticket(tx, ticket.id).await?;
    forms::commands::forget(tx, ticket.id).await?;
    trash_besides(tx, ctx, ticket.id).await?;
    promises::store::delete_of_ticket(tx, ticket.id).await?;
    escalations::store::delete_of_ticket(tx, ticket.id).await?;
    bulk::store::delete_of_ticket(tx, ticket.id).await?;
    hand_overs::store::delete_of_ticket(tx, ticket.id).await?;
    checklists::store::delete_of_ticket(tx, ticket.id).await?;
    automations::store::delete_of_ticket(tx, ticket.id).await?;
    webhooks::store::delete_of_ticket(tx, ticket.id).await?;
    merges::store::forget(tx, ticket.id).await?;
    store::delete(tx, ticket.id).await?;
    journal::append(tx, ctx, subject(ticket), &TicketPurged {}).await?;
    Ok(())
}
