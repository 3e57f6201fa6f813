//! Chatwoot #12054, #10503: what was known was known by rows that went with the conversation, so
//! the next fetch brought it back.

use super::Story;
use crate::support::{ROOMS, mail};
use desk::tickets::Place;
use desk::tickets::commands::place::place;
use kernel::ids::TicketId;
use std::time::Duration;
use testkit::{World, each_engine};

async fn throw_away(story: &Story, ticket: TicketId) {
    let version = story.shop.ticket(ticket).await.version;
    let desk = &story.shop.channels.desk;
    place(desk, &story.shop.mia, ticket, version, Place::Trash)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_deleted_ticket_stays_deleted_whatever_the_mailbox_says() {
    each_engine(ROOMS, async |world: World| {
        let mut story = Story::begin(&world).await;
        let nameless = "From: ben@x.test\nTo: support@shop.test\nSubject: Table\n\nIt broke\n";
        let raws = [
            mail("ana@x.test", "1@x.test", "", "My lamp broke"),
            nameless.to_owned(),
        ];
        let mut tickets = Vec::new();
        for raw in &raws {
            tickets.push(story.comes(&world, raw).await.0);
        }
        let kept = story
            .comes(&world, &mail("cleo@x.test", "3@x.test", "", "Hello"))
            .await
            .0;
        for ticket in &tickets {
            throw_away(&story, *ticket).await;
        }
        // In the trash: seen again, it stays there.
        story.imap.set(|folder| folder.uid_validity += 1);
        story.fetch_and_work(&world).await;
        assert_eq!(story.messages(&world).await.len(), 3);
        assert_eq!(story.shop.ticket(tickets[0]).await.place, Place::Trash);
        world.clock.advance(Duration::from_secs(31 * 86_400));
        world.run_jobs(story.shop.channels.desk.handlers()).await;
        for reader in story.shop.channels.readers() {
            world.run_reader(reader).await;
        }
        let left: Vec<TicketId> = story
            .messages(&world)
            .await
            .into_keys()
            .map(|s| s.0)
            .collect();
        assert_eq!(left, [kept], "the others are gone for good");
        // The mailbox still holds them, and is read from its beginning, twice.
        for _ in 0..2 {
            story.restart(&world);
            story.imap.set(|folder| folder.uid_validity += 1);
            story.fetch_and_work(&world).await;
        }
        // A copy with other trace headers comes by another way.
        story.arrives(&format!("Received: by mx2\n{}", raws[0]));
        story.fetch_and_work(&world).await;
        let after: Vec<TicketId> = story
            .messages(&world)
            .await
            .into_keys()
            .map(|s| s.0)
            .collect();
        assert_eq!(after, [kept], "nothing came back");
        // What the customer writes now is news.
        let head = "In-Reply-To: <1@x.test>\n";
        let news = mail("ana@x.test", "9@x.test", head, "Still broken");
        let (ticket, number) = story.comes(&world, &news).await;
        assert!(ticket > kept && number == 1);
    })
    .await;
}
