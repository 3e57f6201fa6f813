//! Leases: one holder, fenced by epoch, by the database's clock.

use std::time::Duration;

use futures_util::future::join_all;
use kernel::db::{Db, DbError, Tx};
use kernel::leases::{self, Lease};
use testkit::each_engine;

use crate::support::{ROOMS, until};

const LONG: Duration = Duration::from_secs(600);

async fn acquire(db: &Db, holder: &str, span: Duration) -> Option<Lease> {
    leases::acquire(db, "mailbox:7", holder, span)
        .await
        .unwrap()
}

async fn holds(db: &Db, lease: &Lease) -> bool {
    let lease = lease.clone();
    let check = async move |tx: &mut Tx<'_>| leases::check(tx, &lease).await;
    db.write::<_, DbError, _>(check).await.unwrap()
}

#[tokio::test]
async fn a_lease_has_one_holder_until_it_is_given_up() {
    each_engine(&ROOMS, async |world| {
        let db = &world.kernel.db;
        let ana = acquire(db, "ana", LONG).await.unwrap();
        assert_eq!(acquire(db, "ben", LONG).await, None);
        assert!(
            leases::acquire(db, "mailbox:8", "ben", LONG)
                .await
                .unwrap()
                .is_some()
        );
        let again = acquire(db, "ana", LONG).await.unwrap();
        assert!(
            again.epoch() > ana.epoch(),
            "a restarted holder fences its former self"
        );
        assert!(!holds(db, &ana).await && holds(db, &again).await);
        assert!(leases::release(db, &again).await.unwrap());
        let ben = acquire(db, "ben", LONG).await.unwrap();
        assert!(ben.epoch() > again.epoch());
        assert!(
            !leases::release(db, &again).await.unwrap(),
            "it is no longer hers"
        );
        assert_eq!(acquire(db, "ana", LONG).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_ran_out_is_taken_over_and_its_old_holder_fenced() {
    each_engine(&ROOMS, async |world| {
        let db = &world.kernel.db;
        let old = acquire(db, "ana", Duration::from_millis(30)).await.unwrap();
        assert!(
            leases::renew(db, &old, Duration::from_millis(30))
                .await
                .unwrap()
        );
        until("the lease's end", async || {
            acquire(db, "ben", LONG).await.is_some()
        })
        .await;
        assert!(!leases::renew(db, &old, LONG).await.unwrap());
        assert!(!holds(db, &old).await);
    })
    .await;
}

#[tokio::test]
async fn of_many_who_ask_at_once_one_gets_it() {
    each_engine(&ROOMS, async |world| {
        let names: Vec<String> = (0..16).map(|number| format!("node {number}")).collect();
        let asked = names
            .iter()
            .map(|name| acquire(&world.kernel.db, name, LONG));
        let got = join_all(asked).await.into_iter().flatten().count();
        assert_eq!(got, 1);
    })
    .await;
}
