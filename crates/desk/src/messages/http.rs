//! The messages' routes.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::db::Tx;
use kernel::http::{Answer, IdempotencyKey, Json, Path};
use kernel::ids::{AgentId, AttachmentId, MacroId, TicketId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Mailbox;
use super::commands::{forward, note, redact, release, reply};
use crate::Desk;
use crate::drafts::DraftBody;
use crate::tickets::Status;
use crate::timeline::{TimelineItem, present};

/// The routes of this noun.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(create_reply))
        .routes(routes!(undo_reply))
        .routes(routes!(send_reply_now))
        .routes(routes!(create_note))
        .routes(routes!(create_forward))
        .routes(routes!(redact_message))
        .merge(super::deliveries::http::router())
}

/// An answer to the customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplyInput {
    /// The text.
    pub html: String,
    /// The uploads that go with it.
    #[serde(default)]
    pub attachment_ids: Vec<AttachmentId>,
    /// Who is in copy from now on; absent: as before.
    pub cc: Option<Vec<Mailbox>>,
    /// The newest message that you saw.
    pub seen_number: i64,
    /// The status that the ticket gets when the reply goes out.
    pub status_after: Option<Status>,
    /// When it goes out; absent: as soon as undo ends.
    pub send_at: Option<Timestamp>,
    /// Whether the mail it answers stands quoted below it; absent: as the inbox has it.
    #[serde(default)]
    pub quotes: Option<bool>,
    /// The macro it was written with: its actions are done with the reply.
    #[serde(default)]
    pub macro_id: Option<MacroId>,
}

/// What a taken-back reply held.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct UndoneReply {
    /// The text.
    pub html: String,
    /// The files, uploads again.
    pub attachment_ids: Vec<AttachmentId>,
    /// Who else was to get it.
    pub cc: Vec<Mailbox>,
}

/// A note for the team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteInput {
    /// The text.
    pub html: String,
    /// The uploads that go with it.
    #[serde(default)]
    pub attachment_ids: Vec<AttachmentId>,
    /// The colleagues it names.
    #[serde(default)]
    pub mentions: Vec<AgentId>,
}

/// Messages to send on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForwardInput {
    /// To whom.
    pub to: Vec<Mailbox>,
    /// What you add above.
    pub html: String,
    /// Which messages.
    #[serde(default)]
    pub numbers: Vec<i64>,
}

/// What to remove: words, or a file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedactionInput {
    /// The words, wherever they stand in the message.
    pub text: Option<String>,
    /// The file.
    pub attachment_id: Option<AttachmentId>,
}

async fn show(desk: &Desk, id: TicketId, number: i64) -> Result<Json<TimelineItem>, Refusal> {
    let kernel = desk.kernel.clone();
    let item = desk
        .kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<TimelineItem, Refusal> {
                present::message(&kernel, tx, id, number).await
            },
        )
        .await?;
    Ok(Json(item))
}

