//! The SQL of agents.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::AgentId;
use kernel::time::Timestamp;

use super::{Agent, AgentStatus};
use crate::permissions::Role;

const FIND: &str = "SELECT id, name, email, role, status, created_at, version FROM agents \
    WHERE id = $1";
const FIND_BY_EMAIL: &str = "SELECT id, name, email, role, status, created_at, version \
    FROM agents WHERE email = $1";
const ALL: &str = "SELECT id, name, email, role, status, created_at, version FROM agents \
    ORDER BY id LIMIT 1000";
const INSERT: &str = "INSERT INTO agents (name, email, role, status, password_hash, created_at, \
    version) VALUES ($1, $2, $3, 'active', $4, $5, 1) ON CONFLICT (email) DO NOTHING RETURNING id";
const UPDATE: &str = "UPDATE agents SET name = $1, role = $2, status = $3, version = $4 \
    WHERE id = $5";
const LOCK: &str = "SELECT id FROM agents WHERE id = $1";
const LOCK_WITH_OWNERS: &str = "SELECT id FROM agents WHERE id = $1 OR role = 'owner' ORDER BY id";
const ACTIVE_OWNERS: &str =
    "SELECT id FROM agents WHERE role = 'owner' AND status = 'active' ORDER BY id";
const PASSWORD_HASH: &str = "SELECT password_hash FROM agents WHERE id = $1";
const SET_PASSWORD_HASH: &str = "UPDATE agents SET password_hash = $1 WHERE id = $2";

impl FromRow for Agent {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            email: row.get(2)?,
            role: row.get(3)?,
            status: row.get(4)?,
            created_at: row.get(5)?,
            version: row.get(6)?,
        })
    }
}

/// Most agents that [`all`] answers.
pub const AGENTS_MAX: usize = 1000;

/// The agent, if there is one.
pub async fn find(tx: &mut Tx<'_>, id: AgentId) -> Result<Option<Agent>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// The agent who signs in with `email` (in the form of [`super::rules::email`]).
pub async fn find_by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<Agent>, DbError> {
    tx.one(FIND_BY_EMAIL, &[email.into()]).await
}

/// Every agent, disabled ones too, oldest first; up to [`AGENTS_MAX`].
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<Agent>, DbError> {
    tx.all(ALL, &[]).await
}

/// A new active agent; `None` when the address has one already.
pub async fn insert(
    tx: &mut Tx<'_>,
    (name, email): (&str, &str),
    role: Role,
    password_hash: &str,
    at: Timestamp,
) -> Result<Option<Agent>, DbError> {
    let params = [
        name.into(),
        email.into(),
        role.into(),
        password_hash.into(),
        at.into(),
    ];
    let id = tx.one::<(AgentId,)>(INSERT, &params).await?;
    Ok(id.map(|(id,)| Agent {
        id,
        name: name.to_owned(),
        email: email.to_owned(),
        role,
        status: AgentStatus::Active,
        created_at: at,
        version: 1,
    }))
}

/// Writes name, role, status and version.
pub async fn update(tx: &mut Tx<'_>, agent: &Agent) -> Result<(), DbError> {
    let params = [
        agent.name.as_str().into(),
        agent.role.into(),
        agent.status.into(),
        agent.version.into(),
        agent.id.into(),
    ];
    tx.execute(UPDATE, &params).await?;
    Ok(())
}

/// Locks one agent's row until the transaction ends; false when there is none.
pub async fn lock(tx: &mut Tx<'_>, id: AgentId) -> Result<bool, DbError> {
    tx.lock(LOCK, &[id.into()]).await
}

/// Locks an agent and all owners, in order of id: who may be the last owner is decided on them.
pub async fn lock_with_owners(tx: &mut Tx<'_>, id: AgentId) -> Result<(), DbError> {
    tx.lock(LOCK_WITH_OWNERS, &[id.into()]).await?;
    Ok(())
}

/// How many owners can sign in.
pub async fn active_owners(tx: &mut Tx<'_>) -> Result<usize, DbError> {
    Ok(tx.all::<(AgentId,)>(ACTIVE_OWNERS, &[]).await?.len())
}

/// The hash of the agent's password.
pub async fn password_hash(tx: &mut Tx<'_>, id: AgentId) -> Result<Option<String>, DbError> {
    Ok(tx
        .one::<(String,)>(PASSWORD_HASH, &[id.into()])
        .await?
        .map(|(hash,)| hash))
}

/// Replaces the hash of the agent's password.
pub async fn set_password_hash(tx: &mut Tx<'_>, id: AgentId, hash: &str) -> Result<(), DbError> {
    tx.execute(SET_PASSWORD_HASH, &[hash.into(), id.into()])
        .await?;
    Ok(())
}
