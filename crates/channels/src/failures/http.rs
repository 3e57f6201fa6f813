//! `/inbound/failures`.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::{Caller, Permission};
use kernel::blobs::BlobError;
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

use super::{commands, store};
use crate::Channels;
use crate::email::intake::{self, InboundMail};
use kernel::words;

const PAGE: i64 = 50;
const PAGE_MAX: i64 = 100;

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(retry))
        .routes(routes!(raw))
        .routes(routes!(preview))
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
    /// Whether there is a copy to look at and to try again.
    has_copy: bool,
    /// Why it was discarded; null when it was not.
    discard_reason: Option<String>,
    /// When it was discarded.
    discarded_at: Option<Timestamp>,
    /// Until when a discarded mail can be brought back.
    kept_until: Option<Timestamp>,
}

words! {
    /// Which of the mails.
    FailureState {
        /// Waiting for a decision.
        Failed = "failed",
        /// Discarded, and still kept.
        Discarded = "discarded",
    }
}

/// Why nothing is to be made of a mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscardInput {
    /// At most 500 characters; kept in the journal.
    reason: String,
}

/// A line of a mail's header.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailureHeader {
    /// Empty for a line that names none.
    name: String,
    value: String,
}

/// A file of a mail.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailureFile {
    name: String,
    content_type: String,
    /// In bytes.
    size: i64,
}

/// What can be shown of a mail: text only, nothing that runs or loads.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailurePreview {
    /// In order, unfolded, otherwise as they are.
    headers: Vec<FailureHeader>,
    more_headers: bool,
    /// The beginning of the text.
    text: String,
    more_text: bool,
    /// Whether it could be read as a mail; otherwise the text is what follows the header.
    readable: bool,
    files: Vec<FailureFile>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Paging {
    cursor: Option<String>,
    /// At most 100; 50 when absent.
    limit: Option<i64>,
    /// `failed` when absent.
    #[param(inline)]
    state: Option<FailureState>,
}

/// List mail that could not be processed, or that was discarded, newest first.
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
    let state = paging.state.unwrap_or(FailureState::Failed);
    let keys = channels.desk.kernel.keys.clone();
    let page = channels
        .desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let mut rows = rows(tx, state, below, limit.saturating_add(1)).await?;
            let size = usize::try_from(limit).unwrap_or(usize::MAX);
            let more = rows.len() > size;
            rows.truncate(size);
            let last = rows.last().filter(|_| more).map(|row| row.0.id.0);
            let mut items = Vec::with_capacity(rows.len());
            for row in rows {
                items.push(view(tx, &keys, row).await?);
            }
            Ok::<_, Refusal>(Page {
                items,
                next: last.map(|id| Cursor::encode(&[id])),
            })
        })
        .await?;
    Ok(Json(page))
}

/// A mail, and when and why it was discarded.
type FailureRow = (InboundMail, Option<(Timestamp, Encrypted<String>)>);

async fn rows(
    tx: &mut Tx<'_>,
    state: FailureState,
    below: i64,
    limit: i64,
) -> Result<Vec<FailureRow>, Refusal> {
    Ok(match state {
        FailureState::Failed => {
            let mails = intake::store::failed(tx, below, limit).await?;
            mails.into_iter().map(|mail| (mail, None)).collect()
        }
        FailureState::Discarded => {
            let rows = store::discarded(tx, below, limit).await?;
            let split = |row: store::Discarded| (row.mail, Some((row.at, row.reason)));
            rows.into_iter().map(split).collect()
        }
    })
}

/// Try a failed mail again, or bring a discarded one back.
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
    let pieces = futures_util::stream::try_unfold(raw, async |mut raw| {
        let piece = raw.next().await?;
        Ok::<_, BlobError>(piece.map(|piece| (Bytes::from(piece), raw)))
    });
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// Look into a failed mail without opening it: headers and the beginning of its text.
#[utoipa::path(get, path = "/inbound/failures/{id}/preview", tag = "inboxes",
    operation_id = "preview_inbound_failure", params(("id" = FailureId, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = FailurePreview), (status = 404, body = Problem)))]
async fn preview(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<FailureId>,
) -> Answer<Json<FailurePreview>> {
    let preview = commands::preview(&channels.desk.kernel, &caller, id).await?;
    let header = |(name, value)| FailureHeader { name, value };
    let file = |(name, content_type, size): (String, String, usize)| FailureFile {
        name,
        content_type,
        size: i64::try_from(size).unwrap_or(i64::MAX),
    };
    Ok(Json(FailurePreview {
        headers: preview.headers.into_iter().map(header).collect(),
        more_headers: preview.more_headers,
        text: preview.text,
        more_text: preview.more_text,
        readable: preview.readable,
        files: preview.files.into_iter().map(file).collect(),
    }))
}

/// Discard a failed mail with a reason. It is kept for 30 days and can be brought back.
#[utoipa::path(post, path = "/inbound/failures/{id}/discard", tag = "inboxes",
    operation_id = "discard_inbound_failure", params(("id" = FailureId, Path)),
    request_body = DiscardInput, security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn discard(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<FailureId>,
    Json(input): Json<DiscardInput>,
) -> Answer<StatusCode> {
    commands::discard(&channels.desk.kernel, &caller, id, &input.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn view(
    tx: &mut Tx<'_>,
    keys: &Keys,
    (mail, discarded): FailureRow,
) -> Result<FailureView, Refusal> {
    let (discarded_at, discard_reason) = discarded.unzip();
    Ok(FailureView {
        id: mail.id,
        inbox_id: mail.inbox,
        received_at: mail.received_at,
        sender: opened(tx, keys, mail.sender).await?,
        subject: opened(tx, keys, mail.subject).await?,
        reason: opened(tx, keys, mail.reason).await?.unwrap_or_default(),
        attempts: mail.attempts,
        has_copy: mail.blob.is_some(),
        discard_reason: opened(tx, keys, discard_reason).await?,
        kept_until: discarded_at.map(|at| at.plus(super::DISCARDED_KEPT)),
        discarded_at,
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
