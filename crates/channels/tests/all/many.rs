//! Many mailboxes on one node: each is looked at in time, whatever the others' servers do.

use crate::fake_imap::{FakeImap, Folder, Mail};
use crate::support::{ROOMS, Shop, local, mail, new_inbox, room};
use channels::email::intake;
use channels::email::mailbox::LOOK_EVERY;
use channels::inboxes::form::{Changes, NewAccess, NewInbox};
use channels::inboxes::{self, Direction, Health, HealthNote, Inbox};
use identity::Role;
use kernel::db::{DbError, Tx};
use kernel::ids::{FailureId, InboxId};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::{World, each_engine};

const DATE: &str = "02-Mar-2026 10:00:00 +0000";
const MAILBOXES: usize = 300;

fn numbered(mailbox: usize, uid: i64) -> Mail {
    let id = format!("{mailbox}-{uid}@x.test");
    Mail::new(uid, &mail("c@x.test", &id, "", "hello"), DATE)
}

/// What the server of the nth mailbox does.
fn behaviour(n: usize) -> Folder {
    let folder = Folder::default();
    match n % 10 {
        0 => Folder {
            silent_at: Some("LOGIN"),
            ..folder
        },
        1 => Folder {
            drops_at: Some("UID SEARCH"),
            ..folder
        },
        2 => Folder {
            silent_at: Some("UID FETCH"),
            mails: vec![numbered(n, 1)],
            ..folder
        },
        3 => Folder {
            refuse_sign_in: true,
            ..folder
        },
        4 => Folder {
            uid_next: Some(1),
            stutters: true,
            ..folder
        },
        5 | 6 => Folder {
            offers: "IDLE",
            ..folder
        },
        _ => folder,
    }
}

fn is_healthy(n: usize) -> bool {
    n % 10 > 3
}

struct Farm {
    imap: FakeImap,
    folders: Vec<Arc<Mutex<Folder>>>,
    shop: Shop,
}

async fn farm(world: &World, count: usize, behaviour: impl Fn(usize) -> Folder) -> Farm {
    let imap = FakeImap::start(Vec::new()).await;
    let channels = room(world);
    let mia = identity::fixtures::agent(&world.kernel, "Mia", Role::Owner).await;
    let mut folders = Vec::new();
    let mut last = None;
    for n in 0..count {
        let user = format!("m{n}");
        folders.push(imap.own_folder(&user, behaviour(n)));
        let access = NewAccess {
            username: user,
            ..local(imap.port)
        };
        let new = NewInbox {
            imap: Some(access),
            ..new_inbox(&format!("m{n}@shop.test"))
        };
        last = Some(crate::support::add_inbox(&channels, &mia, new).await);
    }
    let shop = Shop {
        channels,
        inbox: last.unwrap(),
        mia,
    };
    Farm {
        imap,
        folders,
        shop,
    }
}

impl Farm {
    /// Waits until the first mailbox begins; by then each has its turn.
    async fn until_begun(&self) {
        let came = || self.imap.came.load(Ordering::SeqCst) > 0;
        self.imap.until("the first begins", came).await;
    }

    /// Waits until every healthy mailbox was looked at to the end more often than `before`, has
    /// handed over everything, and is at rest. No time passes by the clock meanwhile.
    async fn until_looked(&self, before: &[usize]) {
        let all = || {
            self.folders.iter().enumerate().all(|(n, folder)| {
                let folder = folder.lock().unwrap();
                let rests = folder.offers != "IDLE" || folder.idling == 1;
                let whole = folder
                    .mails
                    .iter()
                    .all(|m| folder.handed_over.contains(&m.uid));
                !is_healthy(n) || (folder.looks > before[n] && rests && whole)
            })
        };
        self.imap.until("all are looked at", all).await;
    }

    fn looks(&self) -> Vec<usize> {
        let looks = |folder: &Arc<Mutex<Folder>>| folder.lock().unwrap().looks;
        self.folders.iter().map(looks).collect()
    }

    async fn stored(&self, world: &World) -> usize {
        let counting = async |tx: &mut Tx<'_>| {
            let mut count = 0;
            let mut silence = 0;
            for id in 1.. {
                match intake::store::find(tx, FailureId(id)).await? {
                    Some(_) => (count, silence) = (count + 1, 0),
                    None => silence += 1,
                }
                if silence > 100 {
                    break;
                }
            }
            Ok::<_, DbError>(count)
        };
        world.kernel.db.read(counting).await.unwrap()
    }
}

async fn health(world: &World, inbox: InboxId) -> Option<HealthNote> {
    let read =
        async move |tx: &mut Tx<'_>| inboxes::store::health(tx, inbox, Direction::Receiving).await;
    world.kernel.db.read::<_, DbError, _>(read).await.unwrap()
}

/// Half of the longest time between two looks, twice: so no single step that is under way takes
/// longer than it may, and whoever rests has had its time.
async fn pass_one_look(world: &World) {
    for _ in 0..2 {
        for _ in 0..500 {
            tokio::task::yield_now().await;
        }
        world.clock.advance(LOOK_EVERY / 2);
    }
}

