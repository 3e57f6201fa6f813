//! Creates that are asked for twice happen once.

use std::time::Duration;

use futures_util::future::join_all;
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::idempotency::{self, REMEMBERED};
use kernel::ids::AgentId;
use testkit::each_engine;

use crate::support::{ROOMS, add, numbers};

const COMMAND: &str = "thing.create";

async fn create(kernel: &Kernel, agent: i64, key: &str, number: i64) -> i64 {
    let (key, at, agent) = (key.to_owned(), kernel.clock.now(), AgentId(agent));
    let work = async move |tx: &mut Tx<'_>| {
        if let Some(id) = idempotency::find(tx, agent, &key, COMMAND).await? {
            return Ok(id);
        }
        let id = add(tx, number).await?;
        idempotency::remember(tx, agent, &key, COMMAND, id, at).await?;
        Ok(id)
    };
    kernel.db.write::<_, DbError, _>(work).await.unwrap()
}

#[tokio::test]
async fn the_second_request_finds_the_first_ones_result() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let first = create(kernel, 1, "k", 10).await;
        assert_eq!(create(kernel, 1, "k", 20).await, first);
        assert_ne!(create(kernel, 1, "another", 30).await, first);
        assert_ne!(
            create(kernel, 2, "k", 40).await,
            first,
            "keys belong to an agent"
        );
        assert_eq!(numbers(kernel).await, [10, 30, 40]);
    })
    .await;
}

#[tokio::test]
async fn of_many_at_once_one_creates_and_all_get_the_same() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        let ids = join_all((0..8).map(|number| create(kernel, 1, "k", number))).await;
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(numbers(kernel).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn keys_are_forgotten_after_two_days() {
    each_engine(&ROOMS, async |world| {
        let kernel = &world.kernel;
        create(kernel, 1, "k", 10).await;
        for (wait, forgotten) in [(REMEMBERED, 0), (Duration::from_micros(1), 1)] {
            world.clock.advance(wait);
            let now = kernel.clock.now();
            let forget = async move |tx: &mut Tx<'_>| idempotency::forget(tx, now).await;
            assert_eq!(
                kernel.db.write::<_, DbError, _>(forget).await.unwrap(),
                forgotten
            );
        }
        create(kernel, 1, "k", 20).await;
        assert_eq!(numbers(kernel).await, [10, 20]);
    })
    .await;
}
