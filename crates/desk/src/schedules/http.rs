//! `/schedules`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::ScheduleId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Holiday, Schedule, ScheduleUse, Week, commands, store};
use crate::Desk;

/// The routes of schedules.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
}

/// All schedules.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScheduleList {
    /// By name; at most 200.
    pub items: Vec<Schedule>,
}

/// Business hours to set up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleInput {
    /// At most 80 characters, unique in the workspace.
    pub name: String,
    /// An IANA name, such as Europe/Madrid.
    pub time_zone: String,
    /// The hours of an ordinary week; at least one span.
    pub week: Week,
    /// The dates with other hours; at most 400.
    #[serde(default)]
    pub holidays: Vec<Holiday>,
    /// Who keeps these hours; they leave the schedule they kept before.
    #[serde(default)]
    pub used_by: Vec<ScheduleUse>,
}

/// What to change on a schedule; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SchedulePatch {
    /// The version that was read.
    pub version: i64,
    /// A new name.
    pub name: Option<String>,
    /// Another zone.
    pub time_zone: Option<String>,
    /// Other hours of an ordinary week.
    pub week: Option<Week>,
    /// The holidays from now on.
    pub holidays: Option<Vec<Holiday>>,
    /// Who keeps these hours from now on.
    pub used_by: Option<Vec<ScheduleUse>>,
}

/// List all schedules, by name.
#[utoipa::path(get, path = "/schedules", tag = "schedules", operation_id = "list_schedules",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = ScheduleList), (status = 401, body = Problem)))]
async fn list(State(desk): State<Desk>, caller: Caller) -> Answer<Json<ScheduleList>> {
    caller.require(Permission::TicketRead)?;
    let items = desk
        .kernel
        .db
        .read(async |tx: &mut Tx<'_>| store::all(tx).await)
        .await?;
    Ok(Json(ScheduleList { items }))
}

/// Set up business hours.
#[utoipa::path(post, path = "/schedules", tag = "schedules", operation_id = "create_schedule",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = ScheduleInput,
    responses((status = 201, body = Schedule), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn create(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<ScheduleInput>,
) -> Answer<(StatusCode, Json<Schedule>)> {
    let new = commands::NewSchedule {
        name: input.name,
        time_zone: input.time_zone,
        week: input.week,
        holidays: input.holidays,
        used_by: input.used_by,
    };
    let schedule = commands::create(&desk, &caller, new, once).await?;
    Ok((StatusCode::CREATED, Json(schedule)))
}

/// Change business hours; clocks that run by them move along.
#[utoipa::path(patch, path = "/schedules/{id}", tag = "schedules",
    operation_id = "update_schedule",
    security(("session" = []), ("token" = [])),
    params(("id" = ScheduleId, Path)), request_body = SchedulePatch,
    responses((status = 200, body = Schedule), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<ScheduleId>,
    Json(patch): Json<SchedulePatch>,
) -> Answer<Json<Schedule>> {
    let update = commands::ScheduleUpdate {
        version: patch.version,
        name: patch.name,
        time_zone: patch.time_zone,
        week: patch.week,
        holidays: patch.holidays,
        used_by: patch.used_by,
    };
    Ok(Json(commands::update(&desk, &caller, id, update).await?))
}

/// Delete a schedule that no SLA policy goes by.
#[utoipa::path(delete, path = "/schedules/{id}", tag = "schedules",
    operation_id = "delete_schedule",
    security(("session" = []), ("token" = [])), params(("id" = ScheduleId, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn delete(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<ScheduleId>,
) -> Answer<StatusCode> {
    commands::delete(&desk, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
