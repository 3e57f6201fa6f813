//! Stored bytes: attachments and raw mail, always encrypted.
//!
//! Up to 256 KiB they are rows, written in the same commit as what names them. Larger ones go to an
//! object store (a folder with fsync on, or S3 and its like by URL) *before* the transaction that
//! names them; what ends up unnamed is swept. A name is an HMAC under the data key, so that it
//! tells nothing about the content. What may be very large is written and read piece by piece
//! ([`BlobWriter`], [`BlobReader`]).

mod stream;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt};

pub use stream::{BlobReader, BlobWriter};

use crate::clock::Clock;
use crate::db::{Db, DbError, Tx};
use crate::ids::{BlobId, KeyId};
use crate::keys::{Encrypted, KeyError, Keys};

/// Larger blobs live in the object store, in bytes.
pub const ROW_BYTES_MAX: usize = 256 * 1024;
/// An object nobody named for this long is swept.
pub const UNNAMED_FOR: Duration = Duration::from_secs(24 * 3600);

const INSERT: &str = "INSERT INTO blobs (name, key_id, size, body, created_at) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO UPDATE SET name = excluded.name \
    RETURNING id";
const FIND: &str = "SELECT name, body FROM blobs WHERE id = $1";
const REPLACE: &str = "UPDATE blobs SET name = $2, key_id = $3, size = $4, body = $5 \
    WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM blobs WHERE name = $2) RETURNING id";
const DELETE: &str = "DELETE FROM blobs WHERE id = $1";

