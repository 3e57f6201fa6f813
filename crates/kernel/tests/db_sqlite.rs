//! What only a file in one place can suffer.

use std::sync::{Mutex, mpsc};
use std::time::Duration;

use futures_util::future::join_all;
use kernel::db::{DbError, Tx, Value};
use kernel::journal::verify::{Verdict, verify};
use testkit::{World, each_engine};

use crate::support::{NONE, PUT, ROOMS, add, noted, numbers, opened_again};

async fn on_sqlite(test: impl AsyncFn(World)) {
    let test = &test;
    each_engine(&ROOMS, async move |world| {
        if world.engine == "sqlite" {
            test(world).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_transaction_may_wait_for_nothing_but_its_statements() {
    on_sqlite(async |world| {
        let waits = async |tx: &mut Tx<'_>| {
            add(tx, 1).await?;
            tokio::task::yield_now().await;
            Ok::<_, DbError>(())
        };
        assert!(matches!(
            world.kernel.db.write(waits).await,
            Err(DbError::Waited)
        ));
        let waits = async |_: &mut Tx<'_>| {
            tokio::task::yield_now().await;
            Ok::<_, DbError>(())
        };
        assert!(matches!(
            world.kernel.db.read(waits).await,
            Err(DbError::Waited)
        ));
        assert_eq!(numbers(&world.kernel).await, NONE);
    })
    .await;
}

#[tokio::test]
async fn reads_whose_callers_went_away_do_not_cost_connections() {
    on_sqlite(async |world| {
        let (begun, beginnings) = mpsc::channel();
        let mut gates = Vec::new();
        for _ in 0..4 {
            let (open, gate) = mpsc::channel::<()>();
            gates.push(open);
            let (gate, begun, db) = (Mutex::new(gate), begun.clone(), world.kernel.db.clone());
            let read = async move |_: &mut Tx<'_>| {
                begun.send(()).expect("the test listens");
                let _ = gate.lock().expect("nobody panics").recv();
                Ok::<_, DbError>(())
            };
            let reading = tokio::spawn(async move { db.read(read).await });
            while beginnings.try_recv().is_err() {
                tokio::task::yield_now().await;
            }
            reading.abort();
            assert!(reading.await.expect_err("it was given up").is_cancelled());
        }
        let kernel = world.kernel.clone();
        let next = tokio::spawn(async move { numbers(&kernel).await });
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        assert!(
            !next.is_finished(),
            "all four connections are still at work"
        );
        drop(gates);
        assert_eq!(next.await.expect("it gets a connection"), NONE);
    })
    .await;
}

#[tokio::test]
async fn a_locked_file_is_told_to_all_who_wait_and_not_to_each_in_turn() {
    on_sqlite(async |world| {
        let other = rusqlite::Connection::open(world.folder().join("evenkeel.db")).unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        let begun = tokio::time::Instant::now();
        let answers = join_all((0..20).map(|number| {
            let work = async move |tx: &mut Tx<'_>| add(tx, number).await;
            world.kernel.db.write::<_, DbError, _>(work)
        }))
        .await;
        assert!(
            answers
                .iter()
                .all(|answer| matches!(answer, Err(DbError::Locked)))
        );
        // Two batches at most, each with the 5 s of patience; one by one it would be 100 s.
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{:?}",
            begun.elapsed()
        );
        other.execute_batch("ROLLBACK").unwrap();
        let work = async |tx: &mut Tx<'_>| add(tx, 100).await;
        world
            .kernel
            .db
            .write::<_, DbError, _>(work)
            .await
            .expect("the lock is gone");
        assert_eq!(numbers(&world.kernel).await, [100]);
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_refuses_what_does_not_fit_and_keeps_the_rest() {
    on_sqlite(async |world| {
        let limit =
            async |tx: &mut Tx<'_>| tx.one::<(i64,)>("PRAGMA max_page_count = 120", &[]).await;
        world.kernel.db.write::<_, DbError, _>(limit).await.unwrap();
        let answers = join_all((0..32).map(|number| {
            let size = if number == 9 { 4 << 20 } else { 16 };
            let work = async move |tx: &mut Tx<'_>| {
                let params = [number.into(), Value::Null, vec![7_u8; size].into()];
                tx.execute(PUT, &params).await
            };
            world.kernel.db.write::<_, DbError, _>(work)
        }))
        .await;
        for (number, answer) in answers.iter().enumerate() {
            match number {
                9 => assert!(matches!(answer, Err(DbError::Full)), "{answer:?}"),
                _ => assert!(matches!(answer, Ok(1)), "{number}: {answer:?}"),
            }
        }
        assert_eq!(numbers(&world.kernel).await.len(), 31);
        let limit = async |tx: &mut Tx<'_>| {
            tx.one::<(i64,)>("PRAGMA max_page_count = 1000000", &[])
                .await
        };
        world.kernel.db.write::<_, DbError, _>(limit).await.unwrap();
        noted(&world.kernel, None, 1).await;
        assert_eq!(verify(&world.kernel).await.unwrap(), Verdict::Sound(1));
    })
    .await;
}

#[tokio::test]
async fn two_programs_on_one_file_continue_one_chain() {
    on_sqlite(async |world| {
        let other = opened_again(&world, None).await;
        for number in 0..6 {
            let kernel = if number % 2 == 0 {
                &world.kernel
            } else {
                &other
            };
            noted(kernel, None, number).await;
        }
        assert_eq!(verify(&other).await.unwrap(), Verdict::Sound(6));
    })
    .await;
}

#[tokio::test]
async fn what_was_answered_is_there_after_the_store_is_opened_again() {
    on_sqlite(async |world| {
        let answers = join_all((0..200).map(|number| {
            let work = async move |tx: &mut Tx<'_>| add(tx, number).await;
            world.kernel.db.write::<_, DbError, _>(work)
        }))
        .await;
        assert!(answers.iter().all(Result::is_ok));
        let other = opened_again(&world, None).await;
        assert_eq!(numbers(&other).await.len(), 200);
    })
    .await;
}
