//! Rows of side conversations.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, CustomerId, SideConversationId, TicketId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::Stored;

const INSERT: &str = "INSERT INTO side_conversations (ticket_id, side_ticket_id, subject, \
    owner_id, agent_id, team_id, state, waits_for, last_number, last_at, version) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1) RETURNING id";
const SAVE: &str = "UPDATE side_conversations SET state = $2, waits_for = $3, last_number = $4, \
    last_at = $5, version = $6 WHERE id = $1";
const FIND: &str = "SELECT id, ticket_id, side_ticket_id, subject, owner_id, agent_id, team_id, \
    state, waits_for, last_number, last_at, version FROM side_conversations WHERE id = $1";
const CARRIED_BY: &str = "SELECT id, ticket_id, side_ticket_id, subject, owner_id, agent_id, \
    team_id, state, waits_for, last_number, last_at, version FROM side_conversations \
    WHERE side_ticket_id = $1";
const BESIDE: &str = "SELECT id, ticket_id, side_ticket_id, subject, owner_id, agent_id, team_id, \
    state, waits_for, last_number, last_at, version FROM side_conversations \
    WHERE ticket_id = $1 ORDER BY id LIMIT 50";
const OWNED: &str = "SELECT id, ticket_id, side_ticket_id, subject, owner_id, agent_id, team_id, \
    state, waits_for, last_number, last_at, version FROM side_conversations \
    WHERE owner_id = $1 AND state = 'open' ORDER BY last_at DESC, id DESC LIMIT 100";
const ASKED: &str = "SELECT id, ticket_id, side_ticket_id, subject, owner_id, agent_id, team_id, \
    state, waits_for, last_number, last_at, version FROM side_conversations \
    WHERE agent_id = $1 AND state = 'open' ORDER BY last_at DESC, id DESC LIMIT 100";
const ASKED_TEAMS: &str = "SELECT s.id, s.ticket_id, s.side_ticket_id, s.subject, s.owner_id, \
    s.agent_id, s.team_id, s.state, s.waits_for, s.last_number, s.last_at, s.version \
    FROM side_conversations s JOIN team_members m ON m.team_id = s.team_id \
    WHERE m.agent_id = $1 AND s.state = 'open' ORDER BY s.last_at DESC, s.id DESC LIMIT 100";
const INSIDERS: &str = "SELECT t.requester_id FROM side_conversations s \
    JOIN tickets t ON t.id = s.ticket_id WHERE s.side_ticket_id = $1 \
    UNION SELECT c.customer_id FROM side_conversations s \
    JOIN ticket_cc c ON c.ticket_id = s.ticket_id WHERE s.side_ticket_id = $1";
const ADD_MESSAGE: &str = "INSERT INTO side_messages (side_id, number, agent_id, html, text, at) \
    VALUES ($1, $2, $3, $4, $5, $6)";
const MESSAGES: &str = "SELECT number, agent_id, html, text, at FROM side_messages \
    WHERE side_id = $1 ORDER BY number DESC LIMIT 200";
const DELETE_MESSAGES: &str = "DELETE FROM side_messages WHERE side_id = $1";
const DELETE: &str = "DELETE FROM side_conversations WHERE id = $1";
const DELETE_CARRIED_BY: &str = "DELETE FROM side_conversations WHERE side_ticket_id = $1";

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            ticket: row.get(1)?,
            side_ticket: row.get(2)?,
            subject: row.get(3)?,
            owner: row.get(4)?,
            agent: row.get(5)?,
            team: row.get(6)?,
            state: row.get(7)?,
            waits_for: row.get(8)?,
            last_number: row.get(9)?,
            last_at: row.get(10)?,
            version: row.get(11)?,
        })
    }
}

/// A message among colleagues.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its number.
    pub number: i64,
    /// Who said it.
    pub agent: AgentId,
    /// The body.
    pub html: Encrypted<String>,
    /// The same as plain text.
    pub text: Encrypted<String>,
    /// When.
    pub at: Timestamp,
}

