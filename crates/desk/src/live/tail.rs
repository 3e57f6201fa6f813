//! Following the journal on this node: in order and without gaps, whatever the hub drops.

use std::sync::Arc;

use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::journal::{self, StoredRecord};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

/// Most records handed out at once.
const BATCH_MAX: usize = 500;

/// A local reader's place in the journal.
pub struct Tail {
    kernel: Kernel,
    received: Receiver<Arc<StoredRecord>>,
    position: i64,
}

impl Tail {
    /// Follows from the record after the journal's head.
    pub fn from_head(kernel: &Kernel) -> Self {
        // Subscribed first: a record published in between is received, and skipped if the head
        // includes it already.
        let received = kernel.live.subscribe();
        Self {
            kernel: kernel.clone(),
            received,
            position: kernel.live.head(),
        }
    }

    /// Follows from the record after `position`.
    pub fn after(kernel: &Kernel, position: i64) -> Self {
        Self {
            position,
            ..Self::from_head(kernel)
        }
    }

    /// The position of the last record handed out.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// The next records, at least one, as soon as there are any.
    ///
    /// # Errors
    /// When a gap can't be read from the journal; calling again tries again.
    pub async fn next(&mut self) -> Result<Vec<Arc<StoredRecord>>, DbError> {
        loop {
            if self.received.is_empty() && self.kernel.live.head() > self.position {
                return self.read().await;
            }
            match self.received.recv().await {
                Ok(record) if record.position == self.position + 1 => {
                    return Ok(self.received_from(record));
                }
                Ok(record) if record.position <= self.position => {}
                Ok(_) | Err(RecvError::Lagged(_)) => return self.read().await,
                // The hub outlives everybody who holds the kernel.
                Err(RecvError::Closed) => std::future::pending().await,
            }
        }
    }

    fn received_from(&mut self, first: Arc<StoredRecord>) -> Vec<Arc<StoredRecord>> {
        self.position = first.position;
        let mut batch = vec![first];
        while batch.len() < BATCH_MAX {
            match self.received.try_recv() {
                Ok(record) if record.position == self.position + 1 => {
                    self.position = record.position;
                    batch.push(record);
                }
                Ok(record) if record.position <= self.position => {}
                Ok(_)
                | Err(TryRecvError::Empty | TryRecvError::Lagged(_) | TryRecvError::Closed) => {
                    break;
                }
            }
        }
        batch
    }

    async fn read(&mut self) -> Result<Vec<Arc<StoredRecord>>, DbError> {
        let (position, limit) = (self.position, i64::try_from(BATCH_MAX).unwrap_or(i64::MAX));
        let records = self
            .kernel
            .db
            .read(async move |tx: &mut Tx<'_>| journal::after(tx, position, limit).await)
            .await?;
        if let Some(last) = records.last() {
            self.position = last.position;
        }
        Ok(records.into_iter().map(Arc::new).collect())
    }
}
