//! Signed checkpoints: what the end of the chain was at a time, under the master key.
//!
//! They lie in the key store, apart from the journal. So whoever can write to the database alone
//! can neither cut the journal's end off nor write the whole of it anew without being found out.

use std::time::Duration;

use crate::Kernel;
use crate::db::{DbError, FromRow, Row, Tx};
use crate::keys::Keys;
use crate::time::Timestamp;

/// How often the end of the chain is signed, if it moved.
pub const CHECKPOINT_EVERY: Duration = Duration::from_secs(10 * 60);

const HEAD: &str = "SELECT position, hash FROM journal_order ORDER BY position DESC LIMIT 1";
const SIGN: &str = "INSERT INTO vault.journal_checkpoints (position, hash, at, signature) \
    VALUES ($1, $2, $3, $4) ON CONFLICT (position) DO NOTHING";
const BEHIND: &str = "SELECT position, hash, at, signature FROM vault.journal_checkpoints \
    WHERE position > $1 ORDER BY position LIMIT $2";

/// The end of the chain at a time.
pub(super) struct Checkpoint {
    pub position: i64,
    pub hash: Vec<u8>,
    at: Timestamp,
    signature: Vec<u8>,
}

impl Checkpoint {
    /// Whether it is as it was signed.
    pub(super) fn is_genuine(&self, keys: &Keys) -> bool {
        self.signature == signature(keys, self.position, &self.hash, self.at)
    }
}

impl FromRow for Checkpoint {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            position: row.get(0)?,
            hash: row.get(1)?,
            at: row.get(2)?,
            signature: row.get(3)?,
        })
    }
}

/// Signs the end of the chain and answers its position; 0 while the journal is empty.
pub async fn sign(kernel: &Kernel) -> Result<i64, DbError> {
    // Read apart from the write: what a reader sees is durable, so that a checkpoint can't outlive
    // the record that it vouches for.
    let head = kernel
        .db
        .read(async |tx: &mut Tx<'_>| tx.one::<(i64, Vec<u8>)>(HEAD, &[]).await);
    let Some((position, hash)) = head.await? else {
        return Ok::<_, DbError>(0);
    };
    let at = kernel.clock.now();
    let signature = signature(&kernel.keys, position, &hash, at);
    let sign = async move |tx: &mut Tx<'_>| {
        let params = [
            position.into(),
            hash.as_slice().into(),
            at.into(),
            signature.as_slice().into(),
        ];
        tx.execute(SIGN, &params).await
    };
    kernel.db.write::<_, DbError, _>(sign).await?;
    Ok(position)
}

/// Up to `limit` checkpoints behind `position`, in order.
pub(super) async fn behind(
    tx: &mut Tx<'_>,
    position: i64,
    limit: i64,
) -> Result<Vec<Checkpoint>, DbError> {
    tx.all(BEHIND, &[position.into(), limit.into()]).await
}

fn signature(keys: &Keys, position: i64, hash: &[u8], at: Timestamp) -> Vec<u8> {
    let text = [
        &position.to_be_bytes()[..],
        &at.micros().to_be_bytes()[..],
        hash,
    ]
    .concat();
    keys.hmac("journal.checkpoint", &text).to_vec()
}
