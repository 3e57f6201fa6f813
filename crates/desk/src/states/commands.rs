//! Changing states, and what follows from going home.

use identity::agents::AgentStatus;
use identity::{Caller, Permission, Role};
use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::{AgentId, TicketId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Change, Context, Subject};
use kernel::keys::Encrypted;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{AgentState, StateCause, StateChanged, TicketReturned, rules, store};
use crate::routing;
use crate::tickets::commands::{change, open, still, subject};
use crate::tickets::store as tickets;

/// The job that gives the waiting tickets of somebody who went home back to their queues.
pub const RETURN: &str = "states.return";

/// What that job knows.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Return {
    /// Who went home.
    pub agent: AgentId,
}

/// A state to be chosen.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What to do from now on.
    pub state: AgentState,
    /// Why, in a few words.
    pub reason: Option<String>,
}

/// The caller chooses their own state.
pub async fn choose(kernel: &Kernel, caller: &Caller, choice: Choice) -> Result<(), Refusal> {
    caller.require(Permission::TicketUpdate)?;
    set(kernel, caller, caller.agent, choice, StateCause::Chosen).await
}

/// A lead chooses a colleague's state, which the colleague is shown.
pub async fn choose_for(
    kernel: &Kernel,
    caller: &Caller,
    agent: AgentId,
    choice: Choice,
) -> Result<(), Refusal> {
    caller.require(Permission::QueueLead)?;
    if agent == caller.agent {
        return set(kernel, caller, agent, choice, StateCause::Chosen).await;
    }
    rules::by_lead(choice.state)?;
    set(kernel, caller, agent, choice, StateCause::Lead).await
}

async fn set(
    kernel: &Kernel,
    caller: &Caller,
    agent: AgentId,
    choice: Choice,
    cause: StateCause,
) -> Result<(), Refusal> {
    let reason = rules::reason(choice.reason.as_deref())?;
    let now = kernel.clock.now();
    let (ctx, by) = (caller.context(now), caller.agent);
    let keys = kernel.keys.clone();
    let key = keys.workspace().await?;
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            check(tx, agent).await?;
            let reason = match &reason {
                Some(text) => Some(keys.encrypt(tx, key, text).await?),
                None => None,
            };
            let seen = (cause == StateCause::Chosen).then_some(now);
            write(
                tx,
                &ctx,
                agent,
                (choice.state, cause, Some(by)),
                reason,
                seen,
            )
            .await
        })
        .await
}

/// Refuses somebody who can't answer customers.
async fn check(tx: &mut Tx<'_>, agent: AgentId) -> Result<(), Refusal> {
    let found = identity::agents::store::find(tx, agent).await?;
    let found = found.ok_or(Refusal::NotFound { what: "agent" })?;
    if found.status == AgentStatus::Active && found.role != Role::LightAgent {
        return Ok(());
    }
    Err(Refusal::conflict(
        "no_work",
        "This person does not answer customers, so there is no state to choose.",
    ))
}

async fn write(
    tx: &mut Tx<'_>,
    ctx: &Context,
    agent: AgentId,
    (state, cause, set_by): (AgentState, StateCause, Option<AgentId>),
    reason: Option<Encrypted<String>>,
    seen: Option<Timestamp>,
) -> Result<(), Refusal> {
    let mut row = store::lock(tx, agent, ctx.at).await?;
    let from = row.state;
    if from == state && row.reason.is_none() && reason.is_none() {
        if let Some(at) = seen {
            store::seen(tx, agent, at, at).await?;
        }
        return Ok(());
    }
    row.state = state;
    row.cause = cause;
    row.set_by = set_by;
    row.reason = reason.clone();
    row.seen_at = seen.unwrap_or(row.seen_at);
    if from != state {
        row.since = ctx.at;
    }
    store::update(tx, agent, &row).await?;
    let record = StateChanged {
        state: Change { from, to: state },
        cause,
        reason,
    };
    journal::append(tx, ctx, Subject::agent(agent), &record).await?;
    if state != AgentState::Available {
        routing::commands::withdraw(tx, ctx, agent).await?;
    }
    if state == AgentState::Offline && from != AgentState::Offline {
        go_home(tx, agent, row.version, ctx.at).await?;
    }
    Ok(())
}

async fn go_home(
    tx: &mut Tx<'_>,
    agent: AgentId,
    version: i64,
    at: Timestamp,
) -> Result<(), Refusal> {
    let payload = serde_json::to_string(&Return { agent })
        .map_err(|error| Refusal::broken(error.to_string()))?;
    let job = NewJob {
        kind: RETURN,
        key: format!("return:{agent}:{version}"),
        payload,
        run_at: at,
        ticket: None,
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}

/// Notes that a screen of the agent is there.
pub async fn seen(kernel: &Kernel, agent: AgentId) -> Result<(), DbError> {
    let now = kernel.clock.now();
    let before = now.minus(rules::SEEN_EVERY / 2);
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| store::seen(tx, agent, now, before).await)
        .await
}

/// Keeps noting that a screen of the agent is there; runs until dropped.
pub async fn keep_seen(kernel: Kernel, agent: AgentId) {
    loop {
        if let Err(error) = seen(&kernel, agent).await {
            tracing::warn!(%error, "an agent's screen could not be noted");
        }
        let next = kernel.clock.now().plus(rules::SEEN_EVERY);
        kernel.clock.sleep_until(next).await;
    }
}

/// Takes everybody offline whose last screen is gone; answers how many.
pub async fn sweep(kernel: &Kernel) -> Result<usize, Refusal> {
    let now = kernel.clock.now();
    let before = now.minus(rules::GONE_AFTER);
    let gone = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| store::gone(tx, before).await)
        .await
        .map_err(|error: DbError| error)?;
    let ctx = Context::system(now);
    for agent in &gone {
        let (agent, ctx) = (*agent, ctx.clone());
        kernel
            .db
            .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
                let row = store::lock(tx, agent, now).await?;
                if !rules::is_gone(&row, now) {
                    return Ok(());
                }
                let offline = (AgentState::Offline, StateCause::Gone, None);
                write(tx, &ctx, agent, offline, None, None).await
            })
            .await?;
    }
    Ok(gone.len())
}

/// Gives the waiting tickets of somebody who went home back to their queues, one by one; nothing
/// more happens once they are back. Answers how many.
pub async fn return_waiting(kernel: &Kernel, agent: AgentId) -> Result<usize, Refusal> {
    let ids = kernel
        .db
        .read(async move |tx: &mut Tx<'_>| store::to_return(tx, agent).await)
        .await
        .map_err(|error: DbError| error)?;
    let mut returned = 0;
    for id in ids {
        if return_one(kernel, agent, id).await? {
            returned += 1;
        }
    }
    Ok(returned)
}

async fn return_one(kernel: &Kernel, agent: AgentId, id: TicketId) -> Result<bool, Refusal> {
    let ctx = Context::system(kernel.clock.now());
    kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<bool, Refusal> {
            let Some((mut ticket, ctx)) = still(open(tx, &ctx, id).await)? else {
                return Ok(false);
            };
            if ticket.assignee != Some(agent) || !rules::returns(&ticket) {
                return Ok(false);
            }
            if store::lock(tx, agent, ctx.at).await?.state != AgentState::Offline {
                return Ok(false);
            }
            let owners = (None, ticket.team);
            change::assign(tx, &ctx, &mut ticket, owners).await?;
            tickets::save(tx, &ticket).await?;
            journal::append(tx, &ctx, subject(&ticket), &TicketReturned { agent }).await?;
            Ok(true)
        })
        .await
}
