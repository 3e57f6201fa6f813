//! The master key: it wraps the data keys, seals credentials and derives the signing keys.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::cipher::{DataKey, KEY_BYTES};
use crate::ids::KeyId;
use crate::random::Random;

/// The key above all keys; cloned freely, shown nowhere.
#[derive(Clone)]
pub struct MasterKey(Arc<DataKey>);

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The text is not 32 bytes in base64.
    #[error(
        "the master key is not 32 bytes in base64 (44 characters, as `openssl rand -base64 32` \
        prints them)"
    )]
    Malformed,
    /// The file can't be read or made.
    #[error("the master key's file {path} can't be used: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Makes a keyed hash of data that comes piece by piece.
pub struct Signer(hmac::Context);

impl Signer {
    /// Takes more of the data.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The hash of all of it.
    pub fn finish(self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.sign().as_ref());
        out
    }
}

impl MasterKey {
    /// From base64, as configuration holds it.
    pub fn from_base64(text: &str) -> Result<Self, MasterKeyError> {
        let bytes = STANDARD
            .decode(text.trim())
            .map_err(|_| MasterKeyError::Malformed)?;
        let bytes: [u8; KEY_BYTES] = bytes.try_into().map_err(|_| MasterKeyError::Malformed)?;
        Ok(Self(Arc::new(DataKey::from_bytes(bytes))))
    }

    /// From a file, which is made (readable by its owner only) when it does not exist yet.
    pub fn from_file(path: &Path, random: &Random) -> Result<Self, MasterKeyError> {
        let failed = |source| MasterKeyError::File {
            path: path.to_owned(),
            source,
        };
        match std::fs::read_to_string(path) {
            Ok(text) => Self::from_base64(&text),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let text = STANDARD.encode(random.bytes::<KEY_BYTES>());
                let mut file = OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(path)
                    .map_err(failed)?;
                file.write_all(text.as_bytes())
                    .and_then(|()| file.sync_all())
                    .map_err(failed)?;
                Self::from_base64(&text)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// A key for tests.
    pub fn generate(random: &Random) -> Self {
        Self(Arc::new(DataKey::generate(random)))
    }

    pub(super) fn key(&self) -> &DataKey {
        &self.0
    }

    pub(super) fn wrap(&self, key: &DataKey, random: &Random) -> Vec<u8> {
        self.0.seal(KeyId(0), key.bytes(), random)
    }

    pub(super) fn unwrap(&self, wrapped: &[u8]) -> Option<DataKey> {
        let bytes: [u8; KEY_BYTES] = self.0.open(wrapped)?.try_into().ok()?;
        Some(DataKey::from_bytes(bytes))
    }

    pub(super) fn hmac(&self, purpose: &'static str, data: &[u8]) -> [u8; 32] {
        let mut signer = self.signer(purpose);
        signer.update(data);
        signer.finish()
    }

    pub(super) fn signer(&self, purpose: &'static str) -> Signer {
        let root = hmac::Key::new(hmac::HMAC_SHA256, self.0.bytes());
        let derived = hmac::sign(&root, purpose.as_bytes());
        let key = hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref());
        Signer(hmac::Context::with_key(&key))
    }
}
