//! The table `mail_connections`, and which inboxes use one.

use super::{ConnectionTrouble, MailConnection};
use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{InboxId, MailConnectionId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

const ALL: &str = "SELECT id, provider, username, issuer, authorize_url, token_url, scopes, \
    hosts, client_id, client_secret, state, trouble, attempt, refresh_token, refresh_before, \
    access_token, renew_at, expires_at, generation, version, connected_at \
    FROM mail_connections ORDER BY id";
const FIND: &str = "SELECT id, provider, username, issuer, authorize_url, token_url, scopes, \
    hosts, client_id, client_secret, state, trouble, attempt, refresh_token, refresh_before, \
    access_token, renew_at, expires_at, generation, version, connected_at \
    FROM mail_connections WHERE id = $1";
const LOCK: &str = "SELECT id FROM mail_connections WHERE id = $1";
const INSERT: &str = "INSERT INTO mail_connections (provider, username, issuer, authorize_url, \
    token_url, scopes, hosts, client_id, client_secret, state, generation, version, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', 0, 1, $10) RETURNING id";
const SET_CLIENT: &str = "UPDATE mail_connections SET client_id = $2, client_secret = $3, \
    version = version + 1 WHERE id = $1";
const MEND: &str = "UPDATE mail_connections SET state = 'connected', trouble = NULL \
    WHERE id = $1 AND trouble = 'client' AND refresh_token IS NOT NULL";
const BEGIN: &str = "UPDATE mail_connections SET attempt = $2 WHERE id = $1";
const GRANT: &str = "UPDATE mail_connections SET state = 'connected', trouble = NULL, \
    attempt = NULL, refresh_token = $2, refresh_before = NULL, access_token = $3, renew_at = $4, \
    expires_at = $5, connected_at = $6, generation = generation + 1 WHERE id = $1";
const RENEW: &str = "UPDATE mail_connections SET state = 'connected', trouble = NULL, \
    refresh_token = $3, refresh_before = $4, access_token = $5, renew_at = $6, expires_at = $7, \
    generation = generation + 1 WHERE id = $1 AND generation = $2";
const REFUSE: &str = "UPDATE mail_connections SET state = 'refused', trouble = $3, \
    access_token = NULL WHERE id = $1 AND generation = $2 AND state <> 'refused'";
const DELETE: &str = "DELETE FROM mail_connections WHERE id = $1";
const USED_BY: &str = "SELECT id FROM inboxes WHERE deleted_at IS NULL \
    AND (imap_connection_id = $1 OR smtp_connection_id = $1) ORDER BY id";
const RESTART: &str = "UPDATE inboxes SET version = version + 1 WHERE id = $1";

impl FromRow for MailConnection {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let hosts: String = row.get(7)?;
        Ok(MailConnection {
            id: row.get(0)?,
            provider: row.get(1)?,
            username: row.get(2)?,
            issuer: row.get(3)?,
            authorize_url: row.get(4)?,
            token_url: row.get(5)?,
            scopes: row.get(6)?,
            hosts: hosts.split_whitespace().map(str::to_owned).collect(),
            client_id: row.get(8)?,
            client_secret: row.get(9)?,
            state: row.get(10)?,
            trouble: word(row, 11)?,
            attempt: row.get(12)?,
            refresh_token: row.get(13)?,
            refresh_before: row.get(14)?,
            access_token: row.get(15)?,
            renew_at: row.get(16)?,
            expires_at: row.get(17)?,
            generation: row.get(18)?,
            version: row.get(19)?,
            connected_at: row.get(20)?,
        })
    }
}

fn word(row: &Row<'_>, index: usize) -> Result<Option<ConnectionTrouble>, DbError> {
    let word: Option<String> = row.get(index)?;
    Ok(word.and_then(|word| word.parse().ok()))
}

/// All connections, oldest first.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<MailConnection>, DbError> {
    tx.all(ALL, &[]).await
}

/// One connection.
pub async fn find(
    tx: &mut Tx<'_>,
    id: MailConnectionId,
) -> Result<Option<MailConnection>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// Locks a connection and reads it.
pub async fn lock(
    tx: &mut Tx<'_>,
    id: MailConnectionId,
) -> Result<Option<MailConnection>, DbError> {
    if !tx.lock(LOCK, &[id.into()]).await? {
        return Ok(None);
    }
    find(tx, id).await
}

