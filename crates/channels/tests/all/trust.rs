//! Whether a mail comes from whom it says, and what a mail that doesn't can do.

use crate::fake_dns::FakeDns;
use crate::signing::Signer;
use crate::support::{ROOMS, SHOP, Shop, checking_shop, mail, new_inbox};
use channels::email::intake::State;
use channels::email::trust::commands::choose;
use channels::email::trust::dns::DnsServers;
use channels::email::trust::rules::{Policy, Signed};
use channels::email::trust::{EXAMINING_MAX, Envelope, Examiner, Exhibit, InboxTrust};
use channels::email::{tokens, trust};
use desk::messages::senders::{CheckResult, Standing, StandingReason as Reason};
use kernel::ids::TicketId;
use kernel::journal::Actor;
use mail_auth::MessageAuthenticator;
use mail_auth::hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use std::sync::Arc;
use std::time::Duration;
use testkit::{World, each_engine};

/// A key of 512 bits and a mail signed with it, and the same with 1024 bits.
const RSA_512: (&str, &str) = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKPwh+DB+Aow4UmBTaYhdP782dGZ3wpcEtK48HOqHDOE/yiwjpI/UjwWRL\
     k1/Neg9z+22jwIY8Jl/kWwYsc62lcCAwEAAQ==",
    "BDQeIMuH++wH9eHYX3dp557Lnk9dhUnc2RrjBVNUVuyPHWLzW72SUBfXY03/I20STWHu1djxN2Q+MojykNdDow==",
);
const RSA_1024: (&str, &str) = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC0z+9WcJrTNeNN1+9kM5PJJlw3h/8v2Zkg3pPCXRFJuZ/zlQsCA8\
     mm+Nz2RTAAQam4VEFZdQ4CMqCnV+C0MkgiDTPFL+taQIzLWuLck+h+sR0K2uHjyTdIvzC+EjGA3NXA5JyuUx2VV2PY0\
     m4z29SlaaP+FNK4PVhIAitejr3zQQIDAQAB",
    "ZLY2jwa/67jIGHvEZhD8JqEEWFDb5zt+xDbCl9DTg+MFL0L1qV4Vs0LvYsi5Z7lgW055lB5GoMj+RZVwA9TB163VnYg\
     zdz47HkGwg7+zE6EHENfXbXyLZQOJDzV96ZSn8K43DoWtdK5vUK9smNNgPPMCKy/5Eh4aqD/F6pQxtJg=",
);

/// A mail with nothing to prove it.
fn plain(from: &str) -> String {
    format!("From: {from}\nTo: {SHOP}\nSubject: Broken lamp\n\nMy lamp broke\n")
}

fn rsa_signed(bits: u32, signature: &str) -> String {
    format!(
        "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=rsa{bits}.test; s=k; \
         h=from:subject; bh=0VfJ7Y4VWXfO9Ifgom6G1WiAxH3tHN5ObqocanFJKrE=; b={signature}\n{}",
        plain(&format!("ana@rsa{bits}.test"))
    )
}

/// Domains of every kind.
async fn internet() -> FakeDns {
    let dns = FakeDns::start().await;
    for (domain, policy) in [
        ("reject.test", "p=reject"),
        ("quarantine.test", "p=quarantine"),
        ("watch.test", "p=none"),
        ("strict.test", "p=reject; adkim=s"),
        ("subs.test", "p=none; sp=reject"),
        ("rsa512.test", "p=reject"),
        ("rsa1024.test", "p=reject"),
        ("badkey.test", "p=reject"),
        ("revoked.test", "p=reject"),
    ] {
        dns.txt(&format!("_dmarc.{domain}"), &format!("v=DMARC1; {policy}"));
    }
    dns.address("news.subs.test", [192, 0, 2, 9]);
    dns.txt("_dmarc.garbled.test", "v=DMARC1; p=perhaps");
    dns.txt("k._domainkey.badkey.test", "v=DKIM1; k=rsa; p=AAAA");
    dns.txt("k._domainkey.revoked.test", "v=DKIM1; k=ed25519; p=");
    for (bits, (key, _)) in [(512, RSA_512), (1024, RSA_1024)] {
        let name = format!("k._domainkey.rsa{bits}.test");
        dns.txt(&name, &format!("v=DKIM1; k=rsa; p={key}"));
    }
    dns.fail("down.test", true);
    dns
}

