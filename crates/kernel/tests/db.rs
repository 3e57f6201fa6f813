//! Transactions, parameters and rows, the same on both engines.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use kernel::Kernel;
use kernel::db::{DbError, Tx, Value, placeholders};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use testkit::each_engine;

use crate::support::{NONE, PUT, ROOMS, add, numbers};

async fn adds(kernel: &Kernel, number: i64) -> Result<i64, DbError> {
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| add(tx, number).await)
        .await
}

#[tokio::test]
async fn a_refusal_undoes_everything_before_it() {
    each_engine(&ROOMS, async |world| {
        let refused = async |tx: &mut Tx<'_>| {
            add(tx, 1).await?;
            Err::<(), _>(Refusal::NotFound { what: "thing" })
        };
        let answer = world.kernel.db.write(refused).await;
        assert!(matches!(answer, Err(Refusal::NotFound { what: "thing" })));
        assert_eq!(numbers(&world.kernel).await, NONE);
    })
    .await;
}

#[tokio::test]
async fn the_first_failed_statement_ends_the_transaction() {
    each_engine(&ROOMS, async |world| {
        let careless = async |tx: &mut Tx<'_>| {
            add(tx, 1).await?;
            assert!(add(tx, 1).await.is_err(), "the number is unique");
            assert!(matches!(add(tx, 2).await, Err(DbError::Poisoned)));
            Ok::<_, DbError>(())
        };
        let answer = world.kernel.db.write(careless).await;
        assert!(matches!(answer, Err(DbError::Poisoned)), "{answer:?}");
        assert_eq!(numbers(&world.kernel).await, NONE);
        adds(&world.kernel, 3)
            .await
            .expect("the next transaction is a new one");
    })
    .await;
}

#[tokio::test]
async fn a_statement_that_cannot_be_prepared_ends_the_transaction_too() {
    each_engine(&ROOMS, async |world| {
        let careless = async |tx: &mut Tx<'_>| {
            assert!(tx.prepare("SELECT nothing FROM nowhere").await.is_err());
            assert!(matches!(add(tx, 2).await, Err(DbError::Poisoned)));
            Ok::<_, DbError>(())
        };
        assert!(matches!(
            world.kernel.db.write(careless).await,
            Err(DbError::Poisoned)
        ));
    })
    .await;
}

#[tokio::test]
async fn of_many_writes_at_once_the_bad_ones_fail_alone() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let answers = join_all((0..64).map(|number| {
            let work = async move |tx: &mut Tx<'_>| {
                let id = add(tx, number).await?;
                match number % 16 {
                    3 => add(tx, number).await.map(drop)?,
                    7 => panic!("a bug in a closure"),
                    11 => return Err(DbError::Unreadable("refused".to_owned())),
                    _ => {}
                }
                Ok(id)
            };
            kernel.db.write::<_, DbError, _>(work)
        }))
        .await;
        for (number, answer) in answers.iter().enumerate() {
            match number % 16 {
                3 => assert!(answer.is_err(), "{answer:?}"),
                7 => assert!(matches!(answer, Err(DbError::Panicked)), "{answer:?}"),
                11 => assert!(matches!(answer, Err(DbError::Unreadable(_))), "{answer:?}"),
                _ => assert!(answer.is_ok(), "{number}: {answer:?}"),
            }
        }
        let mut kept = numbers(kernel).await;
        kept.sort_unstable();
        let good: Vec<i64> = (0..64)
            .filter(|n| ![3, 7, 11].contains(&(n % 16)))
            .collect();
        assert_eq!(kept, good);
    })
    .await;
}

#[tokio::test]
async fn a_panic_in_a_read_is_an_error_and_the_connection_is_not_lost() {
    each_engine(&ROOMS, async |world| {
        for _ in 0..40 {
            let bug = async |_: &mut Tx<'_>| -> Result<(), DbError> { panic!("a bug in a read") };
            assert!(matches!(
                world.kernel.db.read(bug).await,
                Err(DbError::Panicked)
            ));
        }
        assert_eq!(numbers(&world.kernel).await, NONE);
    })
    .await;
}

#[tokio::test]
async fn a_read_cannot_write() {
    each_engine(&ROOMS, async |world| {
        let sneaky = async |tx: &mut Tx<'_>| add(tx, 1).await;
        assert!(world.kernel.db.read(sneaky).await.is_err());
        assert_eq!(numbers(&world.kernel).await, NONE);
    })
    .await;
}

#[tokio::test]
async fn a_read_sees_one_picture_while_others_write() {
    each_engine(&ROOMS, async |world| {
        const COUNT: &str = "SELECT COUNT(*) FROM things";
        let looks = Arc::new(AtomicUsize::new(0));
        let (looking, may_await) = (looks.clone(), world.engine == "postgres");
        let read = async move |tx: &mut Tx<'_>| {
            let before = tx.one::<(i64,)>(COUNT, &[]).await?;
            looking.fetch_add(1, Ordering::SeqCst);
            while looking.load(Ordering::SeqCst) == 1 {
                if may_await {
                    tokio::task::yield_now().await;
                }
            }
            Ok::<_, DbError>((before, tx.one::<(i64,)>(COUNT, &[]).await?))
        };
        let db = world.kernel.db.clone();
        let reading = tokio::spawn(async move { db.read(read).await });
        while looks.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        adds(&world.kernel, 1)
            .await
            .expect("a reader is in nobody's way");
        looks.fetch_add(1, Ordering::SeqCst);
        let answer = reading.await.expect("the reader ends").expect("it reads");
        assert_eq!(answer, (Some((0,)), Some((0,))));
    })
    .await;
}

