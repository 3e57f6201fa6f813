//! Making, editing, ordering and deleting rules, and looking at what they did.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{KeyId, RuleId, RuleRunId, TicketId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Change, Subject};
use kernel::keys::Keys;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::reactions::{PLAN, Plan};
use super::rules_cycles::{Link, ring};
use super::store::{self, Stored, StoredRun, Values};
use super::{
    Definition, Rule, RuleChanged, RuleCreated, RuleDeleted, RuleRun, RulesOrdered, When, act,
    compiled, rules,
};
use crate::conditions::{self, Field};

const CREATE: &str = "rule.create";
/// Runs of one page.
pub const RUNS_PAGE: i64 = 50;
const NOT_FOUND: Refusal = Refusal::NotFound { what: "rule" };

/// What a rule is to be.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The name.
    pub name: String,
    /// Whether it runs.
    pub enabled: bool,
    /// When, if, then.
    pub definition: Definition,
}

/// What is to change on a rule; `None` leaves it.
#[derive(Clone, Debug)]
pub struct RuleUpdate {
    /// The version the caller saw.
    pub version: i64,
    /// Another name.
    pub name: Option<String>,
    /// On or off.
    pub enabled: Option<bool>,
    /// Another when, if, then.
    pub definition: Option<Definition>,
}

/// Makes a rule behind the others; the same idempotency key answers the same rule.
pub async fn create(
    kernel: &Kernel,
    caller: &Caller,
    wanted: Wanted,
    once: IdempotencyKey,
) -> Result<Rule, Refusal> {
    caller.require(Permission::DeskManage)?;
    let name = rules::name(&wanted.name)?;
    check(&wanted.definition)?;
    let at = kernel.clock.now();
    let (ctx, agent, kernel) = (caller.context(at), caller.agent, kernel.clone());
    let key = kernel.keys.workspace().await?;
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        if let Some(once) = &once.0
            && let Some(id) = idempotency::find(tx, agent, once, CREATE).await?
        {
            return read(tx, &kernel, RuleId(id)).await;
        }
        store::lock_set(tx).await?;
        let all = store::all(tx).await?;
        if all.len() >= rules::RULES_MAX {
            let detail = format!("There are {} rules; delete one first.", rules::RULES_MAX);
            return Err(Refusal::conflict("too_many_rules", detail));
        }
        act::check(tx, &wanted.definition.actions).await?;
        if wanted.enabled {
            refuse_ring(tx, &kernel, (RuleId(0), &name, &wanted.definition), &all).await?;
        }
        let json = json(&wanted.definition)?;
        let values = Values {
            name: name.clone(),
            enabled: wanted.enabled,
            definition: kernel.keys.encrypt(tx, key, &json).await?,
            active_since: at,
            by: agent,
        };
        let record = RuleCreated {
            rule: store::insert(tx, values.clone()).await?,
            name: kernel.keys.encrypt(tx, key, &name).await?,
            definition: values.definition,
            enabled: wanted.enabled,
        };
        journal::append(tx, &ctx, Subject::default(), &record).await?;
        store::touch_set(tx).await?;
        plan(tx, (record.rule, 1), &wanted.definition, wanted.enabled, at).await?;
        if let Some(once) = &once.0 {
            idempotency::remember(tx, agent, once, CREATE, record.rule.0, at).await?;
        }
        read(tx, &kernel, record.rule).await
    })
    .await
}

/// Edits a rule. What happened before the edit is none of the new rule's business.
pub async fn update(
    kernel: &Kernel,
    caller: &Caller,
    id: RuleId,
    update: RuleUpdate,
) -> Result<Rule, Refusal> {
    caller.require(Permission::DeskManage)?;
    let name = update.name.as_deref().map(rules::name).transpose()?;
    if let Some(definition) = &update.definition {
        check(definition)?;
    }
    let at = kernel.clock.now();
    let (ctx, agent, kernel) = (caller.context(at), caller.agent, kernel.clone());
    let key = kernel.keys.workspace().await?;
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        store::lock_set(tx).await?;
        let stored = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
        if stored.version != update.version {
            return Err(Refusal::Stale { what: "rule" });
        }
        let before = compiled::open(&kernel, tx, &stored)
            .await?
            .ok_or(NOT_FOUND)?;
        let name = name.clone().unwrap_or_else(|| stored.name.clone());
        let enabled = update.enabled.unwrap_or(stored.enabled);
        let definition = update.definition.clone();
        let definition = definition.unwrap_or_else(|| before.definition.clone());
        if definition != before.definition {
            act::check(tx, &definition.actions).await?;
        }
        if enabled {
            let all = store::all(tx).await?;
            refuse_ring(tx, &kernel, (id, &name, &definition), &all).await?;
        }
        if (&name, enabled, &definition) == (&stored.name, stored.enabled, &before.definition) {
            return read(tx, &kernel, id).await;
        }
        let starts = enabled && (!stored.enabled || definition != before.definition);
        let values = Values {
            name,
            enabled,
            definition: kernel.keys.encrypt(tx, key, &json(&definition)?).await?,
            active_since: if starts { at } else { stored.active_since },
            by: agent,
        };
        let record = changed(tx, (&kernel.keys, key), &stored, &values).await?;
        store::update(tx, id, values, at).await?;
        journal::append(tx, &ctx, Subject::default(), &record).await?;
        store::touch_set(tx).await?;
        let version = stored.version.saturating_add(1);
        plan(tx, (id, version), &definition, enabled, at).await?;
        read(tx, &kernel, id).await
    })
    .await
}

