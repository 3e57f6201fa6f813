//! Rows of notifications and their settings.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, NotificationId, RecordId, TicketId};
use kernel::journal::Actor;
use kernel::time::Timestamp;

use super::rules::{Circle, UNREAD_COUNTED_MAX};
use super::{MailState, Notice, NotificationKind, Stored};
use crate::tickets::Shelf;

const INSERT: &str = "INSERT INTO notifications \
    (agent_id, record_id, kind, ticket_id, actor, actor_id, at, app, read, mail) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9) \
    ON CONFLICT (agent_id, record_id) DO NOTHING RETURNING id";
const LIST: &str = "SELECT n.id, n.kind, n.ticket_id, t.subject, COALESCE(a.name, c.name), n.at, \
    n.read FROM notifications n \
    LEFT JOIN tickets t ON t.id = n.ticket_id \
    LEFT JOIN agents a ON n.actor = 'agent' AND a.id = n.actor_id \
    LEFT JOIN customers c ON n.actor = 'customer' AND c.id = n.actor_id \
    WHERE n.agent_id = $1 AND n.app = 1 AND n.id < $2 ORDER BY n.id DESC LIMIT $3";
const UNREAD: &str = "SELECT COUNT(*) FROM (SELECT id FROM notifications \
    WHERE agent_id = $1 AND app = 1 AND read = 0 LIMIT $2) AS unread";
const READ_UP_TO: &str = "UPDATE notifications SET read = 1 \
    WHERE agent_id = $1 AND id <= $2 AND app = 1 AND read = 0";
const READ_ONE: &str = "UPDATE notifications SET read = 1 \
    WHERE agent_id = $1 AND id = $2 AND app = 1 AND read = 0";
const DUE: &str = "SELECT id, kind, at FROM notifications \
    WHERE agent_id = $1 AND ticket_id = $2 AND mail = 'due' AND read = 0 ORDER BY id LIMIT 50";
const MAILED: &str = "UPDATE notifications SET mail = 'done' \
    WHERE agent_id = $1 AND ticket_id = $2 AND mail = 'due' AND id <= $3";
const SETTINGS: &str = "SELECT settings FROM notification_settings WHERE agent_id = $1";
const KEEP_SETTINGS: &str = "INSERT INTO notification_settings (agent_id, settings) \
    VALUES ($1, $2) ON CONFLICT (agent_id) DO UPDATE SET settings = excluded.settings";
const LOCK_AGENT: &str = "SELECT id FROM agents WHERE id = $1";
const TICKET: &str = "SELECT shelf, assignee_id FROM tickets WHERE id = $1";
const WATCHERS: &str = "SELECT agent_id FROM watchers WHERE ticket_id = $1 ORDER BY agent_id";

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            kind: row.get(1)?,
            ticket: row.get(2)?,
            subject: row.get(3)?,
            actor_name: row.get(4)?,
            at: row.get(5)?,
            read: row.get(6)?,
        })
    }
}

/// A notification to write.
#[derive(Clone, Copy, Debug)]
pub struct NewNotification {
    /// Whom it tells what.
    pub notice: Notice,
    /// The record it comes from.
    pub record: RecordId,
    /// The ticket it is about.
    pub ticket: TicketId,
    /// Who did it.
    pub actor: Actor,
    /// When it happened.
    pub at: Timestamp,
    /// Whether it stands in the list.
    pub app: bool,
    /// Where its mail stands.
    pub mail: MailState,
}

/// Writes a notification; `None` when this agent has been told of this record.
pub async fn insert(
    tx: &mut Tx<'_>,
    new: NewNotification,
) -> Result<Option<NotificationId>, DbError> {
    let (actor, actor_id) = match new.actor {
        Actor::Agent(id) => ("agent", Some(id.0)),
        Actor::Customer(id) => ("customer", Some(id.0)),
        Actor::Rule(_) => ("rule", None),
        Actor::Bot => ("bot", None),
        Actor::System | Actor::Import => ("system", None),
    };
    let params = [
        new.notice.agent.into(),
        new.record.into(),
        new.notice.kind.into(),
        new.ticket.into(),
        actor.into(),
        actor_id.into(),
        new.at.into(),
        new.app.into(),
        new.mail.into(),
    ];
    Ok(tx
        .one::<(NotificationId,)>(INSERT, &params)
        .await?
        .map(|(id,)| id))
}

