//! FreeScout #4293: one mail with huge attachments stopped all intake for two days; the memory of
//! the loop that fetches was the limit.

use super::{AFTER, Story};
use crate::fake_imap::{Broken, Mail};
use crate::lies::{Following, pass};
use crate::support::{ROOMS, mail};
use channels::email::intake::MAIL_BYTES_MAX;
use desk::messages::Remark;
use testkit::{World, each_engine};

/// More than anybody takes in.
const HUGE: i64 = 3_000_000_000;

fn plain(n: i64) -> String {
    mail(&format!("c{n}@x.test"), &format!("{n}@x.test"), "", "hello")
}

#[tokio::test]
async fn one_huge_mail_stops_nothing_and_is_shown() {
    each_engine(ROOMS, async |world: World| {
        let story = Story::begin(&world).await;
        story.arrives(&plain(1));
        let head = "MIME-Version: 1.0\nContent-Type: application/pdf; name=manual.pdf\n\
            Content-Disposition: attachment; filename=manual.pdf\n\
            Content-Transfer-Encoding: base64\n";
        let lines = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU2Nzg5QUJDREVGR0hJSktM\n";
        let huge = mail("c2@x.test", "2@x.test", head, &lines.repeat(820_000));
        assert!(huge.len() > MAIL_BYTES_MAX);
        story.arrives(&huge);
        story.arrives(&plain(3));
        // Large, but within limits: it comes in whole.
        let large = mail("c4@x.test", "4@x.test", head, &lines.repeat(40_000));
        story.arrives(&large);
        story.arrives(&plain(5));
        story.fetch_and_work(&world).await;
        assert_eq!(story.messages(&world).await.len(), 5);
        assert!(story.shop.failures().await.is_empty());
        let (mut files, mut notes) = (Vec::new(), Vec::new());
        for (ticket, number) in story.messages(&world).await.into_keys() {
            let message = story.shop.message(ticket, number).await;
            files.extend(message.attachments);
            notes.extend(message.remarks);
        }
        assert!(
            matches!(notes.as_slice(), [Remark::TooLarge { .. }]),
            "its beginning says where the rest is: {notes:?}"
        );
        assert_eq!((files[0].name.as_str(), files.len()), ("manual.pdf", 1));
        // And it stays the only one, however often one looks.
        story.fetch_and_work(&world).await;
        story.arrives(&plain(6));
        story.fetch_and_work(&world).await;
        assert_eq!(story.messages(&world).await.len(), 6);
    })
    .await;
}

#[tokio::test]
async fn one_huge_mail_that_breaks_the_server_stops_nothing_either() {
    each_engine(ROOMS, async |world: World| {
        let story = Story::begin(&world).await;
        story.arrives(&plain(1));
        // Not even its head can be had.
        story.imap.push(Mail {
            size: Some(HUGE),
            broken: Broken::Dropped,
            ..Mail::new(2, &plain(2), AFTER)
        });
        story.arrives(&plain(3));
        let following = Following::start(&story.shop);
        pass(&world, "what lies behind it comes in", async || {
            let behind = story.imap.folder.lock().unwrap().handed_over.contains(&3);
            behind && story.shop.failures().await.len() == 1
        })
        .await;
        drop(following);
        story.work(&world).await;
        assert_eq!(story.messages(&world).await.len(), 2);
    })
    .await;
}
