//! What the postmaster sees and does: test mails, mailboxes, the outbox, discarded and stuck work.

use crate::fake_imap::{FakeImap, Mail};
use crate::fake_smtp::{Behaviour, FakeSmtp};
use crate::inboxes::Http;
use crate::support::{ROOMS, SHOP, Shop, add_inbox, local, mail, new_inbox, room, shop, shop_with};
use axum::http::StatusCode;
use channels::email::intake::Accepted;
use channels::email::intake::commands::file;
use channels::email::mailbox;
use channels::email::round_trip::{self, MailTest, MailTestState, token};
use channels::failures::{self, commands as failing};
use channels::inboxes::form::NewInbox;
use channels::inboxes::{Look, note_look};
use desk::messages::commands::reply::{NewReply, reply};
use desk::messages::deliveries::{DeliveryState, commands as deliveries};
use futures_util::future::BoxFuture;
use identity::Role;
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::ids::{DeliveryId, InboxId, MailTestId};
use kernel::jobs::{self, NewJob};
use kernel::journal::StoredRecord;
use kernel::readers::{self, Reader};
use kernel::refusal::Refusal;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use testkit::{World, each_engine};

async fn testing_shop(world: &World) -> (Shop, FakeSmtp) {
    let smtp = FakeSmtp::start().await;
    let new = NewInbox {
        smtp: Some(local(smtp.port)),
        ..new_inbox(SHOP)
    };
    (shop_with(world, new).await, smtp)
}

async fn start(shop: &Shop) -> Result<MailTestId, Refusal> {
    let kernel = &shop.channels.desk.kernel;
    let once = IdempotencyKey::default();
    round_trip::commands::start(kernel, &shop.mia, shop.inbox.id, once).await
}

async fn newest(shop: &Shop) -> (MailTest, String) {
    let kernel = shop.channels.desk.kernel.clone();
    let (db, inbox) = (kernel.db.clone(), shop.inbox.id);
    let read = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        let test = round_trip::store::newest(tx, inbox).await?.unwrap();
        let problem = match &test.problem {
            Some(problem) => kernel.keys.decrypt(tx, problem).await?,
            None => None,
        };
        Ok((test, problem.unwrap_or_default()))
    };
    db.read(read).await.unwrap()
}

async fn state(shop: &Shop) -> MailTestState {
    newest(shop).await.0.state
}

/// Lets a mail arrive as bytes and files it.
async fn arrive(shop: &Shop, raw: &[u8]) -> channels::email::intake::commands::Filed {
    let accepted = shop.store(raw).await;
    file(&shop.channels, accepted.id()).await.unwrap()
}

