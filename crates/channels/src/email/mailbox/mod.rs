//! Following a mailbox: one task for each inbox, on one node of the cluster, under a lease.
//!
//! Invariants: the cursor is a UID within a UIDVALIDITY, never a date; it moves only in the
//! transaction that stores what it passes; one mail that can't be fetched stops nothing behind it.

mod rules;
pub mod store;

use crate::Channels;
use crate::email::imap::{self, Listed, Mailbox};
use crate::email::intake::{self, Arrival, Envelope, MAIL_BYTES_MAX, Source};
use crate::email::server::ServerProblem;
use crate::inboxes::{self, Access, Direction, Inbox};
use kernel::db::{DbError, Tx};
use kernel::ids::InboxId;
use kernel::leases::{self, Lease};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use rules::Choice;
use std::collections::HashMap;
use std::time::Duration;
use tokio::task::JoinHandle;

/// Longest IDLE (RFC 2177 wants it renewed within 29 minutes).
const IDLE_MAX: Duration = Duration::from_secs(25 * 60);
/// How often a server without IDLE is asked.
const POLLING: Duration = Duration::from_secs(30);
const LEASE: Duration = Duration::from_secs(60);
const RENEWING: Duration = Duration::from_secs(15);
/// How often the list of inboxes is looked at for changes made on other nodes.
const LOOKING: Duration = Duration::from_secs(15);
/// Mails listed at a time.
const LISTED_MAX: usize = 100;
/// A batch is stored when it holds this many bytes or mails.
const BATCH_BYTES: usize = 4 * 1024 * 1024;
const BATCH_MAILS: usize = 25;

/// How far a mailbox is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The inbox.
    pub inbox: InboxId,
    /// The UIDVALIDITY the UIDs belong to; -1 after the inbox was pointed elsewhere.
    pub uid_validity: i64,
    /// The last UID that was stored or left.
    pub uid: i64,
    /// Mails up to this UID may be from before the inbox was connected.
    pub old_through: i64,
    /// When the inbox was first connected.
    pub connected_at: Timestamp,
}

