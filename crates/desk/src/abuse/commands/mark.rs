//! Marking a message, and handing the contact over.

use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::ids::{AgentId, TeamId, TicketId};
use kernel::journal::{self, Actor};
use kernel::refusal::Refusal;

use crate::Desk;
use crate::abuse::{AbuseHandedOver, AbuseKind, AbuseMarked, AbuseUnmarked, Mark, rules, store};
use crate::messages::{self, MessageKind};
use crate::tickets;
use crate::tickets::commands::{change, open, subject};

/// Marks a customer's message as abusive, or judges it anew.
///
/// # Errors
/// Missing permission, no such message of a customer.
pub async fn mark(
    desk: &Desk,
    caller: &Caller,
    (id, number): (TicketId, i64),
    kind: AbuseKind,
    note: Option<&str>,
) -> Result<(), Refusal> {
    caller.require(Permission::TicketUpdate)?;
    let note = note.filter(|note| !note.trim().is_empty());
    let note = note.map(|note| rules::text("note", note)).transpose()?;
    let (ctx, agent, kernel) = (
        caller.context(desk.kernel.clock.now()),
        caller.agent,
        desk.kernel.clone(),
    );
    let db = kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        let (ticket, ctx) = open(tx, &ctx, id).await?;
        const NOT_FOUND: Refusal = Refusal::NotFound { what: "message" };
        let found = messages::store::find(tx, id, number).await?;
        let message = found
            .filter(|it| it.kind == MessageKind::In)
            .ok_or(NOT_FOUND)?;
        let Actor::Customer(customer) = message.author else {
            return Err(NOT_FOUND);
        };
        let note = match &note {
            Some(note) => Some(kernel.keys.encrypt(tx, ticket.key, note).await?),
            None => None,
        };
        let mark = Mark {
            ticket: id,
            number,
            customer,
            kind,
            note: note.clone(),
            by: agent,
            at: ctx.at,
        };
        store::mark(tx, &mark).await?;
        let record = AbuseMarked { number, kind, note };
        journal::append(tx, &ctx, subject(&ticket), &record).await?;
        Ok(())
    })
    .await
}

/// Takes a mark away: it was a mistake.
///
/// # Errors
/// Missing permission, no such ticket.
pub async fn unmark(
    desk: &Desk,
    caller: &Caller,
    (id, number): (TicketId, i64),
) -> Result<(), Refusal> {
    caller.require(Permission::TicketUpdate)?;
    let ctx = caller.context(desk.kernel.clock.now());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| {
            let (ticket, ctx) = open(tx, &ctx, id).await?;
            if store::unmark(tx, id, number).await? {
                let record = AbuseUnmarked { number };
                journal::append(tx, &ctx, subject(&ticket), &record).await?;
            }
            Ok(())
        })
        .await
}

/// To whom a contact is handed over.
#[derive(Clone, Copy, Debug, Default)]
pub struct HandOver {
    /// The colleague; none: whoever takes it from the queue.
    pub agent: Option<AgentId>,
    /// The team; none: the ticket's.
    pub team: Option<TeamId>,
    /// Whether the caller takes time to recover.
    pub pause: bool,
}

/// Hands an abusive contact over, and gives the caller time to recover. Needs no reason, and
/// nobody's leave.
///
/// # Errors
/// Missing permission, somebody who can't answer customers, no such team.
pub async fn hand_over(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    to: HandOver,
) -> Result<(), Refusal> {
    caller.require(Permission::TicketUpdate)?;
    if to.agent == Some(caller.agent) {
        let mend = "name a colleague, or nobody";
        return Err(Refusal::invalid("agent_id", "is yourself", mend));
    }
    let (ctx, agent, desk) = (
        caller.context(desk.kernel.clock.now()),
        caller.agent,
        desk.clone(),
    );
    let db = desk.kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| {
        let (mut ticket, ctx) = open(tx, &ctx, id).await?;
        let owners = (to.agent, to.team.or(ticket.team));
        change::assign(tx, &ctx, &mut ticket, owners).await?;
        tickets::store::save(tx, &ticket).await?;
        if to.pause {
            desk.recovery.after_abuse(tx, agent, ctx.at).await?;
        }
        let record = AbuseHandedOver { pause: to.pause };
        journal::append(tx, &ctx, subject(&ticket), &record).await?;
        Ok(())
    })
    .await
}
