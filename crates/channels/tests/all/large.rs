//! Large mails: whatever way they come, every file is there byte for byte, and one that is too
//! large is told of without stopping anything.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::Poll;

use crate::fake_dns::FakeDns;
use crate::fake_imap::{Broken, FakeImap, Mail};
use crate::signing::Signer;
use crate::support::{ROOMS, SHOP, Shop, checking_shop, local, mail, new_inbox, shop, shop_with};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use channels::email::import::{Summary, import, list};
use channels::email::intake::commands::file;
use channels::email::intake::{Arrival, Envelope, Source, accept};
use channels::email::large::Spool;
use channels::email::lmtp::{self, Listener, Place};
use channels::email::mailbox;
use channels::inboxes::form::NewInbox;
use desk::messages::senders::{Standing, StandingReason};
use desk::messages::{LeftIn, Remark};
use kernel::db::{DbError, Tx};
use kernel::ids::{AttachmentId, TicketId};
use testkit::{World, each_engine};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A mail and the files that are in it.
pub struct Parcel {
    pub raw: Vec<u8>,
    files: Vec<(String, Vec<u8>)>,
}

/// Bytes in no simple order, another sequence for each seed.
fn bytes_of(seed: u32, size: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761).max(1);
    let next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(size).collect()
}

fn in_lines(bytes: &[u8]) -> Vec<u8> {
    let text = STANDARD.encode(bytes);
    let lines: Vec<&[u8]> = text.as_bytes().chunks(76).collect();
    lines.join(&b"\r\n"[..])
}

/// A mail with two large files of these sizes, a small one, a large picture in its text and a
/// large mail within it.
pub fn parcel(id: &str, first: usize, second: usize) -> Parcel {
    let photo = [&[0xFF, 0xD8, 0xFF, 0xE0][..], &bytes_of(3, 700_000)].concat();
    let files = [
        (
            "plan.zip",
            [&b"PK\x03\x04"[..], &bytes_of(1, first)].concat(),
        ),
        ("notes.bin", bytes_of(2, 1_000)),
        ("film.mp4", bytes_of(4, second)),
    ];
    let inner = format!(
        "From: ben@x.test\r\nSubject: The whole story\r\n\r\n{}",
        "It began long ago.\r\n".repeat(40_000)
    );
    let mut raw = format!(
        "From: Ana <ana@x.test>\r\nTo: {SHOP}\r\nSubject: Many files\r\nMessage-ID: <{id}>\r\n\
         Date: Mon, 2 Mar 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"out\"\r\n\r\n\
         --out\r\nContent-Type: multipart/related; boundary=\"in\"\r\n\r\n\
         --in\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
         <p>Look at <img src=\"cid:photo@x\"></p>\r\n\
         --in\r\nContent-Type: image/jpeg; name=photo.jpg\r\nContent-ID: <photo@x>\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n"
    )
    .into_bytes();
    raw.extend(in_lines(&photo));
    raw.extend_from_slice(b"\r\n--in--\r\n--out\r\nContent-Type: message/rfc822\r\n\r\n");
    raw.extend_from_slice(inner.as_bytes());
    for (name, bytes) in &files {
        let head = format!(
            "\r\n--out\r\nContent-Type: application/octet-stream\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n"
        );
        raw.extend_from_slice(head.as_bytes());
        raw.extend(in_lines(bytes));
    }
    raw.extend_from_slice(b"\r\n--out--\r\n");
    let mut all = vec![
        ("photo.jpg".to_owned(), photo),
        ("The whole story.eml".to_owned(), inner.into_bytes()),
    ];
    all.extend(files.map(|(name, bytes)| (name.to_owned(), bytes)));
    Parcel { raw, files: all }
}

/// Of 49 MB.
fn heavy(id: &str) -> Parcel {
    let parcel = parcel(id, 20_000_000, 15_400_000);
    assert!((48_000_000..=50 * 1024 * 1024).contains(&parcel.raw.len()));
    parcel
}

async fn content(shop: &Shop, id: AttachmentId) -> Vec<u8> {
    let kernel = &shop.channels.desk.kernel;
    let find = async move |tx: &mut Tx<'_>| desk::attachments::store::find(tx, id).await;
    let file = kernel
        .db
        .read::<_, DbError, _>(find)
        .await
        .unwrap()
        .unwrap();
    kernel
        .blobs
        .read(file.blob.unwrap())
        .await
        .unwrap()
        .unwrap()
}

