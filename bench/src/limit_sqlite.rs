//! The rows of a note written by a bare loop on one thread, with nothing else around it.
//!
//! The schema is the real one, and the statements are those of the note command; what they write
//! has the sizes that sealed texts have.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use kernel::ids::TicketId;
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use crate::seed::NOTE_HTML;

/// What sealing adds to a text: header, nonce and tag.
pub const SEAL: usize = 37;
/// The text of the note without its marks, and its beginning for the list.
pub const TEXT_BYTES: usize = 320;
pub const SNIPPET_BYTES: usize = 140;
pub const RECORD_BODY: &str = r#"{"number":1000,"mentions":[]}"#;
pub const REQUEST: &str = "0123456789abcdef0123456789abcdef";

const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; \
    PRAGMA cache_size = -16000;";
const FIND: &str = "SELECT id, subject, snippet, status, priority, place, shelf, requester_id, \
    requester_identity_id, key_id, assignee_id, team_id, last_number, last_direction, \
    last_agent_id, message_count, has_attachments, failed_deliveries, snoozed_until, updated_at, \
    last_message_at, version FROM tickets WHERE id = ?1";
const RECORD: &str = "INSERT INTO journal (kind, version, at, actor, actor_id, origin, cause, \
    depth, brand_id, quiet, ticket_id, customer_id, agent_id, request, body) \
    VALUES ('note.added', 1, ?1, 'agent', 1, 'agent', NULL, 0, 1, 0, ?2, ?3, NULL, ?4, ?5)";
const HEAD: &str = "SELECT COALESCE(MAX(position), 0) FROM journal_order";
const ORDER: &str = "INSERT INTO journal_order (position, record_id, hash) VALUES (?1, ?2, ?3)";
const MESSAGE: &str = "INSERT INTO messages (ticket_id, number, record_id, kind, author, html, \
    text, addressed, has_remote_images, auto_reply, redacted, at, state, release_at, status_after) \
    VALUES (?1, ?2, ?3, 'note', 'agent:1', ?4, ?5, NULL, 0, 0, 0, ?6, NULL, NULL, NULL)";
const SAVE: &str = "UPDATE tickets SET subject = ?2, snippet = ?3, status = ?4, priority = ?5, \
    place = ?6, shelf = ?7, requester_id = ?8, requester_identity_id = ?9, key_id = ?10, \
    assignee_id = ?11, team_id = ?12, last_number = ?13, last_direction = ?14, \
    last_agent_id = ?15, message_count = ?16, has_attachments = ?17, failed_deliveries = ?18, \
    snoozed_until = ?19, updated_at = ?20, last_message_at = ?21, version = ?22 WHERE id = ?1";
const DRAFT: &str = "DELETE FROM drafts WHERE ticket_id = ?1 AND agent_id = 1 AND kind = 'note'";
/// The columns of [`FIND`] that a note changes.
const SNIPPET: usize = 2;
const NUMBER: usize = 12;
const COUNT: usize = 15;
const UPDATED: usize = 19;
const SPOKEN: usize = 20;

/// Appends per second, so many in each commit.
pub fn appends(
    folder: &Path,
    tickets: &[TicketId],
    per_commit: u32,
    duration: Duration,
) -> Result<f64> {
    let connection = Connection::open(folder.join("evenkeel.db"))?;
    connection.execute_batch(PRAGMAS)?;
    connection.set_prepared_statement_cache_capacity(64);
    let mut position: i64 = connection.query_row(HEAD, [], |row| row.get(0))?;
    let mut tickets = tickets.iter().cycle();
    let mut done: u32 = 0;
    let begun = Instant::now();
    while begun.elapsed() < duration {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        for _ in 0..per_commit {
            position += 1;
            let ticket = tickets.next().context("no tickets")?;
            append(&connection, *ticket, position)?;
        }
        connection.execute_batch("COMMIT")?;
        done += per_commit;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}

fn append(connection: &Connection, ticket: TicketId, at: i64) -> Result<()> {
    let mut row = connection
        .prepare_cached(FIND)?
        .query_row([ticket.0], |row| {
            (0..22)
                .map(|column| row.get(column))
                .collect::<Result<Vec<Value>, _>>()
        })?;
    let customer = row.get(7).cloned();
    let record = params![at, ticket.0, customer, REQUEST, RECORD_BODY];
    connection.prepare_cached(RECORD)?.execute(record)?;
    let record = connection.last_insert_rowid();
    let number = [NUMBER, COUNT].map(|column| match row.get_mut(column) {
        Some(Value::Integer(number)) => {
            *number += 1;
            *number
        }
        _ => 0,
    });
    let new = [
        (SNIPPET, Value::Blob(vec![0x5A; SNIPPET_BYTES + SEAL])),
        (UPDATED, Value::Integer(at)),
        (SPOKEN, Value::Integer(at)),
    ];
    for (column, value) in new {
        if let Some(place) = row.get_mut(column) {
            *place = value;
        }
    }
    let html = vec![0x5A_u8; NOTE_HTML.len() + SEAL];
    let text = vec![0x5A_u8; TEXT_BYTES + SEAL];
    let message = params![ticket.0, number.first(), record, html, text, at];
    connection.prepare_cached(MESSAGE)?.execute(message)?;
    connection
        .prepare_cached(SAVE)?
        .execute(params_from_iter(row))?;
    connection.prepare_cached(DRAFT)?.execute([ticket.0])?;
    connection
        .prepare_cached(ORDER)?
        .execute(params![at, record, [0x5A_u8; 32]])?;
    Ok(())
}
