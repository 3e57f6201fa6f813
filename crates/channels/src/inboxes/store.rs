//! The tables `inboxes` and `inbox_health`.

use super::{Access, Direction, Health, HealthNote, Import, Inbox, Look};
use crate::email::server::Security;
use kernel::db::{DbError, FromRow, Row, Tx, Value};
use kernel::ids::{InboxId, KeyId};
use kernel::time::Timestamp;

const ALL: &str = "SELECT id, name, address, sender_name, brand_id, team_id, enabled, practice, \
    signature, imap_host, imap_port, imap_security, imap_username, imap_folder, imap_password, \
    smtp_host, smtp_port, smtp_security, smtp_username, smtp_password, import, key_id, version, \
    imap_connection_id, smtp_connection_id FROM inboxes WHERE deleted_at IS NULL ORDER BY id";
const FIND: &str = "SELECT id, name, address, sender_name, brand_id, team_id, enabled, practice, \
    signature, imap_host, imap_port, imap_security, imap_username, imap_folder, imap_password, \
    smtp_host, smtp_port, smtp_security, smtp_username, smtp_password, import, key_id, version, \
    imap_connection_id, smtp_connection_id FROM inboxes WHERE id = $1 AND deleted_at IS NULL";
const FIND_ANY: &str = "SELECT id, name, address, sender_name, brand_id, team_id, enabled, \
    practice, signature, imap_host, imap_port, imap_security, imap_username, imap_folder, \
    imap_password, smtp_host, smtp_port, smtp_security, smtp_username, smtp_password, import, \
    key_id, version, imap_connection_id, smtp_connection_id FROM inboxes WHERE id = $1";
const LOCK: &str = "SELECT id FROM inboxes WHERE id = $1 AND deleted_at IS NULL";
const BY_ADDRESS: &str = "SELECT id FROM inboxes WHERE address = $1 AND deleted_at IS NULL";
const ADDRESSES: &str = "SELECT address FROM inboxes WHERE deleted_at IS NULL ORDER BY id";
const INSERT: &str = "INSERT INTO inboxes (name, address, sender_name, brand_id, team_id, \
    enabled, practice, signature, imap_host, imap_port, imap_security, imap_username, \
    imap_folder, imap_password, smtp_host, smtp_port, smtp_security, smtp_username, \
    smtp_password, import, imap_connection_id, smtp_connection_id, key_id, version, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
    $19, $20, $21, $22, $23, 1, $24) \
    ON CONFLICT (address) WHERE deleted_at IS NULL DO NOTHING RETURNING id";
const UPDATE: &str = "UPDATE inboxes SET name = $1, address = $2, sender_name = $3, \
    brand_id = $4, team_id = $5, enabled = $6, practice = $7, signature = $8, imap_host = $9, \
    imap_port = $10, imap_security = $11, imap_username = $12, imap_folder = $13, \
    imap_password = $14, smtp_host = $15, smtp_port = $16, smtp_security = $17, \
    smtp_username = $18, smtp_password = $19, import = $20, imap_connection_id = $21, \
    smtp_connection_id = $22, version = version + 1 WHERE id = $23";
const DELETE: &str = "UPDATE inboxes SET deleted_at = $2, enabled = 0, imap_host = NULL, \
    imap_password = NULL, smtp_host = NULL, smtp_password = NULL, imap_connection_id = NULL, \
    smtp_connection_id = NULL, version = version + 1 WHERE id = $1";
const HEALTH: &str = "SELECT state, problem, mend, checked_at, looked_at, failing_since, \
    failures, waiting, oldest_waiting_at, step FROM inbox_health \
    WHERE inbox_id = $1 AND direction = $2";
const NOTE_HEALTH: &str = "INSERT INTO inbox_health (inbox_id, direction, state, problem, mend, \
    checked_at, looked_at, failing_since, failures, waiting, oldest_waiting_at, step) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
    ON CONFLICT (inbox_id, direction) DO UPDATE SET \
    state = excluded.state, problem = excluded.problem, mend = excluded.mend, \
    checked_at = excluded.checked_at, looked_at = excluded.looked_at, \
    failing_since = excluded.failing_since, failures = excluded.failures, \
    waiting = excluded.waiting, oldest_waiting_at = excluded.oldest_waiting_at, \
    step = excluded.step";
