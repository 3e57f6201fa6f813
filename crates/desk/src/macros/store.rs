//! Rows of macros.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, MacroId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::{Stored, rules};
use crate::tickets::Status;

const INSERT: &str = "INSERT INTO macros (name, html, owner_id, status_after, version, created_at) \
    VALUES ($1, $2, $3, $4, 1, $5) RETURNING id";
const UPDATE: &str = "UPDATE macros SET name = $2, html = $3, owner_id = $4, status_after = $5, \
    version = version + 1 WHERE id = $1";
const DELETE: &str = "DELETE FROM macros WHERE id = $1";
const LOCK: &str = "SELECT id FROM macros WHERE id = $1";
const FIND: &str = "SELECT id, name, html, owner_id, status_after, version FROM macros \
    WHERE id = $1";
const SEEN_BY: &str = "SELECT id, name, html, owner_id, status_after, version FROM macros \
    WHERE owner_id IS NULL OR owner_id = $1 ORDER BY id LIMIT $2";

/// What is written of a macro.
#[derive(Clone, Debug)]
pub struct Values {
    /// Its name.
    pub name: String,
    /// Its text.
    pub html: Encrypted<String>,
    /// Whose it is; `None` when shared.
    pub owner: Option<AgentId>,
    /// The status the ticket gets when the reply is sent.
    pub status_after: Option<Status>,
}

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            html: row.get(2)?,
            owner: row.get(3)?,
            status_after: row.get(4)?,
            version: row.get(5)?,
        })
    }
}

/// Saves a new macro.
pub async fn insert(
    tx: &mut Tx<'_>,
    values: Values,
    at: Timestamp,
) -> Result<Option<MacroId>, DbError> {
    let Values {
        name,
        html,
        owner,
        status_after,
    } = values;
    let params = [
        name.into(),
        html.into(),
        owner.into(),
        status_after.into(),
        at.into(),
    ];
    Ok(tx.one::<(MacroId,)>(INSERT, &params).await?.map(|(id,)| id))
}

/// Overwrites a macro.
pub async fn update(tx: &mut Tx<'_>, id: MacroId, values: Values) -> Result<(), DbError> {
    let Values {
        name,
        html,
        owner,
        status_after,
    } = values;
    let params = [
        id.into(),
        name.into(),
        html.into(),
        owner.into(),
        status_after.into(),
    ];
    tx.execute(UPDATE, &params).await?;
    Ok(())
}

/// Deletes a macro.
pub async fn delete(tx: &mut Tx<'_>, id: MacroId) -> Result<(), DbError> {
    tx.execute(DELETE, &[id.into()]).await?;
    Ok(())
}

/// Locks a macro's row for this transaction; whether there is one.
pub async fn lock(tx: &mut Tx<'_>, id: MacroId) -> Result<bool, DbError> {
    tx.lock(LOCK, &[id.into()]).await
}

/// One macro.
pub async fn find(tx: &mut Tx<'_>, id: MacroId) -> Result<Option<Stored>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// The shared macros and those of `agent`, by name; at most [`rules::MACROS_LISTED_MAX`].
pub async fn seen_by(tx: &mut Tx<'_>, agent: AgentId) -> Result<Vec<Stored>, DbError> {
    let params = [agent.into(), rules::MACROS_LISTED_MAX.into()];
    let mut macros = tx.all::<Stored>(SEEN_BY, &params).await?;
    // Sorted here, since the engines order text differently.
    macros.sort_by_cached_key(|stored| stored.name.to_lowercase());
    Ok(macros)
}
