//! Escalating a ticket, and what is shown of it.

use std::time::Duration;

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, EscalationId, EscalationPathId, TicketId};
use kernel::journal::{self, Change, Context};
use kernel::refusal::Refusal;

use super::{
    Escalation, EscalationMoved, EscalationState, HandOverNote, Stored, TicketEscalated, paths,
    rules, store,
};
use crate::tickets::commands::{change, open, subject, watch};
use crate::tickets::{self, Place, Status, Ticket};
use crate::{Desk, teams};

pub(super) use super::receive::{accept, give_back};

const CREATE: &str = "escalation.create";
pub(super) const NOT_FOUND: Refusal = Refusal::NotFound { what: "escalation" };

/// Escalates a ticket by a step of a path.
pub async fn escalate(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    (path, step): (EscalationPathId, i64),
    note: HandOverNote,
    once: IdempotencyKey,
) -> Result<Escalation, Refusal> {
    caller.require(Permission::TicketUpdate)?;
    let note = rules::note(&note)?;
    let json = serde_json::to_string(&note).map_err(|error| Refusal::broken(error.to_string()))?;
    let (ctx, agent) = (caller.context(desk.kernel.clock.now()), caller.agent);
    let kernel = desk.kernel.clone();
    desk.kernel
        .db
        .write(
            async move |tx: &mut Tx<'_>| -> Result<Escalation, Refusal> {
                if let Some(key) = &once.0
                    && let Some(id) = idempotency::find(tx, agent, key, CREATE).await?
                {
                    return read(&kernel, tx, EscalationId(id)).await;
                }
                let (mut ticket, ctx) = open(tx, &ctx, id).await?;
                check(&ticket)?;
                let found = paths::find(tx, path).await?;
                let index = usize::try_from(step).unwrap_or(usize::MAX);
                let to = found.steps.get(index).ok_or_else(|| {
                    let mend = "take one of the path's steps, counted from 0";
                    Refusal::invalid("step", "is no step of this path", mend)
                })?;
                // Whoever was the contact before stays it when the ticket goes on.
                let before = store::open_on(tx, id).await?;
                let owner = before.as_ref().map(|it| it.owner);
                let owner = owner.or(ticket.assignee).unwrap_or(agent);
                let from_team = before.as_ref().map_or(ticket.team, |it| it.from_team);
                if let Some(before) = before {
                    settle(tx, &ctx, &ticket, before, EscalationState::Over).await?;
                }
                let minutes = u64::try_from(to.minutes).unwrap_or(1);
                let mut escalation = Stored {
                    id: EscalationId(0),
                    ticket: id,
                    path,
                    step,
                    state: EscalationState::Waiting,
                    owner,
                    from_team,
                    to_agent: to.agent_id,
                    to_team: to.team_id,
                    taken_by: None,
                    note: kernel.keys.encrypt(tx, ticket.key, &json).await?,
                    reason: None,
                    due_at: ctx.at.plus(Duration::from_secs(minutes.saturating_mul(60))),
                    at: ctx.at,
                    settled_at: None,
                    version: 1,
                };
                escalation.id = store::insert(tx, &escalation).await?;
                pass_on(tx, &ctx, &mut ticket, &escalation).await?;
                tickets::store::save(tx, &ticket).await?;
                if let Some(key) = &once.0 {
                    idempotency::remember(tx, agent, key, CREATE, escalation.id.0, ctx.at).await?;
                }
                read(&kernel, tx, escalation.id).await
            },
        )
        .await
}

fn check(ticket: &Ticket) -> Result<(), Refusal> {
    if matches!(ticket.status, Status::Solved | Status::Closed) || ticket.place != Place::Desk {
        let detail = "Only a ticket with work to do can be escalated.";
        return Err(Refusal::conflict("not_open", detail));
    }
    Ok(())
}

