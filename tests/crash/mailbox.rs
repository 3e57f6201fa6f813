//! A mailbox on an IMAP server that is not to be trusted: it drops connections at any step and in
//! the middle of a mail, refuses for a while, hangs, answers late, gives its UIDs out of order and
//! more than once, and numbers everything anew.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::dice::Dice;

/// Of connections, in percent.
const FAULTY: u64 = 55;
const DISORDERLY: u64 = 30;
/// Most faults strike while mail is listed and fetched, which begins about here.
const STEPS: u64 = 10;
const HANGING: Duration = Duration::from_millis(1500);
/// Later than any connection to the mailbox, so that no mail counts as history.
const ARRIVED: &str = "01-Jan-2035 00:00:00 +0000";

/// What the server does to a connection when it reaches a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Drops,
    DropsHalfWay,
    Hangs,
    Refuses,
    SaysBye,
    IsLate,
}

const FAULTS: [Fault; 6] = [
    Fault::Drops,
    Fault::DropsHalfWay,
    Fault::Hangs,
    Fault::Refuses,
    Fault::SaysBye,
    Fault::IsLate,
];

#[derive(Clone)]
struct Mail {
    uid: u64,
    raw: Arc<str>,
    /// Listed, but never handed over.
    withheld: bool,
}

struct Folder {
    uid_validity: u64,
    next_uid: u64,
    mails: Vec<Mail>,
    /// Every UID that a withheld mail ever had.
    withheld: BTreeSet<u64>,
}

/// The server; cloned freely.
#[derive(Clone)]
pub struct Mailbox(Arc<Shared>);

struct Shared {
    port: u16,
    dice: Dice,
    folder: Mutex<Folder>,
    /// Moves when mail arrives.
    news: watch::Sender<u64>,
    /// Moves when all connections have to end.
    ends: watch::Sender<u64>,
    healed: AtomicBool,
    connections: AtomicU64,
    faults: Mutex<BTreeMap<String, u64>>,
}

