//! The table `mail_tests`.

use super::{MailTest, MailTestState};
use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::ids::{InboxId, MailTestId};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

const INSERT: &str = "INSERT INTO mail_tests (inbox_id, address, state, started_at) \
    VALUES ($1, $2, 'running', $3) RETURNING id";
const FIND: &str = "SELECT id, inbox_id, address, state, started_at, claimed_at, handed_at, \
    returned_at, problem, mend FROM mail_tests WHERE id = $1";
const NEWEST: &str = "SELECT id, inbox_id, address, state, started_at, claimed_at, handed_at, \
    returned_at, problem, mend FROM mail_tests WHERE inbox_id = $1 ORDER BY id DESC LIMIT 1";
const CLAIM: &str = "UPDATE mail_tests SET claimed_at = $2 \
    WHERE id = $1 AND state = 'running' AND claimed_at IS NULL";
const HANDED: &str = "UPDATE mail_tests SET handed_at = $2 WHERE id = $1";
const END: &str = "UPDATE mail_tests SET state = $2, returned_at = $3, problem = $4, mend = $5 \
    WHERE id = $1";

impl FromRow for MailTest {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(MailTest {
            id: row.get(0)?,
            inbox: row.get(1)?,
            address: row.get(2)?,
            state: row.get(3)?,
            started_at: row.get(4)?,
            claimed_at: row.get(5)?,
            handed_at: row.get(6)?,
            returned_at: row.get(7)?,
            problem: row.get(8)?,
            mend: row.get(9)?,
        })
    }
}

/// Adds a running test, under the inbox's lock.
pub async fn insert(
    tx: &mut Tx<'_>,
    inbox: InboxId,
    address: &str,
    at: Timestamp,
) -> Result<MailTestId, DbError> {
    let values = [inbox.into(), address.into(), at.into()];
    let row = tx.one::<(MailTestId,)>(INSERT, &values).await?;
    row.map(|(id,)| id)
        .ok_or_else(|| DbError::Unreadable("no id came back".to_owned()))
}

/// One test.
pub async fn find(tx: &mut Tx<'_>, test: MailTestId) -> Result<Option<MailTest>, DbError> {
    tx.one(FIND, &[test.into()]).await
}

/// Locks a test and reads it.
pub async fn lock(tx: &mut Tx<'_>, test: MailTestId) -> Result<Option<MailTest>, DbError> {
    tx.lock_one(FIND, &[test.into()]).await
}

/// The last test of an inbox.
pub async fn newest(tx: &mut Tx<'_>, inbox: InboxId) -> Result<Option<MailTest>, DbError> {
    tx.one(NEWEST, &[inbox.into()]).await
}

/// Claims the hand-over; `false` when it was claimed before or the test has ended.
pub async fn claim(tx: &mut Tx<'_>, test: MailTestId, at: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(CLAIM, &[test.into(), at.into()]).await? == 1)
}

/// Notes that the server took the mail.
pub async fn handed(tx: &mut Tx<'_>, test: MailTestId, at: Timestamp) -> Result<(), DbError> {
    tx.execute(HANDED, &[test.into(), at.into()])
        .await
        .map(drop)
}

/// How a test ended.
#[derive(Clone, Debug)]
pub struct End {
    /// The state from now on.
    pub state: MailTestState,
    /// When the mail was back.
    pub returned_at: Option<Timestamp>,
    /// What is wrong.
    pub problem: Option<Encrypted<String>>,
    /// What helps.
    pub mend: Option<String>,
}

/// Ends a test, under its lock.
pub async fn end(tx: &mut Tx<'_>, test: MailTestId, end: End) -> Result<(), DbError> {
    let values = [
        test.into(),
        end.state.into(),
        end.returned_at.into(),
        end.problem.into(),
        end.mend.into(),
    ];
    tx.execute(END, &values).await.map(drop)
}
