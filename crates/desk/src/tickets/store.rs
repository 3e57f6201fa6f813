//! The tickets' tables.

use customers::{MailAddress, Person};
use kernel::db::{DbError, FromRow, Row, Tx, Value, placeholders};
use kernel::ids::{AgentId, CustomerId, IdentityId, TagId, TicketId};
use kernel::time::Timestamp;

use super::{LinkKind, Place, Shelf, Ticket};

const LOCK: &str = "SELECT id FROM tickets WHERE id = $1";
const TICKET: &str = "SELECT id, subject, snippet, status, priority, place, shelf, channel, \
    requester_id, requester_identity_id, key_id, assignee_id, team_id, inbox_id, brand_id, \
    last_number, last_direction, last_agent_id, message_count, has_attachments, \
    failed_deliveries, snoozed_until, created_at, updated_at, last_message_at, version \
    FROM tickets WHERE id = $1";
const INSERT: &str = "INSERT INTO tickets (subject, snippet, status, priority, place, shelf, \
    channel, requester_id, requester_identity_id, key_id, assignee_id, team_id, inbox_id, \
    brand_id, last_number, last_direction, last_agent_id, message_count, has_attachments, \
    failed_deliveries, snoozed_until, created_at, updated_at, last_message_at, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
    $19, $20, $21, $22, $23, $24, $25) RETURNING id";
const SAVE: &str = "UPDATE tickets SET subject = $2, snippet = $3, status = $4, priority = $5, \
    place = $6, shelf = $7, requester_id = $8, requester_identity_id = $9, key_id = $10, \
    assignee_id = $11, team_id = $12, last_number = $13, last_direction = $14, \
    last_agent_id = $15, message_count = $16, has_attachments = $17, failed_deliveries = $18, \
    snoozed_until = $19, updated_at = $20, last_message_at = $21, version = $22 WHERE id = $1";
const DELETE: &str = "DELETE FROM tickets WHERE id = $1";

const PAGE_MINE: &str = "SELECT id, last_message_at FROM tickets \
    WHERE shelf = 'open' AND assignee_id = $1 AND (last_message_at, id) < ($2, $3) \
    ORDER BY last_message_at DESC, id DESC LIMIT $4";
const PAGE_UNASSIGNED: &str = "SELECT id, last_message_at FROM tickets \
    WHERE shelf = 'open' AND assignee_id IS NULL AND (last_message_at, id) < ($1, $2) \
    ORDER BY last_message_at DESC, id DESC LIMIT $3";
const PAGE_TEAM: &str = "SELECT id, last_message_at FROM tickets \
    WHERE shelf = 'open' AND team_id = $1 AND (last_message_at, id) < ($2, $3) \
    ORDER BY last_message_at DESC, id DESC LIMIT $4";
const PAGE_SHELF: &str = "SELECT id, last_message_at FROM tickets \
    WHERE shelf = $1 AND (last_message_at, id) < ($2, $3) \
    ORDER BY last_message_at DESC, id DESC LIMIT $4";
const PAGE_MENTIONS: &str = "SELECT DISTINCT t.id, t.last_message_at FROM mentions m \
    JOIN tickets t ON t.id = m.ticket_id WHERE m.agent_id = $1 AND t.place = 'desk' \
    AND (t.last_message_at, t.id) < ($2, $3) \
    ORDER BY t.last_message_at DESC, t.id DESC LIMIT $4";
const PAGE_CUSTOMER: &str = "SELECT id, last_message_at FROM tickets \
    WHERE requester_id = $1 AND (last_message_at, id) < ($2, $3) \
    ORDER BY last_message_at DESC, id DESC LIMIT $4";
const PAGE_TAG: &str = "SELECT t.id, t.last_message_at FROM tags n \
    JOIN ticket_tags g ON g.tag_id = n.id JOIN tickets t ON t.id = g.ticket_id \
    WHERE n.name = $1 AND t.place = 'desk' AND (t.last_message_at, t.id) < ($2, $3) \
    ORDER BY t.last_message_at DESC, t.id DESC LIMIT $4";
const PAGE_WORDS: &str = "SELECT t.id, t.last_message_at FROM tickets t \
    WHERE t.place <> 'trash' AND (t.id = $1 OR lower(t.subject) LIKE $2 ESCAPE '!' \
        OR t.requester_id IN \
        (SELECT customer_id FROM customer_terms WHERE term >= $3 AND term < $4)) \
    AND (t.last_message_at, t.id) < ($5, $6) \
    ORDER BY t.last_message_at DESC, t.id DESC LIMIT $7";