async fn changed(
    tx: &mut Tx<'_>,
    (keys, key): (&Keys, KeyId),
    stored: &Stored,
    values: &Values,
) -> Result<RuleChanged, Refusal> {
    Ok(RuleChanged {
        rule: stored.id,
        name: Change {
            from: keys.encrypt(tx, key, &stored.name).await?,
            to: keys.encrypt(tx, key, &values.name).await?,
        },
        definition: Change {
            from: stored.definition.clone(),
            to: values.definition.clone(),
        },
        enabled: Change {
            from: stored.enabled,
            to: values.enabled,
        },
    })
}

/// Deletes a rule; what it did stays written down.
pub async fn delete(kernel: &Kernel, caller: &Caller, id: RuleId) -> Result<(), Refusal> {
    caller.require(Permission::DeskManage)?;
    let (ctx, kernel) = (caller.context(kernel.clock.now()), kernel.clone());
    let key = kernel.keys.workspace().await?;
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        store::lock_set(tx).await?;
        let stored = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
        store::delete(tx, id).await?;
        store::touch_set(tx).await?;
        let name = kernel.keys.encrypt(tx, key, &stored.name).await?;
        let record = RuleDeleted { rule: id, name };
        journal::append(tx, &ctx, Subject::default(), &record).await?;
        Ok(())
    })
    .await
}

/// Puts the rules into another order, which names each of them once.
pub async fn order(
    kernel: &Kernel,
    caller: &Caller,
    ids: Vec<RuleId>,
) -> Result<Vec<Rule>, Refusal> {
    caller.require(Permission::DeskManage)?;
    let (ctx, kernel) = (caller.context(kernel.clock.now()), kernel.clone());
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        store::lock_set(tx).await?;
        let from: Vec<RuleId> = store::all(tx).await?.iter().map(|it| it.id).collect();
        let sorted = |list: &[RuleId]| {
            let mut list = list.to_vec();
            list.sort();
            list
        };
        // Somebody made or deleted one meanwhile.
        if sorted(&from) != sorted(&ids) {
            return Err(Refusal::Stale {
                what: "list of rules",
            });
        }
        if from != ids {
            for (place, id) in (1..).zip(&ids) {
                store::place(tx, *id, place).await?;
            }
            let record = RulesOrdered {
                rules: Change {
                    from,
                    to: ids.clone(),
                },
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            store::touch_set(tx).await?;
        }
        read_all(tx, &kernel).await
    })
    .await
}

/// Every rule, in order.
pub async fn list(kernel: &Kernel, caller: &Caller) -> Result<Vec<Rule>, Refusal> {
    caller.require(Permission::DeskManage)?;
    let kernel = kernel.clone();
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| read_all(tx, &kernel).await)
        .await
}

/// One rule.
pub async fn find(kernel: &Kernel, caller: &Caller, id: RuleId) -> Result<Rule, Refusal> {
    caller.require(Permission::DeskManage)?;
    let kernel = kernel.clone();
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| read(tx, &kernel, id).await)
        .await
}

/// What a rule did, newest first; `below` is where the page before ended.
pub async fn runs_of_rule(
    kernel: &Kernel,
    caller: &Caller,
    id: RuleId,
    below: RuleRunId,
) -> Result<Vec<RuleRun>, Refusal> {
    caller.require(Permission::DeskManage)?;
    let kernel = kernel.clone();
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| {
        let stored = store::runs_of_rule(tx, id, below, RUNS_PAGE).await?;
        opened(tx, &kernel.keys, stored).await
    })
    .await
}

/// What rules did on a ticket, newest first.
pub async fn runs_of_ticket(
    kernel: &Kernel,
    caller: &Caller,
    ticket: TicketId,
    below: RuleRunId,
) -> Result<Vec<RuleRun>, Refusal> {
    caller.require(Permission::TicketRead)?;
    let kernel = kernel.clone();
    let db = kernel.db.clone();
    db.read(async move |tx: &mut Tx<'_>| {
        if crate::tickets::store::find(tx, ticket).await?.is_none() {
            return Err(Refusal::NotFound { what: "ticket" });
        }
        let stored = store::runs_of_ticket(tx, ticket, below, RUNS_PAGE).await?;
        opened(tx, &kernel.keys, stored).await
    })
    .await
}

