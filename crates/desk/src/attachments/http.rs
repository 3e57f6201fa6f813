//! The files' routes.

use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::Stream;
use identity::{Caller, Permission};
use kernel::blobs::{BlobError, BlobReader};
use kernel::db::Tx;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem, Query};
use kernel::ids::AttachmentId;
use kernel::refusal::Refusal;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiAttachment, commands, rules, store};
use crate::Desk;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(upload_file))
        .layer(DefaultBodyLimit::max(rules::FILE_BYTES_MAX))
        .routes(routes!(get_attachment))
}

/// How to upload.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct UploadQuery {
    /// The file's name.
    pub name: String,
}

/// Stages a file for a message to come; it is removed after 24 hours if no message takes it.
#[utoipa::path(
    post, path = "/uploads", tag = "attachments", operation_id = "upload_file",
    params(UploadQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, body = ApiAttachment),
        (status = 413, description = "Larger than 25 MiB."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn upload_file(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Query(query): Query<UploadQuery>,
    bytes: Result<Bytes, BytesRejection>,
) -> Answer<(StatusCode, Json<ApiAttachment>)> {
    let bytes = bytes.map_err(|_| Problem::too_large())?;
    let id = commands::upload(&desk, &caller, &query.name, bytes.to_vec(), once).await?;
    let kernel = desk.kernel.clone();
    let shown = desk
        .kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<ApiAttachment, Refusal> {
                let file = store::find(tx, id)
                    .await?
                    .ok_or(Refusal::NotFound { what: "upload" })?;
                commands::present(&kernel, tx, &file).await
            },
        )
        .await?;
    Ok((StatusCode::CREATED, Json(shown)))
}

/// A file's bytes.
#[utoipa::path(
    get, path = "/attachments/{id}", tag = "attachments", operation_id = "get_attachment",
    params(("id" = AttachmentId, Path)),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, description = "No such file, or its content was removed."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn get_attachment(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<AttachmentId>,
) -> Answer<Response> {
    caller.require(Permission::TicketRead)?;
    let gone = Refusal::NotFound { what: "attachment" };
    let kernel = desk.kernel.clone();
    let (name, file, blob) = desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
            let gone = Refusal::NotFound { what: "attachment" };
            let Some(file) = store::find(tx, id).await? else {
                return Err(gone);
            };
            // What is staged is its uploader's alone.
            if file.ticket.is_none() && file.uploaded_by != Some(caller.agent) {
                return Err(gone);
            }
            let name = kernel
                .keys
                .decrypt(tx, &file.name)
                .await?
                .unwrap_or_default();
            let blob = file.blob.ok_or(gone)?;
            Ok((name, file, blob))
        })
        .await?;
    let reader = desk
        .kernel
        .blobs
        .reader(blob)
        .await
        .map_err(Refusal::from)?
        .ok_or(gone)?;
    let length = file.size;
    let kind = file.content_type;
    let headers = [
        (
            header::CONTENT_DISPOSITION,
            rules::disposition(&kind, &name),
        ),
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox".to_owned(),
        ),
        (header::CACHE_CONTROL, "private, max-age=3600".to_owned()),
    ];
    let mut response = Body::from_stream(pieces(reader)).into_response();
    for (name, value) in headers {
        let value = HeaderValue::try_from(value)
            .map_err(|error| Refusal::broken(format!("a header for a file: {error}")))?;
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}

/// A file's bytes as they are read; a failure ends them before their length is reached.
fn pieces(reader: BlobReader) -> impl Stream<Item = Result<Bytes, BlobError>> {
    futures_util::stream::try_unfold(reader, async |mut reader| {
        let piece = reader.next().await?;
        Ok(piece.map(|piece| (Bytes::from(piece), reader)))
    })
}
