//! The same mail by several entrances, and mail of tickets that are gone.

use crate::support::{ROOMS, SHOP, Shop, add_inbox, mail, new_inbox, room, shop};
use channels::email::intake::commands::{Filed, file};
use channels::email::intake::{Accepted, MailAlsoArrived, State, store};
use channels::email::tokens;
use channels::inboxes::Inbox;
use desk::tickets::Place;
use desk::tickets::commands::place::place;
use desk::timeline::{TimelineItem, present};
use kernel::db::{DbError, Tx};
use kernel::ids::{FailureId, InboxId, TicketId};
use kernel::refusal::Refusal;
use std::time::Duration;
use testkit::{World, each_engine};

const BILLING: &str = "billing@shop.test";

/// A mail to both inboxes as the servers behind `inbox` hand it over.
fn copy(inbox: &str, id: &str, more: &str) -> String {
    let both = mail(
        "ana@x.test",
        id,
        more,
        "My lamp broke and the bill is wrong",
    );
    let both = both.replace(&format!("To: {SHOP}"), &format!("To: {SHOP}, {BILLING}"));
    format!(
        "Delivered-To: {inbox}\nReceived: by mx.{inbox}; Mon, 2 Mar 2026 10:00:01 +0100\n{both}"
    )
}

async fn by(shop: &mut Shop, inbox: &Inbox, raw: &str) -> Filed {
    let before = std::mem::replace(&mut shop.inbox, inbox.clone());
    let filed = shop.receive(raw).await;
    shop.inbox = before;
    filed
}

/// The inboxes of all "also arrived" records, with their tickets.
async fn also(world: &World) -> Vec<(TicketId, InboxId)> {
    let records = world.journal().await;
    records
        .into_iter()
        .filter_map(|record| {
            let also = record.decode::<MailAlsoArrived>().unwrap()?;
            Some((record.ticket.unwrap(), also.inbox))
        })
        .collect()
}

async fn two_inboxes(world: &World) -> (Shop, Inbox, Inbox) {
    let shop = shop(world).await;
    let support = shop.inbox.clone();
    let billing = add_inbox(&shop.channels, &shop.mia, new_inbox(BILLING)).await;
    (shop, support, billing)
}

#[tokio::test]
async fn a_mail_to_two_inboxes_is_one_ticket_with_two_entrances() {
    each_engine(ROOMS, async |world: World| {
        let (mut shop, support, billing) = two_inboxes(&world).await;
        for (round, (first, second)) in [(&support, &billing), (&billing, &support)]
            .into_iter()
            .enumerate()
        {
            let id = format!("{round}@x.test");
            let filed = by(&mut shop, first, &copy(&first.address, &id, "")).await;
            let ticket = filed.ticket.unwrap();
            let again = by(&mut shop, second, &copy(&second.address, &id, "")).await;
            assert_eq!(
                (again.state, again.ticket),
                (State::Duplicate, Some(ticket)),
                "the copy knows where it is"
            );
            let shown = shop.ticket(ticket).await;
            assert_eq!((shown.inbox, shown.message_count), (Some(first.id), 1));
            assert_eq!(also(&world).await.last(), Some(&(ticket, second.id)));
            // The answer to all goes to both again, and the ticket has said so already.
            let more = format!("In-Reply-To: <{id}>\n");
            let next = format!("next-{id}");
            for inbox in [second, first] {
                let filed = by(&mut shop, inbox, &copy(&inbox.address, &next, &more)).await;
                assert_eq!(filed.ticket, Some(ticket));
            }
            assert_eq!(shop.ticket(ticket).await.message_count, 2);
            assert_eq!(also(&world).await.len(), round + 1);
        }
        assert_eq!(shop.tickets().await, 2);
    })
    .await;
}

#[tokio::test]
async fn the_timeline_tells_of_the_second_entrance() {
    each_engine(ROOMS, async |world: World| {
        let (mut shop, support, billing) = two_inboxes(&world).await;
        let raw = copy("both", "1@x.test", "");
        let ticket = by(&mut shop, &support, &raw).await.ticket.unwrap();
        assert_eq!(by(&mut shop, &billing, &raw).await.ticket, Some(ticket));
        world.settle().await;
        let kernel = world.kernel.clone();
        let page = async move |tx: &mut Tx<'_>| present::page(&kernel, tx, ticket, None).await;
        let page = world.kernel.db.read::<_, Refusal, _>(page).await.unwrap();
        let told: Vec<_> = page
            .items
            .iter()
            .filter_map(|item| match item {
                TimelineItem::Event(event) => Some(event),
                TimelineItem::Message(_) => None,
            })
            .filter(|event| event.kind == "mail.also_arrived")
            .collect();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].changes["inbox"].to, billing.id.0);
    })
    .await;
}

#[tokio::test]
async fn the_same_bytes_by_two_inboxes_are_recognised_before_and_after_filing() {
    each_engine(ROOMS, async |world: World| {
        let (mut shop, support, billing) = two_inboxes(&world).await;
        let early = copy("both", "1@x.test", "").replace('\n', "\r\n");
        let Accepted::Stored(id) = shop.store(early.as_bytes()).await else {
            panic!("it is new");
        };
        shop.inbox = billing.clone();
        for _ in 0..2 {
            assert_eq!(shop.store(early.as_bytes()).await, Accepted::Known(id));
        }
        shop.run_jobs(&world).await;
        assert_eq!(also(&world).await, [(TicketId(1), billing.id)]);
        shop.inbox = support;
        let late = copy("both", "2@x.test", "");
        let ticket = shop.receive(&late).await.ticket.unwrap();
        shop.inbox = billing.clone();
        let late = late.replace('\n', "\r\n");
        assert!(matches!(
            shop.store(late.as_bytes()).await,
            Accepted::Known(_)
        ));
        shop.run_jobs(&world).await;
        assert_eq!(also(&world).await.last(), Some(&(ticket, billing.id)));
        assert_eq!(shop.tickets().await, 2);
    })
    .await;
}

