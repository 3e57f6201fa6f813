//! What starts rules: the journal for event rules, durable jobs for the due moments of time rules.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use identity::Role;
use identity::agents::AgentStatus;
use kernel::db::Tx;
use kernel::ids::{RecordId, RuleId, TicketId};
use kernel::jobs::{self, Job, JobError, JobHandler, NewJob, Outcome};
use kernel::journal::{self, Context, Origin, StoredRecord, Subject};
use kernel::readers::{DEPTH_MAX, Reader};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::act::{self, Spark};
use super::compiled::{self, Compiled, Kept};
use super::{RuleSwitchedOff, When, rules, store};
use crate::conditions;
use crate::notifications::{Notice, NotificationKind, tell};
use crate::{Desk, tickets};

/// The job that runs a time rule on a ticket when its moment is due.
pub const DUE: &str = "rule.due";
/// The job that plans the due moments of a time rule, one batch of tickets at a time.
pub const PLAN: &str = "rule.plan";
/// The job that switches a rule off that keeps failing.
pub const FAILING: &str = "rule.failing";
/// Tickets planned in one transaction.
const PLANNED_AT_ONCE: i64 = 500;

/// The single reader that runs event rules and plans time rules.
pub struct RuleReader {
    desk: Desk,
    kept: Kept,
}

impl RuleReader {
    /// Runs rules on this desk.
    pub fn new(desk: Desk) -> Self {
        Self {
            desk,
            kept: Kept::default(),
        }
    }
}

impl Reader for RuleReader {
    fn name(&self) -> &'static str {
        "desk.rules"
    }

    fn wants(&self, record: &StoredRecord) -> bool {
        // One that can't be decoded is wanted, so that it is parked and seen.
        !record.quiet
            && record.origin != Origin::Import
            && record.ticket.is_some()
            && !matches!(rules::happening(record), Ok(None))
    }

    fn handle<'a>(
        &'a self,
        tx: &'a mut Tx<'_>,
        record: &'a StoredRecord,
    ) -> BoxFuture<'a, Result<(), Refusal>> {
        self.react(tx, record).boxed()
    }
}

impl RuleReader {
    async fn react(&self, tx: &mut Tx<'_>, record: &StoredRecord) -> Result<(), Refusal> {
        let (Some(id), Some(happening)) = (record.ticket, rules::happening(record)?) else {
            return Ok(());
        };
        // Under this lock no rule changes, so that none misses what is being planned here.
        let version = store::lock_set(tx).await?;
        let set = self.kept.get(&self.desk.kernel, tx, version).await?;
        for moment in &happening.moments {
            store::set_moment(tx, id, *moment, (record.at, record.id)).await?;
            for rule in set.counting(*moment) {
                plan_one(tx, rule, id, (record.at, record.id)).await?;
            }
        }
        let following = set.following(&happening, record.at);
        if following.is_empty() {
            return Ok(());
        }
        let Some(mut ticket) = tickets::store::lock(tx, id).await? else {
            return Ok(());
        };
        if !act::is_open_to_rules(&ticket) {
            return Ok(());
        }
        let spark = Spark {
            record,
            chain: chain(tx, record).await?,
            now: self.desk.kernel.clock.now(),
        };
        if record.depth >= DEPTH_MAX {
            for rule in &following {
                act::stop(&self.desk, tx, (rule, spark), &ticket).await?;
            }
            return Ok(());
        }
        run_all(&self.desk, tx, (&following, spark), &mut ticket).await
    }
}

async fn run_all(
    desk: &Desk,
    tx: &mut Tx<'_>,
    (following, spark): (&[std::sync::Arc<Compiled>], Spark<'_>),
    ticket: &mut tickets::Ticket,
) -> Result<(), Refusal> {
    let mut facts = conditions::store::facts_of(tx, ticket).await?;
    for rule in following {
        if !act::run(desk, tx, (rule, spark), ticket, &facts).await? {
            continue;
        }
        tickets::store::save(tx, ticket).await?;
        if rule.definition.stops || !act::is_open_to_rules(ticket) {
            break;
        }
        facts = conditions::store::facts_of(tx, ticket).await?;
    }
    Ok(())
}

/// The record that a chain of causes began with.
async fn chain(tx: &mut Tx<'_>, record: &StoredRecord) -> Result<RecordId, Refusal> {
    let mut first = record.id;
    let mut above = record.cause.filter(|_| record.depth > 0);
    for _ in 0..record.depth {
        let Some(cause) = above else { break };
        first = cause;
        above = journal::cause(tx, cause).await?;
    }
    Ok(first)
}

/// The payload of [`DUE`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Due {
    rule: RuleId,
    version: i64,
    ticket: TicketId,
    record: RecordId,
}

