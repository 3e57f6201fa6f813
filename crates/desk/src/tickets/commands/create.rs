//! A new ticket: from a customer's mail, or begun by an agent.

use std::collections::BTreeMap;

use customers::Person;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, AttachmentId, BrandId, FormId, InboxId, TeamId, TicketId};
use kernel::journal::{self, Actor, Context, Origin};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Whom, change, persons, ready, ready_cc, subject};
use crate::Desk;
use crate::attachments;
use crate::fields::values::commands as fields;
use crate::forms::commands as forms;
use crate::forms::rules::Stage;
use crate::html::{self, Clean};
use crate::messages::commands::note::{self, NewNote};
use crate::messages::commands::{self as say, Plan, Utterance, check_files, reply};
use crate::messages::{Mailbox, MessageKind, MessageReceived, MessageState, rules as speech};
use crate::tickets::{
    Channel, Direction, InboxCard, LinkKind, Place, Priority, Shelf, Status, Ticket, TicketCreated,
    TicketType, rules, store,
};

/// The command's name for idempotency keys.
const COMMAND: &str = "ticket.create";

/// What the first message of a ticket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FirstKind {
    /// A message to the requester.
    Reply,
    /// A note for the team.
    Note,
    /// What the requester said, told by the caller.
    Customer,
}

/// A ticket that an agent begins.
#[derive(Clone, Debug)]
pub struct Begin {
    /// What it is about.
    pub subject: String,
    /// Whose ticket it is.
    pub requester: Whom,
    /// Who is in copy.
    pub cc: Vec<Mailbox>,
    /// The entrance that answers leave by; `None`: the default one.
    pub inbox: Option<InboxId>,
    /// Whose queue it joins; `None`: the inbox's.
    pub team: Option<TeamId>,
    /// Who has it.
    pub assignee: Option<AgentId>,
    /// How urgent it is.
    pub priority: Priority,
    /// What kind of work it is.
    pub ticket_type: Option<TicketType>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The form it has; `None`: the default one.
    pub form: Option<FormId>,
    /// What its fields hold, by key.
    pub fields: BTreeMap<String, serde_json::Value>,
    /// What the first message is.
    pub kind: FirstKind,
    /// The first message's text.
    pub html: String,
    /// The uploads that go with it.
    pub attachment_ids: Vec<AttachmentId>,
}

/// The first message, harmless; one to the customer holds no open placeholder.
fn checked_body(new: &Begin) -> Result<Clean, Refusal> {
    let body = speech::body(&new.html, !new.attachment_ids.is_empty())?;
    if new.kind == FirstKind::Reply {
        speech::no_placeholder(&body.html)?;
    }
    Ok(body)
}

/// Begins a ticket with its first message.
pub async fn create(
    desk: &Desk,
    caller: &Caller,
    new: Begin,
    once: IdempotencyKey,
) -> Result<TicketId, Refusal> {
    caller.require(Permission::TicketCreate)?;
    check_files(&new.attachment_ids)?;
    let title = rules::check_subject(&new.subject)?;
    let body = checked_body(&new)?;
    let requester = ready(&desk.kernel, "requester", &new.requester).await?;
    let cc = ready_cc(&desk.kernel, &new.cc).await?;
    let (ctx, agent) = (caller.context(desk.kernel.clock.now()), caller.agent);
    let desk = desk.clone();
    let db = desk.kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| -> Result<TicketId, Refusal> {
        if let Some(key) = &once.0
            && let Some(id) = idempotency::find(tx, agent, key, COMMAND).await?
        {
            return Ok(TicketId(id));
        }
        let inbox = inbox(&desk, tx, new.inbox).await?;
        let brand = inbox.as_ref().map_or(BrandId::DEFAULT, |inbox| inbox.brand);
        let ctx = Context {
            brand,
            ..ctx.clone()
        };
        let customer = new.kind == FirstKind::Customer;
        change::check_team(tx, new.team).await?;
        let row = NewTicket {
            subject: title.clone(),
            requester: requester.person(&desk.kernel, tx, &ctx).await?,
            channel: if customer {
                Channel::Api
            } else {
                Channel::Agent
            },
            inbox: inbox.as_ref().map(|inbox| inbox.id),
            brand,
            team: new
                .team
                .or_else(|| inbox.as_ref().and_then(|inbox| inbox.team)),
            link: None,
            at: ctx.at,
        };
        let mut ticket = begin(tx, &ctx, row).await?;
        let ticket = &mut ticket;
        let persons = persons(&desk.kernel, tx, &ctx, &cc).await?;
        change::cc(tx, &ctx, ticket, &persons).await?;
        change::tags(tx, &ctx, ticket, &new.tags).await?;
        change::priority(tx, &ctx, ticket, new.priority).await?;
        change::ticket_type(tx, &ctx, ticket, new.ticket_type).await?;
        forms::choose(tx, &ctx, ticket, new.form).await?;
        fields::fill(&desk.kernel, tx, &ctx, ticket, &new.fields).await?;
        // What a customer said is never turned away for a field that nobody knows yet.
        if !customer {
            forms::require(tx, ticket, Stage::Create).await?;
        }
        let owners = (new.assignee, ticket.team);
        change::assign(tx, &ctx, ticket, owners).await?;
        first(&desk, tx, &ctx, ticket, agent, &new, &body).await?;
        store::save(tx, ticket).await?;
        if let Some(key) = &once.0 {
            idempotency::remember(tx, agent, key, COMMAND, ticket.id.0, ctx.at).await?;
        }
        Ok(ticket.id)
    })
    .await
}

