//! An IMAP server that misbehaves on request: new UIDVALIDITY, mail it doesn't hand over, huge
//! sizes, refused sign-ins, silence at any step, lies about UIDs and lengths.
//!
//! It has one folder for everybody, and folders of their own for those who are given one.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What is wrong with the hand-over of a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Broken {
    #[default]
    Nothing,
    /// The connection is closed in the middle.
    Dropped,
    /// The literal is longer than announced.
    TooShort,
    /// The literal is shorter than announced.
    TooLong,
    /// More is announced than anybody could hold.
    Monstrous,
}

#[derive(Clone)]
pub struct Mail {
    pub uid: i64,
    pub raw: String,
    /// INTERNALDATE, as in `02-Mar-2026 09:30:00 +0000`.
    pub date: &'static str,
    /// What the server says its size is; the true size when `None`.
    pub size: Option<i64>,
    /// Whether FETCH hands it over.
    pub fetched: bool,
    pub broken: Broken,
    /// Whether pieces are answered with everything.
    pub only_whole: bool,
}

impl Mail {
    pub fn new(uid: i64, raw: &str, date: &'static str) -> Mail {
        Mail {
            uid,
            raw: raw.replace('\n', "\r\n"),
            date,
            size: None,
            fetched: true,
            broken: Broken::Nothing,
            only_whole: false,
        }
    }
}

#[derive(Default)]
pub struct Folder {
    pub uid_validity: i64,
    pub mails: Vec<Mail>,
    pub refuse_sign_in: bool,
    /// What is said in CAPABILITY besides IMAP4rev1.
    pub offers: &'static str,
    /// The access tokens that are let in.
    pub tokens: HashSet<String>,
    /// The command at which it falls silent; `GREETING` is none, and the first of all.
    pub silent_at: Option<&'static str>,
    /// The command at which it hangs up.
    pub drops_at: Option<&'static str>,
    /// What it says for UIDNEXT; the truth when `None`.
    pub uid_next: Option<i64>,
    /// UIDs that SEARCH finds besides those there are.
    pub ghosts: Vec<i64>,
    /// Whether SEARCH and FETCH say everything twice.
    pub stutters: bool,
    /// Whether the sizes of mails are left out.
    pub no_sizes: bool,
    /// What was seen: sign-ins as they were said, looks that found nothing more, UIDs fetched.
    pub signed_in: Vec<String>,
    pub looks: usize,
    pub handed_over: Vec<i64>,
    pub idling: usize,
    /// How many times it fell silent.
    pub silences: usize,
}

impl Folder {
    fn next(&self) -> i64 {
        self.mails.iter().map(|mail| mail.uid).max().unwrap_or(0) + 1
    }
}

#[derive(Clone)]
pub struct FakeImap {
    pub port: u16,
    pub folder: Arc<Mutex<Folder>>,
    others: Arc<Mutex<HashMap<String, Arc<Mutex<Folder>>>>>,
    /// How many connections came.
    pub came: Arc<AtomicUsize>,
    moved: watch::Sender<u64>,
}

