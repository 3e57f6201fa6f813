//! Durable appends: notes on tickets over HTTP, beside a bare loop that writes the same rows.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bytes::Bytes;
use kernel::ids::TicketId;
use tempfile::TempDir;
use tokio::task::JoinSet;
use tokio_postgres::NoTls;

use crate::http::Client;
use crate::options::Options;
use crate::report::{Goal, Report, millis, percentile};
use crate::seed::{self, NOTE_HTML, Place, Store};
use crate::server::Server;
use crate::{limit_disk, limit_postgres, limit_sqlite};

/// Clients at once; on SQLite also the appends in one commit of the bare loop.
const CLIENTS: [u32; 3] = [1, 8, 64];
const TICKETS: u32 = 256;
/// The part of the bare loop's rate that is left over HTTP.
const RATIO: Goal = Goal::AtLeast(0.70);

/// Appends on SQLite.
pub async fn sqlite(options: &Options, report: &mut Report) -> Result<()> {
    let (bare, served) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (bare_place, place) = (folder(&bare), folder(&served));
    let bare_store = seed::fill(&bare_place, TICKETS).await?;
    let store = seed::fill(&place, TICKETS).await?;
    let server = Server::start(&place).await?;
    server.settle().await?;
    let mut syncs = Vec::new();
    let mut takes = Takes::default();
    for _ in 0..options.rounds {
        syncs.push(limit_disk::syncs(
            &bare_place.folder,
            Duration::from_secs(1),
        )?);
        for (index, clients) in CLIENTS.into_iter().enumerate() {
            let path = &bare_place.folder;
            let tickets = &bare_store.tickets;
            let limit = limit_sqlite::appends(path, tickets, clients, options.duration())?;
            let load = over_http(&server, &store, clients, options.duration()).await?;
            takes.add(index, limit, load);
        }
    }
    server.stop()?;
    report.add("disk: 4 KiB overwrite + fdatasync", "/s", &syncs);
    takes.report("SQLite", "a commit", report);
    Ok(())
}

/// Appends on PostgreSQL.
pub async fn postgres(options: &Options, report: &mut Report) -> Result<()> {
    let Ok(url) = std::env::var("EVENKEEL_TEST_POSTGRES") else {
        report.note("PostgreSQL is left out: EVENKEEL_TEST_POSTGRES is not set.");
        return Ok(());
    };
    let (bare, served) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let bare_place = database(&url, "bench_bare", &bare).await?;
    let place = database(&url, "bench_served", &served).await?;
    let bare_store = seed::fill(&bare_place, TICKETS).await?;
    let store = seed::fill(&place, TICKETS).await?;
    let server = Server::start(&place).await?;
    server.settle().await?;
    let bare_url = bare_place.database_url.context("a database")?;
    let mut takes = Takes::default();
    for _ in 0..options.rounds {
        for (index, clients) in CLIENTS.into_iter().enumerate() {
            let tickets = &bare_store.tickets;
            let count = usize::try_from(clients)?;
            let limit =
                limit_postgres::appends(&bare_url, tickets, count, options.duration()).await?;
            let load = over_http(&server, &store, clients, options.duration()).await?;
            takes.add(index, limit, load);
        }
    }
    server.stop()?;
    takes.report("PostgreSQL", "connections", report);
    Ok(())
}

/// The embedded database in a folder.
pub fn folder(folder: &TempDir) -> Place {
    Place {
        folder: folder.path().to_owned(),
        database_url: None,
    }
}

/// A new database of that name; one from an earlier run is dropped.
pub async fn database(url: &str, name: &str, folder: &TempDir) -> Result<Place> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    client
        .execute(&format!("DROP DATABASE IF EXISTS {name}"), &[])
        .await?;
    client
        .execute(&format!("CREATE DATABASE {name}"), &[])
        .await?;
    let (server, _) = url
        .rsplit_once('/')
        .context("a PostgreSQL address ends in /database")?;
    let database_url = Some(format!("{server}/{name}"));
    Ok(Place {
        folder: folder.path().to_owned(),
        database_url,
    })
}

/// What came of one stretch of appends over HTTP.
struct Load {
    rate: f64,
    p50: f64,
    p99: f64,
    /// The server's processor time for each, in µs.
    processor: f64,
    /// How long its readers took until they had caught up, in seconds.
    behind: f64,
}

async fn over_http(
    server: &Server,
    store: &Store,
    clients: u32,
    duration: Duration,
) -> Result<Load> {
    let body = Bytes::from(serde_json::json!({ "html": NOTE_HTML }).to_string());
    let mut connected = Vec::new();
    for _ in 0..clients {
        connected.push(Client::connect(server.port, &store.token).await?);
    }
    let used = server.processor()?;
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for (index, client) in connected.into_iter().enumerate() {
        let step = usize::try_from(clients)?;
        let own: Vec<TicketId> = store
            .tickets
            .iter()
            .skip(index)
            .step_by(step)
            .copied()
            .collect();
        let body = body.clone();
        running.spawn(async move { notes(client, own, body, begun, duration).await });
    }
    let mut times = Vec::new();
    while let Some(own) = running.join_next().await {
        times.extend(own??);
    }
    let count = f64::from(u32::try_from(times.len())?);
    let rate = count / begun.elapsed().as_secs_f64();
    let processor = (server.processor()? - used) / count * 1e6;
    let behind = server.settle().await?.as_secs_f64();
    let sorted = millis(&times);
    Ok(Load {
        rate,
        p50: percentile(&sorted, 50),
        p99: percentile(&sorted, 99),
        processor,
        behind,
    })
}

/// One client's notes, one after the other; how long each took.
async fn notes(
    mut client: Client,
    tickets: Vec<TicketId>,
    body: Bytes,
    begun: Instant,
    duration: Duration,
) -> Result<Vec<Duration>> {
    let mut times = Vec::new();
    let paths: Vec<String> = tickets
        .iter()
        .map(|id| format!("/api/v1/tickets/{id}/notes"))
        .collect();
    let mut paths = paths.iter().cycle();
    while begun.elapsed() < duration {
        let asked = Instant::now();
        client
            .post(paths.next().context("no tickets")?, body.clone())
            .await?;
        times.push(asked.elapsed());
    }
    Ok(times)
}

/// All takes, by number of clients.
#[derive(Default)]
struct Takes([Vec<(f64, Load)>; CLIENTS.len()]);

impl Takes {
    fn add(&mut self, index: usize, limit: f64, load: Load) {
        if let Some(takes) = self.0.get_mut(index) {
            takes.push((limit, load));
        }
    }

    fn report(&self, engine: &str, by: &str, report: &mut Report) {
        for (clients, takes) in CLIENTS.into_iter().zip(&self.0) {
            let all =
                |what: fn(&(f64, Load)) -> f64| -> Vec<f64> { takes.iter().map(what).collect() };
            let name = |what: &str| format!("{engine}: {what}, {clients} clients");
            let bare = format!("{engine}: bare loop, {clients} {by}");
            report.add(bare, "appends/s", &all(|(limit, _)| *limit));
            report.add(
                name("notes over HTTP"),
                "appends/s",
                &all(|(_, load)| load.rate),
            );
            let ratio = all(|(limit, load)| load.rate / limit);
            report.judge(name("ratio"), "", &ratio, RATIO);
            report.add(name("p50"), "ms", &all(|(_, load)| load.p50));
            report.add(name("p99"), "ms", &all(|(_, load)| load.p99));
            report.add(
                name("server's processor"),
                "µs/append",
                &all(|(_, load)| load.processor),
            );
            report.add(name("readers behind"), "s", &all(|(_, load)| load.behind));
        }
    }
}
