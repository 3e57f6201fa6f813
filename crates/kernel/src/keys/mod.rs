//! Data keys: every personal or free-text value is stored under one, and erasing a person destroys
//! theirs.
//!
//! Keys live in their own store (`keys.db` beside the database, the schema `vault` on PostgreSQL),
//! wrapped by the master key, and are not part of the ordinary backup. A key is created and durable
//! *before* the transaction that names it, so a value can never outlive its key by accident. Only
//! this module touches keys.

mod cache;
mod cipher;
mod encrypted;
pub(crate) mod frames;
mod master;
mod store;

use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub use encrypted::Encrypted;
pub use master::{MasterKey, MasterKeyError, Signer};

use crate::clock::Clock;
use crate::db::{Db, DbError, Tx};
use crate::ids::KeyId;
use crate::random::Random;

use cache::Cache;
use cipher::DataKey;
use frames::Frames;

/// Unwrapped keys kept in memory.
const CACHED_MAX: NonZeroUsize = NonZeroUsize::new(20_000).unwrap();
/// A key that another node destroyed is used here for at most this long.
pub const CACHED_FOR: Duration = Duration::from_secs(60);

/// Whose values a key covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyOwner {
    /// One customer; destroyed when the customer is erased.
    Customer,
    /// What an inbox received and nobody claimed yet; short-lived.
    Intake,
    /// The team's own texts; there is one such key.
    Workspace,
}

impl KeyOwner {
    fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Intake => "intake",
            Self::Workspace => "workspace",
        }
    }
}

/// Why a value could not be encrypted or decrypted.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key was destroyed, so nothing new may be written under it.
    #[error("the data key {0} was destroyed")]
    Destroyed(KeyId),
    /// No such key: the key store and the database do not belong together.
    #[error("the data key {0} is missing: the key store does not belong to this database")]
    Missing(KeyId),
    /// The bytes are damaged, or were written under another master key.
    #[error("a stored value can't be decrypted: it is damaged or of another master key")]
    Damaged,
    /// The key store can't be read.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The keys of this workspace; cloned freely.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    random: Random,
    master: MasterKey,
    cache: Cache,
    workspace: OnceLock<KeyId>,
}

impl Keys {
    pub(crate) fn new(db: Db, clock: Clock, random: Random, master: MasterKey) -> Self {
        let cache = Cache::new(CACHED_MAX);
        Self(Arc::new(Inner {
            db,
            clock,
            random,
            master,
            cache,
            workspace: OnceLock::new(),
        }))
    }

    /// Makes a key, durable when this returns. Call it before the transaction that will name it;
    /// a key that ends up unnamed does no harm.
    pub async fn create(&self, owner: KeyOwner) -> Result<KeyId, DbError> {
        let secret = DataKey::generate(&self.0.random);
        let wrapped = self.0.master.wrap(&secret, &self.0.random);
        let at = self.0.clock.now();
        let id = self
            .0
            .db
            .write(async move |tx: &mut Tx<'_>| store::insert(tx, owner, &wrapped, at).await)
            .await?;
        if let Some(id) = id {
            self.0.cache.put(id, Arc::new(secret), at);
            return Ok(id);
        }
        self.workspace_key().await?.ok_or(DbError::Clash)
    }

    /// The key of the team's own texts, made at first use.
    pub async fn workspace(&self) -> Result<KeyId, DbError> {
        if let Some(id) = self.0.workspace.get() {
            return Ok(*id);
        }
        let id = match self.workspace_key().await? {
            Some(id) => id,
            None => self.create(KeyOwner::Workspace).await?,
        };
        Ok(*self.0.workspace.get_or_init(|| id))
    }

    /// Destroys a key for good: once `tx` is committed, what was stored under it can't be read any
    /// more on this node, and at most [`CACHED_FOR`] later nowhere.
    pub async fn destroy(&self, tx: &mut Tx<'_>, key: KeyId) -> Result<(), KeyError> {
        store::destroy(tx, key, self.0.clock.now()).await?;
        self.0.cache.forbid(key);
        Ok(())
    }

    /// Encrypts text under `key`.
    pub async fn encrypt(
        &self,
        tx: &mut Tx<'_>,
        key: KeyId,
        text: &str,
    ) -> Result<Encrypted<String>, KeyError> {
        let secret = self
            .secret(tx, key)
            .await?
            .ok_or(KeyError::Destroyed(key))?;
        Ok(Encrypted::new(secret.seal(
            key,
            text.as_bytes(),
            &self.0.random,
        )))
    }

    /// Encrypts bytes under `key`.
    pub async fn encrypt_bytes(
        &self,
        tx: &mut Tx<'_>,
        key: KeyId,
        bytes: &[u8],
    ) -> Result<Encrypted<Vec<u8>>, KeyError> {
        let secret = self
            .secret(tx, key)
            .await?
            .ok_or(KeyError::Destroyed(key))?;
        Ok(Encrypted::new(secret.seal(key, bytes, &self.0.random)))
    }

    /// Decrypts text; `None` when its key was destroyed, that is, when it was erased.
    pub async fn decrypt(
        &self,
        tx: &mut Tx<'_>,
        value: &Encrypted<String>,
    ) -> Result<Option<String>, KeyError> {
        let Some(bytes) = self.open(tx, value.bytes()).await? else {
            return Ok(None);
        };
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| KeyError::Damaged)
    }

