//! The server's side of SMTP (RFC 5321) and LMTP (RFC 2033): one conversation for both, since they
//! differ in the greeting and in how many answers follow a mail.
//!
//! Invariants: everything is bounded (line, recipients, bytes, commands, silence); a mail ends at
//! `CRLF . CRLF` and at nothing that merely looks like it, so no second mail can be smuggled in;
//! an answer of 250 is the door's word that the mail is durable.

mod command;
mod wire;

use std::borrow::Cow;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};

use super::large::Taking;
use command::{Attribute, Command};
use wire::{Line, Wire};

/// Longest command, in bytes: RFC 5321 asks for 512 and more for each extension.
const LINE_BYTES_MAX: usize = 2_048;
/// After this many commands that were not understood the other side is no mail server.
const MISTAKES_MAX: usize = 20;

/// What is answered to a command, without the line's end.
pub type Reply = Cow<'static, str>;

/// Which of the two languages is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// One answer for a mail.
    Smtp,
    /// One answer for each recipient.
    Lmtp,
}

/// The terms on which a server talks.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The language.
    pub dialect: Dialect,
    /// The name the server gives itself.
    pub name: String,
    /// Largest mail in bytes.
    pub mail_bytes_max: usize,
    /// Most recipients of one mail.
    pub recipients_max: usize,
    /// Most commands of one connection.
    pub commands_max: usize,
    /// Longest silence.
    pub idle_max: Duration,
    /// Whether the other side is believed when it says on whose behalf it speaks (XFORWARD and
    /// XCLIENT, as Postfix and Dovecot say them).
    pub trusts_peer: bool,
}

/// Whom the other side says the mail comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Client {
    /// The client's address.
    pub ip: Option<IpAddr>,
    /// The name it greeted with.
    pub helo: Option<String>,
}

/// A mail that was handed over.
#[derive(Debug)]
pub struct Handed<P, C> {
    /// The address of `MAIL FROM`; empty for the null sender.
    pub from: String,
    /// The recipients that were admitted, with the place of each.
    pub recipients: Vec<(String, P)>,
    /// Whom it comes from.
    pub client: Client,
    /// What took its bytes.
    pub content: C,
}

/// What a server does with mail.
pub trait Door: Sync {
    /// Where the mail of a recipient goes.
    type Place: Clone + Send + Sync;

    /// Admits a recipient, or says why not.
    fn admit(&self, address: &str) -> impl Future<Output = Result<Self::Place, Reply>> + Send;

    /// What takes the bytes of a mail.
    type Content: Taking;

    /// Makes ready for a mail to this place, that of its first recipient.
    fn begin(&self, place: &Self::Place) -> Self::Content;

    /// Keeps a mail: one answer for each recipient, 250 only when it is durable.
    fn take(
        &self,
        mail: Handed<Self::Place, Self::Content>,
    ) -> impl Future<Output = Vec<Reply>> + Send;

    /// Hears of a mail that was announced with more bytes than are taken, and answers it.
    fn too_large(
        &self,
        from: &str,
        recipient: (&str, Self::Place),
        bytes: u64,
    ) -> impl Future<Output = Reply> + Send;
}

/// A mail under way.
struct Letter<P> {
    from: String,
    /// The size that was announced, when it is too large.
    too_large: Option<u64>,
    recipients: Vec<(String, P)>,
}

struct Session<'a, S, D: Door> {
    wire: Wire<S>,
    door: &'a D,
    terms: &'a Terms,
    greeted: bool,
    client: Client,
    /// Whom the next mail is forwarded for; forgotten with that mail.
    forwarded: Option<Client>,
    letter: Option<Letter<D::Place>>,
}

/// Talks until the other side leaves, falls silent or misbehaves.
///
/// # Errors
/// The connection broke.
pub async fn converse<S, D>(stream: S, door: &D, terms: &Terms) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    D: Door,
{
    let mut session = Session {
        wire: Wire::new(stream, terms.idle_max),
        door,
        terms,
        greeted: false,
        client: Client::default(),
        forwarded: None,
        letter: None,
    };
    session.greet();
    let mut mistakes = 0_usize;
    for _ in 0..terms.commands_max {
        let line = match session.wire.line(LINE_BYTES_MAX).await {
            Ok(Line::Whole(line)) => line,
            Ok(Line::TooLong) => {
                session.wire.say("500 5.5.2 That line is too long");
                continue;
            }
            Ok(Line::End) => return session.wire.flush().await,
            Err(silence) if silence.kind() == io::ErrorKind::TimedOut => {
                session.wire.say("421 4.4.2 Silence for too long");
                return session.wire.flush().await;
            }
            Err(broken) => return Err(broken),
        };
        match command::parse(&line) {
            Ok(Command::Quit) => {
                session.wire.say("221 2.0.0 Bye");
                return session.wire.flush().await;
            }
            Ok(command) => session.obey(command).await?,
            Err(refusal) => {
                session.wire.say(refusal);
                mistakes = mistakes.saturating_add(1);
                if mistakes == MISTAKES_MAX {
                    break;
                }
            }
        }
    }
    session.wire.say("421 4.7.0 Too many commands");
    session.wire.flush().await
}

