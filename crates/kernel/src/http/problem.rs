//! Problem details for HTTP APIs (RFC 9457).

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::DbError;
use crate::refusal::{Broken, FULL_SIGN_IN, FieldProblem, Refusal};

/// What went wrong, for programs and people.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`; `code` tells problems apart.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What happened and what helps.
    pub detail: String,
    /// A stable code.
    pub code: &'static str,
    /// The fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
    /// Seconds until it may be tried again.
    #[serde(skip)]
    pub retry_after: Option<u64>,
}

impl Problem {
    /// A problem with this status and code.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Problem"),
            status: status.as_u16(),
            detail: detail.into(),
            code,
            fields: Vec::new(),
            retry_after: None,
        }
    }

    /// The body is larger than this route takes.
    pub fn too_large() -> Self {
        let detail = "What was sent is larger than this accepts.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
    }

    fn broken(broken: &Broken) -> Self {
        match broken {
            Broken::Db(DbError::Unreachable(_) | DbError::Locked | DbError::Closed) => {
                tracing::error!(error = %broken, "the database is not available");
                let detail = "The database can't be reached just now. Nothing was changed; try \
                    again in a moment.";
                let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail);
                problem.retry_after = Some(2);
                problem
            }
            Broken::Db(DbError::Clash) => {
                tracing::warn!(error = %broken, "a request kept clashing with others");
                let detail = "Others changed the same thing at the same moment. Nothing was \
                    changed; try again.";
                let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail);
                problem.retry_after = Some(1);
                problem
            }
            Broken::Db(DbError::Full) => {
                tracing::error!(error = %broken, "the disk is full");
                let detail = "The server's disk is full. Nothing was changed; an administrator \
                    has to make room.";
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full", detail)
            }
            _ => {
                tracing::error!(error = %broken, "a request failed");
                let detail = "Something on our side broke. Nothing was changed; the server's log \
                    says more.";
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "broken", detail)
            }
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotSignedIn => {
                Self::new(StatusCode::UNAUTHORIZED, "not_signed_in", "Please sign in.")
            }
            Refusal::NotAllowed {
                permission: FULL_SIGN_IN,
            } => Self::new(
                StatusCode::FORBIDDEN,
                "full_sign_in_needed",
                "You came back by PIN. For this, sign in with your e-mail address and password.",
            ),
            Refusal::NotAllowed { permission } => Self::new(
                StatusCode::FORBIDDEN,
                "not_allowed",
                format!("Your role does not include the permission {permission}."),
            ),
            Refusal::NotFound { what } => Self::new(
                StatusCode::NOT_FOUND,
                "not_found",
                format!("There is no such {what}."),
            ),
            Refusal::Stale { what } => Self::new(
                StatusCode::CONFLICT,
                "stale_version",
                format!("The {what} was changed meanwhile. Load it again and repeat the change."),
            ),
            Refusal::Conflict { code, detail } => Self::new(StatusCode::CONFLICT, code, detail),
            Refusal::Invalid(fields) => {
                let detail = "Some of what was sent can't be accepted.";
                let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail);
                problem.fields = fields;
                problem
            }
            Refusal::TooMany { code, retry_after } => {
                let seconds = retry_after.as_secs().max(1);
                let detail = format!("Too many attempts. Try again in {seconds} seconds.");
                let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail);
                problem.retry_after = Some(seconds);
                problem
            }
            Refusal::Unavailable { detail } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
            }
            Refusal::Broken(broken) => Self::broken(&broken),
        }
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        Self::broken(&Broken::Db(error))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(&self)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
