//! The tables of merges and moves.

mod hanging;
mod moving;

use kernel::db::{DbError, FromRow, Row, Tx, Value};
use kernel::ids::{AgentId, CustomerId, TicketId};
use kernel::time::Timestamp;

pub use hanging::{hanging, rehang};
pub use moving::{Range, came_from, is_own, move_range, newest, raise_reads, recount, whereabouts};

use super::{Before, Merge};
use crate::merges::rules::CHAIN_MAX;

const INSERT: &str = "INSERT INTO merges (source_id, survivor_id, agent_id, at, shift, last, \
    before, survivor_snippet) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const OF_SOURCE: &str = "SELECT id, source_id, survivor_id, agent_id, at, shift, last, before, \
    survivor_snippet FROM merges WHERE source_id = $1 AND undone_at IS NULL";
const INTO: &str = "SELECT m.source_id, t.subject, m.agent_id, m.at, m.shift, m.last \
    FROM merges m JOIN tickets t ON t.id = m.source_id \
    WHERE m.survivor_id = $1 AND m.undone_at IS NULL ORDER BY m.source_id";
const HAS_TAKEN_IN: &str = "SELECT 1 FROM message_moves WHERE to_ticket_id = $1 LIMIT 1";
const IS_SURVIVOR: &str =
    "SELECT 1 FROM merges WHERE survivor_id = $1 AND undone_at IS NULL LIMIT 1";
const SURVIVOR: &str = "SELECT survivor_id FROM merges WHERE source_id = $1 AND undone_at IS NULL";
const UNDO: &str = "UPDATE merges SET undone_at = $2 WHERE id = $1";
const SHELLS: &str = "WITH RECURSIVE shells (id) AS (SELECT source_id FROM merges \
    WHERE survivor_id = $1 AND undone_at IS NULL UNION SELECT m.source_id FROM merges m \
    JOIN shells s ON m.survivor_id = s.id WHERE m.undone_at IS NULL) \
    SELECT id FROM shells ORDER BY id";
const NEXT_INTO: &str = "SELECT id, source_id, survivor_id, agent_id, at, shift, last, before, \
    survivor_snippet FROM merges WHERE survivor_id = $1 AND shift > $2 AND undone_at IS NULL \
    ORDER BY shift LIMIT 1";
const BETWEEN: &str = "SELECT 1 FROM messages \
    WHERE ticket_id = $1 AND number > $2 AND number <= $3 LIMIT 1";
const REWRITE: &str = "UPDATE merges SET before = $2, survivor_snippet = $3 WHERE id = $1";
const FORGET: &str = "DELETE FROM merges WHERE source_id = $1 OR survivor_id = $1";
const FORGET_MOVES: &str = "DELETE FROM message_moves WHERE to_ticket_id = $1";
const WRITERS: &str = "SELECT DISTINCT author FROM messages WHERE ticket_id = $1 AND kind = 'in'";

impl FromRow for Merge {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let before: String = row.get(7)?;
        Ok(Self {
            id: row.get(0)?,
            source: row.get(1)?,
            survivor: row.get(2)?,
            agent: row.get(3)?,
            at: row.get(4)?,
            shift: row.get(5)?,
            last: row.get(6)?,
            before: serde_json::from_str::<Before>(&before)
                .map_err(|error| DbError::Unreadable(format!("a merge's past: {error}")))?,
            survivor_snippet: row.get(8)?,
        })
    }
}

/// A ticket that went into another one.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The ticket that went.
    pub source: TicketId,
    /// What it was about.
    pub subject: String,
    /// Who merged them.
    pub agent: Option<AgentId>,
    /// When.
    pub at: Timestamp,
    /// The number of its first message on the survivor.
    pub first: i64,
    /// The number of its last message on the survivor.
    pub last: i64,
}

impl FromRow for Taken {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let (shift, last): (i64, i64) = (row.get(4)?, row.get(5)?);
        Ok(Self {
            source: row.get(0)?,
            subject: row.get(1)?,
            agent: row.get(2)?,
            at: row.get(3)?,
            first: shift.saturating_add(1),
            last: shift.saturating_add(last),
        })
    }
}

/// Writes a merge; its `id` is ignored.
pub async fn insert(tx: &mut Tx<'_>, merge: &Merge) -> Result<(), DbError> {
    let before = json(&merge.before)?;
    let values: Vec<Value> = vec![
        merge.source.into(),
        merge.survivor.into(),
        merge.agent.into(),
        merge.at.into(),
        merge.shift.into(),
        merge.last.into(),
        before.into(),
        merge.survivor_snippet.clone().into(),
    ];
    tx.execute(INSERT, &values).await.map(drop)
}

