//! `/forms`, and fields and forms as one document.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::{BrandId, FormId, InboxId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::exchange::{Document, Imported};
use super::{Form, FormField, commands, exchange};
use crate::Desk;

/// The routes of forms.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
        .routes(routes!(export, import))
}

/// The forms of the workspace.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormList {
    /// In their order, retired ones too; at most 100.
    pub items: Vec<Form>,
}

/// A form to make.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormInput {
    /// Its name in the API; absent: made from the name.
    pub key: Option<String>,
    /// Its name on screen, at most 100 characters.
    pub name: String,
    /// Whether it is in use.
    #[serde(default = "yes")]
    pub active: bool,
    /// Whether tickets have it that have no other.
    #[serde(default)]
    pub is_default: bool,
    /// The inboxes whose tickets have it; another form loses them.
    #[serde(default)]
    pub inbox_ids: Vec<InboxId>,
    /// The brands whose tickets have it; another form loses them.
    #[serde(default)]
    pub brand_ids: Vec<BrandId>,
    /// Its fields, in their order; at most 100.
    #[serde(default)]
    pub fields: Vec<FormField>,
}

fn yes() -> bool {
    true
}

/// What to change on a form; what is absent stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FormPatch {
    /// The version that was read.
    pub version: i64,
    /// Its name on screen.
    pub name: Option<String>,
    /// Whether it is in use.
    pub active: Option<bool>,
    /// Whether tickets have it that have no other.
    pub is_default: Option<bool>,
    /// The inboxes whose tickets have it.
    pub inbox_ids: Option<Vec<InboxId>>,
    /// The brands whose tickets have it.
    pub brand_ids: Option<Vec<BrandId>>,
    /// Its fields, in their order.
    pub fields: Option<Vec<FormField>>,
}

/// Fields and forms to take over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImportInput {
    /// What to take over.
    pub document: Document,
    /// Whether only to tell what would change.
    #[serde(default)]
    pub dry_run: bool,
}

/// List the forms.
#[utoipa::path(get, path = "/forms", tag = "fields", operation_id = "list_forms",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = FormList), (status = 401, body = Problem)))]
async fn list(State(desk): State<Desk>, caller: Caller) -> Answer<Json<FormList>> {
    Ok(Json(FormList {
        items: commands::list(&desk.kernel, &caller).await?,
    }))
}

/// Make a form.
#[utoipa::path(post, path = "/forms", tag = "fields", operation_id = "create_form",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = FormInput,
    responses((status = 201, body = Form), (status = 403, body = Problem),
        (status = 409, body = Problem, description = "`too_many_forms`"),
        (status = 422, body = Problem)))]
async fn create(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<FormInput>,
) -> Answer<(StatusCode, Json<Form>)> {
    Ok((
        StatusCode::CREATED,
        Json(commands::create(&desk.kernel, &caller, input, once).await?),
    ))
}

/// Change a form.
#[utoipa::path(patch, path = "/forms/{id}", tag = "fields", operation_id = "update_form",
    security(("session" = []), ("token" = [])),
    params(("id" = FormId, Path)), request_body = FormPatch,
    responses((status = 200, body = Form), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<FormId>,
    Json(patch): Json<FormPatch>,
) -> Answer<Json<Form>> {
    Ok(Json(
        commands::update(&desk.kernel, &caller, id, patch).await?,
    ))
}

/// Delete a form; its tickets have a default one from now on and keep what they hold.
#[utoipa::path(delete, path = "/forms/{id}", tag = "fields", operation_id = "delete_form",
    security(("session" = []), ("token" = [])), params(("id" = FormId, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<FormId>,
) -> Answer<StatusCode> {
    commands::delete(&desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// All fields and forms as one document, to take over elsewhere; inboxes and brands are not in it.
#[utoipa::path(get, path = "/forms/document", tag = "fields", operation_id = "export_forms",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Document), (status = 403, body = Problem)))]
async fn export(State(desk): State<Desk>, caller: Caller) -> Answer<Json<Document>> {
    Ok(Json(exchange::export(&desk.kernel, &caller).await?))
}

/// Take over fields and forms from a document, known by their keys: what is missing is made, what
/// differs is changed, nothing is removed; once more, nothing changes.
#[utoipa::path(post, path = "/forms/document", tag = "fields", operation_id = "import_forms",
    security(("session" = []), ("token" = [])), request_body = ImportInput,
    responses((status = 200, body = Imported), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn import(
    State(desk): State<Desk>,
    caller: Caller,
    Json(input): Json<ImportInput>,
) -> Answer<Json<Imported>> {
    let ImportInput { document, dry_run } = input;
    Ok(Json(
        exchange::import(&desk.kernel, &caller, document, dry_run).await?,
    ))
}
