//! What every room of Evenkeel stands on.
//!
//! The kernel knows nothing about tickets or people. It promises: every change of state is one
//! transaction that also writes journal records ([`journal`]); readers follow those records in one
//! order without gaps ([`readers`]); what must reach the outside world is a durable job ([`jobs`]);
//! personal text is stored only under data keys ([`keys`]); what was said is found by an index that
//! follows the journal ([`search`]); and time and randomness are given, never taken ([`clock`],
//! [`random`]).

pub mod blobs;
pub mod clock;
pub mod db;
pub mod http;
pub mod idempotency;
pub mod ids;
pub mod jobs;
pub mod journal;
pub mod keys;
pub mod leases;
pub mod live;
pub mod migrate;
pub mod random;
pub mod readers;
pub mod refusal;
pub mod search;
pub mod start;
pub mod time;
mod words;

pub use start::{Kernel, Settings, StartError};

/// The kernel's own migrations, applied before those of any room.
pub const MIGRATIONS: migrate::Room = migrate::Room {
    name: "kernel",
    migrations: &[
        migrate::Migration {
            number: 1,
            name: "journal",
            sql: include_str!("../migrations/0001_journal.sql"),
        },
        migrate::Migration {
            number: 2,
            name: "checkpoints",
            sql: include_str!("../migrations/0002_checkpoints.sql"),
        },
        migrate::Migration {
            number: 3,
            name: "stuck",
            sql: include_str!("../migrations/0003_stuck.sql"),
        },
    ],
};
