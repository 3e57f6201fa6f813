//! The SQL of PINs, shared computers and locked sessions.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, SessionId};
use kernel::time::Timestamp;

use super::rules::TRIES_MAX;

const PIN: &str = "SELECT pin_hash FROM pins WHERE agent_id = $1";
const SET_PIN: &str = "INSERT INTO pins (agent_id, pin_hash, changed_at) VALUES ($1, $2, $3) \
    ON CONFLICT (agent_id) DO UPDATE SET pin_hash = excluded.pin_hash, \
    changed_at = excluded.changed_at";
const REMOVE_PIN: &str = "DELETE FROM pins WHERE agent_id = $1 RETURNING agent_id";
const IS_SHARED: &str = "SELECT shared_by FROM shared_computers WHERE computer = $1";
const SHARE: &str = "INSERT INTO shared_computers (computer, shared_by, shared_at) \
    VALUES ($1, $2, $3) ON CONFLICT (computer) DO NOTHING";
const UNSHARE: &str = "DELETE FROM shared_computers WHERE computer = $1 RETURNING shared_by";
const HOLD: &str = "UPDATE sessions SET computer = $1 WHERE id = $2 AND computer IS NULL";
const PEOPLE: &str = "SELECT a.id, a.name FROM sessions s JOIN agents a ON a.id = s.agent_id \
    JOIN pins p ON p.agent_id = a.id JOIN shared_computers c ON c.computer = s.computer \
    WHERE s.computer = $1 AND s.locked_at IS NOT NULL AND s.created_at > $2 \
    AND s.pin_tries < $3 AND a.status = 'active' ORDER BY a.name, a.id LIMIT 50";
const LOCK: &str = "INSERT INTO sessions (agent_id, token_hash, user_agent, ip, created_at, \
    last_seen_at, computer, locked_at, by_pin) \
    SELECT agent_id, $1, user_agent, ip, created_at, $2, computer, $2, by_pin FROM sessions \
    WHERE id = $3 AND computer = $4 AND locked_at IS NULL RETURNING id";
const CLAIM: &str = "UPDATE sessions SET pin_tries = pin_tries + 1 WHERE computer = $1 \
    AND agent_id = $2 AND locked_at IS NOT NULL AND created_at > $3 AND pin_tries < $4 \
    AND computer IN (SELECT computer FROM shared_computers) RETURNING id, pin_tries";
const OPEN: &str = "UPDATE sessions SET token_hash = $1, locked_at = NULL, pin_tries = 0, \
    by_pin = 1, last_seen_at = $2 WHERE id = $3 AND locked_at IS NOT NULL RETURNING id";
const USED_UP: &str = "DELETE FROM sessions WHERE id = $1 AND locked_at IS NOT NULL \
    AND pin_tries >= $2 RETURNING id";
const END_LOCKED: &str = "DELETE FROM sessions WHERE computer = $1 AND agent_id = $2 \
    AND locked_at IS NOT NULL RETURNING id";
const END_ALL_LOCKED: &str = "DELETE FROM sessions WHERE computer = $1 \
    AND locked_at IS NOT NULL RETURNING id, agent_id";

/// Somebody whose locked session waits on a computer.
#[derive(Clone, Debug)]
pub struct Person {
    /// Who.
    pub agent: AgentId,
    /// Their name.
    pub name: String,
}

impl FromRow for Person {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            agent: row.get(0)?,
            name: row.get(1)?,
        })
    }
}

/// The hash of the agent's PIN.
pub async fn pin(tx: &mut Tx<'_>, agent: AgentId) -> Result<Option<String>, DbError> {
    Ok(tx
        .one::<(String,)>(PIN, &[agent.into()])
        .await?
        .map(|(it,)| it))
}

/// Sets or replaces the agent's PIN.
pub async fn set_pin(
    tx: &mut Tx<'_>,
    agent: AgentId,
    hash: &str,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(SET_PIN, &[agent.into(), hash.into(), at.into()])
        .await?;
    Ok(())
}

/// Removes the agent's PIN; false when they have none.
pub async fn remove_pin(tx: &mut Tx<'_>, agent: AgentId) -> Result<bool, DbError> {
    let gone = tx.one::<(AgentId,)>(REMOVE_PIN, &[agent.into()]).await?;
    Ok(gone.is_some())
}

