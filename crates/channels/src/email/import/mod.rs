//! Importing older mail from files: mbox (with all its ways of quoting), single mails, maildirs.
//!
//! Each mail goes the way of any other (`intake::accept`, then filing), quietly: no answers, rules
//! or notifications. It can be stopped or killed at any time and run again: what is here already is
//! known by its hash or fingerprint.

mod files;
mod mbox;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::FailureId;
use kernel::refusal::Refusal;
use tokio::sync::mpsc;

use super::intake::commands::file;
use super::intake::{Accepted, Arrival, Envelope, Source, State, accept, job, store};
use super::large::{Raw, Spool};
use crate::Channels;
use crate::inboxes::Inbox;
use files::Bit;

pub use files::list;

/// Mails and bytes of one transaction.
const BATCH_MAILS: usize = 50;
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Mails read ahead of those being stored.
const AHEAD: usize = 2;
/// Unreadable mails that are named; the others are only counted.
pub const NAMED_MAX: usize = 100;

/// A file to import, and how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Whether it holds many mails behind `From ` lines.
    pub is_mbox: bool,
}

/// A mail found in a file.
struct Found {
    /// The file, and the mail's number in an mbox.
    place: String,
    raw: Raw,
    /// How many bytes of its file are done with behind it.
    read: u64,
}

/// A mail that could not be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Its file, and its number there.
    pub place: String,
    /// Why, when it is not in the list of mail that couldn't be processed.
    pub reason: String,
}

/// What became of the mails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Became messages.
    pub imported: u64,
    /// Were here already, or came twice.
    pub known: u64,
    /// Are in the list of mail that couldn't be processed.
    pub failed: u64,
    /// Files that could not be read.
    pub unread_files: u64,
    /// The first [`NAMED_MAX`] of both.
    pub unread: Vec<Unread>,
    /// Whether it was asked to stop before the end.
    pub stopped: bool,
}

impl Summary {
    fn name(&mut self, place: String, reason: String) {
        if self.unread.len() < NAMED_MAX {
            self.unread.push(Unread { place, reason });
        }
    }
}

/// How far an import is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Bytes of files that are done with.
    pub bytes: u64,
    /// Mails that are done with.
    pub mails: u64,
}

/// Imports files into an inbox, in small transactions. `stop` ends it between two mails; what was
/// done until then stays done.
///
/// # Errors
/// The store failed. What was imported until then stays, and another run goes on.
pub async fn import(
    channels: &Channels,
    inbox: &Inbox,
    files: Vec<MailFile>,
    stop: Arc<AtomicBool>,
    mut progress: impl FnMut(Progress),
) -> Result<Summary, Refusal> {
    let (send, mut receive) = mpsc::channel(AHEAD);
    let stopping = stop.clone();
    let reading = tokio::task::spawn_blocking(move || read_all(files, &stopping, &send));
    let mut summary = Summary::default();
    let mut done = Progress::default();
    let mut batch: Vec<Found> = Vec::new();
    let mut large = None;
    let mut bytes = 0_usize;
    while let Some(step) = receive.recv().await {
        match step {
            Step::Bit(bit, read) => {
                let found = gathered(channels, inbox, &mut large, (bit, read)).await?;
                bytes = bytes.saturating_add(found.as_ref().map_or(0, |it| it.raw.held()));
                batch.extend(found);
                if batch.len() >= BATCH_MAILS || bytes >= BATCH_BYTES {
                    bytes = 0;
                    take(channels, inbox, &mut batch, &mut summary, &mut done, &stop).await?;
                    progress(done);
                }
            }
            Step::Unread(place, reason) => {
                large = None;
                summary.unread_files = summary.unread_files.saturating_add(1);
                summary.name(place, reason);
            }
            Step::Bytes(read) => done.bytes = done.bytes.saturating_add(read),
        }
    }
    take(channels, inbox, &mut batch, &mut summary, &mut done, &stop).await?;
    progress(done);
    reading
        .await
        .map_err(|_| Refusal::broken("reading the files ended unexpectedly"))?;
    summary.stopped = stop.load(Ordering::Relaxed);
    Ok(summary)
}

/// What the reading thread tells.
enum Step {
    /// A mail or a piece of one, and so many bytes of the file that are done with behind it.
    Bit(Bit, u64),
    Unread(String, String),
    /// So many bytes of a file hold no mail of their own.
    Bytes(u64),
}

