//! `/views/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::ViewId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::{self, NewView, ViewUpdate};
use super::{Definition, SavedView, Scope};
use crate::Desk;

/// The routes of saved views.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(get, update, delete))
        .routes(routes!(preview))
}

/// A view to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewInput {
    /// At most 60 characters.
    pub name: String,
    /// Whom it is for.
    pub scope: Scope,
    /// Which tickets, and how.
    pub definition: Definition,
}

/// What to change on a view; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewPatch {
    /// The version that was read.
    pub version: i64,
    /// A new name.
    pub name: Option<String>,
    /// Whom it is for from now on.
    pub scope: Option<Scope>,
    /// Which tickets from now on, and how.
    pub definition: Option<Definition>,
}

/// What a view that is not saved yet would hold.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewPreview {
    /// How many tickets.
    pub count: i64,
}

/// Save a view.
#[utoipa::path(post, path = "/views", tag = "tickets", operation_id = "create_view",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = ViewInput,
    responses((status = 201, body = SavedView), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn create(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<ViewInput>,
) -> Answer<(StatusCode, Json<SavedView>)> {
    let new = NewView {
        name: input.name,
        scope: input.scope,
        definition: input.definition,
    };
    let view = commands::create(&desk.kernel, &caller, new, once).await?;
    Ok((StatusCode::CREATED, Json(view)))
}

/// Say how many tickets a view would hold.
#[utoipa::path(post, path = "/views/preview", tag = "tickets", operation_id = "preview_view",
    security(("session" = []), ("token" = [])), request_body = Definition,
    responses((status = 200, body = ViewPreview), (status = 422, body = Problem)))]
async fn preview(
    State(desk): State<Desk>,
    caller: Caller,
    Json(definition): Json<Definition>,
) -> Answer<Json<ViewPreview>> {
    caller.require(Permission::TicketRead)?;
    commands::check(&desk.kernel, &definition).await?;
    let count = commands::count(&desk.kernel, &caller, &definition).await?;
    Ok(Json(ViewPreview { count }))
}

/// One saved view.
#[utoipa::path(get, path = "/views/{id}", tag = "tickets", operation_id = "get_view",
    security(("session" = []), ("token" = [])), params(("id" = ViewId, Path)),
    responses((status = 200, body = SavedView), (status = 404, body = Problem)))]
async fn get(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<ViewId>,
) -> Answer<Json<SavedView>> {
    Ok(Json(commands::get(&desk.kernel, &caller, id).await?))
}

/// Change a saved view.
#[utoipa::path(patch, path = "/views/{id}", tag = "tickets", operation_id = "update_view",
    security(("session" = []), ("token" = [])),
    params(("id" = ViewId, Path)), request_body = ViewPatch,
    responses((status = 200, body = SavedView), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<ViewId>,
    Json(patch): Json<ViewPatch>,
) -> Answer<Json<SavedView>> {
    let update = ViewUpdate {
        version: patch.version,
        name: patch.name,
        scope: patch.scope,
        definition: patch.definition,
    };
    let view = commands::update(&desk.kernel, &caller, id, update).await?;
    Ok(Json(view))
}

/// Delete a saved view.
#[utoipa::path(delete, path = "/views/{id}", tag = "tickets", operation_id = "delete_view",
    security(("session" = []), ("token" = [])), params(("id" = ViewId, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<ViewId>,
) -> Answer<StatusCode> {
    commands::delete(&desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
