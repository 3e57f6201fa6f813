//! SQLite: one writer thread with group commit, a few read-only connections beside it.
//!
//! Each queued closure runs in its own savepoint; all that wait are committed together with
//! `synchronous=FULL`, and only then answered. When the batch is lost (full disk, I/O error, failed
//! commit) each closure is run again alone, so that one bad command can't take others with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use rusqlite::Connection;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::tx::After;
use super::{Bells, DbError, FromRow, Row, Tx, Value};
use crate::journal::order_sqlite::{Head, order};
use crate::live::Live;

/// This machine's time in microseconds; one machine is all that SQLite serves.
pub(super) const NOW: &str = "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)";

/// Closures that may wait for the writer; more than that wait outside.
const QUEUE_MAX: usize = 1024;
/// Closures in one commit.
const BATCH_MAX: usize = 64;
const READERS: usize = 4;
const CHECKPOINT_EVERY: Duration = Duration::from_millis(50);
/// 64 MB of 4 KiB pages: past this the writer waits for readers and starts the log anew.
const WAL_PAGES_MAX: i64 = 16_384;
const BUSY_WITHIN: Duration = Duration::from_secs(5);
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
    free: Semaphore,
}

impl Sqlite {
    pub(super) fn open(folder: &Path, live: Live, bells: Arc<Bells>) -> Result<Self, DbError> {
        let connection = connect(folder)?;
        let idle = (0..READERS)
            .map(|_| {
                let reader = connect(folder)?;
                reader.execute_batch("PRAGMA query_only = ON; PRAGMA cache_size = -8000;")?;
                Ok(reader)
            })
            .collect::<Result<Vec<_>, DbError>>()?;
        let (queue, waiting) = mpsc::channel(QUEUE_MAX);
        let (dirty, wal_pages) = start_checkpoints(folder.to_owned())?;
        let writer = Writer {
            connection,
            head: None,
            live,
            bells,
            dirty,
            wal_pages,
        };
        spawn("store-writer", move || writer.serve(waiting))?;
        let readers = Readers {
            idle: Mutex::new(idle),
            free: Semaphore::new(READERS),
        };
        Ok(Self {
            queue,
            readers: Arc::new(readers),
        })
    }

    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let command = Command {
            work,
            result: None,
            after: After::default(),
            answer,
        };
        self.queue
            .send(Box::new(command))
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
        let permit = readers.free.acquire().await.map_err(|_| DbError::Closed)?;
        let idle = self.readers.clone();
        let run = move || {
            let mut lent = Lent::take(&idle)?;
            lent.connection()?
                .execute_batch("BEGIN")
                .map_err(DbError::from)?;
            let result = once(&work, &mut Tx::sqlite(lent.connection()?));
            lent.connection()?
                .execute_batch("COMMIT")
                .map_err(DbError::from)?;
            result
        };
        let ran = tokio::task::spawn_blocking(run).await;
        drop(permit);
        ran.map_err(|_| DbError::Panicked)?
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
fn once<T, E, F>(work: &F, tx: &mut Tx<'_>) -> Result<T, E>
where
    F: AsyncFn(&mut Tx<'_>) -> Result<T, E>,
    E: From<DbError>,
{
    work(tx)
        .now_or_never()
        .unwrap_or_else(|| Err(DbError::Waited.into()))
}

/// A closure that waits for the writer.
trait Queued: Send {
    /// Runs it in a savepoint, which is kept only if it succeeded.
    fn run(&mut self, connection: &mut Connection, head: &mut Head) -> Result<(), DbError>;
    /// Answers the caller, and hands back what must be announced.
    fn finish(self: Box<Self>, committed: Result<(), DbError>) -> After;
}

struct Command<T, E, F> {
    work: F,
    result: Option<Result<T, E>>,
    after: After,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Queued for Command<T, E, F>
where
    F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<DbError> + Send,
{
    fn run(&mut self, connection: &mut Connection, head: &mut Head) -> Result<(), DbError> {
        connection.execute_batch("SAVEPOINT command")?;
        let ran = catch_unwind(AssertUnwindSafe(|| {
            let mut tx = Tx::sqlite(connection);
            let result = once(&self.work, &mut tx);
            let poisoned = tx.is_poisoned();
            (result, poisoned, tx.into_after())
        }));
        let (result, poisoned, mut after) =
            ran.unwrap_or_else(|_| (Err(DbError::Panicked.into()), true, After::default()));
        let before = head.clone();
        let result = match result {
            Ok(_) if poisoned => Err(DbError::Poisoned.into()),
            Ok(value) => order(connection, head, &mut after.records)
                .map(|()| value)
                .map_err(E::from),
            Err(error) => Err(error),
        };
        if connection.is_autocommit() {
            // The engine gave the whole batch up; the caller of `run` sees that too.
            self.result = Some(result);
            return Ok(());
        }
        if result.is_ok() {
            self.after = after;
            connection.execute_batch("RELEASE command")?;
        } else {
            *head = before;
            self.after = After::default();
            connection.execute_batch("ROLLBACK TO command; RELEASE command")?;
        }
        self.result = Some(result);
        Ok(())
    }

    fn finish(self: Box<Self>, committed: Result<(), DbError>) -> After {
        let result = match (self.result, committed) {
            (Some(Err(own)), _) => Err(own),
            (_, Err(error)) => Err(error.into()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(DbError::Closed.into()),
        };
        let after = if result.is_ok() {
            self.after
        } else {
            After::default()
        };
        // A caller that went away is no reason to undo what is committed.
        let _ = self.answer.send(result);
        after
    }
}

struct Writer {
    connection: Connection,
    head: Option<Head>,
    live: Live,
    bells: Arc<Bells>,
    dirty: SyncSender<()>,
    wal_pages: Arc<AtomicI64>,
}

impl Writer {
    fn serve(mut self, mut waiting: mpsc::Receiver<Box<dyn Queued>>) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while waiting.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
            self.commit(std::mem::take(&mut batch));
            self.keep_log_short();
        }
    }

    fn commit(&mut self, mut batch: Vec<Box<dyn Queued>>) {
        match self.try_commit(&mut batch) {
            Ok(()) => batch
                .into_iter()
                .for_each(|command| self.announce(command.finish(Ok(())))),
            Err(error) => {
                self.head = None;
                if batch.len() > 1 {
                    batch
                        .into_iter()
                        .for_each(|command| self.commit(vec![command]));
                } else if let Some(command) = batch.pop() {
                    command.finish(Err(error));
                }
            }
        }
    }

    fn try_commit(&mut self, batch: &mut [Box<dyn Queued>]) -> Result<(), DbError> {
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let mut head = match self.head.take() {
            Some(head) => head,
            None => Head::load(&self.connection)?,
        };
        for command in batch {
            command.run(&mut self.connection, &mut head)?;
            if self.connection.is_autocommit() {
                return Err(DbError::Full);
            }
        }
        self.connection.execute_batch("COMMIT")?;
        self.head = Some(head);
        // The checkpointer may be busy or already told: either is fine.
        let _ = self.dirty.try_send(());
        Ok(())
    }

    fn announce(&self, after: After) {
        if after.jobs {
            self.bells.jobs.notify_one();
        }
        if !after.records.is_empty() {
            self.bells.journal.notify_one();
        }
        for record in after.records {
            self.live.publish(Arc::new(record));
        }
    }

    fn keep_log_short(&mut self) {
        if self.wal_pages.load(Ordering::Relaxed) > WAL_PAGES_MAX {
            match checkpoint(&self.connection, "PRAGMA wal_checkpoint(RESTART)") {
                Ok(_) => self.wal_pages.store(0, Ordering::Relaxed),
                Err(error) => tracing::warn!(%error, "the write-ahead log could not be restarted"),
            }
        }
    }
}

fn connect(folder: &Path) -> Result<Connection, DbError> {
    let connection = Connection::open(folder.join("evenkeel.db"))?;
    connection.busy_timeout(BUSY_WITHIN)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
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

/// Starts the thread that moves the log into the database file soon after each commit.
fn start_checkpoints(folder: PathBuf) -> Result<(SyncSender<()>, Arc<AtomicI64>), DbError> {
    let (dirty, told): (_, Receiver<()>) = sync_channel(1);
    let wal_pages = Arc::new(AtomicI64::new(0));
    let pages = wal_pages.clone();
    let connection = connect(&folder)?;
    spawn("store-checkpoint", move || {
        while told.recv().is_ok() {
            std::thread::sleep(CHECKPOINT_EVERY);
            match checkpoint(&connection, "PRAGMA wal_checkpoint(PASSIVE)") {
                Ok(count) => pages.store(count, Ordering::Relaxed),
                Err(error) => tracing::warn!(%error, "a checkpoint failed"),
            }
        }
    })?;
    Ok((dirty, wal_pages))
}

/// Runs a checkpoint and answers the log's length in pages.
fn checkpoint(connection: &Connection, pragma: &str) -> Result<i64, DbError> {
    Ok(connection.query_row(pragma, [], |row| row.get(1))?)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), DbError> {
    let started = std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work);
    started
        .map(drop)
        .map_err(|error| DbError::Unreachable(error.to_string()))
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
