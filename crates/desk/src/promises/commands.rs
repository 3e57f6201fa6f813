//! Promising, changing a promise, and what its time does.

use identity::agents::AgentStatus;
use identity::{Caller, Permission, Role};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, PromiseId, TicketId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Change, Context};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Promise, PromiseChanged, PromiseFellDue, PromiseMade, PromiseSettled, PromiseState, Stored,
    rules, store,
};
use crate::tickets::commands::{change, open, still, subject, watch};
use crate::tickets::{self, Place, Status, Ticket};
use crate::{Desk, absences, teams};

const CREATE: &str = "promise.create";
const NOT_FOUND: Refusal = Refusal::NotFound { what: "promise" };

/// The job that brings a promise back.
pub const FALL_DUE: &str = "promise.fall_due";

/// The payload of [`FALL_DUE`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct FallDue {
    /// The promise.
    pub promise: PromiseId,
    /// The time it was given; another time since then has its own job.
    pub due_at: Timestamp,
}

/// A promise to make.
#[derive(Clone, Debug)]
pub struct NewPromise {
    /// Who keeps it; `None`: the caller.
    pub owner: Option<AgentId>,
    /// What is promised.
    pub note: String,
    /// By when.
    pub due_at: Timestamp,
}

/// What changes on a promise; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct PromiseUpdate {
    /// The version that the caller saw.
    pub version: i64,
    /// Who keeps it.
    pub owner: Option<AgentId>,
    /// What is promised.
    pub note: Option<String>,
    /// By when.
    pub due_at: Option<Timestamp>,
    /// Whether it was kept or holds no more.
    pub state: Option<PromiseState>,
}

/// Makes a promise on a ticket.
pub async fn make(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    new: NewPromise,
    once: IdempotencyKey,
) -> Result<Promise, Refusal> {
    caller.require(Permission::TicketReply)?;
    let note = rules::note(&new.note)?;
    let now = desk.kernel.clock.now();
    rules::due(new.due_at, now)?;
    let (ctx, by, kernel) = (caller.context(now), caller.agent, desk.kernel.clone());
    let owner = new.owner.unwrap_or(by);
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Promise, Refusal> {
            if let Some(key) = &once.0
                && let Some(id) = idempotency::find(tx, by, key, CREATE).await?
            {
                return read(&kernel, tx, PromiseId(id)).await;
            }
            let (ticket, ctx) = open(tx, &ctx, id).await?;
            if ticket.status == Status::Closed {
                return Err(tickets::rules::closed());
            }
            check_owner(tx, owner).await?;
            if store::open_on(tx, id).await?.len() >= rules::OPEN_MAX {
                let mend = "settle one of them first";
                return Err(Refusal::invalid("note", "is one promise too many", mend));
            }
            let mut promise = Stored {
                id: PromiseId(0),
                ticket: id,
                owner,
                note: kernel.keys.encrypt(tx, ticket.key, &note).await?,
                due_at: new.due_at,
                state: PromiseState::Open,
                version: 1,
            };
            promise.id = store::insert(tx, &promise, ctx.at).await?;
            plan(tx, &promise).await?;
            let record = PromiseMade {
                promise: promise.id,
                owner,
                due_at: promise.due_at,
            };
            journal::append(tx, &ctx, subject(&ticket), &record).await?;
            if let Some(key) = &once.0 {
                idempotency::remember(tx, by, key, CREATE, promise.id.0, ctx.at).await?;
            }
            read(&kernel, tx, promise.id).await
        })
        .await
}

