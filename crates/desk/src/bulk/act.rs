//! Doing the work: one ticket, one transaction.

use identity::Caller;
use identity::agents::AgentStatus;
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{AgentId, BulkId, TicketId};
use kernel::journal::{self, Context};
use kernel::refusal::Refusal;

use super::{
    BulkKind, BulkState, IncidentsSolved, Item, ItemState, Moved, SolvedWithProblem, Standing,
    Stored, What, commands, rules, store,
};
use crate::fields::values::commands as values;
use crate::forms::commands as forms;
use crate::html::Clean;
use crate::macros::{usage, variables};
use crate::messages::commands::Plan;
use crate::messages::commands::reply::{check_seen, schedule};
use crate::messages::{self, MessageState};
use crate::tickets::commands::{change, open, subject};
use crate::tickets::{self, Status, Ticket};
use crate::{Desk, actions};

/// Deals with the next ticket; `false` when there is none, or the work was stopped.
pub(super) async fn next(desk: &Desk, id: BulkId) -> Result<bool, Refusal> {
    let Some((turn, body)) = prepared(desk, id).await? else {
        return end(desk, id).await;
    };
    let inside = desk.clone();
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<bool, Refusal> {
            let desk = &inside;
            let Some(mut work) = store::lock(tx, id).await? else {
                return Ok(false);
            };
            if work.state != BulkState::Running {
                return Ok(false);
            }
            let item = store::item(tx, id, turn.ticket).await?;
            let Some(mut item) = item.filter(|it| it.state == ItemState::Waiting) else {
                // Another node dealt with it while this one was thought dead.
                return Ok(true);
            };
            let caller = actor(tx, work.agent).await?;
            let now = desk.kernel.clock.now();
            let mark = tx.mark().await?;
            let done = match caller {
                Ok(caller) => one(desk, tx, &caller, (&turn.what, &item), body.as_ref()).await,
                Err(refusal) => Err(refusal),
            };
            match done {
                Ok(outcome) => {
                    tx.keep(mark).await?;
                    item = outcome;
                }
                Err(refusal) => {
                    tx.back_to(mark).await?;
                    refuse(&desk.kernel, tx, &mut item, refusal).await?;
                }
            }
            store::settle(tx, id, &item).await?;
            count(&mut work, item.state);
            store::save(tx, &work).await?;
            let dealt = rules::dealt(work.state, work.tally);
            if dealt % rules::TOLD_EVERY == 0 && dealt < work.tally.total {
                let ctx = Context::agent(work.agent, now);
                commands::tell(tx, &ctx, &work).await?;
            }
            Ok(true)
        })
        .await
}

/// A ticket whose turn it is.
struct Turn {
    ticket: TicketId,
    what: What,
}

/// What a customer is told, or why they can't be told: a code and words.
type Said = Result<Clean, (&'static str, String)>;

/// The next ticket and what its customer is told, made harmless outside the transaction.
async fn prepared(desk: &Desk, id: BulkId) -> Result<Option<(Turn, Option<Said>)>, Refusal> {
    let kernel = desk.kernel.clone();
    let look = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        let Some(work) = store::find(tx, id).await? else {
            return Ok(None);
        };
        let Some(item) = store::next(tx, id, ItemState::Waiting).await? else {
            return Ok(None);
        };
        let what = opened(&kernel, tx, &work).await?;
        let mut filled = None;
        if let Some(html) = what.html()
            && let Some(ticket) = tickets::store::find(tx, item.ticket).await?
        {
            let agent = identity::agents::store::find(tx, work.agent).await?;
            let name = agent.map(|it| it.name).unwrap_or_default();
            let values = usage::values(tx, &name, &ticket).await?;
            filled = Some(variables::fill(html, &values));
        }
        let turn = Turn {
            ticket: item.ticket,
            what,
        };
        Ok(Some((turn, filled)))
    };
    let Some((turn, filled)) = desk.kernel.db.read(look).await? else {
        return Ok(None);
    };
    let said = match filled.map(|filled| written(&filled)) {
        None => None,
        Some(Ok(body)) => Some(Ok(body)),
        Some(Err(refusal)) => match rules::outcome(&refusal) {
            Some(told) => Some(Err(told)),
            None => return Err(refusal),
        },
    };
    Ok(Some((turn, said)))
}

