//! Keys, the records they need, and signatures that others verify.

use crate::fake_smtp::FakeSmtp;
use crate::fake_zone::FakeZone;
use crate::python;
use crate::support::{ROOMS, SHOP, Shop, local, mail, new_inbox, shop_with};
use channels::email::dkim::commands::{check, insist, make_keys};
use channels::email::dkim::reactions::Checking;
use channels::email::dkim::records::Purpose;
use channels::email::dkim::{DkimKey, Published, rules, store};
use channels::email::dns::Dns;
use channels::inboxes::form::NewInbox;
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use mail_auth::hickory_resolver::config::ResolverOpts;
use mail_auth::hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use mail_auth::{AuthenticatedMessage, DkimResult, MessageAuthenticator};
use std::sync::Arc;
use std::time::Duration;
use testkit::{World, each_engine};

const DOMAIN: &str = "shop.test";

struct Signing {
    shop: Shop,
    smtp: FakeSmtp,
    dns: FakeZone,
    sent: usize,
}

impl Signing {
    async fn on(world: &World) -> Signing {
        let (smtp, dns) = (FakeSmtp::start().await, FakeZone::start().await);
        let new = NewInbox {
            smtp: Some(local(smtp.port)),
            ..new_inbox(SHOP)
        };
        let mut shop = shop_with(world, new).await;
        shop.channels.dns = Dns::at(dns.address);
        Signing {
            shop,
            smtp,
            dns,
            sent: 0,
        }
    }

    async fn make_keys(&self) -> i64 {
        let kernel = &self.shop.channels.desk.kernel;
        let once = IdempotencyKey::default();
        make_keys(kernel, &self.shop.mia, DOMAIN, once)
            .await
            .unwrap()
    }

    async fn keys(&self) -> Vec<DkimKey> {
        let read = async |tx: &mut Tx<'_>| store::of_domain(tx, DOMAIN).await;
        let db = &self.shop.channels.desk.kernel.db;
        db.read::<_, DbError, _>(read).await.unwrap()
    }

    async fn publish(&self, generation: i64) {
        for key in self.keys().await {
            if key.generation == generation {
                self.dns
                    .publish(&rules::record_name(&key), &rules::record_value(&key));
            }
        }
    }

    /// Has a mail sent and answers its bytes and the selectors that signed it, verified.
    async fn send(&mut self, world: &World) -> (Vec<u8>, Vec<String>) {
        self.sent += 1;
        let first = mail(
            "Ana <ana@x.test>",
            &format!("{}@x.test", self.sent),
            "",
            "Hello",
        );
        let ticket = self.shop.receive(&first).await.ticket.unwrap();
        self.shop
            .answer(world, ticket, "<p>Grüße, we send a new one.</p>")
            .await;
        self.shop.run_jobs(world).await;
        let raw = self.smtp.taken().pop().unwrap().1;
        let verified = verify(&self.dns, &raw).await;
        (raw, verified)
    }
}

/// The selectors of all signatures, which mail-auth must find good.
async fn verify(dns: &FakeZone, raw: &[u8]) -> Vec<String> {
    let mut udp = ConnectionConfig::udp();
    udp.port = dns.address.port();
    let server = NameServerConfig::new(dns.address.ip(), true, vec![udp]);
    let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
    let verifier = MessageAuthenticator::new(config, ResolverOpts::default()).unwrap();
    let message = AuthenticatedMessage::parse(raw).unwrap();
    let found = verifier.verify_dkim(&message).await;
    let mut selectors = Vec::new();
    for signature in &found {
        assert_eq!(signature.result(), &DkimResult::Pass);
        let signature = signature.signature().unwrap();
        assert_eq!(signature.d, DOMAIN);
        selectors.push(signature.s.clone());
    }
    selectors.sort();
    selectors
}

#[tokio::test]
async fn mail_is_signed_once_its_keys_are_published() {
    each_engine(ROOMS, async |world: World| {
        let mut signing = Signing::on(&world).await;
        let none: [&str; 0] = [];
        assert_eq!(signing.send(&world).await.1, none, "without keys");
        assert_eq!(signing.make_keys().await, 1);
        assert_eq!(signing.send(&world).await.1, none, "not published yet");
        let channels = signing.shop.channels.clone();
        let advice = check(&channels, DOMAIN).await.unwrap();
        assert_eq!(advice.len(), 5);
        for told in &advice {
            assert_eq!(told.published, Published::Missing, "{told:?}");
            assert!(told.problem.is_some() && told.mend.is_some(), "{told:?}");
        }
        signing.publish(1).await;
        signing.dns.publish(DOMAIN, "v=spf1 ip4:127.0.0.1 -all");
        signing
            .dns
            .publish("_dmarc.shop.test", "v=DMARC1; p=quarantine");
        signing.dns.publish("mx:shop.test", "mail.shop.test.");
        for told in check(&channels, DOMAIN).await.unwrap() {
            assert_eq!(told.published, Published::Found, "{told:?}");
            assert_eq!((&told.problem, &told.mend), (&None, &None));
            if told.purpose == Purpose::Mx {
                assert_eq!(told.found, ["mail.shop.test"]);
            }
        }
        let (raw, selectors) = signing.send(&world).await;
        assert_eq!(selectors, ["ek1e", "ek1r"]);
        // A forged second header or a changed body is noticed.
        let text = String::from_utf8(raw).unwrap();
        for forged in [
            format!("Subject: Forged\r\n{text}"),
            format!("From: boss@shop.test\r\n{text}"),
            text.replace("a new one", "an old one"),
        ] {
            let message = AuthenticatedMessage::parse(forged.as_bytes());
            assert!(forged != text && message.is_some());
            let verified = std::panic::AssertUnwindSafe(verify(&signing.dns, forged.as_bytes()));
            let caught = futures_util::FutureExt::catch_unwind(verified).await;
            assert!(caught.is_err(), "{forged}");
        }
        // Name servers that don't answer change nothing; a lost record stops the signature.
        signing.dns.breaks(true);
        let advice = check(&channels, DOMAIN).await.unwrap();
        assert!(
            advice[0]
                .problem
                .as_ref()
                .unwrap()
                .contains("could not be looked up")
        );
        assert_eq!(advice[0].published, Published::Found);
        signing.dns.breaks(false);
        signing.dns.withdraw("ek1r._domainkey.shop.test");
        check(&channels, DOMAIN).await.unwrap();
        assert_eq!(signing.send(&world).await.1, ["ek1e"]);
    })
    .await;
}

