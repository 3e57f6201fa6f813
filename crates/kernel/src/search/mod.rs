//! Full-text search: an index that rooms fill with documents of their own.
//!
//! Every node has one of its own in its data folder, follows the journal with it and keeps its
//! place in the index's own commit ([`Index::place`]). The index stores no text, only the words
//! and numbers; what is shown comes from the rows. Documents belong to a *group* (a ticket): each
//! word of a query may be found in another document of the group, and groups are what is found.

mod ask;
mod index;
mod snippet;
pub mod words;

pub use ask::{Ask, Clause, Found, Limits, Sought};
pub use index::{Batch, Index};
pub use snippet::{Finder, Snippet};

use crate::time::Timestamp;

/// What of a document a text is; each is looked for by itself and weighs differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What was said.
    Body,
    /// What the group is about.
    Title,
    /// Who takes part in the group: names and addresses.
    People,
    /// Who said it.
    Author,
    /// To whom it was said.
    Receiver,
    /// The name of something that is found by itself, such as a customer.
    Name,
}

impl Part {
    /// Every part.
    pub const ALL: &[Self] = &[
        Self::Body,
        Self::Title,
        Self::People,
        Self::Author,
        Self::Receiver,
        Self::Name,
    ];
}

/// Something to be found.
#[derive(Clone, Debug)]
pub struct Document {
    /// The group it belongs to; not negative.
    pub group: i64,
    /// Which one of the group it is, as the room counts them.
    pub item: u64,
    /// When.
    pub at: Timestamp,
    /// What is true of it, as in `status:open`; documents are filtered and removed by these.
    pub facts: Vec<String>,
    /// Its texts.
    pub texts: Vec<(Part, String)>,
}

/// Why the index can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The index itself.
    #[error("the search index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// Its folder.
    #[error("the search index's folder: {0}")]
    Folder(#[from] std::io::Error),
    /// A query or task that did not end.
    #[error("the search index: {0}")]
    Broken(String),
}

impl From<SearchError> for crate::refusal::Refusal {
    fn from(error: SearchError) -> Self {
        Self::broken(error.to_string())
    }
}
