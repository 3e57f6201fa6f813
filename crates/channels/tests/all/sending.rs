//! How mail leaves: few conversations, providers' limits, signatures, quotes, later.

use crate::fake_smtp::{Behaviour, FakeSmtp};
use crate::support::{ROOMS, SHOP, Shop, local, mail, new_inbox, room, shop_with};
use channels::email::delivery::pool::SESSIONS_MAX;
use channels::email::delivery::{Delivering, quote::QUOTE_CLASS};
use channels::email::parse::parse;
use channels::email::sending::{Options, commands::change};
use channels::inboxes::form::NewInbox;
use desk::messages::commands::reply::{NewReply, reply};
use desk::messages::deliveries::{MAIL_DELIVER, MailDeliver};
use futures_util::future::join_all;
use identity::Role;
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::ids::{DeliveryId, JobId, TicketId};
use kernel::jobs::{Job, JobHandler, Outcome};
use kernel::random::Random;
use kernel::start::Opening;
use std::time::Duration;
use testkit::{World, each_engine};

async fn sending_shop(world: &World) -> (Shop, FakeSmtp) {
    let smtp = FakeSmtp::start().await;
    let new = NewInbox {
        smtp: Some(local(smtp.port)),
        ..new_inbox(SHOP)
    };
    (shop_with(world, new).await, smtp)
}

/// A ticket with as many people in copy.
async fn ticket_with(shop: &Shop, id: &str, copies: usize) -> TicketId {
    let people: Vec<String> = (0..copies).map(|n| format!("c{n}@x.test")).collect();
    let header = match copies {
        0 => String::new(),
        _ => format!("Cc: {}\n", people.join(",\n ")),
    };
    let first = mail("Ana <ana@x.test>", id, &header, "My lamp broke\nto pieces");
    shop.receive(&first).await.ticket.unwrap()
}

async fn limit(shop: &Shop, per_minute: Option<i64>, per_day: Option<i64>, quote_history: bool) {
    let kernel = &shop.channels.desk.kernel;
    let id = shop.inbox.id;
    let read = async move |tx: &mut Tx<'_>| channels::email::sending::store::options(tx, id).await;
    let before = kernel.db.read::<_, DbError, _>(read).await.unwrap();
    let wanted = Options {
        per_minute,
        per_day,
        quote_history,
        version: before.version,
    };
    change(kernel, &shop.mia, id, wanted).await.unwrap();
}

async fn states(shop: &Shop, ticket: TicketId) -> Vec<String> {
    let deliveries = shop.deliveries(ticket, 2).await.into_iter();
    deliveries.map(|(state, _)| state).collect()
}

#[tokio::test]
async fn many_mails_share_few_conversations() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp) = sending_shop(&world).await;
        let ticket = ticket_with(&shop, "1@x.test", 39).await;
        shop.answer(&world, ticket, "<p>hi</p>").await;
        let delivering = Delivering {
            channels: shop.channels.clone(),
        };
        let hand_over = async |id: i64| {
            let delivery = DeliveryId(id);
            let job = Job {
                id: JobId(id),
                kind: MAIL_DELIVER.into(),
                key: String::new(),
                payload: serde_json::to_string(&MailDeliver { delivery }).unwrap(),
                attempt: 1,
            };
            while delivering.run(&job).await.unwrap() != Outcome::Done {
                tokio::task::yield_now().await;
            }
        };
        join_all((1..=40).map(hand_over)).await;
        assert_eq!(smtp.taken().len(), 40);
        assert!(
            states(&shop, ticket)
                .await
                .iter()
                .all(|state| state == "accepted")
        );
        let (all, _, at_once) = smtp.counts();
        assert!(
            all <= SESSIONS_MAX && at_once <= SESSIONS_MAX,
            "{all}, {at_once}"
        );
        // What rests too long is ended.
        world.clock.advance(Duration::from_secs(31));
        shop.channels.pool.sweep(world.clock.now()).await;
        assert_eq!(shop.channels.pool.idle(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_conversation_the_server_dropped_is_replaced_before_anything_is_claimed() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp) = sending_shop(&world).await;
        for round in 1..=3 {
            let ticket = ticket_with(&shop, &format!("{round}@x.test"), 0).await;
            shop.answer(&world, ticket, "<p>hi</p>").await;
            shop.run_jobs(&world).await;
            assert_eq!(states(&shop, ticket).await, ["accepted"]);
            assert_eq!(smtp.taken().len(), round);
            smtp.drop_all().await;
        }
        assert_eq!(smtp.counts().0, 3);
    })
    .await;
}

