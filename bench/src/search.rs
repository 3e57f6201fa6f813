//! Searching the large store while messages arrive.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use bytes::Bytes;

use crate::http::Client;
use crate::options::Options;
use crate::report::{Goal, Report, millis, percentile};
use crate::seed::{self, NOTE_HTML, Place, Store};
use crate::server::Server;

/// Messages that arrive each second, by so many clients.
const ARRIVE_PER_SECOND: u64 = 200;
const WRITERS: u64 = 4;
/// Searches in one take.
const SAMPLES: usize = 500;
const BUILT_WITHIN: Duration = Duration::from_secs(3_600);
const ASK_EVERY: Duration = Duration::from_millis(200);
/// What is looked for in turn: frequent and rare words, beginnings, typos, phrases, filters, and
/// nothing but filters. The store's texts repeat, so frequent words are in every message: the
/// worst case.
const QUERIES: [&str; 10] = [
    "lamp",
    "blue%20lamp%20birthday",
    "warehouse%20parc",
    "northren%20stock",
    "%22second%20lot%22",
    "Anneliese%20is%3Aopen",
    "zebra",
    "postage%20status%3Asolved%20after%3A30d",
    "is%3Aopen%20is%3Aunassigned",
    "is%3Anote%20depot%20-refund",
];

/// Measures searches while notes arrive at a steady pace.
pub async fn run(options: &Options, report: &mut Report) -> Result<()> {
    let made = tempfile::tempdir()?;
    let folder = options
        .store
        .clone()
        .unwrap_or_else(|| made.path().to_owned());
    let place = Place {
        folder,
        database_url: None,
    };
    let store = seed::fill(&place, options.tickets).await?;
    let server = Server::start(&place).await?;
    let begun = Instant::now();
    built(&server, &store).await?;
    report.add(
        "search: index built or caught up",
        "s",
        &[begun.elapsed().as_secs_f64()],
    );
    let stop = Arc::new(AtomicBool::new(false));
    let written = Arc::new(AtomicU64::new(0));
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        let client = Client::connect(server.port, &store.token).await?;
        let arriving = arrive(client, store.clone(), number, stop.clone(), written.clone());
        writers.push(tokio::spawn(arriving));
    }
    let begun = Instant::now();
    let asked = ask(options, report, &server, &store).await;
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await??;
    }
    asked?;
    let count = u32::try_from(written.load(Ordering::Relaxed))?;
    let rate = f64::from(count) / begun.elapsed().as_secs_f64();
    report.add("search: messages that arrived meanwhile", "1/s", &[rate]);
    let memory = server.memory()?;
    report.add("search: RSS afterwards", "MB", &[memory.resident]);
    server.stop()
}

/// Waits until everything is in the index.
async fn built(server: &Server, store: &Store) -> Result<()> {
    let mut client = Client::connect(server.port, &store.token).await?;
    let begun = Instant::now();
    while begun.elapsed() < BUILT_WITHIN {
        // Until the index is open the answer is a refusal.
        if let Ok(body) = client.get("/api/v1/search?q=lamp&limit=1").await {
            let answer: serde_json::Value = serde_json::from_slice(&body)?;
            if answer.get("incomplete") == Some(&serde_json::Value::Bool(false)) {
                return Ok(());
            }
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
    bail!("the index is not built after {BUILT_WITHIN:?}")
}

/// Writes notes at an even pace until told to stop.
async fn arrive(
    mut client: Client,
    store: Store,
    number: u64,
    stop: Arc<AtomicBool>,
    written: Arc<AtomicU64>,
) -> Result<()> {
    let body = serde_json::json!({ "html": NOTE_HTML }).to_string();
    let each = u32::try_from(ARRIVE_PER_SECOND / WRITERS)?;
    let mut pace = tokio::time::interval(Duration::from_secs(1) / each);
    let skip = usize::try_from(number)?;
    for id in store
        .tickets
        .iter()
        .cycle()
        .skip(skip)
        .step_by(usize::try_from(WRITERS)?)
    {
        pace.tick().await;
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let path = format!("/api/v1/tickets/{id}/notes");
        client.post(&path, Bytes::from(body.clone())).await?;
        written.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

async fn ask(options: &Options, report: &mut Report, server: &Server, store: &Store) -> Result<()> {
    let mut client = Client::connect(server.port, &store.token).await?;
    let (mut p50, mut p99) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let mut times = Vec::with_capacity(SAMPLES);
        for query in QUERIES.iter().cycle().take(SAMPLES) {
            let asked = Instant::now();
            client.get(&format!("/api/v1/search?q={query}")).await?;
            times.push(asked.elapsed());
        }
        let sorted = millis(&times);
        p50.push(percentile(&sorted, 50));
        p99.push(percentile(&sorted, 99));
    }
    let name = format!("search while {ARRIVE_PER_SECOND} messages/s arrive");
    report.add(format!("{name}, p50"), "ms", &p50);
    report.judge(format!("{name}, p99"), "ms", &p99, Goal::Below(50.0));
    Ok(())
}
