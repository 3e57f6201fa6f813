//! Single readers: exactly-once effects, take-over, parked records.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::journal::StoredRecord;
use kernel::readers::{self, Parked, Reader};
use kernel::refusal::{Broken, Refusal};
use testkit::{World, each_engine};

use crate::support::{NONE, Noted, ROOMS, add, noted, numbers, opened_again, until};

/// Adds a thing for every record; those with certain numbers fail after they have done so.
#[derive(Default)]
struct Adder {
    failing: Mutex<HashSet<i64>>,
    panicking: AtomicBool,
    locked_out: AtomicBool,
    deaf: bool,
}

impl Adder {
    fn failing(numbers: &[i64]) -> Arc<Self> {
        let failing = Mutex::new(numbers.iter().copied().collect());
        Arc::new(Self {
            failing,
            ..Self::default()
        })
    }

    fn heal(&self, number: i64) {
        self.failing.lock().unwrap().remove(&number);
    }
}

impl Reader for Adder {
    fn name(&self) -> &'static str {
        "adder"
    }

    fn wants(&self, record: &StoredRecord) -> bool {
        !self.deaf && record.kind == "thing.noted"
    }

    fn handle<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        record: &'a StoredRecord,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        Box::pin(async move {
            let Noted { number } = record.decode()?.expect("only what is wanted comes");
            add(tx, number).await?;
            if self.locked_out.load(Ordering::SeqCst) {
                return Err(DbError::Locked.into());
            }
            if self.failing.lock().unwrap().contains(&number) {
                assert!(!self.panicking.load(Ordering::SeqCst), "a bug in a reader");
                return Err(Refusal::conflict(
                    "broken",
                    format!("{number} can't be done"),
                ));
            }
            Ok(())
        })
    }
}

async fn parked(kernel: &Kernel) -> Vec<Parked> {
    let read = async |tx: &mut Tx<'_>| readers::parked(tx, "adder", 100).await;
    kernel.db.read::<_, DbError, _>(read).await.unwrap()
}

async fn parked_at(kernel: &Kernel) -> Vec<i64> {
    parked(kernel)
        .await
        .iter()
        .map(|parked| parked.position)
        .collect()
}

async fn position(kernel: &Kernel) -> i64 {
    let read = async |tx: &mut Tx<'_>| readers::position(tx, "adder").await;
    kernel.db.read::<_, DbError, _>(read).await.unwrap()
}

async fn notes(world: &World, notes: &[(Option<i64>, i64)]) {
    for (ticket, number) in notes {
        noted(&world.kernel, *ticket, *number).await;
    }
    world.settle().await;
}

async fn catch_up(kernel: &Kernel, reader: &Arc<Adder>, epoch: i64) -> Option<i64> {
    let from = readers::enter(kernel, "adder", epoch).await.unwrap();
    let reader: Arc<dyn Reader> = reader.clone();
    readers::catch_up(kernel, &reader, epoch, from)
        .await
        .unwrap()
}

#[tokio::test]
async fn every_record_takes_effect_once_though_the_reader_dies_and_is_taken_over() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let all: Vec<_> = (1..=60).map(|number| (Some(number % 3), number)).collect();
        notes(&world, &all).await;
        let reader = Adder::failing(&[]);
        for epoch in 1..=8 {
            let following = catch_up(kernel, &reader, epoch);
            // Dropped in the middle of whatever it does, further along each time.
            let enough = async {
                let before = numbers(kernel).await.len();
                while numbers(kernel).await.len() < before + 4 {}
            };
            tokio::select! {
                _ = following => {}
                () = enough => {}
            }
        }
        let reached = catch_up(kernel, &reader, 9).await;
        assert_eq!(reached, Some(60));
        assert_eq!(numbers(kernel).await, (1..=60).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn one_that_was_taken_over_changes_nothing_and_cannot_come_back() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let (old, new) = (Adder::failing(&[]), Adder::failing(&[]));
        notes(&world, &[(None, 1)]).await;
        assert_eq!(catch_up(kernel, &old, 1).await, Some(1));
        readers::enter(kernel, "adder", 2).await.unwrap();
        notes(&world, &[(None, 2)]).await;
        let late: Arc<dyn Reader> = old.clone();
        assert_eq!(readers::catch_up(kernel, &late, 1, 1).await.unwrap(), None);
        assert_eq!(
            catch_up(kernel, &old, 1).await,
            None,
            "it can't enter under a past epoch"
        );
        assert_eq!(numbers(kernel).await, [1]);
        assert_eq!(catch_up(kernel, &new, 2).await, Some(2));
        assert_eq!(numbers(kernel).await, [1, 2]);
    })
    .await;
}

#[tokio::test]
async fn what_fails_for_good_is_parked_with_the_rest_of_its_ticket_and_nothing_else_waits() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let reader = Adder::failing(&[3, 6]);
        reader.panicking.store(true, Ordering::SeqCst);
        let (seven, eight) = (Some(7), Some(8));
        notes(
            &world,
            &[
                (seven, 1),
                (eight, 2),
                (seven, 3),
                (seven, 4),
                (eight, 5),
                (None, 6),
            ],
        )
        .await;
        notes(&world, &[(None, 7), (eight, 8), (seven, 9)]).await;
        assert_eq!(catch_up(kernel, &reader, 1).await, Some(9));
        assert_eq!(numbers(kernel).await, [1, 2, 5, 7, 8]);
        assert_eq!(parked_at(kernel).await, [3, 4, 6, 9]);
        assert_eq!(position(kernel).await, 9);

        let keys = kernel.keys.clone();
        let reasons: Vec<_> = parked(kernel).await.into_iter().map(|p| p.reason).collect();
        let read = async move |tx: &mut Tx<'_>| {
            let first = keys.decrypt(tx, &reasons[0]).await?;
            Ok::<_, Refusal>((first, keys.decrypt(tx, &reasons[1]).await?))
        };
        let (first, behind) = kernel.db.read(read).await.unwrap();
        assert!(first.unwrap().contains("panicked"));
        assert!(behind.unwrap().contains("waits behind"));
    })
    .await;
}

