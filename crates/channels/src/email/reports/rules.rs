//! Reports in plain words. Pure.

use crate::email::parse::reports::{Action, ReportedRecipient};
use customers::pauses::PauseCause;

/// Why a mail did not arrive, in a sentence and with the server's own words.
pub(super) fn reason(report: &ReportedRecipient) -> String {
    let plain = plain(&report.status, report.action);
    match (report.status.as_str(), report.diagnostic.as_str()) {
        ("", "") => plain.to_owned(),
        ("", said) => format!("{plain} The server said: {said}"),
        (status, "") => format!("{plain} (Status {status}.)"),
        (_, said) => format!("{plain} The server said: {said}"),
    }
}

/// What an enhanced status (RFC 3463 and its registry) means for somebody who wants to reach a
/// customer.
fn plain(status: &str, action: Action) -> &'static str {
    let class = status.split('.').next().unwrap_or_default();
    let detail = status.split_once('.').map_or("", |(_, rest)| rest);
    match detail {
        "1.1" | "1.6" | "1.10" | "1.0" => "There is no such mailbox.",
        "1.2" | "4.4" | "4.310" | "4.312" => "The domain of the address takes no mail.",
        "1.3" => "The address is not written as the server expects it.",
        "2.1" => "The mailbox is switched off.",
        "2.2" => "The mailbox is full.",
        "2.3" | "3.4" => "The mail is too large for the mailbox.",
        "4.1" | "4.2" | "4.7" if class == "4" || action == Action::Delayed => {
            "The server can't be reached."
        }
        "7.1" | "7.25" | "7.26" | "7.20" | "7.23" => "The server refused the mail by its rules.",
        _ if detail.starts_with("7.") => "The server refused the mail by its rules.",
        _ if action == Action::Delayed => "The mail is delayed; the server keeps trying.",
        _ => "The mail came back.",
    }
}

/// Why nothing is sent to an address, and what helps.
pub(super) fn pause(cause: PauseCause) -> &'static str {
    match cause {
        PauseCause::NoMailbox => {
            "Mail to this address is paused: its server says there is no such mailbox. \
             Lift the pause on the customer, then send it again."
        }
        PauseCause::Failures => {
            "Mail to this address is paused: it came back several times in a row. \
             Lift the pause on the customer, then send it again."
        }
        PauseCause::Complaint => {
            "Mail to this address is paused: its reader marked a mail of ours as spam. \
             Lift the pause on the customer, then send it again."
        }
    }
}

/// Whether a kind of feedback (RFC 5965, 7.3) is a complaint.
pub(super) fn is_complaint(kind: &str) -> bool {
    matches!(
        kind,
        "abuse" | "fraud" | "virus" | "other" | "opt-out" | "opt-out-list" | "miscategorized"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_plain_and_keep_the_servers_words() {
        let report = |status: &str, action, diagnostic: &str| ReportedRecipient {
            address: "ana@x.test".into(),
            action,
            status: status.into(),
            diagnostic: diagnostic.into(),
        };
        for (status, action, said, expected) in [
            (
                "5.1.1",
                Action::Failed,
                "550 nobody",
                "There is no such mailbox. The server said: 550 nobody",
            ),
            (
                "4.2.2",
                Action::Delayed,
                "",
                "The mailbox is full. (Status 4.2.2.)",
            ),
            (
                "4.4.1",
                Action::Delayed,
                "",
                "The server can't be reached. (Status 4.4.1.)",
            ),
            (
                "5.7.509",
                Action::Failed,
                "",
                "The server refused the mail by its rules. (Status 5.7.509.)",
            ),
            ("", Action::Failed, "", "The mail came back."),
            (
                "",
                Action::Delayed,
                "",
                "The mail is delayed; the server keeps trying.",
            ),
        ] {
            assert_eq!(reason(&report(status, action, said)), expected);
        }
    }

    #[test]
    fn praise_is_no_complaint() {
        assert!(is_complaint("abuse") && !is_complaint("not-spam") && !is_complaint("dmarc"));
    }
}
