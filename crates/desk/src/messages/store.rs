//! The messages' tables.

use kernel::db::{DbError, FromRow, Row, Tx, Value};
use kernel::ids::{AgentId, CustomerId, TicketId};
use kernel::journal::Actor;
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::{Message, MessageState};
use crate::tickets::Status;

const INSERT: &str = "INSERT INTO messages (ticket_id, number, record_id, kind, author, html, \
    text, addressed, has_remote_images, auto_reply, redacted, at, state, release_at, status_after) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const FIND: &str = "SELECT ticket_id, number, record_id, kind, author, html, text, addressed, \
    has_remote_images, auto_reply, redacted, at, state, release_at, status_after \
    FROM messages WHERE ticket_id = $1 AND number = $2";
const BEFORE: &str = "SELECT ticket_id, number, record_id, kind, author, html, text, addressed, \
    has_remote_images, auto_reply, redacted, at, state, release_at, status_after \
    FROM messages WHERE ticket_id = $1 AND number < $2 ORDER BY number DESC LIMIT $3";
const BEFORE_RECORD: &str = "SELECT ticket_id, number, record_id, kind, author, html, text, \
    addressed, has_remote_images, auto_reply, redacted, at, state, release_at, status_after \
    FROM messages WHERE ticket_id = $1 AND record_id < $2 ORDER BY record_id DESC LIMIT $3";
const AFTER: &str = "SELECT number, state FROM messages WHERE ticket_id = $1 AND number > $2 \
    ORDER BY number LIMIT $3";
const AUTHOR: &str = "SELECT author FROM messages WHERE ticket_id = $1 AND number = $2";
const SETTLE: &str = "UPDATE messages SET state = $3 \
    WHERE ticket_id = $1 AND number = $2 AND state = 'scheduled' \
    RETURNING author, at, status_after";
const SET_QUOTES: &str = "UPDATE messages SET quotes = $3 WHERE ticket_id = $1 AND number = $2";
const QUOTES: &str = "SELECT quotes FROM messages WHERE ticket_id = $1 AND number = $2";
const RECEIVED: &str = "SELECT ticket_id, number, record_id, kind, author, html, text, \
    addressed, has_remote_images, auto_reply, redacted, at, state, release_at, status_after \
    FROM messages WHERE ticket_id = $1 AND number < $2 AND kind = 'in' \
    ORDER BY number DESC LIMIT $3";
const REWRITE: &str = "UPDATE messages SET html = $3, text = $4, redacted = $5 \
    WHERE ticket_id = $1 AND number = $2";
const REWRITE_ADDRESSED: &str =
    "UPDATE messages SET addressed = $3, redacted = 1 WHERE ticket_id = $1 AND number = $2";
const MARK_REDACTED: &str = "UPDATE messages SET redacted = 1 WHERE ticket_id = $1 AND number = $2";
const DELETE: &str = "DELETE FROM messages WHERE ticket_id = $1";
const ADD_MENTION: &str = "INSERT INTO mentions (ticket_id, agent_id, number, at) \
    VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
const MENTIONS: &str =
    "SELECT number, agent_id FROM mentions WHERE ticket_id = $1 ORDER BY number, agent_id";
const MENTIONED: &str = "SELECT 1 FROM mentions WHERE ticket_id = $1 AND agent_id = $2 LIMIT 1";
const READ_MENTIONS: &str =
    "DELETE FROM mentions WHERE ticket_id = $1 AND agent_id = $2 AND number <= $3";
const CLEAR_MENTIONS: &str = "DELETE FROM mentions WHERE ticket_id = $1";

/// The author as one column: `agent:5`, `customer:7`, `system`.
fn author_column(author: Actor) -> String {
    match author {
        Actor::Agent(id) => format!("agent:{id}"),
        Actor::Customer(id) => format!("customer:{id}"),
        Actor::Rule(id) => format!("rule:{id}"),
        Actor::Bot => "bot".to_owned(),
        Actor::System => "system".to_owned(),
        Actor::Import => "import".to_owned(),
    }
}

