//! SQLite's one writer thread, with group commit.
//!
//! Each queued closure runs in its own savepoint; all that wait are committed together with
//! `synchronous=FULL`, and only then answered. When the batch is lost (full disk, I/O error, failed
//! commit) each closure is run again alone, so that one bad command can't take others with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::engine_sqlite::{BUSY_WITHIN, connect, once, run_cached};
use super::tx::After;
use super::{Bells, DbError, Tx};
use crate::journal::order_sqlite::{Head, order};
use crate::live::Live;

/// Closures that may wait for the writer; more than that wait outside.
const QUEUE_MAX: usize = 1024;
/// Closures in one commit.
const BATCH_MAX: usize = 64;
const CHECKPOINT_EVERY: Duration = Duration::from_millis(50);
/// 64 MB of 4 KiB pages: past this the writer starts the log anew, and tries again after as many
/// more when a long read is in the way.
const WAL_PAGES_MAX: i64 = 16_384;
const RESTART_WITHIN: Duration = Duration::from_millis(50);

/// Starts the writer and answers the queue that it serves until the last sender is dropped.
pub(super) fn start(
    folder: &Path,
    live: Live,
    bells: Arc<Bells>,
) -> Result<mpsc::Sender<Box<dyn Queued>>, DbError> {
    let connection = connect(folder)?;
    let (queue, waiting) = mpsc::channel(QUEUE_MAX);
    let (dirty, wal_pages) = start_checkpoints(folder)?;
    let writer = Writer {
        connection,
        head: None,
        live,
        bells,
        dirty,
        wal_pages,
        restart_past: WAL_PAGES_MAX,
    };
    spawn("store-writer", move || writer.serve(waiting))?;
    Ok(queue)
}

/// A closure that waits for the writer.
pub(super) trait Queued: Send {
    /// Runs it in a savepoint, which is kept only if it succeeded.
    fn run(&mut self, connection: &mut Connection, head: &mut Head) -> Result<(), DbError>;
    /// Answers the caller, and hands back what must be announced.
    fn finish(self: Box<Self>, committed: Result<(), DbError>) -> After;
    /// Tells the caller that it could not even be begun.
    fn refuse(self: Box<Self>, error: DbError);
}

