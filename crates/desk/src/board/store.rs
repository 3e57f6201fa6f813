//! The columns that the board asks of tickets and their clocks.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, RecordId, TeamId, TicketId};
use kernel::time::Timestamp;

use super::ledger::Entry;
use super::rules;
use crate::routing::customer_waits_since;
use crate::sla::ClockState;
use crate::tickets::{Direction, Shelf, Status};

const DUE_PAGE: &str = "SELECT c.ticket_id, t.team_id, MIN(c.due_at) FROM sla_clocks c \
    JOIN tickets t ON t.id = c.ticket_id WHERE c.ticket_id > $1 AND c.live = 1 \
    AND c.state = 'running' AND c.due_at IS NOT NULL GROUP BY c.ticket_id, t.team_id \
    ORDER BY c.ticket_id LIMIT $2";
const ANSWERS_PAGE: &str = "SELECT c.ticket_id, c.began, t.team_id, c.state, c.ended_at, \
    c.breached_at FROM sla_clocks c JOIN tickets t ON t.id = c.ticket_id \
    WHERE (c.ticket_id, c.began) > ($1, $2) AND c.metric = 'first_reply' \
    AND (c.ended_at >= $3 OR c.breached_at >= $3) ORDER BY c.ticket_id, c.began LIMIT $4";
const TEAMLESS_PAGE: &str = "SELECT id FROM tickets WHERE id > $1 AND shelf = 'open' \
    AND assignee_id IS NULL AND team_id IS NULL AND status IN ('new', 'open') \
    ORDER BY id LIMIT $2";
const TICKET: &str = "SELECT team_id, assignee_id, shelf, status, created_at, last_message_at, \
    last_direction FROM tickets WHERE id = $1";
const DUE: &str = "SELECT MIN(due_at) FROM sla_clocks WHERE ticket_id = $1 AND live = 1 \
    AND state = 'running'";
const ANSWERS: &str = "SELECT state, ended_at, breached_at FROM sla_clocks \
    WHERE ticket_id = $1 AND metric = 'first_reply' ORDER BY began";

/// A ticket as far as the board asks.
struct TicketRow {
    team: Option<TeamId>,
    assignee: Option<AgentId>,
    shelf: Shelf,
    status: Status,
    created_at: Timestamp,
    last_message_at: Timestamp,
    last_direction: Direction,
}

impl FromRow for TicketRow {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            team: row.get(0)?,
            assignee: row.get(1)?,
            shelf: row.get(2)?,
            status: row.get(3)?,
            created_at: row.get(4)?,
            last_message_at: row.get(5)?,
            last_direction: row.get(6)?,
        })
    }
}

impl TicketRow {
    fn waits_without_team(&self) -> bool {
        self.team.is_none()
            && self.assignee.is_none()
            && self.shelf == Shelf::Open
            && matches!(self.status, Status::New | Status::Open)
    }
}

/// One run of a first reply's clock, with its ticket.
pub type AnswerRow = (
    TicketId,
    RecordId,
    Option<TeamId>,
    ClockState,
    Option<Timestamp>,
    Option<Timestamp>,
);

/// Up to `limit` tickets behind `after` on which a clock runs, with the time it falls due.
pub async fn due_page(
    tx: &mut Tx<'_>,
    after: TicketId,
    limit: i64,
) -> Result<Vec<(TicketId, Option<TeamId>, Timestamp)>, DbError> {
    tx.all(DUE_PAGE, &[after.into(), limit.into()]).await
}

/// Up to `limit` first replies behind `after` that were decided since `since`.
pub async fn answers_page(
    tx: &mut Tx<'_>,
    after: (TicketId, RecordId),
    since: Timestamp,
    limit: i64,
) -> Result<Vec<AnswerRow>, DbError> {
    let params = [after.0.into(), after.1.into(), since.into(), limit.into()];
    tx.all(ANSWERS_PAGE, &params).await
}

/// Up to `limit` tickets behind `after` that wait without a team.
pub async fn teamless_page(
    tx: &mut Tx<'_>,
    after: TicketId,
    limit: i64,
) -> Result<Vec<TicketId>, DbError> {
    let params = [after.into(), limit.into()];
    let rows = tx.all::<(TicketId,)>(TEAMLESS_PAGE, &params).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// What the board asks of one ticket, without what was decided before `since`; silent when it is
/// gone.
pub async fn entry(tx: &mut Tx<'_>, id: TicketId, since: Timestamp) -> Result<Entry, DbError> {
    let Some(ticket) = tx.one::<TicketRow>(TICKET, &[id.into()]).await? else {
        return Ok(Entry::default());
    };
    let waits_since = if ticket.waits_without_team() {
        let fallback = match ticket.last_direction {
            Direction::Out => ticket.last_message_at,
            _ => ticket.created_at,
        };
        Some(customer_waits_since(tx, id).await?.unwrap_or(fallback))
    } else {
        None
    };
    let due = tx.one::<(Option<Timestamp>,)>(DUE, &[id.into()]).await?;
    let runs = tx
        .all::<(ClockState, Option<Timestamp>, Option<Timestamp>)>(ANSWERS, &[id.into()])
        .await?;
    let answers = runs
        .into_iter()
        .filter_map(|(state, ended, breached)| rules::answer(state, ended, breached));
    Ok(Entry {
        team: ticket.team,
        due_at: due.and_then(|(at,)| at),
        answers: answers.filter(|it| it.at >= since).collect(),
        waits_since,
    })
}