impl FakeImap {
    pub async fn start(mails: Vec<Mail>) -> FakeImap {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = FakeImap {
            port: listener.local_addr().unwrap().port(),
            folder: Arc::new(Mutex::new(Folder {
                uid_validity: 7,
                mails,
                ..Folder::default()
            })),
            others: Arc::default(),
            came: Arc::default(),
            moved: watch::Sender::new(0),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = serving.clone();
                server.came.fetch_add(1, Ordering::SeqCst);
                server.move_on();
                tokio::spawn(async move { server.converse(stream).await });
            }
        });
        server
    }

    /// Gives somebody a folder of their own.
    pub fn own_folder(&self, user: &str, folder: Folder) -> Arc<Mutex<Folder>> {
        let folder = Arc::new(Mutex::new(Folder {
            uid_validity: 7,
            ..folder
        }));
        let mut others = self.others.lock().unwrap();
        others.insert(user.to_owned(), folder.clone());
        folder
    }

    pub fn push(&self, mail: Mail) {
        self.push_to(&self.folder, mail);
    }

    pub fn push_to(&self, folder: &Mutex<Folder>, mail: Mail) {
        folder.lock().unwrap().mails.push(mail);
        self.move_on();
    }

    /// Changes how a folder behaves.
    pub fn set(&self, change: impl FnOnce(&mut Folder)) {
        change(&mut self.folder.lock().unwrap());
        self.move_on();
    }

    /// Waits, without watching the time, until something is true of what happened here.
    pub async fn until(&self, what: &str, mut is_true: impl FnMut() -> bool) {
        let mut moved = self.moved.subscribe();
        let waiting = async {
            while !is_true() {
                moved.changed().await.unwrap();
            }
        };
        // Only so that a test that fails ends.
        let limit = std::time::Duration::from_secs(120);
        assert!(tokio::time::timeout(limit, waiting).await.is_ok(), "{what}");
    }

    fn move_on(&self) {
        self.moved.send_modify(|moves| *moves += 1);
    }

    async fn converse(&self, stream: TcpStream) -> Option<()> {
        // Its answers come in pieces, and none is to wait for the other's receipt.
        stream.set_nodelay(true).ok()?;
        let (reading, writing) = stream.into_split();
        let mut talk = Talk {
            lines: BufReader::new(reading).lines(),
            writing,
            folder: self.folder.clone(),
            moved: self.moved.clone(),
        };
        talk.obey("GREETING").await?;
        talk.say("* OK fake ready").await?;
        while let Some(line) = talk.lines.next_line().await.ok()? {
            let (tag, command) = line.split_once(' ')?;
            if let Some(user) = command.strip_prefix("LOGIN \"") {
                self.sit_down(&mut talk, user.split('"').next()?);
            }
            talk.obey(command).await?;
            let status = match command.split(' ').next()? {
                "AUTHENTICATE" => self.authenticate(&mut talk, command).await?,
                "LOGIN" if talk.folder.lock().unwrap().refuse_sign_in => {
                    "NO [AUTHENTICATIONFAILED] wrong"
                }
                "LOGIN" => {
                    let mut folder = talk.folder.lock().unwrap();
                    folder.signed_in.push(command.to_owned());
                    "OK done"
                }
                "IDLE" => {
                    self.idle(&mut talk).await?;
                    "OK done"
                }
                _ => {
                    let (answer, hangs_up) = answer(&talk.folder, command);
                    talk.writing.write_all(answer.as_bytes()).await.ok()?;
                    if hangs_up {
                        return None;
                    }
                    "OK done"
                }
            };
            talk.say(&format!("{tag} {status}")).await?;
            self.move_on();
            if command == "LOGOUT" {
                return None;
            }
        }
        None
    }

    fn sit_down(&self, talk: &mut Talk, user: &str) {
        if let Some(own) = self.others.lock().unwrap().get(user) {
            talk.folder = own.clone();
        }
    }

    /// Hears a token, as it must be said exactly.
    async fn authenticate(&self, talk: &mut Talk, command: &str) -> Option<&'static str> {
        let mut parts = command.split(' ').skip(1);
        let mechanism = parts.next()?.to_owned();
        let said = match parts.next() {
            Some(said) => said.to_owned(),
            None => {
                talk.say("+ ").await?;
                talk.lines.next_line().await.ok()??
            }
        };
        let is_let_in = {
            let mut folder = talk.folder.lock().unwrap();
            folder.signed_in.push(format!("{mechanism} {said}"));
            let let_in = folder.tokens.iter().any(|token| holds(&said, token));
            let_in && !folder.refuse_sign_in
        };
        if is_let_in {
            return Some("OK done");
        }
        // {"status":"401"}
        talk.say("+ eyJzdGF0dXMiOiI0MDEifQ==").await?;
        let farewell = talk.lines.next_line().await.ok()??;
        let expected = if mechanism == "XOAUTH2" { "" } else { "AQ==" };
        assert_eq!(farewell, expected, "how {mechanism} ends");
        Some("NO [AUTHENTICATIONFAILED] Invalid credentials")
    }

    async fn idle(&self, talk: &mut Talk) -> Option<()> {
        let mut moved = self.moved.subscribe();
        let mut known = talk.folder.lock().unwrap().mails.len();
        talk.say("+ idling").await?;
        talk.folder.lock().unwrap().idling += 1;
        self.move_on();
        let ended = loop {
            tokio::select! {
                line = talk.lines.next_line() => match line {
                    Ok(Some(line)) if line == "DONE" => break talk.obey("DONE").await,
                    _ => break None,
                },
                changed = moved.changed() => {
                    if changed.is_err() {
                        break None;
                    }
                    let now = talk.folder.lock().unwrap().mails.len();
                    if now != known {
                        known = now;
                        if talk.say(&format!("* {now} EXISTS")).await.is_none() {
                            break None;
                        }
                    }
                }
            }
        };
        talk.folder.lock().unwrap().idling -= 1;
        ended
    }
}

/// Whether base64 holds a bearer token.
fn holds(said: &str, token: &str) -> bool {
    use base64::Engine;
    let said = base64::engine::general_purpose::STANDARD.decode(said);
    let said = String::from_utf8(said.unwrap_or_default()).unwrap_or_default();
    said.contains(&format!("\x01auth=Bearer {token}\x01\x01"))
}

struct Talk {
    lines: Lines<BufReader<OwnedReadHalf>>,
    writing: OwnedWriteHalf,
    folder: Arc<Mutex<Folder>>,
    moved: watch::Sender<u64>,
}

impl Talk {
    async fn say(&mut self, answer: &str) -> Option<()> {
        let line = format!("{answer}\r\n");
        self.writing.write_all(line.as_bytes()).await.ok()
    }

    /// Falls silent or hangs up where it was told to.
    async fn obey(&mut self, command: &str) -> Option<()> {
        let (silent_at, drops_at) = {
            let folder = self.folder.lock().unwrap();
            (folder.silent_at, folder.drops_at)
        };
        if drops_at.is_some_and(|at| command.starts_with(at)) {
            return None;
        }
        if silent_at.is_some_and(|at| command.starts_with(at)) {
            self.folder.lock().unwrap().silences += 1;
            self.moved.send_modify(|moves| *moves += 1);
            std::future::pending::<()>().await;
        }
        Some(())
    }
}