impl Mailbox {
    /// Listens on a free port until the test ends.
    pub async fn start(dice: Dice) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self(Arc::new(Shared {
            port: listener.local_addr().unwrap().port(),
            dice,
            folder: Mutex::new(Folder {
                uid_validity: 1,
                next_uid: 1,
                mails: Vec::new(),
                withheld: BTreeSet::new(),
            }),
            news: watch::Sender::new(0),
            ends: watch::Sender::new(0),
            healed: AtomicBool::new(false),
            connections: AtomicU64::new(0),
            faults: Mutex::default(),
        }));
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = serving.clone();
                tokio::spawn(async move { server.converse(stream).await });
            }
        });
        server
    }

    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// A mail arrives; one that is withheld is listed but never handed over.
    pub fn deliver(&self, raw: &str, withheld: bool) {
        let mut folder = self.0.folder.lock().unwrap();
        let uid = folder.next_uid;
        // UIDs grow, but not by one.
        folder.next_uid += 1 + self.0.dice.roll("uid", uid, 3);
        if withheld {
            folder.withheld.insert(uid);
        }
        folder.mails.push(Mail {
            uid,
            raw: raw.into(),
            withheld,
        });
        drop(folder);
        self.0.news.send_modify(|news| *news += 1);
    }

    /// Gives every mail a new UID, in another order, under a new UIDVALIDITY.
    pub fn renumber(&self, number: u64) {
        let mut folder = self.0.folder.lock().unwrap();
        let random = self.0.dice.stream("renumber", number);
        let mut mails = std::mem::take(&mut folder.mails);
        mails.sort_by_cached_key(|_| random.below(u64::MAX));
        let first = random.below(50) + 1;
        for (uid, mail) in (first..).zip(&mut mails) {
            mail.uid = uid;
        }
        folder.next_uid = mails.last().map_or(1, |mail| mail.uid + 1);
        let withheld = mails.iter().filter(|mail| mail.withheld);
        folder.withheld.extend(withheld.map(|mail| mail.uid));
        folder.mails = mails;
        folder.uid_validity += 1;
        drop(folder);
        self.0.ends.send_modify(|ends| *ends += 1);
        self.count("numbers anew");
    }

    /// Behaves from now on.
    pub fn heal(&self) {
        self.0.healed.store(true, Ordering::Relaxed);
        self.0.ends.send_modify(|ends| *ends += 1);
    }

    /// UIDVALIDITY and the last UID.
    pub fn end(&self) -> (u64, u64) {
        let folder = self.0.folder.lock().unwrap();
        let last = folder.mails.iter().map(|mail| mail.uid).max();
        (folder.uid_validity, last.unwrap_or(0))
    }

    /// Whether a mail with this UID was ever withheld.
    pub fn withheld(&self, uid: u64) -> bool {
        self.0.folder.lock().unwrap().withheld.contains(&uid)
    }

    /// How often it did what.
    pub fn faults(&self) -> BTreeMap<String, u64> {
        self.0.faults.lock().unwrap().clone()
    }

    fn count(&self, what: &str) {
        *self
            .0
            .faults
            .lock()
            .unwrap()
            .entry(what.to_owned())
            .or_default() += 1;
    }

    /// What happens to the connection, and at which step; step 0 is the greeting.
    fn fault(&self, connection: u64) -> Option<(Fault, u64)> {
        let random = self.0.dice.stream("imap", connection);
        if self.0.healed.load(Ordering::Relaxed) || random.below(100) >= FAULTY {
            return None;
        }
        let fault = FAULTS[usize::try_from(random.below(6)).unwrap()];
        Some((fault, random.below(STEPS)))
    }

    async fn converse(&self, stream: TcpStream) -> Option<()> {
        let connection = self.0.connections.fetch_add(1, Ordering::Relaxed);
        let mut ends = self.0.ends.subscribe();
        let (read, write) = stream.into_split();
        let talk = Talk {
            server: self,
            lines: BufReader::new(read).lines(),
            write,
            news: self.0.news.subscribe(),
            fault: self.fault(connection),
            step: 0,
            disorderly: self.0.dice.chance("disorder", connection, DISORDERLY)
                && !self.0.healed.load(Ordering::Relaxed),
        };
        tokio::select! {
            done = talk.run() => done,
            _ = ends.changed() => None,
        }
    }

    fn search(&self, set: &str, disorderly: bool) -> String {
        let folder = self.0.folder.lock().unwrap();
        let last = folder.mails.iter().map(|mail| mail.uid).max();
        let is_wanted = |mail: &&Mail| match set.split_once(":*") {
            // `n:*` names the last mail even when its UID is below n (RFC 3501, 6.4.8).
            Some((from, _)) => mail.uid >= from.parse().unwrap() || Some(mail.uid) == last,
            None => set == "*" && Some(mail.uid) == last || set.parse() == Ok(mail.uid),
        };
        let found = folder.mails.iter().filter(is_wanted);
        let mut uids: Vec<String> = found.map(|mail| mail.uid.to_string()).collect();
        if disorderly {
            let again = uids.clone();
            uids.extend(again);
            uids.reverse();
        }
        format!("* SEARCH {}\r\n", uids.join(" "))
    }

    fn fetch(&self, set: &str, what: &str, disorderly: bool) -> String {
        let wanted: Vec<u64> = set.split(',').map(|uid| uid.parse().unwrap()).collect();
        let folder = self.0.folder.lock().unwrap();
        let mails = folder.mails.iter().enumerate();
        let found = mails.filter(|(_, mail)| wanted.contains(&mail.uid));
        let mut answers: Vec<String> = found
            .filter_map(|(index, mail)| fetched(index + 1, mail, what))
            .collect();
        if disorderly {
            let again = answers.clone();
            answers.extend(again);
            answers.reverse();
        }
        answers.concat()
    }
}

fn fetched(sequence: usize, mail: &Mail, what: &str) -> Option<String> {
    let (uid, size) = (mail.uid, mail.raw.len());
    if what.contains("RFC822.SIZE") {
        return Some(format!(
            "* {sequence} FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE \"{ARRIVED}\")\r\n"
        ));
    }
    let raw = &mail.raw;
    (!mail.withheld)
        .then(|| format!("* {sequence} FETCH (UID {uid} BODY[] {{{size}}}\r\n{raw})\r\n"))
}

