//! `/macros`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::MacroId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Macro, Scope, commands};
use crate::Desk;
use crate::tags::present;
use crate::tickets::Status;

/// The routes of macros.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
}

/// The macros the caller sees.
#[derive(Debug, Serialize, ToSchema)]
pub struct MacroList {
    /// Shared ones and their own, by name; at most 1,000.
    pub items: Vec<Macro>,
}

/// A macro to save.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MacroInput {
    /// At most 80 characters.
    pub name: String,
    /// At most 64 KiB; it is sanitised.
    pub html: String,
    /// Whom it is for.
    pub scope: Scope,
    /// The status the ticket gets when the reply is sent.
    pub status_after: Option<Status>,
}

/// What to change on a macro; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MacroPatch {
    /// The version that was read.
    pub version: i64,
    /// A new name.
    pub name: Option<String>,
    /// A new text; it is sanitised.
    pub html: Option<String>,
    /// Whom it is for from now on.
    pub scope: Option<Scope>,
    /// The status the ticket gets when the reply is sent; null for none.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Status>)]
    pub status_after: Option<Option<Status>>,
}

/// List the shared macros and the caller's own, by name.
#[utoipa::path(get, path = "/macros", tag = "macros", operation_id = "list_macros",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = MacroList), (status = 401, body = Problem)))]
async fn list(State(desk): State<Desk>, caller: Caller) -> Answer<Json<MacroList>> {
    Ok(Json(MacroList {
        items: commands::list(&desk.kernel, &caller).await?,
    }))
}

/// Save a macro.
#[utoipa::path(post, path = "/macros", tag = "macros", operation_id = "create_macro",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = MacroInput,
    responses((status = 201, body = Macro), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn create(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<MacroInput>,
) -> Answer<(StatusCode, Json<Macro>)> {
    let MacroInput {
        name,
        html,
        scope,
        status_after,
    } = input;
    let new = commands::NewMacro {
        name,
        html,
        scope,
        status_after,
    };
    Ok((
        StatusCode::CREATED,
        Json(commands::create(&desk.kernel, &caller, new, once).await?),
    ))
}

/// Change a macro.
#[utoipa::path(patch, path = "/macros/{id}", tag = "macros", operation_id = "update_macro",
    security(("session" = []), ("token" = [])),
    params(("id" = MacroId, Path)), request_body = MacroPatch,
    responses((status = 200, body = Macro), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<MacroId>,
    Json(patch): Json<MacroPatch>,
) -> Answer<Json<Macro>> {
    let MacroPatch {
        version,
        name,
        html,
        scope,
        status_after,
    } = patch;
    let update = commands::MacroUpdate {
        version,
        name,
        html,
        scope,
        status_after,
    };
    Ok(Json(
        commands::update(&desk.kernel, &caller, id, update).await?,
    ))
}

/// Delete a macro.
#[utoipa::path(delete, path = "/macros/{id}", tag = "macros", operation_id = "delete_macro",
    security(("session" = []), ("token" = [])), params(("id" = MacroId, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<MacroId>,
) -> Answer<StatusCode> {
    commands::delete(&desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
