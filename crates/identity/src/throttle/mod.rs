//! The counters of wrong passwords, in memory.
//!
//! Why memory: they are written for every attempt, mean nothing after a few minutes, and losing
//! them at a restart gives an attacker one more burst, no more. With many nodes each keeps its
//! own, which multiplies the limits by the number of nodes; they are chosen with that in mind.

pub mod rules;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::time::Timestamp;

use self::rules::{Counter, Familiarity};

/// Most counters kept at once: about 6 MiB. Past that the ones nearest to clear are forgotten.
pub const COUNTERS_MAX: usize = 65_536;

type Key = (Counter, [u8; 32]);

/// The keyed hashes that say whose attempt it is; addresses are not kept in clear.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    /// How well the source is known to the account.
    pub familiarity: Familiarity,
    /// The address signed in with, existing or not.
    pub account: [u8; 32],
    /// The network it comes from.
    pub source: [u8; 32],
    /// Account and network.
    pub pair: [u8; 32],
    /// Account and browser; equal to `pair` without a device cookie.
    pub device: [u8; 32],
}

impl Attempt {
    fn key(&self, counter: Counter) -> Key {
        let hash = match counter {
            Counter::Source => self.source,
            Counter::Account => self.account,
            Counter::Pair | Counter::KnownNetwork => self.pair,
            Counter::KnownDevice => self.device,
        };
        (counter, hash)
    }
}

/// An attempt that is not let through now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Throttled {
    /// What was exceeded.
    pub counter: Counter,
    /// How long to wait.
    pub retry_after: Duration,
}

/// The counters; clones share them.
#[derive(Clone, Default)]
pub struct Throttle(Arc<Mutex<HashMap<Key, Timestamp>>>);

impl Throttle {
    /// Counts an attempt, or says how long to wait; a refused attempt counts nowhere.
    ///
    /// # Errors
    /// [`Throttled`] when a counter of this attempt is used up.
    pub fn admit(&self, attempt: &Attempt, now: Timestamp) -> Result<(), Throttled> {
        let mut clear_at = self.lock();
        let mut admitted = Vec::new();
        for counter in rules::counters(attempt.familiarity).iter().copied() {
            let key = attempt.key(counter);
            let next = rules::admit(clear_at.get(&key).copied(), rules::limit(counter), now)
                .map_err(|retry_after| Throttled {
                    counter,
                    retry_after,
                })?;
            admitted.push((key, next));
        }
        clear_at.extend(admitted);
        if clear_at.len() > COUNTERS_MAX {
            forget(&mut clear_at, now);
        }
        Ok(())
    }

    /// Takes back a counted attempt whose password was right.
    pub fn succeeded(&self, attempt: &Attempt) {
        let mut clear_at = self.lock();
        for counter in rules::counters(attempt.familiarity).iter().copied() {
            let key = attempt.key(counter);
            match counter {
                // Whoever knows the password may have mistyped it before.
                Counter::Pair | Counter::KnownNetwork | Counter::KnownDevice => {
                    clear_at.remove(&key);
                }
                Counter::Source | Counter::Account => {
                    if let Some(at) = clear_at.get_mut(&key) {
                        *at = rules::refund(*at, rules::limit(counter));
                    }
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Drops what is clear, and if that is not enough, the quarter that is nearest to it.
fn forget(clear_at: &mut HashMap<Key, Timestamp>, now: Timestamp) {
    clear_at.retain(|_, at| *at > now);
    if clear_at.len() <= COUNTERS_MAX - COUNTERS_MAX / 4 {
        return;
    }
    let mut times: Vec<Timestamp> = clear_at.values().copied().collect();
    let (_, cut, _) = times.select_nth_unstable(COUNTERS_MAX / 4);
    let cut = *cut;
    clear_at.retain(|_, at| *at > cut);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(familiarity: Familiarity, account: u8, source: u8, device: u8) -> Attempt {
        let mut pair = [account; 32];
        pair[0] = source;
        let mut own = [account; 32];
        own[0] = device;
        own[1] = 1;
        Attempt {
            familiarity,
            account: [account; 32],
            source: [source; 32],
            pair,
            device: own,
        }
    }

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    #[test]
    fn a_stranger_who_guesses_is_stopped() {
        let throttle = Throttle::default();
        let stranger = attempt(Familiarity::Unknown, 1, 9, 0);
        for _ in 0..5 {
            throttle.admit(&stranger, NOW).unwrap();
        }
        let stopped = throttle.admit(&stranger, NOW).unwrap_err();
        assert_eq!(stopped.counter, Counter::Pair);
    }

    #[test]
    fn a_flood_against_an_account_leaves_its_known_places_open() {
        let throttle = Throttle::default();
        for source in 0..=255 {
            let _ = throttle.admit(&attempt(Familiarity::Unknown, 1, source, 0), NOW);
        }
        let stranger = throttle
            .admit(&attempt(Familiarity::Unknown, 1, 7, 0), NOW)
            .unwrap_err();
        assert_eq!(stranger.counter, Counter::Account);
        throttle
            .admit(&attempt(Familiarity::Network, 1, 7, 0), NOW)
            .unwrap();
        throttle
            .admit(&attempt(Familiarity::Device, 1, 7, 3), NOW)
            .unwrap();
    }

    #[test]
    fn a_neighbour_behind_the_same_address_leaves_a_known_browser_open() {
        let throttle = Throttle::default();
        while throttle
            .admit(&attempt(Familiarity::Network, 1, 7, 0), NOW)
            .is_ok()
        {}
        throttle
            .admit(&attempt(Familiarity::Device, 1, 7, 3), NOW)
            .unwrap();
    }

    #[test]
    fn one_network_cannot_try_many_accounts() {
        let throttle = Throttle::default();
        let mut tried = 0;
        for account in 0..=255 {
            tried += u32::from(
                throttle
                    .admit(&attempt(Familiarity::Unknown, account, 9, 0), NOW)
                    .is_ok(),
            );
        }
        assert_eq!(tried, rules::limit(Counter::Source).burst);
    }

    #[test]
    fn a_right_password_clears_the_pair_but_not_the_others() {
        let throttle = Throttle::default();
        let stranger = attempt(Familiarity::Unknown, 1, 9, 0);
        for _ in 0..5 {
            throttle.admit(&stranger, NOW).unwrap();
        }
        throttle.succeeded(&stranger);
        for _ in 0..5 {
            throttle.admit(&stranger, NOW).unwrap();
        }
        let key = stranger.key(Counter::Source);
        let spent = throttle.lock().get(&key).copied().unwrap();
        assert_eq!(spent, NOW.plus(rules::limit(Counter::Source).interval * 9));
    }

    #[test]
    fn the_memory_is_bounded_and_the_worst_offenders_stay() {
        let throttle = Throttle::default();
        let worst = attempt(Familiarity::Network, 1, 7, 0);
        while throttle.admit(&worst, NOW).is_ok() {}
        for n in 0..COUNTERS_MAX + 10 {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&n.to_be_bytes());
            let known = Attempt {
                pair: hash,
                ..attempt(Familiarity::Network, 2, 2, 0)
            };
            throttle.admit(&known, NOW).unwrap();
        }
        assert!(throttle.lock().len() <= COUNTERS_MAX);
        assert!(throttle.admit(&worst, NOW).is_err());
    }
}