/// Up to `limit` notifications in an agent's list before `before`, newest first.
pub async fn list(
    tx: &mut Tx<'_>,
    agent: AgentId,
    before: NotificationId,
    limit: i64,
) -> Result<Vec<Stored>, DbError> {
    tx.all(LIST, &[agent.into(), before.into(), limit.into()])
        .await
}

/// How many in the list are unread, counted up to [`UNREAD_COUNTED_MAX`].
pub async fn unread(tx: &mut Tx<'_>, agent: AgentId) -> Result<i64, DbError> {
    let row = tx
        .one::<(i64,)>(UNREAD, &[agent.into(), UNREAD_COUNTED_MAX.into()])
        .await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Marks everything up to `up_to` read; how many were unread.
pub async fn read_up_to(
    tx: &mut Tx<'_>,
    agent: AgentId,
    up_to: NotificationId,
) -> Result<u64, DbError> {
    tx.execute(READ_UP_TO, &[agent.into(), up_to.into()]).await
}

/// Marks one read; whether it was unread.
pub async fn read_one(
    tx: &mut Tx<'_>,
    agent: AgentId,
    id: NotificationId,
) -> Result<bool, DbError> {
    Ok(tx.execute(READ_ONE, &[agent.into(), id.into()]).await? > 0)
}

/// What a mail to `agent` about `ticket` has to tell, oldest first.
pub async fn due(
    tx: &mut Tx<'_>,
    agent: AgentId,
    ticket: TicketId,
) -> Result<Vec<(NotificationId, NotificationKind, Timestamp)>, DbError> {
    tx.all(DUE, &[agent.into(), ticket.into()]).await
}

/// Notes that nothing up to `up_to` needs to be told by mail any more.
pub async fn mailed(
    tx: &mut Tx<'_>,
    agent: AgentId,
    ticket: TicketId,
    up_to: NotificationId,
) -> Result<(), DbError> {
    tx.execute(MAILED, &[agent.into(), ticket.into(), up_to.into()])
        .await?;
    Ok(())
}

/// An agent's settings as JSON; `None` when they never changed any.
pub async fn settings(tx: &mut Tx<'_>, agent: AgentId) -> Result<Option<String>, DbError> {
    Ok(tx
        .one::<(String,)>(SETTINGS, &[agent.into()])
        .await?
        .map(|(json,)| json))
}

/// Keeps an agent's settings.
pub async fn keep_settings(
    tx: &mut Tx<'_>,
    agent: AgentId,
    settings: String,
) -> Result<(), DbError> {
    tx.execute(KEEP_SETTINGS, &[agent.into(), settings.into()])
        .await?;
    Ok(())
}

/// Locks an agent's row, so that their settings change one at a time.
pub async fn lock_agent(tx: &mut Tx<'_>, agent: AgentId) -> Result<bool, DbError> {
    tx.lock(LOCK_AGENT, &[agent.into()]).await
}

/// Where a ticket lies and who has to do with it; `None` when it is gone.
pub async fn circle(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Option<(Shelf, Circle)>, DbError> {
    let row = tx
        .one::<(Shelf, Option<AgentId>)>(TICKET, &[ticket.into()])
        .await?;
    let Some((shelf, assignee)) = row else {
        return Ok(None);
    };
    let watchers = tx.all::<(AgentId,)>(WATCHERS, &[ticket.into()]).await?;
    let watchers = watchers.into_iter().map(|(agent,)| agent).collect();
    Ok(Some((shelf, Circle { assignee, watchers })))
}