    /// Decrypts bytes; `None` when their key was destroyed, that is, when they were erased.
    pub async fn decrypt_bytes(
        &self,
        tx: &mut Tx<'_>,
        value: &Encrypted<Vec<u8>>,
    ) -> Result<Option<Vec<u8>>, KeyError> {
        self.open(tx, value.bytes()).await
    }

    /// Encrypts a credential under the master key itself.
    pub fn encrypt_secret(&self, text: &str) -> Encrypted<String> {
        let sealed = self
            .0
            .master
            .key()
            .seal(KeyId(0), text.as_bytes(), &self.0.random);
        Encrypted::new(sealed)
    }

    /// Decrypts a credential.
    pub fn decrypt_secret(&self, value: &Encrypted<String>) -> Result<String, KeyError> {
        let bytes = self
            .0
            .master
            .key()
            .open(value.bytes())
            .ok_or(KeyError::Damaged)?;
        String::from_utf8(bytes).map_err(|_| KeyError::Damaged)
    }

    /// A keyed hash for signed tokens and for finding masked values; another `purpose` gives
    /// another key.
    pub fn hmac(&self, purpose: &'static str, data: &[u8]) -> [u8; 32] {
        self.0.master.hmac(purpose, data)
    }

    /// The same as [`Self::hmac`], for data that comes piece by piece.
    pub fn signer(&self, purpose: &'static str) -> Signer {
        self.0.master.signer(purpose)
    }

    /// A name for `data` that only the holder of `key` could have made.
    pub(crate) async fn name(
        &self,
        tx: &mut Tx<'_>,
        key: KeyId,
        data: &[u8],
    ) -> Result<Vec<u8>, KeyError> {
        let secret = self
            .secret(tx, key)
            .await?
            .ok_or(KeyError::Destroyed(key))?;
        Ok(secret.name(data))
    }

    /// The randomness that values are sealed with.
    pub(crate) fn random(&self) -> &Random {
        &self.0.random
    }

    /// Seals a long value under `key`, frame by frame.
    pub(crate) async fn frames(&self, tx: &mut Tx<'_>, key: KeyId) -> Result<Frames, KeyError> {
        let secret = self
            .secret(tx, key)
            .await?
            .ok_or(KeyError::Destroyed(key))?;
        Ok(Frames::new(secret, key, &self.0.random))
    }

    /// Opens a long value by what it begins with; `None` when its key was destroyed.
    pub(crate) async fn frames_of(
        &self,
        tx: &mut Tx<'_>,
        header: [u8; frames::HEADER_BYTES],
    ) -> Result<Option<Frames>, KeyError> {
        let key = frames::key_of(&header).ok_or(KeyError::Damaged)?;
        let secret = self.secret(tx, key).await?;
        Ok(secret.map(|secret| Frames::of(secret, header)))
    }

    async fn open(&self, tx: &mut Tx<'_>, sealed: &[u8]) -> Result<Option<Vec<u8>>, KeyError> {
        let key = cipher::key_of(sealed).ok_or(KeyError::Damaged)?;
        let Some(secret) = self.secret(tx, key).await? else {
            return Ok(None);
        };
        secret.open(sealed).map(Some).ok_or(KeyError::Damaged)
    }

    async fn secret(&self, tx: &mut Tx<'_>, key: KeyId) -> Result<Option<Arc<DataKey>>, KeyError> {
        let now = self.0.clock.now();
        if let Some(secret) = self.0.cache.get(key, now) {
            return Ok(Some(secret));
        }
        let wrapped = store::wrapped(tx, key)
            .await?
            .ok_or(KeyError::Missing(key))?;
        let Some(wrapped) = wrapped else {
            return Ok(None);
        };
        let secret = Arc::new(self.0.master.unwrap(&wrapped).ok_or(KeyError::Damaged)?);
        self.0.cache.put(key, secret.clone(), now);
        Ok(Some(secret))
    }

    async fn workspace_key(&self) -> Result<Option<KeyId>, DbError> {
        self.0
            .db
            .read(async |tx: &mut Tx<'_>| store::workspace(tx).await)
            .await
    }
}
