//! Blobs written and read piece by piece: the whole is never in memory.

use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use object_store::{ObjectStoreExt, WriteMultipart};

use super::{BlobError, Blobs, FIND, PreparedBlob, object_path};
use crate::db::Tx;
use crate::ids::{BlobId, KeyId};
use crate::keys::frames::{FRAME_BYTES, Frames, HEADER_BYTES, SEALED_FRAME_BYTES};
use crate::keys::{Encrypted, KeyError};

/// Parts of an upload that may be under way at once.
const UPLOADS_MAX: usize = 1;

/// Takes a blob in, piece by piece. Dropped before it is finished, it leaves nothing that is named.
pub struct BlobWriter {
    blobs: Blobs,
    key: KeyId,
    frames: Frames,
    name: Vec<u8>,
    /// Begun when there is more than a row holds.
    upload: Option<WriteMultipart>,
    pending: Vec<u8>,
    size: i64,
}

impl BlobWriter {
    /// The bytes written so far.
    pub fn size(&self) -> i64 {
        self.size
    }

    /// Takes more bytes.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        self.size += i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        for piece in bytes.chunks(FRAME_BYTES) {
            self.pending.extend_from_slice(piece);
            // A full frame waits for more, since it may be the last.
            if self.pending.len() > FRAME_BYTES {
                let rest = self.pending.split_off(FRAME_BYTES);
                let frame = std::mem::replace(&mut self.pending, rest);
                self.put(frame, false).await?;
            }
        }
        Ok(())
    }

    /// Gives up: what was written is removed, as far as the store can be reached.
    pub async fn discard(mut self) {
        if let Some(upload) = self.upload.take()
            && let Err(error) = upload.abort().await
        {
            tracing::debug!(%error, "an upload that was given up could not be removed");
        }
    }

    /// Makes what was written ready for the transaction that will name it.
    pub async fn finish(mut self) -> Result<PreparedBlob, BlobError> {
        let last = std::mem::take(&mut self.pending);
        if self.upload.is_none() {
            return self.blobs.prepare(self.key, last).await;
        }
        self.put(last, true).await?;
        if let Some(upload) = self.upload.take() {
            upload.finish().await?;
        }
        Ok(PreparedBlob {
            name: self.name,
            key: self.key,
            size: self.size,
            row: None,
            clock: self.blobs.clock,
        })
    }

    async fn put(&mut self, mut frame: Vec<u8>, last: bool) -> Result<(), BlobError> {
        self.frames.seal(&mut frame, last);
        let upload = match &mut self.upload {
            Some(upload) => upload,
            None => {
                let path = object_path(&self.name);
                let begun = self.blobs.objects.put_multipart(&path).await?;
                let upload = self.upload.insert(WriteMultipart::new(begun));
                upload.write(&self.frames.header());
                upload
            }
        };
        upload.put(frame.into());
        Ok(upload.wait_for_capacity(UPLOADS_MAX).await?)
    }
}

/// Gives a blob out, piece by piece.
pub struct BlobReader(Source);

enum Source {
    Whole(Option<Vec<u8>>),
    Framed {
        frames: Frames,
        sealed: BoxStream<'static, object_store::Result<bytes::Bytes>>,
        pending: Vec<u8>,
        done: bool,
    },
}

impl BlobReader {
    /// Whether the blob was written piece by piece, and is so large that it should be read so.
    pub fn in_pieces(&self) -> bool {
        matches!(self.0, Source::Framed { .. })
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// The store failed, or the bytes are damaged: then what came before is not to be trusted to
    /// be all.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, BlobError> {
        let (frames, sealed, pending, done) = match &mut self.0 {
            Source::Whole(bytes) => return Ok(bytes.take()),
            Source::Framed { done: true, .. } => return Ok(None),
            Source::Framed {
                frames,
                sealed,
                pending,
                done,
            } => (frames, sealed, pending, done),
        };
        // One byte more than a frame tells that it is not the last.
        while pending.len() <= SEALED_FRAME_BYTES {
            match sealed.next().await {
                Some(bytes) => pending.extend_from_slice(&bytes?),
                None => break,
            }
        }
        *done = pending.len() <= SEALED_FRAME_BYTES;
        let rest = pending.split_off(pending.len().min(SEALED_FRAME_BYTES));
        let mut frame = std::mem::replace(pending, rest);
        if !frames.open(&mut frame, *done) {
            return Err(KeyError::Damaged.into());
        }
        Ok(Some(frame))
    }
}

