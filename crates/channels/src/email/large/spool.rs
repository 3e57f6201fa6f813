//! Where a mail lies while it comes in.

use kernel::Kernel;
use kernel::blobs::{BlobWriter, PreparedBlob};
use kernel::ids::KeyId;
use kernel::keys::Signer;
use kernel::refusal::Refusal;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use crate::email::intake::MAIL_BYTES_MAX;

/// Mails up to this many bytes stay in memory while they come in, and are read in one go.
pub const SMALL_BYTES_MAX: usize = 1024 * 1024;
/// What is kept of a mail that is too large: its headers and the first words.
const BEGINNING_BYTES_MAX: usize = 64 * 1024;
/// So many large mails come in at a time; each needs about 6 MB for its way to the store, and the
/// others wait with their senders.
static COMING_IN: Semaphore = Semaphore::const_new(3);
/// Longest wait for one of those places.
const WAIT_MAX: Duration = Duration::from_secs(120);

/// The raw bytes of a mail on arrival.
#[derive(Clone, Debug)]
pub enum Raw {
    /// In memory; for a mail that was not fetched, what identifies it.
    Whole(Vec<u8>),
    /// In the blob store.
    Stored(Box<Stored>),
    /// Of a mail that is too large, only the beginning is here.
    Beginning(Beginning),
}

/// A large mail that came in piece by piece and is not named yet.
#[derive(Clone, Debug)]
pub struct Stored {
    pub(in crate::email) blob: PreparedBlob,
    pub(in crate::email) hash: [u8; 32],
    pub(in crate::email) beginning: Vec<u8>,
}

/// The beginning of a mail that is larger than [`MAIL_BYTES_MAX`].
#[derive(Clone, Debug)]
pub struct Beginning {
    /// Its first bytes.
    pub bytes: Vec<u8>,
    /// Its whole size in bytes.
    pub size: u64,
    /// Tells it from others that begin alike; may be empty.
    pub place: String,
}

impl From<Vec<u8>> for Raw {
    fn from(raw: Vec<u8>) -> Self {
        Self::Whole(raw)
    }
}

impl Raw {
    /// How much memory it takes, in bytes.
    pub fn held(&self) -> usize {
        match self {
            Self::Whole(raw) => raw.len(),
            Self::Stored(stored) => stored.beginning.len(),
            Self::Beginning(beginning) => beginning.bytes.len(),
        }
    }

    /// Whether all of it is here.
    pub fn fits(&self) -> bool {
        !matches!(self, Self::Beginning(_))
    }

    /// The same, out of memory if it is large.
    ///
    /// # Errors
    /// It could not be stored.
    pub(in crate::email) async fn stored_if_large(
        self,
        kernel: &Kernel,
        key: KeyId,
    ) -> Result<Self, Refusal> {
        match self {
            Self::Whole(raw) if raw.len() > SMALL_BYTES_MAX => {
                let mut spool = Spool::new(kernel, key);
                spool.begin_large().await;
                for piece in raw.chunks(SMALL_BYTES_MAX) {
                    spool.write(piece).await;
                }
                spool.finish().await
            }
            other => Ok(other),
        }
    }

    /// Its first bytes, headers included.
    pub(in crate::email) fn beginning(&self) -> &[u8] {
        match self {
            Self::Whole(raw) => raw,
            Self::Stored(stored) => &stored.beginning,
            Self::Beginning(beginning) => &beginning.bytes,
        }
    }

    /// The hash by which the same mail is known again.
    pub(in crate::email) fn hash(&self, kernel: &Kernel) -> [u8; 32] {
        match self {
            Self::Whole(raw) => kernel.keys.hmac("mail.raw", raw),
            Self::Stored(stored) => stored.hash,
            Self::Beginning(Beginning { bytes, size, place }) => {
                let mut signer = kernel.keys.signer("mail.raw");
                signer.update(bytes);
                signer.update(format!("\n{size} bytes {place}").as_bytes());
                signer.finish()
            }
        }
    }

    /// Its whole size in bytes, whatever is here of it.
    pub(in crate::email) fn size(&self) -> i64 {
        match self {
            Self::Whole(raw) => i64::try_from(raw.len()).unwrap_or(i64::MAX),
            Self::Stored(stored) => stored.blob.size(),
            Self::Beginning(beginning) => i64::try_from(beginning.size).unwrap_or(i64::MAX),
        }
    }
}

/// Takes the bytes of a mail while it comes in, however many they are.
pub trait Taking: Send {
    /// Takes the next bytes. What goes wrong is told when the mail is finished.
    fn take(&mut self, bytes: &[u8]) -> impl Future<Output = ()> + Send;
}