#[tokio::test]
async fn an_inbox_keeps_to_its_limits_and_nothing_fails() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp) = sending_shop(&world).await;
        limit(&shop, Some(2), None, false).await;
        let ticket = ticket_with(&shop, "1@x.test", 3).await;
        shop.answer(&world, ticket, "<p>hi</p>").await;
        shop.run_jobs(&world).await;
        assert_eq!(smtp.taken().len(), 1);
        let mut first = shop.deliveries(ticket, 2).await;
        first.sort();
        assert_eq!(first[0].0, "accepted");
        let waits = |(state, why): &(String, String)| state == "queued" && why.contains("limit");
        assert!(first[1..].iter().all(waits), "{first:?}");
        for sent in 2..=4 {
            world.clock.advance(Duration::from_secs(60));
            shop.run_jobs(&world).await;
            assert_eq!(smtp.taken().len(), sent);
        }
        // Four left in these hours; a limit of five a day has room for one.
        limit(&shop, None, Some(5), false).await;
        let ticket = ticket_with(&shop, "2@x.test", 1).await;
        shop.answer(&world, ticket, "<p>hi</p>").await;
        shop.run_jobs(&world).await;
        assert_eq!(smtp.taken().len(), 5);
        world.clock.advance(Duration::from_secs(20 * 3600));
        shop.run_jobs(&world).await;
        assert_eq!(smtp.taken().len(), 5);
        world.clock.advance(Duration::from_secs(5 * 3600));
        shop.run_jobs(&world).await;
        assert_eq!(smtp.taken().len(), 6);
        assert_eq!(states(&shop, ticket).await, ["accepted", "accepted"]);
    })
    .await;
}

#[tokio::test]
async fn a_server_at_its_limit_slows_everybody_and_fails_nobody() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp) = sending_shop(&world).await;
        for behaviour in [
            Behaviour::SlowDown,
            Behaviour::DailyLimit,
            Behaviour::BusyGreeting,
        ] {
            smtp.drop_all().await;
            world.clock.advance(Duration::from_secs(60));
            let before = smtp.taken().len();
            smtp.behave(behaviour);
            let ticket = ticket_with(&shop, &format!("{behaviour:?}@x.test"), 4).await;
            shop.answer(&world, ticket, "<p>hi</p>").await;
            let conversations = smtp.counts().0;
            shop.run_jobs(&world).await;
            assert_eq!(
                smtp.counts().0,
                conversations + 1,
                "{behaviour:?}: one asks for all"
            );
            let waiting = shop.deliveries(ticket, 2).await;
            assert!(
                waiting
                    .iter()
                    .all(|(state, why)| state == "queued" && why.contains("slow"))
            );
            for _ in 0..10 {
                world.clock.advance(Duration::from_secs(26 * 3600));
                shop.run_jobs(&world).await;
            }
            assert!(
                states(&shop, ticket)
                    .await
                    .iter()
                    .all(|state| state == "queued")
            );
            smtp.behave(Behaviour::Accept);
            world.clock.advance(Duration::from_secs(2 * 3600));
            shop.run_jobs(&world).await;
            assert_eq!(smtp.taken().len(), before + 5, "{behaviour:?}");
            assert_eq!(shop.ticket(ticket).await.failed_deliveries, 0);
        }
    })
    .await;
}

#[tokio::test]
async fn one_mail_a_server_dislikes_does_not_stand_in_the_way() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp) = sending_shop(&world).await;
        smtp.dislike("ana@x.test");
        let ticket = ticket_with(&shop, "1@x.test", 3).await;
        shop.answer(&world, ticket, "<p>hi</p>").await;
        for _ in 0..3 {
            shop.run_jobs(&world).await;
            world.clock.advance(Duration::from_secs(90));
        }
        assert_eq!(
            states(&shop, ticket).await,
            ["queued", "accepted", "accepted", "accepted"]
        );
        for _ in 0..200 {
            world.clock.advance(Duration::from_secs(30 * 60 + 20));
            shop.run_jobs(&world).await;
        }
        assert_eq!(
            states(&shop, ticket).await[0],
            "refused",
            "it alone is given up"
        );
    })
    .await;
}

