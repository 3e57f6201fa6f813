//! The table `mailbox_cursors`.

use super::Cursor;
use crate::email::intake::commands::Reached;
use kernel::db::{DbError, Tx};
use kernel::ids::InboxId;
use kernel::leases;
use kernel::time::Timestamp;

const FIND: &str = "SELECT uid_validity, uid, old_through, connected_at FROM mailbox_cursors \
    WHERE inbox_id = $1";
const SAVE: &str = "INSERT INTO mailbox_cursors (inbox_id, uid_validity, uid, old_through, \
    connected_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (inbox_id) DO UPDATE SET \
    uid_validity = excluded.uid_validity, uid = excluded.uid, \
    old_through = excluded.old_through, connected_at = excluded.connected_at";
const INVALIDATE: &str = "UPDATE mailbox_cursors SET uid_validity = -1 WHERE inbox_id = $1";

const SAME_SETTINGS: &str = "SELECT id FROM inboxes WHERE id = $1 AND version = $2 \
    AND deleted_at IS NULL";

/// Whether the mailbox is still ours to read, by the settings we read it by: after a change the
/// same UIDs may belong to another mailbox.
pub async fn still_follows(tx: &mut Tx<'_>, reached: &Reached) -> Result<bool, DbError> {
    let settings = [reached.cursor.inbox.into(), reached.version.into()];
    Ok(leases::check(tx, &reached.lease).await? && tx.lock(SAME_SETTINGS, &settings).await?)
}

/// How far an inbox's mailbox is read.
pub async fn find(tx: &mut Tx<'_>, inbox: InboxId) -> Result<Option<Cursor>, DbError> {
    let row = tx
        .one::<(i64, i64, i64, Timestamp)>(FIND, &[inbox.into()])
        .await?;
    Ok(
        row.map(|(uid_validity, uid, old_through, connected_at)| Cursor {
            inbox,
            uid_validity,
            uid,
            old_through,
            connected_at,
        }),
    )
}

/// Notes how far a mailbox is read.
pub async fn save(tx: &mut Tx<'_>, cursor: &Cursor) -> Result<(), DbError> {
    let values = [
        cursor.inbox.into(),
        cursor.uid_validity.into(),
        cursor.uid.into(),
        cursor.old_through.into(),
        cursor.connected_at.into(),
    ];
    tx.execute(SAVE, &values).await.map(drop)
}

/// Has the mailbox looked through anew: the inbox reads another one from now on.
pub async fn invalidate(tx: &mut Tx<'_>, inbox: InboxId) -> Result<(), DbError> {
    tx.execute(INVALIDATE, &[inbox.into()]).await.map(drop)
}
