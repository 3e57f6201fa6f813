//! Who may run what exists once in the cluster, by the database's own clock.
//!
//! A lease carries an epoch that grows with every new holder; work under a lease checks the epoch
//! in its own transaction, so that an old holder that wakes up late changes nothing.

use std::time::Duration;

use crate::db::{Db, DbError, Tx};

const ACQUIRE: &str = "INSERT INTO leases (name, holder, epoch, until) VALUES ($1, $2, 1, $3) \
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = leases.epoch + 1, \
    until = excluded.until WHERE leases.until < $4 OR leases.holder = excluded.holder \
    RETURNING epoch";
const RENEW: &str = "UPDATE leases SET until = $3 WHERE name = $1 AND epoch = $2";
const HELD: &str = "SELECT epoch FROM leases WHERE name = $1 AND epoch = $2";

/// The right to run something, until it runs out or is taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    name: String,
    epoch: i64,
}

impl Lease {
    /// The number that grows with every new holder.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }
}

/// Asks for the lease `name` for `span`; `None` while somebody else holds it.
pub async fn acquire(
    db: &Db,
    name: &str,
    holder: &str,
    span: Duration,
) -> Result<Option<Lease>, DbError> {
    let (name, holder) = (name.to_owned(), holder.to_owned());
    db.write(async move |tx: &mut Tx<'_>| {
        let now = tx.database_now().await?;
        let params = [
            name.as_str().into(),
            holder.as_str().into(),
            now.plus(span).into(),
            now.into(),
        ];
        let epoch = tx.one::<(i64,)>(ACQUIRE, &params).await?;
        Ok(epoch.map(|(epoch,)| Lease {
            name: name.clone(),
            epoch,
        }))
    })
    .await
}

/// Holds the lease for another `span`; `false` when it is another's now.
pub async fn renew(db: &Db, lease: &Lease, span: Duration) -> Result<bool, DbError> {
    let lease = lease.clone();
    db.write(async move |tx: &mut Tx<'_>| extend(tx, &lease, span).await)
        .await
}

/// As [`renew`], as part of a transaction: many leases are held by one write.
pub async fn extend(tx: &mut Tx<'_>, lease: &Lease, span: Duration) -> Result<bool, DbError> {
    let until = tx.database_now().await?.plus(span);
    let params = [lease.name.as_str().into(), lease.epoch.into(), until.into()];
    Ok(tx.execute(RENEW, &params).await? == 1)
}

/// Gives the lease up, so that the next one need not wait for its end.
pub async fn release(db: &Db, lease: &Lease) -> Result<bool, DbError> {
    let lease = lease.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        let params = [lease.name.as_str().into(), lease.epoch.into(), 0.into()];
        Ok(tx.execute(RENEW, &params).await? == 1)
    })
    .await
}

/// Whether the lease still holds, locking it until the transaction ends.
pub async fn check(tx: &mut Tx<'_>, lease: &Lease) -> Result<bool, DbError> {
    tx.lock(HELD, &[lease.name.as_str().into(), lease.epoch.into()])
        .await
}
