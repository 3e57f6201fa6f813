//! `/webhooks` and their calls.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, Cursor, IdempotencyKey, Json, Path, Problem, Query};
use kernel::ids::{WebhookDeliveryId, WebhookId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::calls;
use super::commands::{self, Wanted};
use super::{Webhook, WebhookCall, WebhookWithSecret};
use crate::Desk;

/// The routes of webhooks.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
        .routes(routes!(rotate))
        .routes(routes!(test))
        .routes(routes!(list_calls))
        .routes(routes!(replay))
}

/// Every webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookList {
    /// At most 50.
    pub items: Vec<Webhook>,
}

/// What a webhook is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OutgoingWebhookInput)]
pub struct WebhookInput {
    /// At most 80 characters.
    pub name: String,
    /// An `https://` address on the public internet, unless the operator allowed more.
    pub url: String,
    /// Whether it is on.
    pub enabled: bool,
    /// The kinds of records that it is called for; empty: only by rules.
    pub kinds: Vec<String>,
    /// Whether the ticket goes along.
    pub with_ticket: bool,
}

impl From<WebhookInput> for Wanted {
    fn from(input: WebhookInput) -> Self {
        Self {
            name: input.name,
            url: input.url,
            enabled: input.enabled,
            kinds: input.kinds,
            with_ticket: input.with_ticket,
        }
    }
}

/// What a webhook is to be from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChange {
    /// The version that was read.
    pub version: i64,
    /// What it is to be.
    pub webhook: WebhookInput,
}

/// The version of a webhook that was read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookVersion {
    /// The version.
    pub version: i64,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct CallsQuery {
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// Calls, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookCallList {
    /// The calls.
    pub items: Vec<WebhookCall>,
    /// Where the next page begins; null when this is the last.
    pub next: Option<String>,
}

/// List the webhooks.
#[utoipa::path(get, path = "/webhooks", tag = "webhooks", operation_id = "list_webhooks",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = WebhookList), (status = 403, body = Problem)))]
async fn list(State(desk): State<Desk>, caller: Caller) -> Answer<Json<WebhookList>> {
    let items = commands::list(&desk, &caller).await?;
    Ok(Json(WebhookList { items }))
}

/// Make a webhook; its secret is shown this once.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", operation_id = "create_webhook",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = WebhookInput,
    responses((status = 201, body = WebhookWithSecret), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<WebhookInput>,
) -> Answer<(StatusCode, Json<WebhookWithSecret>)> {
    let made = commands::create(&desk, &caller, input.into(), once).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Edit a webhook.
#[utoipa::path(put, path = "/webhooks/{id}", tag = "webhooks", operation_id = "update_webhook",
    security(("session" = []), ("token" = [])),
    params(("id" = WebhookId, Path)), request_body = WebhookChange,
    responses((status = 200, body = Webhook), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    Json(change): Json<WebhookChange>,
) -> Answer<Json<Webhook>> {
    let which = (id, change.version);
    let edited = commands::update(&desk, &caller, which, change.webhook.into()).await?;
    Ok(Json(edited))
}

/// Delete a webhook with the list of its calls.
#[utoipa::path(delete, path = "/webhooks/{id}", tag = "webhooks", operation_id = "delete_webhook",
    security(("session" = []), ("token" = [])), params(("id" = WebhookId, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<WebhookId>,
) -> Answer<StatusCode> {
    commands::delete(&desk, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Give a webhook another secret; for a day calls are signed with both.
#[utoipa::path(post, path = "/webhooks/{id}/secret", tag = "webhooks",
    operation_id = "rotate_webhook_secret",
    security(("session" = []), ("token" = [])),
    params(("id" = WebhookId, Path)), request_body = WebhookVersion,
    responses((status = 200, body = WebhookWithSecret), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn rotate(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    Json(seen): Json<WebhookVersion>,
) -> Answer<Json<WebhookWithSecret>> {
    let which = (id, seen.version);
    Ok(Json(commands::rotate(&desk, &caller, which).await?))
}

/// Call a webhook with a test event.
#[utoipa::path(post, path = "/webhooks/{id}/test", tag = "webhooks", operation_id = "test_webhook",
    security(("session" = []), ("token" = [])), params(("id" = WebhookId, Path)),
    responses((status = 202, body = WebhookCall), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn test(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<WebhookId>,
) -> Answer<(StatusCode, Json<WebhookCall>)> {
    let call = calls::test(&desk, &caller, id).await?;
    Ok((StatusCode::ACCEPTED, Json(call)))
}

/// List the calls of a webhook, newest first.
#[utoipa::path(get, path = "/webhooks/{id}/calls", tag = "webhooks",
    operation_id = "list_webhook_calls",
    security(("session" = []), ("token" = [])), params(("id" = WebhookId, Path), CallsQuery),
    responses((status = 200, body = WebhookCallList), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn list_calls(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<WebhookId>,
    Query(query): Query<CallsQuery>,
) -> Answer<Json<WebhookCallList>> {
    let place = query
        .cursor
        .as_deref()
        .map(|cursor| Cursor::decode(cursor, 1));
    let place = place.transpose()?.unwrap_or_default();
    let below = WebhookDeliveryId(place.first().copied().unwrap_or(i64::MAX));
    let items = calls::calls(&desk, &caller, id, below).await?;
    let full = i64::try_from(items.len()).unwrap_or(i64::MAX) >= calls::CALLS_PAGE;
    let last = items.last().filter(|_| full);
    let next = last.map(|last| Cursor::encode(&[last.id.0]));
    Ok(Json(WebhookCallList { items, next }))
}

/// Make a call again, with the same `webhook-id`.
#[utoipa::path(post, path = "/webhook-calls/{id}/replay", tag = "webhooks",
    operation_id = "replay_webhook_call",
    security(("session" = []), ("token" = [])), params(("id" = WebhookDeliveryId, Path)),
    responses((status = 202, body = WebhookCall), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn replay(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<WebhookDeliveryId>,
) -> Answer<(StatusCode, Json<WebhookCall>)> {
    let call = calls::replay(&desk, &caller, id).await?;
    Ok((StatusCode::ACCEPTED, Json(call)))
}
