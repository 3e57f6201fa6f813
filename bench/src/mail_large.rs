//! Mails of 50 MB, handed over by LMTP: how fast they become messages, and how much the server's
//! memory grows meanwhile.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use channels::inboxes::form::NewInbox;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::appends::folder;
use crate::mail::{LAST, LEFT, OTHERWISE, inbox, look_into, number};
use crate::report::{Goal, Report};
use crate::seed;
use crate::server::Server;

/// One after the other, then at a time.
const ALONE: u32 = 3;
const TOGETHER: u32 = 4;
/// What the server takes at most, and a little less.
const MAIL_BYTES: usize = 50 * 1024 * 1024 - 100_000;
/// So many files share that.
const FILES: usize = 4;
const LOOK_EVERY: Duration = Duration::from_millis(50);
const STUCK_AFTER: Duration = Duration::from_secs(300);
/// MB that the whole server may grow by.
const GOAL: Goal = Goal::Below(64.0);

/// Measures on SQLite; the blob store is the same for both engines.
pub async fn run(report: &mut Report) -> Result<()> {
    let home = tempfile::tempdir()?;
    let place = folder(&home);
    let without_imap = NewInbox {
        imap: None,
        ..inbox(0)
    };
    seed::reading(&place, without_imap).await?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let listen = format!("127.0.0.1:{port}");
    let server = Server::start_with(&place, &["--lmtp-listen", &listen]).await?;
    server.settle().await?;
    let database = look_into(&place).await?;
    server.forget_peak()?;
    let idle = server.memory()?.resident;

    let (mut seconds, mut sent) = (Vec::new(), 0);
    for mail in 0..ALONE {
        let begun = Instant::now();
        hand_over(port, mail).await?;
        sent += 1;
        filed(&database, sent).await?;
        seconds.push(begun.elapsed().as_secs_f64());
    }
    let alone = server.memory()?.peak - idle;
    server.forget_peak()?;
    let all = (ALONE..ALONE + TOGETHER).map(|mail| hand_over(port, mail));
    futures_util::future::try_join_all(all).await?;
    filed(&database, sent + i64::from(TOGETHER)).await?;
    let together = server.memory()?.peak - idle;
    let otherwise = number(&database, OTHERWISE).await?;
    server.stop()?;
    ensure!(
        otherwise == 0,
        "{otherwise} large mails did not become a message"
    );

    report.add("50 MB mail: handed over to filed", "s", &seconds);
    report.judge(
        "50 MB mail: growth of RSS, one at a time",
        "MB",
        &[alone],
        GOAL,
    );
    let name = format!("50 MB mail: growth of RSS, {TOGETHER} at a time");
    report.judge(name, "MB", &[together], GOAL);
    Ok(())
}

/// Waits until so many mails are filed.
async fn filed(database: &kernel::db::Db, mails: i64) -> Result<()> {
    let begun = Instant::now();
    while number(database, LAST).await? < mails || number(database, LEFT).await.is_ok() {
        ensure!(begun.elapsed() < STUCK_AFTER, "a large mail is not filed");
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}

/// Hands a mail with large files over, made while it is sent.
async fn hand_over(port: u16, number: u32) -> Result<()> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let (read, mut write) = stream.into_split();
    let mut answers = BufReader::new(read).lines();
    let said = "LHLO bench\r\nMAIL FROM:<writer@customer.test>\r\n\
                RCPT TO:<support@bench.test>\r\nDATA\r\n";
    write.write_all(said.as_bytes()).await?;
    let head = format!(
        "From: Writer <writer{number}@customer.test>\r\nTo: support@bench.test\r\n\
         Date: Mon, 2 Mar 2026 09:30:00 +0000\r\nMessage-ID: <large{number}@customer.test>\r\n\
         Subject: Photographs {number}\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHere they are.\r\n"
    );
    write.write_all(head.as_bytes()).await?;
    // Another content in each mail and file; what it is, base64 does not care.
    for file in 0..FILES {
        let head = format!(
            "--b\r\nContent-Type: image/tiff; name=\"{file}.tif\"\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{number:04}{file:04}\r\n"
        );
        write.write_all(head.as_bytes()).await?;
        let line = format!(
            "{}\r\n",
            "SUkqAFBob3RvZ3JhcGh5"
                .repeat(4)
                .get(..76)
                .unwrap_or_default()
        );
        let lines = line.repeat(1_000);
        for _ in 0..MAIL_BYTES / FILES / lines.len() {
            write.write_all(lines.as_bytes()).await?;
        }
    }
    write.write_all(b"--b--\r\n.\r\nQUIT\r\n").await?;
    let mut kept = false;
    while let Some(line) = answers.next_line().await.context("the server left")? {
        kept |= line.starts_with("250 2.0.0 Kept");
    }
    ensure!(kept, "the server did not keep the mail");
    Ok(())
}
