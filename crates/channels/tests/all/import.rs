//! Older mail from files: quiet, complete, and never twice.

use crate::support::{ROOMS, Shop, mail, shop};
use channels::email::import::{Progress, Summary, import, list};
use channels::email::intake::{Arrival, Envelope, Source, accept};
use kernel::ids::TicketId;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use testkit::{World, each_engine};

const SEPARATOR: &str = "From ana@x.test Mon Mar  2 09:00:00 2026\n";

/// Customer `n` writes and writes again.
fn talk(n: usize) -> [String; 2] {
    let from = format!("c{n}@x.test");
    let first = mail(&from, &format!("{n}a@x.test"), "", "My lamp broke");
    let answers = format!("In-Reply-To: <{n}a@x.test>\n");
    [
        first,
        mail(&from, &format!("{n}b@x.test"), &answers, "Any news?"),
    ]
}

fn mbox(talks: std::ops::Range<usize>) -> String {
    let mails = talks
        .flat_map(talk)
        .map(|mail| format!("{SEPARATOR}{mail}\n"));
    mails.collect()
}

async fn bring_in(shop: &Shop, paths: &[PathBuf]) -> Summary {
    let stop = Arc::new(AtomicBool::new(false));
    let files = list(paths).unwrap();
    import(&shop.channels, &shop.inbox, files, stop, |_| {})
        .await
        .unwrap()
}

fn written(world: &World, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = world.folder().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn an_archive_becomes_tickets_quietly_and_once() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let archive = written(&world, "archive.mbox", mbox(0..4));
        let single = written(&world, "one.eml", talk(4)[0].replace('\n', "\r\n"));
        // The same mails lie in a maildir too, one with a header its program added.
        written(&world, "maildir/cur/1.x:2,S", &talk(0)[0]);
        written(
            &world,
            "maildir/.Old/new/2.x",
            format!("X-Seen: 1\n{}", talk(1)[1]),
        );
        written(&world, "maildir/tmp/3.x", "From: half@x.test\n\nhalf");
        written(&world, "maildir/.Old/cur/4.x", &talk(5)[0]);
        written(&world, "maildir/notes.txt", "no mail");
        let paths = [archive, single, world.folder().join("maildir")];
        let summary = bring_in(&shop, &paths).await;
        assert_eq!((summary.imported, summary.known), (10, 2), "{summary:?}");
        assert_eq!(shop.tickets().await, 6);
        for id in 1..=4 {
            assert_eq!(shop.ticket(TicketId(id)).await.message_count, 2);
        }
        let records = world.journal().await;
        let of_mail = records.iter().filter(|r| r.ticket.is_some());
        assert!(of_mail.clone().count() >= 16);
        for record in of_mail {
            assert!(record.quiet, "{}", record.kind);
        }
        let again = bring_in(&shop, &paths).await;
        assert_eq!((again.imported, again.known), (0, 12), "{again:?}");
        assert_eq!(shop.tickets().await, 6);
        // Nothing is left for the jobs to do.
        world.clock.advance(Duration::from_secs(3_600));
        assert_eq!(shop.run_jobs(&world).await, 0);
    })
    .await;
}

#[tokio::test]
async fn what_the_mailbox_brought_is_known_to_the_import() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        shop.receive(&talk(0)[0]).await;
        let archive = written(&world, "archive.mbox", mbox(0..1));
        let summary = bring_in(&shop, std::slice::from_ref(&archive)).await;
        assert_eq!((summary.imported, summary.known), (1, 1));
        assert_eq!(shop.ticket(TicketId(1)).await.message_count, 2);
    })
    .await;
}

#[tokio::test]
async fn a_stopped_or_killed_import_goes_on() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let archive = written(&world, "archive.mbox", mbox(0..80));
        let stop = Arc::new(AtomicBool::new(false));
        let (stopping, mut last) = (stop.clone(), Progress::default());
        let files = list(std::slice::from_ref(&archive)).unwrap();
        let first = import(&shop.channels, &shop.inbox, files, stop, |progress| {
            last = progress;
            stopping.store(true, Ordering::Relaxed);
        })
        .await
        .unwrap();
        assert!(
            first.stopped && first.imported == 50 && last.mails == 50,
            "{first:?}"
        );
        assert!(last.bytes > 0 && last.bytes < fs::metadata(&archive).unwrap().len());
        // Killed between storing and filing: the next run files it, and so would the server.
        let arrival = Arrival {
            raw: talk(25)[0].replace('\n', "\r\n").into_bytes().into(),
            quiet: true,
            problem: None,
            envelope: Envelope::default(),
        };
        accept(
            &world.kernel,
            &shop.inbox,
            Source::Import,
            vec![arrival],
            None,
        )
        .await
        .unwrap();
        let second = bring_in(&shop, std::slice::from_ref(&archive)).await;
        assert_eq!((second.imported, second.known), (110, 50), "{second:?}");
        assert_eq!(shop.tickets().await, 80);
    })
    .await;
}

#[tokio::test]
async fn the_server_files_what_a_killed_import_left() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let arrival = Arrival {
            raw: talk(0)[0].clone().into_bytes().into(),
            quiet: true,
            problem: None,
            envelope: Envelope::default(),
        };
        accept(
            &world.kernel,
            &shop.inbox,
            Source::Import,
            vec![arrival],
            None,
        )
        .await
        .unwrap();
        shop.run_jobs(&world).await;
        assert_eq!(
            shop.tickets().await,
            0,
            "an import that lives files in its own order"
        );
        world.clock.advance(Duration::from_secs(601));
        shop.run_jobs(&world).await;
        assert_eq!(shop.tickets().await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_imported_is_named() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let large = format!("{}\n{}", talk(1)[0], "line\n".repeat(11 * 1024 * 1024));
        let text = format!(
            "{}{SEPARATOR}Subject: nobody\n\nx\n\n{SEPARATOR}{large}\n",
            mbox(0..1)
        );
        let archive = written(&world, "archive.mbox", text);
        let gone = written(&world, "gone.eml", "x");
        let files = list(&[archive.clone(), gone.clone()]).unwrap();
        fs::remove_file(&gone).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let summary = import(&shop.channels, &shop.inbox, files, stop, |_| {})
            .await
            .unwrap();
        assert_eq!(
            (summary.imported, summary.failed, summary.unread_files),
            (3, 1, 1)
        );
        let places: Vec<_> = summary.unread.iter().map(|it| it.place.as_str()).collect();
        let archive = archive.display();
        let expected = [format!("{archive}, mail 3"), gone.display().to_string()];
        let mut sorted = places.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, expected);
        let reasons = shop.failures().await;
        assert!(
            reasons
                .iter()
                .any(|(_, reason)| reason.contains("no sender"))
        );
        assert!(list(&[Path::new("/does/not/exist").into()]).is_err());
    })
    .await;
}
