//! Pages of tickets, each view one range of one index.

use kernel::db::{DbError, FromRow, Row, Tx, Value, placeholders};
use kernel::ids::{AgentId, CustomerId, TeamId, TicketId};
use kernel::time::Timestamp;

use crate::tickets::{Shelf, Ticket};

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
    WHERE requester_id = $1 AND place <> 'merged' AND (last_message_at, id) < ($2, $3) \
    ORDER BY last_message_at DESC, id DESC LIMIT $4";
const PAGE_TAG: &str = "SELECT t.id, t.last_message_at FROM tags n \
    JOIN ticket_tags g ON g.tag_id = n.id JOIN tickets t ON t.id = g.ticket_id \
    WHERE n.name = $1 AND t.place = 'desk' AND (t.last_message_at, t.id) < ($2, $3) \
    ORDER BY t.last_message_at DESC, t.id DESC LIMIT $4";
const PAGE_WORDS: &str = "SELECT t.id, t.last_message_at FROM tickets t \
    WHERE t.place NOT IN ('trash', 'merged') AND (t.id = $1 OR lower(t.subject) LIKE $2 ESCAPE '!' \
        OR t.requester_id IN \
        (SELECT customer_id FROM customer_terms WHERE term >= $3 AND term < $4)) \
    AND (t.last_message_at, t.id) < ($5, $6) \
    ORDER BY t.last_message_at DESC, t.id DESC LIMIT $7";
const ROWS: &str = "SELECT t.id, t.subject, t.snippet, t.status, t.priority, t.place, t.shelf, \
    t.channel, t.requester_id, t.requester_identity_id, t.key_id, t.assignee_id, t.team_id, \
    t.inbox_id, t.brand_id, t.last_number, t.last_direction, t.last_agent_id, t.message_count, \
    t.has_attachments, t.failed_deliveries, t.snoozed_until, t.created_at, t.updated_at, \
    t.last_message_at, t.version, t.type, c.name, i.value, r.number FROM tickets t \
    JOIN customers c ON c.id = t.requester_id \
    JOIN identities i ON i.id = t.requester_identity_id \
    LEFT JOIN ticket_reads r ON r.agent_id = $1 AND r.ticket_id = t.id WHERE t.id IN ";
const TAG_NAMES: &str = "SELECT g.ticket_id, n.name FROM ticket_tags g \
    JOIN tags n ON n.id = g.tag_id WHERE g.ticket_id IN ";

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
            requester_name: row.get(27)?,
            requester_email: row.get(28)?,
            read: row.get(29)?,
        })
    }
}

/// Which tickets a list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Range {
    /// Open ones that an agent has.
    Mine(AgentId),
    /// Open ones that nobody has.
    Unassigned,
    /// Open ones in a team's queue.
    Team(TeamId),
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