const NOTE_LOOK: &str = "UPDATE inbox_health SET checked_at = $2, \
    looked_at = COALESCE($3, looked_at), waiting = $4, oldest_waiting_at = $5 \
    WHERE inbox_id = $1 AND direction = 'receiving' AND state = 'ok'";
const FORGET_HEALTH: &str = "DELETE FROM inbox_health WHERE inbox_id = $1";

impl Import {
    /// Its name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Import::NewOnly => "new_only",
            Import::History => "history",
        }
    }
}

impl Health {
    fn as_str(self) -> &'static str {
        match self {
            Health::Ok => "ok",
            Health::Failing => "failing",
            Health::Off => "off",
        }
    }

    fn parse(name: &str) -> Health {
        match name {
            "ok" => Health::Ok,
            "failing" => Health::Failing,
            _ => Health::Off,
        }
    }
}

impl FromRow for Inbox {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let import: String = row.get(20)?;
        Ok(Inbox {
            id: row.get(0)?,
            name: row.get(1)?,
            address: row.get(2)?,
            sender_name: row.get(3)?,
            brand: row.get(4)?,
            team: row.get(5)?,
            enabled: row.get(6)?,
            practice: row.get(7)?,
            signature: row.get(8)?,
            imap: access(row, 9, 23, true)?,
            smtp: access(row, 15, 24, false)?,
            import: if import == "history" {
                Import::History
            } else {
                Import::NewOnly
            },
            key: row.get(21)?,
            version: row.get(22)?,
        })
    }
}

/// Reads host, port, security, user name, (folder,) password from column `at` on, and the
/// connection from its own.
fn access(
    row: &Row<'_>,
    at: usize,
    connection: usize,
    has_folder: bool,
) -> Result<Option<Access>, DbError> {
    let Some(host) = row.get::<Option<String>>(at)? else {
        return Ok(None);
    };
    let port: i64 = row.get(at + 1)?;
    let security: String = row.get(at + 2)?;
    let behind = usize::from(has_folder);
    Ok(Some(Access {
        host,
        port: u16::try_from(port).unwrap_or_default(),
        security: Security::parse(&security)
            .ok_or_else(|| DbError::Unreadable(format!("the security {security:?}")))?,
        username: row.get(at + 3)?,
        folder: if has_folder {
            row.get(at + 4)?
        } else {
            String::new()
        },
        password: row.get(at + 4 + behind)?,
        connection: row.get(connection)?,
    }))
}

fn access_values(access: Option<&Access>, has_folder: bool) -> Vec<Value> {
    let mut values = vec![
        access.map(|a| a.host.as_str()).into(),
        access.map(|a| i64::from(a.port)).into(),
        access.map(|a| a.security.as_str()).into(),
        access.map(|a| a.username.as_str()).into(),
    ];
    if has_folder {
        values.push(access.map(|a| a.folder.as_str()).into());
    }
    values.push(access.map(|a| a.password.clone()).into());
    values
}

/// Name to connections: the columns that insert and update share, in order.
fn shared_values(inbox: &Inbox) -> Vec<Value> {
    let mut values = vec![
        inbox.name.as_str().into(),
        inbox.address.as_str().into(),
        inbox.sender_name.as_str().into(),
        inbox.brand.into(),
        inbox.team.into(),
        inbox.enabled.into(),
        inbox.practice.into(),
        inbox.signature.clone().into(),
    ];
    values.extend(access_values(inbox.imap.as_ref(), true));
    values.extend(access_values(inbox.smtp.as_ref(), false));
    values.push(inbox.import.as_str().into());
    for access in [&inbox.imap, &inbox.smtp] {
        let connection = access.as_ref().and_then(|access| access.connection);
        values.push(connection.into());
    }
    values
}

/// All inboxes, oldest first.
pub async fn all(tx: &mut Tx<'_>) -> Result<Vec<Inbox>, DbError> {
    tx.all(ALL, &[]).await
}

/// One inbox.
pub async fn find(tx: &mut Tx<'_>, id: InboxId) -> Result<Option<Inbox>, DbError> {
    tx.one(FIND, &[id.into()]).await
}

