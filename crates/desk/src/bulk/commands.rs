//! Beginning, stopping, taking back and looking at work on many tickets.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, BulkId, KeyId, MacroId, TicketId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Context, Subject};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    BulkKind, BulkLeft, BulkProgressed, BulkStarted, BulkState, BulkWork, Stored, Tally, What,
    rules, store,
};
use crate::actions::{self, Action};
use crate::macros::{commands as macros, variables};
use crate::messages;
use crate::tickets::{Place, Status};
use crate::{Desk, tags};

/// The command's name for idempotency keys.
const CREATE: &str = "bulk.create";
pub(super) const NOT_FOUND: Refusal = Refusal::NotFound { what: "bulk work" };

/// The job that does the work.
pub const WORK: &str = "bulk.work";
/// The job that takes it back.
pub const UNDO: &str = "bulk.undo";
/// The job that forgets it.
pub const SWEEP: &str = "bulk.sweep";

/// The payload of all three.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Which {
    /// The work.
    pub bulk: BulkId,
}

/// What an agent wants done to many tickets.
#[derive(Clone, Debug)]
pub enum Change {
    /// Fields, tags, people.
    Actions {
        /// In their order.
        actions: Vec<Action>,
        /// Tags to add by name; unknown ones are made.
        add_tags: Vec<String>,
    },
    /// A macro's actions.
    Macro(MacroId),
    /// A reply.
    Reply {
        /// The text, not yet sanitised, with variables.
        html: String,
        /// The status each ticket gets when it goes out.
        status_after: Option<Status>,
        /// The macro it was written with.
        macro_id: Option<MacroId>,
    },
}

/// The tickets it is done to, each with the version that the agent saw.
pub type Named = Vec<(TicketId, Option<i64>)>;

/// Begins work on many tickets; the same idempotency key answers the same work.
pub async fn start(
    desk: &Desk,
    caller: &Caller,
    change: Change,
    tickets: Named,
    once: IdempotencyKey,
) -> Result<BulkWork, Refusal> {
    caller.require(Permission::TicketUpdate)?;
    let ids: Vec<TicketId> = tickets.iter().map(|(id, _)| *id).collect();
    rules::check(&ids)?;
    let change = checked(change)?;
    let (kernel, agent) = (desk.kernel.clone(), caller.agent);
    let (ctx, key) = (
        caller.context(kernel.clock.now()),
        kernel.keys.workspace().await?,
    );
    let who = caller.clone();
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<BulkWork, Refusal> {
            if let Some(key) = &once.0
                && let Some(id) = idempotency::find(tx, agent, key, CREATE).await?
            {
                let found = store::find(tx, BulkId(id)).await?.ok_or(NOT_FOUND)?;
                return shown(&kernel, tx, found, agent).await;
            }
            let what = ready(tx, &ctx, &who, change.clone()).await?;
            let work = begin(&kernel, tx, &ctx, (agent, key), (&what, &tickets)).await?;
            if let Some(key) = &once.0 {
                idempotency::remember(tx, agent, key, CREATE, work.id.0, ctx.at).await?;
            }
            shown(&kernel, tx, work, agent).await
        })
        .await
}

/// The change, as far as it can be checked without looking anything up.
fn checked(change: Change) -> Result<Change, Refusal> {
    match change {
        Change::Actions { actions, add_tags } => {
            if actions.is_empty() && add_tags.is_empty() {
                let mend = "say what is to be done";
                return Err(Refusal::invalid("change.actions", "is empty", mend));
            }
            Ok(Change::Actions { actions, add_tags })
        }
        Change::Reply {
            html,
            status_after,
            macro_id,
        } => Ok(Change::Reply {
            html: template("change.html", &html)?,
            status_after,
            macro_id,
        }),
        Change::Macro(id) => Ok(Change::Macro(id)),
    }
}

/// A text with variables, harmless; refused when it is empty or names what there is not.
pub(super) fn template(field: &str, html: &str) -> Result<String, Refusal> {
    variables::check(field, html)?;
    Ok(messages::rules::body(html, false)?.html)
}

