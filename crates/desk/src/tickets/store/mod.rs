//! The tickets' tables.

mod around;
mod lists;

use customers::MailAddress;
use kernel::db::{DbError, FromRow, Row, Tx, Value};
use kernel::ids::{CustomerId, TicketId};

pub use around::{
    add_cc, cc, clear_cc, is_in_copy, link, linked, links, mark_read, set_tags, tags, unlink,
    unwatch, watch, watchers,
};
pub use lists::{Listed, Range, page, rows, tag_names};

use super::Ticket;

const TICKET: &str = "SELECT id, subject, snippet, status, priority, place, shelf, channel, \
    requester_id, requester_identity_id, key_id, assignee_id, team_id, inbox_id, brand_id, \
    last_number, last_direction, last_agent_id, message_count, has_attachments, \
    failed_deliveries, snoozed_until, created_at, updated_at, last_message_at, version, \
    type FROM tickets WHERE id = $1";
const IN_ORDER: &str = "SELECT id, subject, snippet, status, priority, place, shelf, channel, \
    requester_id, requester_identity_id, key_id, assignee_id, team_id, inbox_id, brand_id, \
    last_number, last_direction, last_agent_id, message_count, has_attachments, \
    failed_deliveries, snoozed_until, created_at, updated_at, last_message_at, version, type \
    FROM tickets WHERE id > $1 ORDER BY id LIMIT $2";
const INSERT: &str = "INSERT INTO tickets (subject, snippet, status, priority, place, shelf, \
    channel, requester_id, requester_identity_id, key_id, assignee_id, team_id, inbox_id, \
    brand_id, last_number, last_direction, last_agent_id, message_count, has_attachments, \
    failed_deliveries, snoozed_until, created_at, updated_at, last_message_at, version, type) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
    $19, $20, $21, $22, $23, $24, $25, $26) RETURNING id";
const SAVE: &str = "UPDATE tickets SET subject = $2, snippet = $3, status = $4, priority = $5, \
    place = $6, shelf = $7, requester_id = $8, requester_identity_id = $9, key_id = $10, \
    assignee_id = $11, team_id = $12, last_number = $13, last_direction = $14, \
    last_agent_id = $15, message_count = $16, has_attachments = $17, failed_deliveries = $18, \
    snoozed_until = $19, updated_at = $20, last_message_at = $21, version = $22, \
    type = $23 WHERE id = $1";
const DELETE: &str = "DELETE FROM tickets WHERE id = $1";
// Whoever belongs to a merged ticket belongs to where it went.
const BELONGS: &str = "WITH RECURSIVE here (id) AS (SELECT id FROM tickets WHERE id = $1 \
    UNION SELECT m.source_id FROM merges m JOIN here h ON m.survivor_id = h.id \
        WHERE m.undone_at IS NULL) \
    SELECT 1 FROM identities i JOIN customers o ON o.id = i.customer_id \
    JOIN here h ON 1 = 1 JOIN tickets t ON t.id = h.id \
    WHERE i.kind = 'email' AND i.fold = $2 \
    AND (COALESCE(o.merged_into, o.id) = t.requester_id OR EXISTS (SELECT 1 FROM ticket_cc x \
        WHERE x.ticket_id = t.id AND x.customer_id = COALESCE(o.merged_into, o.id))) LIMIT 1";
const COUNT_OF_CUSTOMER: &str = "SELECT COUNT(*) FROM (SELECT 1 AS one FROM tickets \
    WHERE requester_id = $1 AND place <> 'merged' LIMIT 1000) AS counted";

impl FromRow for Ticket {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            subject: row.get(1)?,
            snippet: row.get(2)?,
            status: row.get(3)?,
            priority: row.get(4)?,
            place: row.get(5)?,
            shelf: row.get(6)?,
            channel: row.get(7)?,
            requester: row.get(8)?,
            requester_identity: row.get(9)?,
            key: row.get(10)?,
            assignee: row.get(11)?,
            team: row.get(12)?,
            inbox: row.get(13)?,
            brand: row.get(14)?,
            last_number: row.get(15)?,
            last_direction: row.get(16)?,
            last_agent: row.get(17)?,
            message_count: row.get(18)?,
            has_attachments: row.get(19)?,
            failed_deliveries: row.get(20)?,
            snoozed_until: row.get(21)?,
            created_at: row.get(22)?,
            updated_at: row.get(23)?,
            last_message_at: row.get(24)?,
            version: row.get(25)?,
            ticket_type: row.get(26)?,
        })
    }
}