/// The answer to a command, and whether the connection ends with it.
fn answer(folder: &Mutex<Folder>, command: &str) -> (String, bool) {
    let mut folder = folder.lock().unwrap();
    if command == "CAPABILITY" {
        let offers = format!("* CAPABILITY IMAP4rev1 {}", folder.offers);
        return (format!("{}\r\n", offers.trim_end()), false);
    }
    if command.starts_with("EXAMINE") {
        let (exists, validity) = (folder.mails.len(), folder.uid_validity);
        let next = folder.uid_next.unwrap_or(folder.next());
        let answer = format!(
            "* {exists} EXISTS\r\n* OK [UIDVALIDITY {validity}] x\r\n* OK [UIDNEXT {next}] x\r\n"
        );
        return (answer, false);
    }
    if let Some(set) = command.strip_prefix("UID SEARCH UID ") {
        return (search(&mut folder, set), false);
    }
    if let Some(rest) = command.strip_prefix("UID FETCH ") {
        return fetch(&mut folder, rest);
    }
    (String::new(), false)
}

fn search(folder: &mut Folder, set: &str) -> String {
    let last = folder.next() - 1;
    let known = folder.mails.iter().map(|mail| mail.uid);
    let all: Vec<i64> = known.chain(folder.ghosts.iter().copied()).collect();
    let (from, open) = match set.split_once(":*") {
        Some((from, _)) => (from.parse::<i64>().unwrap(), true),
        None => (set.parse().unwrap(), false),
    };
    // A mail command that no 32 bits hold is refused by real servers.
    assert!(from <= i64::from(u32::MAX), "UID {from} is no UID");
    let mut found: Vec<i64> = all
        .into_iter()
        .filter(|&uid| {
            if open {
                uid >= from || uid == last
            } else {
                uid == from
            }
        })
        .collect();
    if open && !found.iter().any(|&uid| uid >= from) {
        folder.looks += 1;
    }
    if folder.stutters {
        found = found.iter().chain(&found).copied().collect();
    }
    let uids: Vec<String> = found.iter().map(ToString::to_string).collect();
    format!("* SEARCH {}\r\n", uids.join(" "))
}

fn fetch(folder: &mut Folder, rest: &str) -> (String, bool) {
    let (set, what) = rest.split_once(' ').unwrap();
    let wanted: Vec<i64> = set.split(',').map(|uid| uid.parse().unwrap()).collect();
    let mut answers = String::new();
    let mut handed = Vec::new();
    for (at, mail) in folder.mails.iter().enumerate() {
        if !wanted.contains(&mail.uid) {
            continue;
        }
        let Some(answer) = fetched(at + 1, mail, what, folder.no_sizes) else {
            continue;
        };
        if what.contains("BODY") && mail.broken == Broken::Dropped {
            answers.push_str(answer.split_at(answer.len() / 2).0);
            return (answers, true);
        }
        if what.contains("BODY.PEEK[]") && mail.broken == Broken::Nothing {
            handed.push(mail.uid);
        }
        answers.push_str(&answer);
        if folder.stutters {
            answers.push_str(&answer);
        }
    }
    folder.handed_over.extend(handed);
    (answers, false)
}

fn fetched(sequence: usize, mail: &Mail, what: &str, no_sizes: bool) -> Option<String> {
    let uid = mail.uid;
    if what.contains("RFC822.SIZE") {
        if no_sizes {
            return None;
        }
        let size = mail.size.unwrap_or(mail.raw.len() as i64);
        return Some(format!(
            "* {sequence} FETCH (UID {uid} RFC822.SIZE {size} INTERNALDATE \"{}\")\r\n",
            mail.date
        ));
    }
    let (item, content) = if what.contains("[HEADER]") {
        let head = mail.raw.split("\r\n\r\n").next().unwrap();
        ("BODY[HEADER]", format!("{head}\r\n\r\n"))
    } else {
        ("BODY[]", mail.raw.clone())
    };
    let (item, content) = match part_of(&content, what).filter(|_| !mail.only_whole) {
        Some((from, part)) => (format!("{item}<{from}>"), part),
        None => (item.to_owned(), content),
    };
    let announced = match mail.broken {
        Broken::Nothing | Broken::Dropped => content.len(),
        Broken::TooShort => content.len() / 2,
        Broken::TooLong => content.len() * 2,
        Broken::Monstrous => 400_000_000,
    };
    mail.fetched
        .then(|| format!("* {sequence} FETCH (UID {uid} {item} {{{announced}}}\r\n{content})\r\n"))
}

/// The piece that `BODY.PEEK[]<from.most>` asks for.
fn part_of(content: &str, what: &str) -> Option<(usize, String)> {
    let (from, most) = what.split_once('<')?.1.split_once('>')?.0.split_once('.')?;
    let from: usize = from.parse().unwrap();
    let most: usize = most.parse().unwrap();
    let start = from.min(content.len());
    let end = start.saturating_add(most).min(content.len());
    Some((from, content[start..end].to_owned()))
}
