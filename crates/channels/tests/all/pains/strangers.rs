//! Chatwoot #13502, Zammad #2444, FreeScout #4958, #2375, Libredesk #122: any known Message-ID, in
//! any inbox, joined a mail to a conversation, and nobody asked whether its sender belongs there.

use super::Story;
use crate::support::{ROOMS, add_inbox, mail, new_inbox};
use kernel::ids::TicketId;
use std::collections::BTreeSet;
use testkit::{World, each_engine};

#[tokio::test]
async fn no_mail_joins_a_conversation_that_its_sender_has_no_part_in() {
    each_engine(ROOMS, async |world: World| {
        let mut story = Story::begin(&world).await;
        let first = mail("ana@x.test", "1@x.test", "", "Ana's secret");
        let (secret, _) = story.comes(&world, &first).await;
        story.answer(&world, secret, "Only for Ana.").await;
        let ours = story.got("ana@x.test");
        let (our_id, our_address) = (ours.message_id.unwrap(), ours.reply_to[0].address.clone());
        // Whoever holds a piece of the conversation without being in it.
        let pieces = [
            ("her Message-ID", "In-Reply-To: <1@x.test>\n".to_owned()),
            ("ours", format!("References: <1@x.test> <{our_id}>\n")),
            ("our address with its token", format!("Cc: {our_address}\n")),
            (
                "her subject and its number",
                format!("X-Ticket: {secret}\n"),
            ),
            (
                "all of them",
                format!("References: <{our_id}>\nCc: {our_address}\n"),
            ),
        ];
        let mut opened = BTreeSet::new();
        for (n, (name, head)) in pieces.iter().enumerate() {
            let raw = mail("eve@evil.test", &format!("e{n}@evil.test"), head, name);
            let (ticket, number) = story.comes(&world, &raw).await;
            assert_eq!(number, 1, "{name}");
            assert!(ticket != secret && opened.insert(ticket), "{name}");
        }
        // Everybody answers one newsletter, and a phone's id says nothing at all.
        let heads = [
            "In-Reply-To: <news@shop.test>\n",
            "References: <0@localhost>\n",
        ];
        for (n, head) in heads.iter().enumerate() {
            for whom in ["ben", "cleo", "dan", "eda"] {
                let id = format!("{whom}{n}@x.test");
                let raw = mail(&format!("{whom}@x.test"), &id, head, "Stop");
                let (ticket, _) = story.comes(&world, &raw).await;
                assert!(ticket != secret && opened.insert(ticket), "{whom} {head}");
            }
        }
        // The same Message-ID from several programs that all count from one.
        for whom in ["fay", "gil", "hal"] {
            let raw = mail(&format!("{whom}@x.test"), "1@localhost", "", whom);
            assert!(opened.insert(story.comes(&world, &raw).await.0), "{whom}");
        }
        // Another inbox knows the id as well, and lets nobody in.
        let sales = add_inbox(
            &story.shop.channels,
            &story.shop.mia,
            new_inbox("sales@shop.test"),
        );
        story.shop.inbox = sales.await;
        let raw = mail(
            "eve@evil.test",
            "s@evil.test",
            "In-Reply-To: <1@x.test>\n",
            "x",
        );
        let filed = story.shop.receive(&raw.replace("support@", "sales@")).await;
        assert!(opened.insert(filed.ticket.unwrap()));
        let said = story.messages(&world).await;
        let on_secret = said.keys().filter(|(ticket, _)| *ticket == secret).count();
        assert_eq!(on_secret, 2, "Ana's words and our answer");
        assert_eq!(said.len(), 2 + opened.len(), "and each of the others alone");
        let sent = story.smtp.taken();
        assert!(
            sent.iter().all(|(to, _)| to == "ana@x.test"),
            "nobody else got anything"
        );
        assert!(story.shop.cc(TicketId(secret.0)).await == 0);
    })
    .await;
}
