//! What happens now, for those who watch on this node.
//!
//! The hub starts at the journal's head and is lossy by design: whoever falls behind reads the
//! journal from its own position instead.

use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use crate::journal::StoredRecord;

/// Records a slow watcher may lag behind before it has to read the journal.
const BACKLOG_MAX: usize = 4096;

/// The node's fan-out; cloned freely.
#[derive(Clone)]
pub struct Live {
    records: broadcast::Sender<Arc<StoredRecord>>,
    transient: broadcast::Sender<Arc<str>>,
    head: watch::Sender<i64>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            records: broadcast::Sender::new(BACKLOG_MAX),
            transient: broadcast::Sender::new(BACKLOG_MAX),
            head: watch::Sender::new(0),
        }
    }
}

impl Live {
    /// Every committed record from now on, in order of position.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<StoredRecord>> {
        self.records.subscribe()
    }

    /// The position of the last record published here.
    pub fn head(&self) -> i64 {
        *self.head.borrow()
    }

    /// Returns once the record at `position` has been published here.
    pub async fn reached(&self, position: i64) {
        // The sender lives in `self`, so waiting can't fail.
        let _ = self
            .head
            .subscribe()
            .wait_for(|head| *head >= position)
            .await;
    }

    /// Sends what may be lost: who is typing, who looks at what.
    pub fn send_transient(&self, message: Arc<str>) {
        // No watcher is no error.
        let _ = self.transient.send(message);
    }

    /// What [`Self::send_transient`] sends from now on.
    pub fn subscribe_transient(&self) -> broadcast::Receiver<Arc<str>> {
        self.transient.subscribe()
    }

    pub(crate) fn start_at(&self, position: i64) {
        self.head.send_replace(position);
    }

    pub(crate) fn publish(&self, record: Arc<StoredRecord>) {
        let position = record.position;
        // No watcher is no error.
        let _ = self.records.send(record);
        self.head.send_replace(position);
    }
}