const ROWS: &str = "SELECT t.id, t.subject, t.snippet, t.status, t.priority, t.place, t.shelf, \
    t.channel, t.requester_id, t.requester_identity_id, t.key_id, t.assignee_id, t.team_id, \
    t.inbox_id, t.brand_id, t.last_number, t.last_direction, t.last_agent_id, t.message_count, \
    t.has_attachments, t.failed_deliveries, t.snoozed_until, t.created_at, t.updated_at, \
    t.last_message_at, t.version, c.name, i.value, r.number FROM tickets t \
    JOIN customers c ON c.id = t.requester_id \
    JOIN identities i ON i.id = t.requester_identity_id \
    LEFT JOIN ticket_reads r ON r.agent_id = $1 AND r.ticket_id = t.id WHERE t.id IN ";
const TAG_NAMES: &str = "SELECT g.ticket_id, n.name FROM ticket_tags g \
    JOIN tags n ON n.id = g.tag_id WHERE g.ticket_id IN ";

const TAGS: &str = "SELECT tag_id FROM ticket_tags WHERE ticket_id = $1 ORDER BY tag_id";
const ADD_TAG: &str = "INSERT INTO ticket_tags (ticket_id, tag_id) VALUES ($1, $2)";
const CLEAR_TAGS: &str = "DELETE FROM ticket_tags WHERE ticket_id = $1";
const CC: &str = "SELECT c.id, o.key_id, i.id, c.name, i.value FROM ticket_cc x \
    JOIN identities i ON i.id = x.identity_id JOIN customers o ON o.id = i.customer_id \
    JOIN customers c ON c.id = x.customer_id WHERE x.ticket_id = $1 ORDER BY c.id";
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
const ADD_LINK: &str = "INSERT INTO ticket_links (ticket_id, linked_id, kind) \
    VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
const CLEAR_LINKS: &str = "DELETE FROM ticket_links WHERE ticket_id = $1 OR linked_id = $1";
const MARK_READ: &str = "INSERT INTO ticket_reads (agent_id, ticket_id, number) \
    VALUES ($1, $2, $3) ON CONFLICT (agent_id, ticket_id) DO UPDATE SET number = excluded.number";
const CLEAR_READS: &str = "DELETE FROM ticket_reads WHERE ticket_id = $1";
const BELONGS: &str = "SELECT 1 FROM identities i JOIN customers o ON o.id = i.customer_id \
    JOIN tickets t ON t.id = $1 WHERE i.kind = 'email' AND i.fold = $2 \
    AND (COALESCE(o.merged_into, o.id) = t.requester_id OR EXISTS (SELECT 1 FROM ticket_cc x \
        WHERE x.ticket_id = t.id AND x.customer_id = COALESCE(o.merged_into, o.id)))";
const COUNT_OF_CUSTOMER: &str = "SELECT COUNT(*) FROM (SELECT 1 AS one FROM tickets \
    WHERE requester_id = $1 LIMIT 1000) AS counted";

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
        })
    }
}

/// A ticket as one agent sees it in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The ticket.
    pub ticket: Ticket,
    /// The requester's name.
    pub requester_name: String,
    /// The address the requester uses here.
    pub requester_email: String,
    /// The number the agent has read through; -1: marked unread.
    pub read: Option<i64>,
}

impl FromRow for Listed {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            ticket: Ticket::from_row(row)?,
            requester_name: row.get(26)?,
            requester_email: row.get(27)?,
            read: row.get(28)?,
        })
    }
}

/// Locks the ticket and reads it; every command begins with this.
pub async fn lock(tx: &mut Tx<'_>, id: TicketId) -> Result<Option<Ticket>, DbError> {
    if !tx.lock(LOCK, &[id.into()]).await? {
        return Ok(None);
    }
    find(tx, id).await
}

/// Reads the ticket without locking it.
pub async fn find(tx: &mut Tx<'_>, id: TicketId) -> Result<Option<Ticket>, DbError> {
    tx.one(TICKET, &[id.into()]).await
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
    ];
    tx.execute(SAVE, &values).await?;
    Ok(())
}

/// Removes the ticket and what hangs on it, except messages and files.
pub async fn delete(tx: &mut Tx<'_>, id: TicketId) -> Result<(), DbError> {
    for statement in [
        CLEAR_TAGS,
        CLEAR_CC,
        CLEAR_WATCHERS,
        CLEAR_LINKS,
        CLEAR_READS,
        DELETE,
    ] {
        tx.execute(statement, &[id.into()]).await?;
    }
    Ok(())
}

