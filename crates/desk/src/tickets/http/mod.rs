//! The tickets' routes.

mod input;
mod links;
mod present;

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, Cursor, IdempotencyKey, Json, Page, Path, Query};
use kernel::ids::{AgentId, TicketId, ViewId};
use kernel::refusal::Refusal;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use input::{
    FirstMessage, PlaceInput, ReadInput, TicketInput, TicketPatch, TicketsQuery, WhomInput,
};
pub use links::LinkInput;
pub use present::{
    Abilities, ApiTicket, CcCustomer, LinkedTicket, MergedTicket, PausedAddress, Requester,
    TicketRow,
};

pub(crate) use present::rows;

use super::commands::create::Begin;
use super::commands::edit::Edit;
use super::commands::{create, edit, place, read, watch};
use super::store::{self, Range};
use super::{Priority, Shelf};
use crate::Desk;
use crate::board::{self, List};
use crate::views::SAVED;
use crate::views::saved::members::ticket_at;

/// Rows of a page when the caller does not say.
const PAGE_ROWS: i64 = 50;
/// The most rows of a page.
const PAGE_ROWS_MAX: i64 = 100;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list_tickets, create_ticket))
        .routes(routes!(get_ticket, update_ticket))
        .routes(routes!(place_ticket))
        .routes(routes!(watch_ticket, unwatch_ticket))
        .routes(routes!(read_ticket, unread_ticket))
        .merge(links::router())
}

fn range(query: &TicketsQuery, agent: AgentId) -> Result<Range, Refusal> {
    let given = [
        query.view.is_some(),
        query.customer_id.is_some(),
        query.tag.is_some(),
        query.q.is_some(),
    ];
    if given.into_iter().filter(|given| *given).count() > 1 {
        let reason = "holds more than one of view, customer_id, tag and q";
        return Err(Refusal::invalid("query", reason, "send one of them"));
    }
    if let Some(customer) = query.customer_id {
        return Ok(Range::Customer(customer));
    }
    if let Some(tag) = &query.tag {
        return Ok(Range::Tag(tag.clone()));
    }
    if let Some(words) = &query.q {
        return Ok(Range::Words(words.clone()));
    }
    view(query.view.as_deref().unwrap_or("all"), agent)
}

/// A page of one of the board's lists, in its order.
async fn list_board(
    desk: &Desk,
    caller: &Caller,
    list: List,
    query: &TicketsQuery,
) -> Result<Page<TicketRow>, Refusal> {
    let limit = query.limit.unwrap_or(PAGE_ROWS).clamp(1, PAGE_ROWS_MAX);
    let cursor = query.cursor.as_deref();
    let (ids, next) = board::page(desk, caller, list, cursor, limit).await?;
    let (kernel, agent) = (desk.kernel.clone(), caller.agent);
    let look = async move |tx: &mut Tx<'_>| present::rows(&kernel, tx, agent, &ids).await;
    let items = desk.kernel.db.read(look).await?;
    Ok(Page { items, next })
}

/// The saved view that is asked for, if it is one.
fn saved(query: &TicketsQuery) -> Result<Option<ViewId>, Refusal> {
    let id = query.view.as_deref().and_then(|id| id.strip_prefix(SAVED));
    id.map(|id| id.parse().map_err(|_| no_view())).transpose()
}

fn no_view() -> Refusal {
    Refusal::invalid("view", "is no view", "take an id of /views")
}

/// A page of a saved view, in its order.
async fn list_saved(
    desk: &Desk,
    caller: &Caller,
    view: ViewId,
    query: &TicketsQuery,
) -> Result<Page<TicketRow>, Refusal> {
    let behind = match &query.cursor {
        Some(cursor) => <[i64; 3]>::try_from(Cursor::decode(cursor, 3)?).ok(),
        None => None,
    };
    let limit = query.limit.unwrap_or(PAGE_ROWS).clamp(1, PAGE_ROWS_MAX);
    let full = usize::try_from(limit).unwrap_or(usize::MAX);
    let wanted = full.saturating_add(1);
    let mut places = desk
        .counts
        .page(caller, view, behind, wanted)
        .await?
        .ok_or(Refusal::NotFound { what: "view" })?;
    let more = places.len() > full;
    places.truncate(full);
    let next = places
        .last()
        .filter(|_| more)
        .map(|last| Cursor::encode(last));
    let ids: Vec<TicketId> = places.into_iter().map(ticket_at).collect();
    let (kernel, agent) = (desk.kernel.clone(), caller.agent);
    let look = async move |tx: &mut Tx<'_>| present::rows(&kernel, tx, agent, &ids).await;
    let items = desk.kernel.db.read(look).await?;
    Ok(Page { items, next })
}

