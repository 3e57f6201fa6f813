//! What rules say: notes, automatic replies and drafts laid ready.

use kernel::db::Tx;
use kernel::ids::MacroId;
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Context};
use kernel::refusal::Refusal;

use super::LeftOut;
use crate::drafts::{self, DraftBody, DraftKind};
use crate::macros::variables::{self, Filled};
use crate::messages::commands::release::{RELEASE, Release};
use crate::messages::commands::{Plan, Utterance, next_number, reply, spoken, write};
use crate::messages::senders::{self, Standing};
use crate::messages::{self, MessageKind, MessageState, NoteAdded, ReplyScheduled};
use crate::tickets::commands::subject;
use crate::tickets::{Direction, Ticket};
use crate::{Desk, html, macros};

/// The variables of a text filled for this ticket; the agent in them is the assignee.
pub(super) async fn filled(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    html: &str,
) -> Result<Filled, Refusal> {
    let assignee = match ticket.assignee {
        Some(agent) => identity::agents::store::find(tx, agent).await?,
        None => None,
    };
    let agent = assignee.map(|it| it.name).unwrap_or_default();
    let values = macros::usage::values(tx, &agent, ticket).await?;
    Ok(variables::fill(html, &values))
}

/// Leaves a note on a locked ticket.
pub(super) async fn note(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    text: &str,
) -> Result<(), Refusal> {
    let body = html::sanitise(text);
    let number = next_number(ticket);
    let added = NoteAdded {
        number,
        mentions: Vec::new(),
    };
    let record = journal::append(tx, ctx, subject(ticket), &added).await?;
    let said = Utterance {
        kind: MessageKind::Note,
        author: ctx.actor,
        key: ticket.key,
        body: &body,
        addressed: None,
        auto_reply: true,
        at: ctx.at,
        plan: None,
    };
    write(
        &desk.kernel,
        tx,
        (ticket, number, record),
        &body.html,
        &said,
    )
    .await?;
    let key = ticket.key;
    let snippet = (key, body.snippet.as_str());
    spoken(&desk.kernel, tx, ticket, Direction::Note, snippet, ctx.at).await
}

/// Why a rule must not write to the requester, if it must not.
pub(super) async fn keeps_from_answering(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
) -> Result<Option<LeftOut>, Refusal> {
    messages::rules::may_answer(ticket)?;
    let person = customers::people::store::by_identity(tx, ticket.requester_identity).await?;
    let address = person.and_then(|person| customers::MailAddress::parse(&person.email));
    let Some(address) = address.filter(|_| ticket.inbox.is_some()) else {
        return Ok(Some(LeftOut::NoAddress));
    };
    if customers::pauses::store::find(tx, &address)
        .await?
        .is_some()
    {
        return Ok(Some(LeftOut::AddressPaused));
    }
    if messages::gathered::store::find(tx, ticket.id)
        .await?
        .is_some()
    {
        return Ok(Some(LeftOut::Gathering));
    }
    let last = messages::store::received(tx, ticket.id, i64::MAX, 1).await?;
    if let Some(last) = last.first() {
        let standing = senders::store::standing(tx, ticket.id, last.number).await?;
        if standing == Some(Standing::Doubted) || last.auto_reply {
            return Ok(Some(LeftOut::SenderDoubted));
        }
    }
    Ok(None)
}

/// Writes an automatic reply to the requester and has it go out.
pub(super) async fn answer(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    text: &str,
) -> Result<(), Refusal> {
    let body = html::sanitise(text);
    let number = next_number(ticket);
    let scheduled = ReplyScheduled {
        number,
        release_at: ctx.at,
    };
    let record = journal::append(tx, ctx, subject(ticket), &scheduled).await?;
    let addressed = reply::receivers(tx, ticket).await?;
    let said = Utterance {
        kind: MessageKind::Out,
        author: ctx.actor,
        key: ticket.key,
        body: &body,
        addressed: Some(&addressed),
        auto_reply: true,
        at: ctx.at,
        plan: Some(Plan {
            state: MessageState::Scheduled,
            release_at: ctx.at,
            status_after: None,
        }),
    };
    write(
        &desk.kernel,
        tx,
        (ticket, number, record),
        &body.html,
        &said,
    )
    .await?;
    ticket.updated_at = ctx.at;
    let release = Release {
        ticket: ticket.id,
        number,
    };
    let payload =
        serde_json::to_string(&release).map_err(|error| Refusal::broken(error.to_string()))?;
    let job = NewJob {
        kind: RELEASE,
        key: release.key(),
        payload,
        run_at: ctx.at,
        ticket: Some(ticket.id),
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}

/// Lays a macro ready as the draft of whoever has the ticket.
pub(super) async fn suggest(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &Ticket,
    id: MacroId,
) -> Result<Option<LeftOut>, Refusal> {
    let Some(agent) = ticket.assignee else {
        return Ok(Some(LeftOut::NoAssignee));
    };
    let found = macros::store::find(tx, id).await?;
    let Some(found) = found.filter(|it| it.owner.is_none() && it.team.is_none()) else {
        let reason = "names no shared macro (any more)";
        return Err(Refusal::invalid("macro_id", reason, "choose another one"));
    };
    let whose = (ticket.id, agent, DraftKind::Reply);
    if drafts::store::find(tx, whose).await?.is_some() {
        return Ok(Some(LeftOut::DraftThere));
    }
    let html = desk.kernel.keys.decrypt(tx, &found.html).await?;
    let text = filled(tx, ticket, &html.unwrap_or_default()).await?;
    let body = DraftBody {
        html: text.html,
        ..DraftBody::default()
    };
    let whose = (agent, DraftKind::Reply);
    drafts::commands::write(&desk.kernel, tx, ticket, whose, &body, ctx.at).await?;
    Ok(None)
}
