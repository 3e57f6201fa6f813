//! What has to hold when the killing is over.

use std::collections::BTreeMap;
use std::time::Duration;

use kernel::db::Db;

use super::Run;
use super::customers::Arrived;
use super::load::{Failure, Shown, Written};
use super::server::row;

/// What was under way at the last kill waits for its lease to run out first (30 s), and what a
/// server put off before it behaved waits up to 120 s.
const SETTLED_WITHIN: Duration = Duration::from_secs(240);
const RELEASED_MAX: usize = 12;

const UNFILED: &str = "SELECT COUNT(*) FROM inbound_mail WHERE state = 'received'";
const CURSOR: &str = "SELECT uid_validity, uid FROM mailbox_cursors";
const SCHEDULED: &str = "SELECT COUNT(*) FROM messages WHERE state = 'scheduled'";
const UNDER_WAY: &str = "SELECT COUNT(*) FROM deliveries WHERE state IN ('queued', 'claimed')";
const PARKED: &str = "SELECT COUNT(*) FROM parked_records";
const FAILED_JOBS: &str = "SELECT COUNT(*) FROM jobs WHERE state = 'failed'";
const POSITIONS: &str = "SELECT COUNT(*), MIN(position), MAX(position) FROM journal_order";
const RECORDS: &str = "SELECT COUNT(*) FROM journal";

/// Every acknowledged message is there once, and no message twice.
pub fn acknowledged(messages: &[Shown], written: &[Written]) {
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for message in messages {
        *found.entry(&message.text).or_default() += 1;
    }
    for message in written {
        let times = found.get(message.text.as_str()).copied().unwrap_or(0);
        let text = &message.text;
        assert_eq!(times, 1, "the acknowledged {text:?} is there {times} times");
    }
    let doubled: Vec<_> = found.iter().filter(|(_, times)| **times > 1).collect();
    assert!(doubled.is_empty(), "more than once: {doubled:?}");
}

/// All of it, once nothing is under way any more.
pub(super) async fn everything(run: &Run) {
    let database = run.server.database().await;
    settled(run, &database).await;
    let messages = run.load.messages(&run.server).await;
    let failures = run.load.failures(&run.server).await;
    acknowledged(&messages, &run.written);
    let arrived = run.customers.arrived();
    let replies = run.written.iter().filter(|message| message.is_reply);
    assert!(
        replies.count() > 20 && arrived.len() > 50,
        "too little happened"
    );
    received(&arrived, &messages, &failures);
    withheld(run, &arrived, &failures);
    let uncertain = handed_over(run, &messages);
    let refused = messages.iter().flat_map(|message| &message.deliveries);
    let refused = refused
        .filter(|delivery| delivery.state == "refused")
        .count();
    eprintln!(
        "{} mails arrived, {} messages acknowledged, {} copies taken, {} of them uncertain, \
         {refused} refused; mailbox {:?}; sink {:?}",
        arrived.len(),
        run.written.len(),
        run.sink.taken().len(),
        uncertain.len(),
        run.mailbox.faults(),
        run.sink.faults(),
    );
    released(run, &database, uncertain).await;
}

/// Waits until the mailbox is read, all mail filed, every reply sent and every reader at the end.
async fn settled(run: &Run, database: &Db) {
    let settling = async {
        loop {
            let open = [
                row::<(i64,)>(database, UNFILED).await.0,
                row::<(i64,)>(database, SCHEDULED).await.0,
                row::<(i64,)>(database, UNDER_WAY).await.0,
            ];
            let (uid_validity, uid) = row::<(i64, i64)>(database, CURSOR).await;
            let read = (uid_validity as u64, uid as u64) == run.mailbox.end();
            if open == [0, 0, 0] && read && at_head(&run.server.metrics().await) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    };
    if tokio::time::timeout(SETTLED_WITHIN, settling)
        .await
        .is_err()
    {
        panic!(
            "not settled: {} mails unfiled, {} replies scheduled, {} copies under way, \
             mailbox read to {:?} of {:?}",
            row::<(i64,)>(database, UNFILED).await.0,
            row::<(i64,)>(database, SCHEDULED).await.0,
            row::<(i64,)>(database, UNDER_WAY).await.0,
            row::<(i64, i64)>(database, CURSOR).await,
            run.mailbox.end(),
        );
    }
}

/// Whether the readers are at the journal's end, by the server's own metrics.
fn at_head(metrics: &str) -> bool {
    let values = |name: &str| -> Vec<i64> {
        let lines = metrics.lines().filter(|line| line.starts_with(name));
        let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse().ok());
        values.collect()
    };
    let readers = values("evenkeel_reader_position");
    let head = values("evenkeel_journal_head");
    !readers.is_empty() && readers.into_iter().min() == head.into_iter().max()
}

