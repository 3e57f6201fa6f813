//! PostgreSQL: a pool, one READ COMMITTED transaction for each write, bounded retries.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts, Transaction,
};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, IsolationLevel, NoTls};

use super::{Bells, DbError, FromRow, Row, Tx, Value};

/// The server's time in microseconds.
pub(super) const NOW: &str =
    "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)";

const CONNECTIONS_MAX: usize = 32;
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How often a transaction is tried when others keep getting in its way.
const TRIES_MAX: u32 = 5;

pub(super) struct Postgres {
    pool: Pool,
    bells: Arc<Bells>,
}

impl Postgres {
    pub(super) async fn open(url: &str, bells: Arc<Bells>) -> Result<Self, DbError> {
        let mut config = Config::from_str(url)
            .map_err(|error| DbError::Unreachable(format!("the database URL is wrong: {error}")))?;
        config
            .application_name("evenkeel")
            .connect_timeout(CONNECT_WITHIN);
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let pool = Pool::builder(Manager::from_config(config, NoTls, recycling))
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
        Ok(Self { pool, bells })
    }

    pub(super) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + Sync + 'static,
        E: From<DbError>,
    {
        let mut tries = 1;
        loop {
            let mut client = self.pool.get().await.map_err(DbError::from)?;
            let mut tx = Tx::postgres(client.transaction().await.map_err(DbError::from)?);
            let result = work(&mut tx).await;
            if tx.is_worth_retrying() && tries < TRIES_MAX {
                tries += 1;
                continue;
            }
            let value = result?;
            if tx.is_poisoned() {
                return Err(DbError::Poisoned.into());
            }
            let after = tx.commit().await?;
            if !after.records.is_empty() {
                self.bells.journal.notify_one();
            }
            if after.jobs {
                self.bells.jobs.notify_one();
            }
            return Ok(value);
        }
    }

    pub(super) async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFn(&mut Tx<'_>) -> Result<T, E> + Send + Sync + 'static,
        E: From<DbError>,
    {
        let mut client = self.pool.get().await.map_err(DbError::from)?;
        let transaction = client
            .build_transaction()
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true)
            .start()
            .await
            .map_err(DbError::from)?;
        work(&mut Tx::postgres(transaction)).await
    }
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
