//! Asking somebody beside a ticket.

use customers::{Arrival, Person};
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, AttachmentId, CustomerId, SideConversationId, TeamId, TicketId};
use kernel::journal::{self, Context};
use kernel::refusal::Refusal;

use super::commands::{colleagues, said, whom};
use super::{SideConversationStarted, SideState, SideTurn, Stored, rules, store};
use crate::Desk;
use crate::attachments::{self, Attachment};
use crate::drafts::Mailbox;
use crate::html::Clean;
use crate::messages::commands::Plan;
use crate::messages::commands::reply::schedule;
use crate::messages::{self, MessageState};
use crate::tickets::commands::create::{NewTicket, begin};
use crate::tickets::commands::{change, open, persons, ready_cc, subject, watch};
use crate::tickets::{self, Channel, LinkKind, Place, Status, Ticket};

const CREATE: &str = "side_conversation.create";

/// Who is asked.
#[derive(Clone, Debug)]
pub enum Asked {
    /// People outside, by mail.
    People(Vec<Mailbox>),
    /// A colleague.
    Agent(AgentId),
    /// Another team.
    Team(TeamId),
}

/// A side conversation to begin.
#[derive(Clone, Debug)]
pub struct NewSide {
    /// What it is about.
    pub subject: String,
    /// Who is asked.
    pub asked: Asked,
    /// The first message.
    pub html: String,
    /// Uploads that go with it; only to people outside.
    pub attachment_ids: Vec<AttachmentId>,
    /// Files of the ticket that go along; colleagues see them anyway.
    pub file_ids: Vec<AttachmentId>,
}

/// Asks somebody beside a ticket.
pub async fn start(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    new: NewSide,
    once: IdempotencyKey,
) -> Result<SideConversationId, Refusal> {
    let arrivals = match &new.asked {
        Asked::People(people) => {
            caller.require(Permission::TicketForward)?;
            check_people(people)?;
            ready_cc(&desk.kernel, people).await.map_err(to_field)?
        }
        Asked::Agent(_) | Asked::Team(_) => {
            caller.require(Permission::TicketNote)?;
            Vec::new()
        }
    };
    let about = tickets::rules::check_subject(&new.subject)?;
    let body = checked_body(&new)?;
    let (ctx, agent, desk) = (
        caller.context(desk.kernel.clock.now()),
        caller.agent,
        desk.clone(),
    );
    let db = desk.kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        if let Some(key) = &once.0
            && let Some(id) = idempotency::find(tx, agent, key, CREATE).await?
        {
            return Ok(SideConversationId(id));
        }
        let (ticket, ctx) = open(tx, &ctx, id).await?;
        let mut side = beside(tx, &ctx, &ticket, (agent, &about)).await?;
        match &new.asked {
            Asked::People(_) => {
                let sent = (arrivals.as_slice(), &body, &new);
                let carrier = send(&desk, tx, &ctx, &ticket, (agent, &about), sent).await?;
                side.side_ticket = Some(carrier);
            }
            Asked::Agent(asked) => {
                watch::check(tx, *asked).await?;
                side.agent = Some(*asked);
            }
            Asked::Team(team) => {
                change::check_team(tx, Some(*team)).await?;
                side.team = Some(*team);
            }
        }
        side.id = store::insert(tx, &side).await?;
        if side.side_ticket.is_none() {
            said(&desk.kernel, tx, &ctx, &ticket, &mut side, (agent, &body)).await?;
        }
        let theirs = colleagues(tx, &side).await?;
        let record = SideConversationStarted {
            side_conversation: side.id,
            side_ticket: side.side_ticket,
            agent: side.agent,
            team: side.team,
            told: rules::told(Some(agent), SideTurn::Them, &[], &theirs),
        };
        journal::append(tx, &ctx, subject(&ticket), &record).await?;
        if let Some(key) = &once.0 {
            idempotency::remember(tx, agent, key, CREATE, side.id.0, ctx.at).await?;
        }
        Ok(side.id)
    })
    .await
}

/// A side conversation of `agent` beside a locked ticket, not yet written and nobody asked.
async fn beside(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &Ticket,
    (agent, about): (AgentId, &str),
) -> Result<Stored, Refusal> {
    if ticket.place != Place::Desk {
        let detail = "Side conversations stand beside tickets that lie on the desk.";
        return Err(Refusal::conflict("not_on_desk", detail));
    }
    if store::beside(tx, ticket.id).await?.len() >= rules::BESIDE_MAX {
        let detail = "This ticket has 50 side conversations. Go on in one of them.";
        return Err(Refusal::conflict("too_many", detail));
    }
    Ok(Stored {
        id: SideConversationId(0),
        ticket: ticket.id,
        side_ticket: None,
        subject: about.to_owned(),
        owner: agent,
        agent: None,
        team: None,
        state: SideState::Open,
        waits_for: SideTurn::Them,
        last_number: 0,
        last_at: ctx.at,
        version: 1,
    })
}

