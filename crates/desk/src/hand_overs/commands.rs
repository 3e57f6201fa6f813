//! Drafting, sending and taking a hand-over.

use std::collections::HashMap;

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, HandoverId, TeamId, TicketId};
use kernel::journal::{self, Context};
use kernel::refusal::Refusal;

use super::rules::{self, Receiver};
use super::{
    DraftTicket, HandOver, HandOverDraft, HandOverTaken, HandedTicket, Stored, TicketHandedOver,
    store,
};
use crate::messages::commands::note::{self, NewNote};
use crate::tickets::commands::{change, open, subject};
use crate::tickets::{self, Place, Status, Ticket};
use crate::{Desk, escalations, html, promises, sla, teams};

const CREATE: &str = "hand_over.create";
const NOT_FOUND: Refusal = Refusal::NotFound { what: "hand-over" };

/// A hand-over to send.
#[derive(Clone, Debug)]
pub struct NewHandOver {
    /// The receiving colleague.
    pub to_agent: Option<AgentId>,
    /// The receiving team.
    pub to_team: Option<TeamId>,
    /// About the whole.
    pub note: Option<String>,
    /// What it tells of.
    pub tickets: Vec<NewHandedTicket>,
}

/// A ticket to hand over.
#[derive(Clone, Debug)]
pub struct NewHandedTicket {
    /// Which ticket.
    pub ticket: TicketId,
    /// Whether it goes to the receiver.
    pub moves: bool,
    /// About it.
    pub note: Option<String>,
}

/// What the caller has under way, from facts only.
pub async fn draft(desk: &Desk, caller: &Caller) -> Result<HandOverDraft, Refusal> {
    caller.require(Permission::TicketRead)?;
    let (kernel, me) = (desk.kernel.clone(), caller.agent);
    let until = kernel.clock.now().plus(rules::AHEAD);
    let limit = i64::try_from(rules::TICKETS_MAX).unwrap_or(i64::MAX);
    desk.kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<HandOverDraft, Refusal> {
                let mut tickets = store::under_way(tx, me, until, limit).await?;
                tickets.truncate(rules::TICKETS_MAX);
                let ids: Vec<TicketId> = tickets.iter().map(|it| it.ticket_id).collect();
                let clocks: HashMap<_, _> = sla::store::next(tx, &ids).await?.into_iter().collect();
                for ticket in &mut tickets {
                    complete(tx, me, ticket).await?;
                    let clock = clocks.get(&ticket.ticket_id);
                    ticket.sla_due_at = clock.and_then(|first| first.due_at);
                }
                Ok(HandOverDraft {
                    tickets,
                    promises: promises::commands::of_agent(&kernel, tx, me).await?,
                })
            },
        )
        .await
}

async fn complete(tx: &mut Tx<'_>, me: AgentId, ticket: &mut DraftTicket) -> Result<(), Refusal> {
    let running = escalations::store::open_on(tx, ticket.ticket_id).await?;
    ticket.escalated = running.is_some_and(|it| it.owner == me || it.taken_by == Some(me));
    Ok(())
}

