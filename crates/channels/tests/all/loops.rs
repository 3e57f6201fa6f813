//! Programs that write to us: loops end, lists lie aside, and nothing is lost.

use crate::fake_dns::FakeDns;
use crate::fake_smtp::FakeSmtp;
use crate::signing::Signer;
use crate::support::{ROOMS, SHOP, Shop, checking_shop, local, mail, new_inbox, shop, shop_with};
use channels::email::acknowledgements::{Acknowledgement, AcknowledgementLanguage, set};
use channels::email::flood::{Forgotten, begin_forgetting, forget};
use channels::email::intake::State;
use channels::email::intake::commands::file;
use channels::email::parse::parse;
use channels::inboxes::form::NewInbox;
use desk::messages::gathered;
use desk::tickets::{Place, Shelf, Status};
use futures_util::future::join_all;
use kernel::db::{DbError, Tx};
use kernel::ids::TicketId;
use std::time::Duration;
use testkit::{World, each_engine};

const AWAY: &str = "Auto-Submitted: auto-replied\n";

async fn gathered_on(shop: &Shop, ticket: TicketId) -> i64 {
    let find = async move |tx: &mut Tx<'_>| gathered::store::find(tx, ticket).await;
    let db = &shop.channels.desk.kernel.db;
    let found = db.read::<_, DbError, _>(find).await.unwrap();
    found.map_or(0, |found| found.count)
}

/// How many messages all tickets hold.
async fn messages(shop: &Shop) -> i64 {
    let mut sum = 0;
    for id in 1..=shop.tickets().await {
        sum += shop.ticket(TicketId(id)).await.message_count;
    }
    sum
}

#[tokio::test]
async fn a_storm_of_automatic_answers_ends_after_a_few_rounds_and_loses_nothing() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        for n in 0..40 {
            world.clock.advance(Duration::from_secs(20));
            let storm = mail("robot@x.test", &format!("{n}@x.test"), AWAY, "I am away");
            assert_eq!(shop.receive(&storm).await.state, State::Processed);
        }
        assert_eq!(shop.tickets().await, 6, "five, and one for the rest");
        assert_eq!(messages(&shop).await, 40);
        assert_eq!(gathered_on(&shop, TicketId(6)).await, 35);
        let kinds: Vec<_> = world.journal().await;
        let told = kinds.iter().filter(|r| r.kind == "ticket.gathering");
        assert_eq!(told.count(), 1, "the team hears of it once");
        let loud = kinds
            .iter()
            .filter(|r| r.kind == "message.received" && !r.quiet);
        assert_eq!(loud.count(), 5);
        // What the absent person writes themselves is heard.
        let own = mail("robot@x.test", "own@x.test", "", "I am back");
        let own = shop.receive(&own).await.ticket.unwrap();
        assert_eq!(gathered_on(&shop, own).await, 0);
        // Another inbox, another pair; another day, another gathering.
        world.clock.advance(Duration::from_secs(24 * 3600));
        let later = mail("robot@x.test", "later@x.test", AWAY, "still away");
        assert_eq!(shop.receive(&later).await.ticket, Some(TicketId(8)));
    })
    .await;
}

#[tokio::test]
async fn two_programs_on_one_ticket_do_not_stir_it() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let first = mail("robot@x.test", "0@x.test", "", "Order");
        let ticket = shop.receive(&first).await.ticket.unwrap();
        let head = format!("{AWAY}In-Reply-To: <0@x.test>\n");
        for n in 1..=11 {
            let answer = mail("robot@x.test", &format!("{n}@x.test"), &head, "away");
            assert_eq!(shop.receive(&answer).await.ticket, Some(ticket));
        }
        let after = shop.ticket(ticket).await;
        assert_eq!((after.message_count, after.status), (12, Status::New));
        assert_eq!(gathered_on(&shop, ticket).await, 6);
    })
    .await;
}