fn author_from(column: &str) -> Result<Actor, DbError> {
    let (kind, id) = column.split_once(':').unwrap_or((column, ""));
    let id = id.parse::<i64>().ok();
    match (kind, id) {
        ("agent", Some(id)) => Ok(Actor::Agent(AgentId(id))),
        ("customer", Some(id)) => Ok(Actor::Customer(CustomerId(id))),
        ("rule", Some(id)) => Ok(Actor::Rule(id)),
        ("bot", None) => Ok(Actor::Bot),
        ("system", None) => Ok(Actor::System),
        ("import", None) => Ok(Actor::Import),
        _ => Err(DbError::Unreadable(format!("an author called {column}"))),
    }
}

impl FromRow for Message {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            ticket: row.get(0)?,
            number: row.get(1)?,
            record: row.get(2)?,
            kind: row.get(3)?,
            author: author_from(&row.get::<String>(4)?)?,
            html: row.get(5)?,
            text: row.get(6)?,
            addressed: row.get(7)?,
            has_remote_images: row.get(8)?,
            auto_reply: row.get(9)?,
            redacted: row.get(10)?,
            at: row.get(11)?,
            state: row.get(12)?,
            release_at: row.get(13)?,
            status_after: row.get(14)?,
        })
    }
}

/// Writes a message.
pub async fn insert(tx: &mut Tx<'_>, message: &Message) -> Result<(), DbError> {
    let values: Vec<Value> = vec![
        message.ticket.into(),
        message.number.into(),
        message.record.into(),
        message.kind.into(),
        author_column(message.author).into(),
        (&message.html).into(),
        (&message.text).into(),
        message.addressed.clone().into(),
        message.has_remote_images.into(),
        message.auto_reply.into(),
        message.redacted.into(),
        message.at.into(),
        message.state.into(),
        message.release_at.into(),
        message.status_after.into(),
    ];
    tx.execute(INSERT, &values).await?;
    Ok(())
}

/// Reads a message.
pub async fn find(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: i64,
) -> Result<Option<Message>, DbError> {
    tx.one(FIND, &[ticket.into(), number.into()]).await
}

/// Notes whether a reply carries the mail it answers.
pub async fn set_quotes(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: i64,
    quotes: bool,
) -> Result<(), DbError> {
    let values = [ticket.into(), number.into(), quotes.into()];
    tx.execute(SET_QUOTES, &values).await.map(drop)
}

/// Whether a reply carries the mail it answers; `None`: as its inbox has it.
pub async fn quotes(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: i64,
) -> Result<Option<bool>, DbError> {
    let row = tx
        .one::<(Option<bool>,)>(QUOTES, &[ticket.into(), number.into()])
        .await?;
    Ok(row.and_then(|(quotes,)| quotes))
}

/// What customers wrote before message `number`, the last said first.
pub async fn received(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: i64,
    limit: i64,
) -> Result<Vec<Message>, DbError> {
    let values = [ticket.into(), number.into(), limit.into()];
    let mut found: Vec<Message> = tx.all(RECEIVED, &values).await?;
    found.sort_by_key(|message| std::cmp::Reverse(message.record));
    Ok(found)
}

/// Messages below `number`, newest first.
pub async fn before(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: i64,
    limit: i64,
) -> Result<Vec<Message>, DbError> {
    tx.all(BEFORE, &[ticket.into(), number.into(), limit.into()])
        .await
}

/// Messages told of before a record, the last said first: the order of tickets that took in
/// others, where numbers are not in the order of time.
pub async fn before_record(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    record: i64,
    limit: i64,
) -> Result<Vec<Message>, DbError> {
    tx.all(BEFORE_RECORD, &[ticket.into(), record.into(), limit.into()])
        .await
}

/// Numbers and states of the messages above `number`, oldest first.
pub async fn after(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: i64,
    limit: i64,
) -> Result<Vec<(i64, Option<MessageState>)>, DbError> {
    tx.all(AFTER, &[ticket.into(), number.into(), limit.into()])
        .await
}