/// One inbox, deleted or not: what it received before is still filed.
pub async fn find_any(tx: &mut Tx<'_>, id: InboxId) -> Result<Option<Inbox>, DbError> {
    tx.one(FIND_ANY, &[id.into()]).await
}

/// Locks an inbox's row; answers whether it is there.
pub async fn lock(tx: &mut Tx<'_>, id: InboxId) -> Result<bool, DbError> {
    tx.lock(LOCK, &[id.into()]).await
}

/// The inbox with this address, in lower case.
pub async fn by_address(tx: &mut Tx<'_>, address: &str) -> Result<Option<InboxId>, DbError> {
    Ok(tx
        .one::<(InboxId,)>(BY_ADDRESS, &[address.into()])
        .await?
        .map(|(id,)| id))
}

/// The addresses of all inboxes, in lower case.
pub async fn addresses(tx: &mut Tx<'_>) -> Result<Vec<String>, DbError> {
    let rows = tx.all::<(String,)>(ADDRESSES, &[]).await?;
    Ok(rows.into_iter().map(|(address,)| address).collect())
}

/// Adds an inbox (its id and version are ignored); `None` when the address is taken.
pub async fn insert(
    tx: &mut Tx<'_>,
    inbox: &Inbox,
    key: KeyId,
    at: Timestamp,
) -> Result<Option<InboxId>, DbError> {
    let mut values = shared_values(inbox);
    values.extend([key.into(), at.into()]);
    Ok(tx.one::<(InboxId,)>(INSERT, &values).await?.map(|(id,)| id))
}

/// Writes all changeable columns and counts the version up.
pub async fn update(tx: &mut Tx<'_>, inbox: &Inbox) -> Result<(), DbError> {
    let mut values = shared_values(inbox);
    values.push(inbox.id.into());
    tx.execute(UPDATE, &values).await.map(drop)
}

/// Marks an inbox deleted and forgets its passwords.
pub async fn delete(tx: &mut Tx<'_>, id: InboxId, at: Timestamp) -> Result<(), DbError> {
    tx.execute(DELETE, &[id.into(), at.into()]).await.map(drop)
}

impl FromRow for HealthNote {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        let state: String = row.get(0)?;
        Ok(HealthNote {
            state: Health::parse(&state),
            problem: row.get(1)?,
            mend: row.get(2)?,
            checked_at: row.get(3)?,
            looked_at: row.get(4)?,
            failing_since: row.get(5)?,
            failures: row.get(6)?,
            waiting: row.get(7)?,
            oldest_waiting_at: row.get(8)?,
            step: row.get(9)?,
        })
    }
}

/// What is known of one direction.
pub async fn health(
    tx: &mut Tx<'_>,
    inbox: InboxId,
    direction: Direction,
) -> Result<Option<HealthNote>, DbError> {
    tx.one(HEALTH, &[inbox.into(), direction.as_str().into()])
        .await
}

/// Notes how one direction fares.
pub async fn note_health(
    tx: &mut Tx<'_>,
    inbox: InboxId,
    direction: Direction,
    note: &HealthNote,
) -> Result<(), DbError> {
    let values = [
        inbox.into(),
        direction.as_str().into(),
        note.state.as_str().into(),
        note.problem.clone().into(),
        note.mend.clone().into(),
        note.checked_at.into(),
        note.looked_at.into(),
        note.failing_since.into(),
        note.failures.into(),
        note.waiting.into(),
        note.oldest_waiting_at.into(),
        note.step.into(),
    ];
    tx.execute(NOTE_HEALTH, &values).await.map(drop)
}

/// Notes a look at a mailbox that works; one that fails or is not known yet keeps its note.
pub async fn note_look(tx: &mut Tx<'_>, inbox: InboxId, look: &Look) -> Result<(), DbError> {
    let values = [
        inbox.into(),
        look.at.into(),
        look.ended.then_some(look.at).into(),
        look.waiting.into(),
        look.oldest_waiting_at.into(),
    ];
    tx.execute(NOTE_LOOK, &values).await.map(drop)
}

/// Forgets how an inbox fared: its settings changed.
pub async fn forget_health(tx: &mut Tx<'_>, inbox: InboxId) -> Result<(), DbError> {
    tx.execute(FORGET_HEALTH, &[inbox.into()]).await.map(drop)
}
