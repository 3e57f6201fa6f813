//! A stored mail as it is read to be filed.

use std::sync::Arc;

use desk::attachments::File;
use desk::attachments::rules::HEAD_BYTES;
use desk::messages::commands::receive::PreparedIncoming;
use kernel::Kernel;
use kernel::blobs::{BlobReader, BlobWriter, PreparedBlob};
use kernel::ids::{BlobId, KeyId};
use kernel::refusal::Refusal;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::BodyHashes;
use super::hashes::Hashing;
use super::skeleton::{Piece, Stripper};
use crate::email::parse::{Attachment, ParsedMail};

/// The turns of large mails to be read: one at a time, so that memory holds one skeleton.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

/// Whether to wait until no other large mail is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::email) enum Turn {
    Wait,
    IfFree,
}

/// What became of a wish to read a mail.
pub(in crate::email) enum Reading {
    Here(Letter),
    /// There is no copy of it any more.
    Gone,
    /// It has more parts than anybody writes.
    TooManyParts,
    /// Another large mail is being read.
    Busy,
}

/// A mail, or the skeleton of a large one.
pub(in crate::email) struct Letter {
    /// What can be read in one go.
    pub(in crate::email) text: Arc<Vec<u8>>,
    large: Option<Large>,
}

struct Large {
    blob: BlobId,
    mark: String,
    /// How many bodies were cut.
    cut: usize,
    hashes: BodyHashes,
    _turn: OwnedSemaphorePermit,
}

impl Letter {
    /// Reads a stored mail.
    ///
    /// # Errors
    /// The store failed, or the copy is damaged.
    pub(in crate::email) async fn read(
        kernel: &Kernel,
        blob: BlobId,
        turns: &Turns,
        turn: Turn,
    ) -> Result<Reading, Refusal> {
        let Some(mut reader) = kernel.blobs.reader(blob).await? else {
            return Ok(Reading::Gone);
        };
        if reader.in_pieces() {
            let turn = match turn {
                Turn::Wait => turns.0.clone().acquire_owned().await.ok(),
                Turn::IfFree => turns.0.clone().try_acquire_owned().ok(),
            };
            return match turn {
                Some(turn) => skeleton(kernel, blob, reader, turn).await,
                None => Ok(Reading::Busy),
            };
        }
        let mut text = Vec::new();
        while let Some(mut piece) = reader.next().await? {
            text.append(&mut piece);
        }
        let (text, large) = (Arc::new(text), None);
        Ok(Reading::Here(Self { text, large }))
    }

    /// The hashes of the body, when `text` has only the beginning of it.
    pub(in crate::email) fn hashes(&self) -> Option<BodyHashes> {
        self.large.as_ref().map(|large| large.hashes.clone())
    }

    /// Takes what stands for cut bodies out of what was read, marks included: one place for each
    /// body, with the file that it was read as.
    pub(in crate::email) fn take_cut(&self, parsed: &mut ParsedMail) -> Vec<Option<Attachment>> {
        let Some(large) = &self.large else {
            return Vec::new();
        };
        let mut cut: Vec<Option<Attachment>> = Vec::new();
        cut.resize_with(large.cut, || None);
        for number in 0..large.cut {
            let mark = Stripper::mark_of(&large.mark, number);
            parsed.text = without(&mark, std::mem::take(&mut parsed.text));
            parsed.html = parsed.html.take().map(|html| without(&mark, html));
            let marked = |file: &Attachment| file.bytes.trim_ascii_end().ends_with(mark.as_bytes());
            if let Some(at) = parsed.attachments.iter().position(marked) {
                let mut file = parsed.attachments.remove(at);
                let whole = file.bytes.trim_ascii_end().len();
                file.bytes.truncate(whole.saturating_sub(mark.len()));
                if let Some(place) = cut.get_mut(number) {
                    *place = Some(file);
                }
            }
        }
        cut
    }