/// Adds a connection that waits for consent (id, state, tokens and counters are ignored).
pub async fn insert(
    tx: &mut Tx<'_>,
    new: &MailConnection,
    at: Timestamp,
) -> Result<MailConnectionId, DbError> {
    let values = [
        new.provider.into(),
        new.username.as_str().into(),
        new.issuer.as_deref().into(),
        new.authorize_url.as_str().into(),
        new.token_url.as_str().into(),
        new.scopes.as_str().into(),
        new.hosts.join(" ").as_str().into(),
        new.client_id.as_str().into(),
        new.client_secret.clone().into(),
        at.into(),
    ];
    let id = tx.one::<(MailConnectionId,)>(INSERT, &values).await?;
    id.map(|(id,)| id).ok_or(DbError::Clash)
}

/// Changes the client; a connection that only its client was wrong with is tried again.
pub async fn set_client(
    tx: &mut Tx<'_>,
    id: MailConnectionId,
    client_id: &str,
    client_secret: Encrypted<String>,
) -> Result<(), DbError> {
    let values = [id.into(), client_id.into(), client_secret.into()];
    tx.execute(SET_CLIENT, &values).await?;
    tx.execute(MEND, &[id.into()]).await.map(drop)
}

/// Notes the attempt to consent that is under way; an earlier one is void.
pub async fn begin(tx: &mut Tx<'_>, id: MailConnectionId, attempt: &str) -> Result<(), DbError> {
    tx.execute(BEGIN, &[id.into(), attempt.into()])
        .await
        .map(drop)
}

/// Voids the attempt that is under way.
pub async fn end_attempt(tx: &mut Tx<'_>, id: MailConnectionId) -> Result<(), DbError> {
    let nothing: Option<&str> = None;
    tx.execute(BEGIN, &[id.into(), nothing.into()])
        .await
        .map(drop)
}

/// Tokens to be stored.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The refresh token.
    pub refresh: Option<Encrypted<String>>,
    /// The access token.
    pub access: Encrypted<String>,
    /// When to get the next one.
    pub renew_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Stores the first tokens of a consent.
pub async fn grant(
    tx: &mut Tx<'_>,
    id: MailConnectionId,
    tokens: &Sealed,
    at: Timestamp,
) -> Result<(), DbError> {
    let values = [
        id.into(),
        tokens.refresh.clone().into(),
        tokens.access.clone().into(),
        tokens.renew_at.into(),
        tokens.expires_at.into(),
        at.into(),
    ];
    tx.execute(GRANT, &values).await.map(drop)
}

/// Stores renewed tokens and keeps the refresh token by which they were got; `false` when others
/// were stored meanwhile.
pub async fn renew(
    tx: &mut Tx<'_>,
    id: MailConnectionId,
    generation: i64,
    tokens: &Sealed,
    before: Option<Encrypted<String>>,
) -> Result<bool, DbError> {
    let values = [
        id.into(),
        generation.into(),
        tokens.refresh.clone().into(),
        before.into(),
        tokens.access.clone().into(),
        tokens.renew_at.into(),
        tokens.expires_at.into(),
    ];
    Ok(tx.execute(RENEW, &values).await? == 1)
}

/// Notes that the provider refuses; `false` when that was known or other tokens are here by now.
pub async fn refuse(
    tx: &mut Tx<'_>,
    id: MailConnectionId,
    generation: i64,
    trouble: ConnectionTrouble,
) -> Result<bool, DbError> {
    let values = [id.into(), generation.into(), trouble.into()];
    Ok(tx.execute(REFUSE, &values).await? == 1)
}

/// Removes a connection with its tokens.
pub async fn delete(tx: &mut Tx<'_>, id: MailConnectionId) -> Result<(), DbError> {
    tx.execute(DELETE, &[id.into()]).await.map(drop)
}

/// The inboxes that sign in by a connection.
pub async fn used_by(tx: &mut Tx<'_>, id: MailConnectionId) -> Result<Vec<InboxId>, DbError> {
    let rows = tx.all::<(InboxId,)>(USED_BY, &[id.into()]).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Has the nodes follow an inbox anew, as after a change of its settings.
pub async fn restart(tx: &mut Tx<'_>, inbox: InboxId) -> Result<(), DbError> {
    tx.execute(RESTART, &[inbox.into()]).await.map(drop)
}
