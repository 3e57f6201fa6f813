//! Following a mailbox: one task for each inbox, on one node of the cluster, under a lease.
//!
//! Invariants: the cursor is a UID within a UIDVALIDITY, never a date; it moves only in the
//! transaction that stores what it passes; one mail that can't be fetched stops nothing behind it.
//! Mailboxes share nothing a slow server could hold: each waits for its own server alone, every
//! step has an end, and large mails, which take memory, are fetched a few at a time, not all from
//! one host. A mailbox is looked at every [`LOOK_EVERY`] at the latest, IDLE or not, so that a
//! dead connection is noticed and no server's silence is believed for long.

mod fetch;
mod follow;
mod keeper;
mod rules;
pub mod store;

use crate::Channels;
use crate::email::server::ServerProblem;
use crate::inboxes::{self, Inbox};
use keeper::Keeper;
use kernel::db::{DbError, Tx};
use kernel::ids::InboxId;
use kernel::leases::{self, Lease};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

pub use fetch::fetch_once;

/// A mailbox that works is looked at this often at least (RFC 2177 would have an IDLE of up to 29
/// minutes); up to [`JITTER_SECONDS`] less, so that they don't all come at once.
pub const LOOK_EVERY: Duration = Duration::from_secs(50);
const JITTER_SECONDS: u64 = 10;
const LEASE: Duration = Duration::from_secs(60);
/// How often the list of inboxes is looked at for changes made on other nodes.
const LOOKING: Duration = Duration::from_secs(15);

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
/// followed anew with its new settings; the others go on undisturbed.
pub async fn follow_all(channels: Channels, holder: String) {
    let keeper = Arc::new(Keeper::default());
    tokio::join!(
        keeper.run(&channels.desk.kernel),
        supervise(&channels, &keeper, &holder)
    );
}

async fn supervise(channels: &Channels, keeper: &Arc<Keeper>, holder: &str) {
    let kernel = &channels.desk.kernel;
    let mut running: HashMap<InboxId, Running> = HashMap::new();
    loop {
        match wanted(channels).await {
            Ok(inboxes) => {
                running.retain(|id, task| {
                    let same = inboxes
                        .iter()
                        .any(|i| i.id == *id && i.version == task.version);
                    same && !task.handle.is_finished()
                });
                let fresh: Vec<Inbox> = inboxes
                    .into_iter()
                    .filter(|inbox| !running.contains_key(&inbox.id))
                    .collect();
                for (nth, inbox) in fresh.into_iter().enumerate() {
                    let delay = rules::start_after(nth, kernel.random.below(u64::MAX));
                    let begin = kernel.clock.now().plus(delay);
                    let (id, version) = (inbox.id, inbox.version);
                    let following = follow::follow(
                        channels.clone(),
                        keeper.clone(),
                        inbox,
                        holder.to_owned(),
                        begin,
                    );
                    let handle = tokio::spawn(following);
                    running.insert(id, Running { version, handle });
                }
            }
            Err(problem) => tracing::warn!(%problem, "the inboxes can't be read just now"),
        }
        let next = kernel.clock.now().plus(LOOKING);
        tokio::select! {
            () = channels.inboxes_moved() => {}
            () = kernel.clock.sleep_until(next) => {}
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

fn lease_name(inbox: InboxId) -> String {
    format!("mailbox:{inbox}")
}

/// The lease of one inbox's mailbox, for a single round by hand.
///
/// # Errors
/// The database failed; `None` while another node follows the mailbox.
pub async fn lease(channels: &Channels, inbox: InboxId) -> Result<Option<Lease>, DbError> {
    leases::acquire(
        &channels.desk.kernel.db,
        &lease_name(inbox),
        "by hand",
        LEASE,
    )
    .await
}
