//! Mail by the providers' webhooks: proven before it is stored, stored once, read as it was sent.

use crate::support::{ROOMS, SHOP, add_inbox, mail, new_inbox, room};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use aws_lc_rs::{encoding, hmac};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use channels::Channels;
use channels::email::intake::{Envelope, store};
use channels::inboxes::Inbox;
use identity::{Caller, Role};
use kernel::db::{DbError, Tx};
use kernel::ids::{FailureId, TicketId};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{World, each_engine};
use tower::ServiceExt;

const KEY: &str = "mailgun-signing-key";
const FORM: &str = "multipart/form-data; boundary=b";

struct Site {
    app: Router,
    channels: Channels,
    mia: Caller,
    inbox: Inbox,
}

impl Site {
    async fn open(world: &World) -> Site {
        let channels = room(world);
        let mia = identity::fixtures::agent(&world.kernel, "Mia", Role::Admin).await;
        let inbox = add_inbox(&channels, &mia, new_inbox(SHOP)).await;
        let app = channels::router().with_state(channels.clone()).into();
        Site {
            app,
            channels,
            mia,
            inbox,
        }
    }

    async fn ask(&self, request: Request<Body>) -> (StatusCode, Value) {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        (status, body)
    }

    async fn admin(&self, method: &str, body: Value) -> (StatusCode, Value) {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/inboxes/{}/webhook", self.inbox.id))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        request.extensions_mut().insert(self.mia.clone());
        self.ask(request).await
    }

    /// Sets the webhook up and answers its address.
    async fn set_up(&self, wanted: Value) -> String {
        let (status, body) = self.admin("PUT", wanted).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["webhook"]["address"].as_str().unwrap().to_owned()
    }

    /// Posts as a provider does, to the address it was given.
    async fn post(
        &self,
        address: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> (StatusCode, Value) {
        let (_, rest) = address.split_once("://").unwrap();
        let (place, path) = rest.split_once("/api/v1").unwrap();
        let mut request = Request::builder().method("POST").uri(path);
        if let Some((login, _)) = place.rsplit_once('@') {
            let login = format!("Basic {}", STANDARD.encode(login));
            request = request.header("authorization", login);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(body.into()).unwrap()).await
    }

    async fn run_jobs(&self, world: &World) {
        world.run_jobs(self.channels.handlers()).await;
    }

    async fn ticket(&self, id: i64) -> Option<desk::tickets::Ticket> {
        let find = async move |tx: &mut Tx<'_>| desk::tickets::store::find(tx, TicketId(id)).await;
        let kernel = &self.channels.desk.kernel;
        kernel.db.read::<_, DbError, _>(find).await.unwrap()
    }

    async fn stored(&self, id: i64) -> Option<Envelope> {
        let find = async move |tx: &mut Tx<'_>| store::find(tx, FailureId(id)).await;
        let kernel = &self.channels.desk.kernel;
        let found = kernel.db.read::<_, DbError, _>(find).await.unwrap();
        found.map(|mail| mail.envelope)
    }
}

impl Site {
    /// How many mails are stored. Ids are no count: a duplicate may use one up.
    async fn count(&self) -> usize {
        let mut count = 0;
        for id in 1..=20 {
            count += usize::from(self.stored(id).await.is_some());
        }
        count
    }
}

fn form(fields: &[(&str, &str)]) -> String {
    let parts = fields.iter().map(|(name, value)| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    });
    format!("{}--b--\r\n", parts.collect::<String>())
}

fn crlf(raw: &str) -> String {
    raw.replace('\n', "\r\n")
}