#[tokio::test]
async fn a_test_mail_comes_back_and_becomes_no_ticket() {
    each_engine(ROOMS, async |world: World| {
        let smtp = FakeSmtp::start().await;
        let imap = FakeImap::start(Vec::new()).await;
        let new = NewInbox {
            smtp: Some(local(smtp.port)),
            imap: Some(local(imap.port)),
            ..new_inbox(SHOP)
        };
        let shop = shop_with(&world, new).await;
        let fetch = async || {
            let lease = mailbox::lease(&shop.channels, shop.inbox.id).await;
            let lease = lease.unwrap().unwrap();
            mailbox::fetch_once(&shop.channels, &shop.inbox, &lease)
                .await
                .unwrap();
        };
        fetch().await;
        start(&shop).await.unwrap();
        let again = start(&shop).await.unwrap_err();
        assert!(format!("{again:?}").contains("test_running"), "{again:?}");
        shop.run_jobs(&world).await;
        let (recipient, raw) = smtp.taken().pop().unwrap();
        assert_eq!(recipient, SHOP);
        world.clock.advance(Duration::from_millis(3_200));
        let text = String::from_utf8(raw).unwrap().replace("\r\n", "\n");
        imap.push(Mail::new(1, &text, "02-Mar-2026 10:00:00 +0000"));
        fetch().await;
        shop.run_jobs(&world).await;
        let (test, problem) = newest(&shop).await;
        assert_eq!(test.state, MailTestState::Returned);
        assert_eq!(problem, "");
        assert_eq!(test.took(), Some(Duration::from_millis(3_200)));
        // It opened nothing, told nobody, and its job finds nothing left to do.
        world.clock.advance(Duration::from_secs(180));
        shop.run_jobs(&world).await;
        assert_eq!(state(&shop).await, MailTestState::Returned);
        assert_eq!(shop.tickets().await, 0);
        assert_eq!(smtp.taken().len(), 1);
        // Another copy of the same mail is a copy.
        let copy = format!("Received: by elsewhere\n{text}").replace('\n', "\r\n");
        assert_eq!(arrive(&shop, copy.as_bytes()).await.ticket, None);
        let kinds: Vec<_> = world.journal().await.into_iter().map(|r| r.kind).collect();
        for kind in ["inbox.test_started", "inbox.test_ended"] {
            assert_eq!(kinds.iter().filter(|k| *k == kind).count(), 1, "{kind}");
        }
        assert!(!kinds.iter().any(|kind| kind == "ticket.created"));
        // The next one may begin.
        start(&shop).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_token_counts_once_and_a_forged_one_never() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp) = testing_shop(&world).await;
        let id = start(&shop).await.unwrap();
        shop.run_jobs(&world).await;
        let token = token::make(&world.kernel.keys, id);
        let titled = |id: &str, title: &str, headers: &str, text: &str| {
            mail("ana@x.test", id, headers, text).replace("Broken lamp", title)
        };
        // Made up: for another test, one letter wrong, no signature at all.
        let other = token::make(&world.kernel.keys, MailTestId(id.0 + 1));
        let last = if token.ends_with('0') { "1" } else { "0" };
        let wrong = format!("{}{last}", &token[..token.len() - 1]);
        for (n, forged) in [other, wrong, format!("ektest-{id}-")].iter().enumerate() {
            let raw = titled(&format!("f{n}@x.test"), forged, "", "hello");
            assert!(shop.receive(&raw).await.ticket.is_some(), "{forged}");
        }
        // With a file it is nothing that we sent, and nobody's file may be lost.
        let header = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n";
        let text = "--b\nContent-Type: text/plain\n\nhello\n--b\n\
            Content-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\n\
            %PDF-1.4\n--b--";
        let raw = titled("file@x.test", &token, header, text);
        assert!(shop.receive(&raw).await.ticket.is_some());
        assert_eq!(state(&shop).await, MailTestState::Running);
        // The real one ends the test; the same token again is mail like any other.
        let (_, real) = smtp.taken().pop().unwrap();
        assert_eq!(arrive(&shop, &real).await.ticket, None);
        assert_eq!(state(&shop).await, MailTestState::Returned);
        let raw = titled("late@x.test", &format!("Re: {token}"), "", "hello");
        assert!(shop.receive(&raw).await.ticket.is_some());
        assert_eq!(shop.tickets().await, 5);
    })
    .await;
}

#[tokio::test]
async fn a_report_ends_a_test_and_an_absence_note_does_not() {
    each_engine(ROOMS, async |world: World| {
        let (shop, _) = testing_shop(&world).await;
        let id = start(&shop).await.unwrap();
        shop.run_jobs(&world).await;
        let token = token::make(&world.kernel.keys, id);
        let away = mail(
            SHOP,
            "away@shop.test",
            "Auto-Submitted: auto-replied\n",
            "away",
        )
        .replace("Broken lamp", &format!("Automatic reply: {token}"));
        shop.receive(&away).await;
        assert_eq!(state(&shop).await, MailTestState::Running);
        let report = format!(
            "From: MAILER-DAEMON@host.test\nTo: {SHOP}\nSubject: Undelivered mail\n\
             Message-ID: <dsn@host.test>\nMIME-Version: 1.0\nAuto-Submitted: auto-replied\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
             --b\nContent-Type: text/plain\n\nIt failed.\n\
             --b\nContent-Type: message/delivery-status\n\n\
             Reporting-MTA: dns; host.test\n\nFinal-Recipient: rfc822; {SHOP}\n\
             Action: failed\nStatus: 5.1.1\n\
             Diagnostic-Code: smtp; 550 5.1.1 no such mailbox here\n\n\
             --b\nContent-Type: message/rfc822\n\n\
             From: {SHOP}\nMessage-ID: <{token}@localhost>\nSubject: x\n\nhello\n--b--\n"
        );
        assert_eq!(shop.receive(&report).await.ticket, None);
        let (test, problem) = newest(&shop).await;
        assert_eq!(test.state, MailTestState::Failed);
        assert!(problem.contains("no such mailbox here"), "{problem}");
        assert!(test.mend.unwrap().contains(SHOP));
    })
    .await;
}