impl FromRow for Said {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            number: row.get(0)?,
            agent: row.get(1)?,
            html: row.get(2)?,
            text: row.get(3)?,
            at: row.get(4)?,
        })
    }
}

/// Writes a new side conversation; its `id` is ignored.
pub async fn insert(tx: &mut Tx<'_>, new: &Stored) -> Result<SideConversationId, DbError> {
    let params = [
        new.ticket.into(),
        new.side_ticket.into(),
        new.subject.as_str().into(),
        new.owner.into(),
        new.agent.into(),
        new.team.into(),
        new.state.into(),
        new.waits_for.into(),
        new.last_number.into(),
        new.last_at.into(),
    ];
    let row = tx.one::<(SideConversationId,)>(INSERT, &params).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// Writes what moved.
pub async fn save(tx: &mut Tx<'_>, side: &Stored) -> Result<(), DbError> {
    let params = [
        side.id.into(),
        side.state.into(),
        side.waits_for.into(),
        side.last_number.into(),
        side.last_at.into(),
        side.version.into(),
    ];
    tx.execute(SAVE, &params).await?;
    Ok(())
}

/// Locks a side conversation and reads it.
pub async fn lock(tx: &mut Tx<'_>, id: SideConversationId) -> Result<Option<Stored>, DbError> {
    tx.lock_one(FIND, &[id.into()]).await
}

/// One side conversation.
pub async fn find(tx: &mut Tx<'_>, id: SideConversationId) -> Result<Option<Stored>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// The side conversation whose mail a ticket carries.
pub async fn carried_by(tx: &mut Tx<'_>, side: TicketId) -> Result<Option<Stored>, DbError> {
    tx.one(CARRIED_BY, &[side.into()]).await
}

/// Those beside a ticket, the oldest first.
pub async fn beside(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Vec<Stored>, DbError> {
    tx.all(BESIDE, &[ticket.into()]).await
}

/// Those that go on and that an agent began, the latest first; at most 100.
pub async fn owned(tx: &mut Tx<'_>, agent: AgentId) -> Result<Vec<Stored>, DbError> {
    tx.all(OWNED, &[agent.into()]).await
}

/// Those that go on in which an agent or one of their teams is asked; at most 100 of each.
pub async fn asked(tx: &mut Tx<'_>, agent: AgentId) -> Result<Vec<Stored>, DbError> {
    let mut all = tx.all::<Stored>(ASKED, &[agent.into()]).await?;
    all.extend(tx.all::<Stored>(ASKED_TEAMS, &[agent.into()]).await?);
    Ok(all)
}

/// The customers of the ticket beside which `side` stands.
pub async fn insiders(tx: &mut Tx<'_>, side: TicketId) -> Result<Vec<CustomerId>, DbError> {
    let rows = tx.all::<(CustomerId,)>(INSIDERS, &[side.into()]).await?;
    Ok(rows.into_iter().map(|(customer,)| customer).collect())
}

/// Writes a message among colleagues.
pub async fn add_message(
    tx: &mut Tx<'_>,
    (id, number): (SideConversationId, i64),
    agent: AgentId,
    (html, text): (Encrypted<String>, Encrypted<String>),
    at: Timestamp,
) -> Result<(), DbError> {
    let params = [
        id.into(),
        number.into(),
        agent.into(),
        html.into(),
        text.into(),
        at.into(),
    ];
    tx.execute(ADD_MESSAGE, &params).await?;
    Ok(())
}

/// The newest 200 messages among colleagues, oldest first.
pub async fn messages(tx: &mut Tx<'_>, id: SideConversationId) -> Result<Vec<Said>, DbError> {
    let mut said = tx.all::<Said>(MESSAGES, &[id.into()]).await?;
    said.reverse();
    Ok(said)
}

/// Forgets the side conversations of a ticket that is purged, and the one that it carries.
pub async fn delete_of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    for side in beside(tx, ticket).await? {
        tx.execute(DELETE_MESSAGES, &[side.id.into()]).await?;
        tx.execute(DELETE, &[side.id.into()]).await?;
    }
    tx.execute(DELETE_CARRIED_BY, &[ticket.into()]).await?;
    Ok(())
}
