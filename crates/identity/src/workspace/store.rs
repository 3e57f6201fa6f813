//! The SQL of the workspace.

use kernel::db::{DbError, Tx};
use kernel::time::Timestamp;

use super::Workspace;
use crate::preferences::Language;

const FIND: &str = "SELECT name, language, created_at FROM workspace WHERE id = 1";
const INSERT: &str = "INSERT INTO workspace (id, name, language, created_at) \
    VALUES (1, $1, $2, $3) ON CONFLICT (id) DO NOTHING RETURNING id";
const LOCK: &str = "SELECT id FROM workspace WHERE id = 1";

/// The workspace; `None` before set-up.
pub async fn find(tx: &mut Tx<'_>) -> Result<Option<Workspace>, DbError> {
    let row = tx.one::<(String, Language, Timestamp)>(FIND, &[]).await?;
    Ok(row.map(|(name, language, created_at)| Workspace {
        name,
        language,
        created_at,
    }))
}

/// Makes the workspace; false when there is one.
pub async fn insert(tx: &mut Tx<'_>, workspace: &Workspace) -> Result<bool, DbError> {
    let params = [
        workspace.name.as_str().into(),
        workspace.language.into(),
        workspace.created_at.into(),
    ];
    Ok(tx.one::<(i64,)>(INSERT, &params).await?.is_some())
}

/// Locks the workspace's row until the transaction ends, for rules over all invitations.
pub async fn lock(tx: &mut Tx<'_>) -> Result<(), DbError> {
    tx.lock(LOCK, &[]).await?;
    Ok(())
}
