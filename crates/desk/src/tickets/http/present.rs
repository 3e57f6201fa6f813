//! Tickets as the API shows them.

use std::collections::BTreeMap;

use customers::Person;
use customers::pauses::{ApiPause, commands as pauses};
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{AgentId, BrandId, CustomerId, FormId, IdentityId, InboxId, TeamId, TicketId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::drafts::{self, DraftKind};
use crate::fields::values::commands as values;
use crate::forms::commands as forms;
use crate::merges;
use crate::merges::commands::preview::Participant;
use crate::merges::store::Taken;
use crate::messages::{self, Gathered};
use crate::sla::{self, NextClock};
use crate::tickets::store::{self, Listed};
use crate::tickets::{
    Channel, Direction, LinkKind, Place, Priority, Status, TicketType, links, rules,
};

/// Whose ticket it is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Requester {
    /// The customer.
    pub id: CustomerId,
    /// The name.
    pub name: String,
    /// The address they use here.
    pub email: String,
}

/// A ticket in a list, as the caller sees it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TicketRow {
    /// The number shown on screen.
    pub id: TicketId,
    /// What it is about.
    pub subject: String,
    /// The beginning of the last message.
    pub snippet: String,
    /// How far the work is.
    pub status: Status,
    /// How urgent it is.
    pub priority: Priority,
    /// What kind of work it is; null until chosen.
    #[serde(rename = "type")]
    pub ticket_type: Option<TicketType>,
    /// Where it lies.
    pub place: Place,
    /// Whose ticket it is.
    pub requester: Requester,
    /// Who has it.
    pub assignee_id: Option<AgentId>,
    /// Whose queue it is in.
    pub team_id: Option<TeamId>,
    /// The entrance that answers leave by.
    pub inbox_id: Option<InboxId>,
    /// The face we show.
    pub brand_id: BrandId,
    /// The names of its tags.
    pub tags: Vec<String>,
    /// How it came to be.
    pub channel: Channel,
    /// Whether the caller has something to read.
    pub unread: bool,
    /// How many messages it holds.
    pub message_count: i64,
    /// Whether a message has a file.
    pub has_attachments: bool,
    /// Who spoke last.
    pub last_direction: Direction,
    /// Whether a delivery failed or is uncertain.
    pub needs_attention: bool,
    /// Until when it is put off.
    pub snoozed_until: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
    /// When anything last changed.
    pub updated_at: Timestamp,
    /// When someone last spoke.
    pub last_message_at: Timestamp,
    /// The promise that comes first; null: none.
    pub sla: Option<NextClock>,
    /// Send it back when changing the ticket.
    pub version: i64,
}

/// A customer in copy.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct CcCustomer {
    /// The customer.
    pub customer_id: CustomerId,
    /// The name.
    pub name: String,
    /// The address they use here.
    pub email: String,
}

/// A ticket that belongs to another.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct LinkedTicket {
    /// The number.
    pub id: TicketId,
    /// What it is about.
    pub subject: String,
    /// Why they belong together.
    pub kind: LinkKind,
    /// How far the work on it is.
    pub status: Status,
    /// Whether people may end this link; the others tell how a ticket came to be.
    pub may_unlink: bool,
}

impl From<links::Linked> for LinkedTicket {
    fn from(it: links::Linked) -> Self {
        Self {
            id: it.id,
            subject: it.subject,
            kind: it.kind,
            status: it.status,
            may_unlink: links::is_by_hand(it.kind),
        }
    }
}

/// What the caller may do with a ticket as it stands.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one ability each, as screens ask for them"
)]
pub struct Abilities {
    /// Write to the customer.
    pub reply: bool,
    /// Leave a note.
    pub note: bool,
    /// Change fields.
    pub update: bool,
    /// Send messages on.
    pub forward: bool,
    /// Remove words and files.
    pub redact: bool,
    /// Lay it among spam or into the trash.
    pub trash: bool,
    /// See what masked fields hold.
    pub reveal: bool,
}

