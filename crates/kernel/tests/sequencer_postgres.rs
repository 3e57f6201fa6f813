//! One sequencer at a time: take-over, fencing, and the bells between nodes.

use std::time::Duration;

use kernel::db::{Db, DbError, Location, Tx};
use kernel::journal;
use kernel::journal::sequencer_postgres::{LEASE, order_batch, run_sequencer, run_tail};
use kernel::journal::verify::{Verdict, verify};
use kernel::leases;
use kernel::live::Live;

use crate::db_postgres::on_postgres;
use crate::support::{SOON, noted, until};

/// What a sequencer waits between two attempts to get the lease.
const RETRY: Duration = Duration::from_secs(1);

async fn head(db: &Db) -> i64 {
    let read = async |tx: &mut Tx<'_>| journal::head(tx).await;
    db.read::<_, DbError, _>(read).await.unwrap()
}

#[tokio::test]
async fn a_dead_sequencers_work_is_taken_over_when_its_lease_has_run_out() {
    on_postgres(async |world| {
        let db = &world.kernel.db;
        let span = Duration::from_millis(1500);
        let dead = leases::acquire(db, "sequencer", "dead", span)
            .await
            .unwrap()
            .unwrap();
        let began = tokio::time::Instant::now();
        noted(&world.kernel, Some(1), 1).await;
        let ordered = until("the take-over", async || head(db).await == 1);
        tokio::select! {
            () = run_sequencer(db.clone(), "next".to_owned()) => {}
            () = ordered => {}
        }
        let took = began.elapsed();
        eprintln!("taken over after {took:?} of a lease of {span:?}; production's is {LEASE:?}");
        assert!(
            took >= span - Duration::from_millis(100),
            "the lease was not respected: {took:?}"
        );
        assert!(took <= LEASE + RETRY, "the take-over took {took:?}");

        noted(&world.kernel, Some(1), 2).await;
        assert_eq!(
            order_batch(db, &dead).await.unwrap(),
            None,
            "the old one is fenced"
        );
        assert_eq!(head(db).await, 1);
        assert!(!leases::renew(db, &dead, span).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn two_sequencers_with_one_after_the_other_continue_one_chain() {
    on_postgres(async |world| {
        let db = &world.kernel.db;
        for number in 0..6 {
            noted(&world.kernel, None, number).await;
            let holder = format!("node {}", number % 2);
            let lease = leases::acquire(db, "sequencer", &holder, SOON)
                .await
                .unwrap()
                .expect("it is free");
            assert_eq!(order_batch(db, &lease).await.unwrap(), Some(1));
            assert_eq!(order_batch(db, &lease).await.unwrap(), Some(0));
            assert!(leases::release(db, &lease).await.unwrap());
        }
        assert_eq!(verify(&world.kernel).await.unwrap(), Verdict::Sound(6));
    })
    .await;
}

#[tokio::test]
async fn two_batches_at_once_give_no_position_twice() {
    on_postgres(async |world| {
        let db = &world.kernel.db;
        let lease = leases::acquire(db, "sequencer", "one", SOON)
            .await
            .unwrap()
            .unwrap();
        for number in 0..40 {
            noted(&world.kernel, None, number).await;
        }
        let batches = (0..8).map(|_| order_batch(db, &lease));
        let counts = futures_util::future::join_all(batches).await;
        let counts: Vec<usize> = counts
            .into_iter()
            .map(|count| count.unwrap().unwrap())
            .collect();
        assert_eq!(counts.iter().sum::<usize>(), 40);
        assert_eq!(verify(&world.kernel).await.unwrap(), Verdict::Sound(40));
    })
    .await;
}

#[tokio::test]
async fn a_node_hears_at_once_what_another_one_wrote() {
    on_postgres(async |world| {
        let url = world.database_url().unwrap().to_owned();
        let (there, live) = (&world.kernel, Live::default());
        let here = Db::open(&Location::Postgres(url.clone()), &live)
            .await
            .unwrap();
        let test = async {
            noted(there, None, 0).await;
            live.reached(1).await;
            let mut waits = Vec::new();
            for position in 2..=6 {
                let wrote = tokio::time::Instant::now();
                noted(there, None, position).await;
                live.reached(position).await;
                waits.push(wrote.elapsed());
            }
            waits.sort_unstable();
            // Without the bells each would wait for the poll, 1 s after the one before.
            assert!(waits[2] < Duration::from_millis(500), "{waits:?}");
        };
        leases::acquire(&here, "sequencer", "here", SOON)
            .await
            .unwrap()
            .expect("it is free");
        tokio::select! {
            () = run_sequencer(here.clone(), "here".to_owned()) => {}
            () = run_sequencer(there.db.clone(), "there".to_owned()) => {}
            () = run_tail(here.clone(), url.clone(), live.clone()) => {}
            () = run_tail(there.db.clone(), url, there.live.clone()) => {}
            done = tokio::time::timeout(SOON, test) => done.expect("all is heard"),
        }
    })
    .await;
}