/// Gives a locked ticket to those it is escalated to; the contact keeps watching.
async fn pass_on(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    escalation: &Stored,
) -> Result<(), Refusal> {
    let mut told: Vec<AgentId> = escalation.to_agent.into_iter().collect();
    if let Some(team) = escalation.to_team {
        told = teams::store::members(tx, team).await?;
    }
    let record = TicketEscalated {
        escalation: escalation.id,
        path: escalation.path,
        step: escalation.step,
        to_agent: escalation.to_agent,
        to_team: escalation.to_team,
        due_at: escalation.due_at,
        told,
    };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    watch::set(tx, ctx, ticket, escalation.owner, true).await?;
    let to = (escalation.to_agent, escalation.to_team.or(ticket.team));
    change::snooze(tx, ctx, ticket, None).await?;
    change::assign(tx, ctx, ticket, to).await
}

/// Moves an escalation of a locked ticket on and tells its contact.
pub(super) async fn settle(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &Ticket,
    mut escalation: Stored,
    to: EscalationState,
) -> Result<(), Refusal> {
    let state = Change {
        from: escalation.state,
        to,
    };
    if !rules::moves(state.from, to) {
        let detail = "This escalation is over.";
        return Err(Refusal::conflict("escalation_over", detail));
    }
    escalation.state = to;
    escalation.version = escalation.version.saturating_add(1);
    if to != EscalationState::Taken {
        escalation.settled_at = Some(ctx.at);
    }
    store::save(tx, &escalation).await?;
    let told = match to {
        EscalationState::Over => Vec::new(),
        _ => vec![escalation.owner],
    };
    let record = EscalationMoved {
        escalation: escalation.id,
        state,
        told,
    };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    Ok(())
}

/// Notes that a ticket was solved: what it was escalated for led to an end.
pub(crate) async fn solved(tx: &mut Tx<'_>, ctx: &Context, ticket: &Ticket) -> Result<(), Refusal> {
    match store::open_on(tx, ticket.id).await? {
        Some(open) => settle(tx, ctx, ticket, open, EscalationState::Over).await,
        None => Ok(()),
    }
}

pub(super) async fn read(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    id: EscalationId,
) -> Result<Escalation, Refusal> {
    let stored = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
    opened(kernel, tx, stored).await
}

async fn opened(kernel: &Kernel, tx: &mut Tx<'_>, stored: Stored) -> Result<Escalation, Refusal> {
    let ticket = tickets::store::find(tx, stored.ticket).await?;
    let json = kernel.keys.decrypt(tx, &stored.note).await?;
    let erased = HandOverNote {
        summary: String::new(),
        tried: String::new(),
        expected: String::new(),
    };
    let note = match json {
        Some(json) => serde_json::from_str(&json).map_err(|error| {
            Refusal::broken(format!("the note of escalation {}: {error}", stored.id))
        })?,
        None => erased,
    };
    let reason = match &stored.reason {
        Some(reason) => kernel.keys.decrypt(tx, reason).await?,
        None => None,
    };
    Ok(Escalation {
        id: stored.id,
        ticket_id: stored.ticket,
        subject: ticket.map(|ticket| ticket.subject).unwrap_or_default(),
        path_id: stored.path,
        step: stored.step,
        state: stored.state,
        owner_id: stored.owner,
        to_agent_id: stored.to_agent,
        to_team_id: stored.to_team,
        taken_by: stored.taken_by,
        note,
        reason,
        due_at: stored.due_at,
        at: stored.at,
        version: stored.version,
    })
}

/// The latest escalation of a ticket, unless it led to an end.
pub(crate) async fn on_ticket(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: TicketId,
) -> Result<Option<Escalation>, Refusal> {
    match store::latest_on(tx, ticket).await? {
        Some(latest) if latest.state != EscalationState::Over => {
            opened(kernel, tx, latest).await.map(Some)
        }
        _ => Ok(None),
    }
}

/// Those that are not over and meant for an agent or one of their teams.
pub(crate) async fn of_agent(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    agent: AgentId,
) -> Result<Vec<Escalation>, Refusal> {
    let mut shown = Vec::new();
    for stored in store::meant_for(tx, agent).await? {
        shown.push(opened(kernel, tx, stored).await?);
    }
    Ok(shown)
}
