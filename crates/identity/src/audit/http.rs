//! `/audit`.

use axum::extract::State;
use kernel::http::{Answer, Cursor, Json, Page, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AuditEntry, commands};
use crate::Identity;
use crate::caller::Caller;

/// Most entries of one page.
const PAGE_MAX: i64 = 100;
/// Entries of one page when nothing is said.
const PAGE: i64 = 50;

pub(crate) fn router() -> OpenApiRouter<Identity> {
    OpenApiRouter::new().routes(routes!(list))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// `next` of the page before.
    cursor: Option<String>,
    /// 1 to 100; 50 when absent.
    limit: Option<i64>,
}

/// Everything that happened, newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", operation_id = "list_audit",
    params(AuditQuery),
    responses((status = 200, body = Page<AuditEntry>), (status = 403, body = Problem)),
    security(("session" = []), ("token" = [])))]
async fn list(
    State(identity): State<Identity>,
    caller: Caller,
    Query(query): Query<AuditQuery>,
) -> Answer<Json<Page<AuditEntry>>> {
    let cursor = query
        .cursor
        .map(|cursor| Cursor::decode(&cursor, 1))
        .transpose()?;
    let position = cursor.and_then(|place| place.first().copied());
    let limit = query.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let items = commands::read(&identity, &caller, position, limit).await?;
    let last = items.last().map(|entry| entry.position);
    let next = last
        .filter(|position| *position > 1)
        .map(|position| Cursor::encode(&[position]));
    Ok(Json(Page { items, next }))
}
