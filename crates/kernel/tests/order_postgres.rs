//! Why readers follow positions: what a late commit and inverted transaction ids do to readers by
//! record id and by transaction id, and that they do nothing to readers by position.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kernel::db::{DbError, Tx};
use kernel::journal::verify::{Verdict, verify};
use kernel::journal::{self, sequencer_postgres};
use kernel::leases;
use testkit::World;
use tokio_postgres::{Client, NoTls};

use crate::db_postgres::on_postgres;
use crate::support::{Noted, SOON, add, note};

#[derive(Clone, Copy, Debug)]
enum Strategy {
    /// Everything with a higher record id than the last one read.
    RecordId,
    /// Everything behind the last (transaction id, record id) below the snapshot's oldest running
    /// transaction.
    TransactionId,
    /// What the sequencer ordered.
    Position,
}

/// A reader with a cursor, and what it was given: (ticket, number).
struct Follower {
    strategy: Strategy,
    cursor: (i64, i64),
    seen: Vec<(i64, i64)>,
}

const BY_RECORD_ID: &str = "SELECT CAST(0 AS BIGINT), id, ticket_id, body FROM journal \
    WHERE id > $2 AND $1 >= CAST(0 AS BIGINT) ORDER BY id";
const BY_TRANSACTION_ID: &str = "SELECT * FROM (SELECT CAST(CAST(xmin AS TEXT) AS BIGINT) AS xid, \
    id, ticket_id, body FROM journal) j WHERE (xid, id) > ($1, $2) \
    AND xid < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) \
    ORDER BY xid, id";

impl Follower {
    fn by(strategy: Strategy) -> Self {
        Self {
            strategy,
            cursor: (0, 0),
            seen: Vec::new(),
        }
    }

    async fn poll(&mut self, world: &World, client: &Client) {
        let sql = match self.strategy {
            Strategy::RecordId => BY_RECORD_ID,
            Strategy::TransactionId => BY_TRANSACTION_ID,
            Strategy::Position => {
                world.settle().await;
                let from = self.cursor.0;
                let read = async move |tx: &mut Tx<'_>| journal::after(tx, from, 100).await;
                for record in world.kernel.db.read::<_, DbError, _>(read).await.unwrap() {
                    let noted = record.decode::<Noted>().unwrap().unwrap();
                    self.seen.push((record.ticket.unwrap().0, noted.number));
                    self.cursor.0 = record.position;
                }
                return;
            }
        };
        for row in client
            .query(sql, &[&self.cursor.0, &self.cursor.1])
            .await
            .unwrap()
        {
            self.cursor = (row.get(0), row.get(1));
            let noted: Noted = serde_json::from_str(row.get(3)).unwrap();
            self.seen.push((row.get(2), noted.number));
        }
    }
}

/// A connection of its own, in which a transaction can be left open.
async fn connection(world: &World) -> Client {
    let url = world.database_url().unwrap();
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Begins and takes a transaction id, as the first row that a transaction writes would.
async fn begin(client: &Client) {
    client
        .batch_execute("BEGIN; SELECT pg_current_xact_id()")
        .await
        .unwrap();
}

/// Locks the ticket and writes a record, with the statements of the kernel.
async fn write(client: &Client, ticket: i64, number: i64) {
    const LOCK: &str = "SELECT id FROM things WHERE number = $1 FOR UPDATE";
    const RECORD: &str = "WITH added AS (INSERT INTO journal (kind, version, at, actor, origin, \
        depth, brand_id, quiet, ticket_id, body) VALUES ('thing.noted', 1, 0, 'system', 'system', \
        0, 1, 0, $1, $2) RETURNING id) INSERT INTO journal_new SELECT id FROM added";
    assert_eq!(client.query(LOCK, &[&ticket]).await.unwrap().len(), 1);
    let body = serde_json::to_string(&Noted { number }).unwrap();
    client.execute(RECORD, &[&ticket, &body]).await.unwrap();
}

async fn commit(client: &Client) {
    client.batch_execute("COMMIT").await.unwrap();
}

/// Ticket 7 gets the records 1 and 2 from transactions with inverted ids; ticket 8 gets record 10
/// from a transaction that commits late; a third transaction stays open all the while.
async fn history(world: &World, strategy: Strategy) -> Vec<(i64, i64)> {
    let tickets = async |tx: &mut Tx<'_>| {
        add(tx, 7).await?;
        add(tx, 8).await
    };
    world
        .kernel
        .db
        .write::<_, DbError, _>(tickets)
        .await
        .unwrap();
    let [third, older, younger, late, reader] = [
        connection(world).await,
        connection(world).await,
        connection(world).await,
        connection(world).await,
        connection(world).await,
    ];
    let mut follower = Follower::by(strategy);
    begin(&third).await;
    begin(&older).await;
    begin(&younger).await;
    write(&younger, 7, 1).await;
    commit(&younger).await;
    follower.poll(world, &reader).await;
    begin(&late).await;
    write(&late, 8, 10).await;
    write(&older, 7, 2).await;
    commit(&older).await;
    follower.poll(world, &reader).await;
    if let Strategy::Position = strategy {
        let both = [(7, 1), (7, 2)];
        assert_eq!(
            follower.seen, both,
            "an open transaction holds nobody else back"
        );
    }
    commit(&late).await;
    follower.poll(world, &reader).await;
    commit(&third).await;
    follower.poll(world, &reader).await;
    if let Strategy::TransactionId = strategy {
        // Any open transaction of the whole server holds this reader back, those of other
        // databases too.
        let all = tokio::time::timeout(SOON, async {
            while follower.seen.len() < 3 {
                follower.poll(world, &reader).await;
            }
        });
        all.await.expect("the others end some time");
    }
    follower.seen
}

