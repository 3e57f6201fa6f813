//! How much mail is stored and not filed yet.

use kernel::db::{DbError, Tx};
use kernel::ids::InboxId;
use kernel::time::Timestamp;

const UNFILED: &str = "SELECT inbox_id, COUNT(*), MIN(received_at) FROM (SELECT inbox_id, \
    received_at FROM inbound_mail WHERE state = 'received' ORDER BY id LIMIT 1000) AS oldest \
    GROUP BY inbox_id";

/// Mails of each inbox that are not filed yet, of the oldest thousand, and since when the oldest
/// waits.
pub async fn unfiled(tx: &mut Tx<'_>) -> Result<Vec<(InboxId, i64, Timestamp)>, DbError> {
    tx.all(UNFILED, &[]).await
}
