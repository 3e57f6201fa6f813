//! Rows of tags.

use kernel::db::{DbError, Tx};
use kernel::ids::TagId;
use kernel::time::Timestamp;

use super::{Tag, rules};

const INSERT: &str = "INSERT INTO tags (name, color, version, created_at) VALUES ($1, $2, 1, $3) \
    ON CONFLICT (name) DO NOTHING RETURNING id";
const UPDATE: &str = "UPDATE tags SET name = $2, color = $3, version = version + 1 WHERE id = $1";
const DELETE: &str = "DELETE FROM tags WHERE id = $1";
const TAKE_OFF: &str = "DELETE FROM ticket_tags WHERE tag_id = $1";
const LOCK: &str = "SELECT id FROM tags WHERE id = $1";
const NAMED: &str = "SELECT id FROM tags WHERE name = $1";
const FIND: &str = "SELECT id, name, color, version FROM tags WHERE id = $1";
const ALL: &str = "SELECT id, name, color, version FROM tags ORDER BY id LIMIT $1";

type TagRow = (TagId, String, Option<i64>, i64);

fn present((id, name, color, version): TagRow) -> Tag {
    Tag {
        id,
        name,
        color: color.map(rules::color_text),
        version,
    }
}

/// Adds a tag of an already normalised name; `None` when there is one.
pub async fn insert(
    tx: &mut Tx<'_>,
    name: &str,
    color: Option<i64>,
    at: Timestamp,
) -> Result<Option<TagId>, DbError> {
    let params = [name.into(), color.into(), at.into()];
    Ok(tx.one::<(TagId,)>(INSERT, &params).await?.map(|(id,)| id))
}

/// Names and colours a tag.
pub async fn update(
    tx: &mut Tx<'_>,
    id: TagId,
    name: &str,
    color: Option<i64>,
) -> Result<(), DbError> {
    tx.execute(UPDATE, &[id.into(), name.into(), color.into()])
        .await?;
    Ok(())
}

/// Deletes a tag and takes it off every ticket.
pub async fn delete(tx: &mut Tx<'_>, id: TagId) -> Result<(), DbError> {
    tx.execute(TAKE_OFF, &[id.into()]).await?;
    tx.execute(DELETE, &[id.into()]).await?;
    Ok(())
}

/// Locks a tag's row for this transaction; whether there is one.
pub async fn lock(tx: &mut Tx<'_>, id: TagId) -> Result<bool, DbError> {
    tx.lock(LOCK, &[id.into()]).await
}

/// The tag of a normalised name.
pub async fn named(tx: &mut Tx<'_>, name: &str) -> Result<Option<TagId>, DbError> {
    Ok(tx
        .one::<(TagId,)>(NAMED, &[name.into()])
        .await?
        .map(|(id,)| id))
}

/// One tag.
pub async fn find(tx: &mut Tx<'_>, id: TagId) -> Result<Option<Tag>, DbError> {
    Ok(tx.one::<TagRow>(FIND, &[id.into()]).await?.map(present))
}

/// The tags, by name; at most [`rules::TAGS_LISTED_MAX`].
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<Tag>, DbError> {
    let rows = tx
        .all::<TagRow>(ALL, &[rules::TAGS_LISTED_MAX.into()])
        .await?;
    let mut tags: Vec<Tag> = rows.into_iter().map(present).collect();
    // Sorted here, since the engines order text differently.
    tags.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(tags)
}
