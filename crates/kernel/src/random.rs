//! Randomness as an argument: the system's generator in production, a seeded one in tests.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A source of random bytes; cloned freely.
#[derive(Clone)]
pub struct Random(Source);

#[derive(Clone)]
enum Source {
    System,
    Seeded(Arc<Mutex<Seeded>>),
}

struct Seeded {
    seed: u64,
    drawn: u64,
}

impl Random {
    /// The operating system's cryptographic generator.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A repeatable stream for tests: never for anything that must stay secret.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(Mutex::new(Seeded {
            seed,
            drawn: 0,
        }))))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        match &self.0 {
            // aws-lc aborts the process rather than hand out weak bytes, so this never fails.
            Source::System => {
                let _ = aws_lc_rs::rand::fill(&mut out);
            }
            Source::Seeded(state) => {
                let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
                for chunk in out.chunks_mut(32) {
                    state.drawn += 1;
                    let block = digest(
                        &SHA256,
                        &[state.seed.to_be_bytes(), state.drawn.to_be_bytes()].concat(),
                    );
                    for (to, from) in chunk.iter_mut().zip(block.as_ref()) {
                        *to = *from;
                    }
                }
            }
        }
        out
    }

    /// An unguessable token: 256 bits, URL-safe.
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// A number below `limit` (0 when `limit` is 0); fair enough for jitter and sampling.
    pub fn below(&self, limit: u64) -> u64 {
        u64::from_be_bytes(self.bytes())
            .checked_rem(limit)
            .unwrap_or(0)
    }
}
