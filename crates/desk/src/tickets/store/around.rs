//! What hangs on a ticket: tags, people in copy, watchers, links, how far each agent has read.

use customers::Person;
use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, CustomerId, IdentityId, TagId, TicketId};

use crate::tickets::LinkKind;
use crate::tickets::links::Linked;

const TAGS: &str = "SELECT tag_id FROM ticket_tags WHERE ticket_id = $1 ORDER BY tag_id";
const ADD_TAG: &str = "INSERT INTO ticket_tags (ticket_id, tag_id) VALUES ($1, $2)";
const CLEAR_TAGS: &str = "DELETE FROM ticket_tags WHERE ticket_id = $1";
const CC: &str = "SELECT c.id, o.key_id, i.id, c.name, i.value FROM ticket_cc x \
    JOIN identities i ON i.id = x.identity_id JOIN customers o ON o.id = i.customer_id \
    JOIN customers c ON c.id = x.customer_id WHERE x.ticket_id = $1 ORDER BY c.id";
const IN_COPY: &str = "SELECT 1 FROM ticket_cc WHERE ticket_id = $1 AND customer_id = $2";
const ADD_CC: &str = "INSERT INTO ticket_cc (ticket_id, customer_id, identity_id) \
    VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const CLEAR_CC: &str = "DELETE FROM ticket_cc WHERE ticket_id = $1";
const WATCHERS: &str = "SELECT agent_id FROM watchers WHERE ticket_id = $1 ORDER BY agent_id";
const ADD_WATCHER: &str = "INSERT INTO watchers (ticket_id, agent_id) VALUES ($1, $2) \
    ON CONFLICT DO NOTHING RETURNING agent_id";
const REMOVE_WATCHER: &str = "DELETE FROM watchers WHERE ticket_id = $1 AND agent_id = $2";
const CLEAR_WATCHERS: &str = "DELETE FROM watchers WHERE ticket_id = $1";
const LINKS: &str = "SELECT l.linked_id, t.subject, l.kind FROM ticket_links l \
    JOIN tickets t ON t.id = l.linked_id WHERE l.ticket_id = $1 ORDER BY l.linked_id";
const LINKED: &str = "SELECT l.linked_id, t.subject, l.kind, t.status, t.place \
    FROM ticket_links l JOIN tickets t ON t.id = l.linked_id WHERE l.ticket_id = $1 \
    ORDER BY l.linked_id";
const ADD_LINK: &str = "INSERT INTO ticket_links (ticket_id, linked_id, kind) \
    VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const REMOVE_LINK: &str = "DELETE FROM ticket_links WHERE (ticket_id = $1 AND linked_id = $2) \
    OR (ticket_id = $2 AND linked_id = $1)";
const CLEAR_LINKS: &str = "DELETE FROM ticket_links WHERE ticket_id = $1 OR linked_id = $1";
const MARK_READ: &str = "INSERT INTO ticket_reads (agent_id, ticket_id, number) \
    VALUES ($1, $2, $3) ON CONFLICT (agent_id, ticket_id) DO UPDATE SET number = excluded.number";
const CLEAR_READS: &str = "DELETE FROM ticket_reads WHERE ticket_id = $1";

/// The tags of a ticket, in order of their ids.
pub async fn tags(tx: &mut Tx<'_>, id: TicketId) -> Result<Vec<TagId>, DbError> {
    Ok(tx
        .all::<(TagId,)>(TAGS, &[id.into()])
        .await?
        .into_iter()
        .map(|(tag,)| tag)
        .collect())
}

/// Makes `tags` the tags of a ticket.
pub async fn set_tags(tx: &mut Tx<'_>, id: TicketId, tags: &[TagId]) -> Result<(), DbError> {
    tx.execute(CLEAR_TAGS, &[id.into()]).await?;
    for tag in tags {
        tx.execute(ADD_TAG, &[id.into(), (*tag).into()]).await?;
    }
    Ok(())
}

/// Who is in copy, in order of their ids.
pub async fn cc(tx: &mut Tx<'_>, id: TicketId) -> Result<Vec<Person>, DbError> {
    tx.all(CC, &[id.into()]).await
}