#[tokio::test]
async fn a_new_pair_takes_over_when_it_is_published() {
    each_engine(ROOMS, async |world: World| {
        let mut signing = Signing::on(&world).await;
        let channels = signing.shop.channels.clone();
        let kernel = &channels.desk.kernel;
        let checking = || {
            vec![Arc::new(Checking {
                channels: channels.clone(),
            }) as Arc<_>]
        };
        signing.make_keys().await;
        signing.publish(1).await;
        world.clock.advance(Duration::from_secs(600));
        assert_eq!(world.run_jobs(checking()).await, 1, "it looks by itself");
        assert_eq!(signing.send(&world).await.1, ["ek1e", "ek1r"]);
        assert_eq!(signing.make_keys().await, 2);
        assert_eq!(
            signing.send(&world).await.1,
            ["ek1e", "ek1r"],
            "the old one goes on"
        );
        signing.publish(2).await;
        world.clock.advance(Duration::from_secs(6 * 3600));
        world.run_jobs(checking()).await;
        assert_eq!(signing.send(&world).await.1, ["ek2e", "ek2r"]);
        for key in signing.keys().await {
            assert_eq!(key.retired_at.is_some(), key.generation == 1);
            let secret = kernel.keys.decrypt_secret(&key.secret).unwrap();
            assert_eq!(secret.is_empty(), key.generation == 1, "its secret is gone");
        }
        let retired = signing.keys().await[0].id;
        let again = insist(kernel, &signing.shop.mia, DOMAIN, retired, true).await;
        assert!(again.is_err());
        // Pairs that nobody publishes don't pile up.
        signing.make_keys().await;
        signing.make_keys().await;
        let once = IdempotencyKey::default();
        assert!(
            make_keys(kernel, &signing.shop.mia, DOMAIN, once)
                .await
                .is_err()
        );
        let stranger = make_keys(
            kernel,
            &signing.shop.mia,
            "x.test",
            IdempotencyKey::default(),
        );
        assert!(stranger.await.is_err());
    })
    .await;
}

#[tokio::test]
async fn an_administrator_may_insist() {
    each_engine(ROOMS, async |world: World| {
        let mut signing = Signing::on(&world).await;
        signing.make_keys().await;
        let kernel = signing.shop.channels.desk.kernel.clone();
        let key = signing.keys().await[0].clone();
        insist(&kernel, &signing.shop.mia, DOMAIN, key.id, true)
            .await
            .unwrap();
        // Verified by what will be published.
        signing.publish(1).await;
        let (_, selectors) = signing.send(&world).await;
        assert_eq!(selectors, std::slice::from_ref(&key.selector));
        insist(&kernel, &signing.shop.mia, DOMAIN, key.id, false)
            .await
            .unwrap();
        assert!(signing.send(&world).await.1.is_empty());
    })
    .await;
}

#[tokio::test]
async fn openssl_agrees_with_our_signatures() {
    if !python::at_hand() {
        return;
    }
    each_engine(ROOMS, async |world: World| {
        let mut signing = Signing::on(&world).await;
        signing.make_keys().await;
        signing.publish(1).await;
        check(&signing.shop.channels, DOMAIN).await.unwrap();
        let (raw, _) = signing.send(&world).await;
        let pems: Vec<(String, String)> = signing
            .keys()
            .await
            .into_iter()
            .map(|key| (key.selector.clone(), pem(&key)))
            .collect();
        let changed = String::from_utf8(raw.clone())
            .unwrap()
            .replace("Lamp Shop", "Lamp Shoq");
        let read = python::read(&[raw, changed.into_bytes()], &pems);
        let verdicts = |index: usize| -> Vec<(&str, &str)> {
            let verdicts = read[index].dkim.iter();
            verdicts.map(|(s, v)| (s.as_str(), v.as_str())).collect()
        };
        assert_eq!(verdicts(0), [("ek1e", "good"), ("ek1r", "good")]);
        assert!(
            verdicts(1).iter().all(|(_, verdict)| *verdict != "good"),
            "{:?}",
            verdicts(1)
        );
        assert!(read[0].defects.is_empty(), "{:?}", read[0].defects);
    })
    .await;
}

/// A public key as openssl reads it; Ed25519 keys are published without their frame (RFC 8410).
fn pem(key: &DkimKey) -> String {
    use base64::Engine;
    let mut der = Vec::new();
    if key.public_key.len() == 32 {
        der.extend([
            0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
        ]);
    }
    der.extend(&key.public_key);
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(64)
        .map(|c| std::str::from_utf8(c).unwrap())
        .collect();
    format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
        lines.join("\n")
    )
}
