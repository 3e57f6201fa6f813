//! Received mail: filed once, in the right place, or visibly failed.

use crate::support::{ROOMS, Shop, add_inbox, mail, new_inbox, shop};
use channels::email::intake::{Accepted, State};
use channels::email::tokens;
use channels::failures::commands as failures;
use desk::messages::Remark;
use desk::tickets::Status;
use desk::timeline::{MessageItem, TimelineItem, present};
use kernel::db::Tx;
use kernel::ids::TicketId;
use testkit::{World, each_engine};

#[tokio::test]
async fn a_mail_becomes_a_ticket_and_its_answer_joins() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let first = shop
            .receive(&mail("Ana <ana@x.test>", "1@x.test", "", "My lamp broke"))
            .await;
        assert_eq!(first.state, State::Processed);
        let ticket = first.ticket.unwrap();
        assert_eq!(shop.ticket(ticket).await.subject, "Broken lamp");
        let again = mail(
            "ana@x.test",
            "2@x.test",
            "References: <0@y> <1@x.test>\n",
            "Any news?",
        );
        assert_eq!(shop.receive(&again).await.ticket, Some(ticket));
        assert_eq!(shop.ticket(ticket).await.message_count, 2);
    })
    .await;
}

#[tokio::test]
async fn the_token_leads_home_whatever_the_headers_say() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let ticket = first_ticket(&shop).await;
        let token = tokens::make(&world.kernel.keys, ticket, "ana@x.test").to_uppercase();
        let answer = mail(
            "ana@x.test",
            "2@x.test",
            &format!("Cc: support+{token}@shop.test\n"),
            "x",
        );
        assert_eq!(shop.receive(&answer).await.ticket, Some(ticket));
        // A forged signature is worth nothing.
        let forged = format!("Cc: support+t{ticket}.aaaaaaaa.aaaaaaaaaaaaaaaa@shop.test\n");
        let stranger = mail("eve@x.test", "3@x.test", &forged, "let me in");
        let opened = shop.receive(&stranger).await.ticket.unwrap();
        assert_ne!(opened, ticket);
        assert!(links(&shop, opened).await.is_empty(), "and not even a link");
    })
    .await;
}

#[tokio::test]
async fn a_stranger_with_a_guessed_reference_opens_a_linked_ticket() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let ticket = first_ticket(&shop).await;
        let guessed = mail(
            "eve@x.test",
            "9@x.test",
            "In-Reply-To: <1@x.test>\n",
            "hello",
        );
        let opened = shop.receive(&guessed).await.ticket.unwrap();
        assert_ne!(opened, ticket);
        assert_eq!(links(&shop, opened).await, [ticket]);
        assert_eq!(shop.ticket(ticket).await.message_count, 1);
        // The subject alone joins nothing.
        let same_subject = mail("ana@x.test", "10@x.test", "", "another matter");
        assert_ne!(shop.receive(&same_subject).await.ticket, Some(ticket));
    })
    .await;
}

#[tokio::test]
async fn a_form_cannot_speak_into_another_persons_ticket() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let ticket = first_ticket(&shop).await;
        let spoof = "Reply-To: ana@x.test\nIn-Reply-To: <1@x.test>\n";
        let opened = shop
            .receive(&mail("no-reply@evil.test", "5@x.test", spoof, "x"))
            .await;
        assert_ne!(opened.ticket, Some(ticket));
    })
    .await;
}

#[tokio::test]
async fn copies_and_repeats_are_one_message() {
    each_engine(ROOMS, async |world: World| {
        let mut shop = shop(&world).await;
        let text = mail("ana@x.test", "1@x.test", "", "hello");
        let first = shop.receive(&text).await;
        let raw = text.replace('\n', "\r\n");
        let known = shop.store(raw.as_bytes()).await;
        assert!(matches!(known, Accepted::Known(_)), "the same bytes");
        // The same mail by another way has other trace headers.
        let traced = format!("Delivered-To: sales@shop.test\n{text}");
        shop.inbox = add_inbox(&shop.channels, &shop.mia, new_inbox("sales@shop.test")).await;
        let copy = shop.receive(&traced).await;
        assert_eq!(copy.state, State::Duplicate);
        assert_eq!(shop.tickets().await, 1);
        assert_eq!(shop.ticket(first.ticket.unwrap()).await.message_count, 1);
        // A Message-ID that repeats with another sender or date is another mail.
        let other = shop
            .receive(&mail("ben@x.test", "1@x.test", "", "hello"))
            .await;
        assert_eq!(other.state, State::Processed);
    })
    .await;
}

