//! Runs a test on SQLite and, where a server is given, on PostgreSQL.

use std::sync::atomic::{AtomicU32, Ordering};

use kernel::migrate::Room;

use crate::World;

static DATABASES: AtomicU32 = AtomicU32::new(0);

/// Runs `test` on a fresh store of each engine. `rooms` are the migrations, the kernel's first.
/// PostgreSQL is used when `EVENKEEL_TEST_POSTGRES` names a server where databases may be made.
pub async fn each_engine(rooms: &'static [Room], test: impl AsyncFn(World)) {
    test(World::open(rooms, None).await).await;
    match std::env::var("EVENKEEL_TEST_POSTGRES") {
        Ok(server) => {
            let (database, url) = create(&server).await;
            test(World::open(rooms, Some(url)).await).await;
            drop_database(&server, &database).await;
        }
        Err(_) => eprintln!("skipped on PostgreSQL: EVENKEEL_TEST_POSTGRES is not set"),
    }
}

/// A fresh PostgreSQL database, when a server is given.
pub async fn postgres_url() -> Option<String> {
    let server = std::env::var("EVENKEEL_TEST_POSTGRES").ok()?;
    Some(create(&server).await.1)
}

async fn create(server: &str) -> (String, String) {
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let database = format!("test_{}_{number}", std::process::id());
    run(server, &format!("DROP DATABASE IF EXISTS {database}")).await;
    run(server, &format!("CREATE DATABASE {database}")).await;
    let url = match server.split_once('?') {
        Some((base, query)) => format!("{}/{database}?{query}", without_database(base)),
        None => format!("{}/{database}", without_database(server)),
    };
    (database, url)
}

async fn drop_database(server: &str, database: &str) {
    run(
        server,
        &format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"),
    )
    .await;
}

/// `postgres://user@host:port` of a URL that may name a database behind it.
fn without_database(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    url[start..]
        .find('/')
        .map_or(url, |slash| &url[..start + slash])
}

async fn run(server: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls)
        .await
        .expect("EVENKEEL_TEST_POSTGRES names a reachable server");
    let connection = tokio::spawn(connection);
    client
        .batch_execute(sql)
        .await
        .expect("the test server lets databases be made");
    drop(client);
    let _ = connection.await;
}
