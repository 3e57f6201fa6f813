//! Mail that came back: shown where it belongs, and its address written to no more.

use crate::fake_smtp::{Behaviour, FakeSmtp};
use crate::support::{ROOMS, SHOP, Shop, local, mail, new_inbox, shop_with};
use channels::email::intake::State;
use channels::email::parse::parse;
use channels::inboxes::form::NewInbox;
use customers::pauses::PauseCause;
use customers::{Customers, MailAddress};
use desk::tickets::Place;
use kernel::db::{DbError, Tx};
use kernel::ids::TicketId;
use std::sync::Arc;
use testkit::{World, each_engine};

/// A shop whose answer to Ana and Ben was taken by the server, with that answer's Message-ID.
struct Sent {
    shop: Shop,
    smtp: FakeSmtp,
    ticket: TicketId,
    id: String,
}

async fn sent(world: &World) -> Sent {
    let smtp = FakeSmtp::start().await;
    let new = NewInbox {
        smtp: Some(local(smtp.port)),
        ..new_inbox(SHOP)
    };
    let shop = shop_with(world, new).await;
    let copy = "Cc: Ben <ben@x.test>\n";
    let first = mail("Ana <ana@x.test>", "1@x.test", copy, "My lamp broke");
    let ticket = shop.receive(&first).await.ticket.unwrap();
    shop.answer(world, ticket, "<p>We send a new one.</p>")
        .await;
    shop.run_jobs(world).await;
    let id = parse(&smtp.taken()[0].1).unwrap().message_id.unwrap();
    Sent {
        shop,
        smtp,
        ticket,
        id,
    }
}

fn report(n: i64, id: &str, to: &str, action: &str, status: &str, said: &str) -> String {
    format!(
        "Return-Path: <>\nFrom: MAILER-DAEMON@mx{n}.test\nTo: {SHOP}\nSubject: Report {n}\n\
         Message-ID: <r{n}@mx.test>\nContent-Type: multipart/report; \
         report-type=delivery-status; boundary=\"b\"\n\n\
         --b\nContent-Type: text/plain\n\nAbout your mail.\n\n\
         --b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n\
         Final-Recipient: rfc822; {to}\nAction: {action}\nStatus: {status}\n\
         Diagnostic-Code: smtp; {said}\n\n--b\nContent-Type: text/rfc822-headers\n\n\
         From: {SHOP}\nMessage-ID: <{id}>\n\n--b--\n"
    )
}

async fn pause_of(shop: &Shop, address: &str) -> Option<PauseCause> {
    let address = MailAddress::parse(address).unwrap();
    let find = async move |tx: &mut Tx<'_>| customers::pauses::store::find(tx, &address).await;
    let db = &shop.channels.desk.kernel.db;
    let found = db.read::<_, DbError, _>(find).await.unwrap();
    found.map(|pause| pause.cause)
}

async fn states(shop: &Shop, ticket: TicketId, number: i64) -> Vec<String> {
    let found = shop.deliveries(ticket, number).await;
    found.into_iter().map(|(state, _)| state).collect()
}