/// Hands work over: all of it, or nothing.
pub async fn send(
    desk: &Desk,
    caller: &Caller,
    new: NewHandOver,
    once: IdempotencyKey,
) -> Result<HandOver, Refusal> {
    caller.require(Permission::TicketUpdate)?;
    caller.require(Permission::TicketNote)?;
    let to = rules::receiver(caller.agent, new.to_agent, new.to_team)?;
    let note = rules::note("note", new.note.as_deref())?;
    let tickets = checked(new.tickets)?;
    let (ctx, me) = (caller.context(desk.kernel.clock.now()), caller.agent);
    let kernel = desk.kernel.clone();
    let workspace = kernel.keys.workspace().await?;
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<HandOver, Refusal> {
            if let Some(key) = &once.0
                && let Some(id) = idempotency::find(tx, me, key, CREATE).await?
            {
                let found = store::find(tx, HandoverId(id)).await?.ok_or(NOT_FOUND)?;
                return opened(&kernel, tx, found).await;
            }
            let mut told = told(tx, me, to).await?;
            let mut stored = Stored {
                id: HandoverId(0),
                from: me,
                to_agent: new.to_agent,
                to_team: new.to_team,
                note: match &note {
                    Some(note) => Some(kernel.keys.encrypt(tx, workspace, note).await?),
                    None => None,
                },
                at: ctx.at,
                read_at: None,
                read_by: None,
            };
            stored.id = store::insert(tx, &stored).await?;
            for handed in &tickets {
                // The first record tells everybody, the others nobody: one notice for all.
                let told = std::mem::take(&mut told);
                hand(&kernel, tx, &ctx, (&stored, to), handed, told).await?;
            }
            if let Some(key) = &once.0 {
                idempotency::remember(tx, me, key, CREATE, stored.id.0, ctx.at).await?;
            }
            opened(&kernel, tx, stored).await
        })
        .await
}

/// The tickets in the order in which they are locked, with their notes tidied.
fn checked(mut tickets: Vec<NewHandedTicket>) -> Result<Vec<NewHandedTicket>, Refusal> {
    let ids: Vec<TicketId> = tickets.iter().map(|it| it.ticket).collect();
    rules::tickets(&ids)?;
    for (index, ticket) in tickets.iter_mut().enumerate() {
        let field = format!("tickets.{index}.note");
        ticket.note = rules::note(&field, ticket.note.as_deref())?;
    }
    tickets.sort_by_key(|it| it.ticket);
    Ok(tickets)
}

/// Who hears of it; refuses a receiver who can't go on with the work.
async fn told(tx: &mut Tx<'_>, me: AgentId, to: Receiver) -> Result<Vec<AgentId>, Refusal> {
    match to {
        Receiver::Agent(agent) => {
            change::check_assignee(tx, Some(agent))
                .await
                .map_err(|refusal| match refusal {
                    Refusal::Invalid(_) => {
                        let reason = "names nobody who can answer customers";
                        Refusal::invalid("to_agent_id", reason, "name an active agent")
                    }
                    other => other,
                })?;
            Ok(vec![agent])
        }
        Receiver::Team(team) => {
            if !teams::store::exists(tx, team).await? {
                let mend = "take the id of a team";
                return Err(Refusal::invalid("to_team_id", "names no team", mend));
            }
            let mut members = teams::store::members(tx, team).await?;
            members.retain(|member| *member != me);
            Ok(members)
        }
    }
}

/// Passes one ticket on: the note first, so that whoever gets the ticket finds it there.
async fn hand(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    (hand_over, to): (&Stored, Receiver),
    handed: &NewHandedTicket,
    told: Vec<AgentId>,
) -> Result<(), Refusal> {
    let (mut ticket, ctx) = open(tx, ctx, handed.ticket).await?;
    check(&ticket, hand_over.from)?;
    let number = match &handed.note {
        Some(text) => {
            let (body, new) = (html::from_text(text), NewNote::default());
            let left = note::leave(kernel, tx, &ctx, &mut ticket, hand_over.from, &body, &new);
            Some(left.await?)
        }
        None => None,
    };
    if handed.moves {
        let to = match to {
            Receiver::Agent(agent) => (Some(agent), ticket.team),
            Receiver::Team(team) => (None, Some(team)),
        };
        change::assign(tx, &ctx, &mut ticket, to).await?;
    }
    tickets::store::save(tx, &ticket).await?;
    store::add_ticket(tx, hand_over.id, ticket.id, (handed.moves, number)).await?;
    let record = TicketHandedOver {
        hand_over: hand_over.id,
        to_agent: hand_over.to_agent,
        to_team: hand_over.to_team,
        moved: handed.moves,
        told,
    };
    journal::append(tx, &ctx, subject(&ticket), &record).await?;
    Ok(())
}

