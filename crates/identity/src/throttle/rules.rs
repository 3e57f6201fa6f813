//! How often a password may be tried, and by whom: the pure part.
//!
//! Every wrong password costs the places it counts against one `interval`; up to `burst` of them
//! are free. It is the generic cell rate algorithm (ITU-T I.371), which needs one time per key.
//!
//! Three properties matter, and the tests hold them:
//! - wrong passwords from elsewhere never close the door to a browser or network that the account
//!   has signed in from before: those count on keys of their own;
//! - one source cannot try many accounts, and many sources cannot try one account, without being
//!   slowed down;
//! - a request counts before its password is looked at, so that a thousand at once gain nothing.

use std::time::Duration;

use kernel::time::Timestamp;

/// How well the source of an attempt is known to the account it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Familiarity {
    /// Never signed in from there.
    Unknown,
    /// The account has signed in from this network before.
    Network,
    /// The account has signed in from this browser before.
    Device,
}

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Counter {
    /// All attempts of strangers from one network.
    Source,
    /// All attempts of strangers on one account.
    Account,
    /// A stranger network on one account.
    Pair,
    /// A network known to the account.
    KnownNetwork,
    /// A browser known to the account.
    KnownDevice,
}

/// How many wrong passwords are free, and the price in time of each one after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Wrong passwords in a row that cost nothing.
    pub burst: u32,
    /// The time that pays for one more.
    pub interval: Duration,
}

/// The counters an attempt must pass, most telling first.
pub const fn counters(familiarity: Familiarity) -> &'static [Counter] {
    match familiarity {
        Familiarity::Unknown => &[Counter::Source, Counter::Pair, Counter::Account],
        Familiarity::Network => &[Counter::KnownNetwork],
        Familiarity::Device => &[Counter::KnownDevice],
    }
}

/// The limit of each counter. Known places wait a few seconds at worst, so that somebody behind
/// the same address can be a nuisance for moments but cannot lock anybody out.
pub const fn limit(counter: Counter) -> Limit {
    match counter {
        Counter::Source => Limit {
            burst: 30,
            interval: Duration::from_secs(10),
        },
        Counter::Pair => Limit {
            burst: 5,
            interval: Duration::from_secs(60),
        },
        Counter::Account => Limit {
            burst: 20,
            interval: Duration::from_secs(30),
        },
        Counter::KnownNetwork => Limit {
            burst: 20,
            interval: Duration::from_secs(3),
        },
        Counter::KnownDevice => Limit {
            burst: 20,
            interval: Duration::from_secs(3),
        },
    }
}

/// Whether one more attempt is let through: `Ok` is the counter's new value (the time at which it
/// is clear again), `Err` how long to wait.
///
/// # Errors
/// The time until the next attempt is let through.
pub fn admit(
    clear_at: Option<Timestamp>,
    limit: Limit,
    now: Timestamp,
) -> Result<Timestamp, Duration> {
    let clear_at = clear_at.unwrap_or(now).max(now);
    let next = clear_at.plus(limit.interval);
    let allowed = now.plus(limit.interval.saturating_mul(limit.burst));
    if next > allowed {
        Err(next.since(allowed))
    } else {
        Ok(next)
    }
}

/// The counter after an attempt turned out to be right: that attempt is not held against it.
pub fn refund(clear_at: Timestamp, limit: Limit) -> Timestamp {
    clear_at.minus(limit.interval)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [Counter; 5] = [
        Counter::Source,
        Counter::Account,
        Counter::Pair,
        Counter::KnownNetwork,
        Counter::KnownDevice,
    ];

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(0).plus(Duration::from_secs(seconds))
    }

    #[test]
    fn five_wrong_passwords_are_free_and_the_sixth_waits_a_minute() {
        let limit = limit(Counter::Pair);
        let mut clear_at = None;
        for _ in 0..5 {
            clear_at = Some(admit(clear_at, limit, at(0)).unwrap());
        }
        assert_eq!(admit(clear_at, limit, at(0)), Err(Duration::from_secs(60)));
        assert_eq!(admit(clear_at, limit, at(45)), Err(Duration::from_secs(15)));
        assert!(admit(clear_at, limit, at(60)).is_ok());
        assert!(admit(clear_at, limit, at(300)).is_ok());
    }

    #[test]
    fn strangers_and_known_places_share_no_counter() {
        let strangers = counters(Familiarity::Unknown);
        for known in [Familiarity::Network, Familiarity::Device] {
            assert!(
                counters(known)
                    .iter()
                    .all(|counter| !strangers.contains(counter))
            );
        }
        let network = counters(Familiarity::Network);
        assert!(
            counters(Familiarity::Device)
                .iter()
                .all(|counter| !network.contains(counter))
        );
    }

    #[test]
    fn a_known_place_never_waits_more_than_a_few_seconds() {
        for counter in [Counter::KnownNetwork, Counter::KnownDevice] {
            let mut clear_at = None;
            for _ in 0..1_000 {
                match admit(clear_at, limit(counter), at(0)) {
                    Ok(next) => clear_at = Some(next),
                    Err(wait) => assert!(wait <= Duration::from_secs(3)),
                }
            }
        }
    }

    proptest! {
        #[test]
        fn never_more_than_burst_plus_rate(
            which in 0..ALL.len(),
            gaps in prop::collection::vec(0_u64..40, 1..300),
        ) {
            let limit = limit(ALL[which]);
            let (mut now, mut clear_at, mut let_through) = (0, None, 0_u64);
            for gap in gaps {
                now += gap;
                if let Ok(next) = admit(clear_at, limit, at(now)) {
                    clear_at = Some(next);
                    let_through += 1;
                }
                let paid = now / limit.interval.as_secs();
                prop_assert!(let_through <= u64::from(limit.burst) + paid);
            }
        }

        #[test]
        fn the_wait_it_names_is_exactly_enough(spent in 0_u64..100, now in 0_u64..50) {
            let limit = limit(Counter::Account);
            let clear_at = Some(at(spent * 30));
            if let Err(wait) = admit(clear_at, limit, at(now)) {
                let then = at(now).plus(wait);
                prop_assert!(admit(clear_at, limit, then).is_ok());
                let early = then.minus(Duration::from_micros(1));
                prop_assert!(admit(clear_at, limit, early).is_err());
            }
        }

        #[test]
        fn a_right_password_is_not_held_against_anybody(now in 0_u64..1_000, ahead in 0_u64..100) {
            let limit = limit(Counter::Source);
            let before = at(now + ahead);
            if let Ok(after) = admit(Some(before), limit, at(now)) {
                prop_assert_eq!(refund(after, limit), before);
            }
        }
    }
}