#[tokio::test]
async fn a_bounce_stands_on_its_message_and_pauses_the_address_until_it_writes() {
    each_engine(ROOMS, async |world: World| {
        let Sent {
            shop,
            smtp,
            ticket,
            id,
        } = sent(&world).await;
        let said = "550 5.1.1 no such user";
        let filed = shop
            .receive(&report(1, &id, "Ana@x.test", "failed", "5.1.1", said))
            .await;
        assert_eq!(
            (filed.state, filed.ticket),
            (State::Processed, Some(ticket))
        );
        assert_eq!(shop.tickets().await, 1, "no ticket is opened for it");
        let found = shop.deliveries(ticket, 2).await;
        assert_eq!(found[0].0, "refused");
        assert!(found[0].1.contains("no such mailbox"), "{found:?}");
        assert!(found[0].1.contains(said), "{found:?}");
        assert_eq!(found[1].0, "accepted", "Ben has his copy");
        let after = shop.ticket(ticket).await;
        assert_eq!((after.failed_deliveries, after.message_count), (1, 2));
        assert_eq!(
            pause_of(&shop, "ana@x.test").await,
            Some(PauseCause::NoMailbox)
        );
        // Nothing more goes to Ana; Ben still gets his.
        let before = smtp.taken().len();
        shop.answer(&world, ticket, "<p>And?</p>").await;
        shop.run_jobs(&world).await;
        let found = shop.deliveries(ticket, 3).await;
        assert_eq!(
            (found[0].0.as_str(), found[1].0.as_str()),
            ("refused", "accepted")
        );
        assert!(found[0].1.contains("paused"), "{found:?}");
        assert_eq!(smtp.taken().len(), before + 1);
        // An automatic answer proves nothing; Ana herself does.
        let away = mail(
            "ana@x.test",
            "2@x.test",
            "Auto-Submitted: auto-replied\n",
            "away",
        );
        shop.receive(&away).await;
        assert!(pause_of(&shop, "ana@x.test").await.is_some());
        shop.receive(&mail("ana@x.test", "3@x.test", "", "Here I am"))
            .await;
        assert_eq!(pause_of(&shop, "ana@x.test").await, None);
        let kinds: Vec<_> = world.journal().await.into_iter().map(|r| r.kind).collect();
        for kind in ["identity.paused", "identity.resumed"] {
            assert_eq!(kinds.iter().filter(|k| *k == kind).count(), 1, "{kind}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_forged_report_moves_nothing_and_is_kept_aside() {
    each_engine(ROOMS, async |world: World| {
        let Sent {
            shop, ticket, id, ..
        } = sent(&world).await;
        let (_, domain) = id.split_once('@').unwrap();
        let guessed = format!("m{ticket}.2.guessed@{domain}");
        for (n, id) in [guessed.as_str(), "1@x.test", "other@x.test"]
            .iter()
            .enumerate()
        {
            let n = i64::try_from(n).unwrap();
            let forged = report(n, id, "ana@x.test", "failed", "5.1.1", "550 gone");
            assert_eq!(shop.receive(&forged).await.ticket, Some(TicketId(2)));
        }
        assert_eq!(states(&shop, ticket, 2).await, ["accepted", "accepted"]);
        assert_eq!(pause_of(&shop, "ana@x.test").await, None);
        let aside = shop.ticket(TicketId(2)).await;
        assert_eq!((aside.place, aside.message_count), (Place::Bulk, 3));
    })
    .await;
}

#[tokio::test]
async fn our_token_is_evidence_where_a_server_rewrote_the_id() {
    each_engine(ROOMS, async |world: World| {
        let Sent {
            shop, smtp, ticket, ..
        } = sent(&world).await;
        let reply_to = parse(&smtp.taken()[0].1)
            .unwrap()
            .reply_to
            .remove(0)
            .address;
        let report = report(
            1,
            "rewritten@relay.test",
            "ben@x.test",
            "failed",
            "5.2.2",
            "full",
        )
        .replace(
            &format!("From: {SHOP}\n"),
            &format!("Reply-To: {reply_to}\n"),
        );
        assert_eq!(shop.receive(&report).await.ticket, Some(ticket));
        assert_eq!(states(&shop, ticket, 2).await, ["accepted", "refused"]);
        assert_eq!(
            pause_of(&shop, "ben@x.test").await,
            None,
            "full is not gone"
        );
    })
    .await;
}

#[tokio::test]
async fn a_delay_is_shown_and_no_failure_and_ends_with_the_arrival() {
    each_engine(ROOMS, async |world: World| {
        let Sent {
            shop, ticket, id, ..
        } = sent(&world).await;
        let later = report(1, &id, "ana@x.test", "delayed", "4.4.1", "451 try later");
        shop.receive(&later).await;
        let found = shop.deliveries(ticket, 2).await;
        assert_eq!(found[0].0, "accepted");
        assert!(found[0].1.contains("can't be reached"), "{found:?}");
        assert_eq!(shop.ticket(ticket).await.failed_deliveries, 0);
        shop.receive(&report(2, &id, "ana@x.test", "delivered", "2.0.0", "ok"))
            .await;
        assert_eq!(
            shop.deliveries(ticket, 2).await[0],
            ("accepted".into(), String::new())
        );
    })
    .await;
}

#[tokio::test]
async fn a_report_of_arrival_ends_uncertainty() {
    each_engine(ROOMS, async |world: World| {
        let Sent {
            shop, smtp, ticket, ..
        } = sent(&world).await;
        smtp.behave(Behaviour::DropAfterText);
        shop.answer(&world, ticket, "<p>And?</p>").await;
        shop.run_jobs(&world).await;
        assert_eq!(states(&shop, ticket, 3).await, ["uncertain", "uncertain"]);
        let ids = async move |tx: &mut Tx<'_>| {
            desk::messages::message_ids::of_ticket(tx, ticket, 3, 1).await
        };
        let ids = world.kernel.db.read::<_, DbError, _>(ids).await.unwrap();
        let id = &ids[0].0;
        shop.receive(&report(1, id, "ana@x.test", "delivered", "2.1.5", "ok"))
            .await;
        shop.receive(&report(2, id, "ben@x.test", "failed", "5.1.1", "550 gone"))
            .await;
        assert_eq!(states(&shop, ticket, 3).await, ["accepted", "refused"]);
    })
    .await;
}

#[tokio::test]
async fn the_third_failure_in_a_row_pauses_and_a_repeated_report_counts_once() {
    each_engine(ROOMS, async |world: World| {
        let Sent {
            shop,
            smtp,
            ticket,
            id,
        } = sent(&world).await;
        for n in 0..4 {
            shop.receive(&report(n, &id, "ana@x.test", "failed", "5.2.2", "full"))
                .await;
        }
        assert_eq!(
            pause_of(&shop, "ana@x.test").await,
            None,
            "one failure, told four times"
        );
        for n in 0..2 {
            shop.answer(&world, ticket, "<p>And?</p>").await;
            shop.run_jobs(&world).await;
            let id = parse(&smtp.taken().last().unwrap().1)
                .unwrap()
                .message_id
                .unwrap();
            shop.receive(&report(
                10 + n,
                &id,
                "ana@x.test",
                "failed",
                "5.2.2",
                "full",
            ))
            .await;
        }
        assert_eq!(
            pause_of(&shop, "ana@x.test").await,
            Some(PauseCause::Failures)
        );
    })
    .await;
}

#[tokio::test]
async fn a_complaint_pauses_its_reader_only_with_evidence() {
    each_engine(ROOMS, async |world: World| {
        let Sent {
            shop, ticket, id, ..
        } = sent(&world).await;
        let complaint = |n: i64, id: &str, kind: &str| {
            format!(
                "From: fbl@provider.test\nTo: {SHOP}\nSubject: Abuse {n}\nMessage-ID: <c{n}@p>\n\
                 Content-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\n\n\
                 --b\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\n\
                 Original-Rcpt-To: ben@x.test\n\n--b\nContent-Type: message/rfc822\n\n\
                 From: {SHOP}\nMessage-ID: <{id}>\n\nhello\n--b--\n"
            )
        };
        shop.receive(&complaint(1, "1@x.test", "abuse")).await;
        shop.receive(&complaint(2, &id, "not-spam")).await;
        assert_eq!(pause_of(&shop, "ben@x.test").await, None);
        let filed = shop.receive(&complaint(3, &id, "abuse")).await;
        assert_eq!(filed.ticket, Some(ticket));
        assert_eq!(
            pause_of(&shop, "ben@x.test").await,
            Some(PauseCause::Complaint)
        );
        assert_eq!(states(&shop, ticket, 2).await, ["accepted", "accepted"]);
    })
    .await;
}

struct NoTickets;

impl customers::TicketCounts for NoTickets {
    fn count<'a>(
        &'a self,
        _: &'a mut Tx<'_>,
        _: kernel::ids::CustomerId,
    ) -> futures_util::future::BoxFuture<'a, Result<i64, DbError>> {
        Box::pin(async { Ok(0) })
    }
}

#[tokio::test]
async fn a_colleague_lifts_a_pause_with_a_reason_and_mail_goes_out_again() {
    each_engine(ROOMS, async |world: World| {
        let Sent {
            shop, ticket, id, ..
        } = sent(&world).await;
        shop.receive(&report(1, &id, "ana@x.test", "failed", "5.1.1", "550 gone"))
            .await;
        let room = Customers::new(world.kernel.clone(), Arc::new(NoTickets));
        let found = shop.ticket(ticket).await;
        let who = (found.requester, found.requester_identity);
        let resume = customers::pauses::commands::resume;
        assert!(
            resume(&room, &shop.mia, who, " ").await.is_err(),
            "a reason is asked for"
        );
        resume(&room, &shop.mia, who, "She wrote on the phone.")
            .await
            .unwrap();
        resume(&room, &shop.mia, who, "Twice does no harm.")
            .await
            .unwrap();
        assert_eq!(pause_of(&shop, "ana@x.test").await, None);
        shop.answer(&world, ticket, "<p>And?</p>").await;
        shop.run_jobs(&world).await;
        assert_eq!(states(&shop, ticket, 3).await, ["accepted", "accepted"]);
        let stranger = (kernel::ids::CustomerId(99), who.1);
        assert!(resume(&room, &shop.mia, stranger, "x").await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_server_that_knows_no_such_user_pauses_like_a_bounce() {
    each_engine(ROOMS, async |world: World| {
        let Sent {
            shop, smtp, ticket, ..
        } = sent(&world).await;
        smtp.behave(Behaviour::RefuseAtRcpt);
        shop.answer(&world, ticket, "<p>And?</p>").await;
        shop.run_jobs(&world).await;
        assert_eq!(states(&shop, ticket, 3).await, ["refused", "refused"]);
        assert_eq!(
            pause_of(&shop, "ana@x.test").await,
            Some(PauseCause::NoMailbox)
        );
    })
    .await;
}