/// The message of a ticket has the files of the parcel and no other.
pub async fn check(shop: &Shop, ticket: TicketId, parcel: &Parcel) {
    let message = shop.message(ticket, 1).await;
    let mut expected: Vec<&str> = parcel.files.iter().map(|(name, _)| name.as_str()).collect();
    let mut names: Vec<&str> = message
        .attachments
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    expected.sort_unstable();
    names.sort_unstable();
    assert_eq!(names, expected);
    for (name, bytes) in &parcel.files {
        let file = message
            .attachments
            .iter()
            .find(|it| it.name == *name)
            .unwrap();
        assert_eq!(usize::try_from(file.size), Ok(bytes.len()), "{name}");
        assert!(content(shop, file.id).await == *bytes, "{name} differs");
        let kind = match name.as_str() {
            "photo.jpg" => "image/jpeg",
            "plan.zip" => "application/zip",
            "The whole story.eml" => "message/rfc822",
            _ => "application/octet-stream",
        };
        assert_eq!(
            (&*file.content_type, file.inline),
            (kind, name == "photo.jpg")
        );
    }
    let html = &message.html;
    assert!(
        html.contains("/attachments/"),
        "the picture is shown: {html}"
    );
    assert!(!html.contains("evenkeel-"), "{html}");
}

async fn serving(shop: &Shop) -> (u16, tokio::task::JoinHandle<()>) {
    let place: Place = "127.0.0.1:0".parse().unwrap();
    let listener = lmtp::bind(&place).await.unwrap();
    let Listener::Tcp(tcp) = &listener else {
        panic!("it is a port");
    };
    let port = tcp.local_addr().unwrap().port();
    (
        port,
        tokio::spawn(lmtp::serve(shop.channels.clone(), listener)),
    )
}

/// Hands a mail over to two addresses of an inbox; answers what was said at last.
async fn hand_over(port: u16, raw: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let said = format!(
        "LHLO mx\r\nMAIL FROM:<ana@x.test>\r\nRCPT TO:<{SHOP}>\r\n\
         RCPT TO:<support+more@shop.test>\r\nDATA\r\n"
    );
    stream.write_all(said.as_bytes()).await.unwrap();
    stream.write_all(raw).await.unwrap();
    stream.write_all(b".\r\nQUIT\r\n").await.unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.unwrap();
    let behind = answers.split("354 ").nth(1).unwrap();
    behind.split_once("\r\n").unwrap().1.to_owned()
}

async fn bring_in(shop: &Shop, path: PathBuf) -> Summary {
    let files = list(&[path]).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    import(&shop.channels, &shop.inbox, files, stop, |_| {})
        .await
        .unwrap()
}

#[tokio::test]
async fn a_heavy_mail_comes_whole_by_lmtp() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let parcel = heavy("1@x.test");
        let (port, task) = serving(&shop).await;
        let answers = hand_over(port, &parcel.raw).await;
        assert_eq!(answers.matches("250 2.0.0 Kept").count(), 2, "{answers}");
        shop.run_jobs(&world).await;
        check(&shop, TicketId(1), &parcel).await;
        // The answer got lost.
        hand_over(port, &parcel.raw).await;
        shop.run_jobs(&world).await;
        assert_eq!(shop.tickets().await, 1);
        assert_eq!(shop.ticket(TicketId(1)).await.message_count, 1);
        task.abort();
    })
    .await;
}

#[tokio::test]
async fn heavy_mails_come_whole_from_files() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let parcel = heavy("1@x.test");
        let small = mail("ben@x.test", "2@x.test", "", "small").replace('\n', "\r\n");
        let separator = "From ana@x.test Mon Mar  2 09:00:00 2026\r\n";
        let mbox = [
            separator.as_bytes(),
            &parcel.raw,
            b"\r\n",
            separator.as_bytes(),
            small.as_bytes(),
        ]
        .concat();
        let path = world.folder().join("archive.mbox");
        std::fs::write(&path, mbox).unwrap();
        let summary = bring_in(&shop, path).await;
        assert_eq!((summary.imported, summary.known), (2, 0), "{summary:?}");
        check(&shop, TicketId(1), &parcel).await;
        let path = world.folder().join("same.eml");
        std::fs::write(&path, &parcel.raw).unwrap();
        assert_eq!(bring_in(&shop, path).await.known, 1);
    })
    .await;
}

/// What signatures say of the body is compared with all of it.
#[tokio::test]
async fn a_large_mail_proves_its_sender() {
    each_engine(ROOMS, async |world: World| {
        let dns = FakeDns::start().await;
        dns.txt("_dmarc.reject.test", "v=DMARC1; p=reject");
        let shop = checking_shop(&world, dns.address, new_inbox(SHOP)).await;
        let signer = Signer::of(&dns, "reject.test");
        let head = format!("From: ana@reject.test\nTo: {SHOP}\nSubject: Long\n\n");
        let signed = signer.sign(&format!("{head}{}", "Word by word. \n".repeat(100_000)));
        shop.receive(&signed).await;
        let check = shop.sender(TicketId(1), 1).await;
        assert_eq!(
            (check.standing, check.reason),
            (Standing::Verified, StandingReason::Signed)
        );
        shop.receive(&format!("{signed}and one more")).await;
        let check = shop.sender(TicketId(2), 1).await;
        assert_eq!(check.standing, Standing::Doubted, "{check:?}");
        let message = shop.message(TicketId(1), 1).await;
        assert_eq!(message.attachments[0].name, "text.txt");
        let text = content(&shop, message.attachments[0].id).await;
        assert_eq!(text.len(), "Word by word. \r\n".len() * 100_000);
    })
    .await;
}

