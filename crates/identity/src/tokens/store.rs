//! The SQL of API tokens.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, TokenId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use crate::permissions::{Role, Scopes};

const INSERT: &str = "INSERT INTO tokens (agent_id, name, scopes, token_hash, created_at, \
    expires_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
const FIND: &str = "SELECT t.id, t.scopes, t.last_used_at, t.expires_at, a.id, a.name, a.role \
    FROM tokens t JOIN agents a ON a.id = t.agent_id \
    WHERE t.token_hash = $1 AND a.status = 'active'";
const OF_AGENT: &str = "SELECT id, name, scopes, created_at, last_used_at, expires_at \
    FROM tokens WHERE agent_id = $1 ORDER BY id DESC LIMIT 100";
const NEW_SECRET: &str = "UPDATE tokens SET token_hash = $1 WHERE id = $2 AND agent_id = $3";
const TOUCH: &str = "UPDATE tokens SET last_used_at = $1 \
    WHERE id = $2 AND (last_used_at IS NULL OR last_used_at < $1)";
const DELETE: &str = "DELETE FROM tokens WHERE id = $1 AND agent_id = $2 RETURNING id";
const DELETE_ALL: &str = "DELETE FROM tokens WHERE agent_id = $1 RETURNING id";

/// A token as it is looked up for a request, with its active agent.
#[derive(Clone, Debug)]
pub struct FoundToken {
    /// Which.
    pub id: TokenId,
    /// How far it reaches.
    pub scopes: Scopes,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// Whose.
    pub agent: AgentId,
    /// Their name.
    pub name: String,
    /// Their role now.
    pub role: Role,
}

impl FromRow for FoundToken {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            scopes: row.get(1)?,
            last_used_at: row.get(2)?,
            expires_at: row.get(3)?,
            agent: row.get(4)?,
            name: row.get(5)?,
            role: row.get(6)?,
        })
    }
}

/// A token as it is stored.
#[derive(Clone, Debug)]
pub struct TokenRow {
    /// Which.
    pub id: TokenId,
    /// What its owner calls it.
    pub name: Encrypted<String>,
    /// How far it reaches.
    pub scopes: Scopes,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

impl FromRow for TokenRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            scopes: row.get(2)?,
            created_at: row.get(3)?,
            last_used_at: row.get(4)?,
            expires_at: row.get(5)?,
        })
    }
}

/// A new token of `agent`.
pub async fn insert(
    tx: &mut Tx<'_>,
    agent: AgentId,
    (name, scopes): (&Encrypted<String>, &Scopes),
    token_hash: [u8; 32],
    (created_at, expires_at): (Timestamp, Option<Timestamp>),
) -> Result<TokenId, DbError> {
    let params = [
        agent.into(),
        name.into(),
        scopes.into(),
        token_hash.into(),
        created_at.into(),
        expires_at.into(),
    ];
    let id = tx.one::<(TokenId,)>(INSERT, &params).await?;
    id.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("the id of a new token".to_owned()))
}

/// The token of a secret, expired or not, if its agent is active.
pub async fn find(tx: &mut Tx<'_>, token_hash: [u8; 32]) -> Result<Option<FoundToken>, DbError> {
    tx.one(FIND, &[token_hash.into()]).await
}

/// The tokens of an agent, newest first; up to [`super::rules::TOKENS_MAX`].
pub async fn of_agent(tx: &mut Tx<'_>, agent: AgentId) -> Result<Vec<TokenRow>, DbError> {
    tx.all(OF_AGENT, &[agent.into()]).await
}

/// Gives a token of `agent` another secret; the one before stops working.
pub async fn set_secret(
    tx: &mut Tx<'_>,
    id: TokenId,
    agent: AgentId,
    token_hash: [u8; 32],
) -> Result<(), DbError> {
    tx.execute(NEW_SECRET, &[token_hash.into(), id.into(), agent.into()])
        .await?;
    Ok(())
}

/// Notes that a token was used at `at`.
pub async fn touch(tx: &mut Tx<'_>, id: TokenId, at: Timestamp) -> Result<(), DbError> {
    tx.execute(TOUCH, &[at.into(), id.into()]).await?;
    Ok(())
}

/// Removes a token of `agent`; false when they have no such token.
pub async fn delete(tx: &mut Tx<'_>, id: TokenId, agent: AgentId) -> Result<bool, DbError> {
    Ok(tx
        .one::<(TokenId,)>(DELETE, &[id.into(), agent.into()])
        .await?
        .is_some())
}

/// Removes all tokens of `agent`; answers which.
pub async fn delete_all(tx: &mut Tx<'_>, agent: AgentId) -> Result<Vec<TokenId>, DbError> {
    let removed = tx.all::<(TokenId,)>(DELETE_ALL, &[agent.into()]).await?;
    Ok(removed.into_iter().map(|(id,)| id).collect())
}
