//! Changing a ticket's fields.

use std::collections::BTreeMap;

use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::ids::{AgentId, FormId, TeamId, TicketId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::{Whom, change, open, persons, ready, ready_cc};
use crate::Desk;
use crate::fields::values::commands as fields;
use crate::forms::commands as forms;
use crate::messages::Mailbox;
use crate::tickets::{Priority, Status, TicketType, rules, store};

/// What an agent changes; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// The version that the agent saw.
    pub version: i64,
    /// The new subject.
    pub subject: Option<String>,
    /// The new status.
    pub status: Option<Status>,
    /// The new priority.
    pub priority: Option<Priority>,
    /// What kind of work it is; `Some(None)`: not chosen.
    pub ticket_type: Option<Option<TicketType>>,
    /// The new assignee; `Some(None)`: nobody.
    pub assignee: Option<Option<AgentId>>,
    /// The new team; `Some(None)`: none.
    pub team: Option<Option<TeamId>>,
    /// The new requester.
    pub requester: Option<Whom>,
    /// Those in copy from now on.
    pub cc: Option<Vec<Mailbox>>,
    /// The tags from now on.
    pub tags: Option<Vec<String>>,
    /// The form it has; `Some(None)`: the default one.
    pub form: Option<Option<FormId>>,
    /// What its fields hold from now on, by key; null empties one.
    pub fields: BTreeMap<String, serde_json::Value>,
    /// Until when it is put off; `Some(None)`: it wakes.
    pub snoozed_until: Option<Option<Timestamp>>,
}

/// Changes a ticket's fields, all or none.
pub async fn edit(desk: &Desk, caller: &Caller, id: TicketId, edit: Edit) -> Result<(), Refusal> {
    caller.require(Permission::TicketUpdate)?;
    let subject = edit
        .subject
        .as_deref()
        .map(rules::check_subject)
        .transpose()?;
    let kernel = desk.kernel.clone();
    let requester = match &edit.requester {
        Some(whom) => Some(ready(&kernel, "requester", whom).await?),
        None => None,
    };
    let cc = match &edit.cc {
        Some(cc) => Some(ready_cc(&kernel, cc).await?),
        None => None,
    };
    let ctx = caller.context(kernel.clock.now());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let (mut ticket, ctx) = open(tx, &ctx, id).await?;
            if ticket.version != edit.version {
                return Err(Refusal::Stale { what: "ticket" });
            }
            let ticket = &mut ticket;
            if let Some(requester) = &requester {
                let person = requester.person(&kernel, tx, &ctx).await?;
                change::requester(tx, &ctx, ticket, &person).await?;
            }
            if let Some(cc) = &cc {
                let persons = persons(&kernel, tx, &ctx, cc).await?;
                change::cc(tx, &ctx, ticket, &persons).await?;
            }
            if let Some(subject) = &subject {
                change::rename(&kernel, tx, &ctx, ticket, subject.clone()).await?;
            }
            if let Some(priority) = edit.priority {
                change::priority(tx, &ctx, ticket, priority).await?;
            }
            if let Some(ticket_type) = edit.ticket_type {
                change::ticket_type(tx, &ctx, ticket, ticket_type).await?;
            }
            if let Some(names) = &edit.tags {
                change::tags(tx, &ctx, ticket, names).await?;
            }
            if let Some(form) = edit.form {
                forms::choose(tx, &ctx, ticket, form).await?;
            }
            fields::fill(&kernel, tx, &ctx, ticket, &edit.fields).await?;
            let owners = (
                edit.assignee.unwrap_or(ticket.assignee),
                edit.team.unwrap_or(ticket.team),
            );
            change::assign(tx, &ctx, ticket, owners).await?;
            if let Some(to) = edit.status {
                rules::set_status(ticket.status, to)?;
                change::status(tx, &ctx, ticket, to).await?;
            }
            if let Some(until) = edit.snoozed_until {
                if let Some(until) = until {
                    rules::snooze(ticket, until, ctx.at)?;
                }
                change::snooze(tx, &ctx, ticket, until).await?;
            }
            store::save(tx, ticket).await?;
            Ok(())
        })
        .await
}