/// Filing is cut off ever later, as by a kill: until it is done nothing of the mail is there, and
/// then everything, once.
#[tokio::test]
async fn filing_that_is_cut_off_leaves_nothing_and_is_repeated() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let parcel = parcel("1@x.test", 1_500_000, 900_000);
        let accepted = shop.store(&parcel.raw).await;
        let (mut polls, mut cuts) = (1, 0);
        loop {
            let filing = file(&shop.channels, accepted.id());
            let mut filing = std::pin::pin!(filing);
            let mut left = polls;
            let filed = std::future::poll_fn(|context| {
                if left == 0 {
                    return Poll::Ready(None);
                }
                left -= 1;
                filing.as_mut().poll(context).map(Some)
            });
            if filed.await.is_some() {
                break;
            }
            (polls, cuts) = (polls + 1 + polls / 4, cuts + 1);
        }
        assert!(cuts > 5, "{cuts} cuts");
        assert_eq!(shop.tickets().await, 1);
        assert_eq!(shop.ticket(TicketId(1)).await.message_count, 1);
        check(&shop, TicketId(1), &parcel).await;
        assert!(shop.failures().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_is_too_large_in_a_file_leaves_its_beginning_and_a_note() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let parcel = parcel("1@x.test", 41_000_000, 10);
        let path = world.folder().join("huge.eml");
        std::fs::write(&path, &parcel.raw).unwrap();
        assert_eq!(bring_in(&shop, path.clone()).await.imported, 1);
        let message = shop.message(TicketId(1), 1).await;
        let bytes = i64::try_from(parcel.raw.len()).unwrap();
        let place = LeftIn::File;
        assert_eq!(message.remarks, [Remark::TooLarge { bytes, place }]);
        assert!(message.text.contains("Look at"), "{}", message.text);
        assert!(message.attachments.is_empty());
        assert_eq!(bring_in(&shop, path).await.known, 1);
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_breaks_off_leaves_nothing() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let (port, task) = serving(&shop).await;
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let said =
            format!("LHLO mx\r\nMAIL FROM:<>\r\nRCPT TO:<{SHOP}>\r\nDATA\r\nFrom: a@x.test\r\n");
        stream.write_all(said.as_bytes()).await.unwrap();
        stream.write_all(&vec![b'x'; 3_000_000]).await.unwrap();
        drop(stream);
        // Another one is taken in as if nothing had been.
        let parcel = parcel("1@x.test", 1_500_000, 10);
        assert!(hand_over(port, &parcel.raw).await.starts_with("250"));
        shop.run_jobs(&world).await;
        assert_eq!(shop.tickets().await, 1);
        check(&shop, TicketId(1), &parcel).await;
        task.abort();
    })
    .await;
}

/// A mail that came piece by piece is the same as one that came whole.
#[tokio::test]
async fn the_same_mail_is_known_however_it_came() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let parcel = parcel("1@x.test", 1_500_000, 10);
        let first = shop.store(&parcel.raw).await;
        let mut spool = Spool::new(&world.kernel, shop.inbox.key);
        for piece in parcel.raw.chunks(100_000) {
            spool.write(piece).await;
        }
        let arrival = Arrival {
            raw: spool.finish().await.unwrap(),
            quiet: false,
            problem: None,
            envelope: Envelope::default(),
        };
        let second = accept(
            &world.kernel,
            &shop.inbox,
            Source::Imap,
            vec![arrival],
            None,
        )
        .await;
        assert_eq!(second.unwrap()[0].id(), first.id());
    })
    .await;
}

async fn reading_shop(world: &World, imap: &FakeImap) -> Shop {
    let new = NewInbox {
        imap: Some(local(imap.port)),
        ..new_inbox(SHOP)
    };
    let shop = shop_with(world, new).await;
    fetch(&shop).await.unwrap();
    shop
}

async fn fetch(shop: &Shop) -> Result<(), mailbox::FetchProblem> {
    let lease = mailbox::lease(&shop.channels, shop.inbox.id).await.unwrap();
    let lease = lease.unwrap();
    let fetched = mailbox::fetch_once(&shop.channels, &shop.inbox, &lease).await;
    let db = &shop.channels.desk.kernel.db;
    kernel::leases::release(db, &lease).await.unwrap();
    fetched
}

