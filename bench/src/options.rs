//! What to measure.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

/// Speed and memory of Evenkeel, beside the limits of this machine.
#[derive(Debug, Parser)]
pub struct Options {
    /// What to measure, separated by commas.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "sqlite,postgres,large,search,quotes,rules,routing,mail"
    )]
    pub only: Vec<Part>,
    /// How long each figure of appends is taken, in seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How many times each figure is taken.
    #[arg(long, default_value_t = 3)]
    pub rounds: u32,
    /// How many tickets the large store has, ten messages on each.
    #[arg(long, default_value_t = 100_000)]
    pub tickets: u32,
    /// Where the large store is kept to be used again [default: made anew and removed].
    #[arg(long)]
    pub store: Option<PathBuf>,
    /// How many mails are taken in, on each engine.
    #[arg(long, default_value_t = 10_000)]
    pub mails: u64,
    /// Where the results go as JSON [default: bench/results/latest.json, or mail.json and
    /// search.json when only that is measured].
    #[arg(long)]
    out: Option<PathBuf>,
}

/// A part of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Appends on SQLite.
    Sqlite,
    /// Appends on PostgreSQL.
    Postgres,
    /// Reads, start and memory on a large store.
    Large,
    /// Searching the large store while messages arrive.
    Search,
    /// Folding the quotes of mail.
    Quotes,
    /// Deciding who gets a ticket.
    Routing,
    /// Deciding rules.
    Rules,
    /// Mail from the mailbox to the ticket.
    Mail,
    /// Only the large ones of it.
    LargeMail,
}

impl Options {
    /// Whether `part` is to be measured.
    pub fn wants(&self, part: Part) -> bool {
        self.only.contains(&part)
    }

    /// Where the results go.
    pub fn out(&self) -> PathBuf {
        let name = match *self.only {
            [Part::Mail] => "mail",
            [Part::Search] => "search",
            _ => "latest",
        };
        let usual = || PathBuf::from(format!("bench/results/{name}.json"));
        self.out.clone().unwrap_or_else(usual)
    }

    /// How long each figure of appends is taken.
    pub fn duration(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}
