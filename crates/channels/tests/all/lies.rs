//! Servers that lie, fall silent and hang up: nothing lost, nothing doubled, nobody held up.

use crate::fake_imap::{Broken, FakeImap, Folder, Mail};
use crate::support::{ROOMS, SHOP, Shop, local, mail, new_inbox, shop_with};
use channels::email::mailbox::{self, FetchProblem};
use channels::inboxes::form::NewInbox;
use channels::inboxes::{self, Import};
use kernel::db::{DbError, Tx};
use kernel::ids::InboxId;
use std::time::Duration;
use testkit::{World, each_engine};
use tokio::task::JoinHandle;

const BEFORE: &str = "01-Mar-2026 08:00:00 +0000";
const AFTER: &str = "02-Mar-2026 10:00:00 +0000";

fn numbered(uid: i64, date: &'static str) -> Mail {
    let id = format!("{uid}@x.test");
    let raw = mail(
        &format!("c{uid}@x.test"),
        &id,
        "",
        "hello, here is my question",
    );
    Mail::new(uid, &raw, date)
}

async fn reading_shop(world: &World, imap: &FakeImap) -> Shop {
    let new = NewInbox {
        imap: Some(local(imap.port)),
        import: Import::NewOnly,
        ..new_inbox(SHOP)
    };
    shop_with(world, new).await
}

pub(crate) async fn fetch(shop: &Shop) -> Result<(), FetchProblem> {
    let lease = mailbox::lease(&shop.channels, shop.inbox.id).await.unwrap();
    let lease = lease.unwrap();
    let fetched = mailbox::fetch_once(&shop.channels, &shop.inbox, &lease).await;
    // Whoever follows it next need not wait for the lease's end.
    kernel::leases::release(&shop.channels.desk.kernel.db, &lease)
        .await
        .unwrap();
    fetched
}

async fn tickets(shop: &Shop, world: &World) -> i64 {
    while shop.run_jobs(world).await > 0 {}
    shop.tickets().await
}

/// A server with two old mails and a first look at it, and then one new mail.
async fn begun(world: &World, change: impl FnOnce(&mut Folder)) -> (FakeImap, Shop) {
    let imap = FakeImap::start(vec![numbered(3, BEFORE), numbered(4, BEFORE)]).await;
    imap.set(change);
    let shop = reading_shop(world, &imap).await;
    fetch(&shop).await.unwrap();
    imap.push(numbered(5, AFTER));
    (imap, shop)
}

#[tokio::test]
async fn wrong_words_about_the_next_uid_lose_and_import_nothing() {
    for next in [4_000_000, 1, 4] {
        each_engine(ROOMS, async |world: World| {
            let (imap, shop) = begun(&world, |folder| folder.uid_next = Some(next)).await;
            for _ in 0..2 {
                fetch(&shop).await.unwrap();
                assert_eq!(tickets(&shop, &world).await, 1, "{next}");
            }
            imap.push(numbered(6, AFTER));
            for _ in 0..2 {
                fetch(&shop).await.unwrap();
                assert_eq!(tickets(&shop, &world).await, 2, "{next}");
            }
        })
        .await;
    }
}

#[tokio::test]
async fn uids_that_go_backwards_lose_and_double_nothing() {
    each_engine(ROOMS, async |world: World| {
        let (imap, shop) = begun(&world, |_| {}).await;
        fetch(&shop).await.unwrap();
        assert_eq!(tickets(&shop, &world).await, 1);
        // A backup was restored: mail 5 is back as 2, and a new one came as 3.
        imap.set(|folder| {
            folder.mails.retain(|mail| mail.uid == 5);
            folder.mails[0].uid = 2;
        });
        let mut late = numbered(77, AFTER);
        late.uid = 3;
        imap.push(late);
        for _ in 0..2 {
            fetch(&shop).await.unwrap();
            assert_eq!(tickets(&shop, &world).await, 2);
        }
    })
    .await;
}

#[tokio::test]
async fn a_uid_that_never_was_does_not_hide_what_comes() {
    each_engine(ROOMS, async |world: World| {
        let (imap, shop) = begun(&world, |_| {}).await;
        imap.set(|folder| folder.ghosts = vec![9, i64::from(u32::MAX)]);
        fetch(&shop).await.unwrap();
        imap.set(|folder| folder.ghosts.clear());
        imap.push(numbered(6, AFTER));
        for _ in 0..2 {
            fetch(&shop).await.unwrap();
            assert_eq!(tickets(&shop, &world).await, 2);
        }
    })
    .await;
}