#[tokio::test]
async fn signatures_and_the_answered_mail_stand_below() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp) = sending_shop(&world).await;
        let keys = world.kernel.keys.clone();
        let (key, mia) = (keys.workspace().await.unwrap(), shop.mia.agent);
        let sign = async move |tx: &mut Tx<'_>| {
            let mut mine = identity::preferences::store::find(tx, &keys, mia).await?;
            mine.signature_html = "<p>Mia, lamps</p>".into();
            identity::preferences::store::put(tx, (&keys, key), mia, &mine).await
        };
        world.kernel.db.write(sign).await.unwrap();
        limit(&shop, None, None, true).await;
        let ticket = ticket_with(&shop, "1@x.test", 0).await;
        shop.answer(&world, ticket, "<p>A new one comes.</p>").await;
        shop.run_jobs(&world).await;
        let sent = parse(&smtp.taken()[0].1).unwrap();
        let expected = "A new one comes.\n\n-- \nMia, lamps\n\nYour Lamp Shop\n\n\
            On 2026-03-02 09:00 UTC, Ana <ana@x.test> wrote:\n\n> My lamp broke\n> to pieces";
        assert_eq!(sent.text.replace("\r\n", "\n").trim(), expected);
        let html = sent.html.unwrap();
        assert!(html.contains(QUOTE_CLASS) && html.contains("<blockquote type=\"cite\""));
        assert!(html.contains("Mia, lamps") && html.contains("Your Lamp Shop"));
        assert_eq!(sent.subject, "Re: Broken lamp");
        // Its author may leave it away.
        let new = NewReply {
            html: "<p>Bye</p>".into(),
            seen_number: 2,
            quotes: Some(false),
            ..NewReply::default()
        };
        let once = IdempotencyKey::default();
        reply(&shop.channels.desk, &shop.mia, ticket, new, once)
            .await
            .unwrap();
        world.clock.advance(Duration::from_secs(20));
        world.run_jobs(shop.channels.desk.handlers()).await;
        world.clock.advance(Duration::from_secs(10));
        shop.run_jobs(&world).await;
        let sent = parse(&smtp.taken()[1].1).unwrap();
        assert!(!sent.text.contains("My lamp broke") && sent.text.contains("Bye"));
        // The token of the thread, the customer's mail, our first answer.
        assert_eq!(sent.references.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_reply_for_later_survives_a_restart_and_leaves_once() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp) = sending_shop(&world).await;
        let ticket = ticket_with(&shop, "1@x.test", 0).await;
        let new = NewReply {
            html: "<p>Good morning</p>".into(),
            seen_number: 1,
            send_at: Some(world.clock.now().plus(Duration::from_secs(8 * 3600))),
            ..NewReply::default()
        };
        let once = IdempotencyKey::default();
        reply(&shop.channels.desk, &shop.mia, ticket, new, once)
            .await
            .unwrap();
        world.clock.advance(Duration::from_secs(8 * 3600 - 60));
        let before = [shop.channels.desk.handlers(), shop.channels.handlers()].concat();
        world.run_jobs(before).await;
        assert_eq!(smtp.taken().len(), 0, "not before its time");
        drop(shop);
        // Another process on the same data.
        let opening = Opening {
            folder: world.folder().to_owned(),
            database_url: world.database_url().map(str::to_owned),
            blob_url: None,
            master_key: None,
            settings: (*world.kernel.settings).clone(),
        };
        let clock = world.kernel.clock.clone();
        let kernel = Kernel::open(opening, ROOMS, clock, Random::seeded(2))
            .await
            .unwrap();
        let mut reopened = world;
        reopened.kernel = kernel;
        let channels = room(&reopened);
        let handlers = || [channels.desk.handlers(), channels.handlers()].concat();
        reopened.clock.advance(Duration::from_secs(60));
        for _ in 0..3 {
            reopened.run_jobs(handlers()).await;
            assert_eq!(smtp.taken().len(), 1, "at its time, once");
            reopened.clock.advance(Duration::from_secs(24 * 3600));
        }
        assert!(
            parse(&smtp.taken()[0].1)
                .unwrap()
                .text
                .contains("Good morning")
        );
    })
    .await;
}

#[tokio::test]
async fn an_agent_is_told_by_mail() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp) = sending_shop(&world).await;
        let ben = identity::fixtures::agent(&world.kernel, "Ben", Role::Agent).await;
        let ticket = ticket_with(&shop, "1@x.test", 0).await;
        let desk = &shop.channels.desk;
        let new = desk::messages::commands::note::NewNote {
            html: "<p>A secret for you</p>".into(),
            mentions: vec![ben.agent],
            ..Default::default()
        };
        desk::messages::commands::note::note(
            desk,
            &shop.mia,
            ticket,
            new,
            IdempotencyKey::default(),
        )
        .await
        .unwrap();
        for reader in desk.readers() {
            world.run_reader(reader).await;
        }
        shop.run_jobs(&world).await;
        assert_eq!(smtp.taken().len(), 0, "not before its window ends");
        world.clock.advance(Duration::from_secs(3600));
        shop.run_jobs(&world).await;
        let taken = smtp.taken();
        assert_eq!(taken.len(), 1);
        let sent = parse(&taken[0].1).unwrap();
        assert!(sent.to[0].name == "Ben" && sent.to[0].address == taken[0].0);
        assert!(
            sent.text.contains("A colleague mentioned you."),
            "{}",
            sent.text
        );
        assert!(sent.text.contains(&format!("/tickets/{ticket}")));
        assert!(!String::from_utf8_lossy(&taken[0].1).contains("secret"));
        assert!(sent.automatic.is_some());
        world.clock.advance(Duration::from_secs(24 * 3600));
        shop.run_jobs(&world).await;
        assert_eq!(smtp.taken().len(), 1, "once");
    })
    .await;
}
