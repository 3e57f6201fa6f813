//! One store of one engine, with everything that would run in the background run by hand.

use std::sync::Arc;
use std::time::Duration;

use kernel::clock::{Clock, ManualClock};
use kernel::db::{DbError, Tx};
use kernel::jobs::{self, JobHandler};
use kernel::journal::{self, sequencer_postgres};
use kernel::migrate::Room;
use kernel::random::Random;
use kernel::readers::{self, Reader};
use kernel::start::Opening;
use kernel::time::Timestamp;
use kernel::{Kernel, Settings, leases};
use tempfile::TempDir;

/// 2026-03-02T09:00:00Z, a Monday.
const START: Timestamp = Timestamp::from_micros(1_772_442_000_000_000);
const SEED: u64 = 1;
const LEASE: Duration = Duration::from_secs(600);

/// A fresh store.
pub struct World {
    /// The kernel on it.
    pub kernel: Kernel,
    /// The hand that moves its clock.
    pub clock: ManualClock,
    /// `sqlite` or `postgres`.
    pub engine: &'static str,
    folder: TempDir,
    database_url: Option<String>,
}

impl World {
    pub(crate) async fn open(rooms: &'static [Room], database_url: Option<String>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (clock, hand) = Clock::manual(START);
        let opening = Opening {
            folder: folder.path().to_owned(),
            database_url: database_url.clone(),
            blob_url: None,
            master_key: None,
            settings: Settings {
                base_url: "http://localhost:8080".to_owned(),
                demo: false,
            },
        };
        let kernel = Kernel::open(opening, rooms, clock, Random::seeded(SEED))
            .await
            .expect("the store opens and migrates");
        let engine = kernel.db.engine_name();
        Self {
            kernel,
            clock: hand,
            engine,
            folder,
            database_url,
        }
    }

    /// The data folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The database's URL, on PostgreSQL.
    pub fn database_url(&self) -> Option<&str> {
        self.database_url.as_deref()
    }

    /// Orders every committed record, as the sequencer would.
    pub async fn settle(&self) {
        let db = &self.kernel.db;
        let lease = leases::acquire(db, "sequencer", "testkit", LEASE).await;
        let lease = lease
            .expect("the lease can be asked for")
            .expect("nobody else holds it");
        while sequencer_postgres::order_batch(db, &lease)
            .await
            .expect("records can be ordered")
            != Some(0)
        {}
    }

    /// Feeds a reader everything it has not seen.
    pub async fn run_reader(&self, reader: Arc<dyn Reader>) {
        self.settle().await;
        let position = readers::enter(&self.kernel, reader.name(), 1).await;
        let position = position.expect("the reader can start");
        readers::catch_up(&self.kernel, &reader, 1, position)
            .await
            .expect("the reader follows");
    }

    /// Does every job that is due by the manual clock and answers how many that were.
    pub async fn run_jobs(&self, handlers: Vec<Arc<dyn JobHandler>>) -> usize {
        jobs::run_due(&self.kernel, handlers)
            .await
            .expect("jobs can be taken")
    }

    /// Every record so far, in order.
    pub async fn journal(&self) -> Vec<journal::StoredRecord> {
        self.settle().await;
        let all = async |tx: &mut Tx<'_>| journal::after(tx, 0, 1_000_000).await;
        self.kernel
            .db
            .read::<_, DbError, _>(all)
            .await
            .expect("the journal can be read")
    }
}
