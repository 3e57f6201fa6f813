//! Fetching mail by IMAP (RFC 3501) with IDLE (RFC 2177). Read-only: folders are opened with
//! EXAMINE and bodies fetched with PEEK, so nothing on the server changes.

mod answers;
mod guard;
mod patience;
mod sign_in;

use super::server::{MailTls, STEP_TIMEOUT, Security, Server, ServerProblem, Step};
use super::server::{connect, encrypt};
use async_imap::Client;
use async_imap::Session as ImapSession;
use async_imap::error::Error;
use async_imap::extensions::idle::IdleResponse;
use async_imap::imap_proto::{MailboxDatum, Response};
use guard::Guarded;
use kernel::clock::Clock;
use kernel::time::Timestamp;
use patience::Patience;
use std::time::Duration;

/// Longest wait for a list of mails.
const LIST_TIMEOUT: Duration = Duration::from_secs(60);
/// Slowest hand-over of a mail's content that is waited for, in bytes a second.
const BYTES_A_SECOND: u64 = 64 * 1024;

type Stream = Guarded;

/// A signed-in session with one folder open.
pub struct Mailbox {
    session: ImapSession<Stream>,
    patience: Patience,
    folder: String,
    /// The folder's UIDVALIDITY; when it changes, all UIDs of before are void.
    pub uid_validity: i64,
    /// The UID the next arriving mail will get, when the server says so.
    pub uid_next: Option<i64>,
    can_idle: bool,
}

/// A mail's number and size on the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its UID within the folder's UIDVALIDITY.
    pub uid: i64,
    /// Its size in bytes, as the server says.
    pub size: i64,
    /// When the server got it (INTERNALDATE), in microseconds since the epoch.
    pub arrived_at: Option<i64>,
}

/// What a server answers when a piece of a mail is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The bytes that are there; none behind the end.
    Bytes(Vec<u8>),
    /// The whole mail: the server knows no pieces.
    All(Vec<u8>),
    /// Nothing.
    Missing,
    /// Pieces of several mails under one UID.
    Several,
}

/// What a server lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The first mails, in order.
    pub mails: Vec<Listed>,
    /// How many there are, those in `mails` included.
    pub found: usize,
}

/// Why waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The server said that mail arrived.
    Arrived,
    /// The server said that something else changed.
    Changed,
    /// The time was up.
    TimeUp,
}

/// Signs in and opens a folder. Every step is waited for by `clock`, and not for ever.
///
/// # Errors
/// The step that failed, in plain words.
pub async fn open(
    server: &Server,
    tls: &MailTls,
    clock: &Clock,
    folder: &str,
) -> Result<Mailbox, ServerProblem> {
    let patience = Patience::new(clock, &server.host);
    let stream = Box::new(connect(server).await?);
    let stream = match server.security {
        Security::Tls => encrypt(server, tls, clock, stream).await?,
        Security::Starttls | Security::None => stream,
    };
    let mut client = Client::new(Guarded::new(stream));
    greeting(&mut client, server, &patience).await?;
    if server.security == Security::Starttls {
        client = start_tls(client, server, tls, &patience).await?;
    }
    let mut session = sign_in::sign_in(client, server, &patience).await?;
    let asking = session.capabilities();
    let offered = patience.step(Step::SignIn, STEP_TIMEOUT, asking).await?;
    let can_idle = offered.has_str("IDLE");
    let mut mailbox = Mailbox {
        session,
        patience,
        folder: folder.to_owned(),
        uid_validity: 0,
        uid_next: None,
        can_idle,
    };
    mailbox.reopen().await?;
    Ok(mailbox)
}

async fn greeting(
    client: &mut Client<Stream>,
    server: &Server,
    patience: &Patience,
) -> Result<(), ServerProblem> {
    let greeted = patience.wait(STEP_TIMEOUT, client.read_response()).await;
    match greeted.ok_or_else(|| ServerProblem::silent(Step::Connect, &server.host))? {
        Ok(Some(_)) => Ok(()),
        Ok(None) | Err(_) => Err(ServerProblem::new(
            Step::Connect,
            format!(
                "{} does not answer like an IMAP server on port {}.",
                server.host, server.port
            ),
            "Check the port and the kind of encryption: 993 wants TLS, 143 wants STARTTLS.",
        )),
    }
}

async fn start_tls(
    mut client: Client<Stream>,
    server: &Server,
    tls: &MailTls,
    patience: &Patience,
) -> Result<Client<Stream>, ServerProblem> {
    let asking = client.run_command_and_check_ok("STARTTLS", None);
    patience
        .wait(STEP_TIMEOUT, asking)
        .await
        .ok_or_else(|| ServerProblem::silent(Step::Tls, &server.host))?
        .map_err(|_| {
            ServerProblem::new(
                Step::Tls,
                format!(
                    "{} offers no STARTTLS on port {}.",
                    server.host, server.port
                ),
                "Choose TLS and port 993, or the port meant for STARTTLS (143).",
            )
        })?;
    // The plain session and whatever a meddler slipped behind STARTTLS end here.
    let plain = client.into_inner().into_inner();
    let encrypted = encrypt(server, tls, patience.clock(), plain).await?;
    Ok(Client::new(Guarded::new(encrypted)))
}

