//! Makes the timeline out of messages, files, deliveries and records.

use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::Cursor;
use kernel::ids::{AgentId, RecordId, TicketId};
use kernel::journal::{self, Actor, StoredRecord};
use kernel::refusal::Refusal;

use super::{
    ApiDelivery, Author, AuthorType, EventItem, MessageItem, Timeline, TimelineItem, authors, rules,
};
use crate::attachments;
use crate::fields::values::{FieldsChanged, ValueChange, commands as values};
use crate::merges;
use crate::messages::deliveries;
use crate::messages::senders;
use crate::messages::{self, Addressed, Message, MessageKind, MessageState, NoteAdded};
use crate::tickets::TicketRenamed;

/// Messages of one page.
pub const PAGE_MESSAGES: i64 = 50;
/// Records read at once.
const RECORDS_READ: i64 = 200;
/// The most records between two pages of messages; what is beyond is left out.
const RECORDS_MAX: usize = 2_000;

/// The names of those who appear on a page, each looked up once.
#[derive(Default)]
struct Names(Vec<(Actor, String)>);

impl Names {
    async fn author(&mut self, tx: &mut Tx<'_>, actor: Actor) -> Result<Author, Refusal> {
        let (r#type, id) = match actor {
            Actor::Agent(id) => (AuthorType::Agent, Some(id.0)),
            Actor::Customer(id) => (AuthorType::Customer, Some(id.0)),
            Actor::Rule(id) => (AuthorType::Rule, Some(id)),
            Actor::Bot => (AuthorType::Bot, None),
            Actor::System | Actor::Import => (AuthorType::System, None),
        };
        if let Some((_, name)) = self.0.iter().find(|(known, _)| *known == actor) {
            return Ok(Author {
                r#type,
                id,
                name: name.clone(),
            });
        }
        let name = authors::name(tx, actor).await?.unwrap_or_default();
        self.0.push((actor, name.clone()));
        Ok(Author { r#type, id, name })
    }
}

/// The page of a ticket's timeline that ends before `cursor`; the newest one without it.
pub async fn page(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: TicketId,
    cursor: Option<(i64, RecordId)>,
) -> Result<Timeline, Refusal> {
    let (below, end) = cursor.unwrap_or((i64::MAX, RecordId(i64::MAX)));
    let wanted = PAGE_MESSAGES.saturating_add(1);
    // Where others were merged in, numbers are not in the order of time.
    let mut found = if merges::store::has_taken_in(tx, ticket).await? {
        messages::store::before_record(tx, ticket, end.0, wanted).await?
    } else {
        messages::store::before(tx, ticket, below, wanted).await?
    };
    let page = usize::try_from(PAGE_MESSAGES).unwrap_or(usize::MAX);
    let more = found.len() > page;
    found.truncate(page);
    found.reverse();
    let oldest = found
        .first()
        .filter(|_| more)
        .map(|oldest| (oldest.number, oldest.record));
    // A record of the oldest message itself is needed, hence one before it.
    let start = oldest.map_or(RecordId(0), |(_, record)| {
        RecordId(record.0.saturating_sub(1))
    });
    let records = between(tx, ticket, start, end).await?;

    let mut names = Names::default();
    let mut items: Vec<(RecordId, TimelineItem)> = Vec::new();
    for item in messages(kernel, tx, &mut names, &found, &records).await? {
        items.push(item);
    }
    for record in records
        .iter()
        .filter(|record| rules::is_event(&record.kind))
    {
        items.push((record.id, event(kernel, tx, &mut names, record).await?));
    }
    items.sort_by_key(|(record, _)| *record);
    Ok(Timeline {
        items: items.into_iter().map(|(_, item)| item).collect(),
        next: oldest.map(|(number, record)| Cursor::encode(&[number, record.0])),
        position: journal::head(tx).await?,
    })
}

/// One message as the timeline shows it.
pub async fn message(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: TicketId,
    number: i64,
) -> Result<TimelineItem, Refusal> {
    let gone = || Refusal::NotFound { what: "message" };
    let found = messages::store::find(tx, ticket, number)
        .await?
        .ok_or_else(gone)?;
    let before = RecordId(found.record.0.saturating_sub(1));
    let records = journal::of_ticket(tx, ticket, before, 1).await?;
    let mut names = Names::default();
    let items = messages(kernel, tx, &mut names, &[found], &records).await?;
    items
        .into_iter()
        .next()
        .map(|(_, item)| item)
        .ok_or_else(gone)
}

async fn between(
    tx: &mut Tx<'_>,
    ticket: TicketId,
    start: RecordId,
    end: RecordId,
) -> Result<Vec<StoredRecord>, Refusal> {
    let mut records: Vec<StoredRecord> = Vec::new();
    let mut after = start;
    while records.len() < RECORDS_MAX {
        let read = journal::of_ticket(tx, ticket, after, RECORDS_READ).await?;
        let Some(last) = read.last().map(|record| record.id) else {
            break;
        };
        let full = i64::try_from(read.len()).unwrap_or(i64::MAX) >= RECORDS_READ;
        records.extend(read.into_iter().filter(|record| record.id < end));
        if !full || last >= end {
            break;
        }
        after = last;
    }
    Ok(records)
}

async fn messages(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    names: &mut Names,
    found: &[Message],
    records: &[StoredRecord],
) -> Result<Vec<(RecordId, TimelineItem)>, Refusal> {
    let Some((ticket, range)) = span(found) else {
        return Ok(Vec::new());
    };
    let files = attachments::store::of_messages(tx, ticket, range.0, range.1).await?;
    let handed = deliveries::store::of_messages(tx, ticket, range.0, range.1).await?;
    let checks = senders::store::of_messages(tx, ticket, range.0, range.1).await?;
    let mut items = Vec::with_capacity(found.len());
    for message in found
        .iter()
        .filter(|message| messages::rules::is_shown(message.state))
    {
        let mut attachments = Vec::new();
        for file in files
            .iter()
            .filter(|file| file.number == Some(message.number))
        {
            attachments.push(attachments::commands::present(kernel, tx, file).await?);
        }
        let mut deliveries = Vec::new();
        for delivery in handed
            .iter()
            .filter(|delivery| delivery.number == message.number)
        {
            deliveries.push(present_delivery(kernel, tx, delivery).await?);
        }
        let addressed = messages::commands::addressed(kernel, tx, message).await?;
        let Addressed { to, cc, remarks } = addressed.unwrap_or_default();
        let scheduled = message.state == Some(MessageState::Scheduled);
        let item = MessageItem {
            number: message.number,
            kind: message.kind,
            author: names.author(tx, message.author).await?,
            html: kernel
                .keys
                .decrypt(tx, &message.html)
                .await?
                .unwrap_or_default(),
            text: kernel
                .keys
                .decrypt(tx, &message.text)
                .await?
                .unwrap_or_default(),
            has_remote_images: message.has_remote_images,
            to,
            cc,
            attachments,
            at: message.at,
            state: message.state,
            release_at: message.release_at,
            undo_until: message.release_at.filter(|_| scheduled),
            deliveries,
            redacted: message.redacted,
            auto_reply: message.auto_reply,
            remarks,
            mentions: mentions(tx, message, records).await?,
            sender: senders::commands::present(kernel, tx, &checks, message.number).await?,
        };
        items.push((message.record, TimelineItem::Message(Box::new(item))));
    }
    Ok(items)
}

/// The ticket of the messages, and the lowest and highest of their numbers.
fn span(found: &[Message]) -> Option<(TicketId, (i64, i64))> {
    let numbers = || found.iter().map(|message| message.number);
    let ticket = found.first()?.ticket;
    Some((ticket, (numbers().min()?, numbers().max()?)))
}

/// Whom a note names, by the record that tells of it.
async fn mentions(
    tx: &mut Tx<'_>,
    message: &Message,
    records: &[StoredRecord],
) -> Result<Vec<AgentId>, Refusal> {
    if message.kind != MessageKind::Note {
        return Ok(Vec::new());
    }
    let found = match records.iter().find(|record| record.id == message.record) {
        Some(record) => Some(record.clone()),
        None => told_elsewhere(tx, message).await?,
    };
    let note = found
        .map(|record| record.decode::<NoteAdded>())
        .transpose()?;
    Ok(note.flatten().map(|note| note.mentions).unwrap_or_default())
}

/// The record of a message that came from another ticket, in whose journal it is.
async fn told_elsewhere(
    tx: &mut Tx<'_>,
    message: &Message,
) -> Result<Option<StoredRecord>, Refusal> {
    let before = RecordId(message.record.0.saturating_sub(1));
    let mut place = (message.ticket, message.number);
    for _ in 0..merges::rules::CHAIN_MAX {
        let Some(earlier) = merges::store::came_from(tx, place).await? else {
            break;
        };
        place = earlier;
        let read = journal::of_ticket(tx, place.0, before, 1).await?;
        if let Some(record) = read.into_iter().find(|it| it.id == message.record) {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

async fn present_delivery(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    delivery: &deliveries::Delivery,
) -> Result<ApiDelivery, Refusal> {
    let recipient = deliveries::commands::recipient(kernel, tx, delivery).await?;
    let reason = match &delivery.reason {
        Some(reason) => kernel.keys.decrypt(tx, reason).await?,
        None => None,
    };
    Ok(ApiDelivery {
        id: delivery.id,
        email: recipient.map(|mailbox| mailbox.email).unwrap_or_default(),
        state: delivery.state,
        waiting_until: delivery.waiting_until,
        reason,
        at: delivery.at,
    })
}

async fn event(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    names: &mut Names,
    record: &StoredRecord,
) -> Result<TimelineItem, Refusal> {
    let body = serde_json::from_str(&record.body)
        .map_err(|error| Refusal::broken(format!("record {}: {error}", record.id)))?;
    let mut changes = rules::changes(&body);
    if let Some(TicketRenamed { subject }) = record.decode::<TicketRenamed>()? {
        let from = kernel.keys.decrypt(tx, &subject.from).await?;
        let to = kernel.keys.decrypt(tx, &subject.to).await?;
        changes.insert(
            "subject".to_owned(),
            super::FieldChange {
                from: from.into(),
                to: to.into(),
            },
        );
    }
    if let Some(FieldsChanged { fields }) = record.decode::<FieldsChanged>()? {
        changes.clear();
        for ValueChange {
            field,
            field_type,
            value,
        } in fields
        {
            let digits = values::digits(tx, field).await?;
            let shape = (field_type, digits);
            let from = values::told(&kernel.keys, tx, shape, value.from.as_ref()).await?;
            let to = values::told(&kernel.keys, tx, shape, value.to.as_ref()).await?;
            changes.insert(format!("field:{field}"), super::FieldChange { from, to });
        }
    }
    Ok(TimelineItem::Event(EventItem {
        record: record.id,
        cause: record.cause,
        kind: record.kind.clone(),
        actor: names.author(tx, record.actor).await?,
        at: record.at,
        changes,
    }))
}