/// Whether a customer is in copy.
pub async fn is_in_copy(
    tx: &mut Tx<'_>,
    id: TicketId,
    customer: CustomerId,
) -> Result<bool, DbError> {
    let found = tx
        .one::<(i64,)>(IN_COPY, &[id.into(), customer.into()])
        .await?;
    Ok(found.is_some())
}

/// Puts one more customer in copy.
pub async fn add_cc(
    tx: &mut Tx<'_>,
    id: TicketId,
    customer: CustomerId,
    identity: IdentityId,
) -> Result<(), DbError> {
    tx.execute(ADD_CC, &[id.into(), customer.into(), identity.into()])
        .await?;
    Ok(())
}

/// Takes everyone out of copy.
pub async fn clear_cc(tx: &mut Tx<'_>, id: TicketId) -> Result<(), DbError> {
    tx.execute(CLEAR_CC, &[id.into()]).await?;
    Ok(())
}

/// Who watches a ticket.
pub async fn watchers(tx: &mut Tx<'_>, id: TicketId) -> Result<Vec<AgentId>, DbError> {
    Ok(tx
        .all::<(AgentId,)>(WATCHERS, &[id.into()])
        .await?
        .into_iter()
        .map(|(a,)| a)
        .collect())
}

/// Lets an agent watch; `false` when they did already.
pub async fn watch(tx: &mut Tx<'_>, id: TicketId, agent: AgentId) -> Result<bool, DbError> {
    Ok(tx
        .one::<(AgentId,)>(ADD_WATCHER, &[id.into(), agent.into()])
        .await?
        .is_some())
}

/// Ends an agent's watch; `false` when they did not watch.
pub async fn unwatch(tx: &mut Tx<'_>, id: TicketId, agent: AgentId) -> Result<bool, DbError> {
    Ok(tx
        .execute(REMOVE_WATCHER, &[id.into(), agent.into()])
        .await?
        > 0)
}

/// The tickets that belong to this one: number, subject, why.
pub async fn links(
    tx: &mut Tx<'_>,
    id: TicketId,
) -> Result<Vec<(TicketId, String, LinkKind)>, DbError> {
    tx.all(LINKS, &[id.into()]).await
}

impl FromRow for Linked {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            subject: row.get(1)?,
            kind: row.get(2)?,
            status: row.get(3)?,
            place: row.get(4)?,
        })
    }
}

/// The same with how far the work on each is.
pub async fn linked(tx: &mut Tx<'_>, id: TicketId) -> Result<Vec<Linked>, DbError> {
    tx.all(LINKED, &[id.into()]).await
}

/// Ends the link of two tickets; `false` when there was none.
pub async fn unlink(tx: &mut Tx<'_>, one: TicketId, other: TicketId) -> Result<bool, DbError> {
    Ok(tx.execute(REMOVE_LINK, &[one.into(), other.into()]).await? > 0)
}

/// Links two tickets, seen from both: `kind` is what `other` is to `one`.
pub async fn link(
    tx: &mut Tx<'_>,
    one: TicketId,
    other: TicketId,
    kind: LinkKind,
) -> Result<(), DbError> {
    tx.execute(ADD_LINK, &[one.into(), other.into(), kind.into()])
        .await?;
    let back = kind.seen_from_the_other();
    tx.execute(ADD_LINK, &[other.into(), one.into(), back.into()])
        .await?;
    Ok(())
}

/// Remembers how far an agent has read; -1: marked unread.
pub async fn mark_read(
    tx: &mut Tx<'_>,
    id: TicketId,
    agent: AgentId,
    number: i64,
) -> Result<(), DbError> {
    tx.execute(MARK_READ, &[agent.into(), id.into(), number.into()])
        .await?;
    Ok(())
}

/// Removes what hangs on a ticket.
pub(super) async fn clear(tx: &mut Tx<'_>, id: TicketId) -> Result<(), DbError> {
    for statement in [
        CLEAR_TAGS,
        CLEAR_CC,
        CLEAR_WATCHERS,
        CLEAR_LINKS,
        CLEAR_READS,
    ] {
        tx.execute(statement, &[id.into()]).await?;
    }
    Ok(())
}