async fn ready(
    tx: &mut Tx<'_>,
    ctx: &Context,
    caller: &Caller,
    change: Change,
) -> Result<What, Refusal> {
    let what = match change {
        Change::Actions {
            mut actions,
            add_tags,
        } => {
            if !add_tags.is_empty() {
                let tag_ids = tags::commands::ensure(tx, ctx, &add_tags).await?;
                actions.push(Action::AddTags { tag_ids });
            }
            actions::check(tx, "change.actions", &actions).await?;
            What::Actions { actions }
        }
        Change::Macro(id) => {
            macros::find(tx, caller, id).await?;
            What::Macro { id }
        }
        Change::Reply {
            html,
            status_after,
            macro_id,
        } => {
            if let Some(id) = macro_id {
                macros::find(tx, caller, id).await?;
            }
            What::Reply {
                html,
                status_after,
                macro_id,
            }
        }
    };
    allowed(caller, &what)?;
    Ok(what)
}

/// Refuses what the caller may not do to a single ticket either.
pub(super) fn allowed(caller: &Caller, what: &What) -> Result<(), Refusal> {
    caller.require(Permission::TicketUpdate)?;
    if what.html().is_some() {
        caller.require(Permission::TicketReply)?;
    }
    if let What::Actions { actions } = what {
        let moves = actions.iter().find_map(|it| match it {
            Action::SetPlace { place } => Some(*place),
            _ => None,
        });
        if let Some(place) = moves {
            caller.require(Permission::TicketTrash)?;
            if matches!(place, Place::Side | Place::Merged) {
                let mend = "choose desk, bulk, spam or trash";
                return Err(Refusal::invalid("change.actions", "lays them there", mend));
            }
        }
    }
    Ok(())
}

/// Writes the work down, and the jobs that do and forget it.
pub(super) async fn begin(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    (agent, key): (AgentId, KeyId),
    (what, tickets): (&What, &Named),
) -> Result<Stored, Refusal> {
    let json = serde_json::to_string(what).map_err(|error| Refusal::broken(error.to_string()))?;
    let mut work = Stored {
        id: BulkId(0),
        agent,
        kind: what.kind(),
        what: kernel.keys.encrypt(tx, key, &json).await?,
        problem: match what {
            What::Incidents { problem, .. } => Some(*problem),
            _ => None,
        },
        state: BulkState::Running,
        tally: Tally {
            total: i64::try_from(tickets.len()).unwrap_or(i64::MAX),
            ..Tally::default()
        },
        created_at: ctx.at,
        ended_at: None,
    };
    work.id = store::insert(tx, &work).await?;
    for (place, ticket) in (0_i64..).zip(tickets) {
        store::add(tx, work.id, place, *ticket).await?;
    }
    plan(tx, WORK, work.id, ctx.at).await?;
    plan(tx, SWEEP, work.id, ctx.at.plus(rules::KEPT)).await?;
    let started = BulkStarted {
        bulk: work.id,
        work: work.kind,
        total: work.tally.total,
    };
    journal::append(tx, ctx, Subject::agent(agent), &started).await?;
    Ok(work)
}

async fn plan(
    tx: &mut Tx<'_>,
    kind: &'static str,
    bulk: BulkId,
    run_at: Timestamp,
) -> Result<(), Refusal> {
    let payload = serde_json::to_string(&Which { bulk })
        .map_err(|error| Refusal::broken(error.to_string()))?;
    let job = NewJob {
        kind,
        key: format!("{kind}:{bulk}"),
        payload,
        run_at,
        ticket: None,
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}

/// Tells open screens of the owner how far it is.
pub(super) async fn tell(tx: &mut Tx<'_>, ctx: &Context, work: &Stored) -> Result<(), Refusal> {
    let undoes = matches!(work.state, BulkState::Undoing | BulkState::Undone);
    let told = BulkProgressed {
        bulk: work.id,
        state: work.state,
        dealt: rules::dealt(work.state, work.tally),
        total: if undoes {
            work.tally.done
        } else {
            work.tally.total
        },
    };
    journal::append(tx, ctx, Subject::agent(work.agent), &told).await?;
    Ok(())
}

/// Stops work that goes on; what was done stays done, and can be taken back.
pub async fn cancel(desk: &Desk, caller: &Caller, id: BulkId) -> Result<BulkWork, Refusal> {
    caller.require(Permission::TicketUpdate)?;
    let (ctx, agent) = (caller.context(desk.kernel.clock.now()), caller.agent);
    let kernel = desk.kernel.clone();
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<BulkWork, Refusal> {
            let mut work = own(tx, id, agent).await?;
            if work.state == BulkState::Running {
                work.state = BulkState::Cancelled;
                work.ended_at = Some(ctx.at);
                store::save(tx, &work).await?;
                tell(tx, &ctx, &work).await?;
            }
            shown(&kernel, tx, work, agent).await
        })
        .await
}

