//! The drafts' routes.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::db::Tx;
use kernel::http::{Answer, Json, Path};
use kernel::ids::{AttachmentId, TicketId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{DraftBody, DraftKind, Mailbox, commands};
use crate::Desk;
use crate::attachments::{self, ApiAttachment};

/// The routes of this noun.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new().routes(routes!(get_draft, put_draft, delete_draft))
}

/// A draft as it stands.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Draft {
    /// The text.
    pub html: String,
    /// The uploads that will go with it.
    pub attachment_ids: Vec<AttachmentId>,
    /// The same uploads in full; those swept meanwhile are missing.
    pub attachments: Vec<ApiAttachment>,
    /// Who else gets it; null: who is in copy on the ticket.
    pub cc: Option<Vec<Mailbox>>,
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// When a draft was written.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DraftSaved {
    /// When.
    pub updated_at: Timestamp,
}

/// My draft.
#[utoipa::path(
    get, path = "/tickets/{id}/drafts/{kind}", tag = "drafts", operation_id = "get_draft",
    params(("id" = TicketId, Path), ("kind" = DraftKind, Path)),
    responses((status = 200, body = Draft), (status = 404, description = "No draft.")),
    security(("session" = []), ("token" = []))
)]
async fn get_draft(
    State(desk): State<Desk>,
    caller: Caller,
    Path((id, kind)): Path<(TicketId, DraftKind)>,
) -> Answer<Json<Draft>> {
    let kernel = desk.kernel.clone();
    let draft = desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<Draft, Refusal> {
            let found = commands::find(&kernel, tx, &caller, id, kind).await?;
            let (body, updated_at) = found.ok_or(Refusal::NotFound { what: "draft" })?;
            let mut shown = Vec::new();
            for id in &body.attachment_ids {
                if let Some(file) = attachments::store::find(tx, *id).await? {
                    shown.push(attachments::commands::present(&kernel, tx, &file).await?);
                }
            }
            let DraftBody {
                html,
                attachment_ids,
                cc,
            } = body;
            Ok(Draft {
                html,
                attachment_ids,
                attachments: shown,
                cc,
                updated_at,
            })
        })
        .await?;
    Ok(Json(draft))
}

/// Writes my draft.
#[utoipa::path(
    put, path = "/tickets/{id}/drafts/{kind}", tag = "drafts", operation_id = "put_draft",
    params(("id" = TicketId, Path), ("kind" = DraftKind, Path)), request_body = DraftBody,
    responses((status = 200, body = DraftSaved)),
    security(("session" = []), ("token" = []))
)]
async fn put_draft(
    State(desk): State<Desk>,
    caller: Caller,
    Path((id, kind)): Path<(TicketId, DraftKind)>,
    Json(body): Json<DraftBody>,
) -> Answer<Json<DraftSaved>> {
    let updated_at = commands::put(&desk, &caller, id, kind, body).await?;
    Ok(Json(DraftSaved { updated_at }))
}

/// Throws my draft away.
#[utoipa::path(
    delete, path = "/tickets/{id}/drafts/{kind}", tag = "drafts", operation_id = "delete_draft",
    params(("id" = TicketId, Path), ("kind" = DraftKind, Path)),
    responses((status = 204)),
    security(("session" = []), ("token" = []))
)]
async fn delete_draft(
    State(desk): State<Desk>,
    caller: Caller,
    Path((id, kind)): Path<(TicketId, DraftKind)>,
) -> Answer<StatusCode> {
    commands::discard(&desk, &caller, id, kind).await?;
    Ok(StatusCode::NO_CONTENT)
}
