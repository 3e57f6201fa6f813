//! FreeScout #4624: page arithmetic skipped the newest mail. osTicket #5645: each mail was moved
//! after it was fetched, and when moving failed it was fetched again, for ever.

use super::{AFTER, Story};
use crate::fake_imap::{Broken, Mail};
use crate::support::{ROOMS, mail};
use kernel::ids::TicketId;
use testkit::{World, each_engine};

fn numbered(n: i64) -> String {
    let words = format!("mail number {n}.");
    mail(&format!("c{n}@x.test"), &format!("{n}@x.test"), "", &words)
}

/// Numbers of mails that fill a batch or a page exactly, or miss it by one.
const FULL: [i64; 6] = [24, 25, 26, 99, 100, 101];

#[tokio::test]
async fn the_newest_mail_is_there_however_many_there_are() {
    each_engine(ROOMS, async |world: World| {
        let story = Story::begin(&world).await;
        let mut sum = 0;
        for count in FULL {
            for n in sum..sum + count {
                story.arrives(&numbered(n));
            }
            sum += count;
            story.fetch_and_work(&world).await;
            // Each is a ticket of its own; several are filed at a time.
            let mut said = Vec::new();
            for ticket in (sum - count..sum).map(|at| TicketId(at + 1)) {
                said.push(story.shop.message(ticket, 1).await.text);
            }
            assert!(said.contains(&format!("mail number {}.", sum - 1)));
            assert!(story.find(TicketId(sum + 1)).await.is_none());
        }
    })
    .await;
}

#[tokio::test]
async fn fetching_neither_sticks_nor_piles_up_copies() {
    each_engine(ROOMS, async |world: World| {
        let mut story = Story::begin(&world).await;
        story.arrives(&numbered(1));
        story.imap.push(Mail {
            fetched: false,
            ..Mail::new(2, &numbered(2), AFTER)
        });
        story.arrives(&numbered(3));
        story.imap.set(|folder| folder.stutters = true);
        for round in 0..5 {
            story.fetch_and_work(&world).await;
            story.restart(&world);
            assert_eq!(story.messages(&world).await.len(), 2, "round {round}");
        }
        assert_eq!(story.shop.failures().await.len(), 1, "what it withholds");
        // A mail in the middle breaks the connection; what came before is not stored again, and
        // once the server is well what comes behind is there.
        story.imap.set(|folder| folder.stutters = false);
        story.arrives(&numbered(4));
        story.imap.push(Mail {
            broken: Broken::Dropped,
            ..Mail::new(5, &numbered(5), AFTER)
        });
        story.arrives(&numbered(6));
        for _ in 0..5 {
            assert!(story.fetch().await.is_err());
            story.work(&world).await;
            assert_eq!(story.messages(&world).await.len(), 3);
        }
        story.imap.set(|folder| {
            for mail in &mut folder.mails {
                mail.broken = Broken::Nothing;
            }
        });
        story.fetch_and_work(&world).await;
        assert_eq!(story.messages(&world).await.len(), 5);
        // The server's mailbox is as it was: we read it, and change nothing in it.
        assert_eq!(story.imap.folder.lock().unwrap().mails.len(), 6);
    })
    .await;
}
