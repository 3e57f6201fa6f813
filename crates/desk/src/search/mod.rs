//! Search over everything that was ever said: tickets, messages, notes, files and customers.
//!
//! A reader on every node keeps the node's own index ([`reactions`]): it follows the journal, says
//! in each commit how far it came, and is never in the way of writes. The index is derived: deleted
//! or damaged, it is built anew from the tables. What the caller may not see is part of the query
//! ([`asking`]), never taken out of its answer.

pub mod asking;
pub mod complete;
pub mod documents;
pub mod extract;
pub mod facts;
pub mod http;
pub mod reactions;
pub mod rules;
pub mod store;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::refusal::Refusal;
use kernel::search::Index;
use tokio::sync::watch;

pub use http::router;

/// How documents are made; another one means that the index is built anew.
pub const VERSION: u32 = 1;
/// The folder of the index inside the data folder.
pub const FOLDER: &str = "search";

/// The search of this node; cloned freely.
#[derive(Clone)]
pub struct Search {
    kernel: Kernel,
    index: Arc<RwLock<Option<Arc<Index>>>>,
    progress: watch::Sender<Progress>,
}

/// How far the index is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The position in the journal that it includes.
    pub position: i64,
    /// Whether it includes everything before that position.
    pub complete: bool,
}

/// What a caller may see of tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Whether notes, too.
    pub notes: bool,
}

impl Sight {
    /// What `caller` may see: today everybody who reads tickets reads all of them, notes included.
    pub fn of(caller: &Caller) -> Self {
        Self {
            notes: caller.may(Permission::TicketRead),
        }
    }
}

impl Search {
    /// A search that finds nothing until [`Self::follow`] runs.
    pub fn new(kernel: Kernel) -> Self {
        Self {
            kernel,
            index: Arc::default(),
            progress: watch::Sender::default(),
        }
    }

    /// Where the index lies.
    pub fn folder(&self) -> PathBuf {
        self.kernel.folder.join(FOLDER)
    }

    /// How far the index is, and when that changes.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// The index, once it is open.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] until then.
    pub fn index(&self) -> Result<Arc<Index>, Refusal> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        index.clone().ok_or_else(|| Refusal::Unavailable {
            detail: "The search is still starting. Try again in a moment.".into(),
        })
    }

    fn open(&self, index: Option<Arc<Index>>) {
        *self.index.write().unwrap_or_else(PoisonError::into_inner) = index;
    }
}