/// Every mail is one message, on the ticket that it answers.
fn received(arrived: &[Arrived], messages: &[Shown], failures: &[Failure]) {
    for mail in arrived.iter().filter(|mail| !mail.withheld) {
        let found: Vec<i64> = messages
            .iter()
            .filter(|message| message.text == mail.word)
            .map(|message| message.ticket)
            .collect();
        let is_named = |failure: &&Failure| failure.subject.ends_with(&format!(" {}", mail.word));
        match (&*found, failures.iter().find(is_named)) {
            ([ticket], None) => {
                let expected = mail.ticket.unwrap_or(*ticket);
                assert_eq!(*ticket, expected, "{} is on another ticket", mail.word);
            }
            ([], Some(failure)) => {
                let reason = &failure.reason;
                assert!(reason.contains("interrupted"), "{}: {reason}", mail.word);
            }
            (found, failure) => panic!(
                "{} is on the tickets {found:?}, and failed: {:?}",
                mail.word,
                failure.map(|failure| &failure.reason)
            ),
        }
    }
}

/// What the server never handed over is listed, and nothing else is.
fn withheld(run: &Run, arrived: &[Arrived], failures: &[Failure]) {
    let listed: Vec<&Failure> = failures
        .iter()
        .filter(|failure| failure.reason.contains("does not hand it over"))
        .collect();
    for failure in &listed {
        let uid = failure.reason.split(' ').find_map(|word| word.parse().ok());
        let is_withheld = uid.is_some_and(|uid| run.mailbox.withheld(uid));
        assert!(is_withheld, "{}, but it does", failure.reason);
    }
    let withheld = arrived.iter().filter(|mail| mail.withheld).count();
    let count = listed.len();
    assert!(
        count >= withheld,
        "{count} of {withheld} withheld mails are listed"
    );
}

/// Every copy was handed over once, or is uncertain; answers the uncertain ones with how often
/// they were taken.
fn handed_over(run: &Run, messages: &[Shown]) -> Vec<(String, String, i64, usize)> {
    let replies = messages
        .iter()
        .filter(|m| m.text.starts_with("crash-reply-"));
    let mut uncertain = Vec::new();
    let mut known = 0;
    for reply in replies {
        let text = &reply.text;
        assert!(reply.is_released, "{text} was never released");
        assert!(!reply.deliveries.is_empty(), "{text} goes to nobody");
        for copy in &reply.deliveries {
            let times = run.sink.times(text, &copy.email);
            known += times;
            match (&*copy.state, times) {
                ("accepted", 1) | ("refused", 0) => {}
                ("uncertain", 0 | 1) => {
                    uncertain.push((text.clone(), copy.email.clone(), copy.id, times));
                }
                (state, times) => panic!("{text} to {}: {state}, taken {times} times", copy.email),
            }
        }
    }
    let taken: usize = run.sink.taken().iter().map(|taken| taken.times).sum();
    assert_eq!(
        taken, known,
        "the server took copies that are listed nowhere"
    );
    uncertain
}

/// A person releases what is uncertain: it is handed over once more, and only then.
async fn released(run: &Run, database: &Db, uncertain: Vec<(String, String, i64, usize)>) {
    let some: Vec<_> = uncertain.into_iter().take(RELEASED_MAX).collect();
    for (_, _, delivery, _) in &some {
        run.load.release(&run.server, *delivery).await;
    }
    settled(run, database).await;
    for (text, email, _, before) in some {
        let times = run.sink.times(&text, &email);
        assert_eq!(times, before + 1, "{text} to {email} was released once");
    }
}

/// What only the database tells.
pub(super) async fn database(database: &Db) {
    assert_eq!(
        row::<(i64,)>(database, PARKED).await.0,
        0,
        "records are parked"
    );
    assert_eq!(
        row::<(i64,)>(database, FAILED_JOBS).await.0,
        0,
        "jobs failed"
    );
    let (count, first, last) = row::<(i64, i64, i64)>(database, POSITIONS).await;
    assert_eq!((first, last), (1, count), "the positions have gaps");
    let records = row::<(i64,)>(database, RECORDS).await.0;
    assert_eq!(records, count, "records without a position");
}