fn in_mailbox(uid: i64, raw: Vec<u8>) -> Mail {
    Mail {
        raw: String::from_utf8(raw).unwrap(),
        ..Mail::new(uid, "", "02-Mar-2036 09:30:00 +0000")
    }
}

#[tokio::test]
async fn a_heavy_mail_comes_whole_from_a_mailbox() {
    each_engine(ROOMS, async |world: World| {
        let imap = FakeImap::start(Vec::new()).await;
        let shop = reading_shop(&world, &imap).await;
        let parcel = heavy("1@x.test");
        imap.push(in_mailbox(1, parcel.raw.clone()));
        let behind = mail("ben@x.test", "2@x.test", "", "small").replace('\n', "\r\n");
        imap.push(in_mailbox(2, behind.into_bytes()));
        fetch(&shop).await.unwrap();
        shop.run_jobs(&world).await;
        assert_eq!(shop.tickets().await, 2);
        let heavy_one = i64::from(shop.ticket(TicketId(1)).await.subject != "Many files") + 1;
        check(&shop, TicketId(heavy_one), &parcel).await;
    })
    .await;
}

#[tokio::test]
async fn servers_that_lie_about_large_mail_lose_and_double_nothing() {
    each_engine(ROOMS, async |world: World| {
        let imap = FakeImap::start(Vec::new()).await;
        let shop = reading_shop(&world, &imap).await;
        let parcel_of = |n: i64| parcel(&format!("{n}@x.test"), 1_500_000, 10);
        let parcels: Vec<Parcel> = (1..=6).map(parcel_of).collect();
        let size = i64::try_from(parcels[0].raw.len()).unwrap();
        let change: [fn(&mut Mail, i64); 6] = [
            |mail, _| mail.size = Some(70_000_000),
            |mail, size| mail.size = Some(size - 1_000_000),
            |mail, size| mail.size = Some(size + 3_000_000),
            |mail, _| mail.size = Some(10),
            |mail, _| mail.only_whole = true,
            |mail, _| mail.broken = Broken::Dropped,
        ];
        for (at, (parcel, change)) in parcels.iter().zip(change).enumerate() {
            let mut mail = in_mailbox(i64::try_from(at).unwrap() + 1, parcel.raw.clone());
            change(&mut mail, size);
            imap.push(mail);
        }
        assert!(fetch(&shop).await.is_err(), "the last one breaks");
        imap.set(|folder| {
            folder.mails[5].broken = Broken::Nothing;
            folder.stutters = true;
        });
        fetch(&shop).await.unwrap();
        while shop.run_jobs(&world).await > 0 {
            world.clock.advance(std::time::Duration::from_secs(3));
        }
        assert_eq!(shop.tickets().await, 6);
        for at in 1..=6 {
            let ticket = TicketId(at);
            assert_eq!(shop.ticket(ticket).await.message_count, 1);
            let message = shop.message(ticket, 1).await;
            assert!(
                message
                    .remarks
                    .iter()
                    .all(|it| !matches!(it, Remark::TooLarge { .. }))
            );
            check(&shop, ticket, &parcels[0]).await;
        }
        assert!(shop.failures().await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_is_too_large_in_a_mailbox_leaves_its_beginning_and_stops_nothing() {
    each_engine(ROOMS, async |world: World| {
        let imap = FakeImap::start(Vec::new()).await;
        let shop = reading_shop(&world, &imap).await;
        let huge = parcel("1@x.test", 41_000_000, 10);
        let bytes = i64::try_from(huge.raw.len()).unwrap();
        imap.push(in_mailbox(1, huge.raw.clone()));
        // One whose size is told too small is noticed on the way.
        let mut hidden = in_mailbox(2, parcel("2@x.test", 41_000_000, 20).raw);
        hidden.size = Some(2_000_000);
        imap.push(hidden);
        let behind = mail("ben@x.test", "3@x.test", "", "small").replace('\n', "\r\n");
        imap.push(in_mailbox(3, behind.into_bytes()));
        for _ in 0..2 {
            fetch(&shop).await.unwrap();
            shop.run_jobs(&world).await;
            assert_eq!(shop.tickets().await, 3);
        }
        let mut notes = Vec::new();
        for ticket in 1..=3 {
            let message = shop.message(TicketId(ticket), 1).await;
            assert!(message.attachments.is_empty());
            notes.extend(message.remarks);
        }
        let place = LeftIn::Mailbox;
        assert!(
            notes.contains(&Remark::TooLarge { bytes, place }),
            "{notes:?}"
        );
        assert_eq!(notes.len(), 2);
        assert!(shop.failures().await.is_empty());
    })
    .await;
}