#[tokio::test]
async fn another_inbox_cannot_end_a_test() {
    each_engine(ROOMS, async |world: World| {
        let (mut shop, smtp) = testing_shop(&world).await;
        start(&shop).await.unwrap();
        shop.run_jobs(&world).await;
        let (_, raw) = smtp.taken().pop().unwrap();
        let other = add_inbox(&shop.channels, &shop.mia, new_inbox("sales@shop.test")).await;
        let mine = std::mem::replace(&mut shop.inbox, other);
        arrive(&shop, &raw).await;
        shop.inbox = mine;
        assert_eq!(state(&shop).await, MailTestState::Running);
    })
    .await;
}

#[tokio::test]
async fn what_stays_away_is_told_with_what_helps_and_may_still_come() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp) = testing_shop(&world).await;
        start(&shop).await.unwrap();
        shop.run_jobs(&world).await;
        world.clock.advance(Duration::from_secs(119));
        shop.run_jobs(&world).await;
        assert_eq!(state(&shop).await, MailTestState::Running);
        world.clock.advance(Duration::from_secs(1));
        shop.run_jobs(&world).await;
        let (test, problem) = newest(&shop).await;
        assert_eq!(test.state, MailTestState::Lost);
        assert!(
            problem.contains("not come back within 2 minutes"),
            "{problem}"
        );
        assert!(test.mend.unwrap().contains(SHOP));
        world.clock.advance(Duration::from_secs(300));
        // A server wrote another sender and its own Message-ID; the subject still tells.
        let (_, raw) = smtp.taken().pop().unwrap();
        let text = String::from_utf8(raw).unwrap();
        let text: Vec<&str> = text
            .split("\r\n")
            .filter(|line| !line.starts_with("Message-ID") && !line.starts_with("From:"))
            .collect();
        let text = format!("From: <account@host.test>\r\n{}", text.join("\r\n"));
        assert_eq!(arrive(&shop, text.as_bytes()).await.ticket, None);
        let (test, problem) = newest(&shop).await;
        assert_eq!(test.state, MailTestState::Returned);
        assert_eq!(test.took(), Some(Duration::from_secs(420)));
        assert!(problem.contains("account@host.test"), "{problem}");
    })
    .await;
}

#[tokio::test]
async fn a_test_that_was_interrupted_is_never_sent_twice() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp) = testing_shop(&world).await;
        smtp.behave(Behaviour::DropAfterText);
        start(&shop).await.unwrap();
        shop.run_jobs(&world).await;
        smtp.behave(Behaviour::Accept);
        // A process that died while it sent leaves the same trace: claimed, and no word after.
        let (test, _) = newest(&shop).await;
        assert!(test.claimed_at.is_some() && test.handed_at.is_none());
        assert_eq!(test.state, MailTestState::Running);
        world.clock.advance(Duration::from_secs(60));
        shop.run_jobs(&world).await;
        world.clock.advance(Duration::from_secs(60));
        shop.run_jobs(&world).await;
        assert_eq!(state(&shop).await, MailTestState::Lost);
        assert_eq!(smtp.taken().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_test_that_cannot_leave_says_why() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp) = testing_shop(&world).await;
        for (behaviour, word) in [
            (Behaviour::RefuseSignIn, "did not accept the sign-in"),
            (Behaviour::RefuseAtRcpt, "no such person"),
            (Behaviour::LaterAtRcpt, "greylisted"),
        ] {
            smtp.behave(behaviour);
            start(&shop).await.unwrap();
            shop.run_jobs(&world).await;
            let (test, problem) = newest(&shop).await;
            assert_eq!(test.state, MailTestState::Failed, "{behaviour:?}");
            assert!(problem.contains(word), "{problem}");
            assert!(!test.mend.unwrap().is_empty());
        }
        assert_eq!(smtp.taken().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn an_inbox_that_cannot_send_is_not_tested() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let refused = start(&shop).await.unwrap_err().to_string();
        assert!(refused.contains("no server for sending"), "{refused}");
    })
    .await;
}