impl Mailbox {
    /// Opens the folder anew, so that its UIDVALIDITY and UIDNEXT are those of now.
    ///
    /// # Errors
    /// The server refuses, or the conversation broke off.
    pub async fn reopen(&mut self) -> Result<(), ServerProblem> {
        let opening = self.session.examine(&self.folder);
        let opened = self
            .patience
            .step(Step::Folder, STEP_TIMEOUT, opening)
            .await?;
        let uid_validity = opened.uid_validity.ok_or_else(|| {
            ServerProblem::new(
                Step::Folder,
                format!(
                    "{} gives the folder {} no UIDVALIDITY.",
                    self.patience.host(),
                    self.folder
                ),
                "This server can't be read safely; choose another folder or server.",
            )
        })?;
        self.uid_validity = i64::from(uid_validity);
        self.uid_next = opened.uid_next.map(i64::from);
        Ok(())
    }

    /// Mails with a UID above `after`: the first `limit` of them, and how many there are.
    ///
    /// # Errors
    /// The conversation broke off.
    pub async fn list(&mut self, after: i64, limit: usize) -> Result<Listing, ServerProblem> {
        // UIDs have 32 bits; a cursor at their end, true or a lie, must not make a command of it
        // that no server understands.
        let first = after.saturating_add(1).clamp(1, i64::from(u32::MAX));
        let query = format!("UID {first}:*");
        let searching = answers::search(&mut self.session, &query);
        let mut uids = self.patience.within(LIST_TIMEOUT, searching).await?;
        // `n:*` always names the last mail, even when its UID is below n (RFC 3501, 6.4.8).
        uids.retain(|&uid| uid > 0 && i64::from(uid) > after);
        let found = uids.len();
        uids.truncate(limit);
        if uids.is_empty() {
            return Ok(Listing::default());
        }
        let set: Vec<String> = uids.iter().map(ToString::to_string).collect();
        let set = set.join(",");
        let items = "(UID RFC822.SIZE INTERNALDATE)";
        let describing = answers::fetch(&mut self.session, &set, items);
        let fetched = self.patience.within(LIST_TIMEOUT, describing).await?;
        let described = |uid: u32| {
            let found = fetched.iter().find(|fetched| fetched.uid == Some(uid));
            Listed {
                uid: i64::from(uid),
                size: found.and_then(|found| found.size).map_or(0, i64::from),
                arrived_at: found.and_then(|found| found.arrived_at),
            }
        };
        let mails = uids.into_iter().map(described).collect();
        Ok(Listing { mails, found })
    }

