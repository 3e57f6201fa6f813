//! The timeline's route.

use axum::extract::State;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, Cursor, Json, Path, Query};
use kernel::ids::{RecordId, TicketId};
use kernel::refusal::Refusal;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Timeline, present};
use crate::{Desk, tickets};

/// The routes of this noun.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new().routes(routes!(get_timeline))
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct TimelineQuery {
    /// `next` of the page before, for an older one.
    pub cursor: Option<String>,
}

/// What was said and done on a ticket, oldest first; without a cursor the newest page.
#[utoipa::path(
    get, path = "/tickets/{id}/timeline", tag = "tickets", operation_id = "get_timeline",
    params(("id" = TicketId, Path), TimelineQuery),
    responses((status = 200, body = Timeline), (status = 404, description = "No such ticket.")),
    security(("session" = []), ("token" = []))
)]
async fn get_timeline(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    Query(query): Query<TimelineQuery>,
) -> Answer<Json<Timeline>> {
    caller.require(Permission::TicketRead)?;
    let cursor = match &query.cursor {
        Some(cursor) => match *Cursor::decode(cursor, 2)? {
            [number, record] => Some((number, RecordId(record))),
            _ => None,
        },
        None => None,
    };
    let kernel = desk.kernel.clone();
    let timeline = desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<Timeline, Refusal> {
            tickets::store::find(tx, id)
                .await?
                .ok_or(Refusal::NotFound { what: "ticket" })?;
            present::page(&kernel, tx, id, cursor).await
        })
        .await?;
    Ok(Json(timeline))
}