#[tokio::test]
async fn who_writes_too_much_is_gathered_on_one_ticket_even_when_all_comes_at_once() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let mut stored = Vec::new();
        for n in 0..36 {
            let mail = mail("flood@x.test", &format!("{n}@x.test"), "", "now!");
            stored.push(shop.store(mail.as_bytes()).await.id());
        }
        let filing = stored.into_iter().map(|id| file(&shop.channels, id));
        for filed in join_all(filing).await {
            assert_eq!(filed.unwrap().state, State::Processed);
        }
        assert_eq!(shop.tickets().await, 21, "twenty, and one for the rest");
        assert_eq!(messages(&shop).await, 36);
        assert_eq!(gathered_on(&shop, TicketId(21)).await, 16);
        assert_eq!(shop.ticket(TicketId(21)).await.place, Place::Desk);
    })
    .await;
}

#[tokio::test]
async fn newsletters_and_lists_lie_aside_one_ticket_a_day() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let head = "List-Id: News <news.x.test>\nCc: zoe@x.test\n";
        for (n, from) in ["ana@x.test", "ben@x.test", "ana@x.test"]
            .iter()
            .enumerate()
        {
            let post = mail(from, &format!("{n}@x.test"), head, "Buy lamps");
            assert_eq!(shop.receive(&post).await.ticket, Some(TicketId(1)));
        }
        let aside = shop.ticket(TicketId(1)).await;
        assert_eq!((aside.place, aside.shelf), (Place::Bulk, Shelf::Bulk));
        assert_eq!(aside.message_count, 3);
        let cc = async |tx: &mut Tx<'_>| desk::tickets::store::cc(tx, TicketId(1)).await;
        let cc = world.kernel.db.read::<_, DbError, _>(cc).await.unwrap();
        assert!(cc.is_empty(), "who posts there has no part in our ticket");
        world.clock.advance(Duration::from_secs(24 * 3600));
        let next = mail("ana@x.test", "9@x.test", head, "More lamps");
        assert_eq!(shop.receive(&next).await.ticket, Some(TicketId(2)));
        // A person who answers takes the ticket back to the desk.
        let answer = mail(
            "ana@x.test",
            "10@x.test",
            "In-Reply-To: <0@x.test>\n",
            "Broken!",
        );
        assert_eq!(shop.receive(&answer).await.ticket, Some(TicketId(1)));
        assert_eq!(shop.ticket(TicketId(1)).await.place, Place::Desk);
    })
    .await;
}

#[tokio::test]
async fn what_shops_forms_and_our_own_group_bring_is_work() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let form = "Reply-To: Cleo <cleo@x.test>\nAuto-Submitted: auto-generated\n\
            Precedence: bulk\nList-Unsubscribe: <https://forms.test/u>\n";
        let group = "List-Id: <support.shop.test>\nPrecedence: list\n";
        for (n, (from, head, requester)) in [
            ("wordpress@blog.test", form, "cleo@x.test"),
            ("ana@x.test", group, "ana@x.test"),
            (
                "no-reply@pay.test",
                "Auto-Submitted: auto-generated\n",
                "no-reply@pay.test",
            ),
        ]
        .into_iter()
        .enumerate()
        {
            let work = mail(from, &format!("{n}@x.test"), head, "Please help");
            let ticket = shop.receive(&work).await.ticket.unwrap();
            let ticket = shop.ticket(ticket).await;
            assert_eq!(ticket.place, Place::Desk, "{from}");
            let identity = ticket.requester_identity;
            let person = async move |tx: &mut Tx<'_>| {
                customers::people::store::by_identity(tx, identity).await
            };
            let person = world.kernel.db.read::<_, DbError, _>(person).await.unwrap();
            assert_eq!(person.unwrap().email, requester);
        }
    })
    .await;
}

#[tokio::test]
async fn our_own_mail_that_a_list_sends_back_starts_nothing() {
    each_engine(ROOMS, async |world: World| {
        let smtp = FakeSmtp::start().await;
        let shop = sending(&world, &smtp).await;
        let first = mail("list@x.test", "1@x.test", "", "Question");
        let ticket = shop.receive(&first).await.ticket.unwrap();
        shop.answer(&world, ticket, "<p>hi</p>").await;
        shop.run_jobs(&world).await;
        let ours = String::from_utf8(smtp.taken()[0].1.clone()).unwrap();
        let ours = ours.replace("\r\n", "\n");
        let from = ours.lines().find(|line| line.starts_with("From:")).unwrap();
        let listed = ours.replace(
            from,
            "From: Shop via List <list@x.test>\nList-Id: <list.x.test>",
        );
        for back in [format!("Received: by mx\n{ours}"), listed] {
            assert_eq!(shop.receive(&back).await.state, State::Duplicate);
        }
        assert_eq!(shop.ticket(ticket).await.message_count, 2);
        assert_eq!(shop.tickets().await, 1);
    })
    .await;
}