/// What is wrong with what a reader was given.
fn faults(seen: &[(i64, i64)]) -> Vec<&'static str> {
    let mut faults = Vec::new();
    let mut tickets: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for (ticket, number) in seen {
        tickets.entry(*ticket).or_default().push(*number);
    }
    let mut all: Vec<i64> = seen.iter().map(|(_, number)| *number).collect();
    all.sort_unstable();
    if all.windows(2).any(|pair| pair[0] == pair[1]) {
        faults.push("a record came twice");
    }
    all.dedup();
    if all != [1, 2, 10] {
        faults.push("a record was lost");
    }
    if tickets.values().any(|numbers| !numbers.is_sorted()) {
        faults.push("two records of one ticket were inverted");
    }
    faults
}

#[tokio::test]
async fn only_readers_by_position_get_every_record_once_and_in_its_tickets_order() {
    let expected: [(Strategy, &[&str]); 3] = [
        (Strategy::RecordId, &["a record was lost"]),
        (
            Strategy::TransactionId,
            &["two records of one ticket were inverted"],
        ),
        (Strategy::Position, &[]),
    ];
    for (strategy, wrong) in expected {
        on_postgres(async move |world| {
            let seen = history(&world, strategy).await;
            assert_eq!(faults(&seen), wrong, "{strategy:?} was given {seen:?}");
        })
        .await;
    }
}

#[tokio::test]
async fn busy_writers_and_a_busy_sequencer_keep_each_tickets_order() {
    const WRITERS: i64 = 6;
    const ROUNDS: i64 = 30;
    on_postgres(async |world| {
        let tickets = async |tx: &mut Tx<'_>| {
            for ticket in 0..3 {
                add(tx, ticket).await?;
            }
            Ok::<_, DbError>(())
        };
        world.kernel.db.write(tickets).await.unwrap();
        let done = Arc::new(AtomicBool::new(false));
        let (db, stop) = (world.kernel.db.clone(), done.clone());
        let sequencer = tokio::spawn(async move {
            let span = Duration::from_secs(600);
            let lease = leases::acquire(&db, "sequencer", "testkit", span)
                .await
                .unwrap()
                .unwrap();
            while !stop.load(Ordering::SeqCst) {
                sequencer_postgres::order_batch(&db, &lease).await.unwrap();
            }
        });
        let writers = (0..WRITERS).map(|writer| {
            let kernel = world.kernel.clone();
            async move {
                for round in 0..ROUNDS {
                    let ticket = (writer + round) % 3;
                    let inside = kernel.clone();
                    // The number of a record is its place within its ticket, counted under the
                    // ticket's lock.
                    let work = async move |tx: &mut Tx<'_>| {
                        const LOCK: &str = "SELECT id FROM things WHERE number = $1";
                        const NEXT: &str = "SELECT COUNT(*) FROM journal WHERE ticket_id = $1";
                        tx.lock(LOCK, &[ticket.into()]).await?;
                        let next = tx.one::<(i64,)>(NEXT, &[ticket.into()]).await?.unwrap().0;
                        note(tx, &inside, Some(ticket), next).await
                    };
                    kernel.db.write::<_, DbError, _>(work).await.unwrap();
                }
            }
        });
        futures_util::future::join_all(writers).await;
        done.store(true, Ordering::SeqCst);
        sequencer.await.unwrap();
        let mut next = [0; 3];
        let journal = world.journal().await;
        assert_eq!(journal.len(), usize::try_from(WRITERS * ROUNDS).unwrap());
        for record in journal {
            let ticket = usize::try_from(record.ticket.unwrap().0).unwrap();
            assert_eq!(
                record.decode::<Noted>().unwrap().unwrap().number,
                next[ticket]
            );
            next[ticket] += 1;
        }
        let sound = Verdict::Sound(WRITERS * ROUNDS);
        assert_eq!(verify(&world.kernel).await.unwrap(), sound);
    })
    .await;
}
