//! Against a real Dovecot and a real SMTP server, when `cargo xtask services` provides them.

use crate::support::{ROOMS, Shop, add_inbox, new_inbox, shop_with};
use channels::email::mailbox;
use channels::email::parse::parse;
use channels::email::round_trip::{self, MailTestState};
use channels::email::server::{MailTls, Security, Server, Step};
use channels::email::{imap, intake, lmtp, smtp};
use channels::inboxes::commands;
use channels::inboxes::form::{Changes, NewAccess, NewInbox};
use kernel::clock::Clock;
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::ids::{FailureId, TicketId};
use testkit::{World, each_engine};

/// A place of the test services, as host and port; `None` (and a word about it) without them.
fn service(name: &str) -> Option<(String, u16)> {
    match std::env::var(name) {
        Ok(place) => {
            let (_, port) = place.rsplit_once(':').unwrap();
            Some(("localhost".into(), port.parse().unwrap()))
        }
        Err(_) => {
            eprintln!("skipped: {name} is not set (run under `cargo xtask services --`)");
            None
        }
    }
}

fn tls() -> MailTls {
    let ca = std::env::var("EVENKEEL_TEST_MAIL_CA")
        .ok()
        .map(|path| std::fs::read(path).unwrap());
    MailTls::new(ca.as_deref()).unwrap()
}

fn server(name: &str, security: Security, user: &str) -> Option<Server> {
    let (host, port) = service(name)?;
    Some(Server {
        host,
        port,
        security,
        username: user.into(),
        credential: "practice".into(),
    })
}

fn access(name: &str, security: Security, user: &str) -> Option<NewAccess> {
    let Server {
        host,
        port,
        security,
        username,
        credential,
    } = server(name, security, user)?;
    let password = Some(credential.password().to_owned());
    Some(NewAccess {
        host,
        port: port.into(),
        security,
        username,
        folder: "INBOX".into(),
        password,
        connection: None,
    })
}

#[tokio::test]
async fn real_servers_are_reached_by_tls_and_starttls() {
    let user = "u1@mail.test";
    for (name, security) in [
        ("EVENKEEL_TEST_IMAPS", Security::Tls),
        ("EVENKEEL_TEST_IMAP", Security::Starttls),
        ("EVENKEEL_TEST_IMAP", Security::None),
    ] {
        let Some(good) = server(name, security, user) else {
            return;
        };
        imap::open(&good, &tls(), &Clock::system(), "INBOX")
            .await
            .unwrap()
            .close()
            .await;
        let step = async |server: &Server, tls: &MailTls, folder: &str| {
            imap::open(server, tls, &Clock::system(), folder)
                .await
                .map(|_| ())
                .unwrap_err()
                .step
        };
        let wrong = Server {
            credential: "wrong".into(),
            ..good.clone()
        };
        assert_eq!(step(&wrong, &tls(), "INBOX").await, Step::SignIn);
        assert_eq!(step(&good, &tls(), "No such folder").await, Step::Folder);
        if security != Security::None {
            let untrusting = MailTls::new(None).unwrap();
            assert_eq!(step(&good, &untrusting, "INBOX").await, Step::Tls);
        }
    }
    for (name, security) in [
        ("EVENKEEL_TEST_SMTPS", Security::Tls),
        ("EVENKEEL_TEST_SMTP", Security::Starttls),
        ("EVENKEEL_TEST_SMTP", Security::None),
    ] {
        let Some(good) = server(name, security, user) else {
            return;
        };
        smtp::open(&good, &tls(), "localhost")
            .await
            .unwrap()
            .close()
            .await;
        let wrong = Server {
            credential: "wrong".into(),
            ..good.clone()
        };
        let problem = smtp::open(&wrong, &tls(), "localhost")
            .await
            .map(|_| ())
            .unwrap_err();
        assert_eq!(problem.step, Step::SignIn);
        if security != Security::None {
            let untrusting = MailTls::new(None).unwrap();
            let problem = smtp::open(&good, &untrusting, "localhost")
                .await
                .map(|_| ());
            assert_eq!(problem.unwrap_err().step, Step::Tls);
        }
    }
}