/// A ticket in full, as the caller sees it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Ticket)]
pub struct ApiTicket {
    /// What lists show too.
    #[serde(flatten)]
    pub row: TicketRow,
    /// The form it has: the one that was chosen, else that of its inbox, brand or workspace; null
    /// when there is none, and every field is on it.
    pub form_id: Option<FormId>,
    /// What its fields hold, by key; masked texts masked. Fields that are empty are absent.
    #[schema(value_type = Object)]
    pub fields: BTreeMap<String, serde_json::Value>,
    /// Who is in copy.
    pub cc: Vec<CcCustomer>,
    /// The colleagues who watch it.
    pub watchers: Vec<AgentId>,
    /// Whether a note that names the caller is unread.
    pub mentions_me: bool,
    /// The tickets that belong to it.
    pub linked: Vec<LinkedTicket>,
    /// The caller's drafts.
    pub draft_kinds: Vec<DraftKind>,
    /// The number of the last message.
    pub last_number: i64,
    /// Whether it began with a mail in the requester's name that is most likely not theirs.
    pub requester_doubted: bool,
    /// What came from a sender over their limit, without notices; null when nothing did.
    pub gathered: Option<Gathered>,
    /// Those among requester and copies whom no mail goes to at present.
    pub paused: Vec<PausedAddress>,
    /// The ticket it was merged into, where its messages are; null when it was not.
    pub merged_into: Option<TicketId>,
    /// The tickets that were merged into it.
    pub merged: Vec<MergedTicket>,
    /// Customers who wrote on a merged ticket and get no replies here unless they are added.
    pub apart: Vec<Participant>,
    /// What the caller may do.
    pub may: Abilities,
}

/// A ticket that was merged into another.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct MergedTicket {
    /// The number.
    pub id: TicketId,
    /// What it was about.
    pub subject: String,
    /// Who merged it.
    pub agent_id: Option<AgentId>,
    /// When.
    pub at: Timestamp,
    /// The number here of its first message.
    pub first_number: i64,
    /// The number here of its last message.
    pub last_number: i64,
}

impl From<Taken> for MergedTicket {
    fn from(taken: Taken) -> Self {
        Self {
            id: taken.source,
            subject: taken.subject,
            agent_id: taken.agent,
            at: taken.at,
            first_number: taken.first,
            last_number: taken.last,
        }
    }
}

/// Somebody whom no mail goes to at present.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PausedAddress {
    /// The customer.
    pub customer_id: CustomerId,
    /// The identity whose pause can be lifted.
    pub identity_id: IdentityId,
    /// The address.
    pub email: String,
    /// Why, and since when.
    pub pause: ApiPause,
}

/// The rows of a page, in the order of `ids`.
pub(crate) async fn rows(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    agent: AgentId,
    ids: &[TicketId],
) -> Result<Vec<TicketRow>, Refusal> {
    let names = store::tag_names(tx, ids).await?;
    let mut rows = Vec::with_capacity(ids.len());
    for listed in store::rows(tx, agent, ids).await? {
        let id = listed.ticket.id;
        let tags = names
            .iter()
            .filter(|(of, _)| *of == id)
            .map(|(_, name)| name.clone());
        rows.push(row(kernel, tx, agent, listed, tags.collect()).await?);
    }
    for (id, first) in sla::store::next(tx, ids).await? {
        if let Some(row) = rows.iter_mut().find(|row| row.id == id) {
            row.sla = NextClock::of(&first);
        }
    }
    Ok(rows)
}

async fn row(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    agent: AgentId,
    listed: Listed,
    tags: Vec<String>,
) -> Result<TicketRow, Refusal> {
    let Listed {
        ticket,
        requester_name,
        requester_email,
        read,
    } = listed;
    let snippet = match &ticket.snippet {
        Some(snippet) => kernel.keys.decrypt(tx, snippet).await?.unwrap_or_default(),
        None => String::new(),
    };
    Ok(TicketRow {
        id: ticket.id,
        snippet,
        status: ticket.status,
        priority: ticket.priority,
        ticket_type: ticket.ticket_type,
        place: ticket.place,
        requester: Requester {
            id: ticket.requester,
            name: requester_name,
            email: requester_email,
        },
        assignee_id: ticket.assignee,
        team_id: ticket.team,
        inbox_id: ticket.inbox,
        brand_id: ticket.brand,
        tags,
        channel: ticket.channel,
        unread: rules::unread(&ticket, agent, read),
        message_count: ticket.message_count,
        has_attachments: ticket.has_attachments,
        last_direction: ticket.last_direction,
        needs_attention: ticket.failed_deliveries > 0,
        snoozed_until: ticket.snoozed_until,
        created_at: ticket.created_at,
        updated_at: ticket.updated_at,
        last_message_at: ticket.last_message_at,
        sla: None,
        version: ticket.version,
        subject: ticket.subject,
    })
}

