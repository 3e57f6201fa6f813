//! Chatwoot (`return nil if message_id.blank?`), Libredesk ("dropping message"): the parser was
//! the gate, and nothing raw was kept.

use super::Story;
use crate::support::{ROOMS, SHOP};
use testkit::{World, each_engine};

/// Nothing in it that programs could tell it by.
fn nameless(from: &str, head: &str, text: &str) -> String {
    format!("From: {from}\nTo: {SHOP}\nSubject: Broken lamp\n{head}\n{text}\n")
}

#[tokio::test]
async fn mail_without_a_message_id_is_a_ticket_like_any_other() {
    each_engine(ROOMS, async |world: World| {
        let story = Story::begin(&world).await;
        let dated = "Date: Mon, 2 Mar 2026 10:00:00 +0100\n";
        let heads = [
            "",
            "Message-ID:\n",
            "Message-ID: <>\n",
            "Message-ID: \u{0}\n",
        ];
        let mut tickets = Vec::new();
        for (n, head) in heads.into_iter().enumerate() {
            for date in ["", dated] {
                let from = format!("c{n}{}@x.test", date.len());
                let raw = nameless(&from, &format!("{date}{head}"), "My lamp broke");
                tickets.push(story.comes(&world, &raw).await.0);
            }
        }
        tickets.dedup();
        assert_eq!(tickets.len(), 2 * heads.len());
        // The same person once more within the same second: other words are another mail.
        let more = nameless("c00@x.test", "", "And my table");
        let second = story.comes(&world, &more).await.0;
        assert!(!tickets.contains(&second), "nothing says it belongs there");
        // Such a mail can be answered, and the answer to that comes home.
        let ticket = tickets[0];
        story.answer(&world, ticket, "We send a new one.").await;
        let got = story.got("c00@x.test");
        let head = format!("In-Reply-To: <{}>\n", got.message_id.unwrap());
        let answer = nameless("c00@x.test", &head, "Thank you");
        assert_eq!(story.comes(&world, &answer).await, (ticket, 3));
        // The server numbers its mail anew: all is seen a second time, and known.
        let before = story.messages(&world).await;
        story.imap.set(|folder| folder.uid_validity += 1);
        story.fetch_and_work(&world).await;
        assert_eq!(story.messages(&world).await, before);
        assert!(story.shop.failures().await.is_empty());
    })
    .await;
}
