//! The whole way of a side conversation by mail: out to a carrier, back beside the ticket, and
//! nobody by its token onto the ticket.

use crate::fake_smtp::FakeSmtp;
use crate::support::{ROOMS, SHOP, Shop, local, mail, new_inbox, shop_with};
use channels::email::parse::{ParsedMail, parse};
use channels::email::tokens;
use channels::inboxes::form::NewInbox;
use desk::drafts::Mailbox;
use desk::side_conversations::start::{Asked, NewSide, start};
use desk::tickets::Place;
use kernel::http::IdempotencyKey;
use kernel::ids::TicketId;
use std::time::Duration;
use testkit::{World, each_engine};

const CARRIER: &str = "desk@carrier.test";

/// A shop whose ticket from Ana has a side conversation with a carrier: the ticket, what carries
/// the side conversation, and the mail that the carrier got.
async fn asked(world: &World) -> (Shop, FakeSmtp, TicketId, TicketId, ParsedMail) {
    let smtp = FakeSmtp::start().await;
    let new = NewInbox {
        smtp: Some(local(smtp.port)),
        ..new_inbox(SHOP)
    };
    let shop = shop_with(world, new).await;
    let first = mail("Ana <ana@x.test>", "1@x.test", "", "My lamp never came");
    let ticket = shop.receive(&first).await.ticket.unwrap();
    let new = NewSide {
        subject: "Parcel 77".to_owned(),
        asked: Asked::People(vec![Mailbox {
            email: CARRIER.to_owned(),
            name: "Carrier".to_owned(),
        }]),
        html: "<p>Where is parcel 77?</p>".to_owned(),
        attachment_ids: Vec::new(),
        file_ids: Vec::new(),
    };
    let desk = &shop.channels.desk;
    start(desk, &shop.mia, ticket, new, IdempotencyKey::default())
        .await
        .unwrap();
    world.clock.advance(Duration::from_secs(20));
    world.run_jobs(desk.handlers()).await;
    world.clock.advance(Duration::from_secs(10));
    shop.run_jobs(world).await;
    let taken = smtp.taken();
    let whom: Vec<&str> = taken.iter().map(|(to, _)| to.as_str()).collect();
    assert_eq!(whom, [CARRIER], "nobody else gets it");
    let got = parse(&taken[0].1).unwrap();
    let side = shop.links(ticket).await[0];
    (shop, smtp, ticket, side, got)
}

fn answer(from: &str, to: &str, headers: &str) -> String {
    format!("From: {from}\nTo: {to}\nSubject: Re: Parcel 77\n{headers}\nIt is lost.\n")
}

#[tokio::test]
async fn the_carriers_answer_comes_back_beside_the_ticket() {
    each_engine(ROOMS, async |world: World| {
        let (shop, _, ticket, side, got) = asked(&world).await;
        assert_eq!(got.subject, "Parcel 77");
        assert!(got.text.contains("Where is parcel 77?"));
        assert!(
            !got.text.contains("lamp"),
            "nothing of the ticket goes along"
        );
        let token = tokens::make(&world.kernel.keys, side, CARRIER);
        let to = &got.reply_to[0].address;
        assert_eq!(*to, format!("support+{token}@shop.test"));
        assert_eq!(shop.ticket(side).await.place, Place::Side);

        let raw = answer(CARRIER, to, "Cc: Ana <ana@x.test>\n");
        assert_eq!(shop.receive(&raw).await.ticket, Some(side));
        let ours = got.message_id.unwrap();
        let raw = answer(CARRIER, SHOP, &format!("In-Reply-To: <{ours}>\n"));
        assert_eq!(shop.receive(&raw).await.ticket, Some(side));
        let shown = shop.ticket(side).await;
        assert_eq!((shown.place, shown.message_count), (Place::Side, 3));
        assert_eq!(
            shop.cc(side).await,
            0,
            "the customer is brought into nothing"
        );
        assert_eq!(shop.ticket(ticket).await.message_count, 1);
    })
    .await;
}

#[tokio::test]
async fn whoever_holds_its_token_reaches_neither_the_ticket_nor_the_side_conversation() {
    each_engine(ROOMS, async |world: World| {
        let (shop, _, ticket, side, got) = asked(&world).await;
        let to = got.reply_to[0].address.clone();
        let ours = got.message_id.unwrap();
        let headers = format!("In-Reply-To: <{ours}>\nReferences: <{ours}>\n");
        // A stranger, and the customer herself, who got the mail from somebody.
        for from in ["Eve <eve@x.test>", "Ana <ana@x.test>"] {
            let raw = answer(from, &to, &headers);
            let opened = shop.receive(&raw).await.ticket.unwrap();
            assert!(opened != ticket && opened != side, "{from}");
            assert_eq!(shop.ticket(opened).await.place, Place::Desk);
        }
        // The carrier can't turn the token into one of the ticket's.
        let token = tokens::make(&world.kernel.keys, side, CARRIER);
        let forged = token.replacen(&format!("t{side}."), &format!("t{ticket}."), 1);
        let raw = answer(CARRIER, &format!("support+{forged}@shop.test"), "");
        let opened = shop.receive(&raw).await.ticket.unwrap();
        assert!(opened != ticket && opened != side);
        // Nor does it get in by the reference of the customer's own mail.
        let raw = answer(CARRIER, SHOP, "References: <1@x.test>\n");
        assert_ne!(shop.receive(&raw).await.ticket, Some(ticket));
        assert_eq!(shop.ticket(ticket).await.message_count, 1);
        assert_eq!(shop.ticket(side).await.message_count, 1);
    })
    .await;
}