/// Takes a mail in, piece by piece, and never holds much of it. Dropped before it is finished, it
/// leaves nothing.
pub struct Spool {
    kernel: Kernel,
    key: KeyId,
    size: u64,
    beginning: Vec<u8>,
    stage: Stage,
}

enum Stage {
    Small(Vec<u8>),
    Large(Box<Large>),
    TooLarge,
    /// The store failed; what still comes is thrown away.
    Broken(Refusal),
}

struct Large {
    writer: BlobWriter,
    signer: Signer,
    _turn: SemaphorePermit<'static>,
}

impl Spool {
    /// For a mail that will lie under `key`, that of its inbox.
    pub fn new(kernel: &Kernel, key: KeyId) -> Self {
        Self {
            kernel: kernel.clone(),
            key,
            size: 0,
            beginning: Vec::new(),
            stage: Stage::Small(Vec::new()),
        }
    }

    /// Whether it is within [`MAIL_BYTES_MAX`] so far.
    pub fn fits(&self) -> bool {
        !matches!(self.stage, Stage::TooLarge)
    }

    /// Whether more is of use: not of a mail that is too large, nor when the store failed.
    pub fn wants_more(&self) -> bool {
        !matches!(self.stage, Stage::TooLarge | Stage::Broken(_))
    }

    /// How much came so far, in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Takes the next bytes. What goes wrong is told at the end.
    pub async fn write(&mut self, bytes: &[u8]) {
        self.size = self
            .size
            .saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        match &mut self.stage {
            Stage::Small(small) => {
                small.extend_from_slice(bytes);
                if small.len() > SMALL_BYTES_MAX {
                    self.begin_large().await;
                }
            }
            Stage::Large(_) => self.keep(bytes).await,
            Stage::TooLarge | Stage::Broken(_) => {}
        }
    }

    /// From now on into the store.
    async fn begin_large(&mut self) {
        let Stage::Small(small) = &mut self.stage else {
            return;
        };
        let small = std::mem::take(small);
        self.stage = match begin(&self.kernel, self.key).await {
            Ok(large) => Stage::Large(Box::new(large)),
            Err(problem) => Stage::Broken(problem),
        };
        self.keep(&small).await;
    }

    async fn keep(&mut self, bytes: &[u8]) {
        let more = BEGINNING_BYTES_MAX.saturating_sub(self.beginning.len());
        let more = bytes.get(..more).unwrap_or(bytes);
        self.beginning.extend_from_slice(more);
        let fits = usize::try_from(self.size).is_ok_and(|size| size <= MAIL_BYTES_MAX);
        let Stage::Large(large) = &mut self.stage else {
            return;
        };
        if !fits {
            if let Stage::Large(large) = std::mem::replace(&mut self.stage, Stage::TooLarge) {
                large.writer.discard().await;
            }
            return;
        }
        large.signer.update(bytes);
        if let Err(problem) = large.writer.write(bytes).await {
            self.stage = Stage::Broken(problem.into());
        }
    }

    /// The mail is whole.
    ///
    /// # Errors
    /// It could not be stored; nothing is left of it.
    pub async fn finish(self) -> Result<Raw, Refusal> {
        match self.stage {
            Stage::Small(small) => Ok(Raw::Whole(small)),
            Stage::Large(large) => Ok(Raw::Stored(Box::new(Stored {
                blob: large.writer.finish().await?,
                hash: large.signer.finish(),
                beginning: self.beginning,
            }))),
            Stage::TooLarge => Ok(Raw::Beginning(Beginning {
                bytes: self.beginning,
                size: self.size,
                place: String::new(),
            })),
            Stage::Broken(problem) => Err(problem),
        }
    }
}

async fn begin(kernel: &Kernel, key: KeyId) -> Result<Large, Refusal> {
    let turn = timeout(WAIT_MAX, COMING_IN.acquire()).await;
    let crowded = |_| Refusal::Unavailable {
        detail: "Too many large mails come in at once. Try again in a few minutes.".to_owned(),
    };
    let turn = turn.map_err(crowded)?;
    Ok(Large {
        _turn: turn.map_err(|_| Refusal::broken("no large mail is taken in any more"))?,
        writer: kernel.blobs.writer(key).await?,
        signer: kernel.keys.signer("mail.raw"),
    })
}

impl Taking for Spool {
    async fn take(&mut self, bytes: &[u8]) {
        self.write(bytes).await;
    }
}
