//! Carrying a decision out, after looking at everything again under its locks.

use identity::Role;
use identity::agents::AgentStatus;
use kernel::db::Tx;
use kernel::ids::{AgentId, OfferId};
use kernel::journal::{self, Context};
use kernel::leases::{self, Lease};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::super::rules::choice::fits_in;
use super::super::rules::{Decision, Hand, care as numbers};
use super::super::store::{self, Load, Offer};
use super::super::{Deed, OfferState, TicketRouted};
use crate::Desk;
use crate::states::{self, AgentState};
use crate::teams;
use crate::tickets::commands::{change, open, still, subject};
use crate::tickets::{Shelf, Status, Ticket, store as tickets};

/// What became of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out.
    Done,
    /// Things were otherwise by then: nothing was done.
    Overtaken,
    /// Another node decides now: nothing was done.
    Lost,
}

/// Carries a decision out in one transaction, if the lease still holds and things are as they
/// were when it was made.
pub async fn carry_out(
    desk: &Desk,
    lease: &Lease,
    decision: &Decision,
    hard: bool,
) -> Result<Outcome, Refusal> {
    let ctx = Context::system(desk.kernel.clock.now());
    let (lease, decision) = (lease.clone(), decision.clone());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Outcome, Refusal> {
            if !leases::check(tx, &lease).await? {
                return Ok(Outcome::Lost);
            }
            deal(tx, &ctx, &decision, hard).await
        })
        .await
}

/// The same inside the caller's transaction, whoever decides. Locks the ticket, then the agent's
/// row: so capacity holds whatever else goes on.
pub async fn deal(
    tx: &mut Tx<'_>,
    ctx: &Context,
    decision: &Decision,
    hard: bool,
) -> Result<Outcome, Refusal> {
    let Some((mut ticket, ctx)) = still(open(tx, ctx, decision.ticket).await)? else {
        return Ok(Outcome::Overtaken);
    };
    let is_offered = store::offer_of_ticket(tx, ticket.id).await?.is_some();
    if !waits(&ticket) || ticket.team != Some(decision.team) || is_offered {
        return Ok(Outcome::Overtaken);
    }
    let done = match (decision.routed.deed, decision.routed.chosen) {
        (Deed::Overflowed, _) => overflow(tx, &ctx, &mut ticket, decision).await?,
        (Deed::Assigned, Some(agent)) => {
            assign(tx, &ctx, &mut ticket, agent, decision, hard).await?
        }
        (Deed::Offered, Some(agent)) => offer(tx, &ctx, &ticket, agent, decision, hard).await?,
        (_, None) => false,
    };
    Ok(if done {
        Outcome::Done
    } else {
        Outcome::Overtaken
    })
}

/// Whether a ticket waits for somebody to take it.
pub(in crate::routing) fn waits(ticket: &Ticket) -> bool {
    ticket.assignee.is_none()
        && ticket.shelf == Shelf::Open
        && matches!(ticket.status, Status::New | Status::Open)
}

async fn overflow(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    decision: &Decision,
) -> Result<bool, Refusal> {
    let Some(to) = decision.routed.to_team else {
        return Ok(false);
    };
    if store::overflowed(tx, ticket.id).await? || !teams::store::exists(tx, to).await? {
        return Ok(false);
    }
    store::add_overflow(tx, ticket.id, (decision.team, to), ctx.at).await?;
    change::assign(tx, ctx, ticket, (None, Some(to))).await?;
    tickets::save(tx, ticket).await?;
    explain(tx, ctx, ticket, &decision.routed, None).await?;
    Ok(true)
}

async fn assign(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    agent: AgentId,
    decision: &Decision,
    hard: bool,
) -> Result<bool, Refusal> {
    let Some(load) = free(tx, ctx, agent, decision).await? else {
        return Ok(false);
    };
    explain(tx, ctx, ticket, &decision.routed, None).await?;
    take(tx, ctx, ticket, agent, (load, hard)).await?;
    Ok(true)
}

async fn offer(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &Ticket,
    agent: AgentId,
    decision: &Decision,
    hard: bool,
) -> Result<bool, Refusal> {
    let Some(mut load) = free(tx, ctx, agent, decision).await? else {
        return Ok(false);
    };
    let offer = Offer {
        id: OfferId(0),
        ticket: ticket.id,
        agent,
        team: decision.team,
        units: decision.units,
        hard,
        why: decision.routed.why,
        state: OfferState::Open,
        created_at: ctx.at,
        expires_at: ctx.at.plus(decision.offer_for),
        settled_at: None,
    };
    let Some(id) = store::add_offer(tx, &offer).await? else {
        return Ok(false);
    };
    load.given_at = ctx.at;
    store::put_load(tx, agent, &load).await?;
    explain(tx, ctx, ticket, &decision.routed, Some(id)).await?;
    Ok(true)
}

/// Gives a locked ticket to an agent whose row is locked, and counts what it weighs.
pub(super) async fn take(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    agent: AgentId,
    (mut load, hard): (Load, bool),
) -> Result<(), Refusal> {
    let owners = (Some(agent), ticket.team);
    change::assign(tx, ctx, ticket, owners).await?;
    tickets::save(tx, ticket).await?;
    load.given_at = ctx.at;
    weigh(&mut load, hard, ctx.at);
    store::put_load(tx, agent, &load).await?;
    Ok(())
}

fn weigh(load: &mut Load, hard: bool, now: Timestamp) {
    let weight = if hard {
        numbers::HARD
    } else {
        numbers::ORDINARY
    };
    super::care::add(load, weight, hard, now);
}

/// The agent's load, if they could take so much more: their row is locked from here on.
async fn free(
    tx: &mut Tx<'_>,
    ctx: &Context,
    agent: AgentId,
    decision: &Decision,
) -> Result<Option<Load>, Refusal> {
    let state = states::store::lock(tx, agent, ctx.at).await?;
    let load = store::load(tx, agent).await?;
    let is_member = teams::store::members(tx, decision.team)
        .await?
        .contains(&agent);
    let found = identity::agents::store::find(tx, agent).await?;
    let answers =
        found.is_some_and(|it| it.status == AgentStatus::Active && it.role != Role::LightAgent);
    let is_there = state.state == AgentState::Available && load.recovery_until <= ctx.at;
    if !is_member || !answers || !is_there || store::offer_of(tx, agent).await?.is_some() {
        return Ok(None);
    }
    let hand = Hand {
        units: units_in_hand(tx, agent).await?,
        ..Hand::of(agent, &load)
    };
    Ok(Some(load).filter(|_| fits_in(&hand, decision.units)))
}

/// What an agent has in hand, in units.
pub(in crate::routing) async fn units_in_hand(
    tx: &mut Tx<'_>,
    agent: AgentId,
) -> Result<i64, Refusal> {
    let mut units: i64 = 0;
    for (team, channel, count) in store::in_hand(tx, agent).await? {
        let each = store::units(tx, team, channel).await?;
        units = units.saturating_add(each.saturating_mul(count));
    }
    Ok(units)
}

async fn explain(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &Ticket,
    routed: &TicketRouted,
    offer: Option<OfferId>,
) -> Result<(), Refusal> {
    let record = TicketRouted {
        offer,
        ..routed.clone()
    };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    Ok(())
}