#[tokio::test]
async fn postmark_brings_raw_mail_and_parts() {
    each_engine(ROOMS, async |world: World| {
        let site = Site::open(&world).await;
        let address = site.set_up(json!({"provider": "postmark"})).await;
        let raw = crlf(&mail("Ana <ana@x.test>", "1@x.test", "", "My lamp broke"));
        let whole = json!({"RawEmail": raw, "OriginalRecipient": "support+x@shop.test"});
        let (status, body) = site.post(&address, &[], whole.to_string()).await;
        assert_eq!((status, &body["state"]), (StatusCode::OK, &json!("queued")));
        let (status, body) = site.post(&address, &[], whole.to_string()).await;
        assert_eq!(
            (status, &body["state"]),
            (StatusCode::OK, &json!("duplicate"))
        );
        let parts = json!({
            "From": "ana@x.test", "FromFull": {"Email": "ana@x.test", "Name": "Ana"},
            "To": SHOP, "Subject": "Re: Broken lamp", "TextBody": "Any news?",
            "Date": "Mon, 2 Mar 2026 11:00:00 +0100",
            "Headers": [{"Name": "Message-ID", "Value": "<2@x.test>"},
                {"Name": "In-Reply-To", "Value": "<1@x.test>"}],
        });
        for expected in ["queued", "duplicate"] {
            let (status, body) = site.post(&address, &[], parts.to_string()).await;
            assert_eq!((status, &body["state"]), (StatusCode::OK, &json!(expected)));
        }
        site.run_jobs(&world).await;
        assert_eq!(site.ticket(1).await.unwrap().message_count, 2);
        let to = site.stored(1).await.unwrap().to;
        assert_eq!(to.as_deref(), Some("support+x@shop.test"));
        // Without the password, or with another, nothing is stored.
        let bare = address.replacen("evenkeel:", "evenkeel:x", 1);
        let host = address.rsplit_once('@').unwrap().1;
        for wrong in [bare, format!("http://{host}")] {
            let other = whole.to_string().replace("lamp", "chair");
            let (status, body) = site.post(&wrong, &[], other).await;
            assert_eq!(
                (status, &body["code"]),
                (StatusCode::UNAUTHORIZED, &json!("unproven"))
            );
        }
        let (status, _) = site.post(&address, &[], "{\"Subject\": \"x\"}").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(site.count().await, 2);
        // What is too large is refused, and an administrator sees that once.
        for _ in 0..2 {
            let large = vec![b' '; 64 * 1024 * 1024 + 1];
            let (status, _) = site.post(&address, &[], large).await;
            assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
        }
        let failed = async |tx: &mut Tx<'_>| store::failed(tx, i64::MAX, 10).await;
        let failed = world.kernel.db.read::<_, DbError, _>(failed).await;
        assert_eq!(failed.unwrap().len(), 1);
    })
    .await;
}

fn signed(key: &str, timestamp: i64, token: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    let tag = hmac::sign(&key, format!("{timestamp}{token}").as_bytes());
    tag.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn mailgun(key: &str, timestamp: i64, token: &str, raw: &str) -> String {
    form(&[
        ("sender", "bounce@x.test"),
        ("recipient", "support+x@shop.test"),
        ("body-mime", raw),
        ("timestamp", &timestamp.to_string()),
        ("token", token),
        ("signature", &signed(key, timestamp, token)),
    ])
}

#[tokio::test]
async fn mailgun_signs_each_mail_once() {
    each_engine(ROOMS, async |world: World| {
        let site = Site::open(&world).await;
        let (status, _) = site.admin("PUT", json!({"provider": "mailgun"})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "it needs the key");
        let address = site
            .set_up(json!({"provider": "mailgun", "secret": KEY}))
            .await;
        assert!(
            address.ends_with("/mime"),
            "Mailgun sends raw mail only there"
        );
        let now = world.kernel.clock.now().micros() / 1_000_000;
        let raw = crlf(&mail("ana@x.test", "1@x.test", "", "My lamp broke"));
        let kind = [("content-type", FORM)];
        let post = async |body: String| site.post(&address, &kind, body).await;
        let (status, body) = post(mailgun(KEY, now, "once", &raw)).await;
        assert_eq!((status, &body["state"]), (StatusCode::OK, &json!("queued")));
        // Mailgun did not hear the answer and sends it again.
        let (status, body) = post(mailgun(KEY, now, "once", &raw)).await;
        assert_eq!(
            (status, &body["state"]),
            (StatusCode::OK, &json!("duplicate"))
        );
        let envelope = site.stored(1).await.unwrap();
        assert_eq!(envelope.from.as_deref(), Some("bounce@x.test"));
        assert_eq!(envelope.to.as_deref(), Some("support+x@shop.test"));
        // Somebody saw the signature and puts another mail behind it.
        let other = crlf(&mail("eve@x.test", "2@x.test", "", "Send me money"));
        let old = now - 13 * 3600;
        for forged in [
            mailgun(KEY, now, "once", &other),
            mailgun("another-signing-key", now, "two", &other),
            mailgun(KEY, old, "three", &other),
            mailgun(KEY, now, "four", &other).replace("name=\"signature\"", "name=\"x\""),
        ] {
            let (status, body) = post(forged).await;
            assert_eq!(
                (status, &body["code"]),
                (StatusCode::UNAUTHORIZED, &json!("unproven"))
            );
        }
        assert_eq!(site.count().await, 1, "and nothing is stored");
        // Without body-mime it is the wrong kind of address.
        let parsed = mailgun(KEY, now, "five", &other).replace("body-mime", "body-plain");
        assert_eq!(post(parsed).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        // As a plain form it is read alike.
        let token = "six";
        let plain = format!(
            "timestamp={now}&token={token}&signature={}&\
             body-mime=From%3A+ben%40x.test%0D%0A%0D%0A%FF",
            signed(KEY, now, token)
        );
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        assert_eq!(site.post(&address, &kind, plain).await.0, StatusCode::OK);
        site.run_jobs(&world).await;
        assert!(site.ticket(2).await.is_some() && site.ticket(3).await.is_none());
        // A large one streams by, and one that is too large is refused and noted.
        let large = format!("{other}{}", "Sorry!\r\n".repeat(300_000));
        let (status, _) = post(mailgun(KEY, now, "seven", &large)).await;
        assert_eq!(status, StatusCode::OK);
        site.run_jobs(&world).await;
        assert!(site.ticket(3).await.unwrap().has_attachments);
        let kind = [("content-type", FORM)];
        let huge = mailgun(
            KEY,
            now,
            "eight",
            &format!("{other}{}", "x".repeat(52_500_000)),
        );
        let (status, body) = site.post(&address, &kind, huge).await;
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::PAYLOAD_TOO_LARGE, &json!("too_large"))
        );
        assert_eq!(site.count().await, 4, "three mails and a note");
    })
    .await;
}

