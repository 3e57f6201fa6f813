//! Rows of webhooks and of their calls.

use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{AgentId, TicketId, WebhookDeliveryId, WebhookId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

use super::{CallState, rules};

const ALL: &str = "SELECT id, name, url, secret, previous_secret, previous_until, enabled, kinds, \
    with_ticket, failing_since, failures_in_row, switched_off, active_since, created_at, \
    updated_at, updated_by, version FROM webhooks ORDER BY id LIMIT $1";
const FIND: &str = "SELECT id, name, url, secret, previous_secret, previous_until, enabled, \
    kinds, with_ticket, failing_since, failures_in_row, switched_off, active_since, created_at, \
    updated_at, updated_by, version FROM webhooks WHERE id = $1";
const INSERT: &str = "INSERT INTO webhooks (name, url, secret, enabled, kinds, with_ticket, \
    failures_in_row, switched_off, active_since, created_at, updated_at, updated_by, version) \
    VALUES ($1, $2, $3, $4, $5, $6, 0, 0, $7, $7, $7, $8, 1) RETURNING id";
const UPDATE: &str = "UPDATE webhooks SET name = $2, url = $3, enabled = $4, kinds = $5, \
    with_ticket = $6, failing_since = NULL, failures_in_row = 0, switched_off = 0, \
    active_since = $7, updated_at = $8, updated_by = $9, version = version + 1 WHERE id = $1";
const ROTATE: &str = "UPDATE webhooks SET previous_secret = secret, secret = $2, \
    previous_until = $3, updated_at = $4, updated_by = $5, version = version + 1 WHERE id = $1";
const DELETE: &str = "DELETE FROM webhooks WHERE id = $1";
const WORKED: &str = "UPDATE webhooks SET failing_since = NULL, failures_in_row = 0 \
    WHERE id = $1 AND failures_in_row > 0";
const FAILED: &str = "UPDATE webhooks SET failing_since = COALESCE(failing_since, $2), \
    failures_in_row = failures_in_row + 1 WHERE id = $1";
const SWITCH_OFF: &str = "UPDATE webhooks SET enabled = 0, switched_off = 1, \
    version = version + 1 WHERE id = $1 AND enabled = 1";
const ADD_CALL: &str = "INSERT INTO webhook_deliveries (webhook_id, cause, kind, ticket_id, \
    message_id, payload, state, attempts, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'due', 0, \
    $7) ON CONFLICT (webhook_id, cause) DO NOTHING RETURNING id";
const CALL: &str = "SELECT id, webhook_id, kind, ticket_id, message_id, payload, state, attempts, \
    status, answer, created_at, tried_at FROM webhook_deliveries WHERE id = $1";
const CALLS: &str = "SELECT id, webhook_id, kind, ticket_id, message_id, payload, state, \
    attempts, status, answer, created_at, tried_at FROM webhook_deliveries \
    WHERE webhook_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
const TRIED: &str = "UPDATE webhook_deliveries SET state = $2, attempts = $3, status = $4, \
    answer = $5, tried_at = $6 WHERE id = $1";
const REPLAY: &str = "UPDATE webhook_deliveries SET state = 'due', attempts = 0 \
    WHERE id = $1 AND state <> 'due'";
const FORGET: &str = "DELETE FROM webhook_deliveries WHERE ticket_id = $1";
const FORGET_CALLS: &str = "DELETE FROM webhook_deliveries WHERE webhook_id = $1";

/// A webhook's row.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The number.
    pub id: WebhookId,
    /// The name.
    pub name: String,
    /// Where it calls, under the master key.
    pub url: Encrypted<String>,
    /// Its secret, under the master key.
    pub secret: Encrypted<String>,
    /// The secret before.
    pub previous_secret: Option<Encrypted<String>>,
    /// Until when the secret before signs too.
    pub previous_until: Option<Timestamp>,
    /// Whether it is on.
    pub enabled: bool,
    /// The kinds subscribed to.
    pub kinds: Vec<String>,
    /// Whether the ticket goes along.
    pub with_ticket: bool,
    /// Since when every call failed.
    pub failing_since: Option<Timestamp>,
    /// How many did.
    pub failures_in_row: i64,
    /// Whether it was switched off because of that.
    pub switched_off: bool,
    /// What happened before is not told.
    pub active_since: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
    /// Who last edited it.
    pub updated_by: AgentId,
    /// Counts the edits.
    pub version: i64,
}

