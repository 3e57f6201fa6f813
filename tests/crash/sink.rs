//! A server for outgoing mail that is not to be trusted: it drops connections before, in and after
//! a mail's text, puts off, refuses, hangs, answers late, and takes a mail without saying so.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::dice::Dice;

/// Between the end of a mail and its acceptance: the moment at which a kill leaves it uncertain.
const PONDERING: Duration = Duration::from_millis(15);
const HANGING: Duration = Duration::from_millis(1500);
/// Of connections, in percent.
const FAULTY: u64 = 25;
const FAULTS: [Fault; 14] = [
    Fault::DropsAt("connection"),
    Fault::PutsOff("connection"),
    Fault::DropsAt("EHLO"),
    Fault::DropsAt("MAIL"),
    Fault::PutsOff("RCPT"),
    Fault::Refuses,
    Fault::DropsAt("DATA"),
    Fault::PutsOff("DATA"),
    Fault::DropsInText,
    Fault::DropsAfterText,
    Fault::PutsOff("text"),
    Fault::TakesSilently,
    Fault::Hangs,
    Fault::IsLate,
];

/// What the server does to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Closes instead of answering.
    DropsAt(&'static str),
    /// Answers 421 or 451.
    PutsOff(&'static str),
    /// Answers 550 to RCPT.
    Refuses,
    /// Closes in the middle of the text.
    DropsInText,
    /// Closes after the final dot and takes nothing.
    DropsAfterText,
    /// Takes the mail and closes without an answer.
    TakesSilently,
    /// Takes the mail and falls silent for a while before it closes.
    Hangs,
    /// Takes the mail and says so late.
    IsLate,
}

/// A mail for one recipient that the server took, perhaps more than once.
#[derive(Clone)]
pub struct Taken {
    pub text: String,
    pub recipient: String,
    pub message_id: String,
    pub times: usize,
}

/// The server; cloned freely.
#[derive(Clone)]
pub struct Sink(Arc<Shared>);

struct Shared {
    port: u16,
    dice: Dice,
    healed: AtomicBool,
    connections: AtomicU64,
    taken: Mutex<HashMap<(String, String), Taken>>,
    faults: Mutex<BTreeMap<String, u64>>,
}

impl Sink {
    /// Listens on a free port until the test ends.
    pub async fn start(dice: Dice) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self(Arc::new(Shared {
            port: listener.local_addr().unwrap().port(),
            dice,
            healed: AtomicBool::new(false),
            connections: AtomicU64::new(0),
            taken: Mutex::default(),
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

    /// Behaves from now on.
    pub fn heal(&self) {
        self.0.healed.store(true, Ordering::Relaxed);
    }

    /// How many copies of the mail with this text it took for this recipient.
    pub fn times(&self, text: &str, recipient: &str) -> usize {
        let taken = self.0.taken.lock().unwrap();
        taken
            .get(&(text.to_owned(), recipient.to_owned()))
            .map_or(0, |taken| taken.times)
    }

    /// Everything it took.
    pub fn taken(&self) -> Vec<Taken> {
        let mut all: Vec<Taken> = self.0.taken.lock().unwrap().values().cloned().collect();
        all.sort_by(|a, b| (&a.text, &a.recipient).cmp(&(&b.text, &b.recipient)));
        all
    }

    /// How often it did what.
    pub fn faults(&self) -> BTreeMap<String, u64> {
        self.0.faults.lock().unwrap().clone()
    }

    fn fault(&self) -> Option<Fault> {
        let connection = self.0.connections.fetch_add(1, Ordering::Relaxed);
        let random = self.0.dice.stream("smtp", connection);
        if self.0.healed.load(Ordering::Relaxed) || random.below(100) >= FAULTY {
            return None;
        }
        let count = u64::try_from(FAULTS.len()).unwrap();
        Some(FAULTS[usize::try_from(random.below(count)).unwrap()])
    }

    /// Takes the mail; what happens to the connection from here on changes nothing about that.
    fn take(&self, mail: &str, recipient: &str) {
        let Some(text) = text_of(mail) else { return };
        let unfolded = mail.replace("\n ", " ");
        let header = unfolded.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("message-id").then_some(value)
        });
        let message_id = header.unwrap_or_default().trim().to_owned();
        let mut all = self.0.taken.lock().unwrap();
        let key = (text.clone(), recipient.to_owned());
        let taken = all.entry(key).or_insert(Taken {
            text,
            recipient: recipient.to_owned(),
            message_id,
            times: 0,
        });
        taken.times += 1;
    }

    async fn converse(&self, stream: TcpStream) -> Option<()> {
        let (read, write) = stream.into_split();
        let mut talk = Talk {
            server: self,
            lines: BufReader::new(read).lines(),
            write,
            fault: self.fault(),
        };
        talk.reach("connection", "220 sink.test ESMTP").await?;
        let mut recipient = String::new();
        loop {
            let line = talk.lines.next_line().await.ok()??;
            let verb = line.get(..4).unwrap_or(&line).to_uppercase();
            match verb.as_str() {
                "EHLO" | "HELO" => talk.reach("EHLO", "250 sink.test").await?,
                "MAIL" => talk.reach("MAIL", "250 ok").await?,
                "RCPT" => {
                    let (_, rest) = line.split_once('<')?;
                    rest.split('>').next()?.clone_into(&mut recipient);
                    talk.recipient().await?
                }
                "DATA" => {
                    if talk.reach("DATA", "354 go on").await? == Reached::Said {
                        talk.text(&recipient).await?;
                    }
                    continue;
                }
                "QUIT" => {
                    talk.say("221 bye").await?;
                    return None;
                }
                _ => talk.reach("", "250 ok").await?,
            };
        }
    }
}

#[derive(PartialEq, Eq)]
enum Reached {
    Said,
    PutOff,
}

/// One connection.
struct Talk<'a> {
    server: &'a Sink,
    lines: Lines<BufReader<OwnedReadHalf>>,
    write: OwnedWriteHalf,
    fault: Option<Fault>,
}

impl Talk<'_> {
    /// Answers a step, unless its fault strikes here; `None` ends the connection.
    async fn reach(&mut self, step: &'static str, answer: &str) -> Option<Reached> {
        if self.strikes(Fault::DropsAt(step)) {
            return None;
        }
        if self.strikes(Fault::PutsOff(step)) {
            if step == "connection" {
                self.say("421 too busy, come back").await?;
                return None;
            }
            self.say("451 not now, come back").await?;
            return Some(Reached::PutOff);
        }
        self.say(answer).await?;
        Some(Reached::Said)
    }

    async fn recipient(&mut self) -> Option<Reached> {
        if self.strikes(Fault::Refuses) {
            self.say("550 no such person").await?;
            return Some(Reached::PutOff);
        }
        self.reach("RCPT", "250 ok").await
    }

    async fn text(&mut self, recipient: &str) -> Option<()> {
        let mut mail = String::new();
        loop {
            let line = self.lines.next_line().await.ok()??;
            if line == "." {
                break;
            }
            mail.push_str(&line);
            mail.push('\n');
            if mail.len() > 300 && self.strikes(Fault::DropsInText) {
                return None;
            }
        }
        if self.strikes(Fault::DropsAfterText) {
            return None;
        }
        if self.fault == Some(Fault::PutsOff("text")) {
            return self.reach("text", "").await.map(drop);
        }
        self.server.take(&mail, recipient);
        if self.strikes(Fault::TakesSilently) {
            return None;
        }
        if self.strikes(Fault::Hangs) {
            tokio::time::sleep(HANGING).await;
            return None;
        }
        let late = self.strikes(Fault::IsLate);
        tokio::time::sleep(if late { HANGING / 3 } else { PONDERING }).await;
        self.say("250 accepted").await
    }

    /// Whether it is this fault's turn; a fault strikes once.
    fn strikes(&mut self, fault: Fault) -> bool {
        let strikes = self.fault.take_if(|own| *own == fault).is_some();
        if strikes {
            let mut faults = self.server.0.faults.lock().unwrap();
            *faults.entry(format!("{fault:?}")).or_default() += 1;
        }
        strikes
    }

    async fn say(&mut self, answer: &str) -> Option<()> {
        let line = format!("{answer}\r\n");
        self.write.write_all(line.as_bytes()).await.ok()
    }
}

/// The word by which the test knows a mail again; what is quoted below it is older.
fn text_of(mail: &str) -> Option<String> {
    mail.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
        .find(|word| word.starts_with("crash-reply-"))
        .map(str::to_owned)
}
