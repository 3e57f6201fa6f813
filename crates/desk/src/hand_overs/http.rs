//! `/hand-overs`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, Cursor, IdempotencyKey, Json, Path, Problem, Query};
use kernel::ids::{AgentId, HandoverId, TeamId, TicketId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::{self, NewHandOver, NewHandedTicket};
use super::{HandOver, HandOverDraft};
use crate::Desk;

const LIMIT_DEFAULT: i64 = 20;
const LIMIT_MAX: i64 = 50;

/// The routes of hand-overs.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(draft))
        .routes(routes!(list, create))
        .routes(routes!(get))
        .routes(routes!(take))
}

/// A hand-over to send: to a colleague or to a team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOverInput {
    /// The colleague who receives it.
    pub to_agent_id: Option<AgentId>,
    /// The team that receives it.
    pub to_team_id: Option<TeamId>,
    /// About the whole; at most 5,000 characters. What concerns a customer belongs on the ticket.
    pub note: Option<String>,
    /// The tickets it tells of; 1 to 100 that the caller has.
    pub tickets: Vec<HandedTicketInput>,
}

/// A ticket in a hand-over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandedTicketInput {
    /// Which ticket.
    pub ticket_id: TicketId,
    /// Whether it goes to the receiver; otherwise it stays where it is.
    pub moves: bool,
    /// About it; becomes an internal note on it too. At most 5,000 characters.
    pub note: Option<String>,
}

/// A page of hand-overs.
#[derive(Debug, Serialize, ToSchema)]
pub struct HandOverPage {
    /// Newest first.
    pub items: Vec<HandOver>,
    /// Where the next page begins; null on the last one.
    pub next: Option<String>,
}

/// Which page to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct HandOverQuery {
    /// From the page before.
    pub cursor: Option<String>,
    /// 1 to 50; 20 when absent.
    pub limit: Option<i64>,
}

/// Draft a hand-over from what the caller has under way.
#[utoipa::path(get, path = "/hand-overs/draft", tag = "hand-overs",
    operation_id = "draft_hand_over", security(("session" = []), ("token" = [])),
    responses((status = 200, body = HandOverDraft), (status = 401, body = Problem)))]
async fn draft(State(desk): State<Desk>, caller: Caller) -> Answer<Json<HandOverDraft>> {
    Ok(Json(commands::draft(&desk, &caller).await?))
}

/// Hand work over: tickets go to the receiver, and notes are left on them.
#[utoipa::path(post, path = "/hand-overs", tag = "hand-overs", operation_id = "create_hand_over",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = HandOverInput,
    responses((status = 201, body = HandOver), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<HandOverInput>,
) -> Answer<(StatusCode, Json<HandOver>)> {
    let ticket = |it: HandedTicketInput| NewHandedTicket {
        ticket: it.ticket_id,
        moves: it.moves,
        note: it.note,
    };
    let new = NewHandOver {
        to_agent: input.to_agent_id,
        to_team: input.to_team_id,
        note: input.note,
        tickets: input.tickets.into_iter().map(ticket).collect(),
    };
    let made = commands::send(&desk, &caller, new, once).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// List what the caller handed over or received, newest first.
#[utoipa::path(get, path = "/hand-overs", tag = "hand-overs", operation_id = "list_hand_overs",
    security(("session" = []), ("token" = [])), params(HandOverQuery),
    responses((status = 200, body = HandOverPage), (status = 401, body = Problem),
        (status = 422, body = Problem)))]
async fn list(
    State(desk): State<Desk>,
    caller: Caller,
    Query(query): Query<HandOverQuery>,
) -> Answer<Json<HandOverPage>> {
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
    let before = match &query.cursor {
        Some(cursor) => Cursor::decode(cursor, 1)?
            .first()
            .copied()
            .unwrap_or(i64::MAX),
        None => i64::MAX,
    };
    let mut items = commands::list(&desk, &caller, HandoverId(before), limit + 1).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > shown;
    items.truncate(shown);
    let last = items.last().filter(|_| more);
    Ok(Json(HandOverPage {
        next: last.map(|last| Cursor::encode(&[last.id.0])),
        items,
    }))
}

/// Show a hand-over to its giver or a receiver.
#[utoipa::path(get, path = "/hand-overs/{id}", tag = "hand-overs",
    operation_id = "get_hand_over", security(("session" = []), ("token" = [])),
    params(("id" = HandoverId, Path)),
    responses((status = 200, body = HandOver), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn get(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<HandoverId>,
) -> Answer<Json<HandOver>> {
    Ok(Json(commands::get(&desk, &caller, id).await?))
}

/// Say that one has it; the giver sees so.
#[utoipa::path(post, path = "/hand-overs/{id}/read", tag = "hand-overs",
    operation_id = "read_hand_over", security(("session" = []), ("token" = [])),
    params(("id" = HandoverId, Path)),
    responses((status = 200, body = HandOver), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn take(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<HandoverId>,
) -> Answer<Json<HandOver>> {
    Ok(Json(commands::take(&desk, &caller, id).await?))
}
