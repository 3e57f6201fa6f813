//! A room with one table and one kind of record.

use std::time::Duration;

use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::{RecordId, TicketId};
use kernel::journal::{self, Context, Record, Subject};
use kernel::migrate::{Migration, Room};
use kernel::start::{Opening, Settings};
use serde::{Deserialize, Serialize};
use testkit::World;
use utoipa::ToSchema;

/// What no test may wait longer for.
pub const SOON: Duration = Duration::from_secs(20);

/// No numbers at all.
pub const NONE: [i64; 0] = [];

pub static ROOMS: [Room; 2] = [
    kernel::MIGRATIONS,
    Room {
        name: "things",
        migrations: &[Migration {
            number: 1,
            name: "things",
            sql: "CREATE TABLE things (id {id}, number {int} UNIQUE, name TEXT, body {bytes}) \
                {strict};",
        }],
    },
];

pub const PUT: &str = "INSERT INTO things (number, name, body) VALUES ($1, $2, $3)";
const ADD: &str = "INSERT INTO things (number, name, body) VALUES ($1, $2, $3) RETURNING id";
const NUMBERS: &str = "SELECT number FROM things ORDER BY id";

/// Something with a number was noted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Noted {
    pub number: i64,
}

impl Record for Noted {
    const KIND: &'static str = "thing.noted";
}

/// Adds a thing inside a transaction.
pub async fn add(tx: &mut Tx<'_>, number: i64) -> Result<i64, DbError> {
    let params = [number.into(), "thing".into(), kernel::db::Value::Null];
    let row = tx.one::<(i64,)>(ADD, &params).await?;
    Ok(row.expect("an insert answers its id").0)
}

/// The numbers of all things, in the order in which they were added.
pub async fn numbers(kernel: &Kernel) -> Vec<i64> {
    let read = async |tx: &mut Tx<'_>| tx.all::<(i64,)>(NUMBERS, &[]).await;
    let rows = kernel.db.read::<_, DbError, _>(read).await;
    rows.expect("things can be read")
        .into_iter()
        .map(|(number,)| number)
        .collect()
}

/// Appends a record inside a transaction.
pub async fn note(
    tx: &mut Tx<'_>,
    kernel: &Kernel,
    ticket: Option<i64>,
    number: i64,
) -> Result<RecordId, DbError> {
    let subject = Subject {
        ticket: ticket.map(TicketId),
        ..Subject::default()
    };
    let context = Context::system(kernel.clock.now());
    journal::append(tx, &context, subject, &Noted { number }).await
}

/// Appends a record in a transaction of its own.
pub async fn noted(kernel: &Kernel, ticket: Option<i64>, number: i64) -> RecordId {
    let inside = kernel.clone();
    let write = async move |tx: &mut Tx<'_>| note(tx, &inside, ticket, number).await;
    kernel
        .db
        .write(write)
        .await
        .expect("a record can be appended")
}

/// Runs statements that no room would run.
pub async fn tamper(kernel: &Kernel, statements: &'static [&'static str]) {
    let write = async move |tx: &mut Tx<'_>| {
        for sql in statements {
            tx.execute(sql, &[]).await?;
        }
        Ok::<_, DbError>(())
    };
    kernel
        .db
        .write(write)
        .await
        .expect("whoever holds the file can do this");
}

/// The store opened a second time, as another process would.
pub async fn opened_again(world: &World, master_key: Option<String>) -> Kernel {
    let opening = Opening {
        folder: world.folder().to_owned(),
        database_url: world.database_url().map(str::to_owned),
        blob_url: None,
        master_key,
        settings: Settings {
            base_url: "http://localhost".to_owned(),
            demo: false,
        },
    };
    let (clock, random) = (world.kernel.clock.clone(), world.kernel.random.clone());
    Kernel::open(opening, &ROOMS, clock, random)
        .await
        .expect("the store opens again")
}

/// Polls until `ready`, and fails after [`SOON`].
pub async fn until(what: &str, mut ready: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !ready().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(
        tokio::time::timeout(SOON, wait).await.is_ok(),
        "{what} did not happen"
    );
}
