//! Reading a mailbox: nothing lost, nothing doubled, nothing blocked.

use crate::fake_imap::{FakeImap, Mail};
use crate::support::{ROOMS, SHOP, Shop, local, mail, new_inbox, shop_with};
use channels::email::mailbox::{self, FetchProblem};
use channels::email::server::Step;
use channels::inboxes::Import;
use channels::inboxes::form::NewInbox;
use kernel::db::{DbError, Tx};
use testkit::{World, each_engine};

/// An hour before the clock of the fake world, and an hour after.
const BEFORE: &str = "01-Mar-2026 08:00:00 +0000";
const AFTER: &str = "02-Mar-2026 10:00:00 +0000";

fn numbered(uid: i64, date: &'static str) -> Mail {
    let id = format!("{uid}@x.test");
    Mail::new(
        uid,
        &mail(&format!("c{uid}@x.test"), &id, "", "hello"),
        date,
    )
}

async fn reading_shop(world: &World, imap: &FakeImap, import: Import) -> Shop {
    let new = NewInbox {
        imap: Some(local(imap.port)),
        import,
        ..new_inbox(SHOP)
    };
    shop_with(world, new).await
}

async fn fetch(shop: &Shop) -> Result<(), FetchProblem> {
    let lease = mailbox::lease(&shop.channels, shop.inbox.id)
        .await
        .unwrap()
        .unwrap();
    mailbox::fetch_once(&shop.channels, &shop.inbox, &lease).await
}

async fn fetch_and_file(shop: &Shop, world: &World) -> i64 {
    fetch(shop).await.unwrap();
    shop.run_jobs(world).await;
    shop.tickets().await
}

#[tokio::test]
async fn only_new_mail_becomes_tickets_by_default() {
    each_engine(ROOMS, async |world: World| {
        let imap = FakeImap::start(vec![numbered(1, BEFORE), numbered(4, BEFORE)]).await;
        let shop = reading_shop(&world, &imap, Import::NewOnly).await;
        assert_eq!(fetch_and_file(&shop, &world).await, 0);
        imap.push(numbered(5, AFTER));
        // Its date lies long ago, and still it arrived just now.
        imap.push(numbered(9, BEFORE));
        assert_eq!(fetch_and_file(&shop, &world).await, 2);
        assert_eq!(fetch_and_file(&shop, &world).await, 2);
    })
    .await;
}

#[tokio::test]
async fn history_is_imported_quietly() {
    each_engine(ROOMS, async |world: World| {
        let imap = FakeImap::start((1..=60).map(|uid| numbered(uid, BEFORE)).collect()).await;
        let shop = reading_shop(&world, &imap, Import::History).await;
        fetch(&shop).await.unwrap();
        while shop.run_jobs(&world).await > 0 {}
        assert_eq!(shop.tickets().await, 60);
        imap.push(numbered(61, AFTER));
        assert_eq!(fetch_and_file(&shop, &world).await, 61);
        let journal = world.journal().await;
        let created: Vec<bool> = journal
            .iter()
            .filter(|r| r.kind == "ticket.created")
            .map(|r| r.quiet)
            .collect();
        assert_eq!(created.iter().filter(|quiet| **quiet).count(), 60);
        assert_eq!(created.last(), Some(&false));
    })
    .await;
}

#[tokio::test]
async fn a_new_uid_validity_loses_and_doubles_nothing() {
    each_engine(ROOMS, async |world: World| {
        let imap = FakeImap::start(vec![numbered(1, BEFORE)]).await;
        let shop = reading_shop(&world, &imap, Import::NewOnly).await;
        fetch(&shop).await.unwrap();
        imap.push(numbered(2, AFTER));
        imap.push(numbered(3, AFTER));
        assert_eq!(fetch_and_file(&shop, &world).await, 2);
        {
            // The server lost its numbers; meanwhile one mail arrived.
            let mut folder = imap.folder.lock().unwrap();
            folder.uid_validity = 8;
            for (uid, mail) in folder.mails.iter_mut().enumerate() {
                mail.uid = uid as i64 + 1;
            }
            let mut late = numbered(77, AFTER);
            late.uid = 4;
            folder.mails.push(late);
        }
        assert_eq!(fetch_and_file(&shop, &world).await, 3);
        assert_eq!(fetch_and_file(&shop, &world).await, 3);
    })
    .await;
}