/// Locks the ticket and reads it; every command begins with this.
pub async fn lock(tx: &mut Tx<'_>, id: TicketId) -> Result<Option<Ticket>, DbError> {
    tx.lock_one(TICKET, &[id.into()]).await
}

/// Reads the ticket without locking it.
pub async fn find(tx: &mut Tx<'_>, id: TicketId) -> Result<Option<Ticket>, DbError> {
    tx.one(TICKET, &[id.into()]).await
}

/// Up to `limit` tickets behind `after`, in the order of their ids.
pub async fn in_order(
    tx: &mut Tx<'_>,
    after: TicketId,
    limit: i64,
) -> Result<Vec<Ticket>, DbError> {
    tx.all(IN_ORDER, &[after.into(), limit.into()]).await
}

/// Writes a new ticket; its `id` is ignored.
pub async fn insert(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<TicketId, DbError> {
    let values: Vec<Value> = vec![
        (&ticket.subject).into(),
        ticket.snippet.clone().into(),
        ticket.status.into(),
        ticket.priority.into(),
        ticket.place.into(),
        ticket.shelf.into(),
        ticket.channel.into(),
        ticket.requester.into(),
        ticket.requester_identity.into(),
        ticket.key.into(),
        ticket.assignee.into(),
        ticket.team.into(),
        ticket.inbox.into(),
        ticket.brand.into(),
        ticket.last_number.into(),
        ticket.last_direction.into(),
        ticket.last_agent.into(),
        ticket.message_count.into(),
        ticket.has_attachments.into(),
        ticket.failed_deliveries.into(),
        ticket.snoozed_until.into(),
        ticket.created_at.into(),
        ticket.updated_at.into(),
        ticket.last_message_at.into(),
        ticket.version.into(),
        ticket.ticket_type.into(),
    ];
    let row = tx.one::<(TicketId,)>(INSERT, &values).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// Writes what a command changed on the ticket it locked.
pub async fn save(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<(), DbError> {
    let values: Vec<Value> = vec![
        ticket.id.into(),
        (&ticket.subject).into(),
        ticket.snippet.clone().into(),
        ticket.status.into(),
        ticket.priority.into(),
        ticket.place.into(),
        ticket.shelf.into(),
        ticket.requester.into(),
        ticket.requester_identity.into(),
        ticket.key.into(),
        ticket.assignee.into(),
        ticket.team.into(),
        ticket.last_number.into(),
        ticket.last_direction.into(),
        ticket.last_agent.into(),
        ticket.message_count.into(),
        ticket.has_attachments.into(),
        ticket.failed_deliveries.into(),
        ticket.snoozed_until.into(),
        ticket.updated_at.into(),
        ticket.last_message_at.into(),
        ticket.version.into(),
        ticket.ticket_type.into(),
    ];
    tx.execute(SAVE, &values).await?;
    Ok(())
}

/// Removes the ticket and what hangs on it, except messages and files.
pub async fn delete(tx: &mut Tx<'_>, id: TicketId) -> Result<(), DbError> {
    around::clear(tx, id).await?;
    tx.execute(DELETE, &[id.into()]).await?;
    Ok(())
}

/// Whether whoever writes from `address` is the requester or in copy, by any identity of theirs,
/// here or on a ticket that was merged into this one.
pub async fn belongs(
    tx: &mut Tx<'_>,
    id: TicketId,
    address: &MailAddress,
) -> Result<bool, DbError> {
    let fold = address.fold().into_bytes();
    Ok(tx
        .one::<(i64,)>(BELONGS, &[id.into(), fold.into()])
        .await?
        .is_some())
}

/// How many tickets a customer has, counted up to 1,000.
pub async fn count_of_customer(tx: &mut Tx<'_>, customer: CustomerId) -> Result<i64, DbError> {
    let row = tx
        .one::<(i64,)>(COUNT_OF_CUSTOMER, &[customer.into()])
        .await?;
    Ok(row.map_or(0, |(count,)| count))
}
