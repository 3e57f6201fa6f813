//! `/tickets/{id}/promises` and `/promises/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::{AgentId, PromiseId, TicketId};
use kernel::time::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::{self, NewPromise, PromiseUpdate};
use super::{Promise, PromiseState};
use crate::Desk;

/// The routes of promises.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(update))
}

/// A promise to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromiseInput {
    /// What is promised; at most 500 characters.
    pub note: String,
    /// By when.
    pub due_at: Timestamp,
    /// Who keeps it; the caller when absent.
    pub owner_id: Option<AgentId>,
}

/// What to change on a promise; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromisePatch {
    /// The version that was read.
    pub version: i64,
    /// What is promised.
    pub note: Option<String>,
    /// By when; a promise that fell due is put off by it.
    pub due_at: Option<Timestamp>,
    /// Who keeps it.
    pub owner_id: Option<AgentId>,
    /// `kept` or `withdrawn`.
    pub state: Option<PromiseState>,
}

/// Promise the customer something by a time; it comes back by itself.
#[utoipa::path(post, path = "/tickets/{id}/promises", tag = "promises",
    operation_id = "create_promise", security(("session" = []), ("token" = [])),
    params(("id" = TicketId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = PromiseInput,
    responses((status = 201, body = Promise), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    once: IdempotencyKey,
    Json(input): Json<PromiseInput>,
) -> Answer<(StatusCode, Json<Promise>)> {
    let new = NewPromise {
        owner: input.owner_id,
        note: input.note,
        due_at: input.due_at,
    };
    let made = commands::make(&desk, &caller, id, new, once).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Change a promise, put it off, keep or withdraw it.
#[utoipa::path(patch, path = "/promises/{id}", tag = "promises", operation_id = "update_promise",
    security(("session" = []), ("token" = [])),
    params(("id" = PromiseId, Path)), request_body = PromisePatch,
    responses((status = 200, body = Promise), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<PromiseId>,
    Json(patch): Json<PromisePatch>,
) -> Answer<Json<Promise>> {
    let update = PromiseUpdate {
        version: patch.version,
        owner: patch.owner_id,
        note: patch.note,
        due_at: patch.due_at,
        state: patch.state,
    };
    Ok(Json(commands::update(&desk, &caller, id, update).await?))
}
