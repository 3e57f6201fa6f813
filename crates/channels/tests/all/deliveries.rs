//! Handing replies over: exactly once, or honestly uncertain.

use crate::fake_smtp::{Behaviour, FakeSmtp};
use crate::support::{ROOMS, SHOP, Shop, local, mail, new_inbox, shop_with};
use channels::email::intake::State;
use channels::email::parse::parse;
use channels::inboxes::form::NewInbox;
use desk::messages::deliveries::DeliveryState;
use desk::messages::deliveries::commands::{advance, retry};
use kernel::db::Tx;
use kernel::ids::{DeliveryId, TicketId};
use kernel::journal::Context;
use kernel::refusal::Refusal;
use std::time::Duration;
use testkit::{World, each_engine};

const COPY: &str = "Cc: Ben <ben@x.test>\n";

async fn sending_shop(world: &World) -> (Shop, FakeSmtp, TicketId) {
    let smtp = FakeSmtp::start().await;
    let new = NewInbox {
        smtp: Some(local(smtp.port)),
        ..new_inbox(SHOP)
    };
    let shop = shop_with(world, new).await;
    let first = mail("Ana <ana@x.test>", "1@x.test", COPY, "My lamp broke");
    let ticket = shop.receive(&first).await.ticket.unwrap();
    (shop, smtp, ticket)
}

#[tokio::test]
async fn every_recipient_gets_one_copy_of_one_mail() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp, ticket) = sending_shop(&world).await;
        shop.answer(&world, ticket, "<p>We send a new one.</p>")
            .await;
        shop.run_jobs(&world).await;
        let taken = smtp.taken();
        let mut recipients: Vec<_> = taken.iter().map(|(to, _)| to.as_str()).collect();
        recipients.sort_unstable();
        assert_eq!(recipients, ["ana@x.test", "ben@x.test"]);
        let mails: Vec<_> = taken.iter().map(|(_, raw)| parse(raw).unwrap()).collect();
        assert_eq!(mails[0].message_id, mails[1].message_id);
        assert_eq!((&mails[0].to, &mails[0].cc), (&mails[1].to, &mails[1].cc));
        let mail = &mails[0];
        assert_eq!(
            (mail.from.name.as_str(), mail.from.address.as_str()),
            ("Lamp Shop", SHOP)
        );
        assert_eq!(mail.references.last().map(String::as_str), Some("1@x.test"));
        assert!(
            mail.reply_to[0].address.starts_with("support+t"),
            "{:?}",
            mail.reply_to
        );
        assert!(mail.text.contains("We send a new one.") && mail.text.contains("Your Lamp Shop"));
        assert!(mail.html.as_ref().unwrap().contains("We send a new one."));
        let states = shop.deliveries(ticket, 2).await;
        assert_eq!(
            states,
            [
                ("accepted".into(), String::new()),
                ("accepted".into(), String::new())
            ]
        );
        assert_eq!(shop.run_jobs(&world).await, 0, "nothing is left to send");
        // The customer's answer to it joins and our own mail coming back is recognised.
        let id = mail.message_id.clone().unwrap();
        let answer = crate::support::mail(
            "ben@x.test",
            "3@x.test",
            &format!("In-Reply-To: <{id}>\n"),
            "ok",
        );
        assert_eq!(shop.receive(&answer).await.ticket, Some(ticket));
        let own = String::from_utf8(taken[0].1.clone()).unwrap();
        let back = shop
            .receive(&format!(
                "Delivered-To: {SHOP}\n{}",
                own.replace("\r\n", "\n")
            ))
            .await;
        assert_eq!(back.state, State::Duplicate);
        assert_eq!(shop.ticket(ticket).await.message_count, 3);
    })
    .await;
}