async fn opened(
    tx: &mut Tx<'_>,
    keys: &Keys,
    runs: Vec<StoredRun>,
) -> Result<Vec<RuleRun>, Refusal> {
    let mut shown = Vec::with_capacity(runs.len());
    for run in runs {
        let json = keys.decrypt(tx, &run.detail).await?;
        shown.push(RuleRun {
            id: run.id,
            rule_id: run.rule,
            rule_name: run.name.unwrap_or_default(),
            ticket_id: run.ticket,
            record: run.record,
            at: run.at,
            outcome: run.outcome,
            held_back: run.held_back,
            // One that an older version wrote and nobody can read any more is as good as erased.
            detail: json.and_then(|json| serde_json::from_str(&json).ok()),
        });
    }
    Ok(shown)
}

/// Refuses a definition that makes no sense, whatever there is at present.
pub(super) fn check(definition: &Definition) -> Result<(), Refusal> {
    rules::check(definition)?;
    conditions::rules::check(
        "definition.conditions",
        &definition.conditions,
        |field| match field {
            Field::Own(field) => Some(conditions::rules::kind_of(field)),
            Field::Custom(_) => None,
        },
    )
}

/// Refuses a rule that would go round with others for ever, and names them.
async fn refuse_ring(
    tx: &mut Tx<'_>,
    kernel: &Kernel,
    (id, name, definition): (RuleId, &str, &Definition),
    all: &[Stored],
) -> Result<(), Refusal> {
    let mut others = Vec::new();
    for stored in all.iter().filter(|it| it.enabled && it.id != id) {
        others.extend(compiled::open(kernel, tx, stored).await?);
    }
    let links: Vec<Link<'_>> = others
        .iter()
        .map(|rule| Link {
            id: rule.id,
            definition: &rule.definition,
        })
        .collect();
    let Some(found) = ring(Link { id, definition }, &links) else {
        return Ok(());
    };
    let name_of = |of: &RuleId| {
        let other = others.iter().find(|rule| rule.id == *of);
        format!("“{}”", other.map_or(name, |rule| &rule.name))
    };
    let mut names: Vec<String> = found.iter().map(name_of).collect();
    names.extend(found.first().map(name_of));
    Err(Refusal::invalid(
        "definition",
        format!("would go round for ever: {}", names.join(" → ")),
        "ask for more in the conditions of one of them, or let it follow people only",
    ))
}

/// Has the due moments of a time rule planned in the background.
async fn plan(
    tx: &mut Tx<'_>,
    (rule, version): (RuleId, i64),
    definition: &Definition,
    enabled: bool,
    at: Timestamp,
) -> Result<(), Refusal> {
    if !enabled || matches!(definition.when, When::Event { .. }) {
        return Ok(());
    }
    let plan = Plan {
        rule,
        version,
        after: TicketId(0),
    };
    let job = NewJob {
        kind: PLAN,
        key: plan.key(),
        payload: serde_json::to_string(&plan).map_err(|it| Refusal::broken(it.to_string()))?,
        run_at: at,
        ticket: None,
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}

fn json(definition: &Definition) -> Result<String, Refusal> {
    serde_json::to_string(definition).map_err(|error| Refusal::broken(error.to_string()))
}

async fn read_all(tx: &mut Tx<'_>, kernel: &Kernel) -> Result<Vec<Rule>, Refusal> {
    let mut shown = Vec::new();
    for stored in store::all(tx).await? {
        shown.extend(present(tx, kernel, stored).await?);
    }
    Ok(shown)
}

async fn read(tx: &mut Tx<'_>, kernel: &Kernel, id: RuleId) -> Result<Rule, Refusal> {
    let stored = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
    present(tx, kernel, stored).await?.ok_or(NOT_FOUND)
}

async fn present(
    tx: &mut Tx<'_>,
    kernel: &Kernel,
    stored: Stored,
) -> Result<Option<Rule>, Refusal> {
    let Some(opened) = compiled::open(kernel, tx, &stored).await? else {
        return Ok(None);
    };
    Ok(Some(Rule {
        id: stored.id,
        name: stored.name,
        enabled: stored.enabled,
        definition: opened.definition,
        runs: stored.runs,
        failures_in_row: stored.failures_in_row,
        switched_off: stored.switched_off,
        last_run_at: stored.last_run_at,
        created_at: stored.created_at,
        updated_at: stored.updated_at,
        updated_by: stored.updated_by,
        version: stored.version,
    }))
}