/// The agent who wrote a message; `None` when no agent did.
pub async fn author_agent(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: i64,
) -> Result<Option<AgentId>, DbError> {
    let Some((author,)) = tx
        .one::<(String,)>(AUTHOR, &[ticket.into(), number.into()])
        .await?
    else {
        return Ok(None);
    };
    match author_from(&author)? {
        Actor::Agent(agent) => Ok(Some(agent)),
        _ => Ok(None),
    }
}

/// What a reply was when it left the state `scheduled`.
#[derive(Clone, Copy, Debug)]
pub struct Settled {
    /// Who wrote it.
    pub author: Actor,
    /// The click.
    pub at: Timestamp,
    /// The status that the ticket gets when it goes out.
    pub status_after: Option<Status>,
}

/// The compare-and-set by which a reply leaves `scheduled`; `None` when it had left already.
pub async fn settle(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: i64,
    to: MessageState,
) -> Result<Option<Settled>, DbError> {
    let values = [ticket.into(), number.into(), to.into()];
    let row = tx
        .one::<(String, Timestamp, Option<Status>)>(SETTLE, &values)
        .await?;
    row.map(|(author, at, status_after)| {
        Ok(Settled {
            author: author_from(&author)?,
            at,
            status_after,
        })
    })
    .transpose()
}

/// Writes another body over a message's.
pub async fn rewrite(
    tx: &mut Tx<'_>,
    (ticket, number): (TicketId, i64),
    html: Encrypted<String>,
    text: Encrypted<String>,
    redacted: bool,
) -> Result<(), DbError> {
    let values = [
        ticket.into(),
        number.into(),
        html.into(),
        text.into(),
        redacted.into(),
    ];
    tx.execute(REWRITE, &values).await?;
    Ok(())
}

/// Replaces the receivers and remarks of a message from which something was removed.
pub async fn rewrite_addressed(
    tx: &mut Tx<'_>,
    (ticket, number): (TicketId, i64),
    addressed: Encrypted<String>,
) -> Result<(), DbError> {
    let values = [ticket.into(), number.into(), addressed.into()];
    tx.execute(REWRITE_ADDRESSED, &values).await?;
    Ok(())
}

/// Marks that something was removed from a message.
pub async fn mark_redacted(tx: &mut Tx<'_>, ticket: TicketId, number: i64) -> Result<(), DbError> {
    tx.execute(MARK_REDACTED, &[ticket.into(), number.into()])
        .await?;
    Ok(())
}

/// Removes all messages of a ticket and their mentions.
pub async fn delete_of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    super::senders::store::delete_of_ticket(tx, ticket).await?;
    tx.execute(CLEAR_MENTIONS, &[ticket.into()]).await?;
    tx.execute(DELETE, &[ticket.into()]).await?;
    Ok(())
}

/// Notes that a message names an agent.
pub async fn add_mention(
    tx: &mut Tx<'_>,
    (ticket, number): (TicketId, i64),
    agent: AgentId,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        ADD_MENTION,
        &[ticket.into(), agent.into(), number.into(), at.into()],
    )
    .await?;
    Ok(())
}

/// The unread mentions of a ticket: message and agent.
pub async fn mentions(tx: &mut Tx<'_>, ticket: TicketId) -> Result<Vec<(i64, AgentId)>, DbError> {
    tx.all(MENTIONS, &[ticket.into()]).await
}

/// Whether an agent has an unread mention on a ticket.
pub async fn mentioned(tx: &mut Tx<'_>, ticket: TicketId, agent: AgentId) -> Result<bool, DbError> {
    Ok(tx
        .one::<(i64,)>(MENTIONED, &[ticket.into(), agent.into()])
        .await?
        .is_some())
}

/// Ends an agent's mentions up to message `number`; whether there were any.
pub async fn read_mentions(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    agent: AgentId,
    number: i64,
) -> Result<bool, DbError> {
    let values = [ticket.into(), agent.into(), number.into()];
    Ok(tx.execute(READ_MENTIONS, &values).await? > 0)
}

/// Ends all mentions on a ticket.
pub async fn clear_mentions(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(CLEAR_MENTIONS, &[ticket.into()]).await?;
    Ok(())
}
