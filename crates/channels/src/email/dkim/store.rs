//! The table `dkim_keys`.

use super::{DkimKey, Published};
use kernel::db::{DbError, FromRow, Row, Tx};
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

const OF_DOMAIN: &str = "SELECT id, domain, generation, selector, algorithm, secret, public_key, \
    published, insisted, created_at, checked_at, retired_at FROM dkim_keys \
    WHERE domain = $1 ORDER BY id";
const LOCK: &str = "SELECT id FROM dkim_keys WHERE domain = $1 ORDER BY id";
const DOMAINS: &str = "SELECT DISTINCT domain FROM dkim_keys ORDER BY domain";
const INSERT: &str = "INSERT INTO dkim_keys (domain, generation, selector, algorithm, secret, \
    public_key, published, insisted, created_at) VALUES ($1, $2, $3, $4, $5, $6, 'unknown', 0, \
    $7) ON CONFLICT (domain, selector) DO NOTHING";
const SET_PUBLISHED: &str = "UPDATE dkim_keys SET published = $2, checked_at = $3 WHERE id = $1";
const SET_INSISTED: &str = "UPDATE dkim_keys SET insisted = $2 WHERE id = $1";
const RETIRE: &str = "UPDATE dkim_keys SET retired_at = $2, secret = $3, insisted = 0 \
    WHERE id = $1";

impl FromRow for DkimKey {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(DkimKey {
            id: row.get(0)?,
            domain: row.get(1)?,
            generation: row.get(2)?,
            selector: row.get(3)?,
            algorithm: row.get(4)?,
            secret: row.get(5)?,
            public_key: row.get(6)?,
            published: row.get(7)?,
            insisted: row.get(8)?,
            created_at: row.get(9)?,
            checked_at: row.get(10)?,
            retired_at: row.get(11)?,
        })
    }
}

/// The keys of a domain, oldest first, retired ones too.
pub async fn of_domain(tx: &mut Tx<'_>, domain: &str) -> Result<Vec<DkimKey>, DbError> {
    tx.all(OF_DOMAIN, &[domain.into()]).await
}

/// Locks the keys of a domain; answers whether there are any.
pub async fn lock(tx: &mut Tx<'_>, domain: &str) -> Result<bool, DbError> {
    tx.lock(LOCK, &[domain.into()]).await
}

/// The domains that have keys.
pub async fn domains(tx: &mut Tx<'_>) -> Result<Vec<String>, DbError> {
    let rows = tx.all::<(String,)>(DOMAINS, &[]).await?;
    Ok(rows.into_iter().map(|(domain,)| domain).collect())
}

/// Adds a key; `false` when its selector is taken.
pub async fn insert(tx: &mut Tx<'_>, key: &DkimKey) -> Result<bool, DbError> {
    let values = [
        key.domain.as_str().into(),
        key.generation.into(),
        key.selector.as_str().into(),
        key.algorithm.into(),
        key.secret.clone().into(),
        key.public_key.clone().into(),
        key.created_at.into(),
    ];
    Ok(tx.execute(INSERT, &values).await? > 0)
}

/// Notes what the DNS holds of a key.
pub async fn set_published(
    tx: &mut Tx<'_>,
    id: i64,
    published: Published,
    at: Timestamp,
) -> Result<(), DbError> {
    tx.execute(SET_PUBLISHED, &[id.into(), published.into(), at.into()])
        .await
        .map(drop)
}

/// Has a key sign whatever the DNS says, or no longer.
pub async fn set_insisted(tx: &mut Tx<'_>, id: i64, insisted: bool) -> Result<(), DbError> {
    tx.execute(SET_INSISTED, &[id.into(), insisted.into()])
        .await
        .map(drop)
}

/// Retires a key and overwrites its secret.
pub async fn retire(
    tx: &mut Tx<'_>,
    id: i64,
    at: Timestamp,
    nothing: Encrypted<String>,
) -> Result<(), DbError> {
    tx.execute(RETIRE, &[id.into(), at.into(), nothing.into()])
        .await
        .map(drop)
}