/// Changes, keeps or withdraws a promise.
pub async fn update(
    desk: &Desk,
    caller: &Caller,
    id: PromiseId,
    update: PromiseUpdate,
) -> Result<Promise, Refusal> {
    caller.require(Permission::TicketReply)?;
    let note = update.note.as_deref().map(rules::note).transpose()?;
    let now = desk.kernel.clock.now();
    if let Some(due_at) = update.due_at {
        rules::due(due_at, now)?;
    }
    if matches!(update.state, Some(PromiseState::Open | PromiseState::Due)) {
        let mend = "say kept or withdrawn, or give it another time";
        return Err(Refusal::invalid("state", "follows from the time", mend));
    }
    let (ctx, kernel) = (caller.context(now), desk.kernel.clone());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Promise, Refusal> {
            let found = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
            let (ticket, ctx) = open(tx, &ctx, found.ticket).await?;
            let mut promise = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
            if promise.version != update.version {
                return Err(Refusal::Stale { what: "promise" });
            }
            if matches!(promise.state, PromiseState::Kept | PromiseState::Withdrawn) {
                let detail = "This promise is settled. Make a new one.";
                return Err(Refusal::conflict("promise_settled", detail));
            }
            if let Some(note) = &note {
                promise.note = kernel.keys.encrypt(tx, ticket.key, note).await?;
            }
            let before = promise.clone();
            promise.owner = update.owner.unwrap_or(promise.owner);
            if promise.owner != before.owner {
                check_owner(tx, promise.owner).await?;
            }
            if let Some(due_at) = update.due_at {
                promise.due_at = due_at;
                promise.state = PromiseState::Open;
            }
            if let Some(state) = update.state {
                settle(tx, &ctx, &ticket, promise, state).await?;
                return read(&kernel, tx, id).await;
            }
            promise.version = promise.version.saturating_add(1);
            store::save(tx, &promise, ctx.at).await?;
            plan(tx, &promise).await?;
            let record = PromiseChanged {
                promise: id,
                owner: Change {
                    from: before.owner,
                    to: promise.owner,
                },
                due_at: Change {
                    from: before.due_at,
                    to: promise.due_at,
                },
            };
            journal::append(tx, &ctx, subject(&ticket), &record).await?;
            read(&kernel, tx, id).await
        })
        .await
}

/// Notes that a reply on a locked ticket went out: what was promised there is kept.
pub(crate) async fn keep(tx: &mut Tx<'_>, ctx: &Context, ticket: &Ticket) -> Result<(), Refusal> {
    for promise in store::open_on(tx, ticket.id).await? {
        settle(tx, ctx, ticket, promise, PromiseState::Kept).await?;
    }
    Ok(())
}

async fn settle(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &Ticket,
    mut promise: Stored,
    to: PromiseState,
) -> Result<(), Refusal> {
    let state = Change {
        from: promise.state,
        to,
    };
    promise.state = to;
    promise.version = promise.version.saturating_add(1);
    store::save(tx, &promise, ctx.at).await?;
    jobs::cancel(tx, &key(&promise)).await?;
    let record = PromiseSettled {
        promise: promise.id,
        owner: promise.owner,
        state,
    };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    Ok(())
}

/// Brings a promise back when its time came; `false` when it was settled or put off meanwhile.
pub async fn fall_due(desk: &Desk, job: FallDue) -> Result<bool, Refusal> {
    let ctx = Context::system(desk.kernel.clock.now());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<bool, Refusal> {
            let Some(found) = store::find(tx, job.promise).await? else {
                return Ok(false);
            };
            let Some((mut ticket, ctx)) = still(open(tx, &ctx, found.ticket).await)? else {
                return Ok(false);
            };
            let Some(mut promise) = store::find(tx, job.promise).await? else {
                return Ok(false);
            };
            if promise.state != PromiseState::Open || promise.due_at != job.due_at {
                return Ok(false);
            }
            promise.state = PromiseState::Due;
            promise.version = promise.version.saturating_add(1);
            store::save(tx, &promise, ctx.at).await?;
            bring_back(tx, &ctx, &mut ticket, &promise).await?;
            tickets::store::save(tx, &ticket).await?;
            Ok(true)
        })
        .await
}