/// Why a round of fetching ended.
#[derive(Debug, thiserror::Error)]
pub enum FetchProblem {
    /// The mail server.
    #[error(transparent)]
    Server(#[from] ServerProblem),
    /// Our own side: the database, a key, the lease.
    #[error(transparent)]
    Ours(#[from] Refusal),
}

impl From<DbError> for FetchProblem {
    fn from(problem: DbError) -> Self {
        FetchProblem::Ours(problem.into())
    }
}

/// Follows the mailboxes of all enabled inboxes; never returns by itself. An inbox that changes is
/// followed anew with its new settings.
pub async fn follow_all(channels: Channels, holder: String) {
    let mut running: HashMap<InboxId, Running> = HashMap::new();
    loop {
        match wanted(&channels).await {
            Ok(inboxes) => {
                running.retain(|id, task| {
                    let same = inboxes
                        .iter()
                        .any(|i| i.id == *id && i.version == task.version);
                    same && !task.handle.is_finished()
                });
                for inbox in inboxes {
                    let (id, version) = (inbox.id, inbox.version);
                    running.entry(id).or_insert_with(|| {
                        let following = follow(channels.clone(), inbox, holder.clone());
                        Running {
                            version,
                            handle: tokio::spawn(following),
                        }
                    });
                }
            }
            Err(problem) => tracing::warn!(%problem, "the inboxes can't be read just now"),
        }
        tokio::select! {
            () = channels.inboxes_moved() => {}
            () = tokio::time::sleep(LOOKING) => {}
        }
    }
}

struct Running {
    version: i64,
    handle: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

async fn wanted(channels: &Channels) -> Result<Vec<Inbox>, DbError> {
    let all = async |tx: &mut Tx<'_>| inboxes::store::all(tx).await;
    let inboxes = channels.desk.kernel.db.read(all).await?;
    Ok(inboxes
        .into_iter()
        .filter(|inbox| inbox.enabled && inbox.imap.is_some())
        .collect())
}

async fn follow(channels: Channels, inbox: Inbox, holder: String) {
    let kernel = &channels.desk.kernel;
    let name = format!("mailbox:{}", inbox.id);
    let mut failures = 0;
    loop {
        let pause = match leases::acquire(&kernel.db, &name, &holder, LEASE).await {
            Ok(Some(lease)) => {
                let outcome = tokio::select! {
                    outcome = session(&channels, &inbox, &lease, &mut failures) => outcome,
                    () = keep(&channels, &lease) => Ok(()),
                };
                failed(&channels, &inbox, outcome, &mut failures).await
            }
            Ok(None) => LEASE / 2,
            Err(problem) => {
                tracing::warn!(%problem, inbox = %inbox.id, "no lease for the mailbox just now");
                LEASE / 2
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// Renews the lease; returns when it is lost.
async fn keep(channels: &Channels, lease: &Lease) {
    loop {
        tokio::time::sleep(RENEWING).await;
        if !matches!(
            leases::renew(&channels.desk.kernel.db, lease, LEASE).await,
            Ok(true)
        ) {
            return;
        }
    }
}

/// Notes a failure for the administrator and answers how long to wait.
async fn failed(
    channels: &Channels,
    inbox: &Inbox,
    outcome: Result<(), FetchProblem>,
    failures: &mut u32,
) -> Duration {
    *failures = failures.saturating_add(1);
    let kernel = &channels.desk.kernel;
    let problem = match outcome {
        Ok(()) => return RENEWING,
        Err(FetchProblem::Ours(problem)) => {
            tracing::warn!(%problem, inbox = %inbox.id, "mail can't be stored just now");
            return RENEWING;
        }
        Err(FetchProblem::Server(problem)) => problem,
    };
    tracing::info!(inbox = %inbox.id, step = ?problem.step, "the mailbox can't be read");
    let pause = rules::pause(*failures, &problem, kernel.random.below(50));
    let noted = inboxes::note_health(kernel, inbox.id, Direction::Receiving, Some(problem)).await;
    if let Err(problem) = noted {
        tracing::warn!(%problem, inbox = %inbox.id, "the inbox's health can't be noted");
    }
    pause
}

/// One connection: fetches, waits for news, fetches again, until something breaks.
async fn session(
    channels: &Channels,
    inbox: &Inbox,
    lease: &Lease,
    failures: &mut u32,
) -> Result<(), FetchProblem> {
    let Some(access) = &inbox.imap else {
        return Ok(());
    };
    let (mut mailbox, mut cursor) = open(channels, inbox, access).await?;
    loop {
        fetch_new(channels, inbox, lease, &mut mailbox, &mut cursor).await?;
        *failures = 0;
        inboxes::note_health(&channels.desk.kernel, inbox.id, Direction::Receiving, None).await?;
        mailbox = mailbox.wait(IDLE_MAX, POLLING).await?.0;
    }
}

/// Connects once, stores everything new and says goodbye.
///
/// # Errors
/// What broke; what was stored until then stays stored.
pub async fn fetch_once(
    channels: &Channels,
    inbox: &Inbox,
    lease: &Lease,
) -> Result<(), FetchProblem> {
    let Some(access) = &inbox.imap else {
        return Ok(());
    };
    let (mut mailbox, mut cursor) = open(channels, inbox, access).await?;
    fetch_new(channels, inbox, lease, &mut mailbox, &mut cursor).await?;
    mailbox.close().await;
    Ok(())
}

async fn open(
    channels: &Channels,
    inbox: &Inbox,
    access: &Access,
) -> Result<(Mailbox, Cursor), FetchProblem> {
    let kernel = &channels.desk.kernel;
    let server = access.server(&kernel.keys).map_err(Refusal::from)?;
    let mut mailbox = imap::open(&server, &channels.tls, &access.folder).await?;
    let id = inbox.id;
    let stored = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| store::find(tx, id).await);
    let stored: Option<Cursor> = stored.await.map_err(|problem: DbError| problem)?;
    let highest = mailbox.highest_uid().await?;
    let now = kernel.clock.now();
    let cursor = rules::begin(
        stored.clone(),
        id,
        mailbox.uid_validity,
        highest,
        inbox.import,
        now,
    );
    // Kept at once: a mail that arrives before the first fetch must count as new.
    if stored.as_ref() != Some(&cursor) {
        let begun = cursor.clone();
        kernel
            .db
            .write(async move |tx: &mut Tx<'_>| store::save(tx, &begun).await)
            .await?;
    }
    Ok((mailbox, cursor))
}

/// Stores every mail behind the cursor, in batches.
async fn fetch_new(
    channels: &Channels,
    inbox: &Inbox,
    lease: &Lease,
    mailbox: &mut Mailbox,
    cursor: &mut Cursor,
) -> Result<(), FetchProblem> {
    loop {
        let listed = mailbox.listed_after(cursor.uid, LISTED_MAX).await?;
        if listed.is_empty() {
            return Ok(());
        }
        let mut batch = Vec::new();
        let mut bytes = 0;
        for mail in listed {
            let arrival = match rules::choose(cursor, &mail, inbox.import) {
                Choice::Leave => None,
                Choice::Take { quiet } => fetch(mailbox, &mail, cursor, quiet).await?,
            };
            cursor.uid = mail.uid;
            bytes += arrival.as_ref().map_or(0, |arrival| arrival.raw.len());
            batch.extend(arrival);
            if bytes >= BATCH_BYTES || batch.len() >= BATCH_MAILS {
                keep_batch(channels, inbox, lease, cursor, std::mem::take(&mut batch)).await?;
                bytes = 0;
            }
        }
        keep_batch(channels, inbox, lease, cursor, batch).await?;
    }
}

async fn keep_batch(
    channels: &Channels,
    inbox: &Inbox,
    lease: &Lease,
    cursor: &Cursor,
    batch: Vec<Arrival>,
) -> Result<(), FetchProblem> {
    let reached = intake::commands::Reached {
        cursor: cursor.clone(),
        lease: lease.clone(),
    };
    let kernel = &channels.desk.kernel;
    intake::accept(kernel, inbox, Source::Imap, batch, Some(reached)).await?;
    Ok(())
}

/// Fetches one mail. One that is too large, or that the server lists but does not hand over,
/// becomes a visible failure; one that vanished meanwhile is nobody's.
async fn fetch(
    mailbox: &mut Mailbox,
    mail: &Listed,
    cursor: &Cursor,
    quiet: bool,
) -> Result<Option<Arrival>, ServerProblem> {
    if mail.size > i64::try_from(MAIL_BYTES_MAX).unwrap_or(i64::MAX) {
        let mut raw = mailbox.headers(mail.uid).await?.unwrap_or_default();
        raw.extend_from_slice(stand_in(mail, cursor).as_bytes());
        let problem = Some(format!(
            "The mail is larger than 25 MB ({} MB) and was left on the server.",
            mail.size / 1_000_000
        ));
        return Ok(Some(Arrival {
            raw,
            quiet,
            problem,
            envelope: Envelope::default(),
        }));
    }
    if let Some(raw) = mailbox.raw(mail.uid).await? {
        return Ok(Some(Arrival {
            raw,
            quiet,
            problem: None,
            envelope: Envelope::default(),
        }));
    }
    if !mailbox.lists(mail.uid).await? {
        return Ok(None);
    }
    let raw = stand_in(mail, cursor).into_bytes();
    let problem = Some(format!(
        "The server lists mail {} but does not hand it over.",
        mail.uid
    ));
    Ok(Some(Arrival {
        raw,
        quiet,
        problem,
        envelope: Envelope::default(),
    }))
}

/// Identifies a mail of which there is no copy, so that its failure is listed once.
fn stand_in(mail: &Listed, cursor: &Cursor) -> String {
    format!("{}/{}/{}", cursor.inbox, cursor.uid_validity, mail.uid)
}

/// The lease of one inbox's mailbox, for a single round by hand.
///
/// # Errors
/// The database failed; `None` while another node follows the mailbox.
pub async fn lease(channels: &Channels, inbox: InboxId) -> Result<Option<Lease>, DbError> {
    let name = format!("mailbox:{inbox}");
    leases::acquire(&channels.desk.kernel.db, &name, "by hand", LEASE).await
}
