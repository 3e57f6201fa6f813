//! The two ends of a scheduled reply: it goes out, or it is taken back.
//!
//! Both are the same compare-and-set on the message, so exactly one of them happens.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::TicketId;
use kernel::jobs;
use kernel::journal::{self, Actor, Context};
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};

use super::{addressed, spoken};
use crate::Desk;
use crate::attachments;
use crate::automations::is_rule;
use crate::drafts::{self, DraftBody, DraftKind};
use crate::forms::commands as forms;
use crate::html;
use crate::merges;
use crate::messages::store::Settled;
use crate::messages::{
    Addressed, Mailbox, Message, MessageState, ReplyCancelled, ReplyReleased, deliveries,
    message_ids, rules, store,
};
use crate::promises;
use crate::tickets::commands::{change, open, subject};
use crate::tickets::{self, Direction, InboxCard, Ticket};

/// The job that sends a scheduled reply on its way.
pub const RELEASE: &str = "reply.release";

/// The payload of [`RELEASE`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Release {
    /// The ticket.
    pub ticket: TicketId,
    /// The message.
    pub number: i64,
}

impl Release {
    /// The job's unique key.
    pub fn key(&self) -> String {
        format!("release:{}:{}", self.ticket, self.number)
    }
}

/// Sends a reply on its way; `false` when it was taken back or had left before.
pub async fn release(desk: &Desk, reply: Release) -> Result<bool, Refusal> {
    let (desk, now) = (desk.clone(), desk.kernel.clock.now());
    let db = desk.kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| -> Result<bool, Refusal> {
        // Its ticket may have been merged or split meanwhile, even while we wait for the lock.
        let mut place = (reply.ticket, reply.number);
        while let Some(there) = merges::store::whereabouts(tx, place).await? {
            place = there;
            match open(tx, &Context::system(now), place.0).await {
                Ok((mut ticket, ctx)) => {
                    if store::find(tx, place.0, place.1).await?.is_some() {
                        return leave(&desk, tx, &ctx, &mut ticket, place.1).await;
                    }
                }
                Err(Refusal::NotFound { .. }) => return Ok(false),
                Err(Refusal::Conflict { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(false)
    })
    .await
}

/// Sends a reply on its way without waiting for the end of undo.
pub async fn send_now(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    number: i64,
) -> Result<(), Refusal> {
    caller.require(Permission::TicketReply)?;
    let (ctx, desk) = (caller.context(desk.kernel.clock.now()), desk.clone());
    let caller = caller.clone();
    let db = desk.kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
        let (mut ticket, ctx) = open(tx, &ctx, id).await?;
        let message = recallable(tx, &caller, id, number).await?;
        if !leave(&desk, tx, &ctx, &mut ticket, message.number).await? {
            return Err(rules::already_sent());
        }
        jobs::cancel(tx, &Release { ticket: id, number }.key()).await?;
        Ok(())
    })
    .await
}

/// The reply that the caller may still decide about.
async fn recallable(
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: TicketId,
    number: i64,
) -> Result<Message, Refusal> {
    let found = store::find(tx, id, number).await?;
    let message = found.ok_or(Refusal::NotFound { what: "message" })?;
    rules::may_recall(caller.agent, caller.role, message.author)?;
    Ok(message)
}

async fn leave(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    number: i64,
) -> Result<bool, Refusal> {
    let Some(Settled {
        author,
        at,
        status_after,
    }) = store::settle(tx, ticket.id, number, MessageState::Released).await?
    else {
        return Ok(false);
    };
    let found = store::find(tx, ticket.id, number).await?;
    let message = found.ok_or(Refusal::NotFound { what: "message" })?;
    let ctx = Context {
        actor: author,
        origin: if matches!(author, Actor::Agent(_)) {
            journal::Origin::Agent
        } else {
            ctx.origin
        },
        cause: Some(message.record),
        ..ctx.clone()
    };
    let (inbox, recipients) = hand_over(desk, tx, ticket, &message).await?;
    let count = i64::try_from(recipients.len()).unwrap_or(i64::MAX);
    let released = ReplyReleased {
        number,
        scheduled_at: at,
        recipients: count,
    };
    journal::append(tx, &ctx, subject(ticket), &released).await?;
    // What a rule sends by itself keeps nobody's word.
    if !is_rule(author) {
        promises::commands::keep(tx, &ctx, ticket).await?;
    }
    if let Some(inbox) = inbox {
        let id = message_id(desk, ticket, number, &inbox);
        message_ids::add(tx, &id, (ticket.id, number), true).await?;
    }
    deliveries::commands::create(&desk.kernel, tx, &ctx, ticket, number, &recipients).await?;
    move_on(desk, tx, &ctx, ticket, (&message, status_after)).await?;
    tickets::store::save(tx, ticket).await?;
    Ok(true)
}

/// Shows on the ticket what left, and moves the ticket to where its author wanted it.
async fn move_on(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    (message, status_after): (&Message, Option<tickets::Status>),
) -> Result<(), Refusal> {
    let text = desk
        .kernel
        .keys
        .decrypt(tx, &message.text)
        .await?
        .unwrap_or_default();
    // What a rule sent by itself is no answer: the ticket waits for a person as before.
    let by_rule = is_rule(ctx.actor);
    let direction = if by_rule {
        ticket.last_direction
    } else {
        Direction::Out
    };
    let said = (ticket.key, &*html::snippet(&text));
    spoken(&desk.kernel, tx, ticket, direction, said, ctx.at).await?;
    // What was planned for a ticket that was merged since says nothing about this one.
    let own = merges::store::is_own(tx, (ticket.id, message.number)).await?;
    let may_move = ticket.status != tickets::Status::Closed && own;
    let to = status_after.unwrap_or_else(|| usual_status(ticket, by_rule));
    if may_move {
        // What was said leaves all the same; only the ticket may not be done.
        let to = forms::allowed(tx, ctx, ticket, to).await?;
        change::status(tx, ctx, ticket, to).await?;
    }
    Ok(())
}

/// The status a ticket has after an answer that says nothing of it.
fn usual_status(ticket: &Ticket, by_rule: bool) -> tickets::Status {
    if by_rule {
        ticket.status
    } else {
        tickets::rules::touched(ticket.status)
    }
}

/// The entrance that a reply leaves by, and to whom it is handed over.
async fn hand_over(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    message: &Message,
) -> Result<(Option<InboxCard>, Vec<Mailbox>), Refusal> {
    let Some(inbox) = ticket.inbox else {
        return Ok((None, Vec::new()));
    };
    let Some(inbox) = desk.inboxes.find(tx, inbox).await? else {
        return Ok((None, Vec::new()));
    };
    let own = desk.inboxes.own_addresses(tx).await?;
    let Addressed { to, cc, .. } = addressed(&desk.kernel, tx, message)
        .await?
        .unwrap_or_default();
    let Some((first, rest)) = to.split_first() else {
        return Ok((Some(inbox), Vec::new()));
    };
    let others: Vec<Mailbox> = rest.iter().chain(&cc).cloned().collect();
    Ok((Some(inbox), rules::recipients(first, &others, &own)))
}

/// Our Message-ID, without angle brackets: unguessable, under the inbox's own domain.
pub(crate) fn message_id(desk: &Desk, ticket: &Ticket, number: i64, inbox: &InboxCard) -> String {
    let domain = inbox
        .address
        .rsplit_once('@')
        .map_or("localhost", |(_, domain)| domain);
    format!(
        "m{}.{number}.{}@{domain}",
        ticket.id,
        desk.kernel.random.token()
    )
}

/// What a taken-back reply held, as its author gets it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsent {
    /// The text, the files and who else was to get it.
    pub draft: DraftBody,
}

