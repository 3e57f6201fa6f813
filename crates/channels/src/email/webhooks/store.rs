//! The tables `inbox_webhooks` and `webhook_tokens`.

use super::Webhook;
use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::InboxId;
use kernel::time::Timestamp;

const FIND: &str = "SELECT inbox_id, provider, token, secret, version, arrived_at \
    FROM inbox_webhooks WHERE inbox_id = $1";
const BY_TOKEN: &str = "SELECT inbox_id, provider, token, secret, version, arrived_at \
    FROM inbox_webhooks WHERE token_hash = $1";
const SAVE: &str = "INSERT INTO inbox_webhooks (inbox_id, provider, token, token_hash, secret, \
    version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (inbox_id) DO UPDATE \
    SET provider = excluded.provider, token = excluded.token, token_hash = excluded.token_hash, \
    secret = excluded.secret, version = excluded.version";
const DELETE: &str = "DELETE FROM inbox_webhooks WHERE inbox_id = $1";
const ARRIVED: &str = "UPDATE inbox_webhooks SET arrived_at = $2 WHERE inbox_id = $1";
const CLAIM: &str = "INSERT INTO webhook_tokens (token_hash, raw_hash, at) VALUES ($1, $2, $3) \
    ON CONFLICT (token_hash) DO UPDATE SET at = webhook_tokens.at RETURNING raw_hash";
const FORGET: &str = "DELETE FROM webhook_tokens WHERE at < $1";

impl FromRow for Webhook {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Webhook {
            inbox: row.get(0)?,
            provider: row.get(1)?,
            token: row.get(2)?,
            secret: row.get(3)?,
            version: row.get(4)?,
            arrived_at: row.get(5)?,
        })
    }
}

/// An inbox's webhook.
pub async fn find(tx: &mut Tx<'_>, inbox: InboxId) -> Result<Option<Webhook>, DbError> {
    tx.one(FIND, &[inbox.into()]).await
}

/// The webhook with this address.
pub async fn by_token(tx: &mut Tx<'_>, token_hash: [u8; 32]) -> Result<Option<Webhook>, DbError> {
    tx.one(BY_TOKEN, &[token_hash.into()]).await
}

/// Creates or changes an inbox's webhook.
pub async fn save(
    tx: &mut Tx<'_>,
    webhook: &Webhook,
    token_hash: [u8; 32],
    at: Timestamp,
) -> Result<(), DbError> {
    let values = [
        webhook.inbox.into(),
        webhook.provider.into(),
        webhook.token.clone().into(),
        token_hash.into(),
        webhook.secret.clone().into(),
        webhook.version.into(),
        at.into(),
    ];
    tx.execute(SAVE, &values).await.map(drop)
}

/// Removes an inbox's webhook.
pub async fn delete(tx: &mut Tx<'_>, inbox: InboxId) -> Result<(), DbError> {
    tx.execute(DELETE, &[inbox.into()]).await.map(drop)
}

/// Notes that mail came.
pub async fn note_arrival(tx: &mut Tx<'_>, inbox: InboxId, at: Timestamp) -> Result<(), DbError> {
    tx.execute(ARRIVED, &[inbox.into(), at.into()])
        .await
        .map(drop)
}

/// Claims a provider's one-time token for a mail and answers whose it is: the hash of the mail
/// that came with it first.
pub async fn claim_token(
    tx: &mut Tx<'_>,
    token_hash: [u8; 32],
    raw_hash: [u8; 32],
    at: Timestamp,
) -> Result<Vec<u8>, DbError> {
    let values = [token_hash.into(), raw_hash.into(), at.into()];
    let first = tx.one::<(Vec<u8>,)>(CLAIM, &values).await?;
    Ok(first.map(|(hash,)| hash).unwrap_or_default())
}

/// Forgets tokens from before `oldest`: they are refused by their time.
pub async fn forget_tokens(tx: &mut Tx<'_>, oldest: Timestamp) -> Result<(), DbError> {
    tx.execute(FORGET, &[oldest.into()]).await.map(drop)
}