fn view(id: &str, agent: AgentId) -> Result<Range, Refusal> {
    if let Some(team) = id.strip_prefix("team:").and_then(|id| id.parse().ok()) {
        return Ok(Range::Team(team));
    }
    Ok(match id {
        "mine" => Range::Mine(agent),
        "unassigned" => Range::Unassigned,
        "mentions" => Range::Mentions(agent),
        "all" => Range::Shelf(Shelf::Open),
        "snoozed" => Range::Shelf(Shelf::Snoozed),
        "solved" => Range::Shelf(Shelf::Solved),
        "bulk" => Range::Shelf(Shelf::Bulk),
        "spam" => Range::Shelf(Shelf::Spam),
        "trash" => Range::Shelf(Shelf::Trash),
        _ => return Err(no_view()),
    })
}

/// Tickets, newest activity first.
#[utoipa::path(
    get, path = "/tickets", tag = "tickets", operation_id = "list_tickets",
    params(TicketsQuery),
    responses((status = 200, body = Page<TicketRow>)),
    security(("session" = []), ("token" = []))
)]
async fn list_tickets(
    State(desk): State<Desk>,
    caller: Caller,
    Query(query): Query<TicketsQuery>,
) -> Answer<Json<Page<TicketRow>>> {
    caller.require(Permission::TicketRead)?;
    if let Some(view) = saved(&query)? {
        return Ok(Json(list_saved(&desk, &caller, view, &query).await?));
    }
    if let Some(list) = List::of_view(query.view.as_deref())? {
        return Ok(Json(list_board(&desk, &caller, list, &query).await?));
    }
    let range = range(&query, caller.agent)?;
    let below = match &query.cursor {
        Some(cursor) => match *Cursor::decode(cursor, 2)? {
            [at, id] => (at, id),
            _ => (i64::MAX, i64::MAX),
        },
        None => (i64::MAX, i64::MAX),
    };
    let limit = query.limit.unwrap_or(PAGE_ROWS).clamp(1, PAGE_ROWS_MAX);
    let (kernel, agent) = (desk.kernel.clone(), caller.agent);
    let page = desk
        .kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<Page<TicketRow>, Refusal> {
                let wanted = limit.saturating_add(1);
                let mut ids = store::page(tx, &range, below, wanted).await?;
                let full = usize::try_from(limit).unwrap_or(usize::MAX);
                let more = ids.len() > full;
                ids.truncate(full);
                let last = ids.last().filter(|_| more);
                let next = last.map(|(id, at)| Cursor::encode(&[at.micros(), id.0]));
                let ids: Vec<TicketId> = ids.into_iter().map(|(id, _)| id).collect();
                let items = present::rows(&kernel, tx, agent, &ids).await?;
                Ok(Page { items, next })
            },
        )
        .await?;
    Ok(Json(page))
}

/// Begins a ticket.
#[utoipa::path(
    post, path = "/tickets", tag = "tickets", operation_id = "create_ticket",
    request_body = TicketInput,
    responses((status = 201, body = ApiTicket)),
    security(("session" = []), ("token" = []))
)]
async fn create_ticket(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<TicketInput>,
) -> Answer<(StatusCode, Json<ApiTicket>)> {
    let new = Begin {
        subject: input.subject,
        requester: input.requester.whom()?,
        cc: input.cc,
        inbox: input.inbox_id,
        team: input.team_id,
        assignee: input.assignee_id,
        priority: input.priority.unwrap_or(Priority::Normal),
        ticket_type: input.ticket_type,
        tags: input.tags,
        form: input.form_id,
        fields: input.fields,
        kind: input.kind,
        html: input.body.html,
        attachment_ids: input.body.attachment_ids,
    };
    let id = create::create(&desk, &caller, new, once).await?;
    Ok((StatusCode::CREATED, Json(show(&desk, &caller, id).await?)))
}

/// A ticket as the caller sees it.
pub(crate) async fn show(desk: &Desk, caller: &Caller, id: TicketId) -> Result<ApiTicket, Refusal> {
    let (kernel, caller) = (desk.kernel.clone(), caller.clone());
    desk.kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<ApiTicket, Refusal> {
            present::ticket(&kernel, tx, &caller, id).await
        })
        .await
}

