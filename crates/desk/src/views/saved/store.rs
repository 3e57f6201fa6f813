//! Rows of saved views.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, TeamId, ViewId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::Stored;
use super::rules::VIEWS_MAX;

const INSERT: &str = "INSERT INTO saved_views \
    (name, owner_id, team_id, definition, version, created_at) \
    VALUES ($1, $2, $3, $4, 1, $5) RETURNING id";
const UPDATE: &str = "UPDATE saved_views SET name = $2, owner_id = $3, team_id = $4, \
    definition = $5, version = version + 1 WHERE id = $1";
const DELETE: &str = "DELETE FROM saved_views WHERE id = $1";
const LOCK: &str = "SELECT id FROM saved_views WHERE id = $1";
const FIND: &str = "SELECT id, name, owner_id, team_id, definition, version FROM saved_views \
    WHERE id = $1";
const ALL: &str = "SELECT id, name, owner_id, team_id, definition, version FROM saved_views \
    ORDER BY id LIMIT $1";
const COUNT: &str = "SELECT COUNT(*) FROM saved_views";

/// What is written of a view.
#[derive(Clone, Debug)]
pub struct Values {
    /// Its name.
    pub name: String,
    /// Whose it is, when it is personal.
    pub owner: Option<AgentId>,
    /// Whose it is, when it is a team's.
    pub team: Option<TeamId>,
    /// Which tickets, and how, as JSON.
    pub definition: Encrypted<String>,
}

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            owner: row.get(2)?,
            team: row.get(3)?,
            definition: row.get(4)?,
            version: row.get(5)?,
        })
    }
}

/// Saves a new view.
pub async fn insert(
    tx: &mut Tx<'_>,
    values: Values,
    at: Timestamp,
) -> Result<Option<ViewId>, DbError> {
    let params = [
        values.name.into(),
        values.owner.into(),
        values.team.into(),
        values.definition.into(),
        at.into(),
    ];
    Ok(tx.one::<(ViewId,)>(INSERT, &params).await?.map(|(id,)| id))
}

/// Overwrites a view.
pub async fn update(tx: &mut Tx<'_>, id: ViewId, values: Values) -> Result<(), DbError> {
    let params = [
        id.into(),
        values.name.into(),
        values.owner.into(),
        values.team.into(),
        values.definition.into(),
    ];
    tx.execute(UPDATE, &params).await?;
    Ok(())
}

/// Deletes a view.
pub async fn delete(tx: &mut Tx<'_>, id: ViewId) -> Result<(), DbError> {
    tx.execute(DELETE, &[id.into()]).await?;
    Ok(())
}

/// Locks a view's row for this transaction; whether there is one.
pub async fn lock(tx: &mut Tx<'_>, id: ViewId) -> Result<bool, DbError> {
    tx.lock(LOCK, &[id.into()]).await
}

/// One view.
pub async fn find(tx: &mut Tx<'_>, id: ViewId) -> Result<Option<Stored>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// Every view, in the order of their making.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<Stored>, DbError> {
    tx.all(ALL, &[VIEWS_MAX.into()]).await
}

/// How many views there are.
pub async fn count(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    let row = tx.one::<(i64,)>(COUNT, &[]).await?;
    Ok(row.map_or(0, |(count,)| count))
}
