//! Answers find home whatever programs do to their headers, and nothing else does. Each test is
//! named after what people suffer elsewhere.

use crate::fake_smtp::FakeSmtp;
use crate::support::{ROOMS, SHOP, Shop, add_inbox, local, mail, new_inbox, shop, shop_with};
use channels::email::intake::State;
use channels::email::parse::{ParsedMail, parse};
use channels::email::tokens;
use channels::email::trust::InboxTrust;
use channels::email::trust::commands::choose;
use channels::inboxes::form::NewInbox;
use kernel::ids::TicketId;
use testkit::{World, each_engine};

const COPY: &str = "Cc: Ben <ben@x.test>\n";

/// A shop that answered Ana (Ben is in copy), and what each of them got.
async fn answered(
    world: &World,
    plus_addressing: bool,
) -> (Shop, TicketId, ParsedMail, ParsedMail) {
    let smtp = FakeSmtp::start().await;
    let new = NewInbox {
        smtp: Some(local(smtp.port)),
        ..new_inbox(SHOP)
    };
    let shop = shop_with(world, new).await;
    let chosen = InboxTrust {
        server: None,
        plus_addressing,
        version: 0,
    };
    choose(&world.kernel, &shop.mia, shop.inbox.id, chosen)
        .await
        .unwrap();
    let first = mail("Ana <ana@x.test>", "1@x.test", COPY, "My lamp broke");
    let ticket = shop.receive(&first).await.ticket.unwrap();
    shop.answer(world, ticket, "<p>We send a new one.</p>")
        .await;
    shop.run_jobs(world).await;
    let taken = smtp.taken();
    let got = |whom: &str| {
        let found = taken.iter().find(|(to, _)| to == whom);
        parse(&found.unwrap().1).unwrap()
    };
    let (ana, ben) = (got("ana@x.test"), got("ben@x.test"));
    (shop, ticket, ana, ben)
}

fn reply(from: &str, to: &str, headers: &str, text: &str) -> String {
    format!("From: {from}\nTo: {to}\nSubject: AW: something else\n{headers}\n{text}\n")
}

pub(crate) fn references(of: &ParsedMail) -> String {
    let ids: Vec<String> = of.references.iter().map(|id| format!("<{id}>")).collect();
    ids.join(" ")
}

#[tokio::test]
async fn each_participant_gets_a_token_of_their_own() {
    each_engine(ROOMS, async |world: World| {
        let (_, ticket, ana, ben) = answered(&world, true).await;
        let keys = &world.kernel.keys;
        for (got, whom) in [(&ana, "ana@x.test"), (&ben, "ben@x.test")] {
            let token = tokens::make(keys, ticket, whom);
            assert_eq!(
                got.reply_to[0].address,
                format!("support+{token}@shop.test")
            );
            assert_eq!(got.references[0], format!("{token}@shop.test"));
            assert_eq!(
                got.references.last().unwrap(),
                "1@x.test",
                "it answers Ana's mail"
            );
            assert!(!got.text.contains(&token));
        }
        assert_eq!(
            ana.message_id, ben.message_id,
            "their programs know one conversation"
        );
    })
    .await;
}