#[tokio::test]
async fn mail_that_cannot_be_fetched_is_listed_and_stops_nothing() {
    each_engine(ROOMS, async |world: World| {
        let imap = FakeImap::start(Vec::new()).await;
        let shop = reading_shop(&world, &imap, Import::NewOnly).await;
        fetch(&shop).await.unwrap();
        // A size that is a lie costs nobody anything.
        let huge = Mail {
            size: Some(80_000_000),
            ..numbered(1, AFTER)
        };
        let withheld = Mail {
            fetched: false,
            ..numbered(2, AFTER)
        };
        for mail in [huge, withheld, numbered(3, AFTER)] {
            imap.push(mail);
        }
        assert_eq!(fetch_and_file(&shop, &world).await, 2);
        let reasons: Vec<String> = shop.failures().await.into_iter().map(|f| f.1).collect();
        assert!(reasons[0].contains("does not hand it over"), "{reasons:?}");
        assert_eq!(fetch_and_file(&shop, &world).await, 2);
        assert_eq!(shop.failures().await.len(), 1, "and listed once");
    })
    .await;
}

#[tokio::test]
async fn the_cursor_moves_only_with_what_is_stored() {
    each_engine(ROOMS, async |world: World| {
        let imap = FakeImap::start(Vec::new()).await;
        let shop = reading_shop(&world, &imap, Import::NewOnly).await;
        fetch(&shop).await.unwrap();
        imap.push(numbered(1, AFTER));
        let lease = mailbox::lease(&shop.channels, shop.inbox.id)
            .await
            .unwrap()
            .unwrap();
        // Another node takes the mailbox over: the old one must not move the cursor.
        let name = format!("mailbox:{}", shop.inbox.id);
        kernel::leases::release(&world.kernel.db, &lease)
            .await
            .unwrap();
        let span = std::time::Duration::from_secs(60);
        let taken = kernel::leases::acquire(&world.kernel.db, &name, "other", span).await;
        assert!(taken.unwrap().is_some());
        let late = mailbox::fetch_once(&shop.channels, &shop.inbox, &lease).await;
        assert!(matches!(late, Err(FetchProblem::Ours(_))));
        let inbox = shop.inbox.id;
        let cursor = async move |tx: &mut Tx<'_>| mailbox::store::find(tx, inbox).await;
        let cursor = world
            .kernel
            .db
            .read::<_, DbError, _>(cursor)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(cursor.uid, 0);
    })
    .await;
}

#[tokio::test]
async fn a_refused_sign_in_is_said_in_plain_words() {
    each_engine(ROOMS, async |world: World| {
        let imap = FakeImap::start(Vec::new()).await;
        imap.folder.lock().unwrap().refuse_sign_in = true;
        let shop = reading_shop(&world, &imap, Import::NewOnly).await;
        match fetch(&shop).await {
            Err(FetchProblem::Server(problem)) => {
                assert_eq!(problem.step, Step::SignIn);
                assert!(problem.message.contains("did not accept the sign-in"));
                assert!(!problem.mend.is_empty());
            }
            other => panic!("{other:?}"),
        }
    })
    .await;
}

#[tokio::test]
async fn mailboxes_are_followed_in_the_background() {
    each_engine(ROOMS, async |world: World| {
        let imap = FakeImap::start(Vec::new()).await;
        let shop = reading_shop(&world, &imap, Import::NewOnly).await;
        let following = tokio::spawn(shop.channels.clone().run("here".into()));
        // Health is journaled as soon as the mailbox was read.
        let waiting = async {
            loop {
                world.settle().await;
                let journal = world.journal().await;
                if journal.iter().any(|r| r.kind == "inbox.health_changed") {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), waiting)
            .await
            .unwrap();
        following.abort();
    })
    .await;
}
