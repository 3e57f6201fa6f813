//! `/teams`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::{AgentId, TeamId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Team, commands, store};
use crate::Desk;

/// The routes of teams.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
}

/// All teams.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamList {
    /// By name.
    pub items: Vec<Team>,
}

/// A team to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamInput {
    /// At most 80 characters, unique in the workspace.
    pub name: String,
    /// Active agents; at most 500.
    #[serde(default)]
    pub member_ids: Vec<AgentId>,
}

/// What to change on a team; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamPatch {
    /// The version that was read.
    pub version: i64,
    /// A new name.
    pub name: Option<String>,
    /// The members from now on.
    pub member_ids: Option<Vec<AgentId>>,
}

/// List all teams, by name.
#[utoipa::path(get, path = "/teams", tag = "teams", operation_id = "list_teams",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = TeamList), (status = 401, body = Problem)))]
async fn list(State(desk): State<Desk>, caller: Caller) -> Answer<Json<TeamList>> {
    caller.require(Permission::TicketRead)?;
    let items = desk
        .kernel
        .db
        .read(async |tx: &mut Tx<'_>| store::all(tx).await)
        .await?;
    Ok(Json(TeamList { items }))
}

/// Create a team.
#[utoipa::path(post, path = "/teams", tag = "teams", operation_id = "create_team",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = TeamInput,
    responses((status = 201, body = Team), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn create(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<TeamInput>,
) -> Answer<(StatusCode, Json<Team>)> {
    let new = commands::NewTeam {
        name: input.name,
        member_ids: input.member_ids,
    };
    let team = commands::create(&desk.kernel, &caller, new, once).await?;
    Ok((StatusCode::CREATED, Json(team)))
}

/// Rename a team or change its members.
#[utoipa::path(patch, path = "/teams/{id}", tag = "teams", operation_id = "update_team",

    security(("session" = []), ("token" = [])),
    params(("id" = TeamId, Path)), request_body = TeamPatch,
    responses((status = 200, body = Team), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TeamId>,
    Json(patch): Json<TeamPatch>,
) -> Answer<Json<Team>> {
    let TeamPatch {
        version,
        name,
        member_ids,
    } = patch;
    let update = commands::TeamUpdate {
        version,
        name,
        member_ids,
    };
    Ok(Json(
        commands::update(&desk.kernel, &caller, id, update).await?,
    ))
}

/// Delete a team that no ticket belongs to.
#[utoipa::path(delete, path = "/teams/{id}", tag = "teams", operation_id = "delete_team",

    security(("session" = []), ("token" = [])), params(("id" = TeamId, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn delete(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TeamId>,
) -> Answer<StatusCode> {
    commands::delete(&desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