fn mailbox_input(imap: u16, smtp: u16) -> Value {
    json!({
        "name": "Support", "address": SHOP,
        "imap": {"host": "127.0.0.1", "port": imap, "security": "none",
            "username": "support", "password": "hunter2"},
        "smtp": {"host": "127.0.0.1", "port": smtp, "security": "none",
            "username": "support", "password": "hunter2"},
    })
}

#[tokio::test]
async fn mailboxes_show_how_they_stand() {
    each_engine(ROOMS, async |world: World| {
        let imap = FakeImap::start(Vec::new()).await;
        let smtp = FakeSmtp::start().await;
        let http = Http::new(&world, "Mia", Role::Admin).await;
        let input = mailbox_input(imap.port, smtp.port);
        http.send("POST", "/inboxes", input).await;
        let look = async || {
            let (status, list) = http.send("GET", "/postmaster/mailboxes", Value::Null).await;
            assert_eq!(status, StatusCode::OK, "{list}");
            list["items"][0].clone()
        };
        let seen = look().await;
        assert_eq!(seen["receiving"]["state"], "starting");
        assert_eq!(seen["can_test"], true);
        assert_eq!(seen["test"], Value::Null);
        let channels = room(&world);
        let id = InboxId(1);
        let find = async move |tx: &mut Tx<'_>| channels::inboxes::store::find(tx, id).await;
        let inbox = world.kernel.db.read::<_, DbError, _>(find).await.unwrap();
        let inbox = inbox.unwrap();
        let lease = mailbox::lease(&channels, id).await.unwrap().unwrap();
        mailbox::fetch_once(&channels, &inbox, &lease)
            .await
            .unwrap();
        let look_at = Look::to_the_end(world.clock.now());
        note_look(&world.kernel, id, look_at).await.unwrap();
        world.clock.advance(Duration::from_secs(40));
        let seen = look().await;
        assert_eq!(seen["receiving"]["state"], "works");
        assert_eq!(seen["receiving"]["figures"]["lag_seconds"], 40);
        assert_eq!(seen["sending"]["state"], "starting");
        // What was stored and not filed yet is counted.
        let raw = b"From: a@x.test\r\n\r\nhi".to_vec();
        let arrival = channels::email::intake::Arrival {
            raw: raw.into(),
            quiet: false,
            problem: None,
            envelope: channels::email::intake::Envelope::default(),
        };
        let source = channels::email::intake::Source::Http;
        channels::email::intake::accept(&world.kernel, &inbox, source, vec![arrival], None)
            .await
            .unwrap();
        let seen = look().await;
        assert_eq!(seen["unfiled"], 1);
        assert!(seen["oldest_unfiled_at"].is_string());
        // A sign-in that is refused needs a person; the test says the same.
        smtp.behave(Behaviour::RefuseSignIn);
        let (status, test) = http.send("POST", "/inboxes/1/tests", Value::Null).await;
        assert_eq!(status, StatusCode::CREATED, "{test}");
        assert_eq!(test["state"], "running");
        world.run_jobs(channels.handlers()).await;
        let seen = look().await;
        assert_eq!(seen["unfiled"], 0);
        assert_eq!(seen["sending"]["state"], "needs_person");
        let mend = seen["sending"]["figures"]["mend"].as_str().unwrap();
        assert!(mend.contains("password"), "{mend}");
        assert_eq!(seen["test"]["state"], "failed");
        let (_, newest) = http.send("GET", "/inboxes/1/tests", Value::Null).await;
        assert_eq!(newest["test"], seen["test"]);
    })
    .await;
}