#[tokio::test]
async fn every_kind_of_mail_stands_as_it_should() {
    use Standing::{Doubted, Unchecked, Unproven, Verified};
    each_engine(ROOMS, async |world: World| {
        let dns = internet().await;
        let shop = checking_shop(&world, dns.address, new_inbox(SHOP)).await;
        let of = |domain: &str| Signer::of(&dns, domain);
        let reject = of("reject.test");
        let footer = |signed: String| signed + "-- \nThe list's footer\n";
        let other = of("other.test");
        let strict = of("strict.test");
        let mut without_from = of("reject.test");
        without_from.fields = vec!["subject"];
        let ana = plain("Ana <ana@reject.test>");
        let wrong = "DKIM-Signature: v=1; a=ed25519-sha256; c=simple/simple; d=reject.test; s=k; \
            h=from; bh=AAAA; b=AAAA\n";
        let two_fields = format!("From: eve@evil.test\n{ana}");
        for (name, mail, standing, reason, domain) in [
            (
                "signed",
                reject.sign(&ana),
                Verified,
                Reason::Signed,
                "reject.test",
            ),
            (
                "unsigned, p=reject",
                ana.clone(),
                Doubted,
                Reason::Distrusted,
                "reject.test",
            ),
            (
                "unsigned, p=quarantine",
                plain("a@quarantine.test"),
                Doubted,
                Reason::Distrusted,
                "quarantine.test",
            ),
            (
                "unsigned, p=none",
                plain("a@watch.test"),
                Unproven,
                Reason::Unsigned,
                "watch.test",
            ),
            (
                "nothing published",
                plain("a@none.test"),
                Unproven,
                Reason::Unsigned,
                "none.test",
            ),
            (
                "signed without a policy",
                of("nopolicy.test").sign(&plain("a@mail.nopolicy.test")),
                Verified,
                Reason::Signed,
                "nopolicy.test",
            ),
            (
                "a list's footer, p=reject",
                footer(reject.sign(&ana)),
                Doubted,
                Reason::Distrusted,
                "reject.test",
            ),
            (
                "a list's footer, p=none",
                footer(of("watch.test").sign(&plain("a@watch.test"))),
                Unproven,
                Reason::Altered,
                "watch.test",
            ),
            (
                "another's signature",
                other.sign(&ana),
                Doubted,
                Reason::Distrusted,
                "reject.test",
            ),
            (
                "a subdomain under strict alignment",
                strict.sign(&plain("a@sub.strict.test")),
                Doubted,
                Reason::Distrusted,
                "sub.strict.test",
            ),
            (
                "the very domain under strict alignment",
                strict.sign(&plain("a@strict.test")),
                Verified,
                Reason::Signed,
                "strict.test",
            ),
            (
                "a subdomain under relaxed alignment",
                reject.sign(&plain("a@sub.reject.test")),
                Verified,
                Reason::Signed,
                "reject.test",
            ),
            (
                "the policy of subdomains",
                plain("a@news.subs.test"),
                Doubted,
                Reason::Distrusted,
                "news.subs.test",
            ),
            (
                "the domain above",
                plain("a@subs.test"),
                Unproven,
                Reason::Unsigned,
                "subs.test",
            ),
            (
                "several signatures",
                format!("{wrong}{}", reject.sign(&ana)),
                Verified,
                Reason::Signed,
                "reject.test",
            ),
            (
                "a signature over part of the text",
                of("reject.test").with_tags("l=; ").sign(&ana),
                Doubted,
                Reason::Distrusted,
                "reject.test",
            ),
            (
                "an expired signature",
                of("reject.test").with_tags("t=1; x=2; ").sign(&ana),
                Doubted,
                Reason::Distrusted,
                "reject.test",
            ),
            (
                "a signature that leaves From out",
                without_from.sign(&ana),
                Doubted,
                Reason::Distrusted,
                "reject.test",
            ),
            (
                "512 bits",
                rsa_signed(512, RSA_512.1),
                Doubted,
                Reason::Distrusted,
                "rsa512.test",
            ),
            (
                "1024 bits",
                rsa_signed(1024, RSA_1024.1),
                Verified,
                Reason::Signed,
                "rsa1024.test",
            ),
            (
                "a key that is none",
                Signer::of(&FakeDns::start().await, "badkey.test").sign(&plain("a@badkey.test")),
                Doubted,
                Reason::Distrusted,
                "badkey.test",
            ),
            (
                "a revoked key",
                Signer::of(&FakeDns::start().await, "revoked.test").sign(&plain("a@revoked.test")),
                Doubted,
                Reason::Distrusted,
                "revoked.test",
            ),
            (
                "a policy nobody understands",
                plain("a@garbled.test"),
                Unproven,
                Reason::Unsigned,
                "garbled.test",
            ),
            (
                "a broken server",
                of("down.test").sign(&plain("a@down.test")),
                Unchecked,
                Reason::Unreachable,
                "down.test",
            ),
            (
                "two senders in one field",
                reject.sign(&plain("ana@reject.test, eve@evil.test")),
                Doubted,
                Reason::AmbiguousSender,
                "reject.test",
            ),
            (
                "two fields",
                reject.sign(&two_fields),
                Doubted,
                Reason::AmbiguousSender,
                "evil.test",
            ),
        ] {
            let filed = shop.receive(&mail).await;
            assert_eq!(filed.state, State::Processed, "{name}");
            let check = shop.sender(filed.ticket.unwrap(), 1).await;
            let found = (check.standing, check.reason, check.domain.as_str());
            assert_eq!(found, (standing, reason, domain), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_name_that_shows_another_address_is_pointed_out() {
    each_engine(ROOMS, async |world: World| {
        let dns = internet().await;
        let shop = checking_shop(&world, dns.address, new_inbox(SHOP)).await;
        let evil = Signer::of(&dns, "evil.test");
        let spoof = evil.sign(&plain("\"support@shop.test\" <evil@evil.test>"));
        let check = shop
            .sender(shop.receive(&spoof).await.ticket.unwrap(), 1)
            .await;
        assert_eq!(
            (check.standing, check.misleading_name),
            (Standing::Verified, true)
        );
        let fine = evil.sign(&plain("\"evil@evil.test\" <evil@evil.test>"));
        let check = shop
            .sender(shop.receive(&fine).await.ticket.unwrap(), 1)
            .await;
        assert!(!check.misleading_name);
    })
    .await;
}

#[tokio::test]
async fn a_chain_of_seals_counts_from_servers_we_know() {
    use Standing::{Doubted, Forwarded};
    each_engine(ROOMS, async |world: World| {
        let dns = internet().await;
        let asking = resolver(&dns);
        let shop = checking_shop(&world, dns.address, new_inbox(SHOP)).await;
        let (known, unknown) = (
            Signer::of(&dns, "google.com"),
            Signer::of(&dns, "evil.test"),
        );
        let ana = plain("ana@reject.test");
        let seal =
            async |by: &Signer, mail: &str, ok| by.seal(&asking, mail, "reject.test", ok).await;
        let genuine = seal(&known, &ana, true).await;
        let lied = seal(&unknown, &ana, true).await;
        for (name, mail, standing) in [
            ("sealed as genuine", genuine.clone(), Forwarded),
            (
                "sealed as failing",
                seal(&known, &ana, false).await,
                Doubted,
            ),
            ("sealed by anybody", lied.clone(), Doubted),
            (
                "a lie, sealed on by a known server",
                seal(&known, &lied, false).await,
                Doubted,
            ),
            (
                "sealed twice",
                seal(&known, &genuine, false).await,
                Forwarded,
            ),
            (
                "changed after the seal",
                genuine.replace("lamp broke", "money"),
                Doubted,
            ),
            (
                "a seal that was changed",
                genuine.replace("dmarc=pass", "dmarc=fail"),
                Doubted,
            ),
            (
                "genuine of somebody else",
                known.seal(&asking, &ana, "evil.test", true).await,
                Doubted,
            ),
        ] {
            let filed = shop.receive(&mail).await;
            let check = shop.sender(filed.ticket.unwrap(), 1).await;
            assert_eq!(check.standing, standing, "{name}: {check:?}");
            if standing == Forwarded {
                assert_eq!(
                    (check.reason, &*check.domain),
                    (Reason::VouchedFor, "google.com")
                );
            }
        }
    })
    .await;
}

fn resolver(dns: &FakeDns) -> MessageAuthenticator {
    let mut server = NameServerConfig::udp(dns.address.ip());
    server.connections[0].port = dns.address.port();
    let config = ResolverConfig::from_name_servers(vec![server]);
    MessageAuthenticator::new(config, ResolverOpts::default()).unwrap()
}

#[tokio::test]
async fn notes_of_the_inboxs_own_server_count_and_forged_ones_do_not() {
    each_engine(ROOMS, async |world: World| {
        let dns = internet().await;
        let shop = checking_shop(&world, dns.address, new_inbox(SHOP)).await;
        let received = "Received: from x by mx.host.test; now\n";
        let note = |word: &str, domain: &str| {
            format!("Authentication-Results: mx.host.test; spf={word} smtp.mailfrom={domain}\n")
        };
        let ana = plain("ana@reject.test");
        let (pass, fail) = (note("pass", "reject.test"), note("fail", "reject.test"));
        let foreign = "Received: from y by relay.test; now\n";
        let standing = async |mail: String| {
            let filed = shop.receive(&mail).await;
            shop.sender(filed.ticket.unwrap(), 1).await.standing
        };
        let mail = format!("{pass}{received}{ana}");
        assert_eq!(
            standing(mail).await,
            Standing::Doubted,
            "nobody is believed by default"
        );
        believe(&shop, Some("host.test"), true).await;
        for (name, mail, expected) in [
            (
                "noted",
                format!("X: 1\n{pass}{received}{ana}"),
                Standing::Verified,
            ),
            (
                "a forged one below",
                format!("{fail}{received}{pass}{ana}"),
                Standing::Doubted,
            ),
            (
                "only a forged one",
                format!("{received}{foreign}{pass}{ana}"),
                Standing::Doubted,
            ),
            (
                "for another domain",
                format!("{}{ana}", note("pass", "evil.test")),
                Standing::Doubted,
            ),
        ] {
            assert_eq!(standing(mail).await, expected, "{name}");
        }
    })
    .await;
}

async fn believe(shop: &Shop, server: Option<&str>, plus_addressing: bool) {
    let chosen = InboxTrust {
        server: server.map(str::to_owned),
        plus_addressing,
        version: 0,
    };
    let kernel = &shop.channels.desk.kernel;
    choose(kernel, &shop.mia, shop.inbox.id, chosen)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_envelope_is_checked_where_we_saw_it() {
    let dns = internet().await;
    dns.txt("reject.test", "v=spf1 ip4:192.0.2.1 -all");
    dns.txt("evil.test", "v=spf1 +all");
    let (clock, _) = kernel::clock::Clock::manual(kernel::time::Timestamp::from_micros(0));
    let examiner = Examiner::new(&DnsServers::At(vec![dns.address]), clock);
    let examine = async |mail_from: &str, ip: [u8; 4]| {
        let envelope = Envelope {
            mail_from: mail_from.into(),
            helo: "reject.test".into(),
            client_ip: ip.into(),
        };
        let exhibit = Exhibit {
            raw: Arc::new(plain("ana@reject.test").replace('\n', "\r\n").into_bytes()),
            body: channels::email::trust::SeenBody::Whole,
            from: "ana@reject.test".into(),
            envelope: Some(envelope),
            server: None,
        };
        examiner.examine(exhibit).await
    };
    let good = examine("ana@reject.test", [192, 0, 2, 1]).await;
    assert_eq!(
        (good.spf.0, good.policy),
        (CheckResult::Pass, Policy::Fulfilled)
    );
    let bad = examine("ana@reject.test", [192, 0, 2, 2]).await;
    assert_eq!(
        (bad.spf.0, bad.policy),
        (CheckResult::Fail, Policy::Distrust)
    );
    let report = examine("", [192, 0, 2, 1]).await;
    assert_eq!(
        (report.spf.0, report.policy),
        (CheckResult::Pass, Policy::Fulfilled)
    );
    let other = examine("eve@evil.test", [192, 0, 2, 2]).await;
    assert_eq!(
        (other.spf.0, other.policy),
        (CheckResult::Absent, Policy::Distrust)
    );
    assert_eq!(
        dns.asked("evil.test"),
        0,
        "what proves nothing is not asked for"
    );
}

#[tokio::test]
async fn silent_servers_delay_a_mail_only_so_long_and_only_a_few() {
    let dns = FakeDns::start().await;
    dns.fall_silent();
    let (clock, _) = kernel::clock::Clock::manual(kernel::time::Timestamp::from_micros(0));
    let examiner = Examiner::new(&DnsServers::At(vec![dns.address]), clock);
    let exhibit = Exhibit {
        raw: Arc::new(plain("a@x.test").into_bytes()),
        body: channels::email::trust::SeenBody::Whole,
        from: "a@x.test".into(),
        envelope: None,
        server: None,
    };
    let begun = tokio::time::Instant::now();
    let all = (0..3).map(|_| examiner.examine(exhibit.clone()));
    for findings in futures_util::future::join_all(all).await {
        assert!(findings.unreachable);
    }
    assert!(begun.elapsed() < EXAMINING_MAX + Duration::from_secs(3));
    let asked = dns.asked("");
    let findings = examiner.examine(exhibit).await;
    assert!(findings.unreachable && findings.examined);
    assert_eq!(dns.asked(""), asked, "servers that are down are left alone");
}

#[tokio::test]
async fn strange_bytes_are_examined_without_harm() {
    let dns = internet().await;
    let (clock, _) = kernel::clock::Clock::manual(kernel::time::Timestamp::from_micros(0));
    let examiner = Examiner::new(&DnsServers::At(vec![dns.address]), clock);
    let signed = Signer::of(&dns, "reject.test").sign(&plain("ana@reject.test"));
    let many = "DKIM-Signature: v=1; a=rsa-sha256; d=reject.test; s=k; h=from; bh=AA==; b=AA==\n";
    let slow = format!("{}{}", many.repeat(600), plain("ana@reject.test"));
    let begun = tokio::time::Instant::now();
    for raw in [
        Vec::new(),
        b"\0\xFF\xFE: \n\n".to_vec(),
        b"From: ana@reject.test".to_vec(),
        signed.as_bytes()[..signed.len() / 3].to_vec(),
        signed.replace("bh=", "bh=\0").into_bytes(),
        "A: b\n".repeat(50_000).into_bytes(),
        slow.into_bytes(),
        b"DKIM-Signature: ;;;;=;\nARC-Seal: i=99999999999\nFrom: ana@reject.test\n\n".to_vec(),
    ] {
        let exhibit = Exhibit {
            raw: Arc::new(raw),
            body: channels::email::trust::SeenBody::Whole,
            from: "ana@reject.test".into(),
            envelope: None,
            server: Some("host.test".into()),
        };
        let findings = examiner.examine(exhibit).await;
        assert!(
            findings
                .signed
                .iter()
                .all(|(_, worth)| *worth != Signed::Valid)
        );
        assert_ne!(findings.policy, Policy::Fulfilled);
    }
    assert!(begun.elapsed() < EXAMINING_MAX);
    assert!(
        dns.asked("_domainkey.reject.test") < 20,
        "signatures are limited"
    );
}

#[tokio::test]
async fn a_domain_out_of_reach_is_asked_again() {
    each_engine(ROOMS, async |world: World| {
        let dns = internet().await;
        let shop = checking_shop(&world, dns.address, new_inbox(SHOP)).await;
        let signed = Signer::of(&dns, "down.test").sign(&plain("a@down.test"));
        let (good, bad) = (
            shop.receive(&signed).await.ticket.unwrap(),
            shop.receive(&plain("b@down.test")).await.ticket.unwrap(),
        );
        assert_eq!(shop.sender(good, 1).await.standing, Standing::Unchecked);
        world.clock.advance(Duration::from_secs(301));
        shop.run_jobs(&world).await;
        assert_eq!(
            shop.sender(good, 1).await.standing,
            Standing::Unchecked,
            "still down"
        );
        dns.fail("down.test", false);
        dns.txt("_dmarc.down.test", "v=DMARC1; p=reject");
        world.clock.advance(Duration::from_secs(3_600));
        shop.run_jobs(&world).await;
        let check = shop.sender(good, 1).await;
        assert_eq!(
            (check.standing, check.reason),
            (Standing::Verified, Reason::Signed)
        );
        assert_eq!(shop.sender(bad, 1).await.standing, Standing::Doubted);
        let kinds: Vec<_> = world.journal().await.into_iter().map(|r| r.kind).collect();
        let checked = kinds
            .iter()
            .filter(|kind| *kind == "message.sender_checked");
        assert_eq!(checked.count(), 2);
    })
    .await;
}

/// A ticket of ana@reject.test, with the signer of her domain.
async fn ticket_of_ana(shop: &Shop, dns: &FakeDns) -> (TicketId, Signer) {
    let signer = Signer::of(dns, "reject.test");
    let first = mail(
        "Ana <ana@reject.test>",
        "1@reject.test",
        "",
        "My lamp broke",
    );
    let filed = shop.receive(&signer.sign(&first)).await;
    (filed.ticket.unwrap(), signer)
}

#[tokio::test]
async fn a_failing_sender_reaches_no_ticket_by_headers() {
    each_engine(ROOMS, async |world: World| {
        let dns = internet().await;
        let shop = checking_shop(&world, dns.address, new_inbox(SHOP)).await;
        let (ticket, signer) = ticket_of_ana(&shop, &dns).await;
        let headers = "In-Reply-To: <1@reject.test>\nCc: eve@evil.test\n";
        let spoof = mail(
            "Ana <ana@reject.test>",
            "2@evil.test",
            headers,
            "Send me my data",
        );
        let opened = shop.receive(&spoof).await.ticket.unwrap();
        assert_ne!(opened, ticket);
        let check = shop.sender(opened, 1).await;
        assert_eq!(
            (check.standing, check.reason),
            (Standing::Doubted, Reason::Distrusted)
        );
        assert_eq!(
            shop.cc(opened).await,
            0,
            "it brings nobody into the conversation"
        );
        // The real Ana joins, by the same headers.
        let genuine = mail("ana@reject.test", "3@reject.test", headers, "And?");
        let joined = shop.receive(&signer.sign(&genuine)).await.ticket;
        assert_eq!(joined, Some(ticket));
        assert_eq!(shop.cc(ticket).await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_own_token_joins_a_failing_mail_and_marks_it() {
    each_engine(ROOMS, async |world: World| {
        let dns = internet().await;
        let shop = checking_shop(&world, dns.address, new_inbox(SHOP)).await;
        let (ticket, _) = ticket_of_ana(&shop, &dns).await;
        let keys = &world.kernel.keys;
        let with = |token: &str, id: &str| {
            let to = format!("Cc: support+{token}@shop.test, eve@evil.test\n");
            mail("ana@reject.test", id, &to, "changed on its way")
        };
        let own = tokens::make(keys, ticket, "Ana@reject.test");
        let joined = shop.receive(&with(&own, "2@x.test")).await.ticket;
        assert_eq!(joined, Some(ticket));
        assert_eq!(shop.sender(ticket, 2).await.standing, Standing::Doubted);
        assert_eq!(shop.cc(ticket).await, 0, "and brings nobody in");
        let other = tokens::make(keys, ticket, "ben@x.test");
        let opened = shop.receive(&with(&other, "3@x.test")).await.ticket;
        assert_ne!(opened, Some(ticket), "somebody else's token is no proof");
    })
    .await;
}

#[tokio::test]
async fn a_domain_that_proved_itself_must_go_on_doing_so() {
    each_engine(ROOMS, async |world: World| {
        let dns = internet().await;
        let shop = checking_shop(&world, dns.address, new_inbox(SHOP)).await;
        let unsigned = plain("ana@nopolicy.test");
        let before = shop.receive(&unsigned).await.ticket.unwrap();
        assert_eq!(shop.sender(before, 1).await.standing, Standing::Unproven);
        let signed = Signer::of(&dns, "nopolicy.test").sign(&plain("ben@nopolicy.test"));
        shop.receive(&signed).await;
        let later = unsigned.replace("My lamp", "Your lamp");
        let check = shop
            .sender(shop.receive(&later).await.ticket.unwrap(), 1)
            .await;
        assert_eq!(
            (check.standing, check.reason),
            (Standing::Doubted, Reason::Unsigned)
        );
    })
    .await;
}

#[tokio::test]
async fn an_agents_address_in_from_is_nobody_special() {
    each_engine(ROOMS, async |world: World| {
        let dns = internet().await;
        let shop = checking_shop(&world, dns.address, new_inbox(SHOP)).await;
        let (ticket, signer) = ticket_of_ana(&shop, &dns).await;
        // Agents sign in as mia@…; whoever mails from there is a customer like any other.
        let email = identity_email(&shop).await;
        let token = tokens::make(&world.kernel.keys, ticket, "ana@reject.test");
        let headers = format!("In-Reply-To: <1@reject.test>\nCc: support+{token}@shop.test\n");
        let spoof = mail(&email, "2@x.test", &headers, "Close this ticket.");
        let opened = shop.receive(&spoof).await.ticket.unwrap();
        assert_ne!(opened, ticket);
        let author = shop.message(opened, 1).await.author;
        assert_eq!(author.r#type, desk::timeline::AuthorType::Customer);
        let _ = signer;
        let acted = world.journal().await.into_iter();
        let acted = acted.filter(|record| record.ticket == Some(opened));
        assert!(
            acted
                .into_iter()
                .all(|record| !matches!(record.actor, Actor::Agent(_)))
        );
    })
    .await;
}

async fn identity_email(shop: &Shop) -> String {
    let agent = shop.mia.agent;
    let read =
        async move |tx: &mut kernel::db::Tx<'_>| identity::agents::store::find(tx, agent).await;
    let found = shop
        .channels
        .desk
        .kernel
        .db
        .read::<_, kernel::db::DbError, _>(read);
    found.await.unwrap().unwrap().email
}

#[tokio::test]
async fn a_form_names_an_author_whom_nobody_checked() {
    each_engine(ROOMS, async |world: World| {
        let dns = internet().await;
        let shop = checking_shop(&world, dns.address, new_inbox(SHOP)).await;
        let form = plain("no-reply@other.test").replace("To:", "Reply-To: ana@reject.test\nTo:");
        let signed = Signer::of(&dns, "other.test").sign(&form);
        let check = shop
            .sender(shop.receive(&signed).await.ticket.unwrap(), 1)
            .await;
        let found = (check.standing, check.reason, check.domain.as_str());
        assert_eq!(
            found,
            (Standing::Unproven, Reason::NamedByProgram, "other.test")
        );
    })
    .await;
}

#[tokio::test]
async fn what_an_inbox_believes_can_be_chosen() {
    each_engine(ROOMS, async |world: World| {
        let dns = internet().await;
        let shop = checking_shop(&world, dns.address, new_inbox(SHOP)).await;
        let kernel = &world.kernel;
        let chosen = |server: &str, version| InboxTrust {
            server: Some(server.into()),
            plus_addressing: false,
            version,
        };
        for wrong in ["com", "a b", "co.uk", "x@y.z"] {
            let refused = choose(kernel, &shop.mia, shop.inbox.id, chosen(wrong, 0)).await;
            assert!(refused.is_err(), "{wrong}");
        }
        choose(
            kernel,
            &shop.mia,
            shop.inbox.id,
            chosen(" MX.host.test ", 0),
        )
        .await
        .unwrap();
        let stale = choose(kernel, &shop.mia, shop.inbox.id, chosen("b.test", 0)).await;
        assert!(stale.is_err());
        let inbox = shop.inbox.clone();
        let read =
            async move |tx: &mut kernel::db::Tx<'_>| trust::commands::of_inbox(tx, &inbox).await;
        let kept = kernel
            .db
            .read::<_, kernel::db::DbError, _>(read)
            .await
            .unwrap();
        assert_eq!(kept, chosen("mx.host.test", 1));
    })
    .await;
}
