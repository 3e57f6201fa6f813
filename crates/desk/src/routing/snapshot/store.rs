//! What waits, as it stands in the tickets' tables.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, CustomerId, InboxId, TeamId, TicketId};
use kernel::time::Timestamp;

use crate::tickets::{Channel, Direction, Priority, TicketType};

const ALL_WAITING: &str = "SELECT id, team_id, channel, priority, created_at, last_message_at, \
    last_direction, last_agent_id, message_count, requester_id, inbox_id, type, language, subject \
    FROM tickets WHERE shelf = 'open' AND assignee_id IS NULL AND team_id IS NOT NULL \
    AND status IN ('new', 'open') ORDER BY team_id, id";
const WAITING: &str = "SELECT id, team_id, channel, priority, created_at, last_message_at, \
    last_direction, last_agent_id, message_count, requester_id, inbox_id, type, language, subject \
    FROM tickets WHERE id = $1 AND shelf = 'open' AND assignee_id IS NULL \
    AND team_id IS NOT NULL AND status IN ('new', 'open')";
const ASSIGNEE: &str = "SELECT assignee_id FROM tickets WHERE id = $1";
const WAITS_SINCE: &str = "SELECT MIN(at) FROM messages WHERE ticket_id = $1 AND kind = 'in' \
    AND number > (SELECT COALESCE(MAX(number), 0) FROM messages WHERE ticket_id = $1 \
    AND kind = 'out' AND state = 'released')";
const PREVIOUS: &str = "SELECT assignee_id FROM tickets WHERE requester_id = $1 AND id <> $2 \
    AND assignee_id IS NOT NULL ORDER BY last_message_at DESC, id DESC LIMIT 1";

/// A waiting ticket as stored.
#[derive(Clone, Debug)]
pub struct WaitingRow {
    /// Which ticket.
    pub id: TicketId,
    /// Whose queue.
    pub team: TeamId,
    /// How it came to be.
    pub channel: Channel,
    /// How urgent.
    pub priority: Priority,
    /// When it began.
    pub created_at: Timestamp,
    /// When someone last spoke.
    pub last_message_at: Timestamp,
    /// Who spoke last.
    pub last_direction: Direction,
    /// The agent who spoke last, if an agent did.
    pub last_agent: Option<AgentId>,
    /// How many messages it holds.
    pub message_count: i64,
    /// Whose it is.
    pub requester: CustomerId,
    /// Its entrance.
    pub inbox: Option<InboxId>,
    /// What kind of work.
    pub ticket_type: Option<TicketType>,
    /// Its language.
    pub language: Option<String>,
    /// What it is about.
    pub subject: String,
}

impl FromRow for WaitingRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            team: row.get(1)?,
            channel: row.get(2)?,
            priority: row.get(3)?,
            created_at: row.get(4)?,
            last_message_at: row.get(5)?,
            last_direction: row.get(6)?,
            last_agent: row.get(7)?,
            message_count: row.get(8)?,
            requester: row.get(9)?,
            inbox: row.get(10)?,
            ticket_type: row.get(11)?,
            language: row.get(12)?,
            subject: row.get(13)?,
        })
    }
}

/// Everything that waits in a team's queue.
pub async fn all_waiting(tx: &mut Tx<'_>) -> Result<Vec<WaitingRow>, DbError> {
    tx.all(ALL_WAITING, &[]).await
}

/// One ticket, if it waits in a team's queue.
pub async fn waiting(tx: &mut Tx<'_>, id: TicketId) -> Result<Option<WaitingRow>, DbError> {
    tx.one(WAITING, &[id.into()]).await
}

/// Who has a ticket.
pub async fn assignee(tx: &mut Tx<'_>, id: TicketId) -> Result<Option<AgentId>, DbError> {
    let row = tx.one::<(Option<AgentId>,)>(ASSIGNEE, &[id.into()]).await?;
    Ok(row.and_then(|(agent,)| agent))
}

/// Since when the customer waits for an answer: their first message after our last one.
pub async fn customer_waits_since(
    tx: &mut Tx<'_>,
    id: TicketId,
) -> Result<Option<Timestamp>, DbError> {
    let row = tx
        .one::<(Option<Timestamp>,)>(WAITS_SINCE, &[id.into()])
        .await?;
    Ok(row.and_then(|(at,)| at))
}

/// Who has this customer's last other ticket.
pub async fn previous(
    tx: &mut Tx<'_>,
    customer: CustomerId,
    other_than: TicketId,
) -> Result<Option<AgentId>, DbError> {
    let row = tx
        .one::<(AgentId,)>(PREVIOUS, &[customer.into(), other_than.into()])
        .await?;
    Ok(row.map(|(agent,)| agent))
}
