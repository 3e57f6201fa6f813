//! The edge of protection from abuse: what agents and leads do, and the customer's page.

mod customer;
mod lead;

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::{AbuseStepId, AgentId, TeamId, TicketId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::mark::{self, HandOver};
use super::commands::read::{self, TicketAbuse};
use super::commands::step;
use super::{AbuseKind, AbuseStep};
use crate::Desk;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(get_of_ticket))
        .routes(routes!(put_mark, delete_mark))
        .routes(routes!(post_speak))
        .routes(routes!(post_hand_over))
        .merge(lead::router())
        .merge(customer::router())
}

/// A step that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct AbuseStepCreated {
    /// Its number.
    pub id: AbuseStepId,
}

/// Abuse on a ticket: marked messages, the ladder so far, and the steps that may be taken.
#[utoipa::path(get, path = "/tickets/{id}/abuse", tag = "abuse", operation_id = "get_ticket_abuse",
    params(("id" = TicketId, Path)), security(("session" = []), ("token" = [])),
    responses((status = 200, body = TicketAbuse), (status = 404, body = Problem)))]
async fn get_of_ticket(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
) -> Answer<Json<TicketAbuse>> {
    Ok(Json(read::of_ticket(&desk.kernel, &caller, id).await?))
}

/// Why a message is abusive.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbuseMarkInput {
    /// What is abusive about it.
    kind: AbuseKind,
    /// What else colleagues should know.
    #[serde(default)]
    note: Option<String>,
}

/// Mark a customer's message as abusive, or judge it anew.
#[utoipa::path(put, path = "/tickets/{id}/messages/{number}/abuse", tag = "abuse",
    operation_id = "mark_abuse", params(("id" = TicketId, Path), ("number" = i64, Path)),
    request_body = AbuseMarkInput, security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn put_mark(
    State(desk): State<Desk>,
    caller: Caller,
    Path(message): Path<(TicketId, i64)>,
    Json(input): Json<AbuseMarkInput>,
) -> Answer<StatusCode> {
    mark::mark(&desk, &caller, message, input.kind, input.note.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a mark away: it was a mistake.
#[utoipa::path(delete, path = "/tickets/{id}/messages/{number}/abuse", tag = "abuse",
    operation_id = "unmark_abuse", params(("id" = TicketId, Path), ("number" = i64, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete_mark(
    State(desk): State<Desk>,
    caller: Caller,
    Path(message): Path<(TicketId, i64)>,
) -> Answer<StatusCode> {
    mark::unmark(&desk, &caller, message).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A reply that warns, or ends the contact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbuseReplyInput {
    /// `warn` or `end`.
    step: AbuseStep,
    /// What the reply says.
    text: String,
}

/// Warn the customer, or end the contact, by a reply.
#[utoipa::path(post, path = "/tickets/{id}/abuse/replies", tag = "abuse",
    operation_id = "reply_to_abuse", params(("id" = TicketId, Path)),
    request_body = AbuseReplyInput, security(("session" = []), ("token" = [])),
    responses((status = 201, body = AbuseStepCreated), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn post_speak(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    once: IdempotencyKey,
    Json(input): Json<AbuseReplyInput>,
) -> Answer<(StatusCode, Json<AbuseStepCreated>)> {
    let id = step::speak(&desk, &caller, id, (input.step, input.text), once).await?;
    Ok((StatusCode::CREATED, Json(AbuseStepCreated { id })))
}

/// To whom a contact is handed over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbuseHandOverInput {
    /// The colleague; null: whoever takes it from the queue.
    #[serde(default)]
    agent_id: Option<AgentId>,
    /// The team; null: the ticket's.
    #[serde(default)]
    team_id: Option<TeamId>,
    /// Whether you take time to recover.
    pause: bool,
}

/// Hand an abusive contact over, and take time to recover; needs no reason.
#[utoipa::path(post, path = "/tickets/{id}/abuse/hand-over", tag = "abuse",
    operation_id = "hand_over_abuse", params(("id" = TicketId, Path)),
    request_body = AbuseHandOverInput, security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn post_hand_over(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    Json(input): Json<AbuseHandOverInput>,
) -> Answer<StatusCode> {
    let to = HandOver {
        agent: input.agent_id,
        team: input.team_id,
        pause: input.pause,
    };
    mark::hand_over(&desk, &caller, id, to).await?;
    Ok(StatusCode::NO_CONTENT)
}