#[tokio::test]
async fn the_outbox_shows_what_waits_what_is_uncertain_and_what_was_refused() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp) = testing_shop(&world).await;
        let http = Http::new(&world, "Ada", Role::Admin).await;
        let part = async |part: &str| {
            let path = format!("/outbox?part={part}");
            let (status, page) = http.send("GET", &path, Value::Null).await;
            assert_eq!(status, StatusCode::OK, "{page}");
            page["items"].as_array().unwrap().clone()
        };
        let ticket = shop
            .receive(&mail("Ana <ana@x.test>", "1@x.test", "", "hi"))
            .await;
        let ticket = ticket.ticket.unwrap();
        // What leaves tomorrow is planned; what may still be undone is not listed.
        assert_eq!(part("planned").await.len(), 0);
        let tomorrow = NewReply {
            html: "<p>tomorrow</p>".into(),
            seen_number: 1,
            send_at: Some(world.clock.now().plus(Duration::from_secs(24 * 3600))),
            ..NewReply::default()
        };
        let other = shop
            .receive(&mail("Ben <ben@x.test>", "2@x.test", "", "hi"))
            .await;
        let (other, once) = (other.ticket.unwrap(), IdempotencyKey::default());
        reply(&shop.channels.desk, &shop.mia, other, tomorrow, once)
            .await
            .unwrap();
        let planned = part("planned").await;
        assert_eq!(planned.len(), 1);
        assert_eq!(
            (&planned[0]["ticket_id"], &planned[0]["id"]),
            (&json!(2), &Value::Null)
        );
        assert!(planned[0]["next_try_at"].is_string());
        smtp.behave(Behaviour::LaterAtRcpt);
        shop.answer(&world, ticket, "<p>hello</p>").await;
        shop.run_jobs(&world).await;
        let waiting = part("waiting").await;
        assert_eq!(waiting.len(), 1);
        assert_eq!(waiting[0]["ticket_id"], ticket.0);
        assert_eq!(waiting[0]["subject"], "Broken lamp");
        assert_eq!(waiting[0]["recipient"]["email"], "ana@x.test");
        assert!(waiting[0]["next_try_at"].is_string(), "{waiting:?}");
        let why = waiting[0]["reason"].as_str().unwrap();
        assert!(why.contains("greylisted"), "{why}");
        smtp.behave(Behaviour::DropAfterText);
        world.clock.advance(Duration::from_secs(3600));
        shop.run_jobs(&world).await;
        assert_eq!(part("waiting").await.len(), 0);
        let uncertain = part("uncertain").await;
        assert_eq!(
            (uncertain.len(), &uncertain[0]["attention"]),
            (1, &json!(true))
        );
        // A person says what became of it.
        let id = DeliveryId(uncertain[0]["id"].as_i64().unwrap());
        let desk = &shop.channels.desk;
        deliveries::settle(desk, &shop.mia, id, DeliveryState::Refused)
            .await
            .unwrap();
        assert_eq!(part("uncertain").await.len(), 0);
        assert_eq!(part("refused").await.len(), 1);
        world.clock.advance(Duration::from_secs(8 * 24 * 3600));
        assert_eq!(part("refused").await.len(), 0, "only of the last days");
    })
    .await;
}

#[tokio::test]
async fn discarding_wants_a_reason_and_can_be_taken_back() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let http = Http::new(&world, "Ada", Role::Admin).await;
        let raw = b"Subject: nobody\r\nX-Odd: yes\r\n\r\n<script>alert(1)</script> hello";
        let id = shop.store(raw).await.id();
        shop.run_jobs(&world).await;
        let path = format!("/inbound/failures/{id}");
        let (status, preview) = http
            .send("GET", &format!("{path}/preview"), Value::Null)
            .await;
        assert_eq!(status, StatusCode::OK, "{preview}");
        assert_eq!(
            preview["headers"][1],
            json!({"name": "X-Odd", "value": "yes"})
        );
        assert!(preview["text"].as_str().unwrap().contains("hello"));
        let discard = async |reason: &str| {
            let body = json!({"reason": reason});
            http.send("POST", &format!("{path}/discard"), body).await
        };
        let (status, refused) = discard("  ").await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused["fields"][0]["field"], "reason");
        let too_long = "x".repeat(failures::REASON_CHARS_MAX + 1);
        assert_eq!(discard(&too_long).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(discard("a scanner's test").await.0, StatusCode::NO_CONTENT);
        assert_eq!(discard("again").await.0, StatusCode::NOT_FOUND);
        let list = async |state: &str| {
            let path = format!("/inbound/failures?state={state}");
            http.send("GET", &path, Value::Null).await.1["items"].clone()
        };
        assert_eq!(list("failed").await, json!([]));
        let discarded = list("discarded").await;
        assert_eq!(discarded[0]["discard_reason"], "a scanner's test");
        assert_eq!(discarded[0]["subject"], "nobody");
        assert_eq!(discarded[0]["has_copy"], true);
        let journal = format!("{:?}", world.journal().await);
        assert!(!journal.contains("scanner"), "the reason is encrypted");
        // It is taken back, fails again, and is discarded anew.
        world.clock.advance(Duration::from_secs(60));
        failing::retry(&world.kernel, &shop.mia, id).await.unwrap();
        shop.run_jobs(&world).await;
        assert_eq!(list("failed").await[0]["id"], id.0);
        assert_eq!(list("discarded").await, json!([]));
        world.clock.advance(Duration::from_secs(24 * 3600));
        assert_eq!(discard("really").await.0, StatusCode::NO_CONTENT);
        // The first decision's end does not count, the second's does.
        world
            .clock
            .advance(failures::DISCARDED_KEPT - Duration::from_secs(1));
        shop.run_jobs(&world).await;
        assert_eq!(list("discarded").await[0]["discard_reason"], "really");
        world.clock.advance(Duration::from_secs(2));
        shop.run_jobs(&world).await;
        assert_eq!(list("discarded").await, json!([]));
        assert!(failing::raw(&world.kernel, &shop.mia, id).await.is_err());
        assert_eq!(shop.store(raw).await, Accepted::Known(id), "it stays away");
    })
    .await;
}