/// Puts the pieces of a large mail together, outside of memory; answers a mail that is whole.
async fn gathered(
    channels: &Channels,
    inbox: &Inbox,
    large: &mut Option<(String, Spool)>,
    (bit, read): (Bit, u64),
) -> Result<Option<Found>, Refusal> {
    match bit {
        Bit::Mail(place, raw, _) => {
            let raw = Raw::Whole(raw);
            return Ok(Some(Found { place, raw, read }));
        }
        Bit::Begins(place, bytes) => {
            let mut spool = Spool::new(&channels.desk.kernel, inbox.key);
            spool.write(&bytes).await;
            *large = Some((place, spool));
        }
        Bit::Goes(bytes) => {
            if let Some((_, spool)) = large {
                spool.write(&bytes).await;
            }
        }
        Bit::Ends(_) => {
            if let Some((place, spool)) = large.take() {
                let raw = spool.finish().await?;
                return Ok(Some(Found { place, raw, read }));
            }
        }
    }
    Ok(None)
}

/// Reads the files one after the other until all are read or nobody listens any more.
fn read_all(files: Vec<MailFile>, stop: &AtomicBool, send: &mpsc::Sender<Step>) {
    for file in files {
        let mut told = 0_u64;
        let sent = files::read(&file, &mut |bit| {
            let at = match &bit {
                Bit::Mail(.., at) | Bit::Ends(at) => *at,
                Bit::Begins(..) | Bit::Goes(_) => told,
            };
            let read = at.saturating_sub(told);
            told = at;
            !stop.load(Ordering::Relaxed) && send.blocking_send(Step::Bit(bit, read)).is_ok()
        });
        let last = match sent {
            Ok(true) => Step::Bytes(file.size.saturating_sub(told)),
            Ok(false) => return,
            Err(problem) => Step::Unread(file.path.display().to_string(), problem.to_string()),
        };
        if send.blocking_send(last).is_err() {
            return;
        }
    }
}

/// Stores a batch, then files each of its mails in the order of the file: answers come behind what
/// they answer.
async fn take(
    channels: &Channels,
    inbox: &Inbox,
    batch: &mut Vec<Found>,
    summary: &mut Summary,
    done: &mut Progress,
    stop: &AtomicBool,
) -> Result<(), Refusal> {
    if batch.is_empty() || stop.load(Ordering::Relaxed) {
        batch.clear();
        return Ok(());
    }
    let kernel = &channels.desk.kernel;
    let mut places = Vec::with_capacity(batch.len());
    let mut arrivals = Vec::with_capacity(batch.len());
    for found in batch.drain(..) {
        places.push((found.place, found.read));
        arrivals.push(Arrival {
            raw: found.raw,
            quiet: true,
            problem: None,
            envelope: Envelope::default(),
        });
    }
    let accepted = accept(kernel, inbox, Source::Import, arrivals, None).await?;
    let mut filed = Vec::new();
    for (accepted, (place, read)) in accepted.into_iter().zip(places) {
        done.bytes = done.bytes.saturating_add(read);
        done.mails = done.mails.saturating_add(1);
        let id = accepted.id();
        // A run that was killed may have stored it without filing it.
        let fresh = match accepted {
            Accepted::Stored(_) => true,
            Accepted::Known(id) => is_waiting(kernel, id).await?,
        };
        if fresh {
            filed.push(id);
        }
        match file(channels, id).await?.state {
            State::Processed if fresh => summary.imported = summary.imported.saturating_add(1),
            State::Failed => {
                summary.failed = summary.failed.saturating_add(1);
                summary.name(place, String::new());
            }
            _ => summary.known = summary.known.saturating_add(1),
        }
    }
    let forget = async move |tx: &mut Tx<'_>| job::forget_imported(tx, &filed).await;
    kernel.db.write::<_, DbError, _>(forget).await?;
    Ok(())
}

async fn is_waiting(kernel: &Kernel, id: FailureId) -> Result<bool, Refusal> {
    let find = async move |tx: &mut Tx<'_>| store::find(tx, id).await;
    let found = kernel.db.read::<_, DbError, _>(find).await?;
    Ok(found.is_some_and(|mail| mail.state == State::Received))
}
