//! Policies and schedules as every node keeps them in memory, ready to be asked.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::tz::TimeZone;
use kernel::db::{DbError, Tx};
use kernel::ids::{PolicyId, ScheduleId, TeamId};
use kernel::time::Timestamp;

use super::rules::clocks::Terms;
use super::store;
use super::{Policy, Target};
use crate::conditions::{Facts, Moment, rules as conditions};
use crate::schedules::rules::{Calendar, zone};
use crate::schedules::{Schedule, ScheduleUse, UseKind, store as schedules};

/// The promises, read again when they changed; cloned freely.
#[derive(Clone, Debug, Default)]
pub struct Book(Arc<RwLock<Option<Arc<Page>>>>);

/// The promises as they were at one moment.
#[derive(Debug)]
pub struct Page {
    generation: i64,
    policies: Vec<Policy>,
    schedules: HashMap<ScheduleId, Hours>,
    uses: HashMap<ScheduleUse, ScheduleId>,
}

#[derive(Debug)]
struct Hours {
    schedule: Schedule,
    calendar: Arc<Calendar>,
}

impl Book {
    /// The promises as the transaction sees them.
    pub async fn open(&self, tx: &mut Tx<'_>) -> Result<Arc<Page>, DbError> {
        let generation = schedules::generation(tx).await?;
        let kept = self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(page) = kept.filter(|page| page.generation == generation) {
            return Ok(page);
        }
        let page = Arc::new(Page::read(tx, generation).await?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(page.clone());
        Ok(page)
    }
}

impl Page {
    async fn read(tx: &mut Tx<'_>, generation: i64) -> Result<Self, DbError> {
        let mut hours = HashMap::new();
        let mut uses = HashMap::new();
        for schedule in schedules::all(tx).await? {
            // It was checked when it was saved; only a build without that zone would fail here.
            let Ok(zone) = zone(&schedule.time_zone) else {
                tracing::error!(
                    schedule = schedule.id.0,
                    "the zone of a schedule is unknown"
                );
                continue;
            };
            let calendar = Calendar::new(&zone, &schedule.week, &schedule.holidays);
            for used in &schedule.used_by {
                uses.insert(*used, schedule.id);
            }
            let calendar = Arc::new(calendar);
            hours.insert(schedule.id, Hours { schedule, calendar });
        }
        Ok(Self {
            generation,
            policies: store::policies(tx).await?,
            schedules: hours,
            uses,
        })
    }

    /// Whether nothing is promised at all.
    pub fn is_empty(&self) -> bool {
        self.policies.iter().all(|policy| !policy.enabled)
    }

    /// The policy of that id.
    pub fn policy(&self, id: PolicyId) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.id == id)
    }

    /// The schedule of that id.
    pub fn schedule(&self, id: ScheduleId) -> Option<&Schedule> {
        self.schedules.get(&id).map(|hours| &hours.schedule)
    }

    /// The hours of that schedule.
    pub fn calendar(&self, id: ScheduleId) -> Option<&Arc<Calendar>> {
        self.schedules.get(&id).map(|hours| &hours.calendar)
    }

    /// Whose hours a ticket goes by: its team's, else its inbox's, its brand's, the workspace's.
    pub fn schedule_of(&self, facts: &Facts) -> Option<ScheduleId> {
        let used = |kind, id| self.uses.get(&ScheduleUse { kind, id }).copied();
        facts
            .team
            .and_then(|team| used(UseKind::Team, team.0))
            .or_else(|| facts.inbox.and_then(|inbox| used(UseKind::Inbox, inbox.0)))
            .or_else(|| used(UseKind::Brand, facts.brand.0))
            .or_else(|| used(UseKind::Workspace, 0))
    }

    /// The zone of a team's days: its schedule's, else the workspace's, else UTC.
    pub fn zone_of(&self, team: Option<TeamId>) -> TimeZone {
        let used = |kind, id| self.uses.get(&ScheduleUse { kind, id });
        let schedule = team
            .and_then(|team| used(UseKind::Team, team.0))
            .or_else(|| used(UseKind::Workspace, 0))
            .and_then(|id| self.schedule(*id));
        schedule
            .and_then(|schedule| zone(&schedule.time_zone).ok())
            .unwrap_or(TimeZone::UTC)
    }

    /// What a ticket is promised; `None` when no policy is for it.
    pub fn terms(&self, facts: &Facts, now: Timestamp) -> Option<Terms> {
        let moment = Moment { now, me: None };
        let mut policies = self.policies.iter().filter(|policy| policy.enabled);
        let policy = policies.find(|it| conditions::holds(&it.conditions, facts, &moment))?;
        let schedule = policy.schedule_id.or_else(|| self.schedule_of(facts));
        let hours = schedule.and_then(|id| self.schedules.get(&id));
        let at_priority = |it: &&Target| it.priority == facts.priority;
        Some(Terms {
            policy: policy.id,
            policy_version: policy.version,
            schedule: hours.map(|hours| hours.schedule.id),
            schedule_version: hours.map_or(0, |hours| hours.schedule.version),
            calendar: hours.map(|hours| hours.calendar.clone()),
            priority: facts.priority,
            targets: policy.targets.iter().filter(at_priority).copied().collect(),
        })
    }
}