fn checked_body(new: &NewSide) -> Result<Clean, Refusal> {
    if new.file_ids.len().saturating_add(new.attachment_ids.len()) > rules::FILES_MAX {
        let mend = "send at most 50 files";
        return Err(Refusal::invalid("file_ids", "is too long", mend));
    }
    let has_files = !new.file_ids.is_empty() || !new.attachment_ids.is_empty();
    messages::rules::body(&new.html, has_files)
}

fn check_people(people: &[Mailbox]) -> Result<(), Refusal> {
    if people.is_empty() || people.len() > rules::PEOPLE_MAX {
        let reason = "names nobody or too many";
        return Err(Refusal::invalid("to", reason, "name 1 to 20 people"));
    }
    Ok(())
}

/// The people of a new side conversation are given as `to`.
fn to_field(refusal: Refusal) -> Refusal {
    let Refusal::Invalid(mut problems) = refusal else {
        return refusal;
    };
    for problem in &mut problems {
        problem.field = problem.field.replacen("cc", "to", 1);
    }
    Refusal::Invalid(problems)
}

/// Makes the ticket that carries the mail and sends the first one; undo works as for replies.
async fn send(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &Ticket,
    (agent, about): (AgentId, &str),
    (arrivals, body, new): (&[Arrival], &Clean, &NewSide),
) -> Result<TicketId, Refusal> {
    let people = persons(&desk.kernel, tx, ctx, arrivals).await?;
    check_outside(tx, ticket, &people).await?;
    let own = desk.inboxes.own_addresses(tx).await?;
    let is_ours = |person: &Person| own.contains(&person.email.to_lowercase());
    if people.iter().any(is_ours) {
        let reason = "names an address of our own";
        let mend = "ask a colleague or a team instead";
        return Err(Refusal::invalid("to", reason, mend));
    }
    let Some((first, rest)) = people.split_first() else {
        return Err(Refusal::invalid(
            "to",
            "names nobody",
            "name 1 to 20 people",
        ));
    };
    let inbox = match ticket.inbox {
        Some(inbox) => desk.inboxes.find(tx, inbox).await?,
        None => desk.inboxes.default_inbox(tx).await?,
    };
    let inbox = inbox.ok_or_else(|| {
        let detail = "There is no inbox that mail could leave by.";
        Refusal::conflict("no_inbox", detail)
    })?;
    let begun = NewTicket {
        subject: about.to_owned(),
        requester: first.clone(),
        channel: Channel::Agent,
        inbox: Some(inbox.id),
        brand: ticket.brand,
        team: None,
        link: Some((ticket.id, LinkKind::Side)),
        at: ctx.at,
    };
    let mut carrier = begin(tx, ctx, begun).await?;
    change::place(tx, ctx, &mut carrier, Place::Side).await?;
    change::assign(tx, ctx, &mut carrier, (Some(agent), None)).await?;
    change::cc(tx, ctx, &mut carrier, rest).await?;
    let plan = Plan {
        state: MessageState::Scheduled,
        release_at: messages::rules::release_at(ctx.at, None)?,
        status_after: Some(Status::Pending),
    };
    let uploads = &new.attachment_ids;
    let number = schedule(desk, tx, ctx, &mut carrier, agent, body, uploads, plan).await?;
    copy_files(tx, ticket, &mut carrier, number, &new.file_ids).await?;
    tickets::store::save(tx, &carrier).await?;
    Ok(carrier.id)
}

async fn check_outside(tx: &mut Tx<'_>, ticket: &Ticket, people: &[Person]) -> Result<(), Refusal> {
    let mut insiders: Vec<CustomerId> = vec![ticket.requester];
    let cc = tickets::store::cc(tx, ticket.id).await?;
    insiders.extend(cc.iter().map(|person| person.id));
    let given: Vec<CustomerId> = people.iter().map(|person| person.id).collect();
    rules::outsiders("to", &given, &insiders)
}

/// Hangs copies of the ticket's files on the mail. The bytes stay under the key of whoever they
/// came from, so that erasing that person erases them here too.
async fn copy_files(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    carrier: &mut Ticket,
    number: i64,
    files: &[AttachmentId],
) -> Result<(), Refusal> {
    for id in files {
        let found = attachments::store::find(tx, *id).await?;
        let file = found
            .filter(|file| file.ticket == Some(ticket.id) && file.blob.is_some())
            .ok_or_else(|| {
                let reason = format!("holds {id}, which is no file of this ticket");
                Refusal::invalid("file_ids", reason, "take files of its messages")
            })?;
        let copy = Attachment {
            ticket: Some(carrier.id),
            number: Some(number),
            inline: false,
            ..file
        };
        attachments::store::insert(tx, &copy).await?;
        carrier.has_attachments = true;
    }
    Ok(())
}

/// Names a single way to ask; the others must be absent.
pub fn asked(
    people: Option<Vec<Mailbox>>,
    agent: Option<AgentId>,
    team: Option<TeamId>,
) -> Result<Asked, Refusal> {
    whom(people, agent, team)
}