fn written(filled: &variables::Filled) -> Result<Clean, Refusal> {
    if !filled.unfilled.is_empty() {
        return Err(rules::unfilled(&filled.unfilled));
    }
    let body = messages::rules::body(&filled.html, false)?;
    messages::rules::no_placeholder(&body.html)?;
    Ok(body)
}

pub(super) async fn opened(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    work: &Stored,
) -> Result<What, Refusal> {
    let gone = || Refusal::broken(format!("bulk work {} can't be read", work.id));
    let json = kernel.keys.decrypt(tx, &work.what).await?;
    serde_json::from_str(&json.ok_or_else(gone)?).map_err(|_| gone())
}

/// The person with the rights they have now; the refusal of one who left.
pub(super) async fn actor(
    tx: &mut Tx<'_>,
    agent: AgentId,
) -> Result<Result<Caller, Refusal>, Refusal> {
    let found = identity::agents::store::find(tx, agent).await?;
    Ok(match found.filter(|it| it.status == AgentStatus::Active) {
        Some(agent) => Ok(Caller::for_agent(agent.id, &agent.name, agent.role)),
        None => Err(Refusal::NotSignedIn),
    })
}

/// Changes one ticket; answers its outcome. What is refused is undone by the caller.
async fn one(
    desk: &Desk,
    tx: &mut Tx<'_>,
    caller: &Caller,
    (what, item): (&What, &Item),
    said: Option<&Said>,
) -> Result<Item, Refusal> {
    commands::allowed(caller, what)?;
    let kernel = &desk.kernel;
    let ctx = caller.context(kernel.clock.now());
    let (mut ticket, ctx) = open(tx, &ctx, item.ticket).await?;
    if item.version.is_some_and(|seen| seen != ticket.version) {
        return Err(Refusal::Stale { what: "ticket" });
    }
    let body = match said {
        Some(Err((code, words))) => return Err(Refusal::conflict(code, words)),
        Some(Ok(body)) => Some(body),
        None => None,
    };
    let before = standing(kernel, tx, &ticket).await?;
    let mut reply = None;
    match what {
        What::Actions { actions } => {
            actions::apply(tx, &ctx, &mut ticket, Some(caller.agent), actions).await?;
        }
        What::Macro { id } => {
            usage::act(desk, tx, &ctx, caller, &mut ticket, *id).await?;
        }
        What::Reply {
            status_after,
            macro_id,
            ..
        } => {
            messages::rules::may_answer(&ticket)?;
            if let Some(status) = status_after {
                forms::may_become(tx, &ticket, *status).await?;
            }
            check_seen(tx, ticket.id, item.seen_number).await?;
            if let Some(id) = macro_id {
                usage::act(desk, tx, &ctx, caller, &mut ticket, *id).await?;
            }
            let said = (body, *status_after);
            reply = say(desk, tx, &ctx, &mut ticket, caller.agent, said).await?;
        }
        What::Incidents { problem, .. } => {
            if solved_along(tx, &ctx, &mut ticket, *problem).await? {
                let said = (body, None);
                reply = say(desk, tx, &ctx, &mut ticket, caller.agent, said).await?;
            }
        }
    }
    tickets::store::save(tx, &ticket).await?;
    let after = standing(kernel, tx, &ticket).await?;
    let mut done = item.clone();
    done.state = match before == after && reply.is_none() {
        true => ItemState::Same,
        false => ItemState::Done,
    };
    if done.state == ItemState::Done {
        let json = serde_json::to_string(&Moved { before, after })
            .map_err(|error| Refusal::broken(error.to_string()))?;
        done.standing = Some(kernel.keys.encrypt(tx, ticket.key, &json).await?);
        done.reply = reply;
    }
    Ok(done)
}