/// Whether a computer is marked as shared.
pub async fn is_shared(tx: &mut Tx<'_>, computer: [u8; 32]) -> Result<bool, DbError> {
    let by = tx.one::<(AgentId,)>(IS_SHARED, &[computer.into()]).await?;
    Ok(by.is_some())
}

/// Marks a computer as shared.
pub async fn share(
    tx: &mut Tx<'_>,
    computer: [u8; 32],
    by: AgentId,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(SHARE, &[computer.into(), by.into(), at.into()])
        .await?;
    Ok(())
}

/// Takes the mark away; false when there was none.
pub async fn unshare(tx: &mut Tx<'_>, computer: [u8; 32]) -> Result<bool, DbError> {
    let by = tx.one::<(AgentId,)>(UNSHARE, &[computer.into()]).await?;
    Ok(by.is_some())
}

/// Notes on which computer a session is, unless that is known.
pub async fn hold(tx: &mut Tx<'_>, id: SessionId, computer: [u8; 32]) -> Result<(), DbError> {
    tx.execute(HOLD, &[computer.into(), id.into()]).await?;
    Ok(())
}

/// Those whose sessions wait locked on a shared computer and began after `since`, by name.
pub async fn people(
    tx: &mut Tx<'_>,
    computer: [u8; 32],
    since: Timestamp,
) -> Result<Vec<Person>, DbError> {
    let tries = i64::from(TRIES_MAX);
    tx.all(PEOPLE, &[computer.into(), since.into(), tries.into()])
        .await
}

/// Copies an open session on `computer` to a locked one that nobody holds the token of.
pub async fn lock(
    tx: &mut Tx<'_>,
    id: SessionId,
    computer: [u8; 32],
    token_hash: [u8; 32],
    at: Timestamp,
) -> Result<Option<SessionId>, DbError> {
    let params = [token_hash.into(), at.into(), id.into(), computer.into()];
    Ok(tx.one::<(SessionId,)>(LOCK, &params).await?.map(|(id,)| id))
}

/// Counts a try at an agent's locked session that began after `since`: which session, and the
/// how-manieth try it is. `None` when there is nothing left to try.
pub async fn claim(
    tx: &mut Tx<'_>,
    computer: [u8; 32],
    agent: AgentId,
    since: Timestamp,
) -> Result<Option<(SessionId, i64)>, DbError> {
    let tries = i64::from(TRIES_MAX);
    let params = [computer.into(), agent.into(), since.into(), tries.into()];
    tx.one::<(SessionId, i64)>(CLAIM, &params).await
}

/// Opens a locked session under a new token; false when it is not locked any more.
pub async fn open(
    tx: &mut Tx<'_>,
    id: SessionId,
    token_hash: [u8; 32],
    at: Timestamp,
) -> Result<bool, DbError> {
    let params = [token_hash.into(), at.into(), id.into()];
    Ok(tx.one::<(SessionId,)>(OPEN, &params).await?.is_some())
}

/// Ends a locked session whose tries are used up; false when they are not.
pub async fn end_used_up(tx: &mut Tx<'_>, id: SessionId) -> Result<bool, DbError> {
    let params = [id.into(), i64::from(TRIES_MAX).into()];
    Ok(tx.one::<(SessionId,)>(USED_UP, &params).await?.is_some())
}

/// Ends an agent's locked sessions on a computer; answers which.
pub async fn end_locked(
    tx: &mut Tx<'_>,
    computer: [u8; 32],
    agent: AgentId,
) -> Result<Vec<SessionId>, DbError> {
    let params = [computer.into(), agent.into()];
    let ended = tx.all::<(SessionId,)>(END_LOCKED, &params).await?;
    Ok(ended.into_iter().map(|(id,)| id).collect())
}

/// Ends every locked session on a computer; answers which, and whose.
pub async fn end_all_locked(
    tx: &mut Tx<'_>,
    computer: [u8; 32],
) -> Result<Vec<(SessionId, AgentId)>, DbError> {
    tx.all(END_ALL_LOCKED, &[computer.into()]).await
}
