//! AES-256-GCM with the key's id bound to the text.
//!
//! A sealed value is: version (1 byte, 1) · key id (8, big-endian) · nonce (12) · ciphertext and
//! tag. Version and key id are authenticated, so that a value can't be passed off as another key's.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::ids::KeyId;
use crate::random::Random;

const VERSION: u8 = 1;
const HEADER: usize = 9;
pub(super) const KEY_BYTES: usize = 32;
/// What sealing puts behind a text, in bytes.
pub(super) const TAG_BYTES: usize = 16;

/// An unwrapped key.
pub(super) struct DataKey {
    bytes: Zeroizing<[u8; KEY_BYTES]>,
    cipher: LessSafeKey,
}

impl DataKey {
    pub(super) fn generate(random: &Random) -> Self {
        Self::from_bytes(random.bytes())
    }

    pub(super) fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "only a wrong length fails, and it is a constant"
        )]
        let key = UnboundKey::new(&AES_256_GCM, &bytes).expect("32 bytes make an AES-256 key");
        Self {
            bytes: Zeroizing::new(bytes),
            cipher: LessSafeKey::new(key),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }

    pub(super) fn seal(&self, id: KeyId, text: &[u8], random: &Random) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random.bytes();
        let mut header = [VERSION; HEADER];
        if let Some(place) = header.get_mut(1..) {
            place.copy_from_slice(&id.0.to_be_bytes());
        }
        let mut body = text.to_vec();
        self.seal_in_place(nonce, &header, &mut body);
        [&header[..], &nonce, &body].concat()
    }

    /// Seals `body` in place and puts the tag behind it. A nonce is used once under a key.
    pub(super) fn seal_in_place(&self, nonce: [u8; NONCE_LEN], aad: &[u8], body: &mut Vec<u8>) {
        let nonce = Nonce::assume_unique_for_key(nonce);
        #[expect(
            clippy::expect_used,
            reason = "only texts of 64 GiB fail, and limits forbid them"
        )]
        self.cipher
            .seal_in_place_append_tag(nonce, Aad::from(aad), body)
            .expect("a text within the limits can be sealed");
    }

    /// Opens what [`Self::seal_in_place`] sealed, in place; `false` when it is damaged.
    pub(super) fn open_in_place(
        &self,
        nonce: [u8; NONCE_LEN],
        aad: &[u8],
        body: &mut Vec<u8>,
    ) -> bool {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let opened = self.cipher.open_in_place(nonce, Aad::from(aad), body);
        match opened.map(|text| text.len()) {
            Ok(length) => body.truncate(length),
            Err(_) => return false,
        }
        true
    }

    pub(super) fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        let (header, rest) = sealed.split_at_checked(HEADER)?;
        let (nonce, body) = rest.split_at_checked(NONCE_LEN)?;
        let mut body = body.to_vec();
        self.open_in_place(nonce.try_into().ok()?, header, &mut body)
            .then_some(body)
    }

    pub(super) fn name(&self, data: &[u8]) -> Vec<u8> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.bytes());
        hmac::sign(&key, data).as_ref().to_vec()
    }
}

/// The key that a sealed value names.
pub(super) fn key_of(sealed: &[u8]) -> Option<KeyId> {
    let (header, _) = sealed.split_at_checked(HEADER)?;
    let (version, id) = header.split_first()?;
    (*version == VERSION).then_some(())?;
    Some(KeyId(i64::from_be_bytes(id.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_text_opens_only_under_its_key_and_id() {
        let random = Random::seeded(1);
        let key = DataKey::generate(&random);
        let other = DataKey::generate(&random);
        let sealed = key.seal(KeyId(7), b"call me after 17:00", &random);
        assert_eq!(key_of(&sealed), Some(KeyId(7)));
        assert_eq!(
            key.open(&sealed).as_deref(),
            Some(&b"call me after 17:00"[..])
        );
        assert_eq!(other.open(&sealed), None);
        let mut moved = sealed.clone();
        moved[8] = 8;
        assert_eq!(key.open(&moved), None);
        for length in 0..sealed.len() {
            assert_eq!(key.open(&sealed[..length]), None);
        }
    }

    #[test]
    fn the_same_text_is_sealed_differently_each_time() {
        let random = Random::seeded(1);
        let key = DataKey::generate(&random);
        assert_ne!(
            key.seal(KeyId(1), b"x", &random),
            key.seal(KeyId(1), b"x", &random)
        );
    }
}
