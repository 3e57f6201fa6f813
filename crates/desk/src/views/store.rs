//! The few columns that views ask of tickets.

use kernel::db::{DbError, Tx};
use kernel::ids::{AgentId, TeamId, TicketId};

use super::rules::Facts;
use crate::tickets::Shelf;

const PAGE: &str = "SELECT id, shelf, assignee_id, team_id FROM tickets \
    WHERE id > $1 ORDER BY id LIMIT $2";
const FACTS: &str = "SELECT shelf, assignee_id, team_id FROM tickets WHERE id = $1";
const MENTIONS_PAGE: &str = "SELECT DISTINCT ticket_id, agent_id FROM mentions \
    WHERE (ticket_id, agent_id) > ($1, $2) ORDER BY ticket_id, agent_id LIMIT $3";
const MENTIONED: &str = "SELECT DISTINCT agent_id FROM mentions WHERE ticket_id = $1";

/// Up to `limit` tickets behind `after`, in the order of their ids, from one covering index.
pub async fn page(
    tx: &mut Tx<'_>,
    after: TicketId,
    limit: i64,
) -> Result<Vec<(TicketId, Facts)>, DbError> {
    let rows = tx
        .all::<(TicketId, Shelf, Option<AgentId>, Option<TeamId>)>(
            PAGE,
            &[after.into(), limit.into()],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, shelf, assignee, team)| {
            (
                id,
                Facts {
                    shelf,
                    assignee,
                    team,
                },
            )
        })
        .collect())
}

/// What views ask of one ticket; `None` when it is gone.
pub async fn facts(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Option<Facts>, DbError> {
    let row = tx
        .one::<(Shelf, Option<AgentId>, Option<TeamId>)>(FACTS, &[ticket.into()])
        .await?;
    Ok(row.map(|(shelf, assignee, team)| Facts {
        shelf,
        assignee,
        team,
    }))
}

/// Up to `limit` pairs of a ticket and an agent mentioned in it, behind `after`.
pub async fn mentions_page(
    tx: &mut Tx<'_>,
    after: (TicketId, AgentId),
    limit: i64,
) -> Result<Vec<(TicketId, AgentId)>, DbError> {
    tx.all(
        MENTIONS_PAGE,
        &[after.0.into(), after.1.into(), limit.into()],
    )
    .await
}

/// The agents whose mention in a ticket is still unread.
pub async fn mentioned(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Vec<AgentId>, DbError> {
    let rows = tx.all::<(AgentId,)>(MENTIONED, &[ticket.into()]).await?;
    Ok(rows.into_iter().map(|(agent,)| agent).collect())
}
