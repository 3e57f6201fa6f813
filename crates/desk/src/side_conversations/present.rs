//! Side conversations as agents see them.

use customers::Person;
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{AgentId, TicketId};
use kernel::journal::Actor;
use kernel::refusal::Refusal;

use super::{SideConversation, SideThread, Stored, store};
use crate::drafts::Mailbox;
use crate::messages::MessageKind;
use crate::tickets;
use crate::timeline::{Author, AuthorType, MessageItem, TimelineItem, authors, present};

/// Those beside a ticket.
pub(crate) async fn on_ticket(
    tx: &mut Tx<'_>,
    ticket: TicketId,
) -> Result<Vec<SideConversation>, Refusal> {
    let mut shown = Vec::new();
    for side in store::beside(tx, ticket).await? {
        shown.push(conversation(tx, side).await?);
    }
    Ok(shown)
}

/// Those that go on and that an agent began or is asked in, the latest first.
pub(crate) async fn of_agent(
    tx: &mut Tx<'_>,
    agent: AgentId,
) -> Result<Vec<SideConversation>, Refusal> {
    let mut found = store::owned(tx, agent).await?;
    found.extend(store::asked(tx, agent).await?);
    found.sort_by_key(|side| (std::cmp::Reverse(side.last_at), side.id));
    found.dedup_by_key(|side| side.id);
    let mut shown = Vec::new();
    for side in found {
        shown.push(conversation(tx, side).await?);
    }
    Ok(shown)
}

async fn conversation(tx: &mut Tx<'_>, side: Stored) -> Result<SideConversation, Refusal> {
    let people = match side.side_ticket {
        Some(carrier) => people(tx, carrier).await?,
        None => Vec::new(),
    };
    Ok(SideConversation {
        id: side.id,
        ticket_id: side.ticket,
        side_ticket_id: side.side_ticket,
        subject: side.subject,
        owner_id: side.owner,
        agent_id: side.agent,
        team_id: side.team,
        people,
        state: side.state,
        waits_for: side.waits_for,
        last_at: side.last_at,
        version: side.version,
    })
}

async fn people(tx: &mut Tx<'_>, carrier: TicketId) -> Result<Vec<Mailbox>, Refusal> {
    let Some(ticket) = tickets::store::find(tx, carrier).await? else {
        return Ok(Vec::new());
    };
    let first = customers::people::store::by_identity(tx, ticket.requester_identity).await?;
    let cc = tickets::store::cc(tx, carrier).await?;
    let mailbox = |person: Person| Mailbox {
        email: person.email,
        name: person.name,
    };
    Ok(first.into_iter().chain(cc).map(mailbox).collect())
}

/// A side conversation with its messages.
pub(super) async fn thread(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    side: Stored,
) -> Result<SideThread, Refusal> {
    let messages = match side.side_ticket {
        Some(carrier) => mails(kernel, tx, carrier).await?,
        None => inside(kernel, tx, &side).await?,
    };
    let conversation = conversation(tx, side).await?;
    Ok(SideThread {
        conversation,
        messages,
    })
}

async fn mails(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    carrier: TicketId,
) -> Result<Vec<MessageItem>, Refusal> {
    let page = present::page(kernel, tx, carrier, None).await?;
    let messages = page.items.into_iter().filter_map(|item| match item {
        TimelineItem::Message(message) => Some(*message),
        TimelineItem::Event(_) => None,
    });
    Ok(messages.collect())
}

async fn inside(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    side: &Stored,
) -> Result<Vec<MessageItem>, Refusal> {
    let mut messages = Vec::new();
    for said in store::messages(tx, side.id).await? {
        let name = authors::name(tx, Actor::Agent(said.agent)).await?;
        let open = |it: Option<String>| it.unwrap_or_default();
        messages.push(MessageItem {
            number: said.number,
            kind: MessageKind::Note,
            author: Author {
                r#type: AuthorType::Agent,
                id: Some(said.agent.0),
                name: name.unwrap_or_default(),
            },
            html: open(kernel.keys.decrypt(tx, &said.html).await?),
            text: open(kernel.keys.decrypt(tx, &said.text).await?),
            has_remote_images: false,
            to: Vec::new(),
            cc: Vec::new(),
            attachments: Vec::new(),
            at: said.at,
            state: None,
            release_at: None,
            undo_until: None,
            deliveries: Vec::new(),
            redacted: false,
            auto_reply: false,
            remarks: Vec::new(),
            mentions: Vec::new(),
            sender: None,
        });
    }
    Ok(messages)
}
