//! The drafts' table.

use kernel::db::{DbError, Tx};
use kernel::ids::{AgentId, TicketId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::DraftKind;

const PUT: &str = "INSERT INTO drafts (ticket_id, agent_id, kind, body, updated_at) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (ticket_id, agent_id, kind) \
    DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at";
const FIND: &str =
    "SELECT body, updated_at FROM drafts WHERE ticket_id = $1 AND agent_id = $2 AND kind = $3";
const KINDS: &str = "SELECT kind FROM drafts WHERE ticket_id = $1 AND agent_id = $2 ORDER BY kind";
const DELETE: &str = "DELETE FROM drafts WHERE ticket_id = $1 AND agent_id = $2 AND kind = $3";
const DELETE_OF_TICKET: &str = "DELETE FROM drafts WHERE ticket_id = $1";

/// Writes a draft over the one before.
pub async fn put(
    tx: &mut Tx<'_>,
    (ticket, agent, kind): (TicketId, AgentId, DraftKind),
    body: Encrypted<String>,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        PUT,
        &[
            ticket.into(),
            agent.into(),
            kind.into(),
            body.into(),
            at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Reads a draft.
pub async fn find(
    tx: &mut Tx<'_>,
    (ticket, agent, kind): (TicketId, AgentId, DraftKind),
) -> Result<Option<(Encrypted<String>, Timestamp)>, DbError> {
    tx.one(FIND, &[ticket.into(), agent.into(), kind.into()])
        .await
}

/// Which drafts an agent has on a ticket.
pub async fn kinds(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    agent: AgentId,
) -> Result<Vec<DraftKind>, DbError> {
    let rows = tx
        .all::<(DraftKind,)>(KINDS, &[ticket.into(), agent.into()])
        .await?;
    Ok(rows.into_iter().map(|(kind,)| kind).collect())
}

/// Removes a draft.
pub async fn delete(
    tx: &mut Tx<'_>,
    (ticket, agent, kind): (TicketId, AgentId, DraftKind),
) -> Result<(), DbError> {
    tx.execute(DELETE, &[ticket.into(), agent.into(), kind.into()])
        .await?;
    Ok(())
}

/// Removes everyone's drafts on a ticket.
pub async fn delete_of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(DELETE_OF_TICKET, &[ticket.into()]).await?;
    Ok(())
}
