//! The rows of a note written by bare connections, one transaction each, with nothing else around.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use kernel::ids::TicketId;
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls, Statement};

use crate::limit_sqlite::{RECORD_BODY, REQUEST, SEAL, SNIPPET_BYTES, TEXT_BYTES};
use crate::seed::NOTE_HTML;

const FIND: &str = "SELECT last_number, requester_id FROM tickets WHERE id = $1 FOR UPDATE";
const RECORD: &str = "WITH added AS (INSERT INTO journal (kind, version, at, actor, actor_id, \
    origin, cause, depth, brand_id, quiet, ticket_id, customer_id, agent_id, request, body) \
    VALUES ('note.added', 1, $1, 'agent', 1, 'agent', NULL, 0, 1, 0, $2, $3, NULL, $4, $5) \
    RETURNING id) INSERT INTO journal_new (record_id) SELECT id FROM added RETURNING record_id";
const MESSAGE: &str = "INSERT INTO messages (ticket_id, number, record_id, kind, author, html, \
    text, addressed, has_remote_images, auto_reply, redacted, at, state, release_at, status_after) \
    VALUES ($1, $2, $3, 'note', 'agent:1', $4, $5, NULL, 0, 0, 0, $6, NULL, NULL, NULL)";
const SAVE: &str = "UPDATE tickets SET snippet = $2, last_number = $3, \
    message_count = message_count + 1, last_direction = 'note', last_agent_id = 1, \
    updated_at = $4, last_message_at = $4 WHERE id = $1";
const DRAFT: &str = "DELETE FROM drafts WHERE ticket_id = $1 AND agent_id = 1 AND kind = 'note'";

/// Appends per second by so many connections.
pub async fn appends(
    url: &str,
    tickets: &[TicketId],
    connections: usize,
    duration: Duration,
) -> Result<f64> {
    let mut loops = Vec::with_capacity(connections);
    for _ in 0..connections {
        loops.push(Loop::connect(url).await?);
    }
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for (index, one) in loops.into_iter().enumerate() {
        let own: Vec<TicketId> = tickets
            .iter()
            .skip(index)
            .step_by(connections)
            .copied()
            .collect();
        running.spawn(async move { one.run(&own, begun, duration).await });
    }
    let mut done: u32 = 0;
    while let Some(count) = running.join_next().await {
        done += count??;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}

struct Loop {
    client: Client,
    find: Statement,
    record: Statement,
    message: Statement,
    save: Statement,
    draft: Statement,
}

impl Loop {
    async fn connect(url: &str) -> Result<Self> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        Ok(Self {
            find: client.prepare(FIND).await?,
            record: client.prepare(RECORD).await?,
            message: client.prepare(MESSAGE).await?,
            save: client.prepare(SAVE).await?,
            draft: client.prepare(DRAFT).await?,
            client,
        })
    }

    async fn run(mut self, tickets: &[TicketId], begun: Instant, for_: Duration) -> Result<u32> {
        let mut tickets = tickets.iter().cycle();
        let mut done = 0;
        while begun.elapsed() < for_ {
            let ticket = tickets.next().context("no tickets")?;
            self.append(ticket.0, i64::from(done)).await?;
            done += 1;
        }
        Ok(done)
    }

    async fn append(&mut self, ticket: i64, at: i64) -> Result<()> {
        let tx = self.client.transaction().await?;
        let row = tx.query_one(&self.find, &[&ticket]).await?;
        let (number, customer): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        let number = number + 1;
        let record = tx
            .query_one(
                &self.record,
                &[&at, &ticket, &customer, &REQUEST, &RECORD_BODY],
            )
            .await?;
        let record: i64 = record.try_get(0)?;
        let html = vec![0x5A_u8; NOTE_HTML.len() + SEAL];
        let text = vec![0x5A_u8; TEXT_BYTES + SEAL];
        let snippet = vec![0x5A_u8; SNIPPET_BYTES + SEAL];
        tx.execute(
            &self.message,
            &[&ticket, &number, &record, &html, &text, &at],
        )
        .await?;
        tx.execute(&self.save, &[&ticket, &snippet, &number, &at])
            .await?;
        tx.execute(&self.draft, &[&ticket]).await?;
        Ok(tx.commit().await?)
    }
}