/// Takes a scheduled reply back: it becomes its author's draft again.
pub async fn undo(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    number: i64,
) -> Result<Unsent, Refusal> {
    caller.require(Permission::TicketReply)?;
    let (ctx, kernel) = (caller.context(desk.kernel.clock.now()), desk.kernel.clone());
    let caller = caller.clone();
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Unsent, Refusal> {
            let (mut ticket, ctx) = open(tx, &ctx, id).await?;
            let message = recallable(tx, &caller, id, number).await?;
            if store::settle(tx, id, number, MessageState::Cancelled)
                .await?
                .is_none()
            {
                return Err(rules::already_sent());
            }
            jobs::cancel(tx, &Release { ticket: id, number }.key()).await?;
            let draft = take_back(&kernel, tx, &ctx, &ticket, &message).await?;
            journal::append(tx, &ctx, subject(&ticket), &ReplyCancelled { number }).await?;
            ticket.updated_at = ctx.at;
            tickets::store::save(tx, &ticket).await?;
            Ok(Unsent { draft })
        })
        .await
}

/// Takes a scheduled reply back for good, without a draft of it; `false` when it had left. The
/// caller saves the ticket.
pub(crate) async fn withdraw(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    number: i64,
) -> Result<bool, Refusal> {
    let id = ticket.id;
    let cancelled = MessageState::Cancelled;
    if store::settle(tx, id, number, cancelled).await?.is_none() {
        // Taken back by hand is taken back as well.
        let found = store::find(tx, id, number).await?;
        return Ok(found.is_some_and(|it| it.state == Some(cancelled)));
    }
    jobs::cancel(tx, &Release { ticket: id, number }.key()).await?;
    let nothing = kernel.keys.encrypt(tx, ticket.key, "").await?;
    store::rewrite(tx, (id, number), nothing.clone(), nothing, false).await?;
    journal::append(tx, ctx, subject(ticket), &ReplyCancelled { number }).await?;
    ticket.updated_at = ctx.at;
    Ok(true)
}

/// Moves a reply's content into its author's draft and stages its files again.
async fn take_back(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &Ticket,
    message: &Message,
) -> Result<DraftBody, Refusal> {
    let cc = addressed(kernel, tx, message)
        .await?
        .map(|addressed| addressed.cc);
    let author = match message.author {
        Actor::Agent(agent) => Some(agent),
        _ => None,
    };
    let attachment_ids = attachments::store::detach(tx, ticket.id, message.number, author).await?;
    for id in &attachment_ids {
        attachments::commands::sweep_later(tx, *id, ctx.at).await?;
    }
    let html = kernel
        .keys
        .decrypt(tx, &message.html)
        .await?
        .unwrap_or_default();
    let draft = DraftBody {
        html,
        attachment_ids,
        cc,
    };
    if let Some(author) = author {
        let whose = (author, DraftKind::Reply);
        drafts::commands::write(kernel, tx, ticket, whose, &draft, ctx.at).await?;
    }
    let nothing = kernel.keys.encrypt(tx, ticket.key, "").await?;
    store::rewrite(
        tx,
        (ticket.id, message.number),
        nothing.clone(),
        nothing,
        false,
    )
    .await?;
    Ok(draft)
}