/// Where a blob's bytes are.
enum Found {
    Nowhere,
    /// In the row, decrypted; `None` when the key was destroyed.
    Row(Option<Vec<u8>>),
    /// In the object store, under this name.
    Object(Vec<u8>),
}

impl Blobs {
    /// Begins a blob under `key` whose bytes come piece by piece.
    pub async fn writer(&self, key: KeyId) -> Result<BlobWriter, BlobError> {
        let (keys, random) = (self.keys.clone(), self.keys.random().bytes::<32>());
        let begin = async move |tx: &mut Tx<'_>| {
            // What it holds is not known yet, so its name can't come from that.
            let name = keys.name(tx, key, &random).await?;
            Ok::<_, KeyError>((name, keys.frames(tx, key).await?))
        };
        let (name, frames) = self.db.read(begin).await?;
        Ok(BlobWriter {
            blobs: self.clone(),
            key,
            frames,
            name,
            upload: None,
            pending: Vec::new(),
            size: 0,
        })
    }

    /// Begins to read a blob; `None` when there is none, or its key was destroyed.
    pub async fn reader(&self, id: BlobId) -> Result<Option<BlobReader>, BlobError> {
        let keys = self.keys.clone();
        let find = async move |tx: &mut Tx<'_>| {
            let found = tx
                .one::<(Vec<u8>, Option<Encrypted<Vec<u8>>>)>(FIND, &[id.into()])
                .await?;
            Ok::<_, KeyError>(match found {
                None => Found::Nowhere,
                Some((_, Some(sealed))) => Found::Row(keys.decrypt_bytes(tx, &sealed).await?),
                Some((name, None)) => Found::Object(name),
            })
        };
        let name = match self.db.read(find).await? {
            Found::Nowhere => return Ok(None),
            Found::Row(bytes) => {
                return Ok(bytes.map(|bytes| BlobReader(Source::Whole(Some(bytes)))));
            }
            Found::Object(name) => name,
        };
        let mut sealed = match self.objects.get(&object_path(&name)).await {
            Ok(found) => found.into_stream(),
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut pending = Vec::new();
        while pending.len() < HEADER_BYTES
            && let Some(bytes) = sealed.next().await
        {
            pending.extend_from_slice(&bytes?);
        }
        let header = pending.first_chunk::<HEADER_BYTES>().copied();
        let Some(header) = header.filter(Frames::begin_with) else {
            while let Some(bytes) = sealed.next().await {
                pending.extend_from_slice(&bytes?);
            }
            return self.whole(Encrypted::from_bytes(pending)).await;
        };
        pending.drain(..HEADER_BYTES);
        let keys = self.keys.clone();
        let open = async move |tx: &mut Tx<'_>| keys.frames_of(tx, header).await;
        let frames = self.db.read(open).await?;
        Ok(frames.map(|frames| {
            BlobReader(Source::Framed {
                frames,
                sealed,
                pending,
                done: false,
            })
        }))
    }

    async fn whole(&self, sealed: Encrypted<Vec<u8>>) -> Result<Option<BlobReader>, BlobError> {
        let keys = self.keys.clone();
        let open = async move |tx: &mut Tx<'_>| keys.decrypt_bytes(tx, &sealed).await;
        let bytes = self.db.read(open).await?;
        Ok(bytes.map(|bytes| BlobReader(Source::Whole(Some(bytes)))))
    }
}