#[tokio::test]
async fn outcomes_are_told_apart() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp, _) = sending_shop(&world).await;
        for (behaviour, state, reason) in [
            (Behaviour::RefuseAfterText, "refused", "looks like spam"),
            (Behaviour::LaterAtRcpt, "queued", "greylisted"),
            (Behaviour::LaterAfterText, "queued", "mailbox full"),
            (Behaviour::DropBeforeText, "queued", ""),
            (Behaviour::DropAfterText, "uncertain", "connection was lost"),
            (Behaviour::RefuseSignIn, "queued", ""),
            // Last, because nothing more goes to an address that does not exist.
            (Behaviour::RefuseAtRcpt, "refused", "no such person"),
        ] {
            let first = mail(
                "Ana <ana@x.test>",
                &format!("{behaviour:?}@x.test"),
                COPY,
                "Hello",
            );
            let ticket = shop.receive(&first).await.ticket.unwrap();
            let before = smtp.taken().len();
            smtp.behave(behaviour);
            shop.answer(&world, ticket, "<p>hi</p>").await;
            shop.run_jobs(&world).await;
            for (found, why) in shop.deliveries(ticket, 2).await {
                assert_eq!(found, state, "{behaviour:?}");
                assert!(why.contains(reason), "{behaviour:?}: {why}");
            }
            assert_eq!(smtp.taken().len(), before);
            // Once the server behaves, what is queued goes out, and what is uncertain stays.
            smtp.behave(Behaviour::Accept);
            world.clock.advance(Duration::from_secs(60));
            shop.run_jobs(&world).await;
            let (sent, attention) = if state == "queued" { (2, 0) } else { (0, 2) };
            assert_eq!(smtp.taken().len(), before + sent, "{behaviour:?}");
            assert_eq!(
                shop.ticket(ticket).await.failed_deliveries,
                attention,
                "{behaviour:?}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_hand_over_that_was_interrupted_is_uncertain_until_a_person_decides() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp, ticket) = sending_shop(&world).await;
        shop.answer(&world, ticket, "<p>hi</p>").await;
        // The process died behind the claim: nothing else is known.
        let kernel = world.kernel.clone();
        let ctx = Context::system(kernel.clock.now());
        let db = kernel.db.clone();
        let claimed = db
            .write(async move |tx: &mut Tx<'_>| -> Result<bool, Refusal> {
                let to = DeliveryState::Claimed;
                advance(&kernel, tx, &ctx, DeliveryId(1), to, None).await
            })
            .await;
        assert!(claimed.unwrap());
        shop.run_jobs(&world).await;
        let states = shop.deliveries(ticket, 2).await;
        assert_eq!(states[0].0, "uncertain");
        assert!(states[0].1.contains("interrupted"));
        assert_eq!(states[1].0, "accepted");
        assert_eq!(smtp.taken().len(), 1);
        world.clock.advance(Duration::from_secs(7 * 24 * 3600));
        shop.run_jobs(&world).await;
        assert_eq!(smtp.taken().len(), 1, "never by itself");
        retry(&shop.channels.desk, &shop.mia, DeliveryId(1))
            .await
            .unwrap();
        shop.run_jobs(&world).await;
        assert_eq!(smtp.taken().len(), 2);
        assert_eq!(shop.deliveries(ticket, 2).await[0].0, "accepted");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_stays_away_is_given_up_after_days() {
    each_engine(ROOMS, async |world: World| {
        let (shop, smtp, ticket) = sending_shop(&world).await;
        smtp.behave(Behaviour::LaterAtRcpt);
        shop.answer(&world, ticket, "<p>hi</p>").await;
        for _ in 0..4 {
            shop.run_jobs(&world).await;
            world.clock.advance(Duration::from_secs(26 * 3600));
        }
        shop.run_jobs(&world).await;
        let (state, reason) = shop.deliveries(ticket, 2).await.remove(0);
        assert_eq!(state, "refused");
        assert!(
            reason.contains("three days") && reason.contains("greylisted"),
            "{reason}"
        );
    })
    .await;
}

#[tokio::test]
async fn an_inbox_without_a_server_says_so() {
    each_engine(ROOMS, async |world: World| {
        let shop = crate::support::shop(&world).await;
        let first = mail("Ana <ana@x.test>", "1@x.test", "", "My lamp broke");
        let ticket = shop.receive(&first).await.ticket.unwrap();
        shop.answer(&world, ticket, "<p>hi</p>").await;
        shop.run_jobs(&world).await;
        let (state, reason) = shop.deliveries(ticket, 2).await.remove(0);
        assert_eq!(state, "refused");
        assert!(reason.contains("no server for sending"), "{reason}");
    })
    .await;
}