/// Which tickets a list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Range {
    /// Open ones that an agent has.
    Mine(AgentId),
    /// Open ones that nobody has.
    Unassigned,
    /// Open ones in a team's queue.
    Team(kernel::ids::TeamId),
    /// Those of one shelf.
    Shelf(Shelf),
    /// Those in which an agent is mentioned and has not read it.
    Mentions(AgentId),
    /// Those of a customer, wherever they lie.
    Customer(CustomerId),
    /// Those with a tag.
    Tag(String),
    /// Those with this number, with these words in the subject, or whose requester's name or
    /// address begins so.
    Words(String),
}

/// A page of ids, newest activity first, below `(last_message_at, id)`.
pub async fn page(
    tx: &mut Tx<'_>,
    range: &Range,
    below: (i64, i64),
    limit: i64,
) -> Result<Vec<(TicketId, Timestamp)>, DbError> {
    let (at, id): (Value, Value) = (below.0.into(), below.1.into());
    let limit: Value = limit.into();
    match range {
        Range::Mine(agent) => tx.all(PAGE_MINE, &[(*agent).into(), at, id, limit]).await,
        Range::Unassigned => tx.all(PAGE_UNASSIGNED, &[at, id, limit]).await,
        Range::Team(team) => tx.all(PAGE_TEAM, &[(*team).into(), at, id, limit]).await,
        Range::Shelf(shelf) => tx.all(PAGE_SHELF, &[(*shelf).into(), at, id, limit]).await,
        Range::Mentions(agent) => {
            tx.all(PAGE_MENTIONS, &[(*agent).into(), at, id, limit])
                .await
        }
        Range::Customer(who) => tx.all(PAGE_CUSTOMER, &[(*who).into(), at, id, limit]).await,
        Range::Tag(name) => tx.all(PAGE_TAG, &[name.into(), at, id, limit]).await,
        Range::Words(words) => {
            let folded = words.trim().to_lowercase();
            let number = folded.trim_start_matches('#').parse::<i64>().unwrap_or(0);
            let escaped = folded
                .replace('!', "!!")
                .replace('%', "!%")
                .replace('_', "!_");
            let mut end = folded.clone().into_bytes();
            end.push(0xFF);
            let values: Vec<Value> = vec![
                number.into(),
                format!("%{escaped}%").into(),
                folded.into_bytes().into(),
                end.into(),
                at,
                id,
                limit,
            ];
            tx.all(PAGE_WORDS, &values).await
        }
    }
}

/// The rows of a page for an agent, in the order of `ids`.
pub async fn rows(
    tx: &mut Tx<'_>,
    agent: AgentId,
    ids: &[TicketId],
) -> Result<Vec<Listed>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("{ROWS}({})", placeholders(2, ids.len()));
    let values: Vec<Value> = std::iter::once(agent.into())
        .chain(ids.iter().map(|id| (*id).into()))
        .collect();
    let mut rows: Vec<Listed> = tx.all(&sql, &values).await?;
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.ticket.id));
    Ok(rows)
}

/// The names of the tags on each of the tickets.
pub async fn tag_names(
    tx: &mut Tx<'_>,
    ids: &[TicketId],
) -> Result<Vec<(TicketId, String)>, DbError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("{TAG_NAMES}({})", placeholders(1, ids.len()));
    let values: Vec<Value> = ids.iter().map(|id| (*id).into()).collect();
    let mut names: Vec<(TicketId, String)> = tx.all(&sql, &values).await?;
    names.sort();
    Ok(names)
}

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

/// Links two tickets, seen from both.
pub async fn link(
    tx: &mut Tx<'_>,
    one: TicketId,
    other: TicketId,
    kind: LinkKind,
) -> Result<(), DbError> {
    tx.execute(ADD_LINK, &[one.into(), other.into(), kind.into()])
        .await?;
    tx.execute(ADD_LINK, &[other.into(), one.into(), kind.into()])
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

/// Whether whoever writes from `address` is the requester or in copy, by any identity of theirs.
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

/// Where a ticket lies; `None` when there is none.
pub async fn place(tx: &mut Tx<'_>, id: TicketId) -> Result<Option<Place>, DbError> {
    Ok(find(tx, id).await?.map(|ticket| ticket.place))
}
