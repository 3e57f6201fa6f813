//! Findings and what follows from them.

use super::*;
use Standing::{Doubted, Forwarded, Unchecked, Unproven, Verified};

fn findings() -> Findings {
    Findings::about("ana@mail.shop.co.uk")
}

fn signed(by: &str, worth: Signed) -> Vec<(String, Signed)> {
    vec![(by.to_owned(), worth)]
}

#[test]
fn organisations_are_what_somebody_registered() {
    for (domain, expected) in [
        ("mail.shop.co.uk", "shop.co.uk"),
        ("co.uk", "co.uk"),
        ("shop.test", "shop.test"),
        ("A.Shop.TEST", "shop.test"),
        ("münchen.de", "xn--mnchen-3ya.de"),
        ("", ""),
    ] {
        assert_eq!(registered(domain), expected, "{domain}");
    }
    assert!(same_organisation("a.shop.co.uk", "b.shop.co.uk"));
    assert!(!same_organisation("a.co.uk", "b.co.uk"));
    assert!(!same_organisation("a.github.io", "b.github.io"));
    assert!(!same_organisation("", ""));
    assert!(is_within("mx.host.test", "host.test") && !is_within("evilhost.test", "host.test"));
}

/// The table: what was found, whether the domain proved itself before, and how the sender stands.
#[test]
fn the_strongest_finding_decides() {
    let policy = |policy| Findings {
        policy,
        ..findings()
    };
    let with = |policy, signed| Findings {
        policy,
        signed,
        ..findings()
    };
    let own = "mail.shop.co.uk";
    let above = "shop.co.uk";
    let vouched = Findings {
        voucher: Some("google.com".into()),
        ..policy(Policy::Distrust)
    };
    let spf = |policy, result| Findings {
        policy,
        spf: (result, above.to_owned()),
        ..findings()
    };
    let two = Findings {
        sole_sender: false,
        ..with(Policy::Fulfilled, signed(own, Signed::Valid))
    };
    for (found, before, standing, reason) in [
        (
            policy(Policy::Absent),
            false,
            Unproven,
            StandingReason::Unsigned,
        ),
        (
            policy(Policy::Absent),
            true,
            Doubted,
            StandingReason::Unsigned,
        ),
        (
            policy(Policy::Missed),
            false,
            Unproven,
            StandingReason::Unsigned,
        ),
        (
            policy(Policy::Missed),
            true,
            Doubted,
            StandingReason::Unsigned,
        ),
        (
            policy(Policy::Unreadable),
            false,
            Unproven,
            StandingReason::Unsigned,
        ),
        (
            policy(Policy::Distrust),
            false,
            Doubted,
            StandingReason::Distrusted,
        ),
        (
            policy(Policy::Unreachable),
            true,
            Unchecked,
            StandingReason::Unreachable,
        ),
        (
            with(Policy::Fulfilled, signed(above, Signed::Valid)),
            false,
            Verified,
            StandingReason::Signed,
        ),
        (
            with(Policy::Absent, signed(above, Signed::Valid)),
            false,
            Verified,
            StandingReason::Signed,
        ),
        // The policy asks for more than the same organisation.
        (
            with(Policy::Missed, signed(above, Signed::Valid)),
            false,
            Unproven,
            StandingReason::Unsigned,
        ),
        (
            with(Policy::Unreachable, signed(above, Signed::Valid)),
            false,
            Unchecked,
            StandingReason::Unreachable,
        ),
        (
            with(Policy::Unreachable, signed(own, Signed::Valid)),
            false,
            Verified,
            StandingReason::Signed,
        ),
        (
            with(Policy::Absent, signed(own, Signed::Altered)),
            false,
            Unproven,
            StandingReason::Altered,
        ),
        (
            with(Policy::Missed, signed(own, Signed::Altered)),
            true,
            Doubted,
            StandingReason::Altered,
        ),
        (
            with(Policy::Absent, signed(own, Signed::Unreachable)),
            true,
            Unchecked,
            StandingReason::Unreachable,
        ),
        (
            spf(Policy::Absent, CheckResult::Pass),
            false,
            Verified,
            StandingReason::SentByServer,
        ),
        (
            spf(Policy::Distrust, CheckResult::Pass),
            false,
            Doubted,
            StandingReason::Distrusted,
        ),
        (
            spf(Policy::Absent, CheckResult::Fail),
            false,
            Unproven,
            StandingReason::Unsigned,
        ),
        (vouched, true, Forwarded, StandingReason::VouchedFor),
        (two, true, Doubted, StandingReason::AmbiguousSender),
        (
            Findings::not_examined(),
            true,
            Unchecked,
            StandingReason::NotExamined,
        ),
        (
            Findings::unreachable("a@b.c"),
            true,
            Unchecked,
            StandingReason::Unreachable,
        ),
    ] {
        let check = judge(&found, "Ana", "ana@mail.shop.co.uk", before);
        assert_eq!(
            (check.standing, check.reason),
            (standing, reason),
            "{found:?} {before}"
        );
    }
}

#[test]
fn a_program_proves_itself_and_not_whom_it_names() {
    let found = Findings {
        policy: Policy::Fulfilled,
        signed: signed("mail.shop.co.uk", Signed::Valid),
        ..findings()
    };
    let check = named_by_program(judge(&found, "", "form@mail.shop.co.uk", true));
    assert_eq!(
        (check.standing, check.reason),
        (Unproven, StandingReason::NamedByProgram)
    );
    let spoofed = Findings {
        policy: Policy::Distrust,
        ..findings()
    };
    let check = named_by_program(judge(&spoofed, "", "form@mail.shop.co.uk", true));
    assert_eq!(check.standing, Doubted);
}

#[test]
fn names_that_show_another_address_mislead() {
    for (name, address, expected) in [
        ("Ana Ruiz", "ana@x.test", false),
        ("ana@x.test", "Ana@x.test", false),
        ("support@shop.test", "evil@x.test", true),
        ("Support (support@shop.test)", "evil@x.test", true),
        ("Ana @ Shop", "ana@x.test", false),
        ("", "ana@x.test", false),
    ] {
        assert_eq!(misleads(name, address), expected, "{name}");
    }
}

#[test]
fn only_providers_we_know_are_believed_by_default() {
    let server = |host| default_server(Some(host));
    assert_eq!(server("imap.gmail.com").as_deref(), Some("google.com"));
    assert_eq!(
        server("imap.fastmail.com").as_deref(),
        Some("messagingengine.com")
    );
    assert_eq!(server("imap.example.org"), None);
    assert_eq!(server("imap.notgmail.com"), None);
    assert_eq!(default_server(None), None);
}
