//! Rows of escalations and their paths.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, EscalationId, EscalationPathId, TeamId, TicketId};
use kernel::time::Timestamp;

use super::{EscalationState, Stored};

const INSERT: &str = "INSERT INTO escalations (ticket_id, path_id, step, state, owner_id, \
    from_team_id, to_agent_id, to_team_id, taken_by, note, reason, due_at, at, settled_at, \
    version) VALUES ($1, $2, $3, 'waiting', $4, $5, $6, $7, NULL, $8, NULL, $9, $10, NULL, 1) \
    RETURNING id";
const SAVE: &str = "UPDATE escalations SET state = $2, taken_by = $3, reason = $4, \
    settled_at = $5, version = $6 WHERE id = $1";
const FIND: &str = "SELECT id, ticket_id, path_id, step, state, owner_id, from_team_id, \
    to_agent_id, to_team_id, taken_by, note, reason, due_at, at, settled_at, version \
    FROM escalations WHERE id = $1";
const LATEST_ON: &str = "SELECT id, ticket_id, path_id, step, state, owner_id, from_team_id, \
    to_agent_id, to_team_id, taken_by, note, reason, due_at, at, settled_at, version \
    FROM escalations WHERE ticket_id = $1 ORDER BY id DESC LIMIT 1";
const FOR_AGENT: &str = "SELECT id, ticket_id, path_id, step, state, owner_id, from_team_id, \
    to_agent_id, to_team_id, taken_by, note, reason, due_at, at, settled_at, version \
    FROM escalations WHERE to_agent_id = $1 AND settled_at IS NULL ORDER BY due_at, id LIMIT 100";
const FOR_TEAMS: &str = "SELECT e.id, e.ticket_id, e.path_id, e.step, e.state, e.owner_id, \
    e.from_team_id, e.to_agent_id, e.to_team_id, e.taken_by, e.note, e.reason, e.due_at, e.at, \
    e.settled_at, e.version FROM escalations e JOIN team_members m ON m.team_id = e.to_team_id \
    WHERE m.agent_id = $1 AND e.settled_at IS NULL ORDER BY e.due_at, e.id LIMIT 100";
const DELETE_OF_TICKET: &str = "DELETE FROM escalations WHERE ticket_id = $1";
const TEAMS_OF: &str = "SELECT team_id FROM team_members WHERE agent_id = $1 ORDER BY team_id";

const ADD_PATH: &str = "INSERT INTO escalation_paths (name, steps, version, created_at) \
    VALUES ($1, $2, 1, $3) RETURNING id";
const SAVE_PATH: &str = "UPDATE escalation_paths SET name = $2, steps = $3, \
    version = version + 1 WHERE id = $1";
const DELETE_PATH: &str = "DELETE FROM escalation_paths WHERE id = $1";
const PATH: &str = "SELECT id, name, steps, version FROM escalation_paths WHERE id = $1";
const PATHS: &str = "SELECT id, name, steps, version FROM escalation_paths ORDER BY id LIMIT 100";

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            ticket: row.get(1)?,
            path: row.get(2)?,
            step: row.get(3)?,
            state: row.get(4)?,
            owner: row.get(5)?,
            from_team: row.get(6)?,
            to_agent: row.get(7)?,
            to_team: row.get(8)?,
            taken_by: row.get(9)?,
            note: row.get(10)?,
            reason: row.get(11)?,
            due_at: row.get(12)?,
            at: row.get(13)?,
            settled_at: row.get(14)?,
            version: row.get(15)?,
        })
    }
}

