//! Taking an escalation, or returning it with a reason.

use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::ids::EscalationId;
use kernel::refusal::Refusal;

use super::commands::{NOT_FOUND, read, settle};
use super::{Escalation, EscalationState, Stored, rules, store};
use crate::Desk;
use crate::tickets;
use crate::tickets::commands::{change, open};

/// Takes an escalation: the ticket is the caller's, and its contact hears of it.
pub async fn accept(
    desk: &Desk,
    caller: &Caller,
    id: EscalationId,
    version: i64,
) -> Result<Escalation, Refusal> {
    let to = EscalationState::Taken;
    receive(desk, caller, (id, version), to, None).await
}

/// Returns an escalation: the ticket goes back to its contact, with the reason.
pub async fn give_back(
    desk: &Desk,
    caller: &Caller,
    id: EscalationId,
    version: i64,
    reason: &str,
) -> Result<Escalation, Refusal> {
    let reason = rules::reason(reason)?;
    let to = EscalationState::Returned;
    receive(desk, caller, (id, version), to, Some(reason)).await
}

async fn receive(
    desk: &Desk,
    caller: &Caller,
    (id, version): (EscalationId, i64),
    to: EscalationState,
    reason: Option<String>,
) -> Result<Escalation, Refusal> {
    caller.require(Permission::TicketUpdate)?;
    let (ctx, caller) = (caller.context(desk.kernel.clock.now()), caller.clone());
    let kernel = desk.kernel.clone();
    desk.kernel
        .db
        .write(
            async move |tx: &mut Tx<'_>| -> Result<Escalation, Refusal> {
                let found = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
                let (mut ticket, ctx) = open(tx, &ctx, found.ticket).await?;
                let mut escalation = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
                if escalation.version != version {
                    return Err(Refusal::Stale { what: "escalation" });
                }
                check_receiver(tx, &caller, &escalation).await?;
                let owners = if to == EscalationState::Taken {
                    escalation.taken_by = Some(caller.agent);
                    (Some(caller.agent), ticket.team)
                } else {
                    // A contact who can't answer any more leaves it to the team it came from.
                    let owner = Some(escalation.owner);
                    let owner = match change::check_assignee(tx, owner).await {
                        Ok(()) => owner,
                        Err(Refusal::Invalid(_)) => None,
                        Err(other) => return Err(other),
                    };
                    (owner, escalation.from_team)
                };
                if let Some(reason) = &reason {
                    let sealed = kernel.keys.encrypt(tx, ticket.key, reason).await?;
                    escalation.reason = Some(sealed);
                }
                settle(tx, &ctx, &ticket, escalation, to).await?;
                change::assign(tx, &ctx, &mut ticket, owners).await?;
                tickets::store::save(tx, &ticket).await?;
                read(&kernel, tx, id).await
            },
        )
        .await
}

/// Refuses who is not meant; leads help out.
async fn check_receiver(
    tx: &mut Tx<'_>,
    caller: &Caller,
    escalation: &Stored,
) -> Result<(), Refusal> {
    let teams = store::teams_of(tx, caller.agent).await?;
    if rules::is_receiver(escalation, caller.agent, &teams) {
        return Ok(());
    }
    caller.require(Permission::QueueLead)
}
