//! `/escalation-paths`, `/tickets/{id}/escalations` and `/escalations/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::{EscalationId, EscalationPathId, TicketId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Escalation, EscalationPath, HandOverNote, Step, commands, paths};
use crate::Desk;

/// The routes of escalations.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list_paths, create_path))
        .routes(routes!(update_path, delete_path))
        .routes(routes!(escalate))
        .routes(routes!(accept))
        .routes(routes!(give_back))
}

/// The ways by which tickets are escalated.
#[derive(Debug, Serialize, ToSchema)]
pub struct EscalationPathList {
    /// By name; at most 100.
    pub items: Vec<EscalationPath>,
}

/// A way to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationPathInput {
    /// At most 80 characters.
    pub name: String,
    /// 1 to 10 steps.
    pub steps: Vec<Step>,
}

/// A way as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationPathPatch {
    /// The version that was read.
    pub version: i64,
    /// At most 80 characters.
    pub name: String,
    /// 1 to 10 steps.
    pub steps: Vec<Step>,
}

/// Where a ticket goes, and what its receiver must know.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationInput {
    /// By which path.
    pub path_id: EscalationPathId,
    /// Which of its steps, counted from 0.
    pub step: i64,
    /// What the receiver must know.
    pub note: HandOverNote,
}

/// Taking an escalation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationAcceptance {
    /// The version that was read.
    pub version: i64,
}

/// Returning an escalation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EscalationReturn {
    /// The version that was read.
    pub version: i64,
    /// Why.
    pub reason: String,
}

/// List the ways by which tickets are escalated.
#[utoipa::path(get, path = "/escalation-paths", tag = "escalations",
    operation_id = "list_escalation_paths", security(("session" = []), ("token" = [])),
    responses((status = 200, body = EscalationPathList), (status = 401, body = Problem)))]
async fn list_paths(State(desk): State<Desk>, caller: Caller) -> Answer<Json<EscalationPathList>> {
    let items = paths::list(&desk.kernel, &caller).await?;
    Ok(Json(EscalationPathList { items }))
}

/// Make a way by which tickets are escalated.
#[utoipa::path(post, path = "/escalation-paths", tag = "escalations",
    operation_id = "create_escalation_path", security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = EscalationPathInput,
    responses((status = 201, body = EscalationPath), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn create_path(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<EscalationPathInput>,
) -> Answer<(StatusCode, Json<EscalationPath>)> {
    let given = (input.name, input.steps);
    let made = paths::save(&desk.kernel, &caller, None, given, once).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Change a way by which tickets are escalated.
#[utoipa::path(patch, path = "/escalation-paths/{id}", tag = "escalations",
    operation_id = "update_escalation_path", security(("session" = []), ("token" = [])),
    params(("id" = EscalationPathId, Path)), request_body = EscalationPathPatch,
    responses((status = 200, body = EscalationPath), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update_path(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<EscalationPathId>,
    Json(patch): Json<EscalationPathPatch>,
) -> Answer<Json<EscalationPath>> {
    let (existing, given) = (Some((id, patch.version)), (patch.name, patch.steps));
    let once = IdempotencyKey::default();
    Ok(Json(
        paths::save(&desk.kernel, &caller, existing, given, once).await?,
    ))
}

/// Remove a way by which tickets are escalated.
#[utoipa::path(delete, path = "/escalation-paths/{id}", tag = "escalations",
    operation_id = "delete_escalation_path", security(("session" = []), ("token" = [])),
    params(("id" = EscalationPathId, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete_path(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<EscalationPathId>,
) -> Answer<StatusCode> {
    paths::remove(&desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Escalate a ticket with a hand-over note; who escalates stays the contact.
#[utoipa::path(post, path = "/tickets/{id}/escalations", tag = "escalations",
    operation_id = "create_escalation", security(("session" = []), ("token" = [])),
    params(("id" = TicketId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = EscalationInput,
    responses((status = 201, body = Escalation), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn escalate(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    once: IdempotencyKey,
    Json(input): Json<EscalationInput>,
) -> Answer<(StatusCode, Json<Escalation>)> {
    let by = (input.path_id, input.step);
    let made = commands::escalate(&desk, &caller, id, by, input.note, once).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Take an escalation.
#[utoipa::path(post, path = "/escalations/{id}/accept", tag = "escalations",
    operation_id = "accept_escalation", security(("session" = []), ("token" = [])),
    params(("id" = EscalationId, Path)), request_body = EscalationAcceptance,
    responses((status = 200, body = Escalation), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn accept(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<EscalationId>,
    Json(input): Json<EscalationAcceptance>,
) -> Answer<Json<Escalation>> {
    Ok(Json(
        commands::accept(&desk, &caller, id, input.version).await?,
    ))
}

/// Return an escalation with a reason.
#[utoipa::path(post, path = "/escalations/{id}/return", tag = "escalations",
    operation_id = "return_escalation", security(("session" = []), ("token" = [])),
    params(("id" = EscalationId, Path)), request_body = EscalationReturn,
    responses((status = 200, body = Escalation), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn give_back(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<EscalationId>,
    Json(input): Json<EscalationReturn>,
) -> Answer<Json<Escalation>> {
    Ok(Json(
        commands::give_back(&desk, &caller, id, input.version, &input.reason).await?,
    ))
}
