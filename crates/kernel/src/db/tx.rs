//! A transaction, the same on both engines.

use super::engine_postgres as postgres;
use super::engine_sqlite as sqlite;
use super::{DbError, FromRow, Value};
use crate::journal::StoredRecord;
use crate::time::Timestamp;

/// An open transaction. Its methods are the only way to run SQL.
pub struct Tx<'c> {
    engine: EngineTx<'c>,
    failed: Option<Failure>,
    pub(super) after: After,
}

enum EngineTx<'c> {
    Sqlite(&'c mut rusqlite::Connection),
    Postgres(deadpool_postgres::Transaction<'c>),
}

#[derive(Clone, Copy, PartialEq)]
enum Failure {
    Final,
    WorthRetrying,
}

/// A place in a transaction that work can go back to.
#[derive(Debug)]
#[must_use = "a mark ends by `back_to` or `keep`"]
pub struct Mark {
    records: usize,
    jobs: bool,
}

/// What has to happen once the transaction is committed.
#[derive(Default)]
pub(super) struct After {
    /// Records appended, in order.
    pub records: Vec<StoredRecord>,
    /// Whether jobs were added or moved.
    pub jobs: bool,
}

impl<'c> Tx<'c> {
    pub(super) fn sqlite(connection: &'c mut rusqlite::Connection) -> Self {
        Self {
            engine: EngineTx::Sqlite(connection),
            failed: None,
            after: After::default(),
        }
    }

    pub(super) fn postgres(transaction: deadpool_postgres::Transaction<'c>) -> Self {
        Self {
            engine: EngineTx::Postgres(transaction),
            failed: None,
            after: After::default(),
        }
    }

    /// Runs a statement and answers how many rows it touched.
    pub async fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbError> {
        self.usable(params)?;
        let ran = match &mut self.engine {
            EngineTx::Sqlite(connection) => sqlite::execute(connection, sql, params),
            EngineTx::Postgres(transaction) => postgres::execute(transaction, sql, params).await,
        };
        self.noted(ran)
    }

    /// Runs a query and reads all its rows. Queries carry their own LIMIT.
    pub async fn all<T: FromRow + Send>(
        &mut self,
        sql: &str,
        params: &[Value],
    ) -> Result<Vec<T>, DbError> {
        self.usable(params)?;
        let rows = match &mut self.engine {
            EngineTx::Sqlite(connection) => sqlite::all(connection, sql, params),
            EngineTx::Postgres(transaction) => postgres::all(transaction, sql, params).await,
        };
        self.noted(rows)
    }

    /// Runs a query and reads its first row, if there is one.
    pub async fn one<T: FromRow + Send>(
        &mut self,
        sql: &str,
        params: &[Value],
    ) -> Result<Option<T>, DbError> {
        self.usable(params)?;
        let row = match &mut self.engine {
            EngineTx::Sqlite(connection) => sqlite::one(connection, sql, params),
            EngineTx::Postgres(transaction) => postgres::one(transaction, sql, params).await,
        };
        self.noted(row)
    }

    /// Locks the rows that `select` finds until the transaction ends, and answers whether there
    /// was one. SQLite has a single writer, so there the rows are as good as locked already.
    pub async fn lock(&mut self, select: &str, params: &[Value]) -> Result<bool, DbError> {
        match &self.engine {
            EngineTx::Sqlite(_) => self
                .one::<(i64,)>(select, params)
                .await
                .map(|row| row.is_some()),
            EngineTx::Postgres(_) => {
                let select = format!("{select} FOR UPDATE");
                self.all::<(i64,)>(&select, params)
                    .await
                    .map(|rows| !rows.is_empty())
            }
        }
    }

    /// Locks the row that `select`, a query on one table, finds, and reads it as it is then.
    pub async fn lock_one<T: FromRow + Send>(
        &mut self,
        select: &str,
        params: &[Value],
    ) -> Result<Option<T>, DbError> {
        match &self.engine {
            EngineTx::Sqlite(_) => self.one(select, params).await,
            EngineTx::Postgres(_) => self.one(&format!("{select} FOR UPDATE"), params).await,
        }
    }

    /// Marks a place that [`Tx::back_to`] returns to: for work that may turn out not to be possible
    /// by half, while what went before it stays. Every mark ends by `back_to` or [`Tx::keep`].
    pub async fn mark(&mut self) -> Result<Mark, DbError> {
        self.batch("SAVEPOINT mark").await?;
        Ok(Mark {
            records: self.after.records.len(),
            jobs: self.after.jobs,
        })
    }

    /// Undoes everything since the mark, which must be the latest one open.
    pub async fn back_to(&mut self, mark: Mark) -> Result<(), DbError> {
        self.batch("ROLLBACK TO SAVEPOINT mark; RELEASE SAVEPOINT mark")
            .await?;
        self.after.records.truncate(mark.records);
        self.after.jobs = mark.jobs;
        Ok(())
    }

    /// Ends the latest mark and keeps what was done since.
    pub async fn keep(&mut self, _mark: Mark) -> Result<(), DbError> {
        self.batch("RELEASE SAVEPOINT mark").await
    }

    /// The database's own time, for leases: it is the same for every node.
    pub async fn database_now(&mut self) -> Result<Timestamp, DbError> {
        let sql = match &self.engine {
            EngineTx::Sqlite(_) => sqlite::NOW,
            EngineTx::Postgres(_) => postgres::NOW,
        };
        let now = self.one::<(Timestamp,)>(sql, &[]).await?;
        now.map(|(at,)| at)
            .ok_or_else(|| DbError::Unreadable("the time".to_owned()))
    }

    /// Whether this runs on SQLite.
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self.engine, EngineTx::Sqlite(_))
    }

    /// `on_sqlite` or `on_postgres`, for the few statements that a twin file has to word twice.
    pub(crate) fn dialect<'s>(&self, on_sqlite: &'s str, on_postgres: &'s str) -> &'s str {
        match &self.engine {
            EngineTx::Sqlite(_) => on_sqlite,
            EngineTx::Postgres(_) => on_postgres,
        }
    }

    /// Runs several statements without parameters, as migrations do.
    pub(crate) async fn batch(&mut self, sql: &str) -> Result<(), DbError> {
        self.usable(&[])?;
        let ran = match &mut self.engine {
            EngineTx::Sqlite(connection) => connection.execute_batch(sql).map_err(DbError::from),
            EngineTx::Postgres(transaction) => {
                transaction.batch_execute(sql).await.map_err(DbError::from)
            }
        };
        self.noted(ran)
    }

    /// Checks that the engine understands a statement, without running it.
    pub async fn prepare(&mut self, sql: &str) -> Result<(), DbError> {
        self.usable(&[])?;
        let prepared = match &mut self.engine {
            EngineTx::Sqlite(connection) => sqlite::prepare(connection, sql),
            EngineTx::Postgres(transaction) => transaction
                .prepare(sql)
                .await
                .map(drop)
                .map_err(DbError::from),
        };
        self.noted(prepared)
    }

    /// Ends this attempt, because another transaction was quicker, and has it run again.
    pub(crate) fn clash(&mut self) -> DbError {
        self.failed = Some(Failure::WorthRetrying);
        DbError::Clash
    }

    pub(crate) fn appended(&mut self, record: StoredRecord) {
        self.after.records.push(record);
    }

    pub(crate) fn jobs_moved(&mut self) {
        self.after.jobs = true;
    }

    pub(super) fn is_poisoned(&self) -> bool {
        self.failed.is_some()
    }

    pub(super) fn is_worth_retrying(&self) -> bool {
        self.failed == Some(Failure::WorthRetrying)
    }

    pub(super) async fn commit(self) -> Result<After, DbError> {
        if let EngineTx::Postgres(transaction) = self.engine {
            transaction.commit().await?;
        }
        Ok(self.after)
    }

    pub(super) fn into_after(self) -> After {
        self.after
    }

    /// Refuses what PostgreSQL would refuse on both engines, so that it is found on either.
    fn usable(&mut self, params: &[Value]) -> Result<(), DbError> {
        if self.is_poisoned() {
            return Err(DbError::Poisoned);
        }
        let is_nul = |value: &Value| matches!(value, Value::Text(text) if text.contains('\0'));
        if params.iter().any(is_nul) {
            return self.noted(Err(DbError::Nul));
        }
        Ok(())
    }

    fn noted<T>(&mut self, result: Result<T, DbError>) -> Result<T, DbError> {
        if let Err(error) = &result {
            self.failed = Some(match error {
                DbError::Clash | DbError::Unreachable(_) => Failure::WorthRetrying,
                _ => Failure::Final,
            });
        }
        result
    }
}
