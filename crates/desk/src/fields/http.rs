//! `/fields`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::{FieldId, FieldOptionId, TicketId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::values::commands::look as values;
use super::{FieldType, commands};
use crate::Desk;
use crate::tags::present;

/// The routes of fields.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
        .routes(routes!(look_up))
        .routes(routes!(reveal))
}

/// Something that can be chosen in a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FieldOption)]
pub struct ApiOption {
    /// Its number, which never changes.
    pub id: FieldOptionId,
    /// Its name in the API, which never changes.
    pub key: String,
    /// Its name on screen.
    pub label: String,
    /// How deep it stands: 0, or one deeper than the option it stands under.
    pub depth: u8,
    /// Whether it can't be chosen any more; nor can what stands under it.
    pub retired: bool,
}

/// A field that a workspace gives its tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Field)]
pub struct ApiField {
    /// Its number.
    pub id: FieldId,
    /// Its name in the API, which never changes.
    pub key: String,
    /// What it holds, which never changes.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// Its name for agents.
    pub label: String,
    /// Its name for customers, when it is another.
    pub customer_label: Option<String>,
    /// What agents should know of it.
    pub description: String,
    /// Digits behind the point, of a decimal.
    pub digits: u8,
    /// The least value of a number, as in `0.50`.
    pub min: Option<String>,
    /// The greatest value of a number.
    pub max: Option<String>,
    /// Whether tickets are found and sorted by its text, which is nothing personal.
    pub searchable: bool,
    /// Whether it is in use; otherwise it is retired.
    pub active: bool,
    /// Its place among the fields.
    pub position: i64,
    /// What can be chosen: a tree, row by row.
    pub options: Vec<ApiOption>,
    /// Send it back when changing the field.
    pub version: i64,
}

/// The fields of the workspace.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldList {
    /// In their order, retired ones too; at most 300.
    pub items: Vec<ApiField>,
}

/// An option of a choice.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OptionInput {
    /// The option that it is; absent for a new one.
    pub id: Option<FieldOptionId>,
    /// Its name in the API; absent: made from the label.
    pub key: Option<String>,
    /// Its name on screen, at most 100 characters.
    pub label: String,
    /// How deep it stands: 0 to 4, at most one deeper than the option before.
    #[serde(default)]
    pub depth: u8,
    /// Whether it can't be chosen any more.
    #[serde(default)]
    pub retired: bool,
}

/// A field to make.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldInput {
    /// Its name in the API, of `a-z`, `0-9` and `_`; absent: made from the label.
    pub key: Option<String>,
    /// What it holds.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// Its name for agents, at most 100 characters.
    pub label: String,
    /// Its name for customers; absent: the same.
    pub customer_label: Option<String>,
    /// What agents should know of it, at most 1,000 characters.
    pub description: Option<String>,
    /// Digits behind the point of a decimal, at most 6; absent: 2.
    pub digits: Option<u8>,
    /// The least value of a number.
    pub min: Option<String>,
    /// The greatest value of a number.
    pub max: Option<String>,
    /// Whether tickets are found and sorted by its text: only for what is nothing personal, since
    /// it is also stored readable.
    #[serde(default)]
    pub searchable: bool,
    /// Whether it is in use.
    #[serde(default = "yes")]
    pub active: bool,
    /// Its place among the fields; absent: the last.
    pub position: Option<i64>,
    /// What can be chosen; at most 1,000.
    #[serde(default)]
    pub options: Vec<OptionInput>,
}

fn yes() -> bool {
    true
}

/// What to change on a field; what is absent stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldPatch {
    /// The version that was read.
    pub version: i64,
    /// Its name for agents.
    pub label: Option<String>,
    /// Its name for customers.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub customer_label: Option<Option<String>>,
    /// What agents should know of it.
    pub description: Option<String>,
    /// The least value of a number.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub min: Option<Option<String>>,
    /// The greatest value of a number.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub max: Option<Option<String>>,
    /// Whether it is in use.
    pub active: Option<bool>,
    /// Its place among the fields.
    pub position: Option<i64>,
    /// What can be chosen from now on. Options that are left out are removed, unless a ticket
    /// holds them: those can only be retired.
    pub options: Option<Vec<OptionInput>>,
}