pub(super) struct Command<T, E, F> {
    work: F,
    result: Option<Result<T, E>>,
    after: After,
    answer: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Command<T, E, F> {
    pub(super) fn new(work: F, answer: oneshot::Sender<Result<T, E>>) -> Self {
        Self {
            work,
            result: None,
            after: After::default(),
            answer,
        }
    }
}

impl<T, E, F> Queued for Command<T, E, F>
where
    F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<DbError> + Send,
{
    fn run(&mut self, connection: &mut Connection, head: &mut Head) -> Result<(), DbError> {
        self.result = None;
        run_cached(connection, "SAVEPOINT command")?;
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
            run_cached(connection, "RELEASE command")?;
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

    fn refuse(self: Box<Self>, error: DbError) {
        // A caller that went away needs no answer.
        let _ = self.answer.send(Err(error.into()));
    }
}

struct Writer {
    connection: Connection,
    /// The journal's end, and at which of the file's versions by others it was read.
    head: Option<(Head, i64)>,
    live: Live,
    bells: Arc<Bells>,
    dirty: SyncSender<()>,
    wal_pages: Arc<AtomicI64>,
    restart_past: i64,
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
        let begun = self.begin();
        let (mut head, version) = match begun {
            Ok(begun) => begun,
            Err(error) => {
                // Nothing ran, so running each alone would only make each wait as long.
                self.roll_back();
                return batch
                    .into_iter()
                    .for_each(|command| command.refuse(reason_again(&error)));
            }
        };
        match self.run_and_commit(&mut batch, &mut head) {
            Ok(()) => {
                self.head = Some((head, version));
                batch
                    .into_iter()
                    .for_each(|command| self.announce(command.finish(Ok(()))));
                // The checkpointer may be busy or already told: either is fine.
                let _ = self.dirty.try_send(());
            }
            Err(error) => {
                self.roll_back();
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

    /// Begins the transaction and answers the journal's end, which is read anew when another
    /// program wrote to the file.
    fn begin(&mut self) -> Result<(Head, i64), DbError> {
        run_cached(&self.connection, "BEGIN IMMEDIATE")?;
        let version = self
            .connection
            .prepare_cached("PRAGMA data_version")?
            .query_row([], |row| row.get(0))?;
        match self.head.take() {
            Some((head, read_at)) if read_at == version => Ok((head, version)),
            _ => Ok((Head::load(&self.connection)?, version)),
        }
    }

    fn run_and_commit(
        &mut self,
        batch: &mut [Box<dyn Queued>],
        head: &mut Head,
    ) -> Result<(), DbError> {
        for command in batch {
            command.run(&mut self.connection, head)?;
            if self.connection.is_autocommit() {
                return Err(DbError::Full);
            }
        }
        run_cached(&self.connection, "COMMIT")
    }

    /// Leaves no transaction open, so that nobody is locked out while the queue is empty.
    fn roll_back(&mut self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a lost transaction could not be rolled back");
        }
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
        let pages = self.wal_pages.load(Ordering::Relaxed);
        if pages <= self.restart_past {
            return;
        }
        let restarted = self
            .connection
            .busy_timeout(RESTART_WITHIN)
            .map_err(DbError::from)
            .and_then(|()| checkpoint(&self.connection, "PRAGMA wal_checkpoint(RESTART)"));
        self.restart_past = match restarted {
            Ok(Checkpoint { busy: false, .. }) => {
                self.wal_pages.store(0, Ordering::Relaxed);
                WAL_PAGES_MAX
            }
            Ok(_) => pages.saturating_add(WAL_PAGES_MAX),
            Err(error) => {
                tracing::warn!(%error, "the write-ahead log could not be restarted");
                pages.saturating_add(WAL_PAGES_MAX)
            }
        };
        if let Err(error) = self.connection.busy_timeout(BUSY_WITHIN) {
            tracing::error!(%error, "the writer's patience could not be set back");
        }
    }
}

/// The same reason, for another command of the batch.
fn reason_again(error: &DbError) -> DbError {
    match error {
        DbError::Locked => DbError::Locked,
        DbError::Full => DbError::Full,
        other => DbError::Unreachable(other.to_string()),
    }
}

/// Starts the thread that moves the log into the database file soon after each commit.
fn start_checkpoints(folder: &Path) -> Result<(SyncSender<()>, Arc<AtomicI64>), DbError> {
    let (dirty, told): (_, Receiver<()>) = sync_channel(1);
    let wal_pages = Arc::new(AtomicI64::new(0));
    let pages = wal_pages.clone();
    let connection = connect(folder)?;
    spawn("store-checkpoint", move || {
        while told.recv().is_ok() {
            std::thread::sleep(CHECKPOINT_EVERY);
            match checkpoint(&connection, "PRAGMA wal_checkpoint(PASSIVE)") {
                Ok(done) => pages.store(done.pages, Ordering::Relaxed),
                Err(error) => tracing::warn!(%error, "a checkpoint failed"),
            }
        }
    })?;
    Ok((dirty, wal_pages))
}

struct Checkpoint {
    /// Whether a reader or writer kept it from its end.
    busy: bool,
    /// The log's length.
    pages: i64,
}

fn checkpoint(connection: &Connection, pragma: &str) -> Result<Checkpoint, DbError> {
    let done = |row: &rusqlite::Row<'_>| {
        Ok(Checkpoint {
            busy: row.get(0)?,
            pages: row.get(1)?,
        })
    };
    Ok(connection.query_row(pragma, [], done)?)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), DbError> {
    let started = std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work);
    started
        .map(drop)
        .map_err(|error| DbError::Unreachable(error.to_string()))
}
