//! Chatwoot #3868, #8572, #10028, #10750, #10791, Libredesk #176 (Apple Mail rewrites References),
//! FreeScout #5310, #2086, Frappe #3215, #2300: a conversation was found by one header at a time.

use super::Story;
use crate::support::{ROOMS, SHOP, mail};
use crate::threads::references;
use channels::email::parse::ParsedMail;
use channels::email::tokens;
use channels::email::trust::InboxTrust;
use channels::email::trust::commands::choose;
use kernel::ids::TicketId;
use std::time::Duration;
use testkit::{World, each_engine};

/// How a program answers: its name, whom it writes to, its headers, its text.
type Way = (&'static str, String, String, String);

/// What is left of a conversation by the ways that programs and servers have.
fn ways(got: &ParsedMail, address: &str) -> Vec<Way> {
    let ours = got.message_id.clone().unwrap();
    let refs = references(got);
    let strange: String = (0..40).map(|n| format!(" <{n}@elsewhere.test>")).collect();
    let head = |name, head: String| (name, SHOP.to_owned(), head, String::new());
    let to = |name, to: &str, head: &str| (name, to.to_owned(), head.to_owned(), String::new());
    vec![
        head(
            "as it should be",
            format!("In-Reply-To: <{ours}>\nReferences: {refs} <{ours}>\n"),
        ),
        head(
            "Apple Mail writes References anew",
            format!("In-Reply-To: <{ours}>\nReferences: <{ours}>\n"),
        ),
        head(
            "Apple Mail keeps the first of them only",
            format!("References: {}\n", refs.split(' ').next().unwrap()),
        ),
        head(
            "Apple Mail on a second device names its own draft",
            format!("In-Reply-To: <{ours}>\nReferences: <draft-1@icloud.test>\n"),
        ),
        head(
            "an old program knows In-Reply-To alone",
            format!("In-Reply-To: <{ours}>\n"),
        ),
        head(
            "it writes words around the id (RFC 822)",
            format!("In-Reply-To: Your message of \"Mon, 2 Mar 2026\" <{ours}>\n"),
        ),
        head(
            "it leaves the brackets out",
            format!("In-Reply-To: {ours}\n"),
        ),
        head(
            "it folds every id onto a line of its own",
            format!("References: {}\n", refs.replace(' ', "\n\t")),
        ),
        head(
            "it leaves the spaces out",
            format!("References: {}\n", refs.replace(' ', "")),
        ),
        head(
            "it sets commas",
            format!("References: {}\n", refs.replace(' ', ", ")),
        ),
        head(
            "a long discussion stands around it",
            format!("In-Reply-To: <39@elsewhere.test>\nReferences:{strange} <{ours}>{strange}\n"),
        ),
        head(
            "a service replaced our Message-ID",
            format!("In-Reply-To: <01@ses.test>\nReferences: {refs} <01@ses.test>\n"),
        ),
        head(
            "the customer answers their own mail once more",
            "In-Reply-To: <1@x.test>\n".to_owned(),
        ),
        to(
            "Outlook answers by ids and indexes of its own, to the address",
            address,
            "In-Reply-To: <AM0PR@outlook.test>\nThread-Index: AQHZxyz==\n\
             Thread-Topic: Broken lamp\n",
        ),
        to("only the address is left", address, ""),
        to("the address in capitals", &address.to_uppercase(), ""),
        to(
            "the address among others, with a name",
            &format!("\"Lamp Shop, Support\" <{address}>, zoe@y.test"),
            "",
        ),
        to(
            "a blind copy: the server says whom it was for",
            "undisclosed-recipients:;",
            &format!("Delivered-To: {address}\n"),
        ),
        to(
            "a blind copy, as Postfix says it",
            "undisclosed-recipients:;",
            &format!("X-Original-To: {address}\n"),
        ),
    ]
}

/// For inboxes whose server knows no plus addresses: our line in the quoted text.
fn quoted_ways(got: &ParsedMail, token: &str) -> Vec<Way> {
    let line = format!("[{token}]");
    assert!(got.reply_to.is_empty() && got.text.contains(&line));
    let way = |name, text: String| (name, SHOP.to_owned(), String::new(), text);
    vec![
        way(
            "every header is gone",
            format!("Thanks!\n\n> We send a new one.\n> {line}\n"),
        ),
        way(
            "and nothing is marked as quoted",
            format!("Thanks!\n\n{line}\n"),
        ),
        way(
            "in capitals, far below",
            format!("{}{}", "word\n".repeat(500), line.to_uppercase()),
        ),
    ]
}

/// Everything of Ana's joins her ticket, and what holds nothing of it does not.
async fn all_come_home(story: &Story, world: &World, ticket: TicketId, ways: Vec<Way>) {
    let mut number = story.shop.ticket(ticket).await.last_number;
    for (n, (name, to, head, text)) in ways.iter().enumerate() {
        // Programs also change the subject, in all languages.
        let subject = ["AW: Broken lamp", "回复: Broken lamp", "Something else", ""][n % 4];
        let raw = format!(
            "From: Ana <ana@x.test>\nTo: {to}\nSubject: {subject}\n\
             Message-ID: <{ticket}.{n}@x.test>\n{head}\n{name}\n{text}\n"
        );
        number += 1;
        // Nobody writes so often within an hour that it is gathered.
        world.clock.advance(Duration::from_secs(600));
        assert_eq!(story.comes(world, &raw).await, (ticket, number), "{name}");
    }
    world.clock.advance(Duration::from_secs(600));
    let other = mail(
        "ana@x.test",
        &format!("{ticket}.o@x.test"),
        "",
        "Another matter",
    );
    let (opened, _) = story.comes(world, &other).await;
    assert_ne!(opened, ticket, "an equal subject alone joins nothing");
}

#[tokio::test]
async fn a_reply_comes_home_whatever_its_headers_went_through() {
    each_engine(ROOMS, async |world: World| {
        let story = Story::begin(&world).await;
        for plus_addressing in [true, false] {
            let chosen = InboxTrust {
                server: None,
                plus_addressing,
                version: i64::from(!plus_addressing),
            };
            choose(&world.kernel, &story.shop.mia, story.shop.inbox.id, chosen)
                .await
                .unwrap();
            let id = if plus_addressing {
                "1@x.test"
            } else {
                "2@x.test"
            };
            let first = mail("Ana <ana@x.test>", id, "", "My lamp broke");
            let (ticket, _) = story.comes(&world, &first).await;
            story.answer(&world, ticket, "We send a new one.").await;
            let got = story.got("ana@x.test");
            let ways = if plus_addressing {
                ways(&got, &got.reply_to[0].address)
            } else {
                let token = tokens::make(&world.kernel.keys, ticket, "ana@x.test");
                quoted_ways(&got, &token)
            };
            all_come_home(&story, &world, ticket, ways).await;
        }
        assert!(story.shop.failures().await.is_empty());
    })
    .await;
}
