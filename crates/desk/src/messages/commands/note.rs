//! Notes: what colleagues tell each other.

use identity::agents::AgentStatus;
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, AttachmentId, TicketId};
use kernel::journal::{self, Actor, Context};
use kernel::refusal::Refusal;

use super::{Utterance, check_files, next_number, spoken, with_copies, write};
use crate::Desk;
use crate::attachments;
use crate::drafts::{self, DraftKind};
use crate::html::{self, Clean};
use crate::messages::{MessageKind, NoteAdded, rules, store};
use crate::tickets::commands::{open, subject};
use crate::tickets::{self, Direction, Ticket};

/// The command's name for idempotency keys.
const COMMAND: &str = "note.create";

/// A note for the team.
#[derive(Clone, Debug, Default)]
pub struct NewNote {
    /// The text.
    pub html: String,
    /// The uploads that go with it.
    pub attachment_ids: Vec<AttachmentId>,
    /// Whom it names.
    pub mentions: Vec<AgentId>,
}

/// Leaves a note on a ticket; answers its number.
pub async fn note(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    note: NewNote,
    once: IdempotencyKey,
) -> Result<i64, Refusal> {
    caller.require(Permission::TicketNote)?;
    check_files(&note.attachment_ids)?;
    if note.mentions.len() > rules::MENTIONS_MAX {
        return Err(Refusal::invalid(
            "mentions",
            "is too long",
            "name at most 50 colleagues",
        ));
    }
    let body = rules::body(&note.html, !note.attachment_ids.is_empty())?;
    let (ctx, agent) = (caller.context(desk.kernel.clock.now()), caller.agent);
    let kernel = desk.kernel.clone();
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<i64, Refusal> {
            if let Some(key) = &once.0
                && let Some(number) = idempotency::find(tx, agent, key, COMMAND).await?
            {
                return Ok(number);
            }
            let (mut ticket, ctx) = open(tx, &ctx, id).await?;
            let number = leave(&kernel, tx, &ctx, &mut ticket, agent, &body, &note).await?;
            tickets::store::save(tx, &ticket).await?;
            drafts::store::delete(tx, (id, agent, DraftKind::Note)).await?;
            if let Some(key) = &once.0 {
                idempotency::remember(tx, agent, key, COMMAND, number, ctx.at).await?;
            }
            Ok(number)
        })
        .await
}

/// Writes a note on a locked ticket. The caller saves the ticket.
pub(crate) async fn leave(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    agent: AgentId,
    body: &Clean,
    note: &NewNote,
) -> Result<i64, Refusal> {
    let mentions = mentioned(tx, &note.mentions).await?;
    let number = next_number(ticket);
    let added = NoteAdded { number, mentions };
    let record = journal::append(tx, ctx, subject(ticket), &added).await?;
    for mentioned in added
        .mentions
        .into_iter()
        .filter(|mentioned| *mentioned != agent)
    {
        store::add_mention(tx, (ticket.id, number), mentioned, ctx.at).await?;
    }
    let shown = html::inline_ids(&body.html);
    let copies = if note.attachment_ids.is_empty() && shown.is_empty() {
        Vec::new()
    } else {
        ticket.has_attachments = true;
        let files = &note.attachment_ids;
        attachments::commands::attach(tx, ticket, number, agent, files, &shown).await?
    };
    let said = Utterance {
        kind: MessageKind::Note,
        author: Actor::Agent(agent),
        key: ticket.key,
        body,
        addressed: None,
        auto_reply: false,
        at: ctx.at,
        plan: None,
    };
    let html = with_copies(&body.html, &copies);
    write(kernel, tx, (ticket, number, record), &html, &said).await?;
    let key = ticket.key;
    spoken(
        kernel,
        tx,
        ticket,
        Direction::Note,
        (key, &body.snippet),
        ctx.at,
    )
    .await?;
    ticket.last_agent = Some(agent);
    Ok(number)
}

/// The colleagues that a note names, each once.
async fn mentioned(tx: &mut Tx<'_>, given: &[AgentId]) -> Result<Vec<AgentId>, Refusal> {
    let mut mentions = given.to_vec();
    mentions.sort();
    mentions.dedup();
    for agent in &mentions {
        let found = identity::agents::store::find(tx, *agent).await?;
        if found.is_none_or(|agent| agent.status != AgentStatus::Active) {
            let reason = format!("names {agent}, who is no active agent");
            return Err(Refusal::invalid(
                "mentions",
                reason,
                "name colleagues who can sign in",
            ));
        }
    }
    Ok(mentions)
}
