//! The hashes that signatures have of a mail's body (RFC 6376, 3.7), taken while it streams by.

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use mail_auth::AuthenticatedMessage;
use mail_auth::common::crypto::{HashAlgorithm, HashContext};
use mail_auth::dkim::Canonicalization;
use mail_auth::dkim::canonicalize::BodyHasher;

/// Most header bytes looked at for signatures.
const HEAD_BYTES_MAX: usize = 1_000_000;
/// Most different hashes taken; a signature that wants another is not valid here.
const HASHES_MAX: usize = 8;

type Hash = (Canonicalization, HashAlgorithm, u64, Vec<u8>);

/// What is known of the body of a mail of which only the skeleton is at hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodyHashes(Vec<Hash>);

impl BodyHashes {
    /// Puts the hashes of the whole body in place of those of the skeleton's.
    pub(in crate::email) fn apply(&self, message: &mut AuthenticatedMessage<'_>) {
        for (form, algorithm, length, hash) in &mut message.body_hashes {
            let same = |it: &&Hash| (&it.0, &it.1, &it.2) == (form, algorithm, length);
            let known = self.0.iter().find(same);
            *hash = known.map(|(.., hash)| hash.clone()).unwrap_or_default();
        }
    }
}

/// Takes the hashes.
pub(super) enum Hashing {
    /// So far only headers came.
    Head(Vec<u8>),
    Body(Vec<(Canonicalization, HashAlgorithm, u64, BodyHasher<Context>)>),
}

impl Hashing {
    pub(super) fn new() -> Self {
        Self::Head(Vec::new())
    }

    /// Takes the next bytes of the mail.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        match self {
            Self::Head(head) => {
                // An empty line may lie across two pieces.
                let from = head.len().saturating_sub(3);
                head.extend_from_slice(bytes);
                if let Some(end) = end_of_head(head, from) {
                    let body = head.split_off(end);
                    *self = Self::Body(hashers(head));
                    self.feed(&body);
                } else if head.len() > HEAD_BYTES_MAX {
                    *self = Self::Body(Vec::new());
                }
            }
            Self::Body(hashers) => {
                for (.., hasher) in hashers {
                    hasher.write(bytes);
                }
            }
        }
    }

    /// The mail is over.
    pub(super) fn finish(self) -> BodyHashes {
        let Self::Body(hashers) = self else {
            return BodyHashes::default();
        };
        let finished = hashers
            .into_iter()
            .map(|(form, algorithm, length, hasher)| {
                let (context, _) = hasher.finish();
                let hash = HashContext::complete(context).as_ref().to_vec();
                (form, algorithm, length, hash)
            });
        BodyHashes(finished.collect())
    }
}

/// Where the body begins, if the head ends behind `from`.
fn end_of_head(head: &[u8], from: usize) -> Option<usize> {
    let rest = head.get(from..)?;
    let two = |ends: &[u8]| {
        let at = rest.windows(ends.len()).position(|it| it == ends)?;
        Some(from.saturating_add(at).saturating_add(ends.len()))
    };
    [two(b"\r\n\r\n"), two(b"\n\n")].into_iter().flatten().min()
}

fn hashers(head: &[u8]) -> Vec<(Canonicalization, HashAlgorithm, u64, BodyHasher<Context>)> {
    let Some(message) = AuthenticatedMessage::parse(head) else {
        return Vec::new();
    };
    let wanted = message.body_hashes.into_iter().take(HASHES_MAX);
    wanted
        .map(|(form, algorithm, length, _)| {
            let context = Context::new(match algorithm {
                HashAlgorithm::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
                HashAlgorithm::Sha256 => &SHA256,
            });
            (
                form,
                algorithm,
                length,
                BodyHasher::new(context, form, length),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_a_stream_are_those_of_the_whole() {
        let sign = |form: &str, length: &str| {
            format!(
                "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/{form}; d=x.test; s=a;{length}\r\n\
                 \th=from; bh=AAAA; b=AAAA\r\n"
            )
        };
        let mail = format!(
            "{}{}From: ana@x.test\r\nSubject: x\r\n\r\nOne  \t two \r\n\r\n three\r\n\r\n\r\n",
            sign("relaxed", ""),
            sign("simple", "")
        );
        let whole = AuthenticatedMessage::parse(mail.as_bytes()).unwrap();
        assert_eq!(whole.body_hashes.len(), 2);
        for step in [1, 2, 7, mail.len()] {
            let mut hashing = Hashing::new();
            for piece in mail.as_bytes().chunks(step) {
                hashing.feed(piece);
            }
            let head = mail.split_inclusive("\r\n\r\n").next().unwrap();
            let mut skeleton = AuthenticatedMessage::parse(head.as_bytes()).unwrap();
            assert_ne!(skeleton.body_hashes, whole.body_hashes);
            hashing.finish().apply(&mut skeleton);
            assert_eq!(
                skeleton.body_hashes, whole.body_hashes,
                "in steps of {step}"
            );
        }
    }
}
