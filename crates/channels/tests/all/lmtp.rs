//! A mail server hands over by LMTP: each recipient hears what became of the mail, and 250 means
//! that it is durable.

use crate::support::{ROOMS, SHOP, Shop, add_inbox, mail, new_inbox, shop};
use channels::email::intake::{Envelope, MailAlsoArrived, store};
use channels::email::lmtp::{self, Listener, Place};
use channels::email::tokens;
use kernel::db::{DbError, Tx};
use kernel::ids::{FailureId, TicketId};
use testkit::{World, each_engine};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinHandle;

struct Serving {
    port: u16,
    task: JoinHandle<()>,
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serving(shop: &Shop) -> Serving {
    let place: Place = "127.0.0.1:0".parse().unwrap();
    let listener = lmtp::bind(&place).await.unwrap();
    let Listener::Tcp(tcp) = &listener else {
        panic!("it is a port");
    };
    let port = tcp.local_addr().unwrap().port();
    let task = tokio::spawn(lmtp::serve(shop.channels.clone(), listener));
    Serving { port, task }
}

/// Says everything at once, as a pipelining client does, and answers all final lines.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, said: &str) -> Vec<String> {
    let said = format!("{said}QUIT\n").replace('\n', "\r\n");
    stream.write_all(said.as_bytes()).await.unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.unwrap();
    let last = |line: &&str| line.as_bytes()[3] == b' ';
    answers.lines().filter(last).map(str::to_owned).collect()
}

async fn tell(serving: &Serving, said: &str) -> Vec<String> {
    let stream = TcpStream::connect(("127.0.0.1", serving.port))
        .await
        .unwrap();
    talk(stream, said).await
}

fn codes(answers: &[String]) -> Vec<&str> {
    answers.iter().map(|answer| &answer[..3]).collect()
}

async fn envelope(world: &World, id: i64) -> Envelope {
    let find = async move |tx: &mut Tx<'_>| store::find(tx, FailureId(id)).await;
    let found = world.kernel.db.read::<_, DbError, _>(find).await;
    found.unwrap().unwrap().envelope
}

#[tokio::test]
async fn every_recipient_hears_what_became_of_the_mail() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        add_inbox(&shop.channels, &shop.mia, new_inbox("billing@shop.test")).await;
        let serving = serving(&shop).await;
        let raw = mail("ana@x.test", "1@x.test", "", ".a line with a dot");
        let stuffed = raw.replace("\n.", "\n..");
        let said = format!(
            "LHLO mx.shop.test\nMAIL FROM:<ana@x.test> SIZE=2000 BODY=8BITMIME\n\
             RCPT TO:<Support@shop.test>\nRCPT TO:<nobody@shop.test>\n\
             RCPT TO:<support+x@shop.test>\nRCPT TO:<billing@shop.test>\nDATA\n{stuffed}.\n"
        );
        let answers = tell(&serving, &said).await;
        let expected = [
            "220", "250", "250", "250", "550", "250", "250", "354", "250", "250", "250", "221",
        ];
        assert_eq!(codes(&answers), expected, "{answers:#?}");
        assert!(answers[4].contains("No inbox here has the address nobody@shop.test"));
        shop.run_jobs(&world).await;
        assert_eq!(shop.tickets().await, 1, "one mail for two inboxes");
        let records = world.journal().await;
        let also = |r: &kernel::journal::StoredRecord| r.decode::<MailAlsoArrived>().unwrap();
        assert_eq!(records.iter().filter_map(also).count(), 1);
        // The answer got lost and the server hands it over again.
        assert_eq!(codes(&tell(&serving, &said).await), expected);
        shop.run_jobs(&world).await;
        assert_eq!(shop.ticket(TicketId(1)).await.message_count, 1);
    })
    .await;
}