#[tokio::test]
async fn answers_join_whatever_programs_and_servers_rewrite() {
    each_engine(ROOMS, async |world: World| {
        let (shop, ticket, ana, _) = answered(&world, true).await;
        let ours = ana.message_id.clone().unwrap();
        let reply_to = ana.reply_to[0].address.clone();
        let refs = references(&ana);
        for (name, to, headers) in [
            (
                "as it should be",
                SHOP,
                format!("In-Reply-To: <{ours}>\nReferences: {refs} <{ours}>\n"),
            ),
            (
                "Apple Mail keeps only the last reference",
                SHOP,
                format!("References: <{ours}>\n"),
            ),
            (
                "an old client writes only In-Reply-To",
                SHOP,
                format!("In-Reply-To: <{ours}>\n"),
            ),
            (
                "SES replaced our Message-ID",
                SHOP,
                format!(
                    "In-Reply-To: <0100@amazonses.test>\nReferences: {refs} <0100@amazonses.test>\n"
                ),
            ),
            (
                "Exchange answers by its own ids and to the address",
                reply_to.as_str(),
                "In-Reply-To: <AM0PR@outlook.test>\nThread-Index: AQH\n".to_owned(),
            ),
            ("only the address is left", reply_to.as_str(), String::new()),
        ] {
            let raw = reply("Ana <ana@x.test>", to, &headers, name);
            assert_eq!(shop.receive(&raw).await.ticket, Some(ticket), "{name}");
        }
        // The server says whom it was for when To does not.
        let hidden = reply("ana@x.test", "undisclosed-recipients:;", "", "bcc");
        for field in ["Delivered-To", "X-Original-To", "Envelope-To"] {
            let raw = format!("{field}: {reply_to}\n{hidden}");
            assert_eq!(shop.receive(&raw).await.ticket, Some(ticket), "{field}");
        }
        let all = shop.ticket(ticket).await.message_count;
        assert_eq!(all, 2 + 6 + 3);
    })
    .await;
}

#[tokio::test]
async fn an_inbox_without_plus_addresses_is_found_by_headers_and_at_last_by_the_quoted_line() {
    each_engine(ROOMS, async |world: World| {
        let (shop, ticket, ana, _) = answered(&world, false).await;
        assert!(ana.reply_to.is_empty());
        let token = tokens::make(&world.kernel.keys, ticket, "ana@x.test");
        assert!(ana.text.contains(&format!("[{token}]")), "{}", ana.text);
        let refs = references(&ana);
        let by_headers = reply("ana@x.test", SHOP, &format!("References: {refs}\n"), "one");
        assert_eq!(shop.receive(&by_headers).await.ticket, Some(ticket));
        let quoted = format!("Thanks!\n\n> We send a new one.\n> [{token}]\n");
        let by_line = reply("ana@x.test", SHOP, "", &quoted);
        assert_eq!(shop.receive(&by_line).await.ticket, Some(ticket));
        let damaged = quoted.replace(&token, &format!("{token}a"));
        let opened = shop.receive(&reply("ana@x.test", SHOP, "", &damaged)).await;
        assert_ne!(opened.ticket, Some(ticket));
    })
    .await;
}

#[tokio::test]
async fn a_forwarded_mail_gives_a_stranger_no_access() {
    each_engine(ROOMS, async |world: World| {
        let (shop, ticket, ana, _) = answered(&world, true).await;
        let (to, ours) = (&ana.reply_to[0].address, ana.message_id.unwrap());
        let headers = format!("In-Reply-To: <{ours}>\n");
        let raw = reply("Eve <eve@x.test>", to, &headers, "Tell me more");
        let opened = shop.receive(&raw).await.ticket.unwrap();
        assert_ne!(opened, ticket);
        assert_eq!(shop.links(opened).await, [ticket]);
        assert_eq!(shop.ticket(ticket).await.message_count, 2);
    })
    .await;
}

#[tokio::test]
async fn answering_all_by_somebody_elses_token_is_still_ones_own_answer() {
    each_engine(ROOMS, async |world: World| {
        let (shop, ticket, _, ben) = answered(&world, true).await;
        // Ana answers Ben, who answered all: the address she answers to is his.
        let raw = reply(
            "ana@x.test",
            &ben.reply_to[0].address,
            "",
            "I agree with Ben",
        );
        assert_eq!(shop.receive(&raw).await.ticket, Some(ticket));
    })
    .await;
}