async fn inbox(
    desk: &Desk,
    tx: &mut Tx<'_>,
    wanted: Option<InboxId>,
) -> Result<Option<InboxCard>, Refusal> {
    let Some(id) = wanted else {
        return Ok(desk.inboxes.default_inbox(tx).await?);
    };
    let found = desk.inboxes.find(tx, id).await?;
    found
        .map(Some)
        .ok_or_else(|| Refusal::invalid("inbox_id", "names no inbox", "take the id of an inbox"))
}

async fn first(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    agent: AgentId,
    new: &Begin,
    body: &Clean,
) -> Result<(), Refusal> {
    match new.kind {
        FirstKind::Reply => {
            let plan = Plan {
                state: MessageState::Scheduled,
                release_at: speech::release_at(ctx.at, None)?,
                status_after: None,
            };
            // Until it is on its way, the list shows what will be said.
            ticket.snippet = Some(
                desk.kernel
                    .keys
                    .encrypt(tx, ticket.key, &body.snippet)
                    .await?,
            );
            let files = &new.attachment_ids;
            reply::schedule(desk, tx, ctx, ticket, agent, body, files, plan).await?;
        }
        FirstKind::Note => {
            let note = NewNote {
                html: String::new(),
                attachment_ids: new.attachment_ids.clone(),
                mentions: Vec::new(),
            };
            note::leave(&desk.kernel, tx, ctx, ticket, agent, body, &note).await?;
        }
        FirstKind::Customer => told(desk, tx, ctx, ticket, (agent, new), body).await?,
    }
    Ok(())
}

/// Writes down what the requester said elsewhere.
async fn told(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    (agent, new): (AgentId, &Begin),
    body: &Clean,
) -> Result<(), Refusal> {
    let author = Actor::Customer(ticket.requester);
    let ctx = Context {
        actor: author,
        origin: Origin::Customer,
        ..ctx.clone()
    };
    let number = say::next_number(ticket);
    let received = MessageReceived {
        number,
        customer: ticket.requester,
        auto_reply: false,
    };
    let record = journal::append(tx, &ctx, subject(ticket), &received).await?;
    let shown = html::inline_ids(&body.html);
    let files = &new.attachment_ids;
    let copies = attachments::commands::attach(tx, ticket, number, agent, files, &shown).await?;
    ticket.has_attachments |= !files.is_empty() || !shown.is_empty();
    let said = Utterance {
        kind: MessageKind::In,
        author,
        key: ticket.key,
        body,
        addressed: None,
        auto_reply: false,
        at: ctx.at,
        plan: None,
    };
    let html = say::with_copies(&body.html, &copies);
    say::write(&desk.kernel, tx, (ticket, number, record), &html, &said).await?;
    let said = (ticket.key, body.snippet.as_str());
    say::spoken(&desk.kernel, tx, ticket, Direction::In, said, ctx.at).await
}

/// A ticket without messages yet.
pub(crate) struct NewTicket {
    pub subject: String,
    pub requester: Person,
    pub channel: Channel,
    pub inbox: Option<InboxId>,
    pub brand: BrandId,
    pub team: Option<TeamId>,
    pub link: Option<(TicketId, LinkKind)>,
    pub at: Timestamp,
}

/// Writes a new ticket; its first message follows in the same transaction.
pub(crate) async fn begin(
    tx: &mut Tx<'_>,
    ctx: &Context,
    new: NewTicket,
) -> Result<Ticket, Refusal> {
    let mut ticket = Ticket {
        id: TicketId(0),
        subject: new.subject,
        snippet: None,
        status: Status::New,
        priority: Priority::Normal,
        ticket_type: None,
        place: Place::Desk,
        shelf: Shelf::Open,
        channel: new.channel,
        requester: new.requester.id,
        requester_identity: new.requester.identity,
        key: new.requester.key,
        assignee: None,
        team: new.team,
        inbox: new.inbox,
        brand: new.brand,
        last_number: 0,
        last_direction: if new.channel == Channel::Agent {
            Direction::Out
        } else {
            Direction::In
        },
        last_agent: None,
        message_count: 0,
        has_attachments: false,
        failed_deliveries: 0,
        snoozed_until: None,
        created_at: new.at,
        updated_at: new.at,
        last_message_at: new.at,
        version: 1,
    };
    ticket.id = store::insert(tx, &ticket).await?;
    if let Some((other, kind)) = new.link {
        store::link(tx, ticket.id, other, kind).await?;
    }
    let created = TicketCreated {
        status: ticket.status,
        shelf: ticket.shelf,
        priority: ticket.priority,
        channel: ticket.channel,
        assignee: ticket.assignee,
        team: ticket.team,
        inbox: ticket.inbox,
        requester: ticket.requester,
        linked: new.link.map(|(other, _)| other),
    };
    journal::append(tx, ctx, subject(&ticket), &created).await?;
    Ok(ticket)
}