/// What is written of a webhook.
#[derive(Clone, Debug)]
pub struct Values {
    /// The name.
    pub name: String,
    /// Where it calls.
    pub url: Encrypted<String>,
    /// Whether it is on.
    pub enabled: bool,
    /// The kinds subscribed to.
    pub kinds: Vec<String>,
    /// Whether the ticket goes along.
    pub with_ticket: bool,
    /// What happened before is not told.
    pub active_since: Timestamp,
    /// Who edits.
    pub by: AgentId,
}

/// A call's row.
#[derive(Clone, Debug)]
pub struct StoredCall {
    /// The number.
    pub id: WebhookDeliveryId,
    /// To which webhook.
    pub webhook: WebhookId,
    /// The kind of record.
    pub kind: String,
    /// The ticket it is about.
    pub ticket: Option<TicketId>,
    /// The same for every attempt.
    pub message_id: String,
    /// What it says.
    pub payload: Encrypted<String>,
    /// How far it is.
    pub state: CallState,
    /// How often it was tried.
    pub attempts: i64,
    /// The status of the last answer.
    pub status: Option<i64>,
    /// The beginning of the last answer, or why there was none.
    pub answer: Option<Encrypted<String>>,
    /// When it was wanted.
    pub created_at: Timestamp,
    /// When it was last tried.
    pub tried_at: Option<Timestamp>,
}

/// A call before it is written.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// To which webhook.
    pub webhook: WebhookId,
    /// Unique for each reason to call.
    pub cause: String,
    /// The kind of record.
    pub kind: String,
    /// The ticket it is about.
    pub ticket: Option<TicketId>,
    /// The same for every attempt.
    pub message_id: String,
    /// What it says.
    pub payload: Encrypted<String>,
    /// When.
    pub at: Timestamp,
}

impl FromRow for Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let kinds: String = row.get(7)?;
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            url: row.get(2)?,
            secret: row.get(3)?,
            previous_secret: row.get(4)?,
            previous_until: row.get(5)?,
            enabled: row.get(6)?,
            kinds: kinds.split_whitespace().map(str::to_owned).collect(),
            with_ticket: row.get(8)?,
            failing_since: row.get(9)?,
            failures_in_row: row.get(10)?,
            switched_off: row.get(11)?,
            active_since: row.get(12)?,
            created_at: row.get(13)?,
            updated_at: row.get(14)?,
            updated_by: row.get(15)?,
            version: row.get(16)?,
        })
    }
}

impl FromRow for StoredCall {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.get(0)?,
            webhook: row.get(1)?,
            kind: row.get(2)?,
            ticket: row.get(3)?,
            message_id: row.get(4)?,
            payload: row.get(5)?,
            state: row.get(6)?,
            attempts: row.get(7)?,
            status: row.get(8)?,
            answer: row.get(9)?,
            created_at: row.get(10)?,
            tried_at: row.get(11)?,
        })
    }
}

/// Every webhook.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<Stored>, DbError> {
    let limit = i64::try_from(rules::WEBHOOKS_MAX).unwrap_or(i64::MAX);
    tx.all(ALL, &[limit.into()]).await
}

/// One webhook.
pub async fn find(tx: &mut Tx<'_>, id: WebhookId) -> Result<Option<Stored>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// Locks a webhook and reads it.
pub async fn lock(tx: &mut Tx<'_>, id: WebhookId) -> Result<Option<Stored>, DbError> {
    tx.lock_one(FIND, &[id.into()]).await
}

/// Saves a new webhook.
pub async fn insert(
    tx: &mut Tx<'_>,
    values: Values,
    secret: Encrypted<String>,
) -> Result<WebhookId, DbError> {
    let params = [
        values.name.into(),
        values.url.into(),
        secret.into(),
        values.enabled.into(),
        values.kinds.join(" ").into(),
        values.with_ticket.into(),
        values.active_since.into(),
        values.by.into(),
    ];
    let row = tx.one::<(WebhookId,)>(INSERT, &params).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("the id of a new webhook".to_owned()))
}

