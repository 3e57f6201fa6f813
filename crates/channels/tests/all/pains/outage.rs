//! Chatwoot #10429, #9234, #6604, #6574, #10103: it asked for mail "since yesterday".

use super::Story;
use crate::fake_imap::Mail;
use crate::support::{ROOMS, mail};
use std::time::Duration;
use testkit::{World, each_engine};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// When the mails of the nine days arrived at the server.
const DAYS: [&str; 9] = [
    "03-Mar-2026 10:00:00 +0000",
    "04-Mar-2026 10:00:00 +0000",
    "05-Mar-2026 10:00:00 +0000",
    "06-Mar-2026 10:00:00 +0000",
    "07-Mar-2026 10:00:00 +0000",
    "08-Mar-2026 10:00:00 +0000",
    "09-Mar-2026 10:00:00 +0000",
    "10-Mar-2026 10:00:00 +0000",
    "11-Mar-2026 10:00:00 +0000",
];

/// What keeps the mailbox from being read for nine days, and how it is when that ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cause {
    /// The password was changed.
    Password,
    /// The server hangs up as soon as it is asked.
    HangsUp,
    /// It was rebuilt meanwhile, and numbered its mail anew.
    Rebuilt,
}

async fn nine_days(world: &World, cause: Cause) {
    let mut story = Story::begin(world).await;
    story
        .comes(world, &mail("old@x.test", "0@x.test", "", "before"))
        .await;
    story.imap.set(|folder| match cause {
        Cause::Password => folder.refuse_sign_in = true,
        Cause::HangsUp | Cause::Rebuilt => folder.drops_at = Some("EXAMINE"),
    });
    for (day, date) in DAYS.into_iter().enumerate() {
        world.clock.advance(DAY);
        for hour in ["morning", "evening"] {
            let id = format!("{day}.{hour}@x.test");
            // Their own dates are of no use either: a clock that is wrong by years.
            let raw = mail(&format!("{hour}{day}@x.test"), &id, "", &id);
            let raw = raw.replace("2 Mar 2026", "1 Jan 1999");
            story.imap.push(Mail::new(story.next_uid(), &raw, date));
        }
        assert!(story.fetch().await.is_err(), "{cause:?} on day {day}");
        story.restart(world);
    }
    story.imap.set(|folder| {
        folder.refuse_sign_in = false;
        folder.drops_at = None;
        if cause == Cause::Rebuilt {
            folder.uid_validity += 1;
            for (at, mail) in folder.mails.iter_mut().rev().enumerate() {
                mail.uid = i64::try_from(at).unwrap() + 1;
            }
        }
    });
    for _ in 0..2 {
        story.fetch_and_work(world).await;
        let messages = story.messages(world).await;
        assert_eq!(messages.len(), 1 + 2 * DAYS.len(), "{cause:?}");
    }
    for day in 0..DAYS.len() {
        for hour in ["morning", "evening"] {
            let spots = story.spots(world, &format!("{day}.{hour}@x.test")).await;
            assert_eq!(spots.len(), 1, "{cause:?}: {hour} of day {day}");
        }
    }
    assert!(story.shop.failures().await.is_empty());
    let journal = world.journal().await;
    let received = journal.iter().filter(|r| r.kind == "message.received");
    let quiet = received.filter(|record| record.quiet).count();
    assert_eq!(quiet, 0, "agents hear of each of them");
}

#[tokio::test]
async fn after_an_outage_of_nine_days_all_mail_arrives() {
    each_engine(ROOMS, async |world: World| {
        nine_days(&world, Cause::Password).await;
    })
    .await;
    each_engine(ROOMS, async |world: World| {
        nine_days(&world, Cause::HangsUp).await;
    })
    .await;
    each_engine(ROOMS, async |world: World| {
        nine_days(&world, Cause::Rebuilt).await;
    })
    .await;
}
