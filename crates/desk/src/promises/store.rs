//! Rows of promises.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, PromiseId, TicketId};
use kernel::time::Timestamp;

use super::{PromiseState, Stored};

const INSERT: &str = "INSERT INTO promises \
    (ticket_id, owner_id, note, due_at, state, created_at, settled_at, version) \
    VALUES ($1, $2, $3, $4, 'open', $5, NULL, 1) RETURNING id";
const SAVE: &str = "UPDATE promises SET owner_id = $2, note = $3, due_at = $4, state = $5, \
    settled_at = $6, version = $7 WHERE id = $1";
const FIND: &str = "SELECT id, ticket_id, owner_id, note, due_at, state, version FROM promises \
    WHERE id = $1";
const OPEN_ON: &str = "SELECT id, ticket_id, owner_id, note, due_at, state, version \
    FROM promises WHERE ticket_id = $1 AND settled_at IS NULL ORDER BY due_at, id LIMIT 20";
const OPEN_OF: &str = "SELECT p.id, p.ticket_id, p.owner_id, p.note, p.due_at, p.state, \
    p.version, t.subject FROM promises p JOIN tickets t ON t.id = p.ticket_id \
    WHERE p.owner_id = $1 AND p.settled_at IS NULL AND t.place = 'desk' \
    ORDER BY p.due_at, p.id LIMIT 200";
const DELETE_OF_TICKET: &str = "DELETE FROM promises WHERE ticket_id = $1";

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            ticket: row.get(1)?,
            owner: row.get(2)?,
            note: row.get(3)?,
            due_at: row.get(4)?,
            state: row.get(5)?,
            version: row.get(6)?,
        })
    }
}

/// A promise with the subject of its ticket.
pub struct Listed {
    /// The promise.
    pub promise: Stored,
    /// The subject.
    pub subject: String,
}

impl FromRow for Listed {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            promise: Stored::from_row(row)?,
            subject: row.get(7)?,
        })
    }
}

/// Writes a new promise; its `id` is ignored.
pub async fn insert(tx: &mut Tx<'_>, new: &Stored, at: Timestamp) -> Result<PromiseId, DbError> {
    let params = [
        new.ticket.into(),
        new.owner.into(),
        new.note.clone().into(),
        new.due_at.into(),
        at.into(),
    ];
    let row = tx.one::<(PromiseId,)>(INSERT, &params).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// Overwrites a promise; `at` is when it ended, if it did.
pub async fn save(tx: &mut Tx<'_>, promise: &Stored, at: Timestamp) -> Result<(), DbError> {
    let settled = matches!(promise.state, PromiseState::Kept | PromiseState::Withdrawn);
    let params = [
        promise.id.into(),
        promise.owner.into(),
        promise.note.clone().into(),
        promise.due_at.into(),
        promise.state.into(),
        settled.then_some(at).into(),
        promise.version.into(),
    ];
    tx.execute(SAVE, &params).await?;
    Ok(())
}

/// One promise.
pub async fn find(tx: &mut Tx<'_>, id: PromiseId) -> Result<Option<Stored>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// What is promised on a ticket and not settled, the next first.
pub async fn open_on(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Vec<Stored>, DbError> {
    tx.all(OPEN_ON, &[ticket.into()]).await
}

/// What an agent promised and has not settled, the next first; at most 200.
pub async fn open_of(tx: &mut Tx<'_>, owner: AgentId) -> Result<Vec<Listed>, DbError> {
    tx.all(OPEN_OF, &[owner.into()]).await
}

/// Forgets the promises of a ticket that is purged.
pub async fn delete_of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(DELETE_OF_TICKET, &[ticket.into()]).await?;
    Ok(())
}
