//! FreeScout #3670 (11 rounds), #4143 (8,000 mails, 100 GB), #4363, #688, Chatwoot #5131: loops
//! were known by lists of headers alone, and nobody counted.

use super::Story;
use crate::support::{ROOMS, mail};
use channels::email::acknowledgements::{Acknowledgement, AcknowledgementLanguage, set};
use std::time::Duration;
use testkit::{World, each_engine};

/// More than a person sends in that time, and fewer than makes a test slow.
const FLOOD: usize = 120;

#[tokio::test]
async fn two_programs_that_answer_each_other_fall_silent_and_lose_nothing() {
    each_engine(ROOMS, async |world: World| {
        let story = Story::begin(&world).await;
        let on = Acknowledgement {
            enabled: true,
            language: AcknowledgementLanguage::En,
            version: 0,
        };
        set(&world.kernel, &story.shop.mia, story.shop.inbox.id, on)
            .await
            .unwrap();
        // Their program says nothing about itself: no header gives it away.
        let robot = |n: usize, answers: &str| {
            mail(
                "robot@x.test",
                &format!("r{n}@x.test"),
                answers,
                "Thank you!",
            )
        };
        story.arrives(&robot(0, ""));
        story.fetch_and_work(&world).await;
        let (mut heard, mut rounds) = (0, 1);
        // It answers whatever it gets, at once, for as long as it gets anything.
        while heard < story.smtp.taken().len() && rounds < 50 {
            let id = story.got("robot@x.test").message_id.unwrap();
            heard = story.smtp.taken().len();
            world.clock.advance(Duration::from_secs(30));
            let answer = format!("In-Reply-To: <{id}>\n");
            story.arrives(&robot(rounds, &answer));
            story.fetch_and_work(&world).await;
            rounds += 1;
        }
        assert_eq!((rounds, heard), (2, 1), "our one confirmation ends it");
        assert_eq!(story.messages(&world).await.len(), 2);
        // It goes on by itself, about something else each time.
        for n in 0..FLOOD {
            story.arrives(&robot(100 + n, ""));
        }
        story.fetch_and_work(&world).await;
        assert_eq!(story.messages(&world).await.len(), 2 + FLOOD, "all is kept");
        let tickets = story.shop.tickets().await;
        assert!(tickets <= 21, "{tickets} tickets");
        assert_eq!(story.smtp.taken().len(), 1, "and nothing more is sent");
        let journal = world.journal().await;
        let loud = journal
            .iter()
            .filter(|r| r.kind == "message.received" && !r.quiet);
        assert!(loud.count() <= 20, "agents are told of no more");
        // Everybody else is heard as ever.
        let (ticket, _) = story
            .comes(&world, &mail("ana@x.test", "a@x.test", "", "My lamp broke"))
            .await;
        assert_eq!(story.shop.ticket(ticket).await.message_count, 1);
        assert_eq!(story.smtp.taken().len(), 2, "Ana's confirmation");
    })
    .await;
}
