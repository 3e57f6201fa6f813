//! Making, changing, ordering and deleting policies.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{KeyId, PolicyId, ScheduleId};
use kernel::journal::{self, Change, Subject};
use kernel::keys::{Encrypted, Keys};
use kernel::refusal::Refusal;

use super::{
    PoliciesReordered, Policy, PolicyChanged, PolicyCreated, PolicyDeleted, Target, rules, store,
};
use crate::conditions::{Conditions, Field, FieldKind, rules as conditions};
use crate::schedules::store as schedules;

const CREATE: &str = "sla_policy.create";

/// What a new policy needs.
#[derive(Clone, Debug)]
pub struct NewPolicy {
    /// Its name.
    pub name: String,
    /// Whether it counts.
    pub enabled: bool,
    /// Which tickets it is for.
    pub conditions: Conditions,
    /// Whose hours it goes by.
    pub schedule: Option<ScheduleId>,
    /// What is promised.
    pub targets: Vec<Target>,
}

/// What is to change on a policy; `None` leaves it.
#[derive(Clone, Debug)]
pub struct PolicyUpdate {
    /// The version the caller saw.
    pub version: i64,
    /// A new name.
    pub name: Option<String>,
    /// Whether it counts.
    pub enabled: Option<bool>,
    /// Which tickets it is for.
    pub conditions: Option<Conditions>,
    /// Whose hours it goes by.
    pub schedule: Option<Option<ScheduleId>>,
    /// What is promised.
    pub targets: Option<Vec<Target>>,
}

/// Makes a policy behind all others; the same idempotency key answers the same policy.
pub async fn create(
    kernel: &Kernel,
    caller: &Caller,
    new: NewPolicy,
    once: IdempotencyKey,
) -> Result<Policy, Refusal> {
    caller.require(Permission::DeskManage)?;
    let wanted = tidied(Policy {
        id: PolicyId(0),
        name: new.name,
        position: 0,
        enabled: new.enabled,
        conditions: new.conditions,
        schedule_id: new.schedule,
        targets: new.targets,
        version: 1,
    })?;
    let at = kernel.clock.now();
    let (ctx, agent) = (caller.context(at), caller.agent);
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            if let Some(key) = &once.0
                && let Some(id) = idempotency::find(tx, agent, key, CREATE).await?
            {
                return found(store::find(tx, PolicyId(id)).await?);
            }
            schedules::lock_books(tx).await?;
            if store::policies(tx).await?.len() >= rules::POLICIES_MAX {
                let detail = format!("There can be at most {} policies.", rules::POLICIES_MAX);
                return Err(Refusal::conflict("too_many_policies", detail));
            }
            check_schedule(tx, wanted.schedule_id).await?;
            let policy = store::insert(tx, &wanted, at).await?;
            schedules::turn_page(tx).await?;
            let record = PolicyCreated {
                policy,
                name: keys.encrypt(tx, key, &wanted.name).await?,
                content: content(tx, &keys, key, &wanted).await?,
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            if let Some(key) = &once.0 {
                idempotency::remember(tx, agent, key, CREATE, policy.0, at).await?;
            }
            found(store::find(tx, policy).await?)
        })
        .await
}

/// Changes a policy; the clocks that run by it move along.
pub async fn update(
    kernel: &Kernel,
    caller: &Caller,
    id: PolicyId,
    update: PolicyUpdate,
) -> Result<Policy, Refusal> {
    caller.require(Permission::DeskManage)?;
    let ctx = caller.context(kernel.clock.now());
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            schedules::lock_books(tx).await?;
            let before = found(store::find(tx, id).await?)?;
            if before.version != update.version {
                return Err(Refusal::Stale { what: "SLA policy" });
            }
            let wanted = tidied(merged(before.clone(), update.clone()))?;
            if wanted == before {
                return Ok(before);
            }
            check_schedule(tx, wanted.schedule_id).await?;
            store::update(tx, &wanted).await?;
            schedules::turn_page(tx).await?;
            let record = PolicyChanged {
                policy: id,
                version: before.version.saturating_add(1),
                content: Change {
                    from: content(tx, &keys, key, &before).await?,
                    to: content(tx, &keys, key, &wanted).await?,
                },
            };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            found(store::find(tx, id).await?)
        })
        .await
}