/// A mail goes out by a real server, arrives in a real mailbox, becomes a ticket; the answer goes
/// back the same way and threads.
#[tokio::test]
async fn the_round_trip_on_real_servers() {
    if service("EVENKEEL_TEST_IMAPS").is_none() {
        return;
    }
    each_engine(ROOMS, async |world: World| {
        // Each engine has a mailbox of its own.
        let (desk, customer) = if world.engine == "sqlite" {
            ("u2@mail.test", "u3@mail.test")
        } else {
            ("u4@mail.test", "u5@mail.test")
        };
        let new = NewInbox {
            imap: access("EVENKEEL_TEST_IMAPS", Security::Tls, desk),
            smtp: access("EVENKEEL_TEST_SMTP", Security::Starttls, desk),
            ..new_inbox(desk)
        };
        let Shop {
            mut channels,
            inbox,
            mia,
        } = shop_with(&world, new).await;
        channels.tls = tls();
        let shop = Shop {
            channels,
            inbox,
            mia,
        };
        fetch(&shop).await;
        send(
            customer,
            desk,
            "Message-ID: <one@mail.test>\r\nSubject: Lamp",
        )
        .await;
        until_tickets(&shop, &world, 1).await;
        shop.answer(&world, TicketId(1), "<p>We send a new one.</p>")
            .await;
        shop.run_jobs(&world).await;
        assert_eq!(shop.deliveries(TicketId(1), 2).await[0].0, "accepted");
        let raw = first_mail(customer).await;
        let read = parse(&raw).unwrap();
        assert!(read.text.contains("We send a new one."));
        let token = &read.reply_to[0].address;
        send(
            customer,
            token,
            "Message-ID: <two@mail.test>\r\nSubject: Something else",
        )
        .await;
        for _ in 0..100 {
            fetch(&shop).await;
            shop.run_jobs(&world).await;
            if shop.ticket(TicketId(1)).await.message_count == 3 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!(
            "the answer did not join the ticket; {} tickets",
            shop.tickets().await
        );
    })
    .await;
}

/// An inbox writes to itself by a real server and finds its mail in a real mailbox.
#[tokio::test]
async fn the_test_mail_on_real_servers() {
    if service("EVENKEEL_TEST_IMAPS").is_none() {
        return;
    }
    each_engine(ROOMS, async |world: World| {
        let user = if world.engine == "sqlite" {
            "u18@mail.test"
        } else {
            "u19@mail.test"
        };
        let new = NewInbox {
            imap: access("EVENKEEL_TEST_IMAPS", Security::Tls, user),
            smtp: access("EVENKEEL_TEST_SMTP", Security::Starttls, user),
            ..new_inbox(user)
        };
        let mut shop = shop_with(&world, new).await;
        shop.channels.tls = tls();
        fetch(&shop).await;
        let (kernel, inbox) = (&world.kernel, shop.inbox.id);
        round_trip::commands::start(kernel, &shop.mia, inbox, IdempotencyKey::default())
            .await
            .unwrap();
        shop.run_jobs(&world).await;
        let newest = async || {
            let read = async move |tx: &mut Tx<'_>| round_trip::store::newest(tx, inbox).await;
            let found = kernel.db.read::<_, DbError, _>(read).await.unwrap();
            found.unwrap()
        };
        assert!(newest().await.handed_at.is_some(), "{:?}", newest().await);
        for _ in 0..100 {
            fetch(&shop).await;
            shop.run_jobs(&world).await;
            if newest().await.state == MailTestState::Returned {
                assert_eq!(shop.tickets().await, 0);
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("the test mail did not come back: {:?}", newest().await);
    })
    .await;
}

/// A real mail server hands over by LMTP, tries again what was put off, and sends back what is
/// refused.
#[tokio::test]
async fn a_real_mail_server_hands_over_by_lmtp() {
    if service("EVENKEEL_TEST_SMTP").is_none() {
        return;
    }
    each_engine(ROOMS, async |world: World| {
        let listener = lmtp::bind(&"127.0.0.1:0".parse().unwrap()).await.unwrap();
        let lmtp::Listener::Tcp(tcp) = &listener else {
            panic!("it is a port");
        };
        let domain = format!("p{}.lmtp.test", tcp.local_addr().unwrap().port());
        let address = |local: &str| format!("{local}@{domain}");
        let shop = shop_with(&world, new_inbox(&address("support"))).await;
        let billing = new_inbox(&address("billing"));
        let billing = add_inbox(&shop.channels, &shop.mia, billing).await;
        let off = Changes {
            version: billing.version,
            enabled: Some(false),
            ..Changes::default()
        };
        commands::update(&world.kernel, &shop.mia, billing.id, off)
            .await
            .unwrap();
        let serving = tokio::spawn(lmtp::serve(shop.channels.clone(), listener));
        let customer = if world.engine == "sqlite" {
            "u6@mail.test"
        } else {
            "u7@mail.test"
        };
        let headers = "Message-ID: <one@mail.test>\r\nSubject: Lamp\r\n\
             Date: Mon, 2 Mar 2026 10:00:00 +0100";
        for local in ["support+plus", "billing", "nobody"] {
            send(customer, &address(local), headers).await;
        }
        until(&shop, &world, async || shop.tickets().await == 1).await;
        let find = async |tx: &mut Tx<'_>| intake::store::find(tx, FailureId(1)).await;
        let kept = world.kernel.db.read::<_, DbError, _>(find).await.unwrap();
        let envelope = kept.unwrap().envelope;
        assert_eq!(envelope.from.as_deref(), Some(customer));
        assert_eq!(envelope.helo.as_deref(), Some("localhost"));
        assert_eq!(envelope.client_ip, Some("127.0.0.1".parse().unwrap()));
        // What no inbox takes goes back to its sender.
        let bounce = String::from_utf8(first_mail(customer).await).unwrap();
        assert!(bounce.contains("No inbox here has the address"), "{bounce}");
        // What was put off comes as soon as the inbox is on.
        let on = Changes {
            version: billing.version + 1,
            enabled: Some(true),
            ..Changes::default()
        };
        commands::update(&world.kernel, &shop.mia, billing.id, on)
            .await
            .unwrap();
        let arrived = async || {
            let records = world.journal().await;
            records.iter().any(|r| r.kind == "mail.also_arrived")
        };
        until(&shop, &world, arrived).await;
        assert_eq!(shop.tickets().await, 1);
        serving.abort();
    })
    .await;
}

/// Files what arrives until something is so.
async fn until(shop: &Shop, world: &World, so: impl AsyncFn() -> bool) {
    for _ in 0..200 {
        shop.run_jobs(world).await;
        if so().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the mail did not arrive");
}

async fn send(from: &str, to: &str, headers: &str) {
    let server = server("EVENKEEL_TEST_SMTP", Security::Starttls, from).unwrap();
    let mut session = smtp::open(&server, &tls(), "localhost").await.unwrap();
    let raw = format!("From: <{from}>\r\nTo: <{to}>\r\n{headers}\r\n\r\nhello\r\n");
    let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
    let outcome = session.hand_over(&from, &to, raw.as_bytes()).await;
    assert_eq!(outcome, smtp::Handover::Accepted);
    session.close().await;
}

async fn fetch(shop: &Shop) {
    let lease = mailbox::lease(&shop.channels, shop.inbox.id)
        .await
        .unwrap()
        .unwrap();
    mailbox::fetch_once(&shop.channels, &shop.inbox, &lease)
        .await
        .unwrap();
}

async fn until_tickets(shop: &Shop, world: &World, count: i64) {
    for _ in 0..100 {
        fetch(shop).await;
        shop.run_jobs(world).await;
        if shop.tickets().await == count {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the mail did not arrive");
}

async fn first_mail(user: &str) -> Vec<u8> {
    let server = server("EVENKEEL_TEST_IMAPS", Security::Tls, user).unwrap();
    for _ in 0..100 {
        let mut mailbox = imap::open(&server, &tls(), &Clock::system(), "INBOX")
            .await
            .unwrap();
        let listed = mailbox.listed_after(0, 10).await.unwrap();
        if let Some(mail) = listed.first() {
            return mailbox.raw(mail.uid).await.unwrap().unwrap();
        }
        mailbox.close().await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("no mail arrived for {user}");
}
