//! `/outbox`.

use axum::extract::State;
use desk::messages::Mailbox;
use desk::messages::deliveries::commands::{next_try, recipient};
use desk::messages::deliveries::{self, DeliveryState, Unsettled};
use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::{Answer, Cursor, Json, Page, Problem, Query};
use kernel::ids::{DeliveryId, InboxId, TicketId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{OutboxPart, PLANNED_FROM, REFUSED_SINCE};
use crate::Channels;
use crate::inboxes::{self, Direction, Health};

const PAGE: i64 = 50;
const PAGE_MAX: i64 = 100;

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Filter {
    /// `waiting` when absent.
    #[param(inline)]
    part: Option<OutboxPart>,
    cursor: Option<String>,
    /// At most 100; 50 when absent.
    limit: Option<i64>,
}

/// A delivery in the outbox. Who may not read tickets sees neither subject, recipient nor what
/// the server said.
#[derive(Debug, Serialize, ToSchema)]
pub struct OutboxItem {
    /// Null for a message that is planned: its deliveries are made when it leaves.
    id: Option<DeliveryId>,
    ticket_id: TicketId,
    /// The message's number in its ticket.
    number: i64,
    inbox_id: Option<InboxId>,
    /// Null for a message that is planned.
    state: Option<DeliveryState>,
    subject: Option<String>,
    recipient: Option<Mailbox>,
    /// Why it waits, or what the other side said.
    reason: Option<String>,
    /// When it leaves or is tried next; null while it is being tried, and once it was handed over.
    next_try_at: Option<Timestamp>,
    /// Whether a person must look at it.
    attention: bool,
    /// When its state last moved; null for a message that is planned.
    at: Option<Timestamp>,
}

/// List what has not left or is not settled: what is planned or waits, next first, or what is
/// uncertain or was refused, newest first.
#[utoipa::path(get, path = "/outbox", tag = "postmaster", operation_id = "list_outbox",
    params(Filter), security(("session" = []), ("token" = [])),
    responses((status = 200, body = Page<OutboxItem>), (status = 403, body = Problem)))]
async fn list(
    State(channels): State<Channels>,
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Answer<Json<Page<OutboxItem>>> {
    caller.require(Permission::InboxManage)?;
    let reads = caller.may(Permission::TicketRead);
    let limit = filter.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let (kernel, cursor) = (channels.desk.kernel.clone(), filter.cursor);
    let db = kernel.db.clone();
    let page = match filter.part.unwrap_or(OutboxPart::Waiting) {
        OutboxPart::Planned => {
            let now = kernel.clock.now().plus(PLANNED_FROM).micros();
            let place = place(cursor.as_deref(), 3, &[now, 0, 0])?;
            let read = async move |tx: &mut Tx<'_>| planned(tx, &place, limit, reads).await;
            db.read(read).await?
        }
        part => {
            let first = if part == OutboxPart::Waiting {
                0
            } else {
                i64::MAX
            };
            let place = place(cursor.as_deref(), 1, &[first])?;
            let read = async move |tx: &mut Tx<'_>| {
                deliveries_of(&kernel, tx, (part, &place, limit), reads).await
            };
            db.read(read).await?
        }
    };
    Ok(Json(page))
}

fn place(cursor: Option<&str>, count: usize, first: &[i64]) -> Result<Vec<i64>, Refusal> {
    match cursor {
        Some(cursor) => Cursor::decode(cursor, count),
        None => Ok(first.to_vec()),
    }
}

