//! Unwrapped keys in memory, for a while.

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

use super::CACHED_FOR;
use super::cipher::DataKey;
use crate::ids::KeyId;
use crate::time::Timestamp;

pub(super) struct Cache(Mutex<Inner>);

struct Inner {
    keys: LruCache<KeyId, (Arc<DataKey>, Timestamp)>,
    /// What was destroyed here. Taking such a key out once would not do: a reader that still sees
    /// the store as it was before could put it back.
    forbidden: HashSet<KeyId>,
}

impl Cache {
    pub(super) fn new(most: NonZeroUsize) -> Self {
        Self(Mutex::new(Inner {
            keys: LruCache::new(most),
            forbidden: HashSet::new(),
        }))
    }

    pub(super) fn get(&self, id: KeyId, now: Timestamp) -> Option<Arc<DataKey>> {
        let mut inner = self.inner();
        let (key, read_at) = inner.keys.get(&id)?;
        (now.since(*read_at) < CACHED_FOR).then(|| key.clone())
    }

    pub(super) fn put(&self, id: KeyId, key: Arc<DataKey>, read_at: Timestamp) {
        let mut inner = self.inner();
        if !inner.forbidden.contains(&id) {
            inner.keys.put(id, (key, read_at));
        }
    }

    pub(super) fn forbid(&self, id: KeyId) {
        let mut inner = self.inner();
        inner.forbidden.insert(id);
        inner.keys.pop(&id);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
