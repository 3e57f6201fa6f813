//! `/inbound/failures`.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, Cursor, Json, Page, Path, Problem, Query};
use kernel::ids::{FailureId, InboxId};
use kernel::keys::{Encrypted, Keys};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands;
use crate::Channels;
use crate::email::intake::{InboundMail, store};

const PAGE: i64 = 50;
const PAGE_MAX: i64 = 100;

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(retry))
        .routes(routes!(raw))
        .routes(routes!(discard))
}

/// A mail that could not be processed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailureView {
    id: FailureId,
    inbox_id: InboxId,
    received_at: Timestamp,
    /// The sender, when readable.
    sender: Option<String>,
    /// The subject, when readable.
    subject: Option<String>,
    /// Why it could not be processed.
    reason: String,
    /// How often it was tried.
    attempts: i64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Paging {
    cursor: Option<String>,
    /// At most 100; 50 when absent.
    limit: Option<i64>,
}

/// List mail that could not be processed, newest first.
#[utoipa::path(get, path = "/inbound/failures", tag = "inboxes",
    operation_id = "list_inbound_failures", params(Paging),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Page<FailureView>), (status = 403, body = Problem)))]
async fn list(
    State(channels): State<Channels>,
    caller: Caller,
    Query(paging): Query<Paging>,
) -> Answer<Json<Page<FailureView>>> {
    caller.require(Permission::FailureManage)?;
    let below = match paging.cursor.as_deref() {
        Some(cursor) => Cursor::decode(cursor, 1)?
            .first()
            .copied()
            .unwrap_or(i64::MAX),
        None => i64::MAX,
    };
    let limit = paging.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let keys = channels.desk.kernel.keys.clone();
    let page = channels
        .desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let mut mails = store::failed(tx, below, limit.saturating_add(1)).await?;
            let size = usize::try_from(limit).unwrap_or(usize::MAX);
            let more = mails.len() > size;
            mails.truncate(size);
            let last = mails.last().filter(|_| more).map(|mail| mail.id.0);
            let mut items = Vec::with_capacity(mails.len());
            for mail in mails {
                items.push(view(tx, &keys, mail).await?);
            }
            Ok::<_, Refusal>(Page {
                items,
                next: last.map(|id| Cursor::encode(&[id])),
            })
        })
        .await?;
    Ok(Json(page))
}

/// Try a failed mail again.
#[utoipa::path(post, path = "/inbound/failures/{id}/retry", tag = "inboxes",
    operation_id = "retry_inbound_failure", params(("id" = FailureId, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn retry(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<FailureId>,
) -> Answer<StatusCode> {
    commands::retry(&channels.desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Download a failed mail as it was received.
#[utoipa::path(get, path = "/inbound/failures/{id}/raw", tag = "inboxes",
    operation_id = "read_inbound_failure", params(("id" = FailureId, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, content_type = "message/rfc822", body = Vec<u8>),
        (status = 404, body = Problem)))]
async fn raw(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<FailureId>,
) -> Answer<Response> {
    let raw = commands::raw(&channels.desk.kernel, &caller, id).await?;
    let headers = [
        (header::CONTENT_TYPE, "message/rfc822".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"mail-{id}.eml\""),
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    Ok((headers, raw).into_response())
}

/// Discard a failed mail for good.
#[utoipa::path(delete, path = "/inbound/failures/{id}", tag = "inboxes",
    operation_id = "discard_inbound_failure", params(("id" = FailureId, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 404, body = Problem)))]
async fn discard(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<FailureId>,
) -> Answer<StatusCode> {
    commands::discard(&channels.desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn view(tx: &mut Tx<'_>, keys: &Keys, mail: InboundMail) -> Result<FailureView, Refusal> {
    Ok(FailureView {
        id: mail.id,
        inbox_id: mail.inbox,
        received_at: mail.received_at,
        sender: opened(tx, keys, mail.sender).await?,
        subject: opened(tx, keys, mail.subject).await?,
        reason: opened(tx, keys, mail.reason).await?.unwrap_or_default(),
        attempts: mail.attempts,
    })
}

async fn opened(
    tx: &mut Tx<'_>,
    keys: &Keys,
    sealed: Option<Encrypted<String>>,
) -> Result<Option<String>, Refusal> {
    match sealed {
        Some(sealed) => Ok(keys.decrypt(tx, &sealed).await?),
        None => Ok(None),
    }
}