/// Overwrites a webhook, whose failures are forgotten.
pub async fn update(
    tx: &mut Tx<'_>,
    id: WebhookId,
    values: Values,
    at: Timestamp,
) -> Result<(), DbError> {
    let params = [
        id.into(),
        values.name.into(),
        values.url.into(),
        values.enabled.into(),
        values.kinds.join(" ").into(),
        values.with_ticket.into(),
        values.active_since.into(),
        at.into(),
        values.by.into(),
    ];
    tx.execute(UPDATE, &params).await?;
    Ok(())
}

/// Gives a webhook another secret; the one before signs too until `until`.
pub async fn rotate(
    tx: &mut Tx<'_>,
    id: WebhookId,
    (secret, until): (Encrypted<String>, Timestamp),
    (at, by): (Timestamp, AgentId),
) -> Result<(), DbError> {
    let params = [id.into(), secret.into(), until.into(), at.into(), by.into()];
    tx.execute(ROTATE, &params).await?;
    Ok(())
}

/// Deletes a webhook with its calls.
pub async fn delete(tx: &mut Tx<'_>, id: WebhookId) -> Result<(), DbError> {
    tx.execute(FORGET_CALLS, &[id.into()]).await?;
    tx.execute(DELETE, &[id.into()]).await?;
    Ok(())
}

/// Notes that a call worked.
pub async fn worked(tx: &mut Tx<'_>, id: WebhookId) -> Result<(), DbError> {
    tx.execute(WORKED, &[id.into()]).await?;
    Ok(())
}

/// Notes that a call failed.
pub async fn failed(tx: &mut Tx<'_>, id: WebhookId, at: Timestamp) -> Result<(), DbError> {
    tx.execute(FAILED, &[id.into(), at.into()]).await?;
    Ok(())
}

/// Switches a webhook off; `false` when it is.
pub async fn switch_off(tx: &mut Tx<'_>, id: WebhookId) -> Result<bool, DbError> {
    Ok(tx.execute(SWITCH_OFF, &[id.into()]).await? == 1)
}

/// Writes a call; `None` when the same cause called before.
pub async fn add_call(
    tx: &mut Tx<'_>,
    call: NewCall,
) -> Result<Option<WebhookDeliveryId>, DbError> {
    let params = [
        call.webhook.into(),
        call.cause.into(),
        call.kind.into(),
        call.ticket.into(),
        call.message_id.into(),
        call.payload.into(),
        call.at.into(),
    ];
    let row = tx.one::<(WebhookDeliveryId,)>(ADD_CALL, &params).await?;
    Ok(row.map(|(id,)| id))
}

/// One call.
pub async fn call(tx: &mut Tx<'_>, id: WebhookDeliveryId) -> Result<Option<StoredCall>, DbError> {
    tx.one(CALL, &[id.into()]).await
}

/// Calls of a webhook below `below`, newest first.
pub async fn calls(
    tx: &mut Tx<'_>,
    webhook: WebhookId,
    below: WebhookDeliveryId,
    limit: i64,
) -> Result<Vec<StoredCall>, DbError> {
    tx.all(CALLS, &[webhook.into(), below.into(), limit.into()])
        .await
}

/// Notes an attempt.
pub async fn tried(
    tx: &mut Tx<'_>,
    id: WebhookDeliveryId,
    (state, attempts): (CallState, i64),
    (status, answer): (Option<i64>, Encrypted<String>),
    at: Timestamp,
) -> Result<(), DbError> {
    let params = [
        id.into(),
        state.into(),
        attempts.into(),
        status.into(),
        answer.into(),
        at.into(),
    ];
    tx.execute(TRIED, &params).await?;
    Ok(())
}

/// Lets a call begin anew; `false` when it is due anyway.
pub async fn replay(tx: &mut Tx<'_>, id: WebhookDeliveryId) -> Result<bool, DbError> {
    Ok(tx.execute(REPLAY, &[id.into()]).await? == 1)
}

/// Forgets a purged ticket.
pub async fn delete_of_ticket(tx: &mut Tx<'_>, ticket: TicketId) -> Result<(), DbError> {
    tx.execute(FORGET, &[ticket.into()]).await?;
    Ok(())
}