/// One ticket.
#[utoipa::path(
    get, path = "/tickets/{id}", tag = "tickets", operation_id = "get_ticket",
    params(("id" = TicketId, Path)),
    responses((status = 200, body = ApiTicket), (status = 404, description = "No such ticket.")),
    security(("session" = []), ("token" = []))
)]
async fn get_ticket(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
) -> Answer<Json<ApiTicket>> {
    caller.require(Permission::TicketRead)?;
    Ok(Json(show(&desk, &caller, id).await?))
}

/// Changes a ticket.
#[utoipa::path(
    patch, path = "/tickets/{id}", tag = "tickets", operation_id = "update_ticket",
    params(("id" = TicketId, Path)), request_body = TicketPatch,
    responses(
        (status = 200, body = ApiTicket),
        (status = 409, description = "Someone changed it meanwhile: `stale_version`; \
            `ticket_closed`; `not_open`."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn update_ticket(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    Json(patch): Json<TicketPatch>,
) -> Answer<Json<ApiTicket>> {
    let wanted = Edit {
        version: patch.version,
        subject: patch.subject,
        status: patch.status,
        priority: patch.priority,
        ticket_type: patch.ticket_type,
        assignee: patch.assignee_id,
        team: patch.team_id,
        requester: patch.requester.map(WhomInput::whom).transpose()?,
        cc: patch.cc,
        tags: patch.tags,
        form: patch.form_id,
        fields: patch.fields,
        snoozed_until: patch.snoozed_until,
    };
    edit::edit(&desk, &caller, id, wanted).await?;
    Ok(Json(show(&desk, &caller, id).await?))
}

/// Lays a ticket among spam, into the trash, or back on the desk.
#[utoipa::path(
    put, path = "/tickets/{id}/place", tag = "tickets", operation_id = "place_ticket",
    params(("id" = TicketId, Path)), request_body = PlaceInput,
    responses(
        (status = 200, body = ApiTicket),
        (status = 409, description = "Someone changed it meanwhile: `stale_version`."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn place_ticket(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    Json(input): Json<PlaceInput>,
) -> Answer<Json<ApiTicket>> {
    place::place(&desk, &caller, id, input.version, input.place).await?;
    Ok(Json(show(&desk, &caller, id).await?))
}

/// Lets a colleague watch a ticket.
#[utoipa::path(
    put, path = "/tickets/{id}/watchers/{agent_id}", tag = "tickets",
    operation_id = "watch_ticket",
    params(("id" = TicketId, Path), ("agent_id" = AgentId, Path)),
    responses((status = 204)),
    security(("session" = []), ("token" = []))
)]
async fn watch_ticket(
    State(desk): State<Desk>,
    caller: Caller,
    Path((id, agent)): Path<(TicketId, AgentId)>,
) -> Answer<StatusCode> {
    watch::watch(&desk, &caller, id, agent, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a colleague's watch.
#[utoipa::path(
    delete, path = "/tickets/{id}/watchers/{agent_id}", tag = "tickets",
    operation_id = "unwatch_ticket",
    params(("id" = TicketId, Path), ("agent_id" = AgentId, Path)),
    responses((status = 204)),
    security(("session" = []), ("token" = []))
)]
async fn unwatch_ticket(
    State(desk): State<Desk>,
    caller: Caller,
    Path((id, agent)): Path<(TicketId, AgentId)>,
) -> Answer<StatusCode> {
    watch::watch(&desk, &caller, id, agent, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Marks a ticket read, for me.
#[utoipa::path(
    put, path = "/tickets/{id}/read", tag = "tickets", operation_id = "read_ticket",
    params(("id" = TicketId, Path)), request_body = ReadInput,
    responses((status = 204)),
    security(("session" = []), ("token" = []))
)]
async fn read_ticket(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    Json(input): Json<ReadInput>,
) -> Answer<StatusCode> {
    read::read(&desk, &caller, id, input.number).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Marks a ticket unread, for me.
#[utoipa::path(
    delete, path = "/tickets/{id}/read", tag = "tickets", operation_id = "unread_ticket",
    params(("id" = TicketId, Path)),
    responses((status = 204)),
    security(("session" = []), ("token" = []))
)]
async fn unread_ticket(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
) -> Answer<StatusCode> {
    read::unread(&desk, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