/// Solves an incident with its problem; `false` when it is solved already.
async fn solved_along(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    problem: TicketId,
) -> Result<bool, Refusal> {
    if matches!(ticket.status, Status::Solved | Status::Closed) {
        return Ok(false);
    }
    let record = SolvedWithProblem { problem };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    change::status(tx, ctx, ticket, Status::Solved).await?;
    Ok(true)
}

/// Plans a message to the customer, which can be taken back as long as any other.
async fn say(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    agent: AgentId,
    (body, status_after): (Option<&Clean>, Option<Status>),
) -> Result<Option<i64>, Refusal> {
    let Some(body) = body else { return Ok(None) };
    messages::rules::may_answer(ticket)?;
    let plan = Plan {
        state: MessageState::Scheduled,
        release_at: messages::rules::release_at(ctx.at, None)?,
        status_after,
    };
    let number = schedule(desk, tx, ctx, ticket, agent, body, &[], plan).await?;
    Ok(Some(number))
}

/// How a ticket stands.
pub(super) async fn standing(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: &Ticket,
) -> Result<Standing, Refusal> {
    let mut fields = values::shown(&kernel.keys, tx, &[ticket.id]).await?;
    Ok(Standing {
        status: ticket.status,
        priority: ticket.priority,
        ticket_type: ticket.ticket_type,
        assignee: ticket.assignee,
        team: ticket.team,
        place: ticket.place,
        snoozed_until: ticket.snoozed_until,
        tags: tickets::store::tags(tx, ticket.id).await?,
        watchers: tickets::store::watchers(tx, ticket.id).await?,
        fields: fields.remove(&ticket.id).unwrap_or_default(),
    })
}

/// Notes on an item why its ticket was refused, or why something of it stays.
pub(super) async fn refuse(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    item: &mut Item,
    refusal: Refusal,
) -> Result<(), Refusal> {
    let Some((code, words)) = rules::outcome(&refusal) else {
        return Err(refusal);
    };
    if code == "broken" {
        tracing::error!(%refusal, ticket = %item.ticket, "a ticket broke in work on many");
    }
    item.state = ItemState::Refused;
    item.code = Some(code.to_owned());
    // Under the ticket's key: a reason may quote what a customer is called.
    item.reason = match tickets::store::find(tx, item.ticket).await? {
        Some(ticket) => Some(kernel.keys.encrypt(tx, ticket.key, &words).await?),
        None => None,
    };
    Ok(())
}

fn count(work: &mut Stored, state: ItemState) {
    let tally = &mut work.tally;
    let counted = match state {
        ItemState::Done => &mut tally.done,
        ItemState::Same => &mut tally.same,
        ItemState::Refused => &mut tally.refused,
        ItemState::Undone => &mut tally.undone,
        ItemState::Kept => &mut tally.kept,
        ItemState::Waiting => return,
    };
    *counted = counted.saturating_add(1);
}

/// Notes that all is dealt with; a problem is told what became of its incidents.
async fn end(desk: &Desk, id: BulkId) -> Result<bool, Refusal> {
    let now = desk.kernel.clock.now();
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<bool, Refusal> {
            let Some(mut work) = store::lock(tx, id).await? else {
                return Ok(false);
            };
            if work.state != BulkState::Running {
                return Ok(false);
            }
            work.state = BulkState::Done;
            work.ended_at = Some(now);
            store::save(tx, &work).await?;
            let ctx = Context::agent(work.agent, now);
            commands::tell(tx, &ctx, &work).await?;
            if work.kind == BulkKind::Incidents
                && let Some(problem) = work.problem
                && let Some(ticket) = tickets::store::find(tx, problem).await?
            {
                let record = IncidentsSolved {
                    bulk: id,
                    solved: work.tally.done,
                    left: work.tally.refused,
                };
                journal::append(tx, &ctx, subject(&ticket), &record).await?;
            }
            Ok(false)
        })
        .await
}