#[tokio::test]
async fn the_envelope_is_kept_and_its_plus_part_leads_home() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let serving = serving(&shop).await;
        let first = mail("ana@x.test", "1@x.test", "", "one");
        let said = format!(
            "LHLO mx\nXFORWARD NAME=mail.x.test ADDR=192.0.2.7\nXFORWARD HELO=mail.x.test\n\
             MAIL FROM:<bounce@x.test>\nRCPT TO:<support@shop.test>\nDATA\n{first}.\n"
        );
        tell(&serving, &said).await;
        let kept = envelope(&world, 1).await;
        assert_eq!(
            kept,
            Envelope {
                from: Some("bounce@x.test".into()),
                to: Some(SHOP.into()),
                helo: Some("mail.x.test".into()),
                client_ip: Some("192.0.2.7".parse().unwrap()),
            }
        );
        shop.run_jobs(&world).await;
        // A blind copy to the ticket's own address; the server says its client by XCLIENT.
        let token = tokens::make(&world.kernel.keys, TicketId(1), "ana@x.test");
        let second = mail("ana@x.test", "2@x.test", "", "two");
        let said = format!(
            "LHLO mx\nXCLIENT ADDR=IPV6:2001:db8::7 HELO=[UNAVAILABLE]\nLHLO mx\nMAIL FROM:<>\n\
             RCPT TO:<support+{token}@shop.test>\nDATA\n{second}.\n"
        );
        let answers = tell(&serving, &said).await;
        assert_eq!(codes(&answers)[2..4], ["220", "250"]);
        shop.run_jobs(&world).await;
        assert_eq!(shop.ticket(TicketId(1)).await.message_count, 2);
        let kept = envelope(&world, 2).await;
        assert_eq!((kept.from.as_deref(), kept.helo), (Some(""), None));
        assert_eq!(kept.client_ip, Some("2001:db8::7".parse().unwrap()));
        // One that does neither writes a trace header.
        let third = mail("ben@x.test", "3@x.test", "", "three");
        let said = format!(
            "LHLO mx\nXFORWARD ADDR=192.0.2.7 HELO=other.test\nRSET\n\
             MAIL FROM:<ben@x.test>\nRCPT TO:<support@shop.test>\nDATA\n\
             Received: from out.x.test (out.x.test [198.51.100.9])\n\tby mx.shop.test with ESMTP; \
             Mon, 2 Mar 2026 10:00:00 +0100\n{third}.\n"
        );
        tell(&serving, &said).await;
        let kept = envelope(&world, 3).await;
        assert_eq!(kept.helo.as_deref(), Some("out.x.test"));
        assert_eq!(kept.client_ip, Some("198.51.100.9".parse().unwrap()));
    })
    .await;
}

#[tokio::test]
async fn a_store_that_fails_is_answered_with_later() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let serving = serving(&shop).await;
        let raw = mail("ana@x.test", "1@x.test", "", "one");
        let said =
            format!("LHLO mx\nMAIL FROM:<ana@x.test>\nRCPT TO:<support@shop.test>\nDATA\n{raw}.\n");
        let rename = async |sql: &'static str| {
            let rename = async move |tx: &mut Tx<'_>| tx.execute(sql, &[]).await;
            world
                .kernel
                .db
                .write::<_, DbError, _>(rename)
                .await
                .unwrap();
        };
        rename("ALTER TABLE inbound_mail RENAME TO away").await;
        let answers = tell(&serving, &said).await;
        assert_eq!(
            codes(&answers),
            ["220", "250", "250", "250", "354", "451", "221"]
        );
        rename("ALTER TABLE away RENAME TO inbound_mail").await;
        rename("ALTER TABLE inboxes RENAME TO away").await;
        let answers = tell(
            &serving,
            "LHLO mx\nMAIL FROM:<>\nRCPT TO:<support@shop.test>\n",
        )
        .await;
        assert_eq!(codes(&answers), ["220", "250", "250", "451", "221"]);
        rename("ALTER TABLE away RENAME TO inboxes").await;
        assert!(codes(&tell(&serving, &said).await).ends_with(&["354", "250", "221"]));
        shop.run_jobs(&world).await;
        assert_eq!(shop.tickets().await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_mail_that_is_too_large_is_sent_back_and_noted() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let serving = serving(&shop).await;
        let announced = "LHLO mx\nMAIL FROM:<ana@x.test> SIZE=60000000\n\
             RCPT TO:<support@shop.test>\nRCPT TO:<nobody@shop.test>\nDATA\n";
        let answers = tell(&serving, announced).await;
        assert_eq!(codes(&answers)[3..], ["552", "550", "503", "221"]);
        let failures = shop.failures().await;
        assert_eq!(failures.len(), 1);
        assert!(failures[0].1.contains("60 MB"), "{failures:?}");
        // And when it was not announced.
        let headers = mail("ben@x.test", "1@x.test", "", "");
        let body = format!("{}\n", "x".repeat(998)).repeat(53_000);
        let sent = format!(
            "LHLO mx\nMAIL FROM:<ben@x.test>\nRCPT TO:<support@shop.test>\nDATA\n{headers}{body}.\n"
        );
        assert!(codes(&tell(&serving, &sent).await).ends_with(&["354", "552", "221"]));
        assert_eq!(shop.failures().await.len(), 2);
        shop.run_jobs(&world).await;
        assert_eq!(shop.tickets().await, 0);
    })
    .await;
}