/// Why bytes could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The object store failed.
    #[error("the object store failed: {0}")]
    Store(#[from] object_store::Error),
    /// The store's address is wrong.
    #[error("the blob store's address is wrong: {0}")]
    Address(String),
    /// A key failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The blob store; cloned freely.
#[derive(Clone)]
pub struct Blobs {
    objects: Arc<dyn ObjectStore>,
    db: Db,
    keys: Keys,
    clock: Clock,
}

/// Bytes made ready for the transaction that will name them.
#[derive(Clone, Debug)]
pub struct PreparedBlob {
    name: Vec<u8>,
    key: KeyId,
    size: i64,
    row: Option<Encrypted<Vec<u8>>>,
    clock: Clock,
}

impl PreparedBlob {
    /// The size of the plain bytes.
    pub fn size(&self) -> i64 {
        self.size
    }

    /// Names the bytes: part of the caller's transaction.
    pub async fn insert(&self, tx: &mut Tx<'_>) -> Result<BlobId, DbError> {
        let params = [
            self.name.as_slice().into(),
            self.key.into(),
            self.size.into(),
            self.row.as_ref().into(),
            self.clock.now().into(),
        ];
        let id = tx.one::<(BlobId,)>(INSERT, &params).await?;
        id.map(|(id,)| id)
            .ok_or_else(|| DbError::Unreadable("the id of a new blob".to_owned()))
    }
}

impl Blobs {
    /// Objects in a folder, which is made when missing.
    pub fn in_folder(folder: &Path) -> Result<Arc<dyn ObjectStore>, BlobError> {
        std::fs::create_dir_all(folder)
            .map_err(|error| BlobError::Address(format!("{}: {error}", folder.display())))?;
        Ok(Arc::new(
            LocalFileSystem::new_with_prefix(folder)?.with_fsync(true),
        ))
    }

    /// Objects at a URL such as `s3://bucket/folder`, with the provider's usual environment
    /// variables for the credentials.
    pub fn at_url(url: &str) -> Result<Arc<dyn ObjectStore>, BlobError> {
        let url = url
            .parse()
            .map_err(|error| BlobError::Address(format!("{url}: {error}")))?;
        let environment = std::env::vars().map(|(name, value)| (name.to_lowercase(), value));
        let (store, path) = object_store::parse_url_opts(&url, environment)?;
        Ok(Arc::new(PrefixStore::new(store, path)))
    }

    pub(crate) fn new(objects: Arc<dyn ObjectStore>, db: Db, keys: Keys, clock: Clock) -> Self {
        Self {
            objects,
            db,
            keys,
            clock,
        }
    }

    /// Encrypts `bytes` under `key` and, when they are large, stores them.
    pub async fn prepare(&self, key: KeyId, bytes: Vec<u8>) -> Result<PreparedBlob, BlobError> {
        let mut prepared = self.prepare_all(vec![(key, bytes)]).await?;
        prepared
            .pop()
            .ok_or_else(|| DbError::Unreadable("one blob of one".to_owned()).into())
    }

    /// The same for several at once, in their order.
    pub async fn prepare_all(
        &self,
        contents: Vec<(KeyId, Vec<u8>)>,
    ) -> Result<Vec<PreparedBlob>, BlobError> {
        let keys = self.keys.clone();
        let sealed = self
            .db
            .read(async move |tx: &mut Tx<'_>| {
                let mut all = Vec::with_capacity(contents.len());
                for (key, bytes) in &contents {
                    let name = keys.name(tx, *key, bytes).await?;
                    let sealed = keys.encrypt_bytes(tx, *key, bytes).await?;
                    all.push((*key, bytes.len(), name, sealed));
                }
                Ok::<_, KeyError>(all)
            })
            .await?;
        let mut prepared = Vec::with_capacity(sealed.len());
        for (key, size, name, sealed) in sealed {
            let row = if size > ROW_BYTES_MAX {
                let body = sealed.into_bytes();
                self.objects.put(&object_path(&name), body.into()).await?;
                None
            } else {
                Some(sealed)
            };
            prepared.push(PreparedBlob {
                name,
                key,
                size: i64::try_from(size).unwrap_or(i64::MAX),
                row,
                clock: self.clock.clone(),
            });
        }
        Ok(prepared)
    }

    /// The plain bytes; `None` when there are none, or their key was destroyed.
    pub async fn read(&self, id: BlobId) -> Result<Option<Vec<u8>>, BlobError> {
        let Some(mut reader) = self.reader(id).await? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        while let Some(mut piece) = reader.next().await? {
            bytes.append(&mut piece);
        }
        Ok(Some(bytes))
    }

    /// Names the bytes in place of those of `old`, as when they move under another key: a row of
    /// the same length is written over, which costs a third of adding one and deleting the other.
    pub async fn replace(
        tx: &mut Tx<'_>,
        old: BlobId,
        new: &PreparedBlob,
    ) -> Result<BlobId, DbError> {
        let params = [
            old.into(),
            new.name.as_slice().into(),
            new.key.into(),
            new.size.into(),
            new.row.as_ref().into(),
        ];
        if let Some((id,)) = tx.one::<(BlobId,)>(REPLACE, &params).await? {
            return Ok(id);
        }
        // The same bytes are there under this key already, or the old ones are gone.
        let id = new.insert(tx).await?;
        if id != old {
            Self::delete(tx, old).await?;
        }
        Ok(id)
    }

    /// Removes the row; a large blob's object is left for [`Self::sweep`].
    pub async fn delete(tx: &mut Tx<'_>, id: BlobId) -> Result<(), DbError> {
        tx.execute(DELETE, &[id.into()]).await.map(drop)
    }

    /// Removes objects that no row names and that are older than [`UNNAMED_FOR`]; answers how many.
    pub async fn sweep(&self) -> Result<usize, BlobError> {
        use futures_util::TryStreamExt;
        const NAMED: &str = "SELECT id FROM blobs WHERE name = $1";
        let oldest = self.clock.now().minus(UNNAMED_FOR).micros();
        let mut objects = self.objects.list(None);
        let mut swept = 0;
        while let Some(object) = objects.try_next().await? {
            let name = object
                .location
                .filename()
                .and_then(|name| URL_SAFE_NO_PAD.decode(name).ok());
            let Some(name) = name else { continue };
            if object.last_modified.timestamp_micros() > oldest {
                continue;
            }
            let find = async move |tx: &mut Tx<'_>| {
                tx.one::<(BlobId,)>(NAMED, &[name.as_slice().into()]).await
            };
            if self.db.read::<_, DbError, _>(find).await?.is_none() {
                self.objects.delete(&object.location).await?;
                swept += 1;
            }
        }
        Ok(swept)
    }
}

/// Two levels, so that no folder grows too large.
fn object_path(name: &[u8]) -> ObjectPath {
    let text = URL_SAFE_NO_PAD.encode(name);
    let folder: String = text.chars().take(2).collect();
    ObjectPath::from_iter([folder, text])
}
