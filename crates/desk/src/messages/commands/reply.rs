//! Answering a customer: written at the click, on its way when undo ends.

use customers::Person;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, AttachmentId, MacroId, TicketId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Actor, Context};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::release::{RELEASE, Release};
use super::{Plan, Utterance, check_files, next_number, with_copies, write};
use crate::Desk;
use crate::attachments;
use crate::drafts::{self, DraftKind};
use crate::forms::commands as forms;
use crate::html::{self, Clean};
use crate::macros;
use crate::messages::{
    Addressed, Mailbox, MessageKind, MessageState, ReplyScheduled, rules, store,
};
use crate::tickets::commands::{change, open, persons, ready_cc, subject};
use crate::tickets::{self, Status, Ticket};

/// The command's name for idempotency keys.
const COMMAND: &str = "reply.create";
/// How many newer messages are counted for a refusal.
const NEWER_COUNTED: i64 = 100;

/// An answer to a customer.
#[derive(Clone, Debug, Default)]
pub struct NewReply {
    /// The text.
    pub html: String,
    /// The uploads that go with it.
    pub attachment_ids: Vec<AttachmentId>,
    /// Who is in copy from now on; `None`: as before.
    pub cc: Option<Vec<Mailbox>>,
    /// The newest message that its author saw.
    pub seen_number: i64,
    /// The status that the ticket gets when it goes out.
    pub status_after: Option<Status>,
    /// When it goes out; `None`: as soon as undo ends.
    pub send_at: Option<Timestamp>,
    /// Whether it carries the mail it answers; `None`: as its inbox has it.
    pub quotes: Option<bool>,
    /// The macro it was written with, whose actions are done with it.
    pub macro_id: Option<MacroId>,
}

/// Writes an answer to the customer; answers its number.
pub async fn reply(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    reply: NewReply,
    once: IdempotencyKey,
) -> Result<i64, Refusal> {
    caller.require(Permission::TicketReply)?;
    check_files(&reply.attachment_ids)?;
    let body = rules::body(&reply.html, !reply.attachment_ids.is_empty())?;
    rules::no_placeholder(&body.html)?;
    let now = desk.kernel.clock.now();
    let release_at = rules::release_at(now, reply.send_at)?;
    let cc = match &reply.cc {
        Some(cc) => Some(ready_cc(&desk.kernel, cc).await?),
        None => None,
    };
    let (ctx, agent, desk) = (caller.context(now), caller.agent, desk.clone());
    let who = caller.clone();
    let db = desk.kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| -> Result<i64, Refusal> {
        if let Some(key) = &once.0
            && let Some(number) = idempotency::find(tx, agent, key, COMMAND).await?
        {
            return Ok(number);
        }
        let (mut ticket, ctx) = open(tx, &ctx, id).await?;
        rules::may_answer(&ticket)?;
        if let Some(status) = reply.status_after {
            forms::may_become(tx, &ticket, status).await?;
        }
        check_seen(tx, id, reply.seen_number).await?;
        if let Some(cc) = &cc {
            let persons = persons(&desk.kernel, tx, &ctx, cc).await?;
            change::cc(tx, &ctx, &mut ticket, &persons).await?;
        }
        if let Some(id) = reply.macro_id {
            macros::usage::act(&desk, tx, &ctx, &who, &mut ticket, id).await?;
        }
        let plan = Plan {
            state: MessageState::Scheduled,
            release_at,
            status_after: reply.status_after,
        };
        let number = schedule(
            &desk,
            tx,
            &ctx,
            &mut ticket,
            agent,
            &body,
            &reply.attachment_ids,
            plan,
        )
        .await?;
        if let Some(quotes) = reply.quotes {
            store::set_quotes(tx, id, number, quotes).await?;
        }
        tickets::store::save(tx, &ticket).await?;
        drafts::store::delete(tx, (id, agent, DraftKind::Reply)).await?;
        if let Some(key) = &once.0 {
            idempotency::remember(tx, agent, key, COMMAND, number, ctx.at).await?;
        }
        Ok(number)
    })
    .await
}

/// Refuses an answer whose author has not seen what came in meanwhile.
pub(crate) async fn check_seen(tx: &mut Tx<'_>, id: TicketId, seen: i64) -> Result<(), Refusal> {
    let newer = store::after(tx, id, seen, NEWER_COUNTED).await?;
    let shown = newer.iter().filter(|(_, state)| rules::is_shown(*state));
    match shown.count() {
        0 => Ok(()),
        unseen => Err(rules::new_messages(unseen)),
    }
}

/// Writes a message to the customer on a locked ticket and plans its release. The caller saves the
/// ticket.
#[expect(
    clippy::too_many_arguments,
    reason = "each is one part of the same act"
)]
pub(crate) async fn schedule(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    agent: AgentId,
    body: &Clean,
    files: &[AttachmentId],
    plan: Plan,
) -> Result<i64, Refusal> {
    let kernel = &desk.kernel;
    let number = next_number(ticket);
    let scheduled = ReplyScheduled {
        number,
        release_at: plan.release_at,
    };
    let record = journal::append(tx, ctx, subject(ticket), &scheduled).await?;
    let shown = html::inline_ids(&body.html);
    let copies = if files.is_empty() && shown.is_empty() {
        Vec::new()
    } else {
        ticket.has_attachments = true;
        attachments::commands::attach(tx, ticket, number, agent, files, &shown).await?
    };
    let addressed = receivers(tx, ticket).await?;
    let said = Utterance {
        kind: MessageKind::Out,
        author: Actor::Agent(agent),
        key: ticket.key,
        body,
        addressed: Some(&addressed),
        auto_reply: false,
        at: ctx.at,
        plan: Some(plan),
    };
    let html = with_copies(&body.html, &copies);
    write(kernel, tx, (ticket, number, record), &html, &said).await?;
    ticket.last_agent = Some(agent);
    ticket.updated_at = ctx.at;

    let job = Release {
        ticket: ticket.id,
        number,
    };
    let payload =
        serde_json::to_string(&job).map_err(|error| Refusal::broken(error.to_string()))?;
    let job = NewJob {
        kind: RELEASE,
        key: job.key(),
        payload,
        run_at: plan.release_at,
        ticket: Some(ticket.id),
    };
    jobs::enqueue(tx, job).await?;
    Ok(number)
}

/// Whom a reply on this ticket names.
pub(crate) async fn receivers(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Addressed, Refusal> {
    let mailbox = |person: Person| Mailbox {
        email: person.email,
        name: person.name,
    };
    let requester = customers::people::store::by_identity(tx, ticket.requester_identity).await?;
    let cc = tickets::store::cc(tx, ticket.id).await?;
    Ok(Addressed {
        to: requester.into_iter().map(mailbox).collect(),
        cc: cc.into_iter().map(mailbox).collect(),
        remarks: Vec::new(),
    })
}
