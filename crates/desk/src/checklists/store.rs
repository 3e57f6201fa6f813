//! Rows of tasks and checklists.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, ChecklistId, TaskId, TicketId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::Stored;

const INSERT: &str = "INSERT INTO tasks \
    (ticket_id, title, required, assignee_id, due_at, done_at, done_by, version) \
    VALUES ($1, $2, $3, $4, $5, NULL, NULL, 1) RETURNING id";
const SAVE: &str = "UPDATE tasks SET title = $2, required = $3, assignee_id = $4, due_at = $5, \
    done_at = $6, done_by = $7, version = $8 WHERE id = $1";
const DELETE: &str = "DELETE FROM tasks WHERE id = $1";
const FIND: &str = "SELECT id, ticket_id, title, required, assignee_id, due_at, done_at, done_by, \
    version FROM tasks WHERE id = $1";
const ON_TICKET: &str = "SELECT id, ticket_id, title, required, assignee_id, due_at, done_at, \
    done_by, version FROM tasks WHERE ticket_id = $1 ORDER BY id LIMIT 100";
const OPEN_OF: &str = "SELECT k.id, k.ticket_id, k.title, k.required, k.assignee_id, k.due_at, \
    k.done_at, k.done_by, k.version FROM tasks k JOIN tickets t ON t.id = k.ticket_id \
    WHERE k.assignee_id = $1 AND k.done_at IS NULL AND t.place = 'desk' \
    ORDER BY COALESCE(k.due_at, 9000000000000000), k.id LIMIT 200";
const DELETE_OF_TICKET: &str = "DELETE FROM tasks WHERE ticket_id = $1";

const ADD_LIST: &str = "INSERT INTO checklists (name, items, version, created_at) \
    VALUES ($1, $2, 1, $3) RETURNING id";
const SAVE_LIST: &str = "UPDATE checklists SET name = $2, items = $3, version = version + 1 \
    WHERE id = $1";
const DELETE_LIST: &str = "DELETE FROM checklists WHERE id = $1";
const LIST: &str = "SELECT id, name, items, version FROM checklists WHERE id = $1";
const LISTS: &str = "SELECT id, name, items, version FROM checklists ORDER BY id LIMIT 200";

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            ticket: row.get(1)?,
            title: row.get(2)?,
            required: row.get(3)?,
            assignee: row.get(4)?,
            due_at: row.get(5)?,
            done_at: row.get(6)?,
            done_by: row.get(7)?,
            version: row.get(8)?,
        })
    }
}

/// Writes a new task; its `id` is ignored.
pub async fn insert(tx: &mut Tx<'_>, new: &Stored) -> Result<TaskId, DbError> {
    let params = [
        new.ticket.into(),
        new.title.clone().into(),
        new.required.into(),
        new.assignee.into(),
        new.due_at.into(),
    ];
    let row = tx.one::<(TaskId,)>(INSERT, &params).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// Overwrites a task.
pub async fn save(tx: &mut Tx<'_>, task: &Stored) -> Result<(), DbError> {
    let params = [
        task.id.into(),
        task.title.clone().into(),
        task.required.into(),
        task.assignee.into(),
        task.due_at.into(),
        task.done_at.into(),
        task.done_by.into(),
        task.version.into(),
    ];
    tx.execute(SAVE, &params).await?;
    Ok(())
}

/// Removes a task.
pub async fn delete(tx: &mut Tx<'_>, id: TaskId) -> Result<(), DbError> {
    tx.execute(DELETE, &[id.into()]).await?;
    Ok(())
}

/// One task.
pub async fn find(tx: &mut Tx<'_>, id: TaskId) -> Result<Option<Stored>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// The tasks of a ticket, in order.
pub async fn on_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Vec<Stored>, DbError> {
    tx.all(ON_TICKET, &[ticket.into()]).await
}

/// The open tasks of an agent, the next due first; at most 200.
pub async fn open_of(tx: &mut Tx<'_>, agent: AgentId) -> Result<Vec<Stored>, DbError> {
    tx.all(OPEN_OF, &[agent.into()]).await
}

/// Forgets the tasks of a ticket that is purged.
pub async fn delete_of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(DELETE_OF_TICKET, &[ticket.into()]).await?;
    Ok(())
}

/// A checklist's row: its items are JSON.
#[derive(Clone, Debug)]
pub struct ListRow {
    /// Its id.
    pub id: ChecklistId,
    /// Its name.
    pub name: String,
    /// Its items.
    pub items: Encrypted<String>,
    /// Counts the changes.
    pub version: i64,
}

impl FromRow for ListRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            items: row.get(2)?,
            version: row.get(3)?,
        })
    }
}

/// Writes a new checklist.
pub async fn add_list(
    tx: &mut Tx<'_>,
    (name, items): (&str, Encrypted<String>),
    at: Timestamp,
) -> Result<ChecklistId, DbError> {
    let params = [name.into(), items.into(), at.into()];
    let row = tx.one::<(ChecklistId,)>(ADD_LIST, &params).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// Overwrites a checklist.
pub async fn save_list(
    tx: &mut Tx<'_>,
    id: ChecklistId,
    (name, items): (&str, Encrypted<String>),
) -> Result<(), DbError> {
    tx.execute(SAVE_LIST, &[id.into(), name.into(), items.into()])
        .await?;
    Ok(())
}

/// Removes a checklist; tasks that came from it stay.
pub async fn delete_list(tx: &mut Tx<'_>, id: ChecklistId) -> Result<(), DbError> {
    tx.execute(DELETE_LIST, &[id.into()]).await?;
    Ok(())
}

/// Locks a checklist and reads it.
pub async fn lock_list(tx: &mut Tx<'_>, id: ChecklistId) -> Result<Option<ListRow>, DbError> {
    tx.lock_one(LIST, &[id.into()]).await
}

/// One checklist.
pub async fn list(tx: &mut Tx<'_>, id: ChecklistId) -> Result<Option<ListRow>, DbError> {
    tx.one(LIST, &[id.into()]).await
}

/// All checklists.
pub async fn lists(tx: &mut Tx<'_>) -> Result<Vec<ListRow>, DbError> {
    tx.all(LISTS, &[]).await
}
