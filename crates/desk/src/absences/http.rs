//! `/absences`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::{AbsenceId, AgentId};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Absence, commands};
use crate::Desk;

/// The routes of absences.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
}

/// Who is or will be away.
#[derive(Debug, Serialize, ToSchema)]
pub struct AbsenceList {
    /// The first to end first; at most 1,000.
    pub items: Vec<Absence>,
}

/// An absence to plan.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbsenceInput {
    /// Who will be away; the caller when absent.
    pub agent_id: Option<AgentId>,
    /// Who stands in.
    pub stand_in_id: Option<AgentId>,
    /// From then on.
    pub from: Timestamp,
    /// Until then.
    pub to: Timestamp,
}

/// An absence as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbsencePatch {
    /// The version that was read.
    pub version: i64,
    /// Who stands in.
    pub stand_in_id: Option<AgentId>,
    /// From then on.
    pub from: Timestamp,
    /// Until then.
    pub to: Timestamp,
}

/// List who is or will be away.
#[utoipa::path(get, path = "/absences", tag = "absences", operation_id = "list_absences",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = AbsenceList), (status = 401, body = Problem)))]
async fn list(State(desk): State<Desk>, caller: Caller) -> Answer<Json<AbsenceList>> {
    let items = commands::list(&desk.kernel, &caller).await?;
    Ok(Json(AbsenceList { items }))
}

/// Plan an absence, with a colleague who stands in.
#[utoipa::path(post, path = "/absences", tag = "absences", operation_id = "create_absence",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = AbsenceInput,
    responses((status = 201, body = Absence), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn create(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<AbsenceInput>,
) -> Answer<(StatusCode, Json<Absence>)> {
    let new = commands::NewAbsence {
        agent: input.agent_id.unwrap_or(caller.agent),
        stand_in: input.stand_in_id,
        from: input.from,
        to: input.to,
    };
    let planned = commands::plan(&desk.kernel, &caller, new, once).await?;
    Ok((StatusCode::CREATED, Json(planned)))
}

/// Change an absence.
#[utoipa::path(patch, path = "/absences/{id}", tag = "absences", operation_id = "update_absence",
    security(("session" = []), ("token" = [])),
    params(("id" = AbsenceId, Path)), request_body = AbsencePatch,
    responses((status = 200, body = Absence), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<AbsenceId>,
    Json(patch): Json<AbsencePatch>,
) -> Answer<Json<Absence>> {
    let to_be = (patch.stand_in_id, patch.from, patch.to);
    Ok(Json(
        commands::change(&desk.kernel, &caller, id, patch.version, to_be).await?,
    ))
}

/// End an absence: back early, or not going.
#[utoipa::path(delete, path = "/absences/{id}", tag = "absences", operation_id = "delete_absence",
    security(("session" = []), ("token" = [])), params(("id" = AbsenceId, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<AbsenceId>,
) -> Answer<StatusCode> {
    commands::end(&desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