/// Takes back what was done, as far as nobody changed it since.
pub async fn undo(desk: &Desk, caller: &Caller, id: BulkId) -> Result<BulkWork, Refusal> {
    caller.require(Permission::TicketUpdate)?;
    let (ctx, agent) = (caller.context(desk.kernel.clock.now()), caller.agent);
    let kernel = desk.kernel.clone();
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<BulkWork, Refusal> {
            let mut work = own(tx, id, agent).await?;
            if !rules::may_undo(work.state, work.tally) {
                if matches!(work.state, BulkState::Undoing | BulkState::Undone) {
                    return shown(&kernel, tx, work, agent).await;
                }
                let detail = "There is nothing to take back (yet). Stop it first if it goes on.";
                return Err(Refusal::conflict("nothing_to_undo", detail));
            }
            work.state = BulkState::Undoing;
            work.ended_at = None;
            store::save(tx, &work).await?;
            plan(tx, UNDO, id, ctx.at).await?;
            tell(tx, &ctx, &work).await?;
            shown(&kernel, tx, work, agent).await
        })
        .await
}

async fn own(tx: &mut Tx<'_>, id: BulkId, agent: AgentId) -> Result<Stored, Refusal> {
    let found = store::lock(tx, id).await?;
    found.filter(|it| it.agent == agent).ok_or(NOT_FOUND)
}

/// One piece of work: its owner's, or one that solved incidents, which everybody may look at who
/// sees their problem.
pub async fn get(desk: &Desk, caller: &Caller, id: BulkId) -> Result<BulkWork, Refusal> {
    caller.require(Permission::TicketRead)?;
    let (kernel, agent) = (desk.kernel.clone(), caller.agent);
    desk.kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<BulkWork, Refusal> {
            let found = store::find(tx, id).await?;
            let seen = found.filter(|it| it.agent == agent || it.kind == BulkKind::Incidents);
            shown(&kernel, tx, seen.ok_or(NOT_FOUND)?, agent).await
        })
        .await
}

/// The caller's work before `before`, the newest first.
pub async fn list(
    desk: &Desk,
    caller: &Caller,
    before: BulkId,
    limit: i64,
) -> Result<Vec<BulkWork>, Refusal> {
    caller.require(Permission::TicketRead)?;
    let (kernel, agent) = (desk.kernel.clone(), caller.agent);
    desk.kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<Vec<BulkWork>, Refusal> {
                let mut all = Vec::new();
                for work in store::of_agent(tx, agent, before, limit).await? {
                    all.push(shown(&kernel, tx, work, agent).await?);
                }
                Ok(all)
            },
        )
        .await
}

pub(super) async fn shown(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    work: Stored,
    agent: AgentId,
) -> Result<BulkWork, Refusal> {
    let mut left = Vec::new();
    for item in store::left(tx, work.id, rules::LEFT_SHOWN).await? {
        let reason = match &item.reason {
            Some(reason) => kernel.keys.decrypt(tx, reason).await?,
            None => None,
        };
        left.push(BulkLeft {
            ticket_id: item.ticket,
            state: item.state,
            code: item.code.unwrap_or_default(),
            reason: reason.unwrap_or_default(),
        });
    }
    Ok(BulkWork {
        id: work.id,
        kind: work.kind,
        state: work.state,
        problem_id: work.problem,
        tally: work.tally,
        left,
        created_at: work.created_at,
        ended_at: work.ended_at,
        may_undo: work.agent == agent && rules::may_undo(work.state, work.tally),
    })
}

/// Forgets what was done long ago.
pub async fn sweep(desk: &Desk, id: BulkId) -> Result<(), Refusal> {
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            store::forget(tx, id).await?;
            Ok(())
        })
        .await
}
