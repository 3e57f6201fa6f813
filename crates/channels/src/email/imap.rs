//! Fetching mail by IMAP (RFC 3501) with IDLE (RFC 2177). Read-only: folders are opened with
//! EXAMINE and bodies fetched with PEEK, so nothing on the server changes.

mod answers;

use super::server::{MailStream, MailTls, STEP_TIMEOUT, Security, Server, ServerProblem, Step};
use super::server::{connect, encrypt};
use super::words::single_line;
use async_imap::error::Error;
use async_imap::extensions::idle::IdleResponse;
use async_imap::{Client, Session as ImapSession};
use std::time::Duration;
use tokio::time::timeout;

/// Longest wait for one mail's content.
const FETCH_TIMEOUT: Duration = Duration::from_secs(300);

type Stream = Box<dyn MailStream>;

/// A signed-in session with one folder open.
pub struct Mailbox {
    session: ImapSession<Stream>,
    host: String,
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

/// Why waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The server said that something changed.
    Changed,
    /// The time was up.
    TimeUp,
}

/// Signs in and opens a folder.
///
/// # Errors
/// The step that failed, in plain words.
pub async fn open(server: &Server, tls: &MailTls, folder: &str) -> Result<Mailbox, ServerProblem> {
    let stream: Stream = Box::new(connect(server).await?);
    let stream = match server.security {
        Security::Tls => encrypt(server, tls, stream).await?,
        Security::Starttls | Security::None => stream,
    };
    let mut client = Client::new(stream);
    greeting(&mut client, server).await?;
    if server.security == Security::Starttls {
        client = start_tls(client, server, tls).await?;
    }
    let signing_in = client.login(&server.username, &server.password);
    let mut session = step(Step::SignIn, server, async {
        signing_in.await.map_err(|(e, _)| e)
    })
    .await?;
    let idle = step(Step::SignIn, server, async { session.capabilities().await }).await?;
    let can_idle = idle.has_str("IDLE");
    let selected = step(Step::Folder, server, session.examine(folder)).await?;
    let uid_validity = selected.uid_validity.ok_or_else(|| {
        ServerProblem::new(
            Step::Folder,
            format!("{} gives the folder {folder} no UIDVALIDITY.", server.host),
            "This server can't be read safely; choose another folder or server.",
        )
    })?;
    Ok(Mailbox {
        session,
        host: server.host.clone(),
        uid_validity: i64::from(uid_validity),
        uid_next: selected.uid_next.map(i64::from),
        can_idle,
    })
}

