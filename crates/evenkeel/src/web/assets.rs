//! The embedded web app: its files, and its page for every other path.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use kernel::http::Problem;
use kernel::refusal::Refusal;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/web"]
struct Files;

/// Names under this folder carry a hash of their content, so they never change.
const HASHED: &str = "assets/";

/// Serves the file at the path, or the app's page, whose routes live in the browser.
pub async fn serve(uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return Problem::from(Refusal::NotFound { what: "route" }).into_response();
    }
    match Files::get(path) {
        Some(file) => answer(path, file, &headers),
        None if path.starts_with(HASHED) => StatusCode::NOT_FOUND.into_response(),
        None => match Files::get("index.html") {
            Some(page) => answer("index.html", page, &headers),
            None => StatusCode::NOT_FOUND.into_response(),
        },
    }
}

fn answer(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let hash: String = file
        .metadata
        .sha256_hash()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let etag = format!("\"{hash}\"");
    let caching = if path.starts_with(HASHED) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    if headers
        .get(IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == etag.as_bytes())
    {
        return (
            StatusCode::NOT_MODIFIED,
            [(CACHE_CONTROL, caching.to_owned()), (ETAG, etag)],
        )
            .into_response();
    }
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = if kind.type_() == "text" {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_string()
    };
    let head = [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, caching.to_owned()),
        (ETAG, etag),
    ];
    (head, file.data).into_response()
}
