//! `/board`, and the lists of its numbers.

use std::hash::{DefaultHasher, Hasher};

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::{Caller, Permission};
use kernel::db::{DbError, Tx};
use kernel::http::{Answer, Cursor, Json, Problem};
use kernel::ids::TicketId;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{List, TeamStanding};
use crate::Desk;

/// The routes of the board.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new().routes(routes!(get))
}

/// How every team's work stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Board)]
pub struct BoardShown {
    /// When the numbers were counted. After `304` they hold for the time of that answer.
    pub at: Timestamp,
    /// In the order of the teams' ids, what has no team last.
    pub teams: Vec<TeamStanding>,
}

/// How every team's work stands now. Ask again each second, with `If-None-Match`.
#[utoipa::path(get, path = "/board", tag = "board", operation_id = "get_board",
    security(("session" = []), ("token" = [])),
    params(("If-None-Match" = Option<String>, Header, description = "The last answer's `ETag`")),
    responses((status = 200, body = BoardShown),
        (status = 304, description = "Nothing but the time changed."),
        (status = 401, body = Problem), (status = 503, body = Problem)))]
async fn get(State(desk): State<Desk>, caller: Caller, headers: HeaderMap) -> Answer<Response> {
    caller.require(Permission::BoardRead)?;
    let (hours, at) = (hours(&desk).await?, desk.kernel.clock.now());
    let teams = desk.board.standings(&desk.routing, &hours, at)?;
    let tag = tag(&teams)?;
    let known = headers.get(header::IF_NONE_MATCH);
    let mut response = if known.is_some_and(|known| known == tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Json(BoardShown { at, teams }).into_response()
    };
    let fresh = HeaderValue::from_static("private, no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, fresh);
    response.headers_mut().insert(header::ETAG, tag);
    Ok(response)
}

/// Names what the board shows but the time.
fn tag(teams: &[TeamStanding]) -> Result<HeaderValue, Refusal> {
    let broken = |error: String| Refusal::broken(format!("the board's tag: {error}"));
    let shown = serde_json::to_vec(teams).map_err(|error| broken(error.to_string()))?;
    let mut hasher = DefaultHasher::new();
    hasher.write(&shown);
    let tag = format!("W/\"{:016x}\"", hasher.finish());
    HeaderValue::try_from(tag).map_err(|error| broken(error.to_string()))
}

async fn hours(desk: &Desk) -> Result<std::sync::Arc<crate::sla::book::Page>, DbError> {
    let book = desk.sla.clone();
    let open = async move |tx: &mut Tx<'_>| book.open(tx).await;
    desk.kernel.db.read(open).await
}

/// Up to `limit` tickets of one of the board's lists, and where the next page begins.
pub(crate) async fn page(
    desk: &Desk,
    caller: &Caller,
    list: List,
    cursor: Option<&str>,
    limit: i64,
) -> Result<(Vec<TicketId>, Option<String>), Refusal> {
    caller.require(Permission::BoardRead)?;
    let behind = match cursor {
        Some(cursor) => match *Cursor::decode(cursor, 2)? {
            [at, id] => Some((Timestamp::from_micros(at), TicketId(id))),
            _ => None,
        },
        None => None,
    };
    let (hours, now) = (hours(desk).await?, desk.kernel.clock.now());
    let mut places = desk.board.list(&desk.routing, &hours, now, list)?;
    places.retain(|place| behind.is_none_or(|behind| *place > behind));
    let full = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = places.len() > full;
    places.truncate(full);
    let next = places
        .last()
        .filter(|_| more)
        .map(|(at, id)| Cursor::encode(&[at.micros(), id.0]));
    Ok((places.into_iter().map(|(_, id)| id).collect(), next))
}