async fn greeting(client: &mut Client<Stream>, server: &Server) -> Result<(), ServerProblem> {
    let greeted = timeout(STEP_TIMEOUT, client.read_response())
        .await
        .map_err(|_| ServerProblem::silent(Step::Connect, &server.host))?;
    match greeted {
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
) -> Result<Client<Stream>, ServerProblem> {
    timeout(
        STEP_TIMEOUT,
        client.run_command_and_check_ok("STARTTLS", None),
    )
    .await
    .map_err(|_| ServerProblem::silent(Step::Tls, &server.host))?
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
    Ok(Client::new(
        encrypt(server, tls, client.into_inner()).await?,
    ))
}

/// Waits for one step and puts its failure in plain words.
async fn step<T>(
    step: Step,
    server: &Server,
    waiting: impl Future<Output = Result<T, Error>>,
) -> Result<T, ServerProblem> {
    let host = &server.host;
    match timeout(STEP_TIMEOUT, waiting).await {
        Err(_) => Err(ServerProblem::silent(step, host)),
        Ok(Ok(done)) => Ok(done),
        Ok(Err(problem)) => Err(explain(step, host, &problem)),
    }
}

fn explain(step: Step, host: &str, problem: &Error) -> ServerProblem {
    let said = match problem {
        Error::No(text) | Error::Bad(text) => single_line(text),
        other => single_line(&other.to_string()),
    };
    match (step, problem) {
        (Step::SignIn, Error::No(_) | Error::Bad(_)) => ServerProblem::new(
            step,
            format!("{host} did not accept the sign-in: {said}"),
            "Check user name and password; some providers want an app password, and IMAP may \
             have to be allowed in the account.",
        ),
        (Step::Folder, Error::No(_) | Error::Bad(_)) => ServerProblem::new(
            step,
            format!("{host} does not open the folder: {said}"),
            "Check the folder's name; the main one is INBOX.",
        ),
        _ => ServerProblem::new(
            step,
            format!("The conversation with {host} broke off: {said}"),
            "Usually this passes; if it stays, ask the server's administrator.",
        ),
    }
}

impl Mailbox {
    /// Mails with a UID above `after`, in order.
    ///
    /// # Errors
    /// The conversation broke off.
    pub async fn listed_after(
        &mut self,
        after: i64,
        limit: usize,
    ) -> Result<Vec<Listed>, ServerProblem> {
        let query = format!("UID {}:*", after.saturating_add(1));
        let searching = answers::search(&mut self.session, &query);
        let mut uids = within(&self.host, FETCH_TIMEOUT, searching).await?;
        // `n:*` always names the last mail, even when its UID is below n (RFC 3501, 6.4.8).
        uids.retain(|&uid| i64::from(uid) > after);
        uids.truncate(limit);
        if uids.is_empty() {
            return Ok(Vec::new());
        }
        let set: Vec<String> = uids.iter().map(ToString::to_string).collect();
        let set = set.join(",");
        let items = "(UID RFC822.SIZE INTERNALDATE)";
        let describing = answers::fetch(&mut self.session, &set, items);
        let fetched = within(&self.host, FETCH_TIMEOUT, describing).await?;
        let described = |uid: u32| {
            let found = fetched.iter().find(|fetched| fetched.uid == Some(uid));
            Listed {
                uid: i64::from(uid),
                size: found.and_then(|found| found.size).map_or(0, i64::from),
                arrived_at: found.and_then(|found| found.arrived_at),
            }
        };
        Ok(uids.into_iter().map(described).collect())
    }

    /// The highest UID now in the folder; 0 when it is empty.
    ///
    /// # Errors
    /// The conversation broke off.
    pub async fn highest_uid(&mut self) -> Result<i64, ServerProblem> {
        if let Some(next) = self.uid_next {
            return Ok(next.saturating_sub(1));
        }
        let searching = answers::search(&mut self.session, "UID *");
        let all = within(&self.host, FETCH_TIMEOUT, searching).await?;
        Ok(all.into_iter().max().map_or(0, i64::from))
    }

    /// Whether the server still lists a mail.
    ///
    /// # Errors
    /// The conversation broke off.
    pub async fn lists(&mut self, uid: i64) -> Result<bool, ServerProblem> {
        let query = format!("UID {uid}");
        let searching = answers::search(&mut self.session, &query);
        let found = within(&self.host, FETCH_TIMEOUT, searching).await?;
        Ok(found.into_iter().any(|found| i64::from(found) == uid))
    }

    /// The raw mail; `None` when the server no longer hands it over.
    ///
    /// # Errors
    /// The conversation broke off.
    pub async fn raw(&mut self, uid: i64) -> Result<Option<Vec<u8>>, ServerProblem> {
        self.part(uid, "BODY.PEEK[]").await
    }

    /// The headers alone, for a mail too large to fetch.
    ///
    /// # Errors
    /// The conversation broke off.
    pub async fn headers(&mut self, uid: i64) -> Result<Option<Vec<u8>>, ServerProblem> {
        self.part(uid, "BODY.PEEK[HEADER]").await
    }

    async fn part(&mut self, uid: i64, part: &str) -> Result<Option<Vec<u8>>, ServerProblem> {
        let (uids, items) = (uid.to_string(), format!("(UID {part})"));
        let fetching = answers::fetch(&mut self.session, &uids, &items);
        let fetched = within(&self.host, FETCH_TIMEOUT, fetching).await?;
        let same = |fetched: &answers::Fetched| fetched.uid.map(i64::from) == Some(uid);
        Ok(fetched
            .into_iter()
            .find(same)
            .and_then(|fetched| fetched.content))
    }

    /// Waits until the server reports a change, at most `longest`; a server without IDLE is asked
    /// again after `polling`.
    ///
    /// # Errors
    /// The conversation broke off.
    pub async fn wait(
        mut self,
        longest: Duration,
        polling: Duration,
    ) -> Result<(Mailbox, Wake), ServerProblem> {
        if !self.can_idle {
            tokio::time::sleep(polling).await;
            within(&self.host, STEP_TIMEOUT, self.session.noop()).await?;
            return Ok((self, Wake::TimeUp));
        }
        let mut idle = self.session.idle();
        within(&self.host, STEP_TIMEOUT, idle.init()).await?;
        let woken = {
            let (waiting, _stop) = idle.wait_with_timeout(longest);
            // Keep-alives reset the library's own timeout, so the limit is set here once more.
            timeout(longest, waiting).await
        };
        let wake = match woken {
            Ok(Ok(IdleResponse::NewData(_))) => Wake::Changed,
            Ok(Ok(IdleResponse::Timeout | IdleResponse::ManualInterrupt)) | Err(_) => Wake::TimeUp,
            Ok(Err(problem)) => return Err(explain(Step::Folder, &self.host, &problem)),
        };
        let session = within(&self.host, STEP_TIMEOUT, idle.done()).await?;
        Ok((Mailbox { session, ..self }, wake))
    }

    /// Signs out; a server that doesn't answer is left alone.
    pub async fn close(mut self) {
        // Nothing depends on the farewell.
        drop(timeout(Duration::from_secs(5), self.session.logout()).await);
    }
}

async fn within<T>(
    host: &str,
    longest: Duration,
    waiting: impl Future<Output = Result<T, Error>>,
) -> Result<T, ServerProblem> {
    timeout(longest, waiting)
        .await
        .map_err(|_| ServerProblem::silent(Step::Folder, host))?
        .map_err(|problem| explain(Step::Folder, host, &problem))
}
