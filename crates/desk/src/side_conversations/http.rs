//! `/tickets/{id}/side-conversations` and `/side-conversations/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::{AgentId, AttachmentId, SideConversationId, TeamId, TicketId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::{self, NewSideMessage};
use super::start::{self, NewSide};
use super::{SideState, SideThread};
use crate::Desk;
use crate::drafts::Mailbox;

/// The routes of side conversations.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(get, update))
        .routes(routes!(post))
}

/// Somebody to ask beside a ticket: exactly one of `to`, `agent_id` and `team_id`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SideConversationInput {
    /// What it is about.
    pub subject: String,
    /// People outside, by mail; 1 to 20, none of whom belongs to the ticket.
    pub to: Option<Vec<Mailbox>>,
    /// A colleague.
    pub agent_id: Option<AgentId>,
    /// A team.
    pub team_id: Option<TeamId>,
    /// The first message; it is sanitised.
    pub html: String,
    /// Uploads that go with a mail.
    #[serde(default)]
    pub attachment_ids: Vec<AttachmentId>,
    /// Files of the ticket that go with a mail.
    #[serde(default)]
    pub file_ids: Vec<AttachmentId>,
}

/// A message in a side conversation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SideMessageInput {
    /// The text; it is sanitised.
    pub html: String,
    /// Uploads that go with a mail.
    #[serde(default)]
    pub attachment_ids: Vec<AttachmentId>,
    /// The newest message that its author saw.
    pub seen_number: i64,
}

/// A side conversation as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SideConversationPatch {
    /// The version that was read.
    pub version: i64,
    /// Whether it goes on.
    pub state: SideState,
}

/// Ask somebody beside a ticket; its customer never sees it.
#[utoipa::path(post, path = "/tickets/{id}/side-conversations", tag = "side conversations",
    operation_id = "create_side_conversation", security(("session" = []), ("token" = [])),
    params(("id" = TicketId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = SideConversationInput,
    responses((status = 201, body = SideThread), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn create(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    once: IdempotencyKey,
    Json(input): Json<SideConversationInput>,
) -> Answer<(StatusCode, Json<SideThread>)> {
    let new = NewSide {
        subject: input.subject,
        asked: start::asked(input.to, input.agent_id, input.team_id)?,
        html: input.html,
        attachment_ids: input.attachment_ids,
        file_ids: input.file_ids,
    };
    let id = start::start(&desk, &caller, id, new, once).await?;
    let thread = commands::read(&desk, &caller, id).await?;
    Ok((StatusCode::CREATED, Json(thread)))
}

/// Show a side conversation with its messages.
#[utoipa::path(get, path = "/side-conversations/{id}", tag = "side conversations",
    operation_id = "get_side_conversation", security(("session" = []), ("token" = [])),
    params(("id" = SideConversationId, Path)),
    responses((status = 200, body = SideThread), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn get(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<SideConversationId>,
) -> Answer<Json<SideThread>> {
    Ok(Json(commands::read(&desk, &caller, id).await?))
}

/// End a side conversation, or open it again.
#[utoipa::path(patch, path = "/side-conversations/{id}", tag = "side conversations",
    operation_id = "update_side_conversation", security(("session" = []), ("token" = [])),
    params(("id" = SideConversationId, Path)), request_body = SideConversationPatch,
    responses((status = 200, body = SideThread), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<SideConversationId>,
    Json(patch): Json<SideConversationPatch>,
) -> Answer<Json<SideThread>> {
    Ok(Json(
        commands::set_state(&desk, &caller, id, patch.version, patch.state).await?,
    ))
}

/// Write in a side conversation.
#[utoipa::path(post, path = "/side-conversations/{id}/messages", tag = "side conversations",
    operation_id = "create_side_message", security(("session" = []), ("token" = [])),
    params(("id" = SideConversationId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = SideMessageInput,
    responses((status = 201, body = SideThread), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn post(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<SideConversationId>,
    once: IdempotencyKey,
    Json(input): Json<SideMessageInput>,
) -> Answer<(StatusCode, Json<SideThread>)> {
    let new = NewSideMessage {
        html: input.html,
        attachment_ids: input.attachment_ids,
        seen_number: input.seen_number,
    };
    commands::post(&desk, &caller, id, new, once).await?;
    let thread = commands::read(&desk, &caller, id).await?;
    Ok((StatusCode::CREATED, Json(thread)))
}