#[tokio::test]
async fn each_of_300_mailboxes_is_fetched_in_time_whatever_the_others_do() {
    assert!(LOOK_EVERY <= Duration::from_secs(60));
    each_engine(ROOMS, async |world: World| {
        let farm = farm(&world, MAILBOXES, behaviour).await;
        let healthy: Vec<usize> = (0..MAILBOXES).filter(|n| is_healthy(*n)).collect();
        let following = tokio::spawn(farm.shop.channels.clone().run("node".to_owned()));
        // They begin within twenty seconds of each other.
        farm.until_begun().await;
        world.clock.advance(Duration::from_secs(20));
        farm.until_looked(&[0; MAILBOXES]).await;
        for round in 1..=3 {
            let before = farm.looks();
            for &n in &healthy {
                farm.imap
                    .push_to(&farm.folders[n], numbered(n, round as i64));
            }
            pass_one_look(&world).await;
            farm.until_looked(&before).await;
        }
        let handed: usize = healthy
            .iter()
            .map(|n| farm.folders[*n].lock().unwrap().handed_over.len())
            .sum();
        assert!(handed >= healthy.len() * 3);
        // Handed over is not stored yet.
        while farm.stored(&world).await < healthy.len() * 3 {
            tokio::task::yield_now().await;
        }
        assert_eq!(farm.stored(&world).await, healthy.len() * 3, "each once");
        // Those that fail say so; those that work say when they were looked at.
        let silent = health(&world, InboxId(1)).await.unwrap();
        assert_eq!(silent.state, Health::Failing);
        assert!(silent.failing_since.is_some() && silent.failures > 0);
        // Looks are noted a little later, by one write for many, at times of the clock.
        let noted = async || loop {
            let well = health(&world, InboxId(8)).await.unwrap();
            if well.lag(world.clock.now()).unwrap() < Duration::from_secs(120) {
                return well;
            }
            tokio::task::yield_now().await;
        };
        let mut well = None;
        for _ in 0..12 {
            if well.is_some() {
                break;
            }
            let waiting = tokio::time::timeout(Duration::from_secs(5), noted());
            well = waiting.await.ok();
            world.clock.advance(Duration::from_secs(15));
        }
        let well = well.unwrap();
        assert_eq!((well.state, well.waiting), (Health::Ok, 0));
        following.abort();
    })
    .await;
}

#[tokio::test]
async fn mail_wakes_an_idle_mailbox_at_once() {
    each_engine(ROOMS, async |world: World| {
        let farm = farm(&world, 1, |_| behaviour(5)).await;
        let following = tokio::spawn(farm.shop.channels.clone().run("node".to_owned()));
        let folder = &farm.folders[0];
        let idling = || folder.lock().unwrap().idling == 1;
        farm.imap.until("it idles", idling).await;
        // No time passes at all.
        farm.imap.push_to(folder, numbered(0, 1));
        let again = || {
            let folder = folder.lock().unwrap();
            folder.handed_over == [1] && folder.idling == 1
        };
        farm.imap
            .until("it wakes, fetches and idles again", again)
            .await;
        let sign_ins = folder.lock().unwrap().signed_in.len();
        assert_eq!(sign_ins, 1, "by the same connection");
        // A connection that died without a sign is noticed at the next look.
        folder.lock().unwrap().silent_at = Some("DONE");
        world.clock.advance(LOOK_EVERY);
        let lost = async {
            loop {
                let note = health(&world, InboxId(1)).await;
                if note.is_some_and(|note| note.state == Health::Failing) {
                    return;
                }
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
                world.clock.advance(Duration::from_secs(5));
            }
        };
        tokio::time::timeout(Duration::from_secs(60), lost)
            .await
            .unwrap();
        following.abort();
    })
    .await;
}

#[tokio::test]
async fn a_changed_inbox_is_followed_anew_and_no_other() {
    each_engine(ROOMS, async |world: World| {
        let farm = farm(&world, 3, |_| behaviour(5)).await;
        let following = tokio::spawn(farm.shop.channels.clone().run("node".to_owned()));
        farm.until_begun().await;
        world.clock.advance(Duration::from_secs(1));
        let idle = |n: usize| farm.folders[n].lock().unwrap().idling == 1;
        farm.imap.until("all idle", || (0..3).all(idle)).await;
        // The middle one moves to another account, whose UIDs are the same.
        let moved = farm.imap.own_folder("elsewhere", behaviour(5));
        let inbox = second(&world).await;
        let access = NewAccess {
            username: "elsewhere".into(),
            ..local(farm.imap.port)
        };
        let changes = Changes {
            version: inbox.version,
            imap: Some(Some(access)),
            ..Changes::default()
        };
        inboxes::commands::update(&world.kernel, &farm.shop.mia, inbox.id, changes)
            .await
            .unwrap();
        // As after a change on another node: it is seen when the list is looked at again.
        let idles = || moved.lock().unwrap().idling == 1;
        world.clock.advance(Duration::from_secs(15));
        farm.imap.until("the new one is followed", idles).await;
        let left = || farm.folders[1].lock().unwrap().idling == 0;
        farm.imap.push_to(&moved, numbered(9, 1));
        farm.imap.until("the old one is left", left).await;
        let handed = || moved.lock().unwrap().handed_over == [1];
        farm.imap.until("and its mail is fetched", handed).await;
        for n in [0, 2] {
            let folder = farm.folders[n].lock().unwrap();
            assert_eq!(folder.signed_in.len(), 1, "mailbox {n} went on undisturbed");
        }
        following.abort();
    })
    .await;
}

async fn second(world: &World) -> Inbox {
    let find = async |tx: &mut Tx<'_>| inboxes::store::find(tx, InboxId(2)).await;
    let found = world.kernel.db.read::<_, DbError, _>(find).await;
    found.unwrap().unwrap()
}