#[tokio::test]
async fn repeated_missing_and_shared_uids_lose_and_double_nothing() {
    each_engine(ROOMS, async |world: World| {
        let (imap, shop) = begun(&world, |folder| {
            folder.stutters = true;
            folder.no_sizes = true;
        })
        .await;
        // Two mails under one UID.
        let mut twin = numbered(50, AFTER);
        twin.uid = 5;
        imap.push(twin);
        for _ in 0..2 {
            fetch(&shop).await.unwrap();
            assert_eq!(tickets(&shop, &world).await, 2);
        }
        // And mail is deleted by somebody else: fewer than before, and nothing to say about it.
        imap.set(|folder| folder.mails.clear());
        imap.push(numbered(6, AFTER));
        fetch(&shop).await.unwrap();
        assert_eq!(tickets(&shop, &world).await, 3);
        assert!(shop.failures().await.is_empty());
    })
    .await;
}

/// Follows all mailboxes in the background.
pub(crate) struct Following(JoinHandle<()>);

impl Following {
    pub(crate) fn start(shop: &Shop) -> Following {
        Following(tokio::spawn(shop.channels.clone().run("node".to_owned())))
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Lets time pass, five seconds at a time with everything done that can be done in between, until
/// something is true.
pub(crate) async fn pass(world: &World, what: &str, mut is_true: impl AsyncFnMut() -> bool) {
    for _ in 0..2_000 {
        if is_true().await {
            return;
        }
        world.clock.advance(Duration::from_secs(5));
        for _ in 0..3 {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            // The database works beside the clock: what was asked of it before this is answered
            // before time goes on, or leases would end while they are renewed.
            fails(world, InboxId(1)).await;
            let nothing = world
                .kernel
                .db
                .write(async |_: &mut Tx<'_>| Ok::<_, DbError>(()));
            nothing.await.unwrap();
        }
    }
    panic!("{what}");
}

#[tokio::test]
async fn a_mail_that_breaks_the_connection_stops_nothing_behind_it() {
    for broken in [
        Broken::Dropped,
        Broken::TooShort,
        Broken::TooLong,
        Broken::Monstrous,
    ] {
        each_engine(ROOMS, async |world: World| {
            let imap = FakeImap::start(Vec::new()).await;
            let shop = reading_shop(&world, &imap).await;
            fetch(&shop).await.unwrap();
            imap.push(numbered(1, AFTER));
            imap.push(Mail {
                broken,
                ..numbered(2, AFTER)
            });
            imap.push(numbered(3, AFTER));
            let following = Following::start(&shop);
            pass(&world, &format!("{broken:?}"), async || {
                let behind = imap.folder.lock().unwrap().handed_over.contains(&3);
                behind && shop.failures().await.len() == 1
            })
            .await;
            drop(following);
            assert_eq!(tickets(&shop, &world).await, 2, "{broken:?}");
            let (_, reason) = shop.failures().await.remove(0);
            assert!(reason.contains("broke 3 times while mail"), "{reason}");
            let handed = imap.folder.lock().unwrap().handed_over.clone();
            let first = handed.iter().filter(|uid| **uid == 1).count();
            assert_eq!(first, 1, "what came before is not fetched again");
        })
        .await;
    }
}

async fn fails(world: &World, inbox: InboxId) -> bool {
    let read = async move |tx: &mut Tx<'_>| {
        inboxes::store::health(tx, inbox, inboxes::Direction::Receiving).await
    };
    let note = world.kernel.db.read::<_, DbError, _>(read).await.unwrap();
    note.is_some_and(|note| note.failures > 0)
}

#[tokio::test]
async fn silence_at_any_step_ends() {
    for at in [
        "GREETING",
        "LOGIN",
        "CAPABILITY",
        "EXAMINE",
        "UID SEARCH",
        "UID FETCH",
    ] {
        each_engine(ROOMS, async |world: World| {
            let imap = FakeImap::start(Vec::new()).await;
            let shop = reading_shop(&world, &imap).await;
            fetch(&shop).await.unwrap();
            imap.push(numbered(1, AFTER));
            imap.set(|folder| folder.silent_at = Some(at));
            let following = Following::start(&shop);
            pass(&world, at, async || fails(&world, shop.inbox.id).await).await;
            imap.set(|folder| folder.silent_at = None);
            let handed = async || imap.folder.lock().unwrap().handed_over == [1];
            pass(&world, &format!("{at}, mended"), handed).await;
            let stored = async || tickets(&shop, &world).await == 1;
            pass(&world, &format!("{at}, stored"), stored).await;
            drop(following);
        })
        .await;
    }
}
