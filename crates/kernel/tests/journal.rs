//! The journal: positions, chain, and what is announced when.

use std::sync::Arc;

use kernel::db::{DbError, Tx};
use kernel::ids::{RecordId, TicketId};
use kernel::journal::sequencer_postgres::{run_sequencer, run_tail};
use kernel::journal::verify::{Verdict, verify};
use kernel::journal::{self, Actor, Change, Context, Origin, Subject, checkpoints};
use testkit::{World, each_engine};
use tokio::sync::broadcast::error::TryRecvError;

use crate::support::{Noted, ROOMS, SOON, note, noted, tamper};

async fn refused(world: &World, number: i64) {
    let kernel = world.kernel.clone();
    let work = async move |tx: &mut Tx<'_>| {
        note(tx, &kernel, Some(1), number).await?;
        Err::<(), _>(DbError::Unreadable("refused".to_owned()))
    };
    assert!(world.kernel.db.write(work).await.is_err());
}

#[tokio::test]
async fn positions_have_no_gaps_even_where_writes_were_refused() {
    each_engine(&ROOMS, async |world| {
        for number in 0..20 {
            noted(&world.kernel, Some(1), number).await;
            refused(&world, -number).await;
        }
        let journal = world.journal().await;
        let positions: Vec<i64> = journal.iter().map(|record| record.position).collect();
        assert_eq!(positions, (1..=20).collect::<Vec<_>>());
        let numbers: Vec<i64> = journal
            .iter()
            .map(|r| r.decode::<Noted>().unwrap().unwrap().number)
            .collect();
        assert_eq!(numbers, (0..20).collect::<Vec<_>>());
        assert_eq!(verify(&world.kernel).await.unwrap(), Verdict::Sound(20));
    })
    .await;
}

#[tokio::test]
async fn a_record_keeps_its_circumstances() {
    each_engine(&ROOMS, async |world| {
        let cause = noted(&world.kernel, Some(9), 0).await;
        let at = world.kernel.clock.now();
        let mut told = Vec::new();
        let actors = [
            (Actor::Agent(kernel::ids::AgentId(3)), Origin::Agent),
            (
                Actor::Customer(kernel::ids::CustomerId(4)),
                Origin::Customer,
            ),
            (Actor::Rule(5), Origin::Rule),
            (Actor::Bot, Origin::Bot),
            (Actor::System, Origin::System),
            (Actor::Import, Origin::Import),
        ];
        for (actor, origin) in actors {
            let context = Context {
                actor,
                origin,
                cause: Some(cause),
                depth: 2,
                quiet: true,
                request: Some("01J".to_owned()),
                ..Context::system(at)
            };
            told.push((actor, origin));
            let write = async move |tx: &mut Tx<'_>| {
                let subject = Subject::ticket(TicketId(9));
                journal::append(tx, &context, subject, &Noted { number: 1 }).await
            };
            world.kernel.db.write::<_, DbError, _>(write).await.unwrap();
        }
        let records = world.journal().await;
        let kept: Vec<_> = records[1..].iter().map(|r| (r.actor, r.origin)).collect();
        assert_eq!(kept, told);
        let last = records.last().unwrap();
        assert_eq!(
            (last.cause, last.depth, last.quiet, last.at),
            (Some(cause), 2, true, at)
        );
        assert_eq!(
            (last.ticket, last.request.as_deref()),
            (Some(TicketId(9)), Some("01J"))
        );
        let reaction = Context::system(at).caused_by(last);
        assert_eq!(
            (reaction.cause, reaction.depth, reaction.quiet),
            (Some(last.id), 3, true)
        );
        let change = serde_json::to_string(&Change { from: 1, to: 2 }).unwrap();
        assert_eq!(change, r#"{"from":1,"to":2}"#);
    })
    .await;
}

#[tokio::test]
async fn a_tickets_records_are_found_behind_a_record() {
    each_engine(&ROOMS, async |world| {
        let first = noted(&world.kernel, Some(7), 1).await;
        noted(&world.kernel, Some(8), 2).await;
        noted(&world.kernel, Some(7), 3).await;
        let of = async move |tx: &mut Tx<'_>| {
            let all = journal::of_ticket(tx, TicketId(7), RecordId(0), 10).await?;
            let behind = journal::of_ticket(tx, TicketId(7), first, 10).await?;
            Ok::<_, DbError>((all.len(), behind.len(), journal::recent(tx, 3, 1).await?))
        };
        world.settle().await;
        let (all, behind, recent) = world.kernel.db.read(of).await.unwrap();
        assert_eq!((all, behind, recent[0].position), (2, 1, 2));
    })
    .await;
}

