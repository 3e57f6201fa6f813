//! `/routing`, `/skills`, `/offers`, `/me/load`, `/me/recovery` and `/agents/{id}/abilities`.

mod present;
mod set_up;

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, Json, Path, Problem};
use kernel::ids::{OfferId, TicketId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::{care, offers};
use crate::Desk;
use present::{MyLoad, OfferList};

/// The routes of routing.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list_offers))
        .routes(routes!(accept))
        .routes(routes!(decline))
        .routes(routes!(take_back))
        .routes(routes!(my_load, choose_ceiling))
        .routes(routes!(rest))
        .merge(set_up::router())
}

/// Why an offer is passed on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclineInput {
    /// In at most 120 characters; only leads read it, and nothing is counted.
    pub reason: Option<String>,
}

/// A ticket that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct TakenTicket {
    /// Which ticket.
    pub ticket_id: TicketId,
}

/// How much of the limit routing fills.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadPatch {
    /// The version that was read.
    pub version: i64,
    /// The share, in percent, within the bounds of the agent's teams.
    pub ceiling: i64,
}

/// How long to rest.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoveryInput {
    /// Minutes from the beginning of the rest, at most 15; 0 ends it now.
    pub minutes: i64,
}

/// List what lies before you.
#[utoipa::path(get, path = "/offers", tag = "routing", operation_id = "list_offers",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = OfferList), (status = 401, body = Problem)))]
async fn list_offers(State(desk): State<Desk>, caller: Caller) -> Answer<Json<OfferList>> {
    Ok(Json(present::offers(&desk, &caller).await?))
}

/// Take the ticket that lies before you.
#[utoipa::path(post, path = "/offers/{id}/accept", tag = "routing", operation_id = "accept_offer",
    security(("session" = []), ("token" = [])), params(("id" = OfferId, Path)),
    responses((status = 200, body = TakenTicket), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn accept(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<OfferId>,
) -> Answer<Json<TakenTicket>> {
    let ticket_id = offers::accept(&desk.kernel, &caller, id).await?;
    Ok(Json(TakenTicket { ticket_id }))
}

/// Pass the ticket that lies before you on.
#[utoipa::path(post, path = "/offers/{id}/decline", tag = "routing",
    operation_id = "decline_offer", security(("session" = []), ("token" = [])),
    params(("id" = OfferId, Path)), request_body = DeclineInput,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn decline(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<OfferId>,
    Json(input): Json<DeclineInput>,
) -> Answer<StatusCode> {
    offers::decline(&desk.kernel, &caller, id, input.reason.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take an offer back from a colleague; the ticket goes to somebody else.
#[utoipa::path(post, path = "/offers/{id}/take-back", tag = "routing",
    operation_id = "take_offer_back", security(("session" = []), ("token" = [])),
    params(("id" = OfferId, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn take_back(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<OfferId>,
) -> Answer<StatusCode> {
    offers::take_back(&desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// See your own load: only you can.
#[utoipa::path(get, path = "/me/load", tag = "routing", operation_id = "get_my_load",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = MyLoad), (status = 401, body = Problem)))]
async fn my_load(State(desk): State<Desk>, caller: Caller) -> Answer<Json<MyLoad>> {
    Ok(Json(present::my_load(&desk, &caller).await?))
}

/// Choose how much of your limit routing fills.
#[utoipa::path(patch, path = "/me/load", tag = "routing", operation_id = "update_my_load",
    security(("session" = []), ("token" = [])), request_body = LoadPatch,
    responses((status = 200, body = MyLoad), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn choose_ceiling(
    State(desk): State<Desk>,
    caller: Caller,
    Json(patch): Json<LoadPatch>,
) -> Answer<Json<MyLoad>> {
    care::choose_ceiling(&desk.kernel, &caller, patch.version, patch.ceiling).await?;
    desk.routing.notice(&desk.kernel, caller.agent).await?;
    Ok(Json(present::my_load(&desk, &caller).await?))
}

/// End your recovery time, or make it longer.
#[utoipa::path(put, path = "/me/recovery", tag = "routing", operation_id = "set_my_recovery",
    security(("session" = []), ("token" = [])), request_body = RecoveryInput,
    responses((status = 200, body = MyLoad), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn rest(
    State(desk): State<Desk>,
    caller: Caller,
    Json(input): Json<RecoveryInput>,
) -> Answer<Json<MyLoad>> {
    care::rest(&desk.kernel, &caller, input.minutes).await?;
    desk.routing.notice(&desk.kernel, caller.agent).await?;
    Ok(Json(present::my_load(&desk, &caller).await?))
}
