//! Checks the chain: every record, from the first on.

use crate::db::{Db, DbError, FromRow, Row, Tx};
use crate::ids::RecordId;

const LINKS: &str = "SELECT position, record_id, hash FROM journal_order WHERE position > $1 \
    ORDER BY position LIMIT $2";
const BATCH: i64 = 1000;

/// What a check of the chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every one of this many records is as it was written.
    Sound(i64),
    /// The first record that is not: changed, missing or out of order.
    Broken {
        /// Where in the order.
        position: i64,
        /// Which record.
        record: RecordId,
    },
}

struct Link {
    position: i64,
    record: RecordId,
    hash: Vec<u8>,
}

impl FromRow for Link {
    fn from_row(row: &Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            position: row.get(0)?,
            record: row.get(1)?,
            hash: row.get(2)?,
        })
    }
}

/// Walks the whole chain.
pub async fn verify(db: &Db) -> Result<Verdict, DbError> {
    let mut position = 0;
    let mut hash = Vec::new();
    loop {
        let from = position;
        let (links, records) = db
            .read(async move |tx: &mut Tx<'_>| {
                let links = tx.all::<Link>(LINKS, &[from.into(), BATCH.into()]).await?;
                Ok::<_, DbError>((links, super::after(tx, from, BATCH).await?))
            })
            .await?;
        if links.is_empty() {
            return Ok(Verdict::Sound(position));
        }
        let mut records = records.into_iter();
        for link in links {
            position += 1;
            let sound = link.position == position
                && records.next().is_some_and(|record| {
                    hash = record.link(&hash);
                    record.id == link.record && hash == link.hash
                });
            if !sound {
                return Ok(Verdict::Broken {
                    position,
                    record: link.record,
                });
            }
        }
    }
}