#[tokio::test]
async fn sendgrid_signs_the_body_or_knows_the_address() {
    each_engine(ROOMS, async |world: World| {
        let site = Site::open(&world).await;
        let address = site.set_up(json!({"provider": "sendgrid"})).await;
        let raw = crlf(&mail("ana@x.test", "1@x.test", "", "My lamp broke"));
        let kind = ("content-type", FORM);
        let envelope = r#"{"to":["support@shop.test"],"from":"bounce@x.test"}"#;
        let whole = form(&[
            ("email", &raw),
            ("envelope", envelope),
            ("sender_ip", "192.0.2.7"),
        ]);
        let (status, body) = site.post(&address, &[kind], whole).await;
        assert_eq!((status, &body["state"]), (StatusCode::OK, &json!("queued")));
        let kept = site.stored(1).await.unwrap();
        assert_eq!(kept.client_ip, Some("192.0.2.7".parse().unwrap()));
        // With a key, only what is signed is taken, at the same address.
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let der: encoding::PublicKeyX509Der<'_> =
            encoding::AsDer::as_der(pair.public_key()).unwrap();
        let key = STANDARD.encode(der.as_ref());
        let wanted = json!({"provider": "sendgrid", "secret": key, "version": 1});
        assert_eq!(site.set_up(wanted).await, address);
        let fields = form(&[
            (
                "headers",
                "From: ben@x.test\nMessage-ID: <2@x.test>\nSubject: Chair",
            ),
            ("text", "It is broken"),
            ("html", "<p>It is broken</p>"),
        ]);
        let stamp = ("x-twilio-email-event-webhook-timestamp", "1772442000");
        let sign = |text: &str| {
            let signature = pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
            STANDARD.encode(signature.as_ref())
        };
        let name = "x-twilio-email-event-webhook-signature";
        for wrong in ["", "AAAA", &sign(&format!("1772442001{fields}"))] {
            let headers = [kind, stamp, (name, wrong)];
            let (status, _) = site.post(&address, &headers, fields.clone()).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(site.count().await, 1, "and nothing is stored");
        let good = sign(&format!("1772442000{fields}"));
        for expected in ["queued", "duplicate"] {
            let headers = [kind, stamp, (name, &*good)];
            let (status, body) = site.post(&address, &headers, fields.clone()).await;
            assert_eq!((status, &body["state"]), (StatusCode::OK, &json!(expected)));
        }
        site.run_jobs(&world).await;
        assert_eq!(site.ticket(2).await.unwrap().subject, "Chair");
    })
    .await;
}

#[tokio::test]
async fn addresses_are_set_up_changed_and_ended() {
    each_engine(ROOMS, async |world: World| {
        let site = Site::open(&world).await;
        let (status, body) = site.admin("GET", Value::Null).await;
        assert_eq!((status, &body["webhook"]), (StatusCode::OK, &Value::Null));
        let first = site.set_up(json!({"provider": "sendgrid"})).await;
        let (status, _) = site.admin("PUT", json!({"provider": "sendgrid"})).await;
        assert_eq!(status, StatusCode::CONFLICT, "a stale version");
        let raw = |id: &str| form(&[("email", &crlf(&mail("ana@x.test", id, "", "x")))]);
        let kind = [("content-type", FORM)];
        assert_eq!(
            site.post(&first, &kind, raw("1@x.test")).await.0,
            StatusCode::OK
        );
        let (_, body) = site.admin("GET", Value::Null).await;
        assert_eq!(body["webhook"]["arrived_at"], "2026-03-02T09:00:00Z");
        assert_eq!(body["webhook"]["is_signed"], false);
        let wanted = json!({"provider": "sendgrid", "new_address": true, "version": 1});
        let second = site.set_up(wanted).await;
        assert_ne!(first, second);
        assert_eq!(
            site.post(&first, &kind, raw("2@x.test")).await.0,
            StatusCode::NOT_FOUND
        );
        world.clock.advance(Duration::from_secs(3_600));
        assert_eq!(
            site.post(&second, &kind, raw("2@x.test")).await.0,
            StatusCode::OK
        );
        // The address of one provider is none of another's.
        let token = second.rsplit('/').next().unwrap();
        let other = format!("http://evenkeel:x@localhost/api/v1/inbound/postmark/{token}");
        assert_eq!(site.post(&other, &[], "{}").await.0, StatusCode::NOT_FOUND);
        let (status, _) = site.admin("DELETE", Value::Null).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        assert_eq!(
            site.post(&second, &kind, raw("3@x.test")).await.0,
            StatusCode::NOT_FOUND
        );
        let records = world.journal().await;
        let changes = records
            .iter()
            .filter(|r| r.kind == "inbox.webhook_changed")
            .count();
        assert_eq!(changes, 3);
        // An inbox that is off lets mail wait at the provider.
        let address = site.set_up(json!({"provider": "sendgrid"})).await;
        let off = channels::inboxes::form::Changes {
            version: site.inbox.version,
            enabled: Some(false),
            ..Default::default()
        };
        channels::inboxes::commands::update(&world.kernel, &site.mia, site.inbox.id, off)
            .await
            .unwrap();
        let (status, _) = site.post(&address, &kind, raw("4@x.test")).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    })
    .await;
}

#[tokio::test]
async fn secrets_lie_under_the_master_key() {
    each_engine(ROOMS, async |world: World| {
        let site = Site::open(&world).await;
        let address = site
            .set_up(json!({"provider": "mailgun", "secret": KEY}))
            .await;
        let (_, body) = site.admin("GET", Value::Null).await;
        assert!(
            !body.to_string().contains(KEY),
            "the key is not shown again"
        );
        let token = address.rsplit('/').nth(1).unwrap().to_owned();
        let id = site.inbox.id;
        let find =
            async move |tx: &mut Tx<'_>| channels::email::webhooks::store::find(tx, id).await;
        let found = world
            .kernel
            .db
            .read::<_, DbError, _>(find)
            .await
            .unwrap()
            .unwrap();
        for (sealed, text) in [
            (found.token, token),
            (found.secret.unwrap(), KEY.to_owned()),
        ] {
            assert_eq!(world.kernel.keys.decrypt_secret(&sealed).unwrap(), text);
            let kernel::db::Value::Bytes(bytes) = sealed.into() else {
                panic!("it is sealed");
            };
            assert!(
                !bytes
                    .windows(text.len())
                    .any(|window| window == text.as_bytes())
            );
        }
    })
    .await;
}

/// Payloads as published, where the corpora are at hand.
#[tokio::test]
async fn published_payloads_are_read() {
    let corpus = std::env::var("EVENKEEL_CORPUS").unwrap_or_else(|_| "../shared/data".into());
    let mut folder = std::path::PathBuf::from(corpus);
    if folder.is_relative() {
        folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(folder);
    }
    let folder = folder.join("webhooks/anymail");
    if !folder.exists() {
        eprintln!("skipped: the corpora are not at hand (set EVENKEEL_CORPUS)");
        return;
    }
    each_engine(ROOMS, async |world: World| {
        let site = Site::open(&world).await;
        let address = site.set_up(json!({"provider": "postmark"})).await;
        for name in ["", "-with-raw"] {
            let file = folder.join(format!("postmark-inbound-test-payload{name}.json"));
            let payload = std::fs::read(file).unwrap();
            let (status, body) = site.post(&address, &[], payload).await;
            assert_eq!(
                (status, &body["state"]),
                (StatusCode::OK, &json!("queued")),
                "{name}"
            );
        }
        site.run_jobs(&world).await;
        for (id, files) in [(1, true), (2, false)] {
            let ticket = site.ticket(id).await.unwrap();
            assert_eq!(ticket.subject, "Test subject");
            assert_eq!(ticket.has_attachments, files);
        }
    })
    .await;
}