#[tokio::test]
async fn values_come_back_as_they_went_in() {
    each_engine(&ROOMS, async |world| {
        let text = "Grüße 🚢 \u{10FFFF} \n'\"$1 ?1 \\";
        let bytes: Vec<u8> = (0..=255).collect();
        for number in [i64::MIN, -1, 0, 1, (1 << 53) + 1, i64::MAX] {
            let bytes = bytes.clone();
            let write = async move |tx: &mut Tx<'_>| {
                let params = [number.into(), text.into(), bytes.clone().into()];
                tx.execute(PUT, &params).await
            };
            assert_eq!(
                world.kernel.db.write::<_, DbError, _>(write).await.unwrap(),
                1
            );
            let read = async move |tx: &mut Tx<'_>| {
                const FIND: &str =
                    "SELECT number, name, body, number FROM things WHERE number = $1";
                tx.one::<(i64, String, Vec<u8>, Timestamp)>(FIND, &[number.into()])
                    .await
            };
            let row = world
                .kernel
                .db
                .read::<_, DbError, _>(read)
                .await
                .unwrap()
                .unwrap();
            let at = Timestamp::from_micros(number);
            assert_eq!(row, (number, text.to_owned(), (0..=255).collect(), at));
        }
    })
    .await;
}

#[tokio::test]
async fn null_is_none_and_none_is_null() {
    each_engine(&ROOMS, async |world| {
        let round = async |tx: &mut Tx<'_>| {
            let none: Option<i64> = None;
            tx.execute(PUT, &[none.into(), Value::Null, None::<Vec<u8>>.into()])
                .await?;
            const FIND: &str = "SELECT number, name, body FROM things WHERE number IS NULL";
            type Found = (Option<i64>, Option<String>, Option<Vec<u8>>);
            let found = tx.one::<Found>(FIND, &[]).await?;
            assert_eq!(found, Some((None, None, None)));
            assert!(
                tx.one::<(i64,)>(FIND, &[]).await.is_err(),
                "NULL is no number"
            );
            Ok::<_, DbError>(())
        };
        assert!(matches!(
            world.kernel.db.write(round).await,
            Err(DbError::Poisoned)
        ));
    })
    .await;
}

#[tokio::test]
async fn flags_and_fractions_come_back() {
    each_engine(&ROOMS, async |world| {
        let read = async |tx: &mut Tx<'_>| {
            const FLAGS: &str = "SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), 1, \
                CAST($3 AS DOUBLE PRECISION), EXISTS (SELECT 1)";
            let params = [true.into(), false.into(), 0.1.into()];
            tx.one::<(bool, bool, bool, f64, bool)>(FLAGS, &params)
                .await
        };
        let row = world.kernel.db.read::<_, DbError, _>(read).await.unwrap();
        assert_eq!(row, Some((true, false, true, 0.1, true)));
    })
    .await;
}

#[tokio::test]
async fn a_nul_in_a_text_is_refused_on_both_engines_alike() {
    each_engine(&ROOMS, async |world| {
        let write = async |tx: &mut Tx<'_>| {
            tx.execute(PUT, &[1.into(), "before\0after".into(), Value::Null])
                .await
        };
        let answer = world.kernel.db.write::<_, DbError, _>(write).await;
        assert!(matches!(answer, Err(DbError::Nul)), "{answer:?}");
        let bytes = async |tx: &mut Tx<'_>| {
            tx.execute(
                PUT,
                &[2.into(), "text".into(), b"before\0after".to_vec().into()],
            )
            .await
        };
        assert_eq!(
            world.kernel.db.write::<_, DbError, _>(bytes).await.unwrap(),
            1
        );
        assert_eq!(numbers(&world.kernel).await, [2]);
    })
    .await;
}

#[tokio::test]
async fn parameters_may_stand_in_any_order_and_repeat() {
    each_engine(&ROOMS, async |world| {
        let read = async |tx: &mut Tx<'_>| {
            const SQL: &str = "SELECT CAST($3 AS BIGINT), CAST($1 AS BIGINT), \
                CAST($2 AS BIGINT), CAST($3 AS BIGINT)";
            tx.one::<(i64, i64, i64, i64)>(SQL, &[1.into(), 2.into(), 3.into()])
                .await
        };
        let row = world.kernel.db.read::<_, DbError, _>(read).await.unwrap();
        assert_eq!(row, Some((3, 1, 2, 3)));
    })
    .await;
    assert_eq!(placeholders(2, 3), "$2, $3, $4");
    assert_eq!(placeholders(1, 0), "");
}

#[tokio::test]
async fn bytes_are_never_taken_for_a_number() {
    each_engine(&ROOMS, async |world| {
        let write = async |tx: &mut Tx<'_>| {
            let params = [vec![0_u8; 8].into(), "eight bytes".into(), Value::Null];
            tx.execute(PUT, &params).await
        };
        assert!(world.kernel.db.write::<_, DbError, _>(write).await.is_err());
        assert_eq!(numbers(&world.kernel).await, NONE);
    })
    .await;
}

#[tokio::test]
async fn a_write_whose_caller_went_away_leaves_the_store_usable() {
    each_engine(&ROOMS, async |world| {
        for number in 0..50 {
            let kernel = world.kernel.clone();
            let going = tokio::spawn(async move { adds(&kernel, number).await });
            for _ in 0..number % 5 {
                tokio::task::yield_now().await;
            }
            going.abort();
        }
        for number in 100..140 {
            adds(&world.kernel, number)
                .await
                .expect("the store goes on");
        }
        let kept = numbers(&world.kernel).await;
        assert!((100..140).all(|number| kept.contains(&number)));
    })
    .await;
}