/// One ticket in full.
pub(super) async fn ticket(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    caller: &Caller,
    id: TicketId,
) -> Result<ApiTicket, Refusal> {
    let gone = Refusal::NotFound { what: "ticket" };
    let listed = store::rows(tx, caller.agent, &[id])
        .await?
        .into_iter()
        .next()
        .ok_or(gone)?;
    let may = abilities(caller, &listed.ticket);
    let form_id = forms::of_ticket(tx, &listed.ticket).await?;
    let last_number = listed.ticket.last_number;
    let tags = store::tag_names(tx, &[id])
        .await?
        .into_iter()
        .map(|(_, name)| name)
        .collect();
    let requester = listed.ticket.requester_identity;
    let requester = customers::people::store::by_identity(tx, requester).await?;
    let cc = store::cc(tx, id).await?;
    let paused = paused(kernel, tx, requester.iter().chain(&cc)).await?;
    let linked = store::linked(tx, id).await?;
    let fields = values::shown(&kernel.keys, tx, &[id]).await?.remove(&id);
    let first = sla::store::next(tx, &[id]).await?;
    let merged = merges::store::into(tx, id).await?;
    let stored = listed.ticket.clone();
    let mut row = row(kernel, tx, caller.agent, listed, tags).await?;
    row.sla = first.first().and_then(|(_, first)| NextClock::of(first));
    Ok(ApiTicket {
        form_id,
        fields: fields.unwrap_or_default(),
        row,
        cc: cc
            .into_iter()
            .map(|p| CcCustomer {
                customer_id: p.id,
                name: p.name,
                email: p.email,
            })
            .collect(),
        watchers: store::watchers(tx, id).await?,
        mentions_me: messages::store::mentioned(tx, id, caller.agent).await?,
        linked: linked.into_iter().map(LinkedTicket::from).collect(),
        draft_kinds: drafts::store::kinds(tx, id, caller.agent).await?,
        last_number,
        requester_doubted: messages::senders::store::standing(tx, id, 1).await?
            == Some(messages::senders::Standing::Doubted),
        gathered: messages::gathered::store::find(tx, id).await?,
        paused,
        merged_into: match stored.place {
            Place::Merged => Some(merges::store::resolve(tx, id).await?),
            _ => None,
        },
        apart: match merged.is_empty() {
            true => Vec::new(),
            false => merges::commands::preview::apart(tx, &stored).await?,
        },
        merged: merged.into_iter().map(MergedTicket::from).collect(),
        may,
    })
}

async fn paused(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    persons: impl Iterator<Item = &Person> + Send,
) -> Result<Vec<PausedAddress>, Refusal> {
    let mut paused = Vec::new();
    for person in persons {
        if let Some(pause) = pauses::shown(kernel, tx, &person.email).await? {
            paused.push(PausedAddress {
                customer_id: person.id,
                identity_id: person.identity,
                email: person.email.clone(),
                pause,
            });
        }
    }
    Ok(paused)
}

fn abilities(caller: &Caller, ticket: &crate::tickets::Ticket) -> Abilities {
    let answers = messages::rules::may_answer(ticket).is_ok();
    let whole = ticket.place != Place::Merged;
    Abilities {
        reply: answers && caller.may(Permission::TicketReply),
        note: whole && caller.may(Permission::TicketNote),
        update: whole && caller.may(Permission::TicketUpdate),
        forward: answers && ticket.inbox.is_some() && caller.may(Permission::TicketForward),
        redact: whole && caller.may(Permission::TicketRedact),
        trash: whole && caller.may(Permission::TicketTrash),
        reveal: caller.may(Permission::FieldReveal),
    }
}