#[tokio::test]
async fn a_mail_without_message_id_is_accepted() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let filed = shop
            .receive("From: ana@x.test\n\nno headers to speak of")
            .await;
        assert_eq!(filed.state, State::Processed);
    })
    .await;
}

#[tokio::test]
async fn poison_in_the_middle_stops_nothing() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        shop.store(mail("ana@x.test", "1@x.test", "", "one").as_bytes())
            .await;
        shop.store(b"\0\xFF\xFE no headers at all").await;
        shop.store(b"Subject: nobody wrote this\r\n\r\nx").await;
        shop.store(mail("ben@x.test", "2@x.test", "", "two").as_bytes())
            .await;
        shop.run_jobs(&world).await;
        assert_eq!(shop.tickets().await, 2);
        let failed = shop.failures().await;
        assert_eq!(failed.len(), 2);
        assert!(failed[0].1.contains("no sender"), "{failed:?}");
        // It can be looked at, tried again (in vain) and discarded; it doesn't come back.
        let (id, _) = failed[0];
        let kernel = &world.kernel;
        let mut raw = failures::raw(kernel, &shop.mia, id).await.unwrap();
        let raw = raw.next().await.unwrap().unwrap();
        assert!(raw.starts_with(b"Subject: nobody"));
        world.clock.advance(std::time::Duration::from_secs(1));
        failures::retry(kernel, &shop.mia, id).await.unwrap();
        shop.run_jobs(&world).await;
        assert_eq!(shop.failures().await.len(), 2);
        let reason = "nobody wrote it";
        failures::discard(kernel, &shop.mia, id, reason)
            .await
            .unwrap();
        assert_eq!(shop.failures().await.len(), 1);
        let again = shop.store(b"Subject: nobody wrote this\r\n\r\nx").await;
        assert_eq!(again, Accepted::Known(id));
        let kinds: Vec<_> = world.journal().await.into_iter().map(|r| r.kind).collect();
        for kind in ["mail.failed", "mail.retried", "mail.discarded"] {
            assert!(kinds.iter().any(|k| k == kind), "{kind}");
        }
    })
    .await;
}

#[tokio::test]
async fn filing_that_was_interrupted_too_often_is_shown() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let id = shop
            .store(mail("ana@x.test", "1@x.test", "", "one").as_bytes())
            .await
            .id();
        let job = kernel::jobs::Job {
            id: kernel::ids::JobId(1),
            kind: "mail.process".into(),
            key: "k".into(),
            payload: format!("{{\"mail\":{id}}}"),
            attempt: 6,
        };
        let handlers = shop.channels.handlers();
        let handler = handlers
            .iter()
            .find(|h| h.kind() == "mail.process")
            .unwrap();
        handler.run(&job).await.unwrap();
        assert!(shop.failures().await[0].1.contains("five times"));
        assert_eq!(shop.tickets().await, 0);
    })
    .await;
}

#[tokio::test]
async fn automatic_answers_are_kept_and_do_not_reopen() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let ticket = first_ticket(&shop).await;
        let away = "In-Reply-To: <1@x.test>\nAuto-Submitted: auto-replied\n";
        let filed = shop
            .receive(&mail("ana@x.test", "2@x.test", away, "I am away"))
            .await;
        assert_eq!(filed.ticket, Some(ticket));
        assert_eq!(shop.ticket(ticket).await.status, Status::New);
        // A shop's notification is a contact like any other.
        let notice = "Auto-Submitted: auto-generated\nReply-To: Cleo <cleo@x.test>\n";
        let order = shop
            .receive(&mail("no-reply@pay.test", "3@x.test", notice, "paid"))
            .await;
        assert_eq!(order.state, State::Processed);
    })
    .await;
}