/// Writes a new escalation; its `id` is ignored.
pub async fn insert(tx: &mut Tx<'_>, new: &Stored) -> Result<EscalationId, DbError> {
    let params = [
        new.ticket.into(),
        new.path.into(),
        new.step.into(),
        new.owner.into(),
        new.from_team.into(),
        new.to_agent.into(),
        new.to_team.into(),
        new.note.clone().into(),
        new.due_at.into(),
        new.at.into(),
    ];
    let row = tx.one::<(EscalationId,)>(INSERT, &params).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// Writes what moved.
pub async fn save(tx: &mut Tx<'_>, escalation: &Stored) -> Result<(), DbError> {
    let params = [
        escalation.id.into(),
        escalation.state.into(),
        escalation.taken_by.into(),
        escalation.reason.clone().into(),
        escalation.settled_at.into(),
        escalation.version.into(),
    ];
    tx.execute(SAVE, &params).await?;
    Ok(())
}

/// One escalation.
pub async fn find(tx: &mut Tx<'_>, id: EscalationId) -> Result<Option<Stored>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// The latest escalation of a ticket.
pub async fn latest_on(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Option<Stored>, DbError> {
    tx.one(LATEST_ON, &[ticket.into()]).await
}

/// The escalation of a ticket that is not over.
pub async fn open_on(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Option<Stored>, DbError> {
    let latest = latest_on(tx, ticket).await?;
    let is_open =
        |it: &Stored| matches!(it.state, EscalationState::Waiting | EscalationState::Taken);
    Ok(latest.filter(is_open))
}

/// Those that are not over and meant for an agent or one of their teams, the next due first.
pub async fn meant_for(tx: &mut Tx<'_>, agent: AgentId) -> Result<Vec<Stored>, DbError> {
    let mut all = tx.all::<Stored>(FOR_AGENT, &[agent.into()]).await?;
    all.extend(tx.all::<Stored>(FOR_TEAMS, &[agent.into()]).await?);
    all.sort_by_key(|it| (it.due_at, it.id));
    all.dedup_by_key(|it| it.id);
    Ok(all)
}

/// Forgets the escalations of a ticket that is purged.
pub async fn delete_of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(DELETE_OF_TICKET, &[ticket.into()]).await?;
    Ok(())
}

/// The teams of an agent.
pub async fn teams_of(tx: &mut Tx<'_>, agent: AgentId) -> Result<Vec<TeamId>, DbError> {
    let rows = tx.all::<(TeamId,)>(TEAMS_OF, &[agent.into()]).await?;
    Ok(rows.into_iter().map(|(team,)| team).collect())
}

/// A path's row: its steps are JSON.
#[derive(Clone, Debug)]
pub struct PathRow {
    /// Its id.
    pub id: EscalationPathId,
    /// Its name.
    pub name: String,
    /// Its steps.
    pub steps: String,
    /// Counts the changes.
    pub version: i64,
}

impl FromRow for PathRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            steps: row.get(2)?,
            version: row.get(3)?,
        })
    }
}

/// Writes a new path.
pub async fn add_path(
    tx: &mut Tx<'_>,
    (name, steps): (&str, &str),
    at: Timestamp,
) -> Result<EscalationPathId, DbError> {
    let params = [name.into(), steps.into(), at.into()];
    let row = tx.one::<(EscalationPathId,)>(ADD_PATH, &params).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// Overwrites a path.
pub async fn save_path(
    tx: &mut Tx<'_>,
    id: EscalationPathId,
    (name, steps): (&str, &str),
) -> Result<(), DbError> {
    tx.execute(SAVE_PATH, &[id.into(), name.into(), steps.into()])
        .await?;
    Ok(())
}

/// Removes a path; escalations that went by it stay.
pub async fn delete_path(tx: &mut Tx<'_>, id: EscalationPathId) -> Result<(), DbError> {
    tx.execute(DELETE_PATH, &[id.into()]).await?;
    Ok(())
}

/// Locks a path and reads it.
pub async fn lock_path(tx: &mut Tx<'_>, id: EscalationPathId) -> Result<Option<PathRow>, DbError> {
    tx.lock_one(PATH, &[id.into()]).await
}

/// One path.
pub async fn path(tx: &mut Tx<'_>, id: EscalationPathId) -> Result<Option<PathRow>, DbError> {
    tx.one(PATH, &[id.into()]).await
}

/// All paths.
pub async fn paths(tx: &mut Tx<'_>) -> Result<Vec<PathRow>, DbError> {
    tx.all(PATHS, &[]).await
}
