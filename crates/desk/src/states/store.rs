//! Rows of agents' states.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, TicketId};
use kernel::time::Timestamp;

use super::StateRow;

const ENSURE: &str = "INSERT INTO agent_states (agent_id, state, cause, since, seen_at, version) \
    VALUES ($1, 'offline', 'chosen', $2, $2, 0) ON CONFLICT (agent_id) DO NOTHING";
const LOCK: &str = "SELECT state, cause, reason, set_by, since, seen_at, version \
    FROM agent_states WHERE agent_id = $1";
const ALL: &str = "SELECT agent_id, state, cause, reason, set_by, since, seen_at, version \
    FROM agent_states ORDER BY agent_id";
const UPDATE: &str = "UPDATE agent_states SET state = $2, cause = $3, reason = $4, set_by = $5, \
    since = $6, seen_at = $7, version = version + 1 WHERE agent_id = $1";
const SEEN: &str = "UPDATE agent_states SET seen_at = $2 WHERE agent_id = $1 AND seen_at < $3";
const GONE: &str = "SELECT agent_id FROM agent_states WHERE state <> 'offline' AND seen_at <= $1 \
    ORDER BY agent_id LIMIT 500";
const SEEN_FIRST: &str = "SELECT MIN(seen_at) FROM agent_states WHERE state <> 'offline'";
const TO_RETURN: &str = "SELECT id FROM tickets WHERE assignee_id = $1 AND shelf = 'open' \
    AND status IN ('new', 'open') AND last_direction <> 'out' AND team_id IS NOT NULL \
    ORDER BY id LIMIT 1000";

impl FromRow for StateRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        read(row, 0)
    }
}

fn read(row: &Row<'_>, from: usize) -> Result<StateRow, DbError> {
    Ok(StateRow {
        state: row.get(from)?,
        cause: row.get(from + 1)?,
        reason: row.get(from + 2)?,
        set_by: row.get(from + 3)?,
        since: row.get(from + 4)?,
        seen_at: row.get(from + 5)?,
        version: row.get(from + 6)?,
    })
}

struct OfAgent(AgentId, StateRow);

impl FromRow for OfAgent {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self(row.get(0)?, read(row, 1)?))
    }
}

/// Locks an agent's row, made when there is none yet: whoever changes what an agent has in hand
/// for routing holds it, after the ticket's lock.
pub async fn lock(tx: &mut Tx<'_>, agent: AgentId, at: Timestamp) -> Result<StateRow, DbError> {
    tx.execute(ENSURE, &[agent.into(), at.into()]).await?;
    let row = tx.lock_one(LOCK, &[agent.into()]).await?;
    row.ok_or_else(|| DbError::Unreadable("an agent's state is gone".to_owned()))
}

/// An agent's state; `None` for those who never worked.
pub async fn find(tx: &mut Tx<'_>, agent: AgentId) -> Result<Option<StateRow>, DbError> {
    tx.one(LOCK, &[agent.into()]).await
}

/// Everybody's states, by agent.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<(AgentId, StateRow)>, DbError> {
    let rows = tx.all::<OfAgent>(ALL, &[]).await?;
    Ok(rows.into_iter().map(|OfAgent(id, row)| (id, row)).collect())
}

/// Writes a state and counts its version up.
pub async fn update(tx: &mut Tx<'_>, agent: AgentId, row: &StateRow) -> Result<(), DbError> {
    let params = [
        agent.into(),
        row.state.into(),
        row.cause.into(),
        row.reason.clone().into(),
        row.set_by.into(),
        row.since.into(),
        row.seen_at.into(),
    ];
    tx.execute(UPDATE, &params).await?;
    Ok(())
}

/// Notes that a screen of the agent is there, unless that was noted since `before`.
pub async fn seen(
    tx: &mut Tx<'_>,
    agent: AgentId,
    at: Timestamp,
    before: Timestamp,
) -> Result<(), DbError> {
    tx.execute(SEEN, &[agent.into(), at.into(), before.into()])
        .await?;
    Ok(())
}

/// Those at work whose last screen was there at `before` or earlier.
pub async fn gone(tx: &mut Tx<'_>, before: Timestamp) -> Result<Vec<AgentId>, DbError> {
    let rows = tx.all::<(AgentId,)>(GONE, &[before.into()]).await?;
    Ok(rows.into_iter().map(|(agent,)| agent).collect())
}

/// When the screen that was there longest ago, of those at work, was there.
pub async fn seen_first(tx: &mut Tx<'_>) -> Result<Option<Timestamp>, DbError> {
    let row = tx.one::<(Option<Timestamp>,)>(SEEN_FIRST, &[]).await?;
    Ok(row.and_then(|(at,)| at))
}

/// The agent's tickets whose customers wait for an answer.
pub async fn to_return(tx: &mut Tx<'_>, agent: AgentId) -> Result<Vec<TicketId>, DbError> {
    let rows = tx.all::<(TicketId,)>(TO_RETURN, &[agent.into()]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