async fn sending(world: &World, smtp: &FakeSmtp) -> Shop {
    let new = NewInbox {
        smtp: Some(local(smtp.port)),
        ..new_inbox(SHOP)
    };
    shop_with(world, new).await
}

async fn acknowledging(world: &World, smtp: &FakeSmtp) -> Shop {
    let shop = sending(world, smtp).await;
    let on = Acknowledgement {
        enabled: true,
        language: AcknowledgementLanguage::De,
        version: 0,
    };
    set(&world.kernel, &shop.mia, shop.inbox.id, on)
        .await
        .unwrap();
    shop
}

#[tokio::test]
async fn a_confirmation_goes_out_once_per_address_and_day_and_quotes_nothing() {
    each_engine(ROOMS, async |world: World| {
        let smtp = FakeSmtp::start().await;
        let shop = acknowledging(&world, &smtp).await;
        let words = "\"Buy pills\" <ana@x.test>";
        for n in 0..3 {
            let mail = mail(words, &format!("{n}@x.test"), "", "Cheap pills here");
            shop.receive(&mail).await;
        }
        shop.run_jobs(&world).await;
        let taken = smtp.taken();
        assert_eq!(taken.len(), 1);
        let (to, raw) = &taken[0];
        assert_eq!(to, "ana@x.test");
        let text = String::from_utf8(raw.clone()).unwrap();
        for theirs in ["pills", "Broken lamp"] {
            assert!(!text.contains(theirs), "{text}");
        }
        let sent = parse(raw).unwrap();
        assert!(!sent.text.contains("pills"), "{}", sent.text);
        assert_eq!(sent.subject, "Ihre Nachricht ist angekommen");
        assert!(sent.automatic.is_some());
        assert_eq!(sent.references, ["0@x.test"], "programs show both together");
        // It leads back to the ticket, and is known when it comes back.
        let answer = format!("Cc: {}\n", sent.reply_to[0].address);
        let answer = mail("ana@x.test", "a@x.test", &answer, "thanks");
        assert_eq!(shop.receive(&answer).await.ticket, Some(TicketId(1)));
        let back = format!("Received: by mx\n{}", text.replace("\r\n", "\n"));
        assert_eq!(shop.receive(&back).await.state, State::Duplicate);
        world.clock.advance(Duration::from_secs(24 * 3600));
        shop.receive(&mail("ana@x.test", "9@x.test", "", "Again"))
            .await;
        shop.run_jobs(&world).await;
        assert_eq!(smtp.taken().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn programs_lists_floods_and_strangers_in_reply_to_get_no_confirmation() {
    each_engine(ROOMS, async |world: World| {
        let smtp = FakeSmtp::start().await;
        let shop = acknowledging(&world, &smtp).await;
        let stranger = "Reply-To: victim@x.test\n";
        for (n, (from, head)) in [
            ("a@x.test", AWAY),
            ("b@x.test", "List-Id: <l.x.test>\n"),
            ("c@x.test", "Auto-Submitted: auto-generated\n"),
            ("mailer-daemon@x.test", ""),
            ("no-reply@x.test", stranger),
            ("no-reply@y.test", ""),
        ]
        .into_iter()
        .enumerate()
        {
            shop.receive(&mail(from, &format!("{n}@x.test"), head, "x"))
                .await;
        }
        shop.run_jobs(&world).await;
        assert!(smtp.taken().is_empty(), "{:?}", smtp.taken());
        // Over the limit by then, so not even what was planned goes out.
        for n in 0..25 {
            shop.receive(&mail("flood@x.test", &format!("f{n}@x.test"), "", "x"))
                .await;
        }
        shop.run_jobs(&world).await;
        assert!(smtp.taken().is_empty(), "{:?}", smtp.taken());
    })
    .await;
}

#[tokio::test]
async fn nothing_is_confirmed_until_an_inbox_turns_it_on() {
    each_engine(ROOMS, async |world: World| {
        let smtp = FakeSmtp::start().await;
        let shop = sending(&world, &smtp).await;
        shop.receive(&mail("ana@x.test", "1@x.test", "", "hello"))
            .await;
        shop.run_jobs(&world).await;
        assert!(smtp.taken().is_empty());
    })
    .await;
}

#[tokio::test]
async fn who_forges_a_customers_mail_does_not_silence_the_customer() {
    each_engine(ROOMS, async |world: World| {
        let dns = FakeDns::start().await;
        dns.txt("_dmarc.reject.test", "v=DMARC1; p=reject");
        let signer = Signer::of(&dns, "reject.test");
        let shop = checking_shop(&world, dns.address, new_inbox(SHOP)).await;
        let ana = |n: i64| {
            mail(
                "Ana <ana@reject.test>",
                &format!("{n}@reject.test"),
                "",
                "x",
            )
        };
        for n in 0..30 {
            assert_eq!(shop.receive(&ana(n)).await.state, State::Processed);
        }
        assert_eq!(shop.tickets().await, 21, "twenty, and one for the rest");
        assert_eq!(gathered_on(&shop, TicketId(21)).await, 10);
        // She is heard as if nothing had been, and what she sends counts for itself.
        for n in 100..120 {
            let own = shop.receive(&signer.sign(&ana(n))).await.ticket.unwrap();
            assert_eq!(gathered_on(&shop, own).await, 0, "mail {n}");
        }
        assert_eq!(shop.tickets().await, 41);
        let journal = world.journal().await;
        let loud = journal
            .iter()
            .filter(|r| r.kind == "message.received" && !r.quiet);
        assert_eq!(loud.count(), 40);
        // Beyond the limit she is gathered too, on a ticket of her own.
        let over = shop.receive(&signer.sign(&ana(200))).await.ticket;
        assert_eq!(over, Some(TicketId(42)));
        assert_eq!(gathered_on(&shop, TicketId(42)).await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_no_limit_asks_for_is_forgotten() {
    const HOUR: Duration = Duration::from_secs(3600);
    each_engine(ROOMS, async |world: World| {
        let smtp = FakeSmtp::start().await;
        let shop = acknowledging(&world, &smtp).await;
        for n in 0..6 {
            let away = mail("robot@x.test", &format!("{n}@x.test"), AWAY, "away");
            shop.receive(&away).await;
        }
        let news = "List-Id: News <news.x.test>\n";
        shop.receive(&mail("news@x.test", "n@x.test", news, "Buy"))
            .await;
        shop.receive(&mail("ana@x.test", "a@x.test", "", "Hello"))
            .await;
        shop.run_jobs(&world).await;
        let kernel = &world.kernel;
        assert_eq!(forget(kernel).await.unwrap(), Forgotten::default());
        // What is needed is there still: the limit, and the day's confirmation.
        let next = mail("robot@x.test", "7@x.test", AWAY, "away");
        let gathered = shop.receive(&next).await.ticket.unwrap();
        assert_eq!(gathered_on(&shop, gathered).await, 2);
        world.clock.advance(3 * HOUR);
        let forgotten = forget(kernel).await.unwrap();
        assert_eq!((forgotten.senders, forgotten.acknowledged), (4, 0));
        shop.receive(&mail("ana@x.test", "b@x.test", "", "Hello again"))
            .await;
        shop.run_jobs(&world).await;
        assert_eq!(smtp.taken().len(), 1, "one confirmation a day all the same");
        world.clock.advance(48 * HOUR);
        let forgotten = forget(kernel).await.unwrap();
        assert_eq!((forgotten.senders, forgotten.gatherings), (2, 2));
        // The job does it by itself from now on, however often it is begun.
        for _ in 0..2 {
            begin_forgetting(kernel).await.unwrap();
        }
        assert_eq!(shop.run_jobs(&world).await, 1);
        world.clock.advance(8 * 24 * HOUR);
        assert_eq!(shop.run_jobs(&world).await, 1);
        assert_eq!(forget(kernel).await.unwrap(), Forgotten::default());
    })
    .await;
}