/// Plans one due moment, once; what was due before the rule began is left alone.
async fn plan_one(
    tx: &mut Tx<'_>,
    rule: &Compiled,
    ticket: TicketId,
    (at, record): (Timestamp, RecordId),
) -> Result<(), Refusal> {
    let When::Time { minutes, .. } = rule.definition.when else {
        return Ok(());
    };
    let seconds = u64::try_from(minutes).unwrap_or(0).saturating_mul(60);
    let run_at = at.plus(Duration::from_secs(seconds));
    if run_at < rule.active_since {
        return Ok(());
    }
    let due = Due {
        rule: rule.id,
        version: rule.version,
        ticket,
        record,
    };
    let job = NewJob {
        kind: DUE,
        key: format!("{DUE}:{}:{}:{ticket}:{record}", rule.id, rule.version),
        payload: serde_json::to_string(&due).map_err(|it| Refusal::broken(it.to_string()))?,
        run_at,
        ticket: Some(ticket),
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}

/// The payload of [`PLAN`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) rule: RuleId,
    pub(super) version: i64,
    pub(super) after: TicketId,
}

impl Plan {
    pub(super) fn key(&self) -> String {
        format!("{PLAN}:{}:{}:{}", self.rule, self.version, self.after)
    }
}

/// Plans the due moments of a rule that was made or edited.
pub struct PlanRules(pub Desk);

impl JobHandler for PlanRules {
    fn kind(&self) -> &'static str {
        PLAN
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let plan: Plan = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            let kernel = self.0.kernel.clone();
            let db = kernel.db.clone();
            db.write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
                plan_batch(&kernel, tx, plan).await
            })
            .await
            .map_err(JobError::retry)?;
            Ok(Outcome::Done)
        }
        .boxed()
    }
}

async fn plan_batch(kernel: &kernel::Kernel, tx: &mut Tx<'_>, plan: Plan) -> Result<(), Refusal> {
    let Some(rule) = current(kernel, tx, plan.rule, plan.version).await? else {
        return Ok(());
    };
    let When::Time { since, .. } = rule.definition.when else {
        return Ok(());
    };
    let found = store::moments(tx, since, plan.after, PLANNED_AT_ONCE).await?;
    for (ticket, at, record) in &found {
        plan_one(tx, &rule, *ticket, (*at, *record)).await?;
    }
    let full = i64::try_from(found.len()).unwrap_or(i64::MAX) >= PLANNED_AT_ONCE;
    if let Some((after, ..)) = found.last().filter(|_| full) {
        let next = Plan {
            after: *after,
            ..plan
        };
        let job = NewJob {
            kind: PLAN,
            key: next.key(),
            payload: serde_json::to_string(&next).map_err(|it| Refusal::broken(it.to_string()))?,
            run_at: kernel.clock.now(),
            ticket: None,
        };
        jobs::enqueue(tx, job).await?;
    }
    Ok(())
}

/// The rule, if it is on and was not edited since.
async fn current(
    kernel: &kernel::Kernel,
    tx: &mut Tx<'_>,
    id: RuleId,
    version: i64,
) -> Result<Option<Compiled>, Refusal> {
    match store::find(tx, id).await? {
        Some(stored) if stored.enabled && stored.version == version => {
            compiled::open(kernel, tx, &stored).await
        }
        _ => Ok(None),
    }
}

/// Runs time rules when their moments are due.
pub struct TimeRules(pub Desk);

impl JobHandler for TimeRules {
    fn kind(&self) -> &'static str {
        DUE
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let due: Due = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            let desk = self.0.clone();
            let db = desk.kernel.db.clone();
            let again = db
                .write(
                    async move |tx: &mut Tx<'_>| -> Result<Option<Timestamp>, Refusal> {
                        come_due(&desk, tx, due).await
                    },
                )
                .await
                .map_err(JobError::retry)?;
            Ok(again.map_or(Outcome::Done, Outcome::Again))
        }
        .boxed()
    }
}

