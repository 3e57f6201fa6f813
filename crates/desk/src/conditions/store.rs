//! What conditions know of tickets, read from their tables.

use std::collections::BTreeMap;

use kernel::db::{DbError, Tx};
use kernel::ids::{FieldId, TagId, TicketId};
use kernel::refusal::Refusal;

use super::{Conditions, Facts, rules};
use crate::fields::values::facts::{self as fields, FieldFact, Kinds};
use crate::tickets::{Ticket, store as tickets};

const TAGS_PAGE: &str = "SELECT ticket_id, tag_id FROM ticket_tags \
    WHERE ticket_id > $1 AND ticket_id <= $2 ORDER BY ticket_id, tag_id";

/// Refuses conditions that make no sense at present; `at` names where they stand.
pub async fn check(tx: &mut Tx<'_>, at: &str, conditions: &Conditions) -> Result<(), Refusal> {
    let kinds = Kinds::load(tx).await?;
    rules::check(at, conditions, |field| kinds.of(field))
}

/// What conditions know of up to `limit` tickets behind `after`, in the order of their ids.
pub async fn page(
    tx: &mut Tx<'_>,
    after: TicketId,
    limit: i64,
) -> Result<Vec<(TicketId, Facts)>, DbError> {
    let page = tickets::in_order(tx, after, limit).await?;
    let Some(last) = page.last().map(|ticket| ticket.id) else {
        return Ok(Vec::new());
    };
    let mut tags = tx
        .all::<(TicketId, TagId)>(TAGS_PAGE, &[after.into(), last.into()])
        .await?
        .into_iter()
        .peekable();
    let mut fields = fields::of_page(tx, after, last).await?;
    let mut facts = Vec::with_capacity(page.len());
    for ticket in page {
        let mut own = Vec::new();
        while let Some((_, tag)) = tags.next_if(|(of, _)| *of == ticket.id) {
            own.push(tag);
        }
        let fields = fields.take(ticket.id);
        facts.push((ticket.id, with_tags(ticket, own, fields)));
    }
    Ok(facts)
}

/// What conditions know of a ticket; `None` when it is gone.
pub async fn facts(tx: &mut Tx<'_>, id: TicketId) -> Result<Option<Facts>, DbError> {
    match tickets::find(tx, id).await? {
        Some(ticket) => Ok(Some(facts_of(tx, &ticket).await?)),
        None => Ok(None),
    }
}

/// What conditions know of a ticket that is at hand, as it stands there.
pub async fn facts_of(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Facts, DbError> {
    let tags = tickets::tags(tx, ticket.id).await?;
    let fields = fields::of_ticket(tx, ticket.id).await?;
    Ok(with_tags(ticket.clone(), tags, fields))
}

fn with_tags(ticket: Ticket, tags: Vec<TagId>, fields: BTreeMap<FieldId, FieldFact>) -> Facts {
    Facts {
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
        tags,
        subject: ticket.subject,
        last_direction: ticket.last_direction,
        message_count: ticket.message_count,
        has_attachments: ticket.has_attachments,
        needs_attention: ticket.failed_deliveries > 0,
        created_at: ticket.created_at,
        updated_at: ticket.updated_at,
        last_message_at: ticket.last_message_at,
        snoozed_until: ticket.snoozed_until,
        fields,
    }
}