#[tokio::test]
async fn an_automatic_answer_to_a_notification_starts_no_loop() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let id = tokens::notice_id(
            &world.kernel.keys,
            shop.mia.agent,
            kernel::ids::NotificationId(5),
            "shop.test",
        );
        let away = format!("In-Reply-To: <{id}>\nAuto-Submitted: auto-replied\n");
        let filed = shop
            .receive(&mail("mia@x.test", "2@x.test", &away, "away"))
            .await;
        assert_eq!((filed.state, filed.ticket), (State::Duplicate, None));
        assert_eq!(shop.tickets().await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_raw_copy_lies_under_the_customers_key_once_filed() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let filed = shop
            .receive(&mail("ana@x.test", "1@x.test", "", "hello"))
            .await;
        let ticket = shop.ticket(filed.ticket.unwrap()).await;
        let db = world.kernel.db.clone();
        let keys = world.kernel.keys.clone();
        db.write(async move |tx| keys.destroy(tx, ticket.key).await)
            .await
            .unwrap();
        let mail = db
            .read(async move |tx: &mut kernel::db::Tx<'_>| {
                channels::email::intake::store::find(tx, kernel::ids::FailureId(1)).await
            })
            .await;
        let mail = mail.map_err(|e: kernel::db::DbError| e).unwrap().unwrap();
        let raw = world.kernel.blobs.read(mail.blob.unwrap()).await.unwrap();
        assert_eq!(raw, None, "erasing the customer erases the raw mail");
    })
    .await;
}

async fn first_ticket(shop: &Shop) -> TicketId {
    let first = mail("Ana <ana@x.test>", "1@x.test", "", "My lamp broke");
    shop.receive(&first).await.ticket.unwrap()
}

async fn links(shop: &Shop, ticket: TicketId) -> Vec<TicketId> {
    let linked =
        async move |tx: &mut kernel::db::Tx<'_>| desk::tickets::store::links(tx, ticket).await;
    let found = shop.channels.desk.kernel.db.read(linked).await;
    let found = found.map_err(|e: kernel::db::DbError| e).unwrap();
    found.into_iter().map(|link| link.0).collect()
}

#[tokio::test]
async fn the_agent_is_told_what_a_mail_is() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let encrypted = "From: ana@x.test\nTo: support@shop.test\nSubject: Secret\n\
            Message-ID: <s@x.test>\nContent-Type: application/pkcs7-mime; \
            smime-type=enveloped-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n\n\
            MIAGCSqGSIb3DQEHA6CA\n";
        let ticket = shop.receive(encrypted).await.ticket.unwrap();
        let message = first_message(&world, ticket).await;
        let method = "S/MIME".to_owned();
        assert_eq!(message.remarks, [Remark::Encrypted { method }]);
        assert!(
            message
                .text
                .starts_with("This mail is encrypted with S/MIME")
        );
        assert_eq!(message.attachments[0].name, "smime.p7m");

        let crowd: Vec<String> = (0..10_000).map(|n| format!("p{n}@y.test")).collect();
        let headers = format!("Cc: {}\n", crowd.join(",\n "));
        let crowded = mail("ben@x.test", "c@x.test", &headers, "hello all");
        let ticket = shop.receive(&crowded).await.ticket.unwrap();
        let message = first_message(&world, ticket).await;
        assert_eq!(message.cc.len(), 50);
        assert_eq!(message.remarks, [Remark::MoreReceivers { count: 9_950 }]);
    })
    .await;
}

async fn first_message(world: &World, ticket: TicketId) -> MessageItem {
    let kernel = world.kernel.clone();
    let timeline = world
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| present::page(&kernel, tx, ticket, None).await)
        .await
        .unwrap();
    let message = timeline.items.into_iter().find_map(|item| match item {
        TimelineItem::Message(message) => Some(*message),
        TimelineItem::Event(_) => None,
    });
    message.unwrap()
}
