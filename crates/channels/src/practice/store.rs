//! The table `practice_messages`.

use kernel::db::{DbError, Tx};
use kernel::ids::DeliveryId;
use kernel::keys::Encrypted;
use kernel::time::Timestamp;

/// A stored practice mail: id, raw bytes, when.
pub type PracticeRow = (i64, Encrypted<Vec<u8>>, Timestamp);

const INSERT: &str = "INSERT INTO practice_messages (delivery_id, recipient, raw, at) \
    VALUES ($1, $2, $3, $4) \
    ON CONFLICT (delivery_id) WHERE delivery_id IS NOT NULL DO NOTHING";
const BEFORE: &str = "SELECT id, raw, at FROM practice_messages WHERE id < $1 \
    ORDER BY id DESC LIMIT $2";

/// Adds a mail; a delivery only once.
pub async fn insert(
    tx: &mut Tx<'_>,
    delivery: Option<DeliveryId>,
    recipient: &str,
    raw: Encrypted<Vec<u8>>,
    at: Timestamp,
) -> Result<(), DbError> {
    let values = [delivery.into(), recipient.into(), raw.into(), at.into()];
    tx.execute(INSERT, &values).await.map(drop)
}

/// Mails below an id, newest first.
pub async fn before(tx: &mut Tx<'_>, below: i64, limit: i64) -> Result<Vec<PracticeRow>, DbError> {
    tx.all(BEFORE, &[below.into(), limit.into()]).await
}
