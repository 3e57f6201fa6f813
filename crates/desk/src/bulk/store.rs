//! Rows of work on many tickets.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, BulkId, TicketId};
use kernel::keys::Encrypted;

use super::{Item, ItemState, Stored, Tally};

const INSERT: &str = "INSERT INTO bulk_works (agent_id, kind, what, problem_id, state, total, \
    done, same, refused, undone, kept, mails_left, created_at, ended_at) \
    VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, 0, 0, $7, NULL) RETURNING id";
const FIND: &str = "SELECT id, agent_id, kind, what, problem_id, state, total, done, same, \
    refused, undone, kept, mails_left, created_at, ended_at FROM bulk_works WHERE id = $1";
const OF_AGENT: &str = "SELECT id, agent_id, kind, what, problem_id, state, total, done, same, \
    refused, undone, kept, mails_left, created_at, ended_at FROM bulk_works \
    WHERE agent_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
const SAVE: &str = "UPDATE bulk_works SET state = $2, done = $3, same = $4, refused = $5, \
    undone = $6, kept = $7, mails_left = $8, ended_at = $9 WHERE id = $1";
const ADD_ITEM: &str = "INSERT INTO bulk_items (bulk_id, ticket_id, place, version, seen_number, \
    state) SELECT $1, id, $3, $4, last_number, 'waiting' FROM tickets WHERE id = $2";
const ADD_GONE: &str = "INSERT INTO bulk_items (bulk_id, ticket_id, place, version, seen_number, \
    state) VALUES ($1, $2, $3, $4, 0, 'waiting')";
const NEXT: &str = "SELECT ticket_id, version, seen_number, state, code, reason, standing, \
    reply_number FROM bulk_items WHERE bulk_id = $1 AND state = $2 ORDER BY place LIMIT 1";
const ITEM: &str = "SELECT ticket_id, version, seen_number, state, code, reason, standing, \
    reply_number FROM bulk_items WHERE bulk_id = $1 AND ticket_id = $2";
const LEFT: &str = "SELECT ticket_id, version, seen_number, state, code, reason, standing, \
    reply_number FROM bulk_items WHERE bulk_id = $1 AND state IN ('refused', 'kept') \
    ORDER BY place LIMIT $2";
const SETTLE: &str = "UPDATE bulk_items SET state = $3, code = $4, reason = $5, standing = $6, \
    reply_number = $7 WHERE bulk_id = $1 AND ticket_id = $2";
const FORGET_ITEMS: &str = "DELETE FROM bulk_items WHERE bulk_id = $1";
const FORGET: &str = "DELETE FROM bulk_works WHERE id = $1";
const FORGET_TICKET: &str = "DELETE FROM bulk_items WHERE ticket_id = $1 AND state <> 'waiting'";

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            agent: row.get(1)?,
            kind: row.get(2)?,
            what: row.get(3)?,
            problem: row.get(4)?,
            state: row.get(5)?,
            tally: Tally {
                total: row.get(6)?,
                done: row.get(7)?,
                same: row.get(8)?,
                refused: row.get(9)?,
                undone: row.get(10)?,
                kept: row.get(11)?,
                mails_left: row.get(12)?,
            },
            created_at: row.get(13)?,
            ended_at: row.get(14)?,
        })
    }
}

impl FromRow for Item {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            ticket: row.get(0)?,
            version: row.get(1)?,
            seen_number: row.get(2)?,
            state: row.get(3)?,
            code: row.get(4)?,
            reason: row.get(5)?,
            standing: row.get(6)?,
            reply: row.get(7)?,
        })
    }
}

/// Writes new work; its `id` and tally are ignored but for the total.
pub async fn insert(tx: &mut Tx<'_>, new: &Stored) -> Result<BulkId, DbError> {
    let params = [
        new.agent.into(),
        new.kind.into(),
        new.what.clone().into(),
        new.problem.into(),
        new.state.into(),
        new.tally.total.into(),
        new.created_at.into(),
    ];
    let row = tx.one::<(BulkId,)>(INSERT, &params).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// Adds a ticket; one that there is not will be refused like one that goes meanwhile.
pub async fn add(
    tx: &mut Tx<'_>,
    id: BulkId,
    place: i64,
    (ticket, version): (TicketId, Option<i64>),
) -> Result<(), DbError> {
    let params = [id.into(), ticket.into(), place.into(), version.into()];
    if tx.execute(ADD_ITEM, &params).await? == 0 {
        tx.execute(ADD_GONE, &params).await?;
    }
    Ok(())
}

/// One piece of work.
pub async fn find(tx: &mut Tx<'_>, id: BulkId) -> Result<Option<Stored>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// Locks it and reads it: whoever works on it, stops it or takes it back holds this lock.
pub async fn lock(tx: &mut Tx<'_>, id: BulkId) -> Result<Option<Stored>, DbError> {
    tx.lock_one(FIND, &[id.into()]).await
}

/// An agent's work before `before`, the newest first.
pub async fn of_agent(
    tx: &mut Tx<'_>,
    agent: AgentId,
    before: BulkId,
    limit: i64,
) -> Result<Vec<Stored>, DbError> {
    tx.all(OF_AGENT, &[agent.into(), before.into(), limit.into()])
        .await
}

/// Saves how far it is.
pub async fn save(tx: &mut Tx<'_>, work: &Stored) -> Result<(), DbError> {
    let Tally {
        done,
        same,
        refused,
        undone,
        kept,
        mails_left,
        ..
    } = work.tally;
    let params = [
        work.id.into(),
        work.state.into(),
        done.into(),
        same.into(),
        refused.into(),
        undone.into(),
        kept.into(),
        mails_left.into(),
        work.ended_at.into(),
    ];
    tx.execute(SAVE, &params).await?;
    Ok(())
}

/// The first ticket in this state.
pub async fn next(tx: &mut Tx<'_>, id: BulkId, state: ItemState) -> Result<Option<Item>, DbError> {
    tx.one(NEXT, &[id.into(), state.into()]).await
}

/// One ticket of it.
pub async fn item(tx: &mut Tx<'_>, id: BulkId, ticket: TicketId) -> Result<Option<Item>, DbError> {
    tx.one(ITEM, &[id.into(), ticket.into()]).await
}

/// The tickets that were refused or kept.
pub async fn left(tx: &mut Tx<'_>, id: BulkId, limit: i64) -> Result<Vec<Item>, DbError> {
    tx.all(LEFT, &[id.into(), limit.into()]).await
}

/// Writes down what became of a ticket.
pub async fn settle(tx: &mut Tx<'_>, id: BulkId, item: &Item) -> Result<(), DbError> {
    let params = [
        id.into(),
        item.ticket.into(),
        item.state.into(),
        item.code.clone().into(),
        sealed(&item.reason),
        sealed(&item.standing),
        item.reply.into(),
    ];
    tx.execute(SETTLE, &params).await?;
    Ok(())
}

fn sealed(value: &Option<Encrypted<String>>) -> kernel::db::Value {
    value.clone().into()
}

/// Forgets it and its tickets.
pub async fn forget(tx: &mut Tx<'_>, id: BulkId) -> Result<(), DbError> {
    tx.execute(FORGET_ITEMS, &[id.into()]).await?;
    tx.execute(FORGET, &[id.into()]).await?;
    Ok(())
}

/// Forgets what was done to a ticket that is purged.
pub async fn delete_of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(FORGET_TICKET, &[ticket.into()]).await?;
    Ok(())
}
