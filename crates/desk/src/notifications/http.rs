//! `/notifications` and `/me/notification-settings`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, Cursor, Json, Problem, Query};
use kernel::ids::{NotificationId, TicketId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::{self, Reading};
use super::{NotificationKind, NotificationSettings, Stored};
use crate::Desk;

const LIMIT_DEFAULT: i64 = 50;
const LIMIT_MAX: i64 = 100;

/// The routes of notifications.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(mark_read))
        .routes(routes!(get_settings, put_settings))
}

/// What an agent was told.
#[derive(Debug, Serialize, ToSchema)]
pub struct Notification {
    /// Its id.
    pub id: NotificationId,
    /// What it tells of.
    pub kind: NotificationKind,
    /// The ticket it is about.
    pub ticket_id: TicketId,
    /// The ticket's subject; empty when the ticket is gone.
    pub subject: String,
    /// Who did it; null when nobody in person did.
    pub actor_name: Option<String>,
    /// When it happened.
    pub at: Timestamp,
    /// Whether it was read.
    pub read: bool,
}

impl From<Stored> for Notification {
    fn from(stored: Stored) -> Self {
        let Stored {
            id,
            kind,
            ticket,
            subject,
            actor_name,
            at,
            read,
        } = stored;
        let subject = subject.unwrap_or_default();
        Self {
            id,
            kind,
            ticket_id: ticket,
            subject,
            actor_name,
            at,
            read,
        }
    }
}

/// A page of notifications.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotificationPage {
    /// Newest first.
    pub items: Vec<Notification>,
    /// Where the next page begins; null on the last one.
    pub next: Option<String>,
    /// How many in the whole list are unread, counted up to 1,000.
    pub unread: i64,
}

/// Which page to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// From the page before.
    pub cursor: Option<String>,
    /// 1 to 100; 50 when absent.
    pub limit: Option<i64>,
}

/// Which notifications were read: exactly one of the two.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NotificationsReadInput)]
pub struct ReadInput {
    /// All up to this one.
    pub up_to: Option<NotificationId>,
    /// These; at most 200.
    pub ids: Option<Vec<NotificationId>>,
}

/// List the caller's notifications, newest first.
#[utoipa::path(get, path = "/notifications", tag = "notifications",
    operation_id = "list_notifications", security(("session" = []), ("token" = [])),
    params(ListQuery),
    responses((status = 200, body = NotificationPage), (status = 401, body = Problem),
        (status = 422, body = Problem)))]
async fn list(
    State(desk): State<Desk>,
    caller: Caller,
    Query(query): Query<ListQuery>,
) -> Answer<Json<NotificationPage>> {
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
    let before = match &query.cursor {
        Some(cursor) => Cursor::decode(cursor, 1)?
            .first()
            .copied()
            .unwrap_or(i64::MAX),
        None => i64::MAX,
    };
    let before = NotificationId(before);
    let mut listed = commands::list(&desk.kernel, &caller, before, limit + 1).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = listed.items.len() > shown;
    listed.items.truncate(shown);
    let last = listed.items.last().filter(|_| more);
    Ok(Json(NotificationPage {
        next: last.map(|last| Cursor::encode(&[last.id.0])),
        items: listed.items.into_iter().map(Notification::from).collect(),
        unread: listed.unread,
    }))
}

/// Mark notifications read.
#[utoipa::path(post, path = "/notifications/read", tag = "notifications",
    operation_id = "read_notifications", security(("session" = []), ("token" = [])),
    request_body = ReadInput,
    responses((status = 204), (status = 401, body = Problem), (status = 422, body = Problem)))]
async fn mark_read(
    State(desk): State<Desk>,
    caller: Caller,
    Json(input): Json<ReadInput>,
) -> Answer<StatusCode> {
    let reading = match (input.up_to, input.ids) {
        (Some(up_to), None) => Reading::UpTo(up_to),
        (None, Some(ids)) => Reading::Ids(ids),
        _ => {
            let mend = "send either up_to or ids";
            return Err(Refusal::invalid("up_to", "and ids exclude each other", mend).into());
        }
    };
    commands::mark_read(&desk.kernel, &caller, reading).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Show what the caller is told, and how.
#[utoipa::path(get, path = "/me/notification-settings", tag = "notifications",
    operation_id = "get_notification_settings", security(("session" = []), ("token" = [])),
    responses((status = 200, body = NotificationSettings), (status = 401, body = Problem)))]
async fn get_settings(
    State(desk): State<Desk>,
    caller: Caller,
) -> Answer<Json<NotificationSettings>> {
    Ok(Json(commands::settings(&desk.kernel, &caller).await?))
}

/// Choose what the caller is told, and how.
#[utoipa::path(put, path = "/me/notification-settings", tag = "notifications",
    operation_id = "set_notification_settings", security(("session" = []), ("token" = [])),
    request_body = NotificationSettings,
    responses((status = 200, body = NotificationSettings), (status = 401, body = Problem),
        (status = 422, body = Problem)))]
async fn put_settings(
    State(desk): State<Desk>,
    caller: Caller,
    Json(settings): Json<NotificationSettings>,
) -> Answer<Json<NotificationSettings>> {
    Ok(Json(
        commands::set_settings(&desk.kernel, &caller, settings).await?,
    ))
}
