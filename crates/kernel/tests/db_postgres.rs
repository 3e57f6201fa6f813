//! What only many connections can suffer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kernel::db::{Db, DbError, Location, Tx, Value};
use kernel::live::Live;
use testkit::{World, each_engine};
use tokio::sync::Barrier;

use crate::support::{NONE, PUT, ROOMS, add, numbers};

pub async fn on_postgres(test: impl AsyncFn(World)) {
    let test = &test;
    each_engine(&ROOMS, async move |world| {
        if world.engine == "postgres" {
            test(world).await;
        }
    })
    .await;
}

#[tokio::test]
async fn of_two_that_block_each_other_both_get_through() {
    on_postgres(async |world| {
        const LOCK: &str = "SELECT id FROM things WHERE number = $1";
        let setup = async |tx: &mut Tx<'_>| {
            add(tx, 1).await?;
            add(tx, 2).await
        };
        world.kernel.db.write::<_, DbError, _>(setup).await.unwrap();
        let (both_hold_one, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)));
        let crossing = |first: i64, second: i64, adds: i64| {
            let (barrier, runs) = (both_hold_one.clone(), runs.clone());
            let work = async move |tx: &mut Tx<'_>| {
                tx.lock(LOCK, &[first.into()]).await?;
                // Only the first two runs meet here: a retry finds the other one gone.
                if runs.fetch_add(1, Ordering::SeqCst) < 2 {
                    barrier.wait().await;
                }
                tx.lock(LOCK, &[second.into()]).await?;
                add(tx, adds).await
            };
            world.kernel.db.write::<_, DbError, _>(work)
        };
        let (one, other) = tokio::join!(crossing(1, 2, 10), crossing(2, 1, 20));
        one.expect("the victim of the deadlock was run again");
        other.expect("the victim of the deadlock was run again");
        assert_eq!(runs.load(Ordering::SeqCst), 3, "there was one deadlock");
        let mut kept = numbers(&world.kernel).await;
        kept.sort_unstable();
        assert_eq!(kept, [1, 2, 10, 20]);
    })
    .await;
}

#[tokio::test]
async fn a_number_is_never_sent_where_a_fraction_or_a_text_is_expected() {
    on_postgres(async |world| {
        let fraction = async |tx: &mut Tx<'_>| {
            tx.one::<(f64,)>("SELECT CAST($1 AS DOUBLE PRECISION)", &[1.into()])
                .await
        };
        let answer = world.kernel.db.read::<_, DbError, _>(fraction).await;
        assert!(answer.is_err(), "{answer:?}");
        let text = async |tx: &mut Tx<'_>| {
            tx.execute(
                PUT,
                &[1.into(), 0x4141_4141_4141_4141_i64.into(), Value::Null],
            )
            .await
        };
        let answer = world.kernel.db.write::<_, DbError, _>(text).await;
        assert!(answer.is_err(), "{answer:?}");
    })
    .await;
}

#[tokio::test]
async fn a_lost_connection_is_told_as_such_and_the_pool_recovers() {
    on_postgres(async |world| {
        const END_MINE: &str = "SELECT 1 FROM pg_terminate_backend(pg_backend_pid())";
        let ended = async |tx: &mut Tx<'_>| tx.one::<(i64,)>(END_MINE, &[]).await;
        let answer = world.kernel.db.write::<_, DbError, _>(ended).await;
        assert!(matches!(answer, Err(DbError::Unreachable(_))), "{answer:?}");
        assert_eq!(numbers(&world.kernel).await, NONE);
    })
    .await;
}

#[tokio::test]
async fn a_row_that_stays_locked_is_told_as_such() {
    on_postgres(async |world| {
        let setup = async |tx: &mut Tx<'_>| add(tx, 1).await;
        world.kernel.db.write::<_, DbError, _>(setup).await.unwrap();
        let url = world.database_url().unwrap();
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        client
            .batch_execute("BEGIN; SELECT 1 FROM things FOR UPDATE")
            .await
            .unwrap();
        let blocked = async |tx: &mut Tx<'_>| {
            tx.execute("SET LOCAL lock_timeout = '50ms'", &[]).await?;
            tx.lock("SELECT id FROM things WHERE number = $1", &[1.into()])
                .await
        };
        let answer = world.kernel.db.write::<_, DbError, _>(blocked).await;
        assert!(matches!(answer, Err(DbError::Locked)), "{answer:?}");
        let limit = async |tx: &mut Tx<'_>| tx.one::<(String,)>("SHOW lock_timeout", &[]).await;
        let limit = world.kernel.db.read::<_, DbError, _>(limit).await.unwrap();
        assert_eq!(
            limit,
            Some(("10s".to_owned(),)),
            "no wait for a row is endless"
        );
    })
    .await;
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_told_at_once() {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for url in [
        format!("postgres://ana@{free}/x"),
        "postgres://ana@[::1".to_owned(),
    ] {
        let opened = Db::open(&Location::Postgres(url), &Live::default()).await;
        assert!(matches!(opened.err(), Some(DbError::Unreachable(_))));
    }
}
