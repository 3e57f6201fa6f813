//! The kernel's promises, kept on both engines.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that can not go on has failed"
)]

mod blobs;
mod db;
mod db_postgres;
mod db_sqlite;
mod idempotency;
mod jobs;
mod journal;
mod keys;
mod leases;
mod migrate;
mod order_postgres;
mod readers;
mod search;
mod sequencer_postgres;
mod support;
mod tls_postgres;