    /// Mails with a UID above `after`, in order.
    ///
    /// # Errors
    /// The conversation broke off.
    pub async fn listed_after(
        &mut self,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Listed>, ServerProblem> {
        Ok(self.list(after, limit).await?.mails)
    }

    /// The highest UID now in the folder; 0 when it is empty. Looked up rather than concluded from
    /// UIDNEXT, about which some servers are wrong.
    ///
    /// # Errors
    /// The conversation broke off.
    pub async fn highest_uid(&mut self) -> Result<i64, ServerProblem> {
        let searching = answers::search(&mut self.session, "UID 1:*");
        let all = self.patience.within(LIST_TIMEOUT, searching).await?;
        Ok(all.into_iter().max().map_or(0, i64::from))
    }

    /// Whether the server still lists a mail.
    ///
    /// # Errors
    /// The conversation broke off.
    pub async fn lists(&mut self, uid: i64) -> Result<bool, ServerProblem> {
        let query = format!("UID {uid}");
        let searching = answers::search(&mut self.session, &query);
        let found = self.patience.within(LIST_TIMEOUT, searching).await?;
        Ok(found.into_iter().any(|found| i64::from(found) == uid))
    }

    /// The raw mail; `None` when the server no longer hands it over.
    ///
    /// # Errors
    /// The conversation broke off.
    pub async fn raw(&mut self, uid: i64) -> Result<Option<Vec<u8>>, ServerProblem> {
        Ok(self.copies(uid, 0).await?.into_iter().next())
    }

    /// Everything the server hands over under a UID: one mail, or none; several from a server that
    /// gave one UID twice. `size` is what the server said; larger mails are waited for longer.
    ///
    /// # Errors
    /// The conversation broke off.
    pub async fn copies(&mut self, uid: i64, size: i64) -> Result<Vec<Vec<u8>>, ServerProblem> {
        self.part(uid, "BODY.PEEK[]", size).await
    }

    /// At most `most` bytes of a mail from `from` on (RFC 3501, 6.4.5: partial fetch).
    ///
    /// # Errors
    /// The conversation broke off, or the server answers something else.
    pub async fn piece(&mut self, uid: i64, from: u64, most: u64) -> Result<Piece, ServerProblem> {
        let seconds = most / BYTES_A_SECOND;
        let longest = LIST_TIMEOUT + Duration::from_secs(seconds);
        let (uids, items) = (uid.to_string(), format!("(UID BODY.PEEK[]<{from}.{most}>)"));
        let fetching = answers::fetch(&mut self.session, &uids, &items);
        let fetched = self.patience.within(longest, fetching).await?;
        let mut found: Option<Piece> = None;
        for fetched in fetched {
            if fetched.uid.map(i64::from) != Some(uid) {
                continue;
            }
            let content = fetched.content.unwrap_or_default();
            let piece = match fetched.origin.map(u64::from) {
                Some(origin) if origin == from => Piece::Bytes(content),
                Some(_) => return Err(self.loses_thread()),
                // Nothing is left there, or the server knows no pieces and says everything.
                None if content.is_empty() => Piece::Bytes(content),
                None => Piece::All(content),
            };
            match &found {
                Some(other) if *other != piece => return Ok(Piece::Several),
                _ => found = Some(piece),
            }
        }
        Ok(found.unwrap_or(Piece::Missing))
    }

    /// The problem of a server whose pieces don't fit together.
    pub fn loses_thread(&self) -> ServerProblem {
        ServerProblem::new(
            Step::Folder,
            format!(
                "{} does not hand a large mail over in order.",
                self.patience.host()
            ),
            "It is tried again; if this stays so, ask whoever runs the server.",
        )
    }

    async fn part(
        &mut self,
        uid: i64,
        part: &str,
        size: i64,
    ) -> Result<Vec<Vec<u8>>, ServerProblem> {
        let seconds = u64::try_from(size).unwrap_or_default() / BYTES_A_SECOND;
        let longest = LIST_TIMEOUT + Duration::from_secs(seconds.min(600));
        let (uids, items) = (uid.to_string(), format!("(UID {part})"));
        let fetching = answers::fetch(&mut self.session, &uids, &items);
        let fetched = self.patience.within(longest, fetching).await?;
        let mut found: Vec<Vec<u8>> = Vec::new();
        for fetched in fetched {
            if fetched.uid.map(i64::from) != Some(uid) {
                continue;
            }
            if let Some(content) = fetched.content.filter(|content| !found.contains(content)) {
                found.push(content);
            }
        }
        Ok(found)
    }

    /// Waits until the server reports a change, at most until `until`. A server without IDLE (RFC
    /// 2177) has until then to itself. Ends with a word to the server, so that a connection that
    /// died without a sign is noticed.
    ///
    /// # Errors
    /// The conversation broke off.
    pub async fn wait(mut self, until: Timestamp) -> Result<(Mailbox, Wake), ServerProblem> {
        let clock = self.patience.clock().clone();
        if !self.can_idle {
            clock.sleep_until(until).await;
            let asking = self.session.noop();
            self.patience.within(STEP_TIMEOUT, asking).await?;
            return Ok((self, Wake::TimeUp));
        }
        let mut idle = self.session.idle();
        self.patience.within(STEP_TIMEOUT, idle.init()).await?;
        let woken = {
            // The library's own limit is set beyond ours: it counts from each keep-alive anew.
            let (waiting, _stop) = idle.wait_with_timeout(Duration::from_secs(24 * 3600));
            tokio::select! {
                woken = waiting => Some(woken),
                () = clock.sleep_until(until) => None,
            }
        };
        let wake = match woken {
            None | Some(Ok(IdleResponse::Timeout)) => Wake::TimeUp,
            Some(Ok(IdleResponse::NewData(said))) => match said.parsed() {
                Response::MailboxData(MailboxDatum::Exists(_) | MailboxDatum::Recent(_)) => {
                    Wake::Arrived
                }
                _ => Wake::Changed,
            },
            // The library says so when the stream ends.
            Some(Ok(IdleResponse::ManualInterrupt)) => {
                return Err(self.patience.explain(Step::Folder, &Error::ConnectionLost));
            }
            Some(Err(problem)) => return Err(self.patience.explain(Step::Folder, &problem)),
        };
        let session = self.patience.within(STEP_TIMEOUT, idle.done()).await?;
        Ok((Mailbox { session, ..self }, wake))
    }

    /// Signs out; a server that doesn't answer is left alone.
    pub async fn close(mut self) {
        // Nothing depends on the farewell.
        let leaving = self.session.logout();
        drop(self.patience.wait(Duration::from_secs(5), leaving).await);
    }
}
