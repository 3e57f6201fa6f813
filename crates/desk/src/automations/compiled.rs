//! The rules that are on, read once and kept until one of them changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::RuleId;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::rules::{self, Happening};
use super::store::{self, Stored};
use super::{Definition, Moment, RuleEvent, When};

/// A rule that is on.
#[derive(Clone, Debug)]
pub(super) struct Compiled {
    pub(super) id: RuleId,
    pub(super) name: String,
    pub(super) definition: Definition,
    pub(super) active_since: Timestamp,
    pub(super) version: i64,
}

/// The rules that are on, in their order.
#[derive(Debug, Default)]
pub(super) struct RuleSet {
    version: i64,
    rules: Vec<Arc<Compiled>>,
    by_event: HashMap<RuleEvent, Vec<usize>>,
    by_moment: HashMap<Moment, Vec<usize>>,
}

impl RuleSet {
    /// Sorts rules by what they follow.
    pub(super) fn of(version: i64, rules: Vec<Compiled>) -> Self {
        let mut set = Self {
            version,
            ..Self::default()
        };
        for (index, rule) in rules.into_iter().enumerate() {
            match &rule.definition.when {
                When::Event { events } => {
                    for event in events {
                        set.by_event.entry(*event).or_default().push(index);
                    }
                }
                When::Time { since, .. } => set.by_moment.entry(*since).or_default().push(index),
            }
            set.rules.push(Arc::new(rule));
        }
        set
    }

    /// The event rules that follow what happened, in their order, before their conditions.
    pub(super) fn following(&self, happening: &Happening, at: Timestamp) -> Vec<Arc<Compiled>> {
        let of = |event| self.by_event.get(event).into_iter().flatten();
        let mut indices: Vec<usize> = happening.events.iter().flat_map(of).copied().collect();
        indices.sort_unstable();
        indices.dedup();
        let rules = indices
            .into_iter()
            .filter_map(|index| self.rules.get(index));
        rules
            .filter(|it| it.active_since <= at && rules::follows(&it.definition, happening))
            .cloned()
            .collect()
    }

    /// The time rules that count from `moment`.
    pub(super) fn counting(&self, moment: Moment) -> impl Iterator<Item = &Arc<Compiled>> {
        let indices = self.by_moment.get(&moment).into_iter().flatten();
        indices.filter_map(|index| self.rules.get(*index))
    }
}

/// The rules as they were last read.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept(Arc<Mutex<Arc<RuleSet>>>);

impl Kept {
    /// The rules of this version: as kept, or read anew.
    pub(super) async fn get(
        &self,
        kernel: &Kernel,
        tx: &mut Tx<'_>,
        version: i64,
    ) -> Result<Arc<RuleSet>, Refusal> {
        let kept = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if kept.version == version {
            return Ok(kept);
        }
        let mut compiled = Vec::new();
        for stored in store::all(tx).await? {
            if stored.enabled
                && let Some(rule) = open(kernel, tx, &stored).await?
            {
                compiled.push(rule);
            }
        }
        let set = Arc::new(RuleSet::of(version, compiled));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = set.clone();
        Ok(set)
    }
}

/// A stored rule, opened; `None` when its texts were erased.
pub(super) async fn open(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    stored: &Stored,
) -> Result<Option<Compiled>, Refusal> {
    let Some(json) = kernel.keys.decrypt(tx, &stored.definition).await? else {
        return Ok(None);
    };
    let definition = serde_json::from_str(&json)
        .map_err(|error| Refusal::broken(format!("rule {} can't be read: {error}", stored.id)))?;
    Ok(Some(Compiled {
        id: stored.id,
        name: stored.name.clone(),
        definition,
        active_since: stored.active_since,
        version: stored.version,
    }))
}