/// Puts the policies in another order: all of them, each once.
pub async fn reorder(
    kernel: &Kernel,
    caller: &Caller,
    order: Vec<PolicyId>,
) -> Result<Vec<Policy>, Refusal> {
    caller.require(Permission::DeskManage)?;
    let ctx = caller.context(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            schedules::lock_books(tx).await?;
            let before: Vec<PolicyId> = store::policies(tx).await?.iter().map(|p| p.id).collect();
            let sorted = |ids: &[PolicyId]| {
                let mut ids = ids.to_vec();
                ids.sort_unstable();
                ids
            };
            // Somebody made or deleted one meanwhile.
            if sorted(&before) != sorted(&order) {
                return Err(Refusal::Stale {
                    what: "list of SLA policies",
                });
            }
            if before != order {
                for (id, position) in order.iter().zip(1_i64..) {
                    store::place(tx, *id, position).await?;
                }
                schedules::turn_page(tx).await?;
                let policies = Change {
                    from: before,
                    to: order.clone(),
                };
                let record = PoliciesReordered { policies };
                journal::append(tx, &ctx, Subject::default(), &record).await?;
            }
            Ok(store::policies(tx).await?)
        })
        .await
}

/// Deletes a policy; the clocks that run by it end, or go by the next that fits.
pub async fn delete(kernel: &Kernel, caller: &Caller, id: PolicyId) -> Result<(), Refusal> {
    caller.require(Permission::DeskManage)?;
    let ctx = caller.context(kernel.clock.now());
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            schedules::lock_books(tx).await?;
            let policy = found(store::find(tx, id).await?)?;
            store::delete(tx, id).await?;
            schedules::turn_page(tx).await?;
            let name = keys.encrypt(tx, key, &policy.name).await?;
            let record = PolicyDeleted { policy: id, name };
            journal::append(tx, &ctx, Subject::default(), &record).await?;
            Ok(())
        })
        .await
}

fn tidied(mut policy: Policy) -> Result<Policy, Refusal> {
    policy.name = rules::name(&policy.name)?;
    rules::targets(&policy.targets)?;
    conditions::check("conditions", &policy.conditions, kind_of)?;
    Ok(policy)
}

fn kind_of(field: Field) -> Option<FieldKind> {
    match field {
        Field::Own(field) => Some(conditions::kind_of(field)),
        Field::Custom(_) => None,
    }
}

fn merged(before: Policy, update: PolicyUpdate) -> Policy {
    Policy {
        name: update.name.unwrap_or(before.name),
        enabled: update.enabled.unwrap_or(before.enabled),
        conditions: update.conditions.unwrap_or(before.conditions),
        schedule_id: update.schedule.unwrap_or(before.schedule_id),
        targets: update.targets.unwrap_or(before.targets),
        ..before
    }
}

async fn check_schedule(tx: &mut Tx<'_>, id: Option<ScheduleId>) -> Result<(), Refusal> {
    let Some(id) = id else { return Ok(()) };
    if schedules::find(tx, id).await?.is_some() {
        return Ok(());
    }
    Err(Refusal::invalid(
        "schedule_id",
        "names no schedule",
        "take the id of a schedule, or null for the ticket's own hours",
    ))
}

async fn content(
    tx: &mut Tx<'_>,
    keys: &Keys,
    key: KeyId,
    policy: &Policy,
) -> Result<Encrypted<String>, Refusal> {
    Ok(keys.encrypt(tx, key, &schedules::json(policy)?).await?)
}

fn found(policy: Option<Policy>) -> Result<Policy, Refusal> {
    policy.ok_or(Refusal::NotFound { what: "SLA policy" })
}
