//! Passwords: hashing with Argon2id (RFC 9106), and checking without giving anything away.
//!
//! A hash costs 19 MiB and tens of milliseconds on purpose, so no more than
//! [`HASHES_AT_ONCE_MAX`] run together and no more than [`HASHES_WAITING_MAX`] wait: a flood of
//! sign-ins is refused before it eats the machine. Nothing here runs inside a transaction.

pub mod commands;
pub mod http;
pub mod rules;

use std::sync::{Arc, LazyLock};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use kernel::journal::Record;
use kernel::random::Random;
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use utoipa::ToSchema;

/// An agent changed their password.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PasswordChanged {}

impl Record for PasswordChanged {
    const KIND: &'static str = "agent.password_changed";
}

/// Hashes computed at the same time; each takes [`MEMORY_KIB`].
pub const HASHES_AT_ONCE_MAX: usize = 2;
/// Requests that wait for a hash or compute one; the next is refused with 503.
pub const HASHES_WAITING_MAX: usize = 128;

/// OWASP's first recommendation for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

static ARGON2: LazyLock<Argon2<'static>> = LazyLock::new(|| {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).unwrap_or(Params::DEFAULT);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
});

/// A hash of nobody's password, for addresses that have no account.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash_now("the password of nobody", &[7; 16]).unwrap_or_default());

/// Computes and checks password hashes, a few at a time; clones share the limit.
#[derive(Clone)]
pub struct Hasher {
    random: Random,
    waiting: Arc<Semaphore>,
    working: Arc<Semaphore>,
}

impl Hasher {
    /// A hasher that salts from `random`.
    pub fn new(random: Random) -> Self {
        Self {
            random,
            waiting: Arc::new(Semaphore::new(HASHES_WAITING_MAX)),
            working: Arc::new(Semaphore::new(HASHES_AT_ONCE_MAX)),
        }
    }

    /// The hash of a new password, in the PHC string format.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] when too many wait already.
    pub async fn hash(&self, password: &str) -> Result<String, Refusal> {
        let password = password.to_owned();
        let salt = self.random.bytes::<16>();
        self.run(move || hash_now(&password, &salt))
            .await?
            .ok_or_else(busy)
    }

    /// Whether `password` is the one `hash` was made of. Without a hash (no such account) it works
    /// as long and says no.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] when too many wait already.
    pub async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool, Refusal> {
        let password = password.to_owned();
        self.run(move || {
            let against = hash.as_deref().unwrap_or(&NOBODY);
            let right = ARGON2.verify_password(password.as_bytes(), against).is_ok();
            right && hash.is_some()
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let _place = self
            .waiting
            .clone()
            .try_acquire_owned()
            .map_err(|_| busy())?;
        let slot: OwnedSemaphorePermit = self
            .working
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| busy())?;
        let work = move || {
            // The slot goes with the work: a client that hangs up must not make room for another.
            let _slot = slot;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| busy())
    }
}

fn busy() -> Refusal {
    Refusal::Unavailable {
        detail: "Too many sign-ins at once. Try again in a moment.".to_owned(),
    }
}

fn hash_now(password: &str, salt: &[u8; 16]) -> Option<String> {
    let hash = ARGON2
        .hash_password_with_salt(password.as_bytes(), salt)
        .ok()?;
    Some(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_fits_its_password_only() {
        let hasher = Hasher::new(Random::seeded(1));
        let hash = hasher.hash("tomato gravel oboe").await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            hasher
                .verify("tomato gravel oboe", Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify("tomato gravel obo", Some(hash.clone()))
                .await
                .unwrap()
        );
        assert_ne!(
            hash,
            hasher.hash("tomato gravel oboe").await.unwrap(),
            "salted"
        );
    }

    #[tokio::test]
    async fn nobody_has_a_password_even_the_right_one() {
        let hasher = Hasher::new(Random::seeded(1));
        assert!(!hasher.verify("the password of nobody", None).await.unwrap());
        assert!(NOBODY.starts_with("$argon2id$"));
    }

    #[tokio::test]
    async fn a_flood_is_refused_instead_of_queued_without_end() {
        let hasher = Hasher::new(Random::seeded(1));
        let all = hasher
            .waiting
            .clone()
            .acquire_many_owned(u32::try_from(HASHES_WAITING_MAX).unwrap())
            .await;
        let refused = hasher.hash("tomato gravel oboe").await;
        assert!(matches!(refused, Err(Refusal::Unavailable { .. })));
        drop(all);
        assert!(hasher.hash("tomato gravel oboe").await.is_ok());
    }
}
