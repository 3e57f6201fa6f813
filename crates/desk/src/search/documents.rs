//! What the index knows of tickets, messages, files and customers.
//!
//! A ticket has one small document with all that changes often (status, tags, people); messages
//! and files have one each, which are written once. So a change of status costs one small document
//! however long the ticket is.

use kernel::Kernel;
use kernel::db::{DbError, Tx};
use kernel::ids::{AgentId, BlobId, CustomerId, TicketId};
use kernel::journal::Actor;
use kernel::refusal::Refusal;
use kernel::search::{Document, Part};

use crate::attachments::Attachment;
use crate::messages::{Message, MessageKind, MessageState, commands, rules, store as messages};
use crate::search::{extract, facts};
use crate::tickets::store as tickets;
use crate::{attachments, drafts};

/// Marks an item that is a file: its number is the attachment's, not a message's.
pub const FILE: u64 = 1 << 62;

/// A file whose text is still to be read.
pub struct Unread {
    /// Its document, with its name only.
    pub document: Document,
    /// Its bytes.
    pub blob: BlobId,
    /// Its type.
    pub content_type: String,
}

/// A ticket's own document; `None` when it is gone.
pub async fn ticket(tx: &mut Tx<'_>, id: TicketId) -> Result<Option<Document>, DbError> {
    let Some(ticket) = tickets::find(tx, id).await? else {
        return Ok(None);
    };
    let mut facts = vec![
        facts::TICKET.to_owned(),
        facts::ticket(id),
        facts::of(id),
        facts::word("status", ticket.status.as_str()),
        facts::word("priority", ticket.priority.as_str()),
        facts::word("place", ticket.place.as_str()),
        facts::word("shelf", ticket.shelf.as_str()),
        facts::number("assignee", ticket.assignee.map(|id| id.0)),
        facts::number("team", ticket.team.map(|id| id.0)),
        facts::number("inbox", ticket.inbox.map(|id| id.0)),
    ];
    facts.extend(
        ticket
            .ticket_type
            .map(|it| facts::word("type", it.as_str())),
    );
    facts.extend(ticket.has_attachments.then(|| facts::ATTACHMENT.to_owned()));
    for tag in tickets::tags(tx, id).await? {
        facts.push(facts::number("tag", Some(tag.0)));
    }
    let mut people = vec![id.to_string(), customer_names(tx, ticket.requester).await?];
    for person in tickets::cc(tx, id).await? {
        people.push(format!("{} {}", person.name, person.email));
    }
    Ok(Some(Document {
        group: id.0,
        item: 0,
        at: ticket.last_message_at,
        facts,
        texts: vec![
            (Part::Title, ticket.subject),
            (Part::People, people.join("\n")),
        ],
    }))
}

/// A customer's name and addresses.
async fn customer_names(tx: &mut Tx<'_>, id: CustomerId) -> Result<String, DbError> {
    let mut names: Vec<String> = customers::people::store::name(tx, id)
        .await?
        .into_iter()
        .collect();
    for identity in customers::people::store::identities(tx, id).await? {
        names.push(identity.value);
    }
    Ok(names.join("\n"))
}

/// A customer's own document; `None` when they are gone or were merged into another.
pub async fn customer(tx: &mut Tx<'_>, id: CustomerId) -> Result<Option<Document>, DbError> {
    let found = customers::people::store::find(tx, id).await?;
    let Some(found) = found.filter(|customer| customer.merged_into.is_none()) else {
        return Ok(None);
    };
    Ok(Some(Document {
        group: id.0,
        item: 0,
        at: found.created_at,
        facts: vec![facts::CUSTOMER.to_owned(), facts::customer(id)],
        texts: vec![(Part::Name, customer_names(tx, id).await?)],
    }))
}

async fn author_names(tx: &mut Tx<'_>, author: Actor) -> Result<String, DbError> {
    match author {
        Actor::Customer(id) => customer_names(tx, id).await,
        Actor::Agent(id) => agent_names(tx, id).await,
        _ => Ok(String::new()),
    }
}

async fn agent_names(tx: &mut Tx<'_>, id: AgentId) -> Result<String, DbError> {
    let found = identity::agents::store::find(tx, id).await?;
    Ok(found.map_or_else(String::new, |agent| {
        format!("{} {}", agent.name, agent.email)
    }))
}

/// A message's document and those of its files; empty when it is gone or taken back.
pub async fn message(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: i64,
) -> Result<(Option<Document>, Vec<Unread>), Refusal> {
    let found = messages::find(tx, ticket, number).await?;
    let Some(message) = found.filter(|message| rules::is_shown(message.state)) else {
        return Ok((None, Vec::new()));
    };
    let text = kernel
        .keys
        .decrypt(tx, &message.text)
        .await?
        .unwrap_or_default();
    let mut texts = vec![(Part::Author, author_names(tx, message.author).await?)];
    if let Some(addressed) = commands::addressed(kernel, tx, &message).await? {
        let named = |mailbox: &drafts::Mailbox| format!("{} {}", mailbox.name, mailbox.email);
        let receivers = addressed.to.iter().chain(&addressed.cc).map(named);
        texts.push((Part::Receiver, receivers.collect::<Vec<_>>().join("\n")));
    }
    let like = Document {
        group: ticket.0,
        item: u64::try_from(number).unwrap_or(0),
        at: message.at,
        facts: facts_of(&message),
        texts,
    };
    let mut files = Vec::new();
    for file in attachments::store::of_messages(tx, ticket, number, number).await? {
        files.extend(unread(kernel, tx, &like, &file).await?);
    }
    let mut document = like;
    document.texts.push((Part::Body, text));
    Ok((Some(document), files))
}

fn facts_of(message: &Message) -> Vec<String> {
    let mut all = vec![
        facts::MESSAGE.to_owned(),
        facts::message(message.ticket, message.number),
        facts::of(message.ticket),
    ];
    all.extend((message.kind == MessageKind::Note).then(|| facts::NOTE.to_owned()));
    let planned = message.state == Some(MessageState::Scheduled);
    all.extend(planned.then(|| "planned".to_owned()));
    all
}

async fn unread(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    like: &Document,
    file: &Attachment,
) -> Result<Option<Unread>, Refusal> {
    let Some(blob) = file.blob.filter(|_| !file.inline) else {
        return Ok(None);
    };
    let name = kernel
        .keys
        .decrypt(tx, &file.name)
        .await?
        .unwrap_or_default();
    let mut document = like.clone();
    document.item = FILE | u64::try_from(file.id.0).unwrap_or(0);
    document.texts.push((Part::Body, name));
    let content_type = if extract::is_read(&file.content_type, file.size) {
        file.content_type.clone()
    } else {
        String::new()
    };
    Ok(Some(Unread {
        document,
        blob,
        content_type,
    }))
}

/// Reads the texts of files, outside of any transaction.
pub async fn read_files(kernel: &Kernel, files: Vec<Unread>) -> Vec<Document> {
    let mut documents = Vec::with_capacity(files.len());
    for Unread {
        mut document,
        blob,
        content_type,
    } in files
    {
        if !content_type.is_empty() {
            match kernel.blobs.read(blob).await {
                Ok(Some(bytes)) => {
                    let text = extract::text(&content_type, bytes).await;
                    if let Some((Part::Body, body)) = document.texts.last_mut() {
                        body.push('\n');
                        body.push_str(&text);
                    }
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%error, "a file could not be read for the search"),
            }
        }
        documents.push(document);
    }
    documents
}