const CRIMES: [(&str, &[&str]); 5] = [
    (
        "a changed body",
        &["UPDATE journal SET body = '{\"number\":99}' WHERE id = 3"],
    ),
    (
        "a changed time",
        &["UPDATE journal SET at = at + 1 WHERE id = 3"],
    ),
    ("a deleted record", &["DELETE FROM journal WHERE id = 3"]),
    (
        "two swapped places",
        &[
            "UPDATE journal_order SET record_id = -1 WHERE position = 3",
            "UPDATE journal_order SET record_id = 3 WHERE position = 4",
            "UPDATE journal_order SET record_id = 4 WHERE position = 3",
        ],
    ),
    (
        "a record taken out of the order",
        &[
            "DELETE FROM journal_order WHERE position = 3",
            "DELETE FROM journal WHERE id = 3",
        ],
    ),
];

#[tokio::test]
async fn whoever_changes_the_past_is_found_out() {
    for (crime, statements) in CRIMES {
        each_engine(&ROOMS, async move |world| {
            for number in 1..=5 {
                noted(&world.kernel, Some(1), number).await;
            }
            world.settle().await;
            assert_eq!(verify(&world.kernel).await.unwrap(), Verdict::Sound(5));
            tamper(&world.kernel, statements).await;
            let verdict = verify(&world.kernel).await.unwrap();
            assert!(
                matches!(verdict, Verdict::Broken { position: 3, .. }),
                "{crime}: {verdict:?}"
            );
        })
        .await;
    }
}

#[tokio::test]
async fn a_journal_that_was_cut_off_or_written_anew_is_found_out() {
    const CUT: &[&str] = &[
        "DELETE FROM journal_order WHERE position > 3",
        "DELETE FROM journal WHERE id > 3",
    ];
    const FORGED: &[&str] = &["UPDATE vault.journal_checkpoints SET at = at + 1"];
    const ANEW: &[&str] = &["UPDATE vault.journal_checkpoints SET hash = signature"];
    let cut = Verdict::CutOff { end: 3, signed: 5 };
    let rewritten = Verdict::Rewritten { position: 5 };
    for (statements, expected) in [(CUT, cut), (FORGED, rewritten.clone()), (ANEW, rewritten)] {
        each_engine(&ROOMS, async |world| {
            assert_eq!(checkpoints::sign(&world.kernel).await.unwrap(), 0);
            for number in 1..=5 {
                noted(&world.kernel, Some(1), number).await;
            }
            world.settle().await;
            for _ in 0..2 {
                assert_eq!(checkpoints::sign(&world.kernel).await.unwrap(), 5);
            }
            noted(&world.kernel, Some(1), 6).await;
            world.settle().await;
            assert_eq!(verify(&world.kernel).await.unwrap(), Verdict::Sound(6));
            tamper(&world.kernel, statements).await;
            assert_eq!(verify(&world.kernel).await.unwrap(), expected);
        })
        .await;
    }
}

#[tokio::test]
async fn the_hub_tells_what_is_committed_in_order_and_nothing_else() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let mut heard = kernel.live.subscribe();
        let work = async {
            for number in 0..30 {
                noted(kernel, None, number).await;
                refused(&world, -1).await;
            }
            kernel.live.reached(30).await;
        };
        match world.database_url() {
            None => work.await,
            Some(url) => {
                let sequencer = run_sequencer(kernel.db.clone(), "here".to_owned());
                let tail = run_tail(kernel.db.clone(), url.to_owned(), kernel.live.clone());
                tokio::select! {
                    () = sequencer => {}
                    () = tail => {}
                    done = tokio::time::timeout(SOON, work) => done.expect("all is published"),
                }
            }
        }
        assert_eq!(kernel.live.head(), 30);
        for number in 0..30 {
            let record = heard.try_recv().unwrap();
            assert_eq!(record.position, number + 1);
            assert_eq!(record.decode::<Noted>().unwrap(), Some(Noted { number }));
        }
        assert_eq!(heard.try_recv().unwrap_err(), TryRecvError::Empty);
    })
    .await;
}

#[tokio::test]
async fn what_may_be_lost_goes_beside_the_journal() {
    each_engine(&ROOMS, async |world| {
        let mut heard = world.kernel.live.subscribe_transient();
        world.kernel.live.send_transient(Arc::from("Ana is typing"));
        assert_eq!(&*heard.recv().await.unwrap(), "Ana is typing");
        assert_eq!(world.kernel.live.head(), 0);
    })
    .await;
}
