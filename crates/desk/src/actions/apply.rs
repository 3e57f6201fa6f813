//! Doing actions to a locked ticket.

use std::time::Duration;

use kernel::db::Tx;
use kernel::ids::{AgentId, TagId};
use kernel::journal::Context;
use kernel::refusal::Refusal;

use super::{Action, Assign, rules};
use crate::fields::values::commands as fields;
use crate::tags;
use crate::tickets::commands::{change, watch};
use crate::tickets::{Ticket, rules as tickets, store};

/// Refuses a list that makes no sense or names what there is not; `at` names where it stands.
pub async fn check(tx: &mut Tx<'_>, at: &str, actions: &[Action]) -> Result<(), Refusal> {
    rules::check(at, actions)?;
    for (index, action) in actions.iter().enumerate() {
        let checked = match action {
            Action::Assign {
                to: Assign::Agent(agent),
            } => change::check_assignee(tx, Some(*agent)).await,
            Action::SetTeam { team_id } => change::check_team(tx, *team_id).await,
            Action::SetField { field_id, value } => fields::check(tx, *field_id, value).await,
            Action::AddTags { tag_ids } => check_tags(tx, tag_ids).await,
            Action::AddWatcher { agent_id } => watch::check(tx, *agent_id).await,
            _ => Ok(()),
        };
        checked.map_err(|refusal| refusal.under(&format!("{at}.{index}")))?;
    }
    Ok(())
}

/// Does the actions in their order; `me` is who acts, nobody when a machine does. The caller
/// saves the ticket.
pub async fn apply(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    me: Option<AgentId>,
    actions: &[Action],
) -> Result<(), Refusal> {
    for action in actions {
        one(tx, ctx, ticket, me, action).await?;
    }
    Ok(())
}

async fn one(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    me: Option<AgentId>,
    action: &Action,
) -> Result<(), Refusal> {
    match action {
        Action::SetStatus { status } => {
            tickets::set_status(ticket.status, *status)?;
            change::status(tx, ctx, ticket, *status).await
        }
        Action::SetPriority { priority } => change::priority(tx, ctx, ticket, *priority).await,
        Action::SetType { ticket_type } => change::ticket_type(tx, ctx, ticket, *ticket_type).await,
        Action::Assign { to } => {
            let assignee = match to {
                Assign::Nobody => None,
                Assign::Me => me.or(ticket.assignee),
                Assign::Agent(agent) => Some(*agent),
            };
            let owners = (assignee, ticket.team);
            change::assign(tx, ctx, ticket, owners).await
        }
        Action::SetTeam { team_id } => {
            let owners = (ticket.assignee, *team_id);
            change::assign(tx, ctx, ticket, owners).await
        }
        Action::SetField { field_id, value } => {
            fields::set(tx, ctx, ticket, *field_id, value).await
        }
        Action::AddTags { tag_ids } => {
            check_tags(tx, tag_ids).await?;
            retag(tx, ctx, ticket, (tag_ids, &[])).await
        }
        Action::RemoveTags { tag_ids } => retag(tx, ctx, ticket, (&[], tag_ids)).await,
        Action::Snooze { minutes } => {
            let seconds = u64::try_from(*minutes).unwrap_or(0).saturating_mul(60);
            let until = ctx.at.plus(Duration::from_secs(seconds));
            tickets::snooze(ticket, until, ctx.at)?;
            change::snooze(tx, ctx, ticket, Some(until)).await
        }
        Action::SetPlace { place } => change::place(tx, ctx, ticket, *place).await,
        Action::AddWatcher { agent_id } => {
            watch::check(tx, *agent_id).await?;
            watch::set(tx, ctx, ticket, *agent_id, true).await
        }
    }
}

async fn retag(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    (add, remove): (&[TagId], &[TagId]),
) -> Result<(), Refusal> {
    let now = store::tags(tx, ticket.id).await?;
    let after = rules::tags(&now, add, remove);
    change::tag_ids(tx, ctx, ticket, after).await
}

async fn check_tags(tx: &mut Tx<'_>, given: &[TagId]) -> Result<(), Refusal> {
    for tag in given {
        if tags::store::find(tx, *tag).await?.is_none() {
            return Err(Refusal::invalid(
                "tag_ids",
                format!("names {tag}, which is no tag (any more)"),
                "choose another tag",
            ));
        }
    }
    Ok(())
}
