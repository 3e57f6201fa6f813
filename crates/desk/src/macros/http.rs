//! `/macros`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem, Query};
use kernel::ids::{AttachmentId, MacroId, TicketId};
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Extras, Macro, MacroPreview, Scope, Variant, commands, usage};
use crate::Desk;
use crate::actions::Action;
use crate::conditions::Conditions;
use crate::tags::present;
use crate::tickets::Status;

/// The routes of macros.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
        .routes(routes!(preview))
        .routes(routes!(apply))
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
    /// The text in other languages.
    #[serde(default)]
    pub variants: Vec<Variant>,
    /// What it does to the ticket.
    #[serde(default)]
    pub actions: Vec<Action>,
    /// On which tickets it is offered.
    #[serde(default)]
    pub conditions: Conditions,
    /// The uploads that go with it.
    #[serde(default)]
    pub attachment_ids: Vec<AttachmentId>,
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
    /// The text in other languages; goes together with actions and conditions.
    pub variants: Option<Vec<Variant>>,
    /// What it does to the ticket; absent together with variants and conditions.
    pub actions: Option<Vec<Action>>,
    /// On which tickets it is offered; absent together with variants and actions.
    pub conditions: Option<Conditions>,
    /// The files that go with it: those it has, and new uploads.
    pub attachment_ids: Option<Vec<AttachmentId>>,
}

/// In which language to prepare a macro.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PreviewQuery {
    /// As in BCP 47; absent: the macro's own text.
    pub language: Option<String>,
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
    let new = commands::NewMacro {
        name: input.name,
        html: input.html,
        scope: input.scope,
        status_after: input.status_after,
        extras: Extras {
            variants: input.variants,
            actions: input.actions,
            conditions: input.conditions,
        },
        attachment_ids: input.attachment_ids,
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
    let update = commands::MacroUpdate {
        version: patch.version,
        name: patch.name,
        html: patch.html,
        scope: patch.scope,
        status_after: patch.status_after,
        extras: extras(patch.variants, patch.actions, patch.conditions)?,
        attachment_ids: patch.attachment_ids,
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

/// The three parts come together, so that none is lost by a client that knows only some.
fn extras(
    variants: Option<Vec<Variant>>,
    actions: Option<Vec<Action>>,
    conditions: Option<Conditions>,
) -> Result<Option<Extras>, Refusal> {
    match (variants, actions, conditions) {
        (None, None, None) => Ok(None),
        (Some(variants), Some(actions), Some(conditions)) => Ok(Some(Extras {
            variants,
            actions,
            conditions,
        })),
        _ => Err(Refusal::invalid(
            "actions",
            "come without variants or conditions",
            "send variants, actions and conditions together",
        )),
    }
}

/// Make a macro ready for a ticket, changing nothing on it.
#[utoipa::path(post, path = "/tickets/{id}/macros/{macro_id}/preview", tag = "macros",
    operation_id = "preview_macro", security(("session" = []), ("token" = [])),
    params(("id" = TicketId, Path), ("macro_id" = MacroId, Path), PreviewQuery),
    responses((status = 200, body = MacroPreview), (status = 404, body = Problem)))]
async fn preview(
    State(desk): State<Desk>,
    caller: Caller,
    Path((id, macro_id)): Path<(TicketId, MacroId)>,
    Query(query): Query<PreviewQuery>,
) -> Answer<Json<MacroPreview>> {
    let preview = usage::preview(&desk, &caller, id, macro_id, query.language).await?;
    Ok(Json(preview))
}

/// Do a macro's actions to a ticket, without a reply.
#[utoipa::path(post, path = "/tickets/{id}/macros/{macro_id}/apply", tag = "macros",
    operation_id = "apply_macro", security(("session" = []), ("token" = [])),
    params(("id" = TicketId, Path), ("macro_id" = MacroId, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn apply(
    State(desk): State<Desk>,
    caller: Caller,
    Path((id, macro_id)): Path<(TicketId, MacroId)>,
) -> Answer<StatusCode> {
    usage::apply(&desk, &caller, id, macro_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
