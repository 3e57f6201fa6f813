//! Sending messages on to someone outside.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, AttachmentId, TicketId};
use kernel::journal::{self, Actor, Context};
use kernel::refusal::Refusal;

use super::release::message_id;
use super::{Plan, Utterance, next_number, spoken, with_copies, write};
use crate::Desk;
use crate::attachments;
use crate::html::{self, Clean};
use crate::messages::{
    Addressed, Mailbox, MessageForwarded, MessageKind, MessageState, deliveries, message_ids,
    rules, store,
};
use crate::tickets::commands::{open, subject};
use crate::tickets::{self, Direction, InboxCard, Ticket};
use crate::timeline::authors;
use customers::MailAddress;

/// The command's name for idempotency keys.
const COMMAND: &str = "forward.create";
/// The most messages of one forward.
const NUMBERS_MAX: usize = 50;

/// Messages to send on.
#[derive(Clone, Debug, Default)]
pub struct NewForward {
    /// To whom.
    pub to: Vec<Mailbox>,
    /// What the agent adds above.
    pub html: String,
    /// Which messages.
    pub numbers: Vec<i64>,
}

/// Sends messages of a ticket to someone outside, at once; answers the number of the message that
/// tells of it.
pub async fn forward(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    forward: NewForward,
    once: IdempotencyKey,
) -> Result<i64, Refusal> {
    caller.require(Permission::TicketForward)?;
    check(&forward)?;
    let above = rules::body(&forward.html, !forward.numbers.is_empty())?;
    let (ctx, agent, desk) = (
        caller.context(desk.kernel.clock.now()),
        caller.agent,
        desk.clone(),
    );
    let db = desk.kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| -> Result<i64, Refusal> {
        if let Some(key) = &once.0
            && let Some(number) = idempotency::find(tx, agent, key, COMMAND).await?
        {
            return Ok(number);
        }
        let (mut ticket, ctx) = open(tx, &ctx, id).await?;
        let number = send_on(&desk, tx, &ctx, &mut ticket, agent, &above, &forward).await?;
        tickets::store::save(tx, &ticket).await?;
        if let Some(key) = &once.0 {
            idempotency::remember(tx, agent, key, COMMAND, number, ctx.at).await?;
        }
        Ok(number)
    })
    .await
}

/// The entrance that the ticket's mail leaves by.
async fn inbox(desk: &Desk, tx: &mut Tx<'_>, ticket: &Ticket) -> Result<InboxCard, Refusal> {
    let found = match ticket.inbox {
        Some(inbox) => desk.inboxes.find(tx, inbox).await?,
        None => None,
    };
    found.ok_or_else(|| {
        Refusal::conflict(
            "no_inbox",
            "This ticket has no inbox that mail could leave by.",
        )
    })
}

/// Writes the forward on a locked ticket and hands it over. The caller saves the ticket.
async fn send_on(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    agent: AgentId,
    above: &Clean,
    forward: &NewForward,
) -> Result<i64, Refusal> {
    rules::may_answer(ticket)?;
    let kernel = &desk.kernel;
    let inbox = inbox(desk, tx, ticket).await?;
    let (body, files) = quote(kernel, tx, ticket.id, above, &forward.numbers).await?;
    let number = next_number(ticket);
    let recipients = i64::try_from(forward.to.len()).unwrap_or(i64::MAX);
    let forwarded = MessageForwarded { number, recipients };
    let record = journal::append(tx, ctx, subject(ticket), &forwarded).await?;
    let shown = html::inline_ids(&body.html);
    let copies = attachments::commands::attach(tx, ticket, number, agent, &files, &shown).await?;
    ticket.has_attachments |= !copies.is_empty();
    let plan = Plan {
        state: MessageState::Released,
        release_at: ctx.at,
        status_after: None,
    };
    let said = Utterance {
        kind: MessageKind::Forward,
        author: Actor::Agent(agent),
        key: ticket.key,
        body: &body,
        addressed: Some(&Addressed {
            to: forward.to.clone(),
            cc: Vec::new(),
            remarks: Vec::new(),
        }),
        auto_reply: false,
        at: ctx.at,
        plan: Some(plan),
    };
    let html = with_copies(&body.html, &copies);
    write(kernel, tx, (ticket, number, record), &html, &said).await?;
    let message_id = message_id(desk, ticket, number, &inbox);
    message_ids::add(tx, &message_id, (ticket.id, number), true).await?;
    deliveries::commands::create(kernel, tx, ctx, ticket, number, &forward.to).await?;
    let said = (ticket.key, above.snippet.as_str());
    spoken(kernel, tx, ticket, Direction::Out, said, ctx.at).await?;
    ticket.last_agent = Some(agent);
    Ok(number)
}

fn check(forward: &NewForward) -> Result<(), Refusal> {
    if forward.to.is_empty() || forward.to.len() > rules::FORWARD_TO_MAX {
        return Err(Refusal::invalid(
            "to",
            "names nobody or too many",
            "name 1 to 20 people",
        ));
    }
    if forward.numbers.len() > NUMBERS_MAX {
        return Err(Refusal::invalid(
            "numbers",
            "is too long",
            "send on at most 50 messages",
        ));
    }
    for (index, mailbox) in forward.to.iter().enumerate() {
        if MailAddress::parse(&mailbox.email).is_none() {
            let field = format!("to.{index}.email");
            let mend = "write it like ana@example.com";
            return Err(Refusal::invalid(field, "is not a mail address", mend));
        }
    }
    Ok(())
}

/// The agent's words with the messages below them, and the files of those messages.
async fn quote(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: TicketId,
    above: &Clean,
    numbers: &[i64],
) -> Result<(Clean, Vec<AttachmentId>), Refusal> {
    let mut body = above.clone();
    let mut files = Vec::new();
    for number in numbers {
        let found = store::find(tx, ticket, *number).await?;
        let message = found
            .filter(|message| rules::is_shown(message.state))
            .ok_or_else(|| {
                let reason = format!("names {number}, which is no message of this ticket");
                Refusal::invalid("numbers", reason, "take the numbers of its timeline")
            })?;
        let name = authors::name(tx, message.author).await?.unwrap_or_default();
        let html = kernel
            .keys
            .decrypt(tx, &message.html)
            .await?
            .unwrap_or_default();
        let text = kernel
            .keys
            .decrypt(tx, &message.text)
            .await?
            .unwrap_or_default();
        let heading = format!("{name}, {}", message.at);
        body.html.push_str(&html::from_text(&heading).html);
        body.html
            .push_str(&format!("<blockquote>{html}</blockquote>"));
        body.text.push_str(&format!("\n\n{heading}\n"));
        body.text
            .extend(text.lines().map(|line| format!("> {line}\n")));
        body.has_remote_images |= message.has_remote_images;
        for file in attachments::store::of_messages(tx, ticket, *number, *number).await? {
            if file.blob.is_some() {
                files.push(file.id);
            }
        }
    }
    Ok((body, files))
}
