//! The attachments' table.

use kernel::db::{DbError, FromRow, Row, Tx, Value};
use kernel::ids::{AgentId, AttachmentId, BlobId, KeyId, TicketId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::Attachment;

const INSERT: &str = "INSERT INTO attachments (ticket_id, number, blob_id, key_id, name, size, \
    content_type, inline, uploaded_by, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id";
const FIND: &str = "SELECT id, ticket_id, number, blob_id, key_id, name, size, content_type, \
    inline, uploaded_by, created_at FROM attachments WHERE id = $1";
const OF_MESSAGES: &str = "SELECT id, ticket_id, number, blob_id, key_id, name, size, \
    content_type, inline, uploaded_by, created_at FROM attachments \
    WHERE ticket_id = $1 AND number >= $2 AND number <= $3 ORDER BY number, id";
const OF_TICKET: &str = "SELECT id, ticket_id, number, blob_id, key_id, name, size, \
    content_type, inline, uploaded_by, created_at FROM attachments WHERE ticket_id = $1";
const ATTACH: &str = "UPDATE attachments SET ticket_id = $2, number = $3, inline = $4 \
    WHERE id = $1 AND ticket_id IS NULL AND uploaded_by = $5 RETURNING key_id";
const DETACH: &str = "UPDATE attachments SET ticket_id = NULL, number = NULL, uploaded_by = $3 \
    WHERE ticket_id = $1 AND number = $2 RETURNING id";
const REDACT: &str = "UPDATE attachments SET blob_id = NULL, name = $2 WHERE blob_id = $1";
const BLOB_IN_USE: &str = "SELECT 1 FROM attachments WHERE blob_id = $1 LIMIT 1";
const DELETE_STAGED: &str = "DELETE FROM attachments WHERE id = $1 AND ticket_id IS NULL \
    AND NOT EXISTS (SELECT 1 FROM macro_files f WHERE f.attachment_id = attachments.id) \
    RETURNING blob_id";
const KEEP: &str = "UPDATE attachments SET uploaded_by = NULL WHERE id = $1";
const DELETE_OF_TICKET: &str = "DELETE FROM attachments WHERE ticket_id = $1";

impl FromRow for Attachment {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            ticket: row.get(1)?,
            number: row.get(2)?,
            blob: row.get(3)?,
            key: row.get(4)?,
            name: row.get(5)?,
            size: row.get(6)?,
            content_type: row.get(7)?,
            inline: row.get(8)?,
            uploaded_by: row.get(9)?,
            created_at: row.get(10)?,
        })
    }
}

/// Writes a file; its `id` is ignored.
pub async fn insert(tx: &mut Tx<'_>, file: &Attachment) -> Result<AttachmentId, DbError> {
    let values: Vec<Value> = vec![
        file.ticket.into(),
        file.number.into(),
        file.blob.into(),
        file.key.into(),
        (&file.name).into(),
        file.size.into(),
        (&file.content_type).into(),
        file.inline.into(),
        file.uploaded_by.into(),
        file.created_at.into(),
    ];
    let row = tx.one::<(AttachmentId,)>(INSERT, &values).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// Reads a file.
pub async fn find(tx: &mut Tx<'_>, id: AttachmentId) -> Result<Option<Attachment>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// The files of the messages from `first` to `last` of a ticket.
pub async fn of_messages(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    first: i64,
    last: i64,
) -> Result<Vec<Attachment>, DbError> {
    tx.all(OF_MESSAGES, &[ticket.into(), first.into(), last.into()])
        .await
}

/// All files of a ticket.
pub async fn of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Vec<Attachment>, DbError> {
    tx.all(OF_TICKET, &[ticket.into()]).await
}

/// Makes a staged file of `agent` part of a message; answers its key, or `None` when it is not
/// theirs or no longer staged.
pub async fn attach(
    tx: &mut Tx<'_>,
    id: AttachmentId,
    (ticket, number): (TicketId, i64),
    inline: bool,
    agent: AgentId,
) -> Result<Option<KeyId>, DbError> {
    let values = [
        id.into(),
        ticket.into(),
        number.into(),
        inline.into(),
        agent.into(),
    ];
    Ok(tx.one::<(KeyId,)>(ATTACH, &values).await?.map(|(key,)| key))
}

/// Takes the files off a message and stages them again, for `agent`.
pub async fn detach(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: i64,
    agent: Option<AgentId>,
) -> Result<Vec<AttachmentId>, DbError> {
    let values = [ticket.into(), number.into(), agent.into()];
    let rows = tx.all::<(AttachmentId,)>(DETACH, &values).await?;
    let mut ids: Vec<AttachmentId> = rows.into_iter().map(|(id,)| id).collect();
    ids.sort();
    Ok(ids)
}

/// Removes a content, and its name, from every file that has it.
pub async fn redact(tx: &mut Tx<'_>, blob: BlobId, name: Encrypted<String>) -> Result<(), DbError> {
    tx.execute(REDACT, &[blob.into(), name.into()]).await?;
    Ok(())
}

/// Whether any file still has this content.
pub async fn in_use(tx: &mut Tx<'_>, blob: BlobId) -> Result<bool, DbError> {
    Ok(tx
        .one::<(i64,)>(BLOB_IN_USE, &[blob.into()])
        .await?
        .is_some())
}

/// Makes a staged file nobody's own any more, so that no message takes it.
pub async fn keep(tx: &mut Tx<'_>, id: AttachmentId) -> Result<(), DbError> {
    tx.execute(KEEP, &[id.into()]).await?;
    Ok(())
}

/// Removes a staged file; answers its content, or `None` when it is not staged any more.
pub async fn delete_staged(
    tx: &mut Tx<'_>,
    id: AttachmentId,
) -> Result<Option<Option<BlobId>>, DbError> {
    let row = tx
        .one::<(Option<BlobId>,)>(DELETE_STAGED, &[id.into()])
        .await?;
    Ok(row.map(|(blob,)| blob))
}

/// Removes all files of a ticket.
pub async fn delete_of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(DELETE_OF_TICKET, &[ticket.into()]).await?;
    Ok(())
}

/// When a staged file is swept, counted from its upload.
pub fn swept_at(uploaded: Timestamp) -> Timestamp {
    uploaded.plus(super::rules::STAGED_FOR)
}
