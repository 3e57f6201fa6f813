//! One database layer over two engines: embedded SQLite and PostgreSQL.
//!
//! SQL is written once, in the subset that both engines share (`$1` parameters, `RETURNING`,
//! `ON CONFLICT`, 64-bit integers, text, bytes). What must differ sits in `*_sqlite.rs` and
//! `*_postgres.rs`. Invariants: a transaction awaits nothing but its own statements; its first
//! failed statement ends it; what it appended to the journal is published only after commit.

mod connect_postgres;
mod engine_postgres;
mod engine_sqlite;
mod error;
mod row;
mod tx;
mod value;
mod writer_sqlite;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Notify;

pub(crate) use connect_postgres::Address;
pub use error::DbError;
pub use row::{FromColumn, FromRow, Row};
pub use tx::{Mark, Tx};
pub use value::Value;

use crate::live::Live;

/// Where the data lives.
#[derive(Clone, Debug)]
pub enum Location {
    /// A folder that holds `evenkeel.db` and, apart from it, the keys in `keys.db`.
    Folder(PathBuf),
    /// A PostgreSQL server, as `postgres://user:password@host:port/database`; TLS with
    /// `?sslmode=require`.
    Postgres(String),
}

/// The database; cloned freely.
#[derive(Clone)]
pub struct Db {
    engine: Arc<Engine>,
    bells: Arc<Bells>,
}

enum Engine {
    Sqlite(engine_sqlite::Sqlite),
    Postgres(engine_postgres::Postgres),
}

/// Rung after a commit, so that those who wait look at once.
#[derive(Default)]
pub(crate) struct Bells {
    /// Records were written on this node.
    pub journal: Notify,
    /// Records were written on another node.
    pub elsewhere: Notify,
    /// Jobs were added or moved.
    pub jobs: Notify,
}

impl Db {
    /// Opens the database; runs no migrations.
    pub async fn open(location: &Location, live: &Live) -> Result<Self, DbError> {
        let bells = Arc::new(Bells::default());
        let engine = match location {
            Location::Folder(folder) => Engine::Sqlite(engine_sqlite::Sqlite::open(
                folder,
                live.clone(),
                bells.clone(),
            )?),
            Location::Postgres(url) => {
                Engine::Postgres(engine_postgres::Postgres::open(url, bells.clone()).await?)
            }
        };
        Ok(Self {
            engine: Arc::new(engine),
            bells,
        })
    }

    /// Runs `work` in one durable transaction: everything it does is kept, or nothing.
    ///
    /// `work` may run more than once (after a deadlock, or when the batch it was in failed), so it
    /// must not have effects of its own. It may await nothing but the transaction.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.write(work).await,
            Engine::Postgres(postgres) => postgres.write(work).await,
        }
    }

    /// Runs `work` on one consistent picture of the database, without the right to change it.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + Sync + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        match &*self.engine {
            Engine::Sqlite(sqlite) => sqlite.read(work).await,
            Engine::Postgres(postgres) => postgres.read(work).await,
        }
    }

    /// The engine's name: `sqlite` or `postgres`.
    pub fn engine_name(&self) -> &'static str {
        match &*self.engine {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgres",
        }
    }

    /// The pool, for what only PostgreSQL needs (the sequencer and its bell).
    pub(crate) fn postgres_pool(&self) -> Option<&deadpool_postgres::Pool> {
        match &*self.engine {
            Engine::Sqlite(_) => None,
            Engine::Postgres(postgres) => Some(postgres.pool()),
        }
    }

    pub(crate) fn bells(&self) -> &Bells {
        &self.bells
    }
}

/// Checks that a PostgreSQL URL can be understood, without connecting.
///
/// # Errors
/// [`DbError::Unreachable`] says what is wrong with it.
pub fn check_url(url: &str) -> Result<(), DbError> {
    connect_postgres::Address::parse(url).map(drop)
}

/// `$first, $first+1, …`: `count` parameters for an `IN (…)` list.
pub fn placeholders(first: usize, count: usize) -> String {
    let numbers: Vec<String> = (first..first + count).map(|n| format!("${n}")).collect();
    numbers.join(", ")
}