/// Looks again whether the rule still holds, and runs it. A condition that the mere passing of
/// time will turn is waited for.
async fn come_due(desk: &Desk, tx: &mut Tx<'_>, due: Due) -> Result<Option<Timestamp>, Refusal> {
    let Some(rule) = current(&desk.kernel, tx, due.rule, due.version).await? else {
        return Ok(None);
    };
    let When::Time { since, .. } = rule.definition.when else {
        return Ok(None);
    };
    let Some(mut ticket) = tickets::store::lock(tx, due.ticket).await? else {
        return Ok(None);
    };
    let last = store::moment(tx, due.ticket, since).await?;
    let is_last = last.is_some_and(|(_, record)| record == due.record);
    if !is_last || !act::is_open_to_rules(&ticket) {
        return Ok(None);
    }
    if store::has_run(tx, (rule.id, due.ticket, due.record)).await? {
        return Ok(None);
    }
    let before = RecordId(due.record.0.saturating_sub(1));
    let found = journal::of_ticket(tx, due.ticket, before, 1).await?;
    let Some(record) = found.first() else {
        return Ok(None);
    };
    let now = desk.kernel.clock.now();
    let facts = conditions::store::facts_of(tx, &ticket).await?;
    let moment = conditions::Moment { now, me: None };
    if !conditions::rules::holds(&rule.definition.conditions, &facts, &moment) {
        return Ok(conditions::rules::changes_at(
            &rule.definition.conditions,
            &facts,
            now,
        ));
    }
    // The passing of time begins a chain of its own.
    let begun = StoredRecord {
        depth: 0,
        ..record.clone()
    };
    let spark = Spark {
        record: &begun,
        chain: due.record,
        now,
    };
    if act::run(desk, tx, (&rule, spark), &mut ticket, &facts).await? {
        tickets::store::save(tx, &ticket).await?;
    }
    Ok(None)
}

/// The payload of [`FAILING`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Failing {
    pub(super) rule: RuleId,
    pub(super) version: i64,
    pub(super) ticket: TicketId,
    pub(super) failures: i64,
}

/// Switches rules off that keep failing, and tells those who set them up.
pub struct FailingRules(pub Desk);

impl JobHandler for FailingRules {
    fn kind(&self) -> &'static str {
        FAILING
    }

    fn run<'a>(&'a self, job: &'a Job) -> BoxFuture<'a, Result<Outcome, JobError>> {
        async move {
            let failing: Failing = serde_json::from_str(&job.payload).map_err(JobError::give_up)?;
            let desk = self.0.clone();
            let db = desk.kernel.db.clone();
            db.write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
                switch_off(&desk, tx, failing).await
            })
            .await
            .map_err(JobError::retry)?;
            Ok(Outcome::Done)
        }
        .boxed()
    }
}

async fn switch_off(desk: &Desk, tx: &mut Tx<'_>, failing: Failing) -> Result<(), Refusal> {
    store::lock_set(tx).await?;
    if !store::switch_off(tx, failing.rule, failing.version).await? {
        return Ok(());
    }
    store::touch_set(tx).await?;
    let now = desk.kernel.clock.now();
    let record = RuleSwitchedOff {
        rule: failing.rule,
        failures: failing.failures,
    };
    let ctx = Context::system(now);
    let id = journal::append(tx, &ctx, Subject::default(), &record).await?;
    tell_admins(tx, failing.ticket, id, NotificationKind::RuleOff, now).await
}

/// Tells everybody who sets up the desk.
pub(crate) async fn tell_admins(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    record: RecordId,
    kind: NotificationKind,
    now: Timestamp,
) -> Result<(), Refusal> {
    for agent in identity::agents::store::all(tx).await? {
        let sets_up = matches!(agent.role, Role::Owner | Role::Admin);
        if agent.status == AgentStatus::Active && sets_up {
            let notice = Notice {
                agent: agent.id,
                kind,
            };
            let news = (record, Context::system(now), now);
            tell(tx, ticket, news, notice).await?;
        }
    }
    Ok(())
}
