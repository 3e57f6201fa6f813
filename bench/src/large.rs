//! Reads, start and memory on a large store.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::http::Client;
use crate::options::Options;
use crate::report::{Goal, Report, millis, percentile};
use crate::seed::{self, Place, Store};
use crate::server::{Memory, Server};
use crate::views;

/// Samples of each read in one take.
const SAMPLES: usize = 500;
const WARM_UP: usize = 50;
const IDLE: Duration = Duration::from_secs(10);
/// The views whose first page is read in turn.
const VIEWS: [&str; 3] = ["all", "unassigned", "mine"];

/// Measures the empty and the large store.
pub async fn run(options: &Options, report: &mut Report) -> Result<()> {
    let (empty, large) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let empty = Place {
        folder: empty.path().to_owned(),
        database_url: None,
    };
    let folder = options
        .store
        .clone()
        .unwrap_or_else(|| large.path().to_owned());
    let large = Place {
        folder,
        database_url: None,
    };
    let store = seed::fill(&large, options.tickets).await?;
    let (tickets, messages) = (store.tickets.len(), store.messages);
    report.note(format!(
        "The large store: {tickets} tickets with {messages} messages."
    ));
    starts(options, report, "empty store", &empty).await?;
    starts(options, report, "large store", &large).await?;
    reads(options, report, &large, &store).await?;
    views::run(options, report, &large, &store).await
}

async fn starts(options: &Options, report: &mut Report, name: &str, place: &Place) -> Result<()> {
    // The first start makes the tables.
    Server::start(place).await?.stop()?;
    let (mut ready, mut memory): (Vec<f64>, Vec<Memory>) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let server = Server::start(place).await?;
        ready.push(server.ready_after.as_secs_f64() * 1e3);
        tokio::time::sleep(IDLE).await;
        memory.push(server.memory()?);
        server.stop()?;
    }
    report.judge(
        format!("{name}: start to ready"),
        "ms",
        &ready,
        Goal::Below(300.0),
    );
    let resident: Vec<f64> = memory.iter().map(|memory| memory.resident).collect();
    let anonymous: Vec<f64> = memory.iter().map(|memory| memory.anonymous).collect();
    report.judge(
        format!("{name}: idle RSS after 10 s"),
        "MB",
        &resident,
        Goal::Below(64.0),
    );
    report.add(format!("{name}: of that anonymous"), "MB", &anonymous);
    Ok(())
}

async fn reads(options: &Options, report: &mut Report, place: &Place, store: &Store) -> Result<()> {
    let server = Server::start(place).await?;
    let mut client = Client::connect(server.port, &store.token).await?;
    let asked = Instant::now();
    views::counted(&mut client).await?;
    report.add(
        "large store: first counts after ready",
        "ms",
        &millis(&[asked.elapsed()]),
    );
    let inbox = VIEWS.map(|view| {
        vec![
            format!("/api/v1/tickets?view={view}"),
            "/api/v1/views".to_owned(),
        ]
    });
    let opened: Vec<Vec<String>> = spread(store)
        .map(|id| {
            vec![
                format!("/api/v1/tickets/{id}"),
                format!("/api/v1/tickets/{id}/timeline"),
            ]
        })
        .collect();
    read(
        options,
        report,
        &mut client,
        "inbox page + counts",
        &inbox,
        20.0,
    )
    .await?;
    read(
        options,
        report,
        &mut client,
        "open a ticket of 20 messages",
        &opened,
        10.0,
    )
    .await?;
    let memory = server.memory()?;
    report.add("large store: RSS after the reads", "MB", &[memory.resident]);
    server.stop()
}

/// Long tickets from all over the store.
fn spread(store: &Store) -> impl Iterator<Item = &kernel::ids::TicketId> {
    let step = (store.long.len() / SAMPLES).max(1);
    store.long.iter().step_by(step)
}

/// Asks for groups of paths in turn; a sample is one group, one request after the other.
pub async fn read(
    options: &Options,
    report: &mut Report,
    client: &mut Client,
    name: &str,
    groups: &[Vec<String>],
    goal: f64,
) -> Result<()> {
    let (mut p50, mut p99) = (Vec::new(), Vec::new());
    let mut groups = groups.iter().cycle();
    for round in 0..options.rounds {
        let mut times = Vec::with_capacity(SAMPLES);
        let skipped = if round == 0 { WARM_UP } else { 0 };
        for group in groups.by_ref().take(SAMPLES + skipped) {
            let asked = Instant::now();
            for path in group {
                client.get(path).await?;
            }
            times.push(asked.elapsed());
        }
        let sorted = millis(times.get(skipped..).unwrap_or_default());
        p50.push(percentile(&sorted, 50));
        p99.push(percentile(&sorted, 99));
    }
    report.add(format!("large store: {name}, p50"), "ms", &p50);
    report.judge(
        format!("large store: {name}, p99"),
        "ms",
        &p99,
        Goal::Below(goal),
    );
    Ok(())
}
