//! Going away, and coming back.

use identity::agents::AgentStatus;
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AbsenceId, AgentId};
use kernel::journal::{self, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::rules::{self, Deputy};
use super::{Absence, AbsenceEnded, AbsencePlanned, store};

const CREATE: &str = "absence.create";
const NOT_FOUND: Refusal = Refusal::NotFound { what: "absence" };

/// An absence to plan.
#[derive(Clone, Copy, Debug)]
pub struct NewAbsence {
    /// Whose; colleagues' are planned by those who lead queues.
    pub agent: AgentId,
    /// Who stands in.
    pub stand_in: Option<AgentId>,
    /// From then on.
    pub from: Timestamp,
    /// Until then.
    pub to: Timestamp,
}

/// Plans an absence.
pub async fn plan(
    kernel: &Kernel,
    caller: &Caller,
    new: NewAbsence,
    once: IdempotencyKey,
) -> Result<Absence, Refusal> {
    may(caller, new.agent)?;
    let now = kernel.clock.now();
    rules::check(new.from, new.to, now)?;
    let (ctx, by) = (caller.context(now), caller.agent);
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Absence, Refusal> {
            if let Some(key) = &once.0
                && let Some(id) = idempotency::find(tx, by, key, CREATE).await?
            {
                return store::find(tx, AbsenceId(id)).await?.ok_or(NOT_FOUND);
            }
            let mut absence = Absence {
                id: AbsenceId(0),
                agent_id: new.agent,
                stand_in_id: new.stand_in,
                from: new.from,
                to: new.to,
                version: 1,
            };
            fits(tx, &absence, now).await?;
            absence.id = store::insert(tx, &absence).await?;
            journal::append(tx, &ctx, Subject::agent(new.agent), &planned(&absence)).await?;
            if let Some(key) = &once.0 {
                idempotency::remember(tx, by, key, CREATE, absence.id.0, ctx.at).await?;
            }
            Ok(absence)
        })
        .await
}

/// Changes an absence; `version` is the one that the caller saw.
pub async fn change(
    kernel: &Kernel,
    caller: &Caller,
    id: AbsenceId,
    version: i64,
    (stand_in, from, to): (Option<AgentId>, Timestamp, Timestamp),
) -> Result<Absence, Refusal> {
    caller.require(Permission::TicketRead)?;
    let now = kernel.clock.now();
    rules::check(from, to, now)?;
    let (ctx, caller) = (caller.context(now), caller.clone());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Absence, Refusal> {
            let found = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
            may(&caller, found.agent_id)?;
            let changed = Absence {
                stand_in_id: stand_in,
                from,
                to,
                version: found.version.saturating_add(1),
                ..found
            };
            fits(tx, &changed, now).await?;
            // Read again under the agent's lock.
            let now_there = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
            if now_there.version != version {
                return Err(Refusal::Stale { what: "absence" });
            }
            store::update(tx, &changed).await?;
            let about = Subject::agent(changed.agent_id);
            journal::append(tx, &ctx, about, &planned(&changed)).await?;
            Ok(changed)
        })
        .await
}

/// Ends an absence: its agent is back, or will not go.
pub async fn end(kernel: &Kernel, caller: &Caller, id: AbsenceId) -> Result<(), Refusal> {
    caller.require(Permission::TicketRead)?;
    let (ctx, caller) = (caller.context(kernel.clock.now()), caller.clone());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let found = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
            may(&caller, found.agent_id)?;
            store::lock_agent(tx, found.agent_id).await?;
            store::delete(tx, id).await?;
            let about = Subject::agent(found.agent_id);
            journal::append(tx, &ctx, about, &AbsenceEnded { absence: id }).await?;
            Ok(())
        })
        .await
}

/// Everybody's absences that are not over; colleagues are to see who stands in for whom.
pub async fn list(kernel: &Kernel, caller: &Caller) -> Result<Vec<Absence>, Refusal> {
    caller.require(Permission::TicketRead)?;
    let now = kernel.clock.now();
    kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
            Ok(store::to_come(tx, now).await?)
        })
        .await
}

/// Where what comes for `agent` at `at` goes.
pub async fn deputy(tx: &mut Tx<'_>, agent: AgentId, at: Timestamp) -> Result<Deputy, Refusal> {
    let mut passed = vec![agent];
    let Some(mut named) = store::away(tx, agent, at).await? else {
        return Ok(Deputy::Here);
    };
    while let Some(next) = rules::follows(&passed, named) {
        match store::away(tx, next, at).await? {
            None if is_active(tx, next).await? => return Ok(Deputy::StandIn(next)),
            None => return Ok(Deputy::Nobody),
            Some(further) => named = further,
        }
        passed.push(next);
    }
    Ok(Deputy::Nobody)
}

async fn is_active(tx: &mut Tx<'_>, agent: AgentId) -> Result<bool, Refusal> {
    let found = identity::agents::store::find(tx, agent).await?;
    Ok(found.is_some_and(|agent| agent.status == AgentStatus::Active))
}

fn may(caller: &Caller, agent: AgentId) -> Result<(), Refusal> {
    caller.require(if caller.agent == agent {
        Permission::TicketRead
    } else {
        Permission::QueueLead
    })
}

fn planned(absence: &Absence) -> AbsencePlanned {
    AbsencePlanned {
        absence: absence.id,
        stand_in: absence.stand_in_id,
        from: absence.from,
        to: absence.to,
    }
}

/// Locks the agent and refuses an absence that can't be theirs.
async fn fits(tx: &mut Tx<'_>, absence: &Absence, now: Timestamp) -> Result<(), Refusal> {
    if !store::lock_agent(tx, absence.agent_id).await? {
        return Err(Refusal::NotFound { what: "agent" });
    }
    if let Some(stand_in) = absence.stand_in_id
        && (stand_in == absence.agent_id || !is_active(tx, stand_in).await?)
    {
        let mend = "name a colleague who can sign in";
        return Err(Refusal::invalid("stand_in_id", "can't stand in", mend));
    }
    let others = store::of_agent(tx, absence.agent_id, now).await?;
    let mut others: Vec<_> = others.iter().filter(|it| it.id != absence.id).collect();
    if others.len() >= rules::PLANNED_MAX {
        let mend = "end one that is planned";
        return Err(Refusal::invalid("from", "is one absence too many", mend));
    }
    others.retain(|other| other.from < absence.to && absence.from < other.to);
    if let Some(other) = others.first() {
        let reason = format!("lies in the absence until {}", other.to);
        return Err(Refusal::invalid("from", reason, "change that one instead"));
    }
    Ok(())
}
