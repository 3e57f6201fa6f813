//! When a session is over, and what an attempt to sign in is.

use std::time::Duration;

use kernel::time::Timestamp;

use crate::agents::AgentStatus;
use crate::sessions::FailureReason;
use crate::throttle::rules::Familiarity;

/// A session that is not used for this long is over.
pub const IDLE_MAX: Duration = Duration::from_secs(14 * 24 * 3600);
/// A session is over this long after it began, however much it is used.
pub const AGE_MAX: Duration = Duration::from_secs(90 * 24 * 3600);
/// The last use is written down at most this often, so that reading costs no write.
pub const TOUCH_EVERY: Duration = Duration::from_secs(10 * 60);
/// Browsers and networks remembered for each agent.
pub const KNOWN_SOURCES_MAX: usize = 50;

/// Whether a session that began and was last used at these times is over at `now`.
pub fn is_over(created_at: Timestamp, last_seen_at: Timestamp, now: Timestamp) -> bool {
    now.since(last_seen_at) >= IDLE_MAX || now.since(created_at) >= AGE_MAX
}

/// Whether a use at `now` is worth writing down.
pub fn is_worth_noting(last_seen_at: Timestamp, now: Timestamp) -> bool {
    now.since(last_seen_at) >= TOUCH_EVERY
}

/// How well a source is known: the browser says more than the network.
pub const fn familiarity(network_known: bool, device_known: bool) -> Familiarity {
    match (device_known, network_known) {
        (true, _) => Familiarity::Device,
        (false, true) => Familiarity::Network,
        (false, false) => Familiarity::Unknown,
    }
}

/// Why an attempt fails; `None` when it succeeds. `status` is that of the agent, if there is one.
pub const fn failure(status: Option<AgentStatus>, password_fits: bool) -> Option<FailureReason> {
    match (status, password_fits) {
        (None, _) => Some(FailureReason::UnknownAddress),
        (Some(_), false) => Some(FailureReason::WrongPassword),
        (Some(AgentStatus::Disabled), true) => Some(FailureReason::Disabled),
        (Some(AgentStatus::Active), true) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[test]
    fn a_session_ends_when_idle_and_when_old() {
        let start = Timestamp::from_micros(0);
        assert!(!is_over(
            start,
            start,
            start.plus(DAY * 14).minus(Duration::from_micros(1))
        ));
        assert!(is_over(start, start, start.plus(DAY * 14)));
        let used = start.plus(DAY * 89);
        assert!(!is_over(
            start,
            used,
            start.plus(DAY * 90).minus(Duration::from_micros(1))
        ));
        assert!(is_over(start, used, start.plus(DAY * 90)));
    }

    #[test]
    fn a_clock_that_runs_backwards_ends_no_session() {
        let start = Timestamp::from_micros(0).plus(DAY);
        assert!(!is_over(start, start, Timestamp::from_micros(0)));
    }

    #[test]
    fn only_an_active_agent_with_the_right_password_gets_in() {
        assert_eq!(failure(Some(AgentStatus::Active), true), None);
        assert_eq!(
            failure(Some(AgentStatus::Active), false),
            Some(FailureReason::WrongPassword)
        );
        assert_eq!(
            failure(Some(AgentStatus::Disabled), true),
            Some(FailureReason::Disabled)
        );
        assert_eq!(
            failure(Some(AgentStatus::Disabled), false),
            Some(FailureReason::WrongPassword)
        );
        assert_eq!(failure(None, true), Some(FailureReason::UnknownAddress));
    }
}
