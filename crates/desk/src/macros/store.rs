//! Rows of macros, of their files and of their uses.

use kernel::db::{DbError, FromRow, Row, Tx, Value};
use kernel::ids::{AgentId, AttachmentId, MacroId, TeamId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::{Stored, rules};
use crate::tickets::Status;

const INSERT: &str = "INSERT INTO macros (name, html, owner_id, team_id, status_after, extras, \
    version, created_at) VALUES ($1, $2, $3, $4, $5, $6, 1, $7) RETURNING id";
const UPDATE: &str = "UPDATE macros SET name = $2, html = $3, owner_id = $4, team_id = $5, \
    status_after = $6, extras = $7, edited_by = $8, edited_at = $9, version = version + 1 \
    WHERE id = $1";
const DELETE: &str = "DELETE FROM macros WHERE id = $1";
const LOCK: &str = "SELECT id FROM macros WHERE id = $1";
const FIND: &str = "SELECT id, name, html, owner_id, team_id, status_after, extras, edited_by, \
    edited_at, version FROM macros WHERE id = $1";
const SEEN_BY: &str = "SELECT id, name, html, owner_id, team_id, status_after, extras, edited_by, \
    edited_at, version FROM macros WHERE owner_id IS NULL OR owner_id = $1 ORDER BY id LIMIT $2";
const FILES: &str = "SELECT attachment_id FROM macro_files WHERE macro_id = $1 \
    ORDER BY attachment_id";
const ADD_FILE: &str = "INSERT INTO macro_files (macro_id, attachment_id) \
    SELECT $1, id FROM attachments WHERE id = $2 AND ticket_id IS NULL AND uploaded_by = $3 \
    ON CONFLICT (macro_id, attachment_id) DO NOTHING RETURNING attachment_id";
const REMOVE_FILE: &str = "DELETE FROM macro_files WHERE macro_id = $1 AND attachment_id = $2";
const REMOVE_FILES: &str = "DELETE FROM macro_files WHERE macro_id = $1";
const ADD_USE: &str = "INSERT INTO macro_uses (macro_id, at) VALUES ($1, $2)";
const USES: &str = "SELECT macro_id, COUNT(*) FROM macro_uses WHERE at > $1 GROUP BY macro_id";
const FORGET_USES: &str = "DELETE FROM macro_uses WHERE macro_id = $1 AND at <= $2";

/// What is written of a macro.
#[derive(Clone, Debug)]
pub struct Values {
    /// Its name.
    pub name: String,
    /// Its text.
    pub html: Encrypted<String>,
    /// Whose it is, when it is personal.
    pub owner: Option<AgentId>,
    /// Whose it is, when it is a team's.
    pub team: Option<TeamId>,
    /// The status the ticket gets when the reply is sent.
    pub status_after: Option<Status>,
    /// What it does beside its text.
    pub extras: Encrypted<String>,
}

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            html: row.get(2)?,
            owner: row.get(3)?,
            team: row.get(4)?,
            status_after: row.get(5)?,
            extras: row.get(6)?,
            edited_by: row.get(7)?,
            edited_at: row.get(8)?,
            version: row.get(9)?,
        })
    }
}

/// Saves a new macro.
pub async fn insert(
    tx: &mut Tx<'_>,
    values: Values,
    at: Timestamp,
) -> Result<Option<MacroId>, DbError> {
    let params: Vec<Value> = vec![
        values.name.into(),
        values.html.into(),
        values.owner.into(),
        values.team.into(),
        values.status_after.into(),
        values.extras.into(),
        at.into(),
    ];
    Ok(tx.one::<(MacroId,)>(INSERT, &params).await?.map(|(id,)| id))
}

/// Overwrites a macro and notes who did it.
pub async fn update(
    tx: &mut Tx<'_>,
    id: MacroId,
    values: Values,
    (by, at): (AgentId, Timestamp),
) -> Result<(), DbError> {
    let params: Vec<Value> = vec![
        id.into(),
        values.name.into(),
        values.html.into(),
        values.owner.into(),
        values.team.into(),
        values.status_after.into(),
        values.extras.into(),
        by.into(),
        at.into(),
    ];
    tx.execute(UPDATE, &params).await?;
    Ok(())
}

/// Deletes a macro; answers the files that went with it.
pub async fn delete(tx: &mut Tx<'_>, id: MacroId) -> Result<Vec<AttachmentId>, DbError> {
    let files = files(tx, id).await?;
    tx.execute(REMOVE_FILES, &[id.into()]).await?;
    tx.execute(DELETE, &[id.into()]).await?;
    Ok(files)
}

/// Locks a macro's row for this transaction; whether there is one.
pub async fn lock(tx: &mut Tx<'_>, id: MacroId) -> Result<bool, DbError> {
    tx.lock(LOCK, &[id.into()]).await
}

/// One macro.
pub async fn find(tx: &mut Tx<'_>, id: MacroId) -> Result<Option<Stored>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// All macros but others' personal ones, by name; at most [`rules::MACROS_LISTED_MAX`].
pub async fn seen_by(tx: &mut Tx<'_>, agent: AgentId) -> Result<Vec<Stored>, DbError> {
    let params = [agent.into(), rules::MACROS_LISTED_MAX.into()];
    let mut macros = tx.all::<Stored>(SEEN_BY, &params).await?;
    // Sorted here, since the engines order text differently.
    macros.sort_by_cached_key(|stored| stored.name.to_lowercase());
    Ok(macros)
}

/// The files that go with a macro, in the order of their ids.
pub async fn files(tx: &mut Tx<'_>, id: MacroId) -> Result<Vec<AttachmentId>, DbError> {
    let rows = tx.all::<(AttachmentId,)>(FILES, &[id.into()]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Makes an upload of `agent` go with the macro; `false` when it is none.
pub async fn add_file(
    tx: &mut Tx<'_>,
    id: MacroId,
    file: AttachmentId,
    agent: AgentId,
) -> Result<bool, DbError> {
    let params = [id.into(), file.into(), agent.into()];
    let row = tx.one::<(AttachmentId,)>(ADD_FILE, &params).await?;
    Ok(row.is_some())
}

/// Lets a file go with the macro no longer.
pub async fn remove_file(tx: &mut Tx<'_>, id: MacroId, file: AttachmentId) -> Result<(), DbError> {
    tx.execute(REMOVE_FILE, &[id.into(), file.into()]).await?;
    Ok(())
}

/// Notes one use, and forgets those of the macro that are too old to count.
pub async fn add_use(
    tx: &mut Tx<'_>,
    id: MacroId,
    at: Timestamp,
    oldest: Timestamp,
) -> Result<(), DbError> {
    tx.execute(ADD_USE, &[id.into(), at.into()]).await?;
    tx.execute(FORGET_USES, &[id.into(), oldest.into()]).await?;
    Ok(())
}

/// How often each macro was used after `since`; those never used are missing.
pub async fn uses(tx: &mut Tx<'_>, since: Timestamp) -> Result<Vec<(MacroId, i64)>, DbError> {
    tx.all(USES, &[since.into()]).await
}