/// Chatwoot #13502: everybody who answered a newsletter landed in one conversation.
#[tokio::test]
async fn answers_to_a_newsletter_do_not_join_each_other() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let headers = "In-Reply-To: <news@shop.test>\nReferences: <news@shop.test>\n";
        // The newsletter itself reached the inbox too.
        let news = mail(
            "news@shop.test",
            "news@shop.test",
            "List-Id: <n.shop.test>\n",
            "News!",
        );
        let newsletter = shop.receive(&news).await.ticket.unwrap();
        let mut tickets = vec![newsletter];
        for (n, whom) in ["ana", "ben", "cleo"].iter().enumerate() {
            let raw = mail(
                &format!("{whom}@x.test"),
                &format!("{n}@x.test"),
                headers,
                "Stop",
            );
            tickets.push(shop.receive(&raw).await.ticket.unwrap());
        }
        tickets.dedup();
        assert_eq!(tickets.len(), 4);
    })
    .await;
}

/// Libredesk #122: all mail went into one conversation, matched by any known Message-ID.
#[tokio::test]
async fn strangers_with_the_same_message_id_stay_apart() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let same = "0@localhost";
        let mut tickets = Vec::new();
        for whom in ["ana", "ben", "cleo"] {
            let raw = mail(
                &format!("{whom}@x.test"),
                same,
                &format!("References: <{same}>\n"),
                whom,
            );
            let filed = shop.receive(&raw).await;
            assert_eq!(filed.state, State::Processed, "{whom}");
            tickets.push(filed.ticket.unwrap());
        }
        // Each one's next mail finds their own among the three.
        for (at, whom) in ["ana", "ben", "cleo"].into_iter().enumerate() {
            let headers = format!("In-Reply-To: <{same}>\n");
            let raw = mail(
                &format!("{whom}@x.test"),
                &format!("next-{whom}@x"),
                &headers,
                "more",
            );
            assert_eq!(shop.receive(&raw).await.ticket, Some(tickets[at]), "{whom}");
        }
    })
    .await;
}

/// Zammad #2444, FreeScout #4958, #2375: an unrelated mail joined by an id it happened to name.
#[tokio::test]
async fn a_known_id_in_another_inbox_admits_nobody() {
    each_engine(ROOMS, async |world: World| {
        let mut shop = shop(&world).await;
        let first = mail("ana@x.test", "1@x.test", "", "My lamp broke");
        let ticket = shop.receive(&first).await.ticket.unwrap();
        let support = shop.inbox.clone();
        shop.inbox = add_inbox(&shop.channels, &shop.mia, new_inbox("sales@shop.test")).await;
        let headers = "In-Reply-To: <1@x.test>\n";
        let stranger =
            mail("eve@x.test", "2@x.test", headers, "hello").replace(SHOP, "sales@shop.test");
        let opened = shop.receive(&stranger).await.ticket.unwrap();
        assert_ne!(opened, ticket);
        assert_eq!(shop.ticket(opened).await.inbox, Some(shop.inbox.id));
        shop.inbox = support;
        assert_eq!(shop.ticket(ticket).await.message_count, 1);
    })
    .await;
}

/// Chatwoot #3868, FreeScout #5310, Frappe #3215: the subject must neither join nor split.
#[tokio::test]
async fn a_changed_subject_splits_nothing_and_an_equal_one_joins_nothing() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let first = mail("ana@x.test", "1@x.test", "", "My lamp broke");
        let ticket = shop.receive(&first).await.ticket.unwrap();
        let changed = mail(
            "ana@x.test",
            "2@x.test",
            "In-Reply-To: <1@x.test>\n",
            "and my table",
        );
        let changed = changed.replace("Broken lamp", "Broken table");
        assert_eq!(shop.receive(&changed).await.ticket, Some(ticket));
        let marked = mail("ana@x.test", "3@x.test", "", "other").replace(
            "Subject: Broken lamp",
            &format!("Subject: Re: [#{ticket}] Broken lamp"),
        );
        assert_ne!(shop.receive(&marked).await.ticket, Some(ticket));
    })
    .await;
}
