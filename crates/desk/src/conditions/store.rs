//! What conditions know of tickets, read from their tables.

use kernel::db::{DbError, Tx};
use kernel::ids::TicketId;

use super::Facts;
use crate::tickets::{Ticket, store as tickets};

/// What conditions know of a ticket; `None` when it is gone.
pub async fn facts(tx: &mut Tx<'_>, id: TicketId) -> Result<Option<Facts>, DbError> {
    match tickets::find(tx, id).await? {
        Some(ticket) => Ok(Some(facts_of(tx, &ticket).await?)),
        None => Ok(None),
    }
}

/// What conditions know of a ticket that is at hand, as it stands there.
pub async fn facts_of(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Facts, DbError> {
    Ok(Facts {
        status: ticket.status,
        priority: ticket.priority,
        ticket_type: ticket.ticket_type,
        place: ticket.place,
        shelf: ticket.shelf,
        channel: ticket.channel,
        assignee: ticket.assignee,
        team: ticket.team,
        inbox: ticket.inbox,
        brand: ticket.brand,
        requester: ticket.requester,
        tags: tickets::tags(tx, ticket.id).await?,
        subject: ticket.subject.clone(),
        last_direction: ticket.last_direction,
        message_count: ticket.message_count,
        has_attachments: ticket.has_attachments,
        needs_attention: ticket.failed_deliveries > 0,
        created_at: ticket.created_at,
        updated_at: ticket.updated_at,
        last_message_at: ticket.last_message_at,
        snoozed_until: ticket.snoozed_until,
    })
}