fn check(ticket: &Ticket, giver: AgentId) -> Result<(), Refusal> {
    let is_work = ticket.place == Place::Desk && ticket.status != Status::Closed;
    if is_work && ticket.assignee == Some(giver) {
        return Ok(());
    }
    let reason = format!("names {}, which you do not have any more", ticket.id);
    Err(Refusal::invalid(
        "tickets",
        reason,
        "leave it out, or take it first",
    ))
}

/// One hand-over, for its giver and its receivers.
pub async fn get(desk: &Desk, caller: &Caller, id: HandoverId) -> Result<HandOver, Refusal> {
    caller.require(Permission::TicketRead)?;
    let (kernel, me) = (desk.kernel.clone(), caller.agent);
    desk.kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<HandOver, Refusal> {
            let found = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
            if found.from != me && !receives(tx, &found, me).await? {
                return Err(NOT_FOUND);
            }
            opened(&kernel, tx, found).await
        })
        .await
}

/// What the caller gave or received before `before`, the newest first.
pub async fn list(
    desk: &Desk,
    caller: &Caller,
    before: HandoverId,
    limit: i64,
) -> Result<Vec<HandOver>, Refusal> {
    caller.require(Permission::TicketRead)?;
    let (kernel, me) = (desk.kernel.clone(), caller.agent);
    desk.kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<Vec<HandOver>, Refusal> {
                let mut shown = Vec::new();
                for found in store::of_agent(tx, me, before, limit).await? {
                    shown.push(opened(&kernel, tx, found).await?);
                }
                Ok(shown)
            },
        )
        .await
}

/// Says that the caller has it; somebody who took it before stays named.
pub async fn take(desk: &Desk, caller: &Caller, id: HandoverId) -> Result<HandOver, Refusal> {
    caller.require(Permission::TicketRead)?;
    let (ctx, me) = (caller.context(desk.kernel.clock.now()), caller.agent);
    let kernel = desk.kernel.clone();
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<HandOver, Refusal> {
            let mut found = store::lock(tx, id).await?.ok_or(NOT_FOUND)?;
            if !receives(tx, &found, me).await? {
                return Err(NOT_FOUND);
            }
            if found.read_at.is_none() {
                found.read_at = Some(ctx.at);
                found.read_by = Some(me);
                store::take(tx, id, me, ctx.at).await?;
                let record = HandOverTaken {
                    hand_over: id,
                    by: me,
                };
                let giver = journal::Subject::agent(found.from);
                journal::append(tx, &ctx, giver, &record).await?;
            }
            opened(&kernel, tx, found).await
        })
        .await
}

async fn receives(tx: &mut Tx<'_>, found: &Stored, me: AgentId) -> Result<bool, Refusal> {
    if found.to_agent == Some(me) {
        return Ok(true);
    }
    let Some(team) = found.to_team.filter(|_| found.from != me) else {
        return Ok(false);
    };
    Ok(teams::store::members(tx, team).await?.contains(&me))
}

async fn opened(kernel: &Kernel, tx: &mut Tx<'_>, stored: Stored) -> Result<HandOver, Refusal> {
    let mut tickets = Vec::new();
    for row in store::tickets(tx, stored.id).await? {
        let note = match &row.note {
            Some(note) => kernel.keys.decrypt(tx, note).await?,
            None => None,
        };
        tickets.push(HandedTicket {
            ticket_id: row.ticket,
            subject: row.subject,
            moved: row.moved,
            note: note.unwrap_or_default(),
        });
    }
    let note = match &stored.note {
        Some(note) => kernel.keys.decrypt(tx, note).await?,
        None => None,
    };
    Ok(HandOver {
        id: stored.id,
        from_agent_id: stored.from,
        to_agent_id: stored.to_agent,
        to_team_id: stored.to_team,
        note: note.unwrap_or_default(),
        tickets,
        at: stored.at,
        read_at: stored.read_at,
        read_by_id: stored.read_by,
    })
}
