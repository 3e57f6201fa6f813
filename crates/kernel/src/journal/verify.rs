//! Checks the chain, every record from the first on, and that it holds what was signed.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::StoredRecord;
use super::checkpoints::{self, Checkpoint};
use crate::Kernel;
use crate::db::{DbError, FromRow, Row, Tx};
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
    /// The chain holds together, but not with what was signed: it was written anew.
    Rewritten {
        /// The first checkpoint that it does not agree with; the change lies before it.
        position: i64,
    },
    /// The end is missing.
    CutOff {
        /// The last record that is there.
        end: i64,
        /// The last one that was signed.
        signed: i64,
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

/// A stretch of the chain.
struct Stretch {
    links: Vec<Link>,
    records: Vec<StoredRecord>,
    signed: Vec<Checkpoint>,
}

/// Walks the whole chain.
pub async fn verify(kernel: &Kernel) -> Result<Verdict, DbError> {
    let (mut position, mut hash) = (0, Vec::new());
    loop {
        let stretch = read(kernel, position).await?;
        let mut signed = stretch.signed.into_iter().peekable();
        if stretch.links.is_empty() {
            return Ok(match signed.next_back() {
                Some(last) => Verdict::CutOff {
                    end: position,
                    signed: last.position,
                },
                None => Verdict::Sound(position),
            });
        }
        let mut records = stretch.records.into_iter();
        for link in stretch.links {
            position += 1;
            let sound = link.position == position
                && records.next().is_some_and(|record| {
                    hash = record.link(&hash);
                    record.id == link.record && hash == link.hash
                });
            if !sound {
                let record = link.record;
                return Ok(Verdict::Broken { position, record });
            }
            if !agrees(kernel, &mut signed, position, &hash) {
                return Ok(Verdict::Rewritten { position });
            }
        }
    }
}

async fn read(kernel: &Kernel, from: i64) -> Result<Stretch, DbError> {
    let read = async move |tx: &mut Tx<'_>| {
        Ok(Stretch {
            links: tx.all(LINKS, &[from.into(), BATCH.into()]).await?,
            records: super::after(tx, from, BATCH).await?,
            signed: checkpoints::behind(tx, from, BATCH).await?,
        })
    };
    kernel.db.read(read).await
}

/// Whether the checkpoint at this position, if there is one, is genuine and of this hash.
fn agrees(
    kernel: &Kernel,
    signed: &mut Peekable<IntoIter<Checkpoint>>,
    position: i64,
    hash: &[u8],
) -> bool {
    match signed.next_if(|checkpoint| checkpoint.position == position) {
        Some(checkpoint) => checkpoint.hash == hash && checkpoint.is_genuine(&kernel.keys),
        None => true,
    }
}
