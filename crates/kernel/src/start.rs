//! Opens the kernel and runs what it does in the background.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::blobs::{BlobError, Blobs};
use crate::clock::Clock;
use crate::db::{Db, DbError, Location, Tx};
use crate::journal::checkpoints::{self, CHECKPOINT_EVERY};
use crate::journal::sequencer_postgres::{run_sequencer, run_tail};
use crate::keys::{Keys, MasterKey, MasterKeyError};
use crate::live::Live;
use crate::migrate::{MigrateError, Room, migrate};
use crate::random::Random;
use crate::{idempotency, jobs, journal};

const SWEEP_EVERY: Duration = Duration::from_secs(3600);

/// What the rooms may know about this installation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people and links reach it, without a slash at the end.
    pub base_url: String,
    /// Whether this is a demo with a practice mailbox.
    pub demo: bool,
}

/// How to open the kernel.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The data folder: the embedded database, the master key, the blobs.
    pub folder: PathBuf,
    /// PostgreSQL instead of the embedded database.
    pub database_url: Option<String>,
    /// An object store instead of the data folder, such as `s3://bucket/folder`.
    pub blob_url: Option<String>,
    /// The master key in base64 instead of the file in the data folder.
    pub master_key: Option<String>,
    /// See [`Settings`].
    pub settings: Settings,
}

/// Why the kernel can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder can't be used.
    #[error("the data folder {path} can't be used: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The master key.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The database.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The schema.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    /// The blob store.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

/// A handle to everything a room stands on; cloned freely.
#[derive(Clone)]
pub struct Kernel {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// The data keys.
    pub keys: Keys,
    /// Stored bytes.
    pub blobs: Blobs,
    /// What happens now.
    pub live: Live,
    /// About this installation.
    pub settings: Arc<Settings>,
    /// The data folder, for what each node keeps for itself.
    pub folder: Arc<Path>,
}

impl Kernel {
    /// Opens database, keys and blobs and brings the schema up to date. `rooms` begins with the
    /// kernel's own migrations.
    pub async fn open(
        opening: Opening,
        rooms: &'static [Room],
        clock: Clock,
        random: Random,
    ) -> Result<Self, StartError> {
        make_private(&opening.folder).map_err(|source| StartError::Folder {
            path: opening.folder.clone(),
            source,
        })?;
        let live = Live::default();
        let location = match &opening.database_url {
            Some(url) => Location::Postgres(url.clone()),
            None => Location::Folder(opening.folder.clone()),
        };
        let db = Db::open(&location, &live).await?;
        migrate(&db, rooms, clock.now()).await?;
        let master = match &opening.master_key {
            Some(text) => MasterKey::from_base64(text)?,
            None => MasterKey::from_file(&opening.folder.join("master.key"), &random)?,
        };
        let keys = Keys::new(db.clone(), clock.clone(), random.clone(), master);
        let objects = match &opening.blob_url {
            Some(url) => Blobs::at_url(url)?,
            None => Blobs::in_folder(&opening.folder.join("blobs"))?,
        };
        let blobs = Blobs::new(objects, db.clone(), keys.clone(), clock.clone());
        let head = db
            .read(async |tx: &mut Tx<'_>| journal::head(tx).await)
            .await;
        live.start_at(head.map_err(|error: DbError| error)?);
        let settings = Arc::new(opening.settings);
        let folder = opening.folder.into();
        Ok(Self {
            db,
            clock,
            random,
            keys,
            blobs,
            live,
            settings,
            folder,
        })
    }

    /// Runs what the kernel does by itself: on PostgreSQL the sequencer and the tail, everywhere
    /// the signing and the sweeping. Never returns by itself.
    pub async fn run(self, database_url: Option<String>, holder: String) {
        let signing = self.clone().sign();
        let sweeping = self.clone().sweep();
        match database_url {
            Some(url) => {
                let sequencer = run_sequencer(self.db.clone(), holder);
                let tail = run_tail(self.db.clone(), url, self.live.clone());
                tokio::join!(sequencer, tail, signing, sweeping);
            }
            None => {
                tokio::join!(signing, sweeping);
            }
        }
    }

    async fn sign(self) {
        loop {
            if let Err(error) = checkpoints::sign(&self).await {
                tracing::warn!(%error, "the journal's end could not be signed");
            }
            let next = self.clock.now().plus(CHECKPOINT_EVERY);
            self.clock.sleep_until(next).await;
        }
    }

    async fn sweep(self) {
        loop {
            let now = self.clock.now();
            let swept = self.db.write(async move |tx: &mut Tx<'_>| {
                jobs::sweep(tx, now).await?;
                idempotency::forget(tx, now).await
            });
            let result: Result<u64, DbError> = swept.await;
            if let Err(error) = result {
                tracing::warn!(%error, "old jobs and keys could not be swept");
            }
            if let Err(error) = self.blobs.sweep().await {
                tracing::warn!(%error, "unnamed blobs could not be swept");
            }
            self.clock.sleep_until(now.plus(SWEEP_EVERY)).await;
        }
    }
}

/// Makes the folder, readable by its owner only: it holds keys and people's words.
fn make_private(folder: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}
