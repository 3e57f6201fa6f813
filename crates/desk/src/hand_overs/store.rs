//! Rows of hand-overs.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, HandoverId, TicketId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::{DraftTicket, Stored};
use crate::tickets::Direction;

const OPEN_OF: &str = "SELECT id, subject, status, priority, last_direction, last_message_at, \
    snoozed_until FROM tickets WHERE assignee_id = $1 AND shelf = 'open' \
    ORDER BY last_message_at, id LIMIT $2";
const WAKING_OF: &str = "SELECT id, subject, status, priority, last_direction, last_message_at, \
    snoozed_until FROM tickets WHERE assignee_id = $1 AND shelf = 'snoozed' \
    AND snoozed_until <= $2 ORDER BY last_message_at, id LIMIT $3";
const INSERT: &str = "INSERT INTO hand_overs \
    (from_agent_id, to_agent_id, to_team_id, note, at, read_at, read_by) \
    VALUES ($1, $2, $3, $4, $5, NULL, NULL) RETURNING id";
const ADD_TICKET: &str = "INSERT INTO hand_over_tickets (hand_over_id, ticket_id, moved, \
    note_number) VALUES ($1, $2, $3, $4)";
const FIND: &str = "SELECT id, from_agent_id, to_agent_id, to_team_id, note, at, read_at, read_by \
    FROM hand_overs WHERE id = $1";
const TAKE: &str = "UPDATE hand_overs SET read_at = $2, read_by = $3 WHERE id = $1";
const GIVEN: &str = "SELECT id, from_agent_id, to_agent_id, to_team_id, note, at, read_at, \
    read_by FROM hand_overs WHERE from_agent_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
const TO_AGENT: &str = "SELECT id, from_agent_id, to_agent_id, to_team_id, note, at, read_at, \
    read_by FROM hand_overs WHERE to_agent_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
const TO_TEAMS: &str = "SELECT h.id, h.from_agent_id, h.to_agent_id, h.to_team_id, h.note, h.at, \
    h.read_at, h.read_by FROM hand_overs h JOIN team_members m ON m.team_id = h.to_team_id \
    WHERE m.agent_id = $1 AND h.id < $2 ORDER BY h.id DESC LIMIT $3";
const TICKETS: &str = "SELECT h.ticket_id, t.subject, h.moved, m.text FROM hand_over_tickets h \
    JOIN tickets t ON t.id = h.ticket_id \
    LEFT JOIN messages m ON m.ticket_id = h.ticket_id AND m.number = h.note_number \
    WHERE h.hand_over_id = $1 ORDER BY h.ticket_id LIMIT 100";
const PASSED_ON: &str = "SELECT 1 FROM hand_over_tickets t \
    JOIN hand_overs h ON h.id = t.hand_over_id \
    WHERE t.ticket_id = $1 AND h.from_agent_id = $2 AND h.at = $3";
const DELETE_OF_TICKET: &str = "DELETE FROM hand_over_tickets WHERE ticket_id = $1";

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            from: row.get(1)?,
            to_agent: row.get(2)?,
            to_team: row.get(3)?,
            note: row.get(4)?,
            at: row.get(5)?,
            read_at: row.get(6)?,
            read_by: row.get(7)?,
        })
    }
}

impl FromRow for DraftTicket {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let waits = row.get::<Direction>(4)? == Direction::In;
        let spoke_at: Timestamp = row.get(5)?;
        Ok(Self {
            ticket_id: row.get(0)?,
            subject: row.get(1)?,
            status: row.get(2)?,
            priority: row.get(3)?,
            waiting_since: waits.then_some(spoke_at),
            sla_due_at: None,
            snoozed_until: row.get(6)?,
            escalated: false,
        })
    }
}

/// A ticket's row in a hand-over.
#[derive(Clone, Debug)]
pub struct TicketRow {
    /// Which ticket.
    pub ticket: TicketId,
    /// Its subject.
    pub subject: String,
    /// Whether it went to the receiver.
    pub moved: bool,
    /// The text of the internal note about it, as it stands there now.
    pub note: Option<Encrypted<String>>,
}

impl FromRow for TicketRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            ticket: row.get(0)?,
            subject: row.get(1)?,
            moved: row.get(2)?,
            note: row.get(3)?,
        })
    }
}

/// What an agent has to do, and what wakes until `until`; at most `limit` of each.
pub async fn under_way(
    tx: &mut Tx<'_>,
    agent: AgentId,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<DraftTicket>, DbError> {
    let mut found = tx
        .all::<DraftTicket>(OPEN_OF, &[agent.into(), limit.into()])
        .await?;
    let params = [agent.into(), until.into(), limit.into()];
    found.extend(tx.all::<DraftTicket>(WAKING_OF, &params).await?);
    Ok(found)
}

/// Writes a new hand-over; its `id` is ignored.
pub async fn insert(tx: &mut Tx<'_>, new: &Stored) -> Result<HandoverId, DbError> {
    let params = [
        new.from.into(),
        new.to_agent.into(),
        new.to_team.into(),
        new.note.clone().into(),
        new.at.into(),
    ];
    let row = tx.one::<(HandoverId,)>(INSERT, &params).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// Adds a ticket to a hand-over, with the number of the note about it.
pub async fn add_ticket(
    tx: &mut Tx<'_>,
    id: HandoverId,
    ticket: TicketId,
    (moved, note_number): (bool, Option<i64>),
) -> Result<(), DbError> {
    let params = [id.into(), ticket.into(), moved.into(), note_number.into()];
    tx.execute(ADD_TICKET, &params).await?;
    Ok(())
}

/// Whether an agent handed this ticket over at that very time.
pub async fn passed_on(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    from: AgentId,
    at: Timestamp,
) -> Result<bool, DbError> {
    let given = [ticket.into(), from.into(), at.into()];
    Ok(tx.one::<(i64,)>(PASSED_ON, &given).await?.is_some())
}

/// One hand-over.
pub async fn find(tx: &mut Tx<'_>, id: HandoverId) -> Result<Option<Stored>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// Locks a hand-over and reads it.
pub async fn lock(tx: &mut Tx<'_>, id: HandoverId) -> Result<Option<Stored>, DbError> {
    tx.lock_one(FIND, &[id.into()]).await
}

/// Notes who took it, and when.
pub async fn take(
    tx: &mut Tx<'_>,
    id: HandoverId,
    by: AgentId,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(TAKE, &[id.into(), at.into(), by.into()]).await?;
    Ok(())
}

/// What an agent gave or received, before `before`, the newest first.
pub async fn of_agent(
    tx: &mut Tx<'_>,
    agent: AgentId,
    before: HandoverId,
    limit: i64,
) -> Result<Vec<Stored>, DbError> {
    let params = [agent.into(), before.into(), limit.into()];
    let mut all = tx.all::<Stored>(GIVEN, &params).await?;
    all.extend(tx.all::<Stored>(TO_AGENT, &params).await?);
    all.extend(tx.all::<Stored>(TO_TEAMS, &params).await?);
    all.sort_by_key(|it| std::cmp::Reverse(it.id));
    all.dedup_by_key(|it| it.id);
    all.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(all)
}

/// The tickets of a hand-over that still exist.
pub async fn tickets(tx: &mut Tx<'_>, id: HandoverId) -> Result<Vec<TicketRow>, DbError> {
    tx.all(TICKETS, &[id.into()]).await
}

/// Forgets what was handed over about a ticket that is purged.
pub async fn delete_of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(DELETE_OF_TICKET, &[ticket.into()]).await?;
    Ok(())
}
