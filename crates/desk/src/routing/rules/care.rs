//! Two numbers that protect an agent, and sharing out hard contacts by them.
//!
//! *Exposure* counts the hard contacts of a day and is not lessened by rest: it serves fairness.
//! *Strain* is load that halves every thirty minutes: it serves rest. One number for both would
//! send whoever has just rested the next hard contact. The constants are guesses to be tuned with
//! the people concerned, not psychology.

use kernel::ids::AgentId;
use kernel::time::Timestamp;

use super::Hand;
use super::choice::idle_since;

/// What an ordinary contact weighs, in thousandths.
pub const ORDINARY: i64 = 500;
/// What a hard contact weighs.
pub const HARD: i64 = 2_000;
/// What an abusive contact weighs.
pub const ABUSIVE: i64 = 3_000;
/// The longest rest after an abusive contact, in minutes.
pub const RECOVERY_MINUTES_MAX: i64 = 15;
/// Strain halves in this time.
const HALVES_IN_MINUTES: u64 = 30;

/// Thousandths that are left of strain after 0 to 30 minutes: 1000 times 2^(-minutes / 30).
const LEFT: [i64; 31] = [
    1000, 977, 955, 933, 912, 891, 871, 851, 831, 812, 794, 776, 758, 741, 724, 707, 691, 675, 660,
    645, 630, 616, 602, 588, 574, 561, 548, 536, 524, 512, 500,
];

/// Strain at `now` of what was `strain` at `at`, in thousandths.
pub fn decayed(strain: i64, at: Timestamp, now: Timestamp) -> i64 {
    let minutes = now.since(at).as_secs() / 60;
    let halvings = u32::try_from(minutes / HALVES_IN_MINUTES).unwrap_or(u32::MAX);
    let rest = usize::try_from(minutes % HALVES_IN_MINUTES).unwrap_or(0);
    let halved = strain.checked_shr(halvings).unwrap_or(0);
    let left = LEFT.get(rest).copied().unwrap_or(1000);
    halved.saturating_mul(left).saturating_add(500) / 1000
}

/// The day that exposure is counted in.
pub fn day(now: Timestamp) -> i64 {
    const DAY_MICROS: i64 = 24 * 3600 * 1_000_000;
    now.micros().div_euclid(DAY_MICROS)
}

/// Who of several free agents takes a hard contact: whoever met fewest today and is least
/// strained; at equal standing, whoever was given nothing for longest. It chooses among the free
/// only, so nobody waits for it.
pub(super) fn share_out(free: &[&Hand], now: Timestamp) -> Option<AgentId> {
    let count = i64::try_from(free.len()).unwrap_or(i64::MAX).max(1);
    let sum: i64 = free.iter().map(|hand| hand.exposure).sum();
    let mean = sum.saturating_mul(1000) / count;
    let standing = |hand: &&&Hand| {
        let exposure = hand.exposure.saturating_mul(1_000_000) / mean.saturating_add(1000);
        let strain = decayed(hand.strain, hand.strain_at, now) / 4;
        (exposure.saturating_add(strain), idle_since(hand))
    };
    free.iter().min_by_key(standing).map(|hand| hand.agent)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn strain_halves_in_thirty_minutes() {
        let at = Timestamp::from_micros(0);
        let after = |minutes: u64| at.plus(Duration::from_secs(60 * minutes));
        assert_eq!(decayed(2000, at, after(0)), 2000);
        assert_eq!(decayed(2000, at, after(30)), 1000);
        assert_eq!(decayed(2000, at, after(90)), 250);
        assert_eq!(decayed(2000, at, after(60 * 24 * 400)), 0);
        // A hard contact at 0, an abusive one at 10 and an easy one at 20 minutes.
        let sum = decayed(HARD, at, after(20)) + decayed(ABUSIVE, after(10), after(20)) + ORDINARY;
        assert_eq!(sum, 4142, "4.141 but for rounding");
    }
}
