//! When failures end in a pause.

use super::PauseCause;

/// This many failures in a row that say nothing final about the mailbox pause it all the same.
pub const FAILURES_MAX: i64 = 3;
/// The longest reason for lifting a pause, in characters.
pub const REASON_CHARS_MAX: usize = 500;

/// What a failed delivery means for the address, by its enhanced status (RFC 3463), what the
/// server said, and how often mail came back in a row.
pub fn failed(status: &str, said: &str, in_a_row: i64) -> Option<PauseCause> {
    if is_final(status, said) {
        Some(PauseCause::NoMailbox)
    } else {
        (in_a_row >= FAILURES_MAX).then_some(PauseCause::Failures)
    }
}

/// Whether the mailbox itself is gone, and not only this mail refused: a full mailbox, a mail that
/// is too large or looks like spam say nothing about the next one.
fn is_final(status: &str, said: &str) -> bool {
    const GONE: [&str; 10] = [
        "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.0.350", "5.1.0", "5.4.310",
        "5.4.312",
    ];
    if GONE.contains(&status) {
        return true;
    }
    // Servers that only say "550" say the rest in words.
    let general = matches!(status, "5.0.0" | "5.5.0" | "5.4.1" | "5.3.0");
    let said = said.to_lowercase();
    general
        && [
            "user unknown",
            "unknown user",
            "no such user",
            "no such mailbox",
            "no such recipient",
            "no mailbox here",
            "mailbox unavailable",
            "mailbox not found",
            "does not exist",
            "doesn't exist",
            "recipient address rejected",
            "address rejected",
            "account is disabled",
            "account has been disabled",
            "invalid recipient",
            "unknown e-mail address",
            "unknown email address",
            "recipnotfound",
        ]
        .iter()
        .any(|words| said.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_said_of_the_mailbox_itself_is_final() {
        for (status, said, paused) in [
            ("5.1.1", "no such user", true),
            ("5.2.1", "disabled", true),
            ("5.0.0", "550 User unknown", true),
            ("5.4.1", "Recipient address rejected: Access denied", true),
            ("5.2.2", "mailbox full", false),
            ("5.7.1", "looks like spam", false),
            ("5.3.4", "too big", false),
            ("4.4.1", "user unknown perhaps", false),
            ("", "", false),
        ] {
            let cause = failed(status, said, 1);
            assert_eq!(
                cause == Some(PauseCause::NoMailbox),
                paused,
                "{status} {said}"
            );
        }
    }

    #[test]
    fn the_third_failure_in_a_row_pauses() {
        let causes: Vec<_> = (1..=4).map(|n| failed("5.2.2", "full", n)).collect();
        let full = Some(PauseCause::Failures);
        assert_eq!(causes, [None, None, full, full]);
    }
}