/// The merge by which a ticket became a shell; `None` when it is none.
pub async fn of_source(tx: &mut Tx<'_>, source: TicketId) -> Result<Option<Merge>, DbError> {
    tx.one(OF_SOURCE, &[source.into()]).await
}

/// The tickets that went straight into this one.
pub async fn into(tx: &mut Tx<'_>, survivor: TicketId) -> Result<Vec<Taken>, DbError> {
    tx.all(INTO, &[survivor.into()]).await
}

/// Whether a ticket was merged into this one.
pub async fn is_survivor(tx: &mut Tx<'_>, ticket: TicketId) -> Result<bool, DbError> {
    Ok(tx
        .one::<(i64,)>(IS_SURVIVOR, &[ticket.into()])
        .await?
        .is_some())
}

/// Whether messages of other tickets ever moved here, so that numbers are not in the order of
/// time.
pub async fn has_taken_in(tx: &mut Tx<'_>, ticket: TicketId) -> Result<bool, DbError> {
    Ok(tx
        .one::<(i64,)>(HAS_TAKEN_IN, &[ticket.into()])
        .await?
        .is_some())
}

/// The ticket that a shell points to; `None` when it is no shell.
pub async fn survivor(tx: &mut Tx<'_>, id: TicketId) -> Result<Option<TicketId>, DbError> {
    let row = tx.one::<(TicketId,)>(SURVIVOR, &[id.into()]).await?;
    Ok(row.map(|(survivor,)| survivor))
}

/// The ticket at the end of a chain of merges: itself when it is no shell.
pub async fn resolve(tx: &mut Tx<'_>, id: TicketId) -> Result<TicketId, DbError> {
    let mut id = id;
    for _ in 0..CHAIN_MAX {
        match survivor(tx, id).await? {
            Some(next) => id = next,
            None => break,
        }
    }
    Ok(id)
}

/// Every shell that leads to a ticket, by however many steps.
pub async fn shells(tx: &mut Tx<'_>, survivor: TicketId) -> Result<Vec<TicketId>, DbError> {
    let rows = tx.all::<(TicketId,)>(SHELLS, &[survivor.into()]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The merge into the same survivor that came right after this one: nobody said anything between.
pub async fn right_after(tx: &mut Tx<'_>, merge: &Merge) -> Result<Option<Merge>, DbError> {
    let (survivor, shift) = (merge.survivor, merge.shift);
    let next: Option<Merge> = tx.one(NEXT_INTO, &[survivor.into(), shift.into()]).await?;
    let Some(next) = next else { return Ok(None) };
    let end = shift.saturating_add(merge.last);
    let values: [Value; 3] = [survivor.into(), end.into(), next.shift.into()];
    let between = tx.one::<(i64,)>(BETWEEN, &values).await?;
    Ok(Some(next).filter(|_| between.is_none()))
}

/// Writes what bringing a ticket back restores.
pub async fn rewrite(tx: &mut Tx<'_>, merge: &Merge) -> Result<(), DbError> {
    let before = json(&merge.before)?;
    let snippet = merge.survivor_snippet.clone();
    let values: [Value; 3] = [merge.id.into(), before.into(), snippet.into()];
    tx.execute(REWRITE, &values).await.map(drop)
}

fn json(before: &Before) -> Result<String, DbError> {
    serde_json::to_string(before)
        .map_err(|error| DbError::Unreadable(format!("a merge's past: {error}")))
}

/// Notes that a merge was undone.
pub async fn undo(tx: &mut Tx<'_>, merge: i64, at: Timestamp) -> Result<(), DbError> {
    tx.execute(UNDO, &[merge.into(), at.into()]).await.map(drop)
}

/// Forgets a purged ticket.
pub async fn forget(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(FORGET, &[ticket.into()]).await?;
    tx.execute(FORGET_MOVES, &[ticket.into()]).await.map(drop)
}

/// The customers who wrote on a ticket.
pub async fn writers(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Vec<CustomerId>, DbError> {
    let rows = tx.all::<(String,)>(WRITERS, &[ticket.into()]).await?;
    let mut ids: Vec<CustomerId> = rows
        .iter()
        .filter_map(|(author,)| author.strip_prefix("customer:")?.parse().ok())
        .collect();
    ids.sort();
    Ok(ids)
}