    /// Stores the mail under the author's key, and every cut body as a file of the message.
    ///
    /// # Errors
    /// The store failed; nothing that was stored is named.
    pub(in crate::email) async fn store(
        &self,
        kernel: &Kernel,
        cut: Vec<Option<File>>,
        prepared: &mut PreparedIncoming,
    ) -> Result<PreparedBlob, Refusal> {
        let key = prepared.key;
        let Some(large) = &self.large else {
            return Ok(kernel.blobs.prepare(key, self.text.to_vec()).await?);
        };
        let mut copy = kernel.blobs.writer(key).await?;
        let mut stripper = Stripper::new(large.mark.clone());
        let mut pieces = Vec::new();
        let mut parts = Parts {
            kernel,
            key,
            files: cut.into_iter().collect(),
            number: 0,
            open: None,
        };
        let mut reader = self.reader(kernel, large.blob).await?;
        while let Some(bytes) = reader.next().await? {
            stripper.feed(&bytes, &mut pieces);
            copy.write(&bytes).await?;
            for piece in pieces.drain(..) {
                parts.take(piece, prepared).await?;
            }
        }
        drop(stripper.finish(&mut pieces));
        for piece in pieces {
            parts.take(piece, prepared).await?;
        }
        Ok(copy.finish().await?)
    }

    /// Stores the mail under another key.
    ///
    /// # Errors
    /// The store failed; nothing that was stored is named.
    pub(in crate::email) async fn copy(
        &self,
        kernel: &Kernel,
        key: KeyId,
    ) -> Result<PreparedBlob, Refusal> {
        let Some(large) = &self.large else {
            return Ok(kernel.blobs.prepare(key, self.text.to_vec()).await?);
        };
        let mut copy = kernel.blobs.writer(key).await?;
        let mut reader = self.reader(kernel, large.blob).await?;
        while let Some(bytes) = reader.next().await? {
            copy.write(&bytes).await?;
        }
        Ok(copy.finish().await?)
    }

    async fn reader(&self, kernel: &Kernel, blob: BlobId) -> Result<BlobReader, Refusal> {
        let reader = kernel.blobs.reader(blob).await?;
        reader.ok_or_else(|| Refusal::broken("the raw copy vanished while it was read"))
    }
}

/// The first pass.
async fn skeleton(
    kernel: &Kernel,
    blob: BlobId,
    mut reader: BlobReader,
    turn: OwnedSemaphorePermit,
) -> Result<Reading, Refusal> {
    let mark = kernel.random.token();
    let mut stripper = Stripper::new(mark.clone());
    let mut hashing = Hashing::new();
    let mut pieces = Vec::new();
    while let Some(bytes) = reader.next().await? {
        hashing.feed(&bytes);
        stripper.feed(&bytes, &mut pieces);
        pieces.clear();
    }
    let hashes = hashing.finish();
    let (cut, skeleton) = stripper.finish(&mut pieces);
    let Some(text) = skeleton else {
        return Ok(Reading::TooManyParts);
    };
    Ok(Reading::Here(Letter {
        text: Arc::new(text),
        large: Some(Large {
            blob,
            mark,
            cut,
            hashes,
            _turn: turn,
        }),
    }))
}

/// Makes files of the cut bodies.
struct Parts<'a> {
    kernel: &'a Kernel,
    key: KeyId,
    /// What the bodies were read as.
    files: Vec<Option<File>>,
    number: usize,
    open: Option<(File, BlobWriter)>,
}

impl Parts<'_> {
    async fn take(&mut self, piece: Piece, prepared: &mut PreparedIncoming) -> Result<(), Refusal> {
        match piece {
            Piece::Begins { text } => {
                let read_as = self.files.get_mut(self.number).and_then(Option::take);
                self.number += 1;
                let mut file = read_as.unwrap_or_else(|| nameless(text, self.number));
                file.bytes.clear();
                self.open = Some((file, self.kernel.blobs.writer(self.key).await?));
            }
            Piece::Bytes(bytes) => {
                if let Some((file, writer)) = &mut self.open {
                    let more = HEAD_BYTES.saturating_sub(file.bytes.len()).min(bytes.len());
                    file.bytes
                        .extend_from_slice(bytes.get(..more).unwrap_or_default());
                    writer.write(&bytes).await?;
                }
            }
            Piece::Ends => {
                if let Some((file, writer)) = self.open.take() {
                    prepared.add_stored(file, writer.finish().await?);
                }
            }
        }
        Ok(())
    }
}

/// A file for a body that the skeleton's reading showed as text, or nowhere.
fn nameless(text: Option<&'static str>, number: usize) -> File {
    File {
        name: text.map_or_else(|| format!("part-{number}.bin"), str::to_owned),
        content_id: None,
        inline: false,
        content_type: text.map(|_| "text/plain".to_owned()),
        bytes: Vec::new(),
    }
}

fn without(mark: &str, text: String) -> String {
    if text.contains(mark) {
        return text.replace(mark, "");
    }
    text
}