/// Fails at everything, under the name of a reader of ours.
struct Broken;

impl Reader for Broken {
    fn name(&self) -> &'static str {
        "channels.purging"
    }
    fn wants(&self, record: &StoredRecord) -> bool {
        record.kind == "ticket.created"
    }
    fn handle<'a>(
        &'a self,
        _: &'a mut Tx<'_>,
        _: &'a StoredRecord,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async { Err(Refusal::conflict("broken", "the reader is broken")) })
    }
}

#[tokio::test]
async fn stuck_work_is_seen_and_tried_again() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let http = Http::new(&world, "Ada", Role::Admin).await;
        let stuck = async || http.send("GET", "/stuck", Value::Null).await.1;
        assert_eq!(stuck().await, json!({"jobs": [], "records": []}));
        let at = world.clock.now();
        let enqueue = async move |tx: &mut Tx<'_>| {
            let job = NewJob {
                kind: "mail.process",
                key: "broken".into(),
                payload: "not what it should be".into(),
                run_at: at,
                ticket: None,
            };
            jobs::enqueue(tx, job).await
        };
        world
            .kernel
            .db
            .write::<_, DbError, _>(enqueue)
            .await
            .unwrap();
        shop.receive(&mail("ana@x.test", "1@x.test", "", "hi"))
            .await;
        shop.run_jobs(&world).await;
        world.settle().await;
        let broken: Arc<dyn Reader> = Arc::new(Broken);
        let from = readers::enter(&world.kernel, broken.name(), 1)
            .await
            .unwrap();
        readers::catch_up(&world.kernel, &broken, 1, from)
            .await
            .unwrap();
        let seen = stuck().await;
        assert_eq!(seen["jobs"][0]["kind"], "mail.process");
        assert!(
            seen["jobs"][0]["problem"]
                .as_str()
                .unwrap()
                .contains("expected")
        );
        assert_eq!(seen["records"][0]["reader"], "channels.purging");
        assert_eq!(seen["records"][0]["ticket_id"], 1);
        assert_eq!(seen["records"][0]["problem"], "the reader is broken");
        // The reader is mended (the real one has nothing to do with such a record).
        let path = "/stuck/readers/channels.purging/retry";
        let (status, outcome) = http.send("POST", path, Value::Null).await;
        assert_eq!((status, outcome), (StatusCode::OK, json!({"through": 1})));
        assert_eq!(
            http.send("POST", path, Value::Null).await.0,
            StatusCode::NOT_FOUND
        );
        let path = format!("/stuck/jobs/{}/retry", seen["jobs"][0]["id"]);
        assert_eq!(
            http.send("POST", &path, Value::Null).await.0,
            StatusCode::NO_CONTENT
        );
        assert_eq!(stuck().await, json!({"jobs": [], "records": []}));
        shop.run_jobs(&world).await;
        assert_eq!(
            stuck().await["jobs"].as_array().unwrap().len(),
            1,
            "it fails again"
        );
        let kinds: Vec<_> = world.journal().await.into_iter().map(|r| r.kind).collect();
        assert!(kinds.contains(&"job.retried".to_owned()));
        assert!(kinds.contains(&"reader.retried".to_owned()));
    })
    .await;
}
