//! What the mailboxes of one node have in common: their leases are renewed and their looks noted
//! by few writes for all of them, and large mails are fetched a few at a time.

use super::LEASE;
use crate::inboxes::{self, Look};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::InboxId;
use kernel::leases::{self, Lease};
use kernel::refusal::Refusal;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// How often leases are renewed and looks are noted.
const KEEPING: Duration = Duration::from_secs(15);
/// Mailboxes renewed by one write; more would keep their rows locked for long.
const AT_ONCE_MAX: usize = 50;
/// Mails from this size on, in bytes, are fetched a few at a time.
const LARGE_BYTES: i64 = 1024 * 1024;
/// How many of them at a time, and how many from one host: fewer than may come into the store at
/// once, so that a slow host leaves a place to others.
const LARGE_MAX: usize = 8;
const LARGE_PER_HOST_MAX: usize = 1;

pub(super) struct Keeper {
    held: Mutex<HashMap<InboxId, Held>>,
    large: Arc<Semaphore>,
    hosts: Mutex<HashMap<String, Arc<Semaphore>>>,
}

struct Held {
    lease: Lease,
    lost: Arc<Notify>,
    look: Option<Look>,
    /// Whether the first look since the mailbox was opened is noted.
    noted: bool,
}

impl Default for Keeper {
    fn default() -> Self {
        Keeper {
            held: Mutex::default(),
            large: Arc::new(Semaphore::new(LARGE_MAX)),
            hosts: Mutex::default(),
        }
    }
}

/// The right to fetch a large mail now.
pub(super) struct Turn {
    _host: OwnedSemaphorePermit,
    _node: OwnedSemaphorePermit,
}

/// Keeps a lease until it is dropped or lost.
pub(super) struct Keeping<'a> {
    keeper: &'a Keeper,
    inbox: InboxId,
    lease: Lease,
    lost: Arc<Notify>,
}

impl Keeping<'_> {
    /// Returns when the lease is another's.
    pub async fn lost(&self) {
        self.lost.notified().await;
    }
}

impl Drop for Keeping<'_> {
    fn drop(&mut self) {
        let mut held = self.keeper.held();
        // A follower that was followed by another leaves the other's lease alone.
        if held
            .get(&self.inbox)
            .is_some_and(|it| it.lease == self.lease)
        {
            held.remove(&self.inbox);
        }
    }
}

impl Keeper {
    fn held(&self) -> MutexGuard<'_, HashMap<InboxId, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Renews a lease from now on.
    pub fn keep(&self, inbox: InboxId, lease: &Lease) -> Keeping<'_> {
        let lost = Arc::new(Notify::new());
        let held = Held {
            lease: lease.clone(),
            lost: lost.clone(),
            look: None,
            noted: false,
        };
        self.held().insert(inbox, held);
        Keeping {
            keeper: self,
            inbox,
            lease: lease.clone(),
            lost,
        }
    }

    /// Notes a look: the first one at once, later ones with those of the other mailboxes.
    pub async fn looked(&self, kernel: &Kernel, inbox: InboxId, look: Look) -> Result<(), Refusal> {
        let at_once = match self.held().get_mut(&inbox) {
            Some(held) if held.noted => {
                held.look = Some(look);
                false
            }
            Some(held) => {
                held.noted = true;
                true
            }
            None => true,
        };
        if at_once {
            inboxes::note_look(kernel, inbox, look).await?;
        }
        Ok(())
    }

    /// Waits for the right to fetch a mail of this size; small ones need none. One host never has
    /// all the turns, so a slow one keeps others waiting for nothing.
    pub async fn turn(&self, host: &str, size: i64) -> Option<Turn> {
        if size < LARGE_BYTES {
            return None;
        }
        let of_host = {
            let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
            hosts
                .entry(host.to_owned())
                .or_insert_with(|| Arc::new(Semaphore::new(LARGE_PER_HOST_MAX)))
                .clone()
        };
        // The semaphores are never closed, so both waits end with a permit.
        let host = of_host.acquire_owned().await.ok()?;
        let node = self.large.clone().acquire_owned().await.ok()?;
        Some(Turn {
            _host: host,
            _node: node,
        })
    }

    /// Renews and notes for all; never returns by itself.
    pub async fn run(&self, kernel: &Kernel) {
        loop {
            kernel
                .clock
                .sleep_until(kernel.clock.now().plus(KEEPING))
                .await;
            let due: Vec<Due> = self
                .held()
                .iter_mut()
                .map(|(inbox, held)| Due {
                    inbox: *inbox,
                    lease: held.lease.clone(),
                    look: held.look.take(),
                })
                .collect();
            for some in due.chunks(AT_ONCE_MAX) {
                match renew(kernel, some.to_vec()).await {
                    Ok(lost) => self.lose(&lost),
                    Err(problem) => {
                        tracing::warn!(%problem, "leases of mailboxes can't be renewed just now");
                    }
                }
            }
        }
    }

    fn lose(&self, lost: &[(InboxId, Lease)]) {
        let held = self.held();
        for (inbox, lease) in lost {
            if let Some(held) = held.get(inbox)
                && held.lease == *lease
            {
                held.lost.notify_one();
            }
        }
    }
}

#[derive(Clone)]
struct Due {
    inbox: InboxId,
    lease: Lease,
    look: Option<Look>,
}

/// Renews leases and notes looks in one transaction; answers the leases that are lost.
async fn renew(kernel: &Kernel, due: Vec<Due>) -> Result<Vec<(InboxId, Lease)>, DbError> {
    let writing = kernel.db.write(async move |tx: &mut Tx<'_>| {
        let mut lost = Vec::new();
        for Due { inbox, lease, look } in &due {
            if !leases::extend(tx, lease, LEASE).await? {
                lost.push((*inbox, lease.clone()));
            } else if let Some(look) = look {
                inboxes::store::note_look(tx, *inbox, look).await?;
            }
        }
        Ok(lost)
    });
    writing.await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_host_never_has_all_the_turns() {
        let keeper = Keeper::default();
        let mut slow = Vec::new();
        for _ in 0..LARGE_PER_HOST_MAX {
            slow.push(keeper.turn("slow.test", LARGE_BYTES).await.unwrap());
        }
        let waiting = keeper.turn("slow.test", LARGE_BYTES);
        tokio::pin!(waiting);
        assert!(futures_util::poll!(&mut waiting).is_pending());
        assert!(keeper.turn("quick.test", LARGE_BYTES).await.is_some());
        assert!(keeper.turn("slow.test", LARGE_BYTES - 1).await.is_none());
        slow.pop();
        assert!(waiting.await.is_some());
    }
}
