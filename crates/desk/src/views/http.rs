//! `/views`.

use axum::extract::State;
use identity::{Caller, Permission};
use kernel::http::{Answer, Json, Problem};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::View;
use crate::Desk;

/// The routes of views.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .merge(super::saved::http::router())
}

/// The caller's views.
#[derive(Debug, Serialize, ToSchema)]
pub struct ViewList {
    /// In the order of the sidebar.
    pub items: Vec<View>,
}

/// List the caller's views with their counts.
#[utoipa::path(get, path = "/views", tag = "tickets", operation_id = "list_views",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = ViewList), (status = 401, body = Problem),
        (status = 503, body = Problem)))]
async fn list(State(desk): State<Desk>, caller: Caller) -> Answer<Json<ViewList>> {
    caller.require(Permission::TicketRead)?;
    Ok(Json(ViewList {
        items: desk.counts.views(&caller).await?,
    }))
}