/// Answers the customer: the reply goes out when undo ends, 15 seconds later, or at `send_at`.
#[utoipa::path(
    post, path = "/tickets/{id}/replies", tag = "messages", operation_id = "create_reply",
    params(("id" = TicketId, Path)), request_body = ReplyInput,
    responses(
        (status = 201, body = TimelineItem),
        (status = 409, description = "`new_messages`: newer than `seen_number`; \
            `ticket_closed`; `not_on_desk`."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn create_reply(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Path(id): Path<TicketId>,
    Json(input): Json<ReplyInput>,
) -> Answer<(StatusCode, Json<TimelineItem>)> {
    let new = reply::NewReply {
        html: input.html,
        attachment_ids: input.attachment_ids,
        cc: input.cc,
        seen_number: input.seen_number,
        status_after: input.status_after,
        send_at: input.send_at,
        quotes: input.quotes,
        macro_id: input.macro_id,
    };
    let number = reply::reply(&desk, &caller, id, new, once).await?;
    Ok((StatusCode::CREATED, show(&desk, id, number).await?))
}

/// Takes a scheduled reply back; it becomes a draft again.
#[utoipa::path(
    delete, path = "/tickets/{id}/replies/{number}", tag = "messages",
    operation_id = "undo_reply",
    params(("id" = TicketId, Path), ("number" = i64, Path)),
    responses(
        (status = 200, body = UndoneReply),
        (status = 409, description = "`already_sent`: it is on its way."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn undo_reply(
    State(desk): State<Desk>,
    caller: Caller,
    Path((id, number)): Path<(TicketId, i64)>,
) -> Answer<Json<UndoneReply>> {
    let unsent = release::undo(&desk, &caller, id, number).await?;
    let DraftBody {
        html,
        attachment_ids,
        cc,
    } = unsent.draft;
    Ok(Json(UndoneReply {
        html,
        attachment_ids,
        cc: cc.unwrap_or_default(),
    }))
}

/// Sends a scheduled reply at once.
#[utoipa::path(
    post, path = "/tickets/{id}/replies/{number}/send-now", tag = "messages",
    operation_id = "send_reply_now",
    params(("id" = TicketId, Path), ("number" = i64, Path)),
    responses(
        (status = 200, body = TimelineItem),
        (status = 409, description = "`already_sent`: it is on its way."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn send_reply_now(
    State(desk): State<Desk>,
    caller: Caller,
    Path((id, number)): Path<(TicketId, i64)>,
) -> Answer<Json<TimelineItem>> {
    release::send_now(&desk, &caller, id, number).await?;
    Ok(show(&desk, id, number).await?)
}

/// Leaves a note for the team; the customer never sees it.
#[utoipa::path(
    post, path = "/tickets/{id}/notes", tag = "messages", operation_id = "create_note",
    params(("id" = TicketId, Path)), request_body = NoteInput,
    responses((status = 201, body = TimelineItem)),
    security(("session" = []), ("token" = []))
)]
async fn create_note(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Path(id): Path<TicketId>,
    Json(input): Json<NoteInput>,
) -> Answer<(StatusCode, Json<TimelineItem>)> {
    let NoteInput {
        html,
        attachment_ids,
        mentions,
    } = input;
    let new = note::NewNote {
        html,
        attachment_ids,
        mentions,
    };
    let number = note::note(&desk, &caller, id, new, once).await?;
    Ok((StatusCode::CREATED, show(&desk, id, number).await?))
}

/// Sends messages on to someone outside.
#[utoipa::path(
    post, path = "/tickets/{id}/forwards", tag = "messages", operation_id = "create_forward",
    params(("id" = TicketId, Path)), request_body = ForwardInput,
    responses(
        (status = 201, body = TimelineItem),
        (status = 409, description = "`no_inbox`; `ticket_closed`; `not_on_desk`."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn create_forward(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Path(id): Path<TicketId>,
    Json(input): Json<ForwardInput>,
) -> Answer<(StatusCode, Json<TimelineItem>)> {
    let ForwardInput { to, html, numbers } = input;
    let new = forward::NewForward { to, html, numbers };
    let number = forward::forward(&desk, &caller, id, new, once).await?;
    Ok((StatusCode::CREATED, show(&desk, id, number).await?))
}

/// Removes words or a file from a message for good.
#[utoipa::path(
    post, path = "/tickets/{id}/messages/{number}/redactions", tag = "messages",
    operation_id = "redact_message",
    params(("id" = TicketId, Path), ("number" = i64, Path)), request_body = RedactionInput,
    responses((status = 200, body = TimelineItem)),
    security(("session" = []), ("token" = []))
)]
async fn redact_message(
    State(desk): State<Desk>,
    caller: Caller,
    Path((id, number)): Path<(TicketId, i64)>,
    Json(input): Json<RedactionInput>,
) -> Answer<Json<TimelineItem>> {
    let redaction = match (input.text, input.attachment_id) {
        (Some(text), None) => redact::Redaction::Words(text),
        (None, Some(file)) => redact::Redaction::File(file),
        _ => {
            let reason = "must hold either text or attachment_id";
            return Err(Refusal::invalid("body", reason, "send one of the two").into());
        }
    };
    redact::redact(&desk, &caller, id, number, redaction).await?;
    Ok(show(&desk, id, number).await?)
}
