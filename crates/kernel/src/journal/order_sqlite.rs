//! Positions and chain on SQLite: given by the writer thread inside the transaction itself.

use rusqlite::{Connection, OptionalExtension};

use super::StoredRecord;
use crate::db::DbError;

const HEAD: &str = "SELECT position, hash FROM journal_order ORDER BY position DESC LIMIT 1";
const APPEND: &str = "INSERT INTO journal_order (position, record_id, hash) VALUES (?1, ?2, ?3)";

/// The end of the chain.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    position: i64,
    hash: Vec<u8>,
}

impl Head {
    /// Reads the end of the chain; an empty store, even one without tables yet, begins at 0.
    pub(crate) fn load(connection: &Connection) -> Result<Self, DbError> {
        let exists = connection
            .query_row(
                "SELECT 1 FROM sqlite_schema WHERE name = 'journal_order'",
                [],
                |_| Ok(()),
            )
            .optional()?;
        if exists.is_none() {
            return Ok(Self::default());
        }
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Self {
                position: row.get(0)?,
                hash: row.get(1)?,
            })
        };
        Ok(connection
            .query_row(HEAD, [], read)
            .optional()?
            .unwrap_or_default())
    }
}

/// Appends the records to the order and moves the head.
pub(crate) fn order(
    connection: &Connection,
    head: &mut Head,
    records: &mut [StoredRecord],
) -> Result<(), DbError> {
    if records.is_empty() {
        return Ok(());
    }
    let mut append = connection.prepare_cached(APPEND)?;
    for record in records {
        head.hash = record.link(&head.hash);
        head.position += 1;
        record.position = head.position;
        append.execute((head.position, record.id.0, &head.hash))?;
    }
    Ok(())
}
