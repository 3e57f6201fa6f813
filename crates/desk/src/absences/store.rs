//! Rows of absences.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AbsenceId, AgentId};
use kernel::time::Timestamp;

use super::Absence;

const INSERT: &str = "INSERT INTO absences (agent_id, stand_in_id, from_at, to_at, version) \
    VALUES ($1, $2, $3, $4, 1) RETURNING id";
const UPDATE: &str = "UPDATE absences SET stand_in_id = $2, from_at = $3, to_at = $4, \
    version = version + 1 WHERE id = $1";
const DELETE: &str = "DELETE FROM absences WHERE id = $1";
const FIND: &str = "SELECT id, agent_id, stand_in_id, from_at, to_at, version FROM absences \
    WHERE id = $1";
const OF_AGENT: &str = "SELECT id, agent_id, stand_in_id, from_at, to_at, version FROM absences \
    WHERE agent_id = $1 AND to_at > $2 ORDER BY to_at, id LIMIT 51";
const TO_COME: &str = "SELECT id, agent_id, stand_in_id, from_at, to_at, version FROM absences \
    WHERE to_at > $1 ORDER BY to_at, id LIMIT 1000";
const AWAY: &str = "SELECT stand_in_id FROM absences WHERE agent_id = $1 AND to_at > $2 \
    AND from_at <= $2 ORDER BY to_at LIMIT 1";
const STOOD_IN_FOR: &str = "SELECT agent_id FROM absences WHERE stand_in_id = $1 AND to_at > $2 \
    AND from_at <= $2 ORDER BY agent_id LIMIT 50";
const LOCK_AGENT: &str = "SELECT id FROM agents WHERE id = $1";

impl FromRow for Absence {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            agent_id: row.get(1)?,
            stand_in_id: row.get(2)?,
            from: row.get(3)?,
            to: row.get(4)?,
            version: row.get(5)?,
        })
    }
}

/// Plans an absence; `id` and `version` are ignored.
pub async fn insert(tx: &mut Tx<'_>, absence: &Absence) -> Result<AbsenceId, DbError> {
    let params = [
        absence.agent_id.into(),
        absence.stand_in_id.into(),
        absence.from.into(),
        absence.to.into(),
    ];
    let row = tx.one::<(AbsenceId,)>(INSERT, &params).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// Overwrites an absence.
pub async fn update(tx: &mut Tx<'_>, absence: &Absence) -> Result<(), DbError> {
    let params = [
        absence.id.into(),
        absence.stand_in_id.into(),
        absence.from.into(),
        absence.to.into(),
    ];
    tx.execute(UPDATE, &params).await?;
    Ok(())
}

/// Removes an absence.
pub async fn delete(tx: &mut Tx<'_>, id: AbsenceId) -> Result<(), DbError> {
    tx.execute(DELETE, &[id.into()]).await?;
    Ok(())
}

/// One absence.
pub async fn find(tx: &mut Tx<'_>, id: AbsenceId) -> Result<Option<Absence>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// The absences of an agent that are not over at `now`, the first to end first.
pub async fn of_agent(
    tx: &mut Tx<'_>,
    agent: AgentId,
    now: Timestamp,
) -> Result<Vec<Absence>, DbError> {
    tx.all(OF_AGENT, &[agent.into(), now.into()]).await
}

/// Everybody's absences that are not over at `now`, the first to end first; at most 1,000.
pub async fn to_come(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<Absence>, DbError> {
    tx.all(TO_COME, &[now.into()]).await
}

/// Whom an agent who is away at `at` named as stand-in; `None` when they are here.
pub async fn away(
    tx: &mut Tx<'_>,
    agent: AgentId,
    at: Timestamp,
) -> Result<Option<Option<AgentId>>, DbError> {
    let row = tx
        .one::<(Option<AgentId>,)>(AWAY, &[agent.into(), at.into()])
        .await?;
    Ok(row.map(|(stand_in,)| stand_in))
}

/// For whom an agent stands in at `at`.
pub async fn stood_in_for(
    tx: &mut Tx<'_>,
    agent: AgentId,
    at: Timestamp,
) -> Result<Vec<AgentId>, DbError> {
    let rows = tx
        .all::<(AgentId,)>(STOOD_IN_FOR, &[agent.into(), at.into()])
        .await?;
    Ok(rows.into_iter().map(|(agent,)| agent).collect())
}

/// Locks an agent's row, so that their absences change one at a time.
pub async fn lock_agent(tx: &mut Tx<'_>, agent: AgentId) -> Result<bool, DbError> {
    tx.lock(LOCK_AGENT, &[agent.into()]).await
}
