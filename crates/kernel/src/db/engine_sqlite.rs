//! SQLite: connections, reads and statements; writes are in `writer_sqlite`.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::writer_sqlite::{self, Command, Queued};
use super::{Bells, DbError, FromRow, Row, Tx, Value};
use crate::live::Live;

/// This machine's time in microseconds; one machine is all that SQLite serves.
pub(super) const NOW: &str = "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)";

const READERS: usize = 4;
/// How long a lock of another program is waited for.
pub(super) const BUSY_WITHIN: Duration = Duration::from_secs(5);
const STATEMENTS_CACHED: usize = 256;

const PRAGMAS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 0;
    PRAGMA foreign_keys = ON;
    PRAGMA secure_delete = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -16000;
";

pub(super) struct Sqlite {
    queue: mpsc::Sender<Box<dyn Queued>>,
    readers: Arc<Readers>,
}

struct Readers {
    idle: Mutex<Vec<Connection>>,
    free: Arc<Semaphore>,
}

impl Sqlite {
    pub(super) fn open(folder: &Path, live: Live, bells: Arc<Bells>) -> Result<Self, DbError> {
        let queue = writer_sqlite::start(folder, live, bells)?;
        let idle = (0..READERS)
            .map(|_| {
                let reader = connect(folder)?;
                reader.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -8000;")?;
                Ok(reader)
            })
            .collect::<Result<Vec<_>, DbError>>()?;
        let readers = Readers {
            idle: Mutex::new(idle),
            free: Arc::new(Semaphore::new(READERS)),
        };
        Ok(Self {
            queue,
            readers: Arc::new(readers),
        })
    }

    /// A caller that goes away while its closure waits or runs changes nothing: it is committed.
    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.queue
            .send(Box::new(Command::new(work, answer)))
            .await
            .map_err(|_| DbError::Closed)?;
        answered.await.map_err(|_| DbError::Closed)?
    }

    pub(super) async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let readers = self.readers.clone();
        let free = readers.free.clone();
        let permit = free.acquire_owned().await.map_err(|_| DbError::Closed)?;
        let run = move || {
            // The thread works on when its caller goes away, so the permit lives here; it is given
            // back after the connection, because locals are dropped last to first.
            let _permit = permit;
            let mut lent = Lent::take(&readers)?;
            let connection = lent.connection()?;
            run_cached(connection, "BEGIN")?;
            let mut tx = Tx::sqlite(connection);
            let result = once(&work, &mut tx);
            let poisoned = tx.is_poisoned();
            drop(tx);
            run_cached(connection, "COMMIT")?;
            match result {
                Ok(_) if poisoned => Err(DbError::Poisoned.into()),
                result => result,
            }
        };
        tokio::task::spawn_blocking(run)
            .await
            .map_err(|_| DbError::Panicked)?
    }
}

/// A reader connection that goes back to its shelf, whatever happens; one that was left in the
/// middle of a transaction by a panic is rolled back first.
struct Lent<'a> {
    connection: Option<Connection>,
    readers: &'a Readers,
}

impl<'a> Lent<'a> {
    fn take(readers: &'a Readers) -> Result<Self, DbError> {
        let connection = readers
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        Ok(Self {
            connection,
            readers,
        })
    }

    fn connection(&mut self) -> Result<&mut Connection, DbError> {
        self.connection.as_mut().ok_or(DbError::Closed)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            if !connection.is_autocommit() {
                let _ = connection.execute_batch("ROLLBACK");
            }
            self.readers
                .idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
        }
    }
}

/// Runs the closure to its end in one go: on SQLite nothing in a transaction has to wait.
pub(super) fn once<T, E, F>(work: &F, tx: &mut Tx<'_>) -> Result<T, E>
where
    F: AsyncFn(&mut Tx<'_>) -> Result<T, E>,
    E: From<DbError>,
{
    work(tx)
        .now_or_never()
        .unwrap_or_else(|| Err(DbError::Waited.into()))
}

pub(super) fn connect(folder: &Path) -> Result<Connection, DbError> {
    let connection = Connection::open(folder.join("evenkeel.db"))?;
    connection.busy_timeout(BUSY_WITHIN)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    // Plans do not depend on what is bound. Otherwise a statement with a bound LIMIT, among others,
    // is compiled anew each time it runs.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    let keys = folder.join("keys.db");
    connection.execute(
        "ATTACH DATABASE ?1 AS vault",
        [keys.to_string_lossy().as_ref()],
    )?;
    connection.execute_batch(PRAGMAS)?;
    connection.execute_batch(
        "PRAGMA vault.journal_mode = WAL; PRAGMA vault.synchronous = FULL;
         PRAGMA vault.secure_delete = ON;",
    )?;
    Ok(connection)
}

/// Runs a statement that every transaction needs, compiled once.
pub(super) fn run_cached(connection: &Connection, sql: &str) -> Result<(), DbError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// `$1` to `?1`: SQLite would number `$1` by its first appearance.
fn numbered(sql: &str) -> String {
    sql.replace('$', "?")
}

pub(super) fn execute(
    connection: &Connection,
    sql: &str,
    params: &[Value],
) -> Result<u64, DbError> {
    let mut statement = connection.prepare_cached(&numbered(sql))?;
    let touched = statement.execute(rusqlite::params_from_iter(params))?;
    Ok(u64::try_from(touched).unwrap_or(u64::MAX))
}

pub(super) fn all<T: FromRow>(
    connection: &Connection,
    sql: &str,
    params: &[Value],
) -> Result<Vec<T>, DbError> {
    let mut statement = connection.prepare_cached(&numbered(sql))?;
    let mut rows = statement.query(rusqlite::params_from_iter(params))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(T::from_row(&Row::Sqlite(row))?);
    }
    Ok(found)
}

pub(super) fn one<T: FromRow>(
    connection: &Connection,
    sql: &str,
    params: &[Value],
) -> Result<Option<T>, DbError> {
    let mut statement = connection.prepare_cached(&numbered(sql))?;
    let mut rows = statement.query(rusqlite::params_from_iter(params))?;
    let found = rows
        .next()?
        .map(|row| T::from_row(&Row::Sqlite(row)))
        .transpose()?;
    // An INSERT … RETURNING is finished only when it is stepped to its end.
    while rows.next()?.is_some() {}
    Ok(found)
}

pub(super) fn prepare(connection: &Connection, sql: &str) -> Result<(), DbError> {
    connection
        .prepare(&numbered(sql))
        .map(drop)
        .map_err(DbError::from)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_cached_statement_is_compiled_once() {
        let folder = tempfile::tempdir().unwrap();
        let connection = connect(folder.path()).unwrap();
        let page = "SELECT name FROM sqlite_schema WHERE rootpage > ?1 ORDER BY rootpage LIMIT ?2";
        for limit in 1..4 {
            let mut statement = connection.prepare_cached(page).unwrap();
            let rows: Result<Vec<String>, _> = statement
                .query_map([0, limit], |row| row.get(0))
                .unwrap()
                .collect();
            assert!(rows.unwrap().is_empty());
            assert_eq!(
                statement.get_status(StatementStatus::RePrepare),
                0,
                "round {limit}"
            );
        }
    }
}
