//! An SMTP server that misbehaves on request.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behaviour {
    Accept,
    LaterAtRcpt,
    RefuseAtRcpt,
    RefuseAfterText,
    LaterAfterText,
    DropBeforeText,
    DropAfterText,
    RefuseSignIn,
    /// The provider's limits: at once, and of the day.
    SlowDown,
    DailyLimit,
    /// Says 421 instead of hello.
    BusyGreeting,
}

/// Recipient and mail.
pub type Taken = (String, Vec<u8>);

#[derive(Clone)]
pub struct FakeSmtp {
    pub port: u16,
    behaviour: Arc<Mutex<Behaviour>>,
    taken: Arc<Mutex<Vec<Taken>>>,
    /// Conversations so far, open now, and most at once.
    counts: Arc<Mutex<(usize, usize, usize)>>,
    /// Ended to drop every open conversation.
    drops: watch::Sender<u64>,
    /// Recipients whose mail is answered with 452 whatever the behaviour.
    disliked: Arc<Mutex<Vec<String>>>,
    /// What follows AUTH in the answer to EHLO.
    pub offers: Arc<Mutex<&'static str>>,
    /// The access tokens that are let in.
    pub tokens: Arc<Mutex<Vec<String>>>,
    /// Every sign-in by token, as it was said.
    pub said: Arc<Mutex<Vec<String>>>,
}

impl FakeSmtp {
    pub async fn start() -> FakeSmtp {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = FakeSmtp {
            port: listener.local_addr().unwrap().port(),
            behaviour: Arc::new(Mutex::new(Behaviour::Accept)),
            taken: Arc::default(),
            counts: Arc::default(),
            drops: watch::Sender::new(0),
            disliked: Arc::default(),
            offers: Arc::new(Mutex::new("PLAIN")),
            tokens: Arc::default(),
            said: Arc::default(),
        };
        let serving = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = serving.clone();
                tokio::spawn(async move {
                    let mut dropped = server.drops.subscribe();
                    server.count(1);
                    tokio::select! {
                        _ = server.converse(stream) => {}
                        _ = dropped.changed() => {}
                    }
                    server.count(-1);
                });
            }
        });
        server
    }

    pub fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    fn count(&self, change: isize) {
        let mut counts = self.counts.lock().unwrap();
        if change > 0 {
            counts.0 += 1;
        }
        counts.1 = counts.1.saturating_add_signed(change);
        counts.2 = counts.2.max(counts.1);
    }

    /// Conversations so far, open now, and most at once.
    pub fn counts(&self) -> (usize, usize, usize) {
        *self.counts.lock().unwrap()
    }

    /// Drops every open conversation without a word.
    pub async fn drop_all(&self) {
        self.drops.send_modify(|n| *n += 1);
        while self.counts().1 > 0 {
            tokio::task::yield_now().await;
        }
    }

    /// Answers mail to this recipient as if the disk were full.
    pub fn dislike(&self, recipient: &str) {
        self.disliked.lock().unwrap().push(recipient.to_owned());
    }

    fn dislikes(&self, line: &str) -> bool {
        let disliked = self.disliked.lock().unwrap();
        disliked
            .iter()
            .any(|recipient| line.contains(recipient.as_str()))
    }

    /// What the server took responsibility for: recipient and mail.
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    async fn converse(&self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        if *self.behaviour.lock().unwrap() == Behaviour::BusyGreeting {
            say(&mut stream, "421 4.7.0 too many connections").await?;
            return None;
        }
        say(&mut stream, "220 fake").await?;
        let mut recipient = String::new();
        loop {
            let line = read(&mut stream).await?;
            let verb = line.get(..4).unwrap_or_default().to_uppercase();
            let behaviour = *self.behaviour.lock().unwrap();
            let greeting = format!(
                "250-fake\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH {}",
                self.offers.lock().unwrap()
            );
            let answer = match (verb.as_str(), behaviour) {
                ("EHLO", _) => greeting.as_str(),
                ("AUTH", _) if line.contains("OAUTH") => self.by_token(&mut stream, &line).await?,
                ("AUTH", Behaviour::RefuseSignIn) => "535 5.7.8 wrong password",
                ("AUTH", _) => "235 welcome",
                ("MAIL", Behaviour::SlowDown) => "421 4.7.0 too many mails, slow down",
                ("MAIL", Behaviour::DailyLimit) => "550 5.4.5 Daily user sending limit exceeded",
                ("RCPT", _) if self.dislikes(&line) => "452 4.3.1 insufficient storage",
                ("RCPT", Behaviour::LaterAtRcpt) => "451 4.7.1 greylisted, come back",
                ("RCPT", Behaviour::RefuseAtRcpt) => "550 5.1.1 no such person",
                ("RCPT", _) => {
                    recipient = line
                        .trim_end()
                        .get(8..)?
                        .trim_matches(['<', '>'])
                        .to_owned();
                    "250 ok"
                }
                ("DATA", Behaviour::DropBeforeText) => return None,
                ("DATA", _) => {
                    say(&mut stream, "354 go on").await?;
                    let mut mail = Vec::new();
                    loop {
                        let line = read(&mut stream).await?;
                        if line.trim_end() == "." {
                            break;
                        }
                        mail.extend_from_slice(line.as_bytes());
                    }
                    match behaviour {
                        Behaviour::DropAfterText => return None,
                        Behaviour::RefuseAfterText => "554 5.7.1 looks like spam",
                        Behaviour::LaterAfterText => "452 4.2.2 mailbox full",
                        _ => {
                            self.taken.lock().unwrap().push((recipient.clone(), mail));
                            "250 2.0.0 queued"
                        }
                    }
                }
                ("QUIT", _) => {
                    say(&mut stream, "221 bye").await?;
                    return None;
                }
                _ => "250 ok",
            };
            say(&mut stream, answer).await?;
        }
    }
}

impl FakeSmtp {
    /// Hears a token, as it must be said exactly.
    async fn by_token(
        &self,
        stream: &mut BufReader<TcpStream>,
        line: &str,
    ) -> Option<&'static str> {
        use base64::Engine;
        let (mechanism, said) = line.trim_end().strip_prefix("AUTH ")?.split_once(' ')?;
        let clear = base64::engine::general_purpose::STANDARD
            .decode(said)
            .ok()?;
        let clear = String::from_utf8(clear).ok()?;
        self.said
            .lock()
            .unwrap()
            .push(format!("{mechanism} {clear}"));
        let let_in = self
            .tokens
            .lock()
            .unwrap()
            .iter()
            .any(|token| clear.contains(&format!("\x01auth=Bearer {token}\x01\x01")));
        if let_in {
            return Some("235 welcome");
        }
        // {"status":"401"}
        say(stream, "334 eyJzdGF0dXMiOiI0MDEifQ==").await?;
        let farewell = read(stream).await?;
        let expected = if mechanism == "XOAUTH2" { "" } else { "AQ==" };
        assert_eq!(farewell.trim_end(), expected, "how {mechanism} ends");
        Some("535 5.7.8 Username and Password not accepted")
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let read = stream.read_line(&mut line).await.ok()?;
    (read > 0).then_some(line)
}

async fn say(stream: &mut BufReader<TcpStream>, answer: &str) -> Option<()> {
    stream
        .get_mut()
        .write_all(format!("{answer}\r\n").as_bytes())
        .await
        .ok()
}
