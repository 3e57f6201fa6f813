//! axum's extractors with our problems instead of its plain-text rejections.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Problem;
use crate::refusal::Refusal;

/// A JSON body, in or out.
#[derive(Clone, Copy, Debug, FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub struct Json<T>(pub T);

/// The path's parameters.
#[derive(Clone, Copy, Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

/// The query's parameters.
#[derive(Clone, Copy, Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            return Self::too_large();
        }
        if let JsonRejection::MissingJsonContentType(_) = rejection {
            let mend = "send the header Content-Type: application/json";
            return Refusal::invalid("body", "is not announced as JSON", mend).into();
        }
        Refusal::invalid(
            "body",
            explained(&rejection),
            "see the API reference for its shape",
        )
        .into()
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Refusal::NotFound { what: "page" }.into()
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        let reason = explained(&rejection);
        Refusal::invalid("query", reason, "see the API reference for its parameters").into()
    }
}

/// The innermost reason, as in "unknown field `colour`, expected `name`".
fn explained(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    format!("can't be read: {innermost}")
}

/// The longest accepted `Idempotency-Key`, in bytes.
const IDEMPOTENCY_KEY_BYTES_MAX: usize = 200;

/// The `Idempotency-Key` header, when there is one.
#[derive(Clone, Debug, Default)]
pub struct IdempotencyKey(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(header) = parts.headers.get("idempotency-key") else {
            return Ok(Self(None));
        };
        match header.to_str() {
            Ok(key) if (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&key.len()) => {
                Ok(Self(Some(key.to_owned())))
            }
            _ => Err(Refusal::invalid(
                "Idempotency-Key",
                "is not 1 to 200 visible characters",
                "send a random UUID",
            )
            .into()),
        }
    }
}
