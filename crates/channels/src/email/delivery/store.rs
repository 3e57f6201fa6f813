//! The table `delivery_attempts`: how often a delivery was put off.

use kernel::db::{DbError, Tx};
use kernel::ids::DeliveryId;
use kernel::time::Timestamp;

const COUNT: &str = "INSERT INTO delivery_attempts (delivery_id, attempts, first_at) \
    VALUES ($1, 1, $2) ON CONFLICT (delivery_id) DO UPDATE SET \
    attempts = delivery_attempts.attempts + 1 RETURNING attempts, first_at";
const FORGET: &str = "DELETE FROM delivery_attempts WHERE delivery_id = $1";

/// Counts a failed attempt: how many there were, and when the first was.
pub async fn count(
    tx: &mut Tx<'_>,
    delivery: DeliveryId,
    at: Timestamp,
) -> Result<(i64, Timestamp), DbError> {
    let counted = tx.one(COUNT, &[delivery.into(), at.into()]).await?;
    Ok(counted.unwrap_or((1, at)))
}

/// Forgets the attempts of a settled delivery.
pub async fn forget(tx: &mut Tx<'_>, delivery: DeliveryId) -> Result<(), DbError> {
    tx.execute(FORGET, &[delivery.into()]).await.map(drop)
}
