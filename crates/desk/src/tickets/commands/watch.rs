//! Watching a ticket.

use identity::agents::AgentStatus;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::ids::{AgentId, TicketId};
use kernel::journal::{self, Change, Context, Subject};
use kernel::refusal::Refusal;

use super::{open, subject};
use crate::Desk;
use crate::tickets::{Ticket, TicketWatched, store};

/// Lets a colleague watch the ticket, or ends it. Whoever may read may watch; only who may change
/// the ticket decides for others.
pub async fn watch(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    agent: AgentId,
    watches: bool,
) -> Result<(), Refusal> {
    let own = agent == caller.agent;
    caller.require(if own {
        Permission::TicketRead
    } else {
        Permission::TicketUpdate
    })?;
    let ctx = caller.context(desk.kernel.clock.now());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let (ticket, ctx) = open(tx, &ctx, id).await?;
            if watches {
                check(tx, agent).await?;
            }
            set(tx, &ctx, &ticket, agent, watches).await
        })
        .await
}

/// Refuses a watcher who can't sign in.
pub(crate) async fn check(tx: &mut Tx<'_>, agent: AgentId) -> Result<(), Refusal> {
    let known = identity::agents::store::find(tx, agent).await?;
    if known.is_none_or(|agent| agent.status != AgentStatus::Active) {
        return Err(Refusal::NotFound { what: "agent" });
    }
    Ok(())
}

/// Notes on a locked ticket that an agent watches it, or no longer.
pub(crate) async fn set(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &Ticket,
    agent: AgentId,
    watches: bool,
) -> Result<(), Refusal> {
    let moved = if watches {
        store::watch(tx, ticket.id, agent).await?
    } else {
        store::unwatch(tx, ticket.id, agent).await?
    };
    if moved {
        let watcher = if watches {
            Change {
                from: None,
                to: Some(agent),
            }
        } else {
            Change {
                from: Some(agent),
                to: None,
            }
        };
        let about = Subject {
            agent: Some(agent),
            ..subject(ticket)
        };
        journal::append(tx, ctx, about, &TicketWatched { watcher }).await?;
    }
    Ok(())
}
