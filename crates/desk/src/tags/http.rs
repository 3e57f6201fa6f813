//! `/tags`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::TagId;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Tag, commands, store};
use crate::Desk;

/// The routes of tags.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
}

/// The tags of the workspace.
#[derive(Debug, Serialize, ToSchema)]
pub struct TagList {
    /// By name; at most 2,000.
    pub items: Vec<Tag>,
}

/// A tag to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagInput {
    /// At most 50 characters; written in lower case with hyphens.
    pub name: String,
    /// As `#rrggbb`.
    pub color: Option<String>,
}

/// What to change on a tag; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagPatch {
    /// The version that was read; absent when whatever happened since does not matter.
    pub version: Option<i64>,
    /// A new name.
    pub name: Option<String>,
    /// As `#rrggbb`; null for the neutral colour.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub color: Option<Option<String>>,
}

/// Tells a null (`Some(None)`) from an absent field (`None`).
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// List the tags, by name.
#[utoipa::path(get, path = "/tags", tag = "tags", operation_id = "list_tags",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = TagList), (status = 401, body = Problem)))]
async fn list(State(desk): State<Desk>, caller: Caller) -> Answer<Json<TagList>> {
    caller.require(Permission::TicketRead)?;
    let items = desk
        .kernel
        .db
        .read(async |tx: &mut Tx<'_>| store::all(tx).await)
        .await?;
    Ok(Json(TagList { items }))
}

/// Create a tag.
#[utoipa::path(post, path = "/tags", tag = "tags", operation_id = "create_tag",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = TagInput,
    responses((status = 201, body = Tag), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn create(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<TagInput>,
) -> Answer<(StatusCode, Json<Tag>)> {
    let color = input.color.as_deref();
    let tag = commands::create(&desk.kernel, &caller, &input.name, color, once).await?;
    Ok((StatusCode::CREATED, Json(tag)))
}

/// Rename or colour a tag.
#[utoipa::path(patch, path = "/tags/{id}", tag = "tags", operation_id = "update_tag",

    security(("session" = []), ("token" = [])),
    params(("id" = TagId, Path)), request_body = TagPatch,
    responses((status = 200, body = Tag), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TagId>,
    Json(patch): Json<TagPatch>,
) -> Answer<Json<Tag>> {
    let TagPatch {
        version,
        name,
        color,
    } = patch;
    let update = commands::TagUpdate {
        version,
        name,
        color,
    };
    Ok(Json(
        commands::update(&desk.kernel, &caller, id, update).await?,
    ))
}

/// Delete a tag and take it off every ticket.
#[utoipa::path(delete, path = "/tags/{id}", tag = "tags", operation_id = "delete_tag",

    security(("session" = []), ("token" = [])), params(("id" = TagId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TagId>,
) -> Answer<StatusCode> {
    commands::delete(&desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
