//! The schema: brought up to date once, never half-way, never backwards.

use kernel::db::{DbError, Tx};
use kernel::migrate::{MigrateError, Migration, Room, migrate};
use testkit::{World, each_engine};

use crate::support::ROOMS;

const GOOD: Migration = Migration {
    number: 1,
    name: "good",
    sql: "CREATE TABLE good (id {id}) {strict};",
};
const SECOND: Migration = Migration {
    number: 2,
    name: "second",
    sql: "ALTER TABLE good ADD COLUMN name TEXT;",
};
const BAD: Migration = Migration {
    number: 2,
    name: "bad",
    sql: "CREATE TABLE half (id {id}) {strict}; CRATE x;",
};

static WITH_BAD: [Room; 3] = [
    ROOMS[0],
    ROOMS[1],
    Room {
        name: "more",
        migrations: &[GOOD, BAD],
    },
];
static WITH_FIRST: [Room; 3] = [
    ROOMS[0],
    ROOMS[1],
    Room {
        name: "more",
        migrations: &[GOOD],
    },
];
static WITH_BOTH: [Room; 3] = [
    ROOMS[0],
    ROOMS[1],
    Room {
        name: "more",
        migrations: &[GOOD, SECOND],
    },
];

async fn run(world: &World, rooms: &'static [Room]) -> Result<usize, MigrateError> {
    migrate(&world.kernel.db, rooms, world.clock.now()).await
}

async fn has(world: &World, table: &str) -> bool {
    let sql = format!("SELECT COUNT(*) FROM {table}");
    let look = async move |tx: &mut Tx<'_>| tx.one::<(i64,)>(&sql, &[]).await;
    world.kernel.db.read::<_, DbError, _>(look).await.is_ok()
}

#[tokio::test]
async fn what_is_there_is_not_done_again() {
    each_engine(&ROOMS, async |world| {
        assert_eq!(run(&world, &ROOMS).await.unwrap(), 0);
        assert_eq!(run(&world, &WITH_FIRST).await.unwrap(), 1);
        assert_eq!(run(&world, &WITH_BOTH).await.unwrap(), 1);
        assert_eq!(run(&world, &WITH_BOTH).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused_by_name() {
    each_engine(&ROOMS, async |world| {
        run(&world, &WITH_BOTH).await.unwrap();
        let refused = run(&world, &WITH_FIRST).await.unwrap_err();
        assert!(
            matches!(&refused, MigrateError::Newer { room, number: 2, name }
                if room == "more" && name == "second"),
            "{refused}"
        );
        assert!(refused.to_string().contains("start the newer version"));
    })
    .await;
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_of_its_run() {
    each_engine(&ROOMS, async |world| {
        let failed = run(&world, &WITH_BAD).await.unwrap_err();
        assert!(
            matches!(
                failed,
                MigrateError::Failed {
                    room: "more",
                    number: 2,
                    name: "bad",
                    ..
                }
            ),
            "{failed}"
        );
        assert!(!has(&world, "half").await && !has(&world, "good").await);
        assert_eq!(run(&world, &WITH_BOTH).await.unwrap(), 2);
        assert!(has(&world, "good").await);
    })
    .await;
}

#[tokio::test]
async fn nodes_that_start_together_migrate_once() {
    each_engine(&ROOMS, async |world| {
        let runs = (0..4).map(|_| run(&world, &WITH_BOTH));
        let steps = futures_util::future::join_all(runs).await;
        let steps: usize = steps.into_iter().map(Result::unwrap).sum();
        assert_eq!(steps, 2);
    })
    .await;
}
