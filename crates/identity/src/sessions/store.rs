//! The SQL of sessions and of the places agents sign in from.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, SessionId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::rules::KNOWN_SOURCES_MAX;
use crate::permissions::Role;

const INSERT: &str = "INSERT INTO sessions (agent_id, token_hash, user_agent, ip, created_at, \
    last_seen_at) VALUES ($1, $2, $3, $4, $5, $5) RETURNING id";
const FIND: &str = "SELECT s.id, s.created_at, s.last_seen_at, a.id, a.name, a.role, s.by_pin \
    FROM sessions s JOIN agents a ON a.id = s.agent_id \
    WHERE s.token_hash = $1 AND s.locked_at IS NULL AND a.status = 'active'";
const TOUCH: &str = "UPDATE sessions SET last_seen_at = $1 WHERE id = $2 AND last_seen_at < $1";
const OF_AGENT: &str = "SELECT id, user_agent, ip, created_at, last_seen_at FROM sessions \
    WHERE agent_id = $1 AND last_seen_at > $2 AND created_at > $3 \
    ORDER BY last_seen_at DESC, id DESC LIMIT 200";
const DELETE: &str = "DELETE FROM sessions WHERE id = $1 AND agent_id = $2 RETURNING id";
const DELETE_OTHERS: &str = "DELETE FROM sessions WHERE agent_id = $1 AND id <> $2 RETURNING id";
const DELETE_OVER: &str = "DELETE FROM sessions WHERE last_seen_at <= $1 OR created_at <= $2";
const KNOWN: &str = "SELECT source FROM known_sources WHERE agent_id = $1 AND source IN ($2, $3)";
const REMEMBER: &str = "INSERT INTO known_sources (agent_id, source, last_used_at) \
    VALUES ($1, $2, $3) ON CONFLICT (agent_id, source) DO UPDATE SET \
    last_used_at = excluded.last_used_at";
const FORGET: &str = "DELETE FROM known_sources WHERE agent_id = $1 AND source NOT IN \
    (SELECT source FROM known_sources WHERE agent_id = $1 \
    ORDER BY last_used_at DESC, source LIMIT $2)";

/// A session as it is looked up for a request, with its active agent.
#[derive(Clone, Debug)]
pub struct FoundSession {
    /// Which.
    pub id: SessionId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to within [`super::rules::TOUCH_EVERY`].
    pub last_seen_at: Timestamp,
    /// Whose.
    pub agent: AgentId,
    /// Their name.
    pub name: String,
    /// Their role now.
    pub role: Role,
    /// Whether it was opened by PIN since its full sign-in.
    pub by_pin: bool,
}

impl FromRow for FoundSession {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            created_at: row.get(1)?,
            last_seen_at: row.get(2)?,
            agent: row.get(3)?,
            name: row.get(4)?,
            role: row.get(5)?,
            by_pin: row.get(6)?,
        })
    }
}

/// A session as its agent sees it.
#[derive(Clone, Debug)]
pub struct ListedSession {
    /// Which.
    pub id: SessionId,
    /// What the browser called itself.
    pub user_agent: Encrypted<String>,
    /// The address it began from.
    pub ip: Encrypted<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen_at: Timestamp,
}

impl FromRow for ListedSession {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            user_agent: row.get(1)?,
            ip: row.get(2)?,
            created_at: row.get(3)?,
            last_seen_at: row.get(4)?,
        })
    }
}

/// A new session of `agent`.
pub async fn insert(
    tx: &mut Tx<'_>,
    agent: AgentId,
    token_hash: [u8; 32],
    (user_agent, ip): (&Encrypted<String>, &Encrypted<String>),
    at: Timestamp,
) -> Result<SessionId, DbError> {
    let params = [
        agent.into(),
        token_hash.into(),
        user_agent.into(),
        ip.into(),
        at.into(),
    ];
    let id = tx.one::<(SessionId,)>(INSERT, &params).await?;
    id.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("the id of a new session".to_owned()))
}

/// The session of a token, over or not, if its agent is active.
pub async fn find(tx: &mut Tx<'_>, token_hash: [u8; 32]) -> Result<Option<FoundSession>, DbError> {
    tx.one(FIND, &[token_hash.into()]).await
}

/// Notes that a session was used at `at`.
pub async fn touch(tx: &mut Tx<'_>, id: SessionId, at: Timestamp) -> Result<(), DbError> {
    tx.execute(TOUCH, &[at.into(), id.into()]).await?;
    Ok(())
}

/// The sessions of an agent that were used after `idle` and began after `age`, latest use first.
pub async fn of_agent(
    tx: &mut Tx<'_>,
    agent: AgentId,
    idle: Timestamp,
    age: Timestamp,
) -> Result<Vec<ListedSession>, DbError> {
    tx.all(OF_AGENT, &[agent.into(), idle.into(), age.into()])
        .await
}

/// Ends one session of an agent; false when they have no such session.
pub async fn delete(tx: &mut Tx<'_>, id: SessionId, agent: AgentId) -> Result<bool, DbError> {
    Ok(tx
        .one::<(SessionId,)>(DELETE, &[id.into(), agent.into()])
        .await?
        .is_some())
}

/// Ends all sessions of an agent but `kept`; answers which.
pub async fn delete_others(
    tx: &mut Tx<'_>,
    agent: AgentId,
    kept: Option<SessionId>,
) -> Result<Vec<SessionId>, DbError> {
    let kept = kept.map_or(0, |id| id.0);
    let ended = tx
        .all::<(SessionId,)>(DELETE_OTHERS, &[agent.into(), kept.into()])
        .await?;
    Ok(ended.into_iter().map(|(id,)| id).collect())
}

/// Removes every session last used by `idle` or begun by `age`.
pub async fn delete_over(tx: &mut Tx<'_>, idle: Timestamp, age: Timestamp) -> Result<(), DbError> {
    tx.execute(DELETE_OVER, &[idle.into(), age.into()]).await?;
    Ok(())
}

/// Which of two sources the agent has signed in from before.
pub async fn known(
    tx: &mut Tx<'_>,
    agent: AgentId,
    network: [u8; 32],
    device: [u8; 32],
) -> Result<(bool, bool), DbError> {
    let params = [agent.into(), network.into(), device.into()];
    let known = tx.all::<(Vec<u8>,)>(KNOWN, &params).await?;
    let has = |source: [u8; 32]| known.iter().any(|(it,)| *it == source);
    Ok((has(network), has(device)))
}

/// Remembers that an agent signed in from `sources`, and forgets the oldest beyond the limit.
pub async fn remember(
    tx: &mut Tx<'_>,
    agent: AgentId,
    sources: [[u8; 32]; 2],
    at: Timestamp,
) -> Result<(), DbError> {
    for source in sources {
        tx.execute(REMEMBER, &[agent.into(), source.into(), at.into()])
            .await?;
    }
    let limit = i64::try_from(KNOWN_SOURCES_MAX).unwrap_or(i64::MAX);
    tx.execute(FORGET, &[agent.into(), limit.into()]).await?;
    Ok(())
}
