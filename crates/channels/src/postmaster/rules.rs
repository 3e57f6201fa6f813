//! How a direction stands, from what is known of it.

use super::{Facts, MailStanding};
use crate::email::server::Step;
use crate::inboxes::Health;
use kernel::time::Timestamp;
use std::time::Duration;

/// What fails this long does not pass by itself.
pub const PATIENCE: Duration = Duration::from_secs(3600);

/// How a direction stands.
pub fn standing(facts: &Facts, now: Timestamp) -> MailStanding {
    if !facts.used {
        return MailStanding::NotUsed;
    }
    if !facts.enabled {
        return MailStanding::Off;
    }
    match facts.health {
        None | Some(Health::Off) => MailStanding::Starting,
        Some(Health::Ok) if facts.resting_until.is_some_and(|until| until > now) => {
            MailStanding::Resting
        }
        Some(Health::Ok) => MailStanding::Works,
        Some(Health::Failing) if needs_person(facts, now) => MailStanding::NeedsPerson,
        Some(Health::Failing) => MailStanding::Retrying,
    }
}

/// A refused sign-in, a certificate or a missing folder is never mended by waiting; a network
/// usually is.
fn needs_person(facts: &Facts, now: Timestamp) -> bool {
    let stays = matches!(
        facts.step,
        Some(Step::SignIn | Step::Tls | Step::Folder | Step::Send)
    );
    stays
        || facts
            .failing_since
            .is_some_and(|since| now.since(since) >= PATIENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACTS: Facts = Facts {
        enabled: true,
        used: true,
        health: Some(Health::Ok),
        step: None,
        failing_since: None,
        resting_until: None,
    };

    #[test]
    fn each_standing_has_its_cause() {
        let now = Timestamp::from_micros(10_000_000_000);
        let failing = |step, minutes: u64| Facts {
            health: Some(Health::Failing),
            step: Some(step),
            failing_since: Some(now.minus(Duration::from_secs(60 * minutes))),
            ..FACTS
        };
        let cases = [
            (FACTS, MailStanding::Works),
            (
                Facts {
                    health: None,
                    ..FACTS
                },
                MailStanding::Starting,
            ),
            (
                Facts {
                    enabled: false,
                    ..FACTS
                },
                MailStanding::Off,
            ),
            (
                Facts {
                    used: false,
                    enabled: false,
                    ..FACTS
                },
                MailStanding::NotUsed,
            ),
            (
                Facts {
                    resting_until: Some(now.plus(Duration::from_secs(1))),
                    ..FACTS
                },
                MailStanding::Resting,
            ),
            (
                Facts {
                    resting_until: Some(now),
                    ..FACTS
                },
                MailStanding::Works,
            ),
            (failing(Step::Connect, 59), MailStanding::Retrying),
            (failing(Step::Connect, 60), MailStanding::NeedsPerson),
            (failing(Step::Resolve, 1), MailStanding::Retrying),
            (failing(Step::SignIn, 0), MailStanding::NeedsPerson),
            (failing(Step::Tls, 0), MailStanding::NeedsPerson),
            (failing(Step::Folder, 0), MailStanding::NeedsPerson),
        ];
        for (facts, expected) in cases {
            assert_eq!(standing(&facts, now), expected, "{facts:?}");
        }
    }
}