#[tokio::test]
async fn parked_records_go_through_in_order_once_they_can() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let reader = Adder::failing(&[1, 2, 4]);
        let (seven, eight) = (Some(7), Some(8));
        notes(
            &world,
            &[
                (seven, 1),
                (eight, 2),
                (seven, 3),
                (None, 4),
                (eight, 5),
                (seven, 6),
            ],
        )
        .await;
        assert_eq!(catch_up(kernel, &reader, 1).await, Some(6));
        assert_eq!(numbers(kernel).await, NONE);

        assert_eq!(
            readers::retry_parked(kernel, reader.clone()).await.unwrap(),
            0
        );
        assert_eq!(
            parked_at(kernel).await,
            [1, 2, 3, 4, 5, 6],
            "nothing is mended yet"
        );
        reader.heal(2);
        assert_eq!(
            readers::retry_parked(kernel, reader.clone()).await.unwrap(),
            2
        );
        assert_eq!(numbers(kernel).await, [2, 5], "ticket 7 is in nobody's way");
        reader.heal(1);
        reader.heal(4);
        assert_eq!(
            readers::retry_parked(kernel, reader.clone()).await.unwrap(),
            4
        );
        assert_eq!(numbers(kernel).await, [2, 5, 1, 3, 4, 6]);
        assert_eq!(parked_at(kernel).await, NONE);
        notes(&world, &[(seven, 7)]).await;
        assert_eq!(catch_up(kernel, &reader, 1).await, Some(7));
        assert_eq!(numbers(kernel).await, [2, 5, 1, 3, 4, 6, 7]);
    })
    .await;
}

#[tokio::test]
async fn two_who_retry_at_once_do_everything_once() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let reader = Adder::failing(&[1]);
        let all: Vec<_> = (1..=10).map(|number| (Some(7), number)).collect();
        notes(&world, &all).await;
        catch_up(kernel, &reader, 1).await;
        reader.heal(1);
        let retry = || readers::retry_parked(kernel, reader.clone());
        let (one, other) = tokio::join!(retry(), retry());
        assert_eq!(one.unwrap() + other.unwrap(), 10);
        assert_eq!(numbers(kernel).await, (1..=10).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_out_of_order_parks_nothing() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let reader = Adder::failing(&[]);
        reader.locked_out.store(true, Ordering::SeqCst);
        notes(&world, &[(Some(7), 1)]).await;
        let from = readers::enter(kernel, "adder", 1).await.unwrap();
        let following: Arc<dyn Reader> = reader.clone();
        let answer = readers::catch_up(kernel, &following, 1, from).await;
        assert!(matches!(
            answer,
            Err(Refusal::Broken(Broken::Db(DbError::Locked)))
        ));
        assert_eq!(
            (position(kernel).await, parked_at(kernel).await.len()),
            (0, 0)
        );
        reader.locked_out.store(false, Ordering::SeqCst);
        assert_eq!(catch_up(kernel, &reader, 2).await, Some(1));
        assert_eq!(numbers(kernel).await, [1]);
    })
    .await;
}

#[tokio::test]
async fn what_a_reader_does_not_want_is_passed_by_for_good() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let deaf = Arc::new(Adder {
            deaf: true,
            ..Adder::default()
        });
        notes(&world, &[(None, 1), (None, 2)]).await;
        assert_eq!(catch_up(kernel, &deaf, 1).await, Some(2));
        assert_eq!(position(kernel).await, 2);
        let hearing = Adder::failing(&[]);
        notes(&world, &[(None, 3)]).await;
        assert_eq!(catch_up(kernel, &hearing, 2).await, Some(3));
        assert_eq!(numbers(kernel).await, [3]);
    })
    .await;
}

#[tokio::test]
async fn of_two_nodes_one_follows_and_both_together_do_everything_once() {
    each_engine(&ROOMS, async |world| {
        let other = opened_again(&world, None).await;
        let url = world.database_url().map(str::to_owned);
        let reader = Adder::failing(&[]);
        let work = async {
            for number in 1..=20 {
                let kernel = if number % 2 == 0 {
                    &world.kernel
                } else {
                    &other
                };
                noted(kernel, Some(1), number).await;
            }
            until("the reader's end", async || {
                numbers(&other).await.len() == 20
            })
            .await;
        };
        tokio::select! {
            () = world.kernel.clone().run(url.clone(), "one".to_owned()) => {}
            () = other.clone().run(url, "two".to_owned()) => {}
            () = readers::run(world.kernel.clone(), reader.clone(), "one".to_owned()) => {}
            () = readers::run(other.clone(), reader.clone(), "two".to_owned()) => {}
            () = work => {}
        }
        assert_eq!(numbers(&other).await, (1..=20).collect::<Vec<_>>());
    })
    .await;
}