async fn planned(
    tx: &mut Tx<'_>,
    place: &[i64],
    limit: i64,
    reads: bool,
) -> Result<Page<OutboxItem>, Refusal> {
    let mut numbers = place.iter().copied();
    let mut next = || numbers.next().unwrap_or_default();
    let place = (Timestamp::from_micros(next()), TicketId(next()), next());
    let mut rows = deliveries::store::planned(tx, place, limit.saturating_add(1)).await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = rows.len() > size;
    rows.truncate(size);
    let last = rows.last().filter(|_| is_more);
    let next = last.map(|row| Cursor::encode(&[row.release_at.micros(), row.ticket.0, row.number]));
    let items = rows.into_iter().map(|row| OutboxItem {
        id: None,
        ticket_id: row.ticket,
        number: row.number,
        inbox_id: row.inbox,
        state: None,
        subject: reads.then_some(row.subject),
        recipient: None,
        reason: None,
        next_try_at: Some(row.release_at),
        attention: false,
        at: None,
    });
    Ok(Page {
        items: items.collect(),
        next,
    })
}

async fn deliveries_of(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    (part, place, limit): (OutboxPart, &[i64], i64),
    reads: bool,
) -> Result<Page<OutboxItem>, Refusal> {
    let place = place.first().copied().unwrap_or_default();
    let mut rows = rows(kernel, tx, part, place, limit.saturating_add(1)).await?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = rows.len() > size;
    rows.truncate(size);
    let last = rows.last().filter(|_| is_more).map(|row| row.delivery.id.0);
    let mut known = HashMap::new();
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        items.push(item(kernel, tx, row, reads, &mut known).await?);
    }
    let next = last.map(|id| Cursor::encode(&[id]));
    Ok(Page { items, next })
}

async fn rows(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    part: OutboxPart,
    place: i64,
    limit: i64,
) -> Result<Vec<Unsettled>, Refusal> {
    let place = DeliveryId(place);
    Ok(match part {
        OutboxPart::Planned => Vec::new(),
        OutboxPart::Waiting => deliveries::store::waiting(tx, place, limit).await?,
        OutboxPart::Uncertain => deliveries::store::uncertain(tx, place, limit).await?,
        OutboxPart::Refused => {
            let since = kernel.clock.now().minus(REFUSED_SINCE);
            deliveries::store::refused(tx, place, limit, since).await?
        }
    })
}

/// Why an inbox's mail waits, as far as that is known of the inbox.
type Hindrances = HashMap<InboxId, Option<String>>;

async fn item(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    row: Unsettled,
    reads: bool,
    known: &mut Hindrances,
) -> Result<OutboxItem, Refusal> {
    let Unsettled {
        delivery,
        inbox,
        subject,
    } = row;
    let said = match &delivery.reason {
        Some(reason) if reads => kernel.keys.decrypt(tx, reason).await?,
        _ => None,
    };
    let waits = matches!(
        delivery.state,
        DeliveryState::Queued | DeliveryState::Claimed
    );
    let reason = match (said, inbox) {
        (None, Some(inbox)) if waits => hindrance(kernel, tx, inbox, known).await?,
        (said, _) => said,
    };
    let next_try_at = match delivery.state {
        DeliveryState::Queued => next_try(tx, &delivery).await?,
        _ => None,
    };
    let recipient = if reads {
        recipient(kernel, tx, &delivery).await?
    } else {
        None
    };
    Ok(OutboxItem {
        id: Some(delivery.id),
        ticket_id: delivery.ticket,
        number: delivery.number,
        inbox_id: inbox,
        state: Some(delivery.state),
        subject: reads.then_some(subject),
        recipient,
        reason,
        next_try_at,
        attention: delivery.attention,
        at: Some(delivery.at),
    })
}

async fn hindrance(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    id: InboxId,
    known: &mut Hindrances,
) -> Result<Option<String>, Refusal> {
    if let Some(reason) = known.get(&id) {
        return Ok(reason.clone());
    }
    let reason = match inboxes::store::find(tx, id).await? {
        None => Some("Its inbox was deleted.".to_owned()),
        Some(inbox) if !inbox.enabled => Some("Its inbox is switched off.".to_owned()),
        Some(_) => match inboxes::store::health(tx, id, Direction::Sending).await? {
            Some(note) if note.state == Health::Failing => match &note.problem {
                Some(problem) => kernel.keys.decrypt(tx, problem).await?,
                None => None,
            },
            _ => None,
        },
    };
    known.insert(id, reason.clone());
    Ok(reason)
}