/// A text to look for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LookUpInput {
    /// The whole text; case does not matter, nor do spaces of a masked one.
    pub text: String,
}

/// The tickets that hold it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookUpResult {
    /// The newest first, at most 50.
    pub ticket_ids: Vec<TicketId>,
}

/// What a masked field holds.
#[derive(Debug, Serialize, ToSchema)]
pub struct Revealed {
    /// The text; null when there is none.
    pub text: Option<String>,
}

/// List the fields, with what can be chosen in them.
#[utoipa::path(get, path = "/fields", tag = "fields", operation_id = "list_fields",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = FieldList), (status = 401, body = Problem)))]
async fn list(State(desk): State<Desk>, caller: Caller) -> Answer<Json<FieldList>> {
    Ok(Json(FieldList {
        items: commands::list(&desk.kernel, &caller).await?,
    }))
}

/// Make a field.
#[utoipa::path(post, path = "/fields", tag = "fields", operation_id = "create_field",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = FieldInput,
    responses((status = 201, body = ApiField), (status = 403, body = Problem),
        (status = 409, body = Problem, description = "`too_many_fields`"),
        (status = 422, body = Problem)))]
async fn create(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<FieldInput>,
) -> Answer<(StatusCode, Json<ApiField>)> {
    Ok((
        StatusCode::CREATED,
        Json(commands::create(&desk.kernel, &caller, input, once).await?),
    ))
}

/// Change a field: its names, bounds and options; retire it or take it up again.
#[utoipa::path(patch, path = "/fields/{id}", tag = "fields", operation_id = "update_field",
    security(("session" = []), ("token" = [])),
    params(("id" = FieldId, Path)), request_body = FieldPatch,
    responses((status = 200, body = ApiField), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<FieldId>,
    Json(patch): Json<FieldPatch>,
) -> Answer<Json<ApiField>> {
    Ok(Json(
        commands::update(&desk.kernel, &caller, id, patch).await?,
    ))
}

/// Delete a retired field, and what tickets hold in it, for good.
#[utoipa::path(delete, path = "/fields/{id}", tag = "fields", operation_id = "delete_field",
    security(("session" = []), ("token" = [])), params(("id" = FieldId, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`field_in_use`")))]
async fn delete(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<FieldId>,
) -> Answer<StatusCode> {
    commands::delete(&desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Find tickets by the whole text of a field: an order number, a masked or a searchable text. The
/// text travels in the body, so that no log of addresses keeps it.
#[utoipa::path(post, path = "/fields/{id}/look-ups", tag = "fields",
    operation_id = "look_up_field",
    security(("session" = []), ("token" = [])),
    params(("id" = FieldId, Path)), request_body = LookUpInput,
    responses((status = 200, body = LookUpResult), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn look_up(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<FieldId>,
    Json(input): Json<LookUpInput>,
) -> Answer<Json<LookUpResult>> {
    Ok(Json(LookUpResult {
        ticket_ids: values::look_up(&desk.kernel, &caller, id, &input.text).await?,
    }))
}

/// Show what a masked field of a ticket holds; the ticket's timeline tells who looked.
#[utoipa::path(post, path = "/tickets/{id}/fields/{key}/reveal", tag = "fields",
    operation_id = "reveal_field",
    security(("session" = []), ("token" = [])),
    params(("id" = TicketId, Path), ("key" = String, Path)),
    responses((status = 200, body = Revealed), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn reveal(
    State(desk): State<Desk>,
    caller: Caller,
    Path((id, key)): Path<(TicketId, String)>,
) -> Answer<Json<Revealed>> {
    Ok(Json(Revealed {
        text: values::reveal(&desk.kernel, &caller, id, &key).await?,
    }))
}
