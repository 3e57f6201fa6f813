//! Creates that may be asked for twice and happen once.
//!
//! The key is noted in the same transaction as what it created, so that a repeated request, even
//! after a crash, finds the first one's result.

use std::time::Duration;

use crate::db::{DbError, Tx};
use crate::ids::AgentId;
use crate::time::Timestamp;

/// How long a key is remembered.
pub const REMEMBERED: Duration = Duration::from_secs(48 * 3600);

const FIND: &str =
    "SELECT result_id FROM idempotency WHERE agent_id = $1 AND command = $2 AND key = $3";
const REMEMBER: &str = "INSERT INTO idempotency (agent_id, key, command, result_id, at) \
    VALUES ($1, $3, $2, $4, $5) ON CONFLICT DO NOTHING";
const FORGET: &str = "DELETE FROM idempotency WHERE at < $1";

/// What this agent's `command` with this key created before.
pub async fn find(
    tx: &mut Tx<'_>,
    agent: AgentId,
    key: &str,
    command: &'static str,
) -> Result<Option<i64>, DbError> {
    let found = tx
        .one::<(i64,)>(FIND, &[agent.into(), command.into(), key.into()])
        .await?;
    Ok(found.map(|(id,)| id))
}

/// Notes what this agent's `command` with this key has created. When the same request was quicker
/// in another transaction, this one is undone and run again, and [`find`] then finds its result.
pub async fn remember(
    tx: &mut Tx<'_>,
    agent: AgentId,
    key: &str,
    command: &'static str,
    result: i64,
    at: Timestamp,
) -> Result<(), DbError> {
    let params = [
        agent.into(),
        command.into(),
        key.into(),
        result.into(),
        at.into(),
    ];
    match tx.execute(REMEMBER, &params).await? {
        0 => Err(tx.clash()),
        _ => Ok(()),
    }
}

/// Forgets keys older than [`REMEMBERED`].
pub async fn forget(tx: &mut Tx<'_>, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(FORGET, &[now.minus(REMEMBERED).into()]).await
}
