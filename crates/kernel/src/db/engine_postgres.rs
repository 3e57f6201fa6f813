//! PostgreSQL: a pool, one READ COMMITTED transaction for each write, bounded retries.
//!
//! Transactions run on their own threads, as they do on SQLite: the closure moves there, so its
//! future need not be `Send`, and a caller that goes away leaves no transaction half-way.

use std::sync::Arc;
use std::thread::available_parallelism;

use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts, Transaction,
};
use tokio_postgres::IsolationLevel;
use tokio_postgres::types::ToSql;
use tokio_util::task::LocalPoolHandle;

use super::connect_postgres::{Address, CONNECT_WITHIN};
use super::{Bells, DbError, FromRow, Row, Tx, Value};

/// The server's time in microseconds.
pub(super) const NOW: &str =
    "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";

const CONNECTIONS_MAX: usize = 32;
/// How often a transaction is tried when others keep getting in its way.
const TRIES_MAX: u32 = 5;
/// A row that stays locked is told as such, and a node that vanished in the middle of a
/// transaction gives its locks back.
const LIMITS: &str = "SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '30s'";

pub(super) struct Postgres {
    pool: Pool,
    workers: LocalPoolHandle,
    bells: Arc<Bells>,
}

impl Postgres {
    pub(super) async fn open(url: &str, bells: Arc<Bells>) -> Result<Self, DbError> {
        let address = Address::parse(url)?;
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let limit = Hook::async_fn(|client: &mut deadpool_postgres::ClientWrapper, _| {
            Box::pin(async move {
                let limited = client.batch_execute(LIMITS).await;
                limited.map_err(HookError::Backend)
            })
        });
        let manager = Manager::from_config(address.config, address.tls, recycling);
        let pool = Pool::builder(manager)
            .post_create(limit)
            .max_size(CONNECTIONS_MAX)
            .timeouts(Timeouts {
                wait: Some(CONNECT_WITHIN),
                create: Some(CONNECT_WITHIN),
                recycle: Some(CONNECT_WITHIN),
            })
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| DbError::Unreachable(error.to_string()))?;
        // A wrong address is told at once, not at the first request.
        drop(pool.get().await?);
        let workers = LocalPoolHandle::new(available_parallelism().map_or(2, usize::from));
        Ok(Self {
            pool,
            workers,
            bells,
        })
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (pool, bells) = (self.pool.clone(), self.bells.clone());
        let ran = self.workers.spawn_pinned(move || write(pool, bells, work));
        ran.await.unwrap_or_else(|_| Err(DbError::Panicked.into()))
    }

    pub(super) async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let pool = self.pool.clone();
        let ran = self.workers.spawn_pinned(move || read(pool, work));
        ran.await.unwrap_or_else(|_| Err(DbError::Panicked.into()))
    }
}

async fn write<T, E, F>(pool: Pool, bells: Arc<Bells>, work: F) -> Result<T, E>
where
    F: AsyncFn(&mut Tx<'_>) -> Result<T, E>,
    E: From<DbError>,
{
    let mut tries = 1;
    loop {
        match try_write(&pool, &bells, &work).await {
            Ok(value) => return Ok(value),
            Err(Failed::Passing(_)) if tries < TRIES_MAX => tries += 1,
            Err(Failed::Passing(error) | Failed::Final(error)) => return Err(error),
        }
    }
}

async fn try_write<T, E, F>(pool: &Pool, bells: &Bells, work: &F) -> Result<T, Failed<E>>
where
    F: AsyncFn(&mut Tx<'_>) -> Result<T, E>,
    E: From<DbError>,
{
    let mut client = pool.get().await.map_err(Failed::last)?;
    let transaction = client.transaction().await.map_err(Failed::at_begin)?;
    let mut tx = Tx::postgres(transaction);
    let value = outcome(work(&mut tx).await, &tx)?;
    // When this fails nobody can tell whether it was committed, so it is not run again.
    let after = tx.commit().await.map_err(Failed::last)?;
    if !after.records.is_empty() {
        bells.journal.notify_one();
    }
    if after.jobs {
        bells.jobs.notify_one();
    }
    Ok(value)
}

async fn read<T, E, F>(pool: Pool, work: F) -> Result<T, E>
where
    F: AsyncFn(&mut Tx<'_>) -> Result<T, E>,
    E: From<DbError>,
{
    let mut tries = 1;
    loop {
        match try_read(&pool, &work).await {
            Ok(value) => return Ok(value),
            Err(Failed::Passing(_)) if tries < TRIES_MAX => tries += 1,
            Err(Failed::Passing(error) | Failed::Final(error)) => return Err(error),
        }
    }
}

async fn try_read<T, E, F>(pool: &Pool, work: &F) -> Result<T, Failed<E>>
where
    F: AsyncFn(&mut Tx<'_>) -> Result<T, E>,
    E: From<DbError>,
{
    let mut client = pool.get().await.map_err(Failed::last)?;
    let transaction = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .read_only(true)
        .start()
        .await
        .map_err(Failed::at_begin)?;
    let mut tx = Tx::postgres(transaction);
    outcome(work(&mut tx).await, &tx)
}

/// How an attempt failed.
enum Failed<E> {
    /// Nothing is changed, and another attempt may go well.
    Passing(E),
    Final(E),
}

impl<E: From<DbError>> Failed<E> {
    fn last(error: impl Into<DbError>) -> Self {
        Self::Final(error.into().into())
    }

    /// A connection may have died while it lay in the pool.
    fn at_begin(error: tokio_postgres::Error) -> Self {
        match DbError::from(error) {
            error @ DbError::Unreachable(_) => Self::Passing(error.into()),
            error => Self::Final(error.into()),
        }
    }
}

/// What the closure answered, unless one of its statements failed and it went on regardless.
fn outcome<T, E: From<DbError>>(result: Result<T, E>, tx: &Tx<'_>) -> Result<T, Failed<E>> {
    let result = match result {
        Ok(_) if tx.is_poisoned() => Err(DbError::Poisoned.into()),
        result => result,
    };
    result.map_err(|error| match tx.is_worth_retrying() {
        true => Failed::Passing(error),
        false => Failed::Final(error),
    })
}

fn bound(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params
        .iter()
        .map(|value| -> &(dyn ToSql + Sync) { value })
        .collect()
}

pub(super) async fn execute(
    transaction: &Transaction<'_>,
    sql: &str,
    params: &[Value],
) -> Result<u64, DbError> {
    let statement = transaction.prepare_cached(sql).await?;
    Ok(transaction.execute(&statement, &bound(params)).await?)
}

pub(super) async fn all<T: FromRow>(
    transaction: &Transaction<'_>,
    sql: &str,
    params: &[Value],
) -> Result<Vec<T>, DbError> {
    let statement = transaction.prepare_cached(sql).await?;
    let rows = transaction.query(&statement, &bound(params)).await?;
    rows.iter()
        .map(|row| T::from_row(&Row::Postgres(row)))
        .collect()
}

pub(super) async fn one<T: FromRow>(
    transaction: &Transaction<'_>,
    sql: &str,
    params: &[Value],
) -> Result<Option<T>, DbError> {
    let statement = transaction.prepare_cached(sql).await?;
    let rows = transaction.query(&statement, &bound(params)).await?;
    rows.first()
        .map(|row| T::from_row(&Row::Postgres(row)))
        .transpose()
}