#[tokio::test]
async fn copies_without_message_id_are_one_mail_too() {
    each_engine(ROOMS, async |world: World| {
        let (mut shop, support, billing) = two_inboxes(&world).await;
        let bare = |inbox: &str| copy(inbox, "x", "").replace("Message-ID: <x>\n", "");
        let ticket = by(&mut shop, &support, &bare(SHOP)).await.ticket;
        let second = by(&mut shop, &billing, &bare(BILLING)).await;
        assert_eq!((second.state, second.ticket), (State::Duplicate, ticket));
        // Other words at the same second are another mail.
        let other = bare(BILLING).replace("lamp broke", "chair broke");
        assert_eq!(
            by(&mut shop, &billing, &other).await.state,
            State::Processed
        );
    })
    .await;
}

#[tokio::test]
async fn both_at_the_same_moment_are_one_ticket_still() {
    each_engine(ROOMS, async |world: World| {
        let (shop, support, billing) = two_inboxes(&world).await;
        let hands: Vec<Shop> = [&support, &billing, &support, &billing]
            .into_iter()
            .map(|inbox| Shop {
                channels: room(&world),
                inbox: inbox.clone(),
                mia: shop.mia.clone(),
            })
            .collect();
        for round in 1..=20_i64 {
            let id = format!("{round}@x.test");
            let copies: Vec<String> = hands
                .iter()
                .enumerate()
                .map(|(n, hand)| {
                    // Half of the rounds race with equal bytes, half with other trace headers.
                    let inbox = if round % 2 == 0 {
                        "both"
                    } else {
                        &hand.inbox.address
                    };
                    let trace = if round % 2 == 0 { 0 } else { n };
                    copy(inbox, &id, &format!("X-Trace: {trace}\n")).replace('\n', "\r\n")
                })
                .collect();
            let filing = hands.iter().zip(&copies).map(async |(hand, raw)| {
                let accepted = hand.store(raw.as_bytes()).await;
                file(&hand.channels, accepted.id()).await
            });
            for filed in futures_util::future::join_all(filing).await {
                assert_eq!(filed.unwrap().ticket, Some(TicketId(round)));
            }
            shop.run_jobs(&world).await;
            let ticket = shop.ticket(TicketId(round)).await;
            assert_eq!(ticket.message_count, 1);
            let other = if ticket.inbox == Some(support.id) {
                billing.id
            } else {
                support.id
            };
            let told: Vec<_> = also(&world).await;
            assert_eq!(told.last(), Some(&(ticket.id, other)));
            assert_eq!(i64::try_from(told.len()).unwrap(), round, "told once each");
        }
        assert_eq!(shop.tickets().await, 20);
    })
    .await;
}

#[tokio::test]
async fn what_was_purged_does_not_come_back() {
    each_engine(ROOMS, async |world: World| {
        let (mut shop, support, billing) = two_inboxes(&world).await;
        let raw = copy(SHOP, "1@x.test", "");
        let ticket = by(&mut shop, &support, &raw).await.ticket.unwrap();
        let version = shop.ticket(ticket).await.version;
        place(
            &shop.channels.desk,
            &shop.mia,
            ticket,
            version,
            Place::Trash,
        )
        .await
        .unwrap();
        world.clock.advance(Duration::from_secs(31 * 86_400));
        world.run_jobs(shop.channels.desk.handlers()).await;
        assert_eq!(shop.tickets().await, 0, "it is purged");
        for reader in shop.channels.readers() {
            world.run_reader(reader).await;
        }
        let find = async |tx: &mut Tx<'_>| store::find(tx, FailureId(1)).await;
        let left = world.kernel.db.read::<_, DbError, _>(find).await;
        let left = left.unwrap().unwrap();
        assert_eq!(
            (left.blob, left.ticket),
            (None, Some(ticket)),
            "its raw mail too"
        );
        // Delivered again, fetched anew after a new UIDVALIDITY: the same bytes.
        let known = shop.store(raw.replace('\n', "\r\n").as_bytes()).await;
        assert!(matches!(known, Accepted::Known(_)));
        assert_eq!(
            file(&shop.channels, known.id()).await.unwrap().ticket,
            Some(ticket)
        );
        // By another way, with other trace headers, and by another inbox.
        for (inbox, address) in [(&support, "archive@shop.test"), (&billing, BILLING)] {
            let filed = by(&mut shop, inbox, &copy(address, "1@x.test", "")).await;
            assert_eq!((filed.state, filed.ticket), (State::Duplicate, None));
        }
        shop.run_jobs(&world).await;
        assert!(also(&world).await.is_empty());
        assert_eq!(shop.tickets().await, 0, "nothing came back");
        // A new reply to it is news, by whatever it points there.
        let token = tokens::make(&world.kernel.keys, ticket, "ana@x.test");
        let headers = format!("In-Reply-To: <1@x.test>\nCc: support+{token}@shop.test\n");
        let reply = mail("ana@x.test", "2@x.test", &headers, "Still broken");
        let opened = shop.receive(&reply).await;
        assert_eq!(opened.state, State::Processed);
        let opened = opened.ticket.unwrap();
        assert!(opened > ticket);
        assert_eq!(shop.ticket(opened).await.message_count, 1);
    })
    .await;
}
