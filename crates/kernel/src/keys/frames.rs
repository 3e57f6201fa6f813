//! Long values, sealed in frames, so that they never have to lie in memory whole.
//!
//! A framed value is: version (1 byte, 2) · key id (8, big-endian) · salt (8) · frames. A frame is
//! [`FRAME_BYTES`] of text sealed by AES-256-GCM; the last may be shorter. A frame's nonce is the
//! salt and its number; whether it is the last is authenticated with the header, so that frames can
//! be neither dropped nor moved (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár,
//! 2015).

use std::sync::Arc;

use aws_lc_rs::aead::NONCE_LEN;

use super::cipher::{DataKey, TAG_BYTES};
use crate::ids::KeyId;
use crate::random::Random;

/// The text of one frame, in bytes.
pub(crate) const FRAME_BYTES: usize = 256 * 1024;
/// A sealed frame, in bytes.
pub(crate) const SEALED_FRAME_BYTES: usize = FRAME_BYTES + TAG_BYTES;
/// What stands before the frames, in bytes.
pub(crate) const HEADER_BYTES: usize = 17;
const VERSION: u8 = 2;
const SALT: std::ops::Range<usize> = 9..17;

/// Seals or opens the frames of one value, in order.
pub(crate) struct Frames {
    secret: Arc<DataKey>,
    header: [u8; HEADER_BYTES],
    number: u32,
}

impl Frames {
    /// For a new value under `key`.
    pub(super) fn new(secret: Arc<DataKey>, key: KeyId, random: &Random) -> Self {
        let mut header = [VERSION; HEADER_BYTES];
        let parts = [key.0.to_be_bytes(), random.bytes()].concat();
        if let Some(place) = header.get_mut(1..) {
            place.copy_from_slice(&parts);
        }
        Self {
            secret,
            header,
            number: 0,
        }
    }

    /// For the value that begins with `header`.
    pub(super) fn of(secret: Arc<DataKey>, header: [u8; HEADER_BYTES]) -> Self {
        Self {
            secret,
            header,
            number: 0,
        }
    }

    /// Whether these bytes begin a framed value.
    pub(crate) fn begin_with(header: &[u8; HEADER_BYTES]) -> bool {
        key_of(header).is_some()
    }

    /// What stands before the frames.
    pub(crate) fn header(&self) -> [u8; HEADER_BYTES] {
        self.header
    }

    /// Seals the next frame in place; `last` ends the value.
    pub(crate) fn seal(&mut self, frame: &mut Vec<u8>, last: bool) {
        let (nonce, aad) = self.next(last);
        self.secret.seal_in_place(nonce, &aad, frame);
    }

    /// Opens the next frame in place; `false` when it is damaged, or not where it belongs.
    pub(crate) fn open(&mut self, frame: &mut Vec<u8>, last: bool) -> bool {
        let (nonce, aad) = self.next(last);
        self.secret.open_in_place(nonce, &aad, frame)
    }

    fn next(&mut self, last: bool) -> ([u8; NONCE_LEN], Vec<u8>) {
        let salt = self.header.get(SALT).unwrap_or_default();
        let mut nonce = [0; NONCE_LEN];
        let parts = [salt, &self.number.to_be_bytes()].concat();
        nonce.copy_from_slice(&parts);
        // 2^32 frames are 1 PiB, and limits forbid a thousandth of that.
        self.number = self.number.wrapping_add(1);
        (nonce, [&self.header[..], &[u8::from(last)]].concat())
    }
}

/// The key that a framed value names, when these bytes begin one.
pub(super) fn key_of(header: &[u8; HEADER_BYTES]) -> Option<KeyId> {
    let (version, rest) = header.split_first()?;
    let id: [u8; 8] = rest.get(..8)?.try_into().ok()?;
    (*version == VERSION).then_some(KeyId(i64::from_be_bytes(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(parts: &[&[u8]]) -> (Arc<DataKey>, [u8; HEADER_BYTES], Vec<Vec<u8>>) {
        let random = Random::seeded(1);
        let secret = Arc::new(DataKey::generate(&random));
        let mut frames = Frames::new(secret.clone(), KeyId(7), &random);
        let header = frames.header();
        let mut out = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let mut frame = part.to_vec();
            frames.seal(&mut frame, at + 1 == parts.len());
            out.push(frame);
        }
        (secret, header, out)
    }

    fn opened(secret: &Arc<DataKey>, header: [u8; HEADER_BYTES], frames: &[Vec<u8>]) -> bool {
        let mut reading = Frames::of(secret.clone(), header);
        frames.iter().enumerate().all(|(at, frame)| {
            let mut frame = frame.clone();
            reading.open(&mut frame, at + 1 == frames.len())
        })
    }

    #[test]
    fn frames_open_only_whole_and_in_order() {
        let (secret, header, frames) = sealed(&[b"one", b"two", b"three"]);
        assert_eq!(key_of(&header), Some(KeyId(7)));
        assert!(opened(&secret, header, &frames));
        assert!(!opened(&secret, header, &frames[..2]), "cut off");
        let swapped = [frames[1].clone(), frames[0].clone(), frames[2].clone()];
        assert!(!opened(&secret, header, &swapped), "out of order");
        let mut other = header;
        other[16] ^= 1;
        assert!(!opened(&secret, other, &frames), "under another header");
    }
}