/// One connection.
struct Talk<'a> {
    server: &'a Mailbox,
    lines: Lines<BufReader<OwnedReadHalf>>,
    write: OwnedWriteHalf,
    news: watch::Receiver<u64>,
    fault: Option<(Fault, u64)>,
    step: u64,
    disorderly: bool,
}

impl Talk<'_> {
    async fn run(mut self) -> Option<()> {
        self.say("*", "", "OK ready").await?;
        loop {
            let line = self.lines.next_line().await.ok()??;
            let (tag, command) = line.trim_end().split_once(' ')?;
            if command == "IDLE" {
                self.idle(tag).await?;
                continue;
            }
            let (answer, status) = self.answer(command);
            self.say(tag, &answer, status).await?;
            if command == "LOGOUT" {
                return None;
            }
        }
    }

    fn answer(&mut self, command: &str) -> (String, &'static str) {
        const DONE: &str = "OK done";
        if let Some(set) = command.strip_prefix("UID SEARCH UID ") {
            self.news.borrow_and_update();
            return (self.server.search(set, self.disorderly), DONE);
        }
        if let Some((set, what)) = command
            .strip_prefix("UID FETCH ")
            .and_then(|rest| rest.split_once(' '))
        {
            return (self.server.fetch(set, what, self.disorderly), DONE);
        }
        match command.split(' ').next().unwrap_or_default() {
            "CAPABILITY" => ("* CAPABILITY IMAP4rev1 IDLE\r\n".into(), DONE),
            "EXAMINE" => {
                let folder = self.server.0.folder.lock().unwrap();
                let (uid_validity, next_uid) = (folder.uid_validity, folder.next_uid);
                let exist = folder.mails.len();
                let answer = format!(
                    "* {exist} EXISTS\r\n* OK [UIDVALIDITY {uid_validity}] x\r\n\
                     * OK [UIDNEXT {next_uid}] x\r\n"
                );
                (answer, DONE)
            }
            "LOGIN" | "NOOP" => (String::new(), DONE),
            "LOGOUT" => ("* BYE bye\r\n".into(), DONE),
            _ => (String::new(), "BAD unknown here"),
        }
    }

    /// Until the client has had enough; news are told at once.
    async fn idle(&mut self, tag: &str) -> Option<()> {
        self.write.write_all(b"+ idling\r\n").await.ok()?;
        loop {
            tokio::select! {
                line = self.lines.next_line() => {
                    line.ok()??;
                    return self.say(tag, "", "OK done").await;
                }
                changed = self.news.changed() => {
                    changed.ok()?;
                    let exist = self.server.0.folder.lock().unwrap().mails.len();
                    let told = format!("* {exist} EXISTS\r\n");
                    self.write.write_all(told.as_bytes()).await.ok()?;
                }
            }
        }
    }

    /// Answers one step, or lets its fault strike; `None` ends the connection.
    async fn say(&mut self, tag: &str, answer: &str, status: &str) -> Option<()> {
        let full = format!("{answer}{tag} {status}\r\n");
        let step = self.step;
        self.step += 1;
        let fault = self
            .fault
            .filter(|&(_, at)| at == step)
            .map(|(fault, _)| fault);
        let Some(fault) = fault else {
            return self.write.write_all(full.as_bytes()).await.ok();
        };
        self.server.count(&format!("{fault:?}"));
        match fault {
            Fault::Drops => return None,
            Fault::DropsHalfWay => {
                let half = full.as_bytes().get(..full.len() / 2)?;
                self.write.write_all(half).await.ok()?;
                return None;
            }
            Fault::Hangs => {
                tokio::time::sleep(HANGING).await;
                return None;
            }
            Fault::SaysBye => {
                self.write
                    .write_all(b"* BYE shutting down\r\n")
                    .await
                    .ok()?;
                return None;
            }
            Fault::Refuses => {
                let no = format!("{tag} NO [UNAVAILABLE] try again later\r\n");
                self.write.write_all(no.as_bytes()).await.ok()?;
            }
            Fault::IsLate => {
                tokio::time::sleep(HANGING / 4).await;
                self.write.write_all(full.as_bytes()).await.ok()?;
            }
        }
        Some(())
    }
}
