//! Reply tokens: nothing but what we made is taken for one.

use crate::support::ROOMS;
use channels::email::tokens::{find, make, read};
use kernel::ids::TicketId;
use kernel::keys::Keys;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use testkit::{World, each_engine};

#[tokio::test]
async fn a_token_leads_to_its_ticket_and_knows_its_participant() {
    each_engine(ROOMS, async |world: World| {
        let keys = &world.kernel.keys;
        let token = make(keys, TicketId(12), "Ana@X.test");
        assert!(token.starts_with("t12.") && token.len() <= 30, "{token}");
        assert!(
            token
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.')
        );
        for text in [
            token.clone(),
            token.to_uppercase(),
            format!("{token}@shop.test"),
        ] {
            let read = read(keys, &text).unwrap();
            assert_eq!(read.ticket, TicketId(12));
            assert!(read.is_for(keys, "ana@x.TEST") && !read.is_for(keys, "ben@x.test"));
        }
        let other = make(keys, TicketId(12), "ben@x.test");
        assert_ne!(other, token);
        let swapped = format!("t12.{}.{}", &other[4..12], &token[13..]);
        assert_eq!(
            read(keys, &swapped),
            None,
            "the signature covers the participant"
        );
        assert_eq!(read(keys, &token.replacen("t12", "t+12", 1)), None);
        assert_eq!(read(keys, &token.replacen("t12", "t012", 1)), None);
        let quoted = format!("über > „[{token}]“, t1.a.b and t12.x");
        assert_eq!(find(keys, &quoted).unwrap().ticket, TicketId(12));
        assert_eq!(
            find(keys, &"t1.aaaaaaaa.bbbbbbbbbbbbbbbb ".repeat(20_000)),
            None
        );
    })
    .await;
}

#[tokio::test]
async fn no_tampered_token_is_accepted() {
    each_engine(ROOMS, async |world: World| {
        let keys = &world.kernel.keys;
        let mut runner = TestRunner::new_with_rng(
            Config {
                cases: 2_000,
                failure_persistence: None,
                ..Config::default()
            },
            TestRunner::deterministic().rng().clone(),
        );
        let tampering = (
            1_i64..,
            "[a-z]{1,8}@[a-z]{1,8}\\.test",
            any::<u64>(),
            any::<char>(),
        );
        runner
            .run(&tampering, |(ticket, address, at, with)| {
                check(keys, TicketId(ticket), &address, at, with)
            })
            .unwrap();
        let anything = "\\PC{0,60}|t[0-9]{1,3}\\.[a-z2-7]{8}\\.[a-z2-7]{16}";
        runner
            .run(&anything, |text| {
                prop_assert_eq!(read(keys, &text), None);
                prop_assert_eq!(find(keys, &text), None);
                Ok(())
            })
            .unwrap();
    })
    .await;
}

/// Replaces, inserts or drops one character of a token.
fn check(
    keys: &Keys,
    ticket: TicketId,
    address: &str,
    at: u64,
    with: char,
) -> Result<(), TestCaseError> {
    let token = make(keys, ticket, address);
    let found = read(keys, &token).unwrap();
    prop_assert!(found.ticket == ticket && found.is_for(keys, address));
    let characters: Vec<char> = token.chars().collect();
    let at_index = (at % characters.len() as u64) as usize;
    let mut replaced = characters.clone();
    replaced[at_index] = with;
    let mut inserted = characters.clone();
    inserted.insert(at_index, with);
    let mut dropped = characters.clone();
    dropped.remove(at_index);
    for tampered in [replaced, inserted, dropped] {
        let tampered: String = tampered.into_iter().collect();
        let same = tampered.to_ascii_lowercase() == token
            || tampered
                .to_ascii_lowercase()
                .starts_with(&format!("{token}@"));
        if !same {
            prop_assert_eq!(read(keys, &tampered), None, "{} for {}", tampered, token);
        }
    }
    Ok(())
}