/// Wakes the ticket and lays it with whoever can keep the promise.
async fn bring_back(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    promise: &Stored,
) -> Result<(), Refusal> {
    let owner = promise.owner;
    let deputy = absences::deputy(tx, owner, ctx.at).await?;
    let members = match ticket.team {
        Some(team) => teams::store::members(tx, team).await?,
        None => Vec::new(),
    };
    let team = (ticket.team, members.as_slice());
    let back = rules::comes_back(owner, ticket.assignee, team, deputy);
    if ticket.place == Place::Desk && ticket.status != Status::Closed {
        change::snooze(tx, ctx, ticket, None).await?;
        if ticket.status == Status::Solved {
            change::status(tx, ctx, ticket, Status::Open).await?;
        }
        if back.assignee != ticket.assignee && can_answer(tx, back.assignee).await? {
            let to = (back.assignee, ticket.team);
            change::assign(tx, ctx, ticket, to).await?;
            // Whoever promised keeps an eye on it.
            watch::set(tx, ctx, ticket, owner, true).await?;
        }
    }
    let record = PromiseFellDue {
        promise: promise.id,
        owner,
        told: back.told,
    };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    Ok(())
}

async fn can_answer(tx: &mut Tx<'_>, agent: Option<AgentId>) -> Result<bool, Refusal> {
    match change::check_assignee(tx, agent).await {
        Ok(()) => Ok(true),
        Err(Refusal::Invalid(_)) => Ok(false),
        Err(other) => Err(other),
    }
}

async fn check_owner(tx: &mut Tx<'_>, owner: AgentId) -> Result<(), Refusal> {
    let agent = identity::agents::store::find(tx, owner).await?;
    if agent.is_some_and(|a| a.status == AgentStatus::Active && a.role != Role::LightAgent) {
        return Ok(());
    }
    let reason = "names nobody who can answer customers";
    Err(Refusal::invalid("owner_id", reason, "name an active agent"))
}

/// The key of the job that brings the promise back; the version keeps it unique.
fn key(promise: &Stored) -> String {
    format!("promise:{}:{}", promise.id, promise.due_at.micros())
}

async fn plan(tx: &mut Tx<'_>, promise: &Stored) -> Result<(), Refusal> {
    let job = FallDue {
        promise: promise.id,
        due_at: promise.due_at,
    };
    let payload =
        serde_json::to_string(&job).map_err(|error| Refusal::broken(error.to_string()))?;
    let job = NewJob {
        kind: FALL_DUE,
        key: key(promise),
        payload,
        run_at: promise.due_at,
        ticket: Some(promise.ticket),
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}

async fn read(kernel: &Kernel, tx: &mut Tx<'_>, id: PromiseId) -> Result<Promise, Refusal> {
    let stored = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
    let ticket = tickets::store::find(tx, stored.ticket).await?;
    let subject = ticket.map(|ticket| ticket.subject).unwrap_or_default();
    opened(kernel, tx, stored, subject).await
}

async fn opened(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    stored: Stored,
    subject: String,
) -> Result<Promise, Refusal> {
    Ok(Promise {
        id: stored.id,
        ticket_id: stored.ticket,
        subject,
        owner_id: stored.owner,
        note: kernel
            .keys
            .decrypt(tx, &stored.note)
            .await?
            .unwrap_or_default(),
        due_at: stored.due_at,
        state: stored.state,
        version: stored.version,
    })
}

/// What is promised on a ticket and not settled.
pub(crate) async fn on_ticket(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: &Ticket,
) -> Result<Vec<Promise>, Refusal> {
    let mut promises = Vec::new();
    for stored in store::open_on(tx, ticket.id).await? {
        promises.push(opened(kernel, tx, stored, ticket.subject.clone()).await?);
    }
    Ok(promises)
}

/// What an agent promised and has not settled.
pub(crate) async fn of_agent(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    agent: AgentId,
) -> Result<Vec<Promise>, Refusal> {
    let mut promises = Vec::new();
    for listed in store::open_of(tx, agent).await? {
        promises.push(opened(kernel, tx, listed.promise, listed.subject).await?);
    }
    Ok(promises)
}