impl<S, D> Session<'_, S, D>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
    D: Door,
{
    fn greet(&mut self) {
        let kind = match self.terms.dialect {
            Dialect::Smtp => "ESMTP",
            Dialect::Lmtp => "LMTP",
        };
        self.wire
            .say(&format!("220 {} {kind} Evenkeel", self.terms.name));
    }

    async fn obey(&mut self, command: Command) -> io::Result<()> {
        match command {
            Command::Hello { verb, name } => self.hello(verb, name),
            Command::Mail { from, size } => self.mail(from, size),
            Command::Recipient { to } => {
                let reply = self.recipient(to).await;
                self.wire.say(&reply);
            }
            Command::Content => return self.content().await,
            Command::Behalf { anew, attributes } => self.behalf(anew, attributes),
            Command::Reset => {
                (self.letter, self.forwarded) = (None, None);
                self.wire.say("250 2.0.0 OK");
            }
            Command::Verify => self.wire.say("252 2.1.5 Send some mail and see"),
            Command::Nothing | Command::Quit => self.wire.say("250 2.0.0 OK"),
        }
        Ok(())
    }

    fn hello(&mut self, verb: command::Hello, name: String) {
        use command::Hello;
        let wanted = match self.terms.dialect {
            Dialect::Smtp => verb != Hello::Lhlo,
            Dialect::Lmtp => verb == Hello::Lhlo,
        };
        if !wanted {
            let mend = match self.terms.dialect {
                Dialect::Smtp => "500 5.5.1 This server speaks SMTP: begin with EHLO",
                Dialect::Lmtp => "500 5.5.1 This server speaks LMTP: begin with LHLO",
            };
            self.wire.say(mend);
            return;
        }
        self.greeted = true;
        (self.letter, self.forwarded) = (None, None);
        // A mail server greets with its own name; whom it speaks for, it says by XFORWARD.
        if self.terms.dialect == Dialect::Smtp {
            self.client.helo = Some(name);
        }
        if verb == Hello::Helo {
            self.wire.say(&format!("250 {}", self.terms.name));
            return;
        }
        let mut lines = vec![
            self.terms.name.clone(),
            "PIPELINING".to_owned(),
            "ENHANCEDSTATUSCODES".to_owned(),
            "8BITMIME".to_owned(),
            "SMTPUTF8".to_owned(),
        ];
        if self.terms.trusts_peer {
            lines.push("XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE".to_owned());
            lines.push("XCLIENT NAME ADDR PORT PROTO HELO LOGIN SESSION TTL TIMEOUT".to_owned());
        }
        for line in lines {
            self.wire.say(&format!("250-{line}"));
        }
        self.wire
            .say(&format!("250 SIZE {}", self.terms.mail_bytes_max));
    }

    fn mail(&mut self, from: String, size: Option<u64>) {
        if self.terms.dialect == Dialect::Lmtp && !self.greeted {
            self.wire.say("503 5.5.1 LHLO comes first");
            return;
        }
        if self.letter.is_some() {
            self.wire
                .say("503 5.5.1 A mail is under way already: RSET drops it");
            return;
        }
        let most = u64::try_from(self.terms.mail_bytes_max).unwrap_or(u64::MAX);
        self.letter = Some(Letter {
            from,
            too_large: size.filter(|size| *size > most),
            recipients: Vec::new(),
        });
        self.wire.say("250 2.1.0 OK");
    }

    async fn recipient(&mut self, to: String) -> Reply {
        let Some(letter) = &mut self.letter else {
            return "503 5.5.1 MAIL comes first".into();
        };
        if letter.recipients.len() >= self.terms.recipients_max {
            return "452 4.5.3 Too many recipients".into();
        }
        match self.door.admit(&to).await {
            Ok(place) => match letter.too_large {
                Some(bytes) => self.door.too_large(&letter.from, (&to, place), bytes).await,
                None => {
                    letter.recipients.push((to, place));
                    "250 2.1.5 OK".into()
                }
            },
            Err(refusal) => refusal,
        }
    }

    async fn content(&mut self) -> io::Result<()> {
        let letter = self.letter.take();
        let place = letter.as_ref().and_then(|it| it.recipients.first());
        let Some(mut content) = place.map(|(_, place)| self.door.begin(place)) else {
            self.letter = letter;
            self.wire.say("503 5.5.1 RCPT comes first");
            return Ok(());
        };
        let Some(letter) = letter else {
            return Ok(());
        };
        self.wire.say("354 End with a dot on its own line");
        self.wire.content(&mut content).await?;
        let recipients = letter.recipients.len();
        let handed = Handed {
            from: letter.from,
            recipients: letter.recipients,
            client: self.forwarded.take().unwrap_or_else(|| self.client.clone()),
            content,
        };
        let mut replies = self.door.take(handed).await;
        let again: Reply = "451 4.3.0 Try again later".into();
        match self.terms.dialect {
            Dialect::Lmtp => {
                replies.resize(recipients, again);
                for reply in replies {
                    self.wire.say(&reply);
                }
            }
            Dialect::Smtp => {
                // One answer for all: the first that is no yes.
                let refusal = replies.iter().position(|reply| !reply.starts_with('2'));
                let reply = replies.into_iter().nth(refusal.unwrap_or(0));
                self.wire.say(&reply.unwrap_or(again));
            }
        }
        Ok(())
    }

    fn behalf(&mut self, anew: bool, attributes: Vec<Attribute>) {
        if !self.terms.trusts_peer {
            self.wire
                .say("550 5.7.0 Only a trusted server may say this");
            return;
        }
        let client = if anew {
            &mut self.client
        } else {
            self.forwarded.get_or_insert_default()
        };
        for attribute in attributes {
            match attribute {
                Attribute::Address(ip) => client.ip = ip,
                Attribute::Helo(helo) => client.helo = helo,
            }
        }
        if anew {
            // XCLIENT begins the conversation anew, as if that client had just connected.
            self.greeted = false;
            (self.letter, self.forwarded) = (None, None);
            self.greet();
        } else {
            self.wire.say("250 2.0.0 OK");
        }
    }
}
