//! Measures Evenkeel, and in the same run what the machine could do at best.
//!
//! `cargo xtask bench` builds for release, starts a durable PostgreSQL and runs this. Each figure
//! is taken several times and shown as minimum, median and maximum. Server and clients share the
//! machine, so the clients' own work is part of every figure over HTTP.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures the time that passes in the world"
)]

mod appends;
mod http;
mod large;
mod letters;
mod limit_disk;
mod limit_postgres;
mod limit_sqlite;
mod mail;
mod mail_large;
mod mail_reading;
mod mailbox;
mod options;
mod quotes;
mod report;
mod routing;
mod rules;
mod search;
mod seed;
mod server;
mod views;

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

use options::{Options, Part};
use report::Report;

fn main() -> ExitCode {
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime can't be started")
        .and_then(|runtime| runtime.block_on(run(&Options::parse())));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> anyhow::Result<()> {
    let mut report = Report::new()?;
    if options.wants(Part::Sqlite) {
        appends::sqlite(options, &mut report).await?;
    }
    if options.wants(Part::Postgres) {
        appends::postgres(options, &mut report).await?;
    }
    if options.wants(Part::Large) {
        large::run(options, &mut report).await?;
    }
    if options.wants(Part::Search) {
        search::run(options, &mut report).await?;
    }
    if options.wants(Part::Quotes) {
        quotes::run(options, &mut report)?;
    }
    if options.wants(Part::Routing) {
        routing::run(options, &mut report)?;
    }
    if options.wants(Part::Rules) {
        rules::run(options, &mut report)?;
    }
    if options.wants(Part::Mail) || options.wants(Part::LargeMail) {
        mail_large::run(&mut report).await?;
    }
    if options.wants(Part::Mail) {
        mail_reading::figures(&mut report);
        mail::run(options, &mut report).await?;
    }
    report.finish(&options.out())
}
