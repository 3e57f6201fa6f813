//! Kills the real process with SIGKILL under load and looks at what is left.
//!
//! Every acknowledged message must be there once; every outgoing mail must have been handed over
//! once, or be listed as uncertain, in which case it may have been handed over once.

mod load;
mod server;
mod sink;

use std::collections::BTreeMap;
use std::time::Duration;

use kernel::random::Random;

use load::{Load, Written};
use server::Server;
use sink::Sink;

/// How often the process is killed.
const KILLS: usize = 6;
const SEED: u64 = 20_260_302;

async fn survives(database_url: Option<String>) {
    let random = Random::seeded(SEED);
    let sink = Sink::start().await;
    let server = Server::start(database_url).await;
    let load = Load::set_up(&server, sink.port()).await;
    let mut written = Vec::new();
    for round in 0..KILLS {
        let until = Duration::from_millis(300 + random.below(1_200));
        let acknowledged = load.run(&server, round, until);
        let (mut acknowledged, ()) = tokio::join!(acknowledged, server.kill_after(until));
        written.append(&mut acknowledged);
        server.start_again().await;
    }
    assert!(
        written.len() > 50,
        "only {} messages were acknowledged",
        written.len()
    );
    check_messages(&load, &server, &written).await;
    check_mail(&load, &server, &sink, &written).await;
    server.stop().await;
    server.verify_journal().await;
}

async fn check_messages(load: &Load, server: &Server, written: &[Written]) {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for message in load.messages(server).await {
        *found.entry(message.text).or_default() += 1;
    }
    for message in written {
        let times = found.get(&message.text).copied().unwrap_or(0);
        assert_eq!(
            times, 1,
            "the acknowledged {:?} is there {times} times",
            message.text
        );
    }
    let doubled: Vec<&String> = found
        .iter()
        .filter(|(_, times)| **times > 1)
        .map(|(text, _)| text)
        .collect();
    assert!(
        doubled.is_empty(),
        "these are there more than once: {doubled:?}"
    );
}

async fn check_mail(load: &Load, server: &Server, sink: &Sink, written: &[Written]) {
    let deliveries = load.settled_deliveries(server).await;
    let replies = written.iter().filter(|message| message.is_reply).count();
    assert!(
        deliveries.len() >= replies,
        "{} deliveries of {replies}",
        deliveries.len()
    );
    for (text, state) in deliveries {
        let handed_over = sink.times(&text);
        match state.as_str() {
            "accepted" => assert_eq!(
                handed_over, 1,
                "{text}: accepted, handed over {handed_over}"
            ),
            "uncertain" => assert!(handed_over <= 1, "{text}: uncertain, {handed_over}"),
            other => panic!("{text}: is {other} in the end"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_the_process_is_killed_on_sqlite() {
    survives(None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_or_doubled_when_the_process_is_killed_on_postgres() {
    match testkit::postgres_url().await {
        Some(url) => survives(Some(url)).await,
        None => eprintln!("skipped: EVENKEEL_TEST_POSTGRES is not set"),
    }
}