#[tokio::test]
async fn strangers_to_the_language_are_told_so() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let serving = serving(&shop).await;
        let said = "EHLO mx\nMAIL FROM:<a@x.test>\nLHLO mx\nRCPT TO:<support@shop.test>\n\
             MAIL FROM:<a@x.test>\nMAIL FROM:<a@x.test>\nDATA\nRSET\nVRFY x\nBDAT 3\n";
        let answers = tell(&serving, said).await;
        let expected = [
            "220", "500", "503", "250", "503", "250", "503", "503", "250", "252", "502", "221",
        ];
        assert_eq!(codes(&answers), expected, "{answers:#?}");
        let many = "RCPT TO:<support@shop.test>\n".repeat(1_001);
        let answers = tell(&serving, &format!("LHLO mx\nMAIL FROM:<>\n{many}")).await;
        assert_eq!(
            answers
                .iter()
                .filter(|a| a.starts_with("250 2.1.5"))
                .count(),
            1_000
        );
        assert_eq!(answers.iter().filter(|a| a.starts_with("452")).count(), 1);
        let nonsense = "GET / HTTP/1.1\n".repeat(30);
        let stream = TcpStream::connect(("127.0.0.1", serving.port))
            .await
            .unwrap();
        let answers = talk(stream, &nonsense).await;
        assert!(answers.last().unwrap().starts_with("421"), "{answers:?}");
    })
    .await;
}

#[tokio::test]
async fn more_connections_than_fit_are_asked_to_come_back() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let serving = serving(&shop).await;
        let mut open = Vec::new();
        let mut greeting = [0; 3];
        for _ in 0..100 {
            let mut stream = TcpStream::connect(("127.0.0.1", serving.port))
                .await
                .unwrap();
            stream.read_exact(&mut greeting).await.unwrap();
            assert_eq!(&greeting, b"220");
            open.push(stream);
        }
        let mut stream = TcpStream::connect(("127.0.0.1", serving.port))
            .await
            .unwrap();
        stream.read_exact(&mut greeting).await.unwrap();
        assert_eq!(&greeting, b"421");
    })
    .await;
}

#[tokio::test]
async fn a_socket_file_serves_too_and_is_replaced_only_when_nobody_listens() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let path = world.folder().join("lmtp.sock");
        let place: Place = path.to_str().unwrap().parse().unwrap();
        let listener = lmtp::bind(&place).await.unwrap();
        assert!(lmtp::bind(&place).await.is_err(), "it is in use");
        let task = tokio::spawn(lmtp::serve(shop.channels.clone(), listener));
        let raw = mail("ana@x.test", "1@x.test", "", "one");
        let said =
            format!("LHLO mx\nMAIL FROM:<ana@x.test>\nRCPT TO:<support@shop.test>\nDATA\n{raw}.\n");
        let stream = UnixStream::connect(&path).await.unwrap();
        assert!(codes(&talk(stream, &said).await).ends_with(&["354", "250", "221"]));
        task.abort();
        let _ = task.await;
        lmtp::bind(&place).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_inbox_that_is_off_lets_mail_wait() {
    each_engine(ROOMS, async |world: World| {
        let shop = shop(&world).await;
        let serving = serving(&shop).await;
        let changes = channels::inboxes::form::Changes {
            version: shop.inbox.version,
            enabled: Some(false),
            ..Default::default()
        };
        channels::inboxes::commands::update(&world.kernel, &shop.mia, shop.inbox.id, changes)
            .await
            .unwrap();
        let answers = tell(
            &serving,
            "LHLO mx\nMAIL FROM:<>\nRCPT TO:<support@shop.test>\n",
        )
        .await;
        assert_eq!(codes(&answers), ["220", "250", "250", "450", "221"]);
    })
    .await;
}
