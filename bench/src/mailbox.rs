//! A mailbox with as little work of its own as can be, in which mail keeps arriving.
//!
//! It lies on an IMAP server in this process, holds no mail, but makes each when it is asked for,
//! and has new mail as soon as what it listed was fetched.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context as _, Result};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::net::{TcpListener, TcpStream};

use crate::letters::Letters;

/// So many mails lie there unread at a time.
const WAVE: u64 = 2_000;

/// The server; cloned freely.
#[derive(Clone)]
pub struct Mailbox {
    /// Where it listens.
    pub port: u16,
    letters: Arc<Letters>,
    mails: u64,
    fetched: Arc<AtomicU64>,
    bytes: Arc<AtomicU64>,
}

impl Mailbox {
    /// Serves `mails` letters on a free port.
    pub async fn start(letters: Letters, mails: u64) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let mailbox = Self {
            port: listener.local_addr()?.port(),
            letters: Arc::new(letters),
            mails,
            fetched: Arc::default(),
            bytes: Arc::default(),
        };
        let serving = mailbox.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mailbox = serving.clone();
                tokio::spawn(async move {
                    if let Err(error) = mailbox.converse(stream).await {
                        eprintln!("· the mailbox' connection ended: {error}");
                    }
                });
            }
        });
        Ok(mailbox)
    }

    /// Up to which mail it was fetched.
    pub fn fetched(&self) -> u64 {
        self.fetched.load(Ordering::Relaxed)
    }

    /// How many bytes were fetched.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    async fn converse(&self, stream: TcpStream) -> Result<()> {
        stream.set_nodelay(true)?;
        let (read, write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let mut write = BufWriter::new(write);
        write.write_all(b"* OK ready\r\n").await?;
        write.flush().await?;
        while let Some(line) = lines.next_line().await? {
            let (tag, command) = line.split_once(' ').context("a command without a tag")?;
            if command == "IDLE" {
                write.write_all(b"+ idling\r\n").await?;
                write.flush().await?;
                lines.next_line().await?;
            }
            write.write_all(self.answer(command).as_bytes()).await?;
            write
                .write_all(format!("{tag} OK done\r\n").as_bytes())
                .await?;
            write.flush().await?;
        }
        Ok(())
    }

    /// The last mail that has arrived so far.
    fn last(&self) -> u64 {
        self.mails.min(self.fetched() + WAVE)
    }

    fn answer(&self, command: &str) -> String {
        if let Some(set) = command.strip_prefix("UID SEARCH UID ") {
            let (first, last) = bounds(set, self.last());
            let uids: Vec<String> = (first.min(last)..=last)
                .map(|uid| uid.to_string())
                .collect();
            return format!("* SEARCH {}\r\n", uids.join(" "));
        }
        let fetch = command.strip_prefix("UID FETCH ");
        if let Some((set, what)) = fetch.and_then(|rest| rest.split_once(' ')) {
            let sets = set.split(',').map(|set| bounds(set, self.last()));
            let uids = sets.flat_map(|(first, last)| first..=last);
            return uids.map(|uid| self.fetch(uid, what)).collect();
        }
        if command.starts_with("EXAMINE") {
            let last = self.last();
            return format!(
                "* {last} EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT {}] x\r\n",
                last + 1
            );
        }
        if command == "CAPABILITY" {
            return "* CAPABILITY IMAP4rev1 IDLE\r\n".to_owned();
        }
        String::new()
    }

    fn fetch(&self, uid: u64, what: &str) -> String {
        let letter = self.letters.letter(uid);
        let size = letter.len();
        if what.contains("RFC822.SIZE") {
            return format!(
                "* {uid} FETCH (UID {uid} RFC822.SIZE {size} \
                 INTERNALDATE \"01-Jan-2035 00:00:00 +0000\")\r\n"
            );
        }
        self.fetched.fetch_max(uid, Ordering::Relaxed);
        let bytes = u64::try_from(size).unwrap_or_default();
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        format!("* {uid} FETCH (UID {uid} BODY[] {{{size}}}\r\n{letter})\r\n")
    }
}

/// First and last UID of `n`, `n:m` or `n:*`.
fn bounds(set: &str, last: u64) -> (u64, u64) {
    let number = |text: &str| text.parse().unwrap_or(last);
    match set.split_once(':') {
        Some((first, end)) => (number(first), number(end)),
        None => (number(set), number(set)),
    }
}
