//! `/bulk`, and solving incidents with their problem.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, Cursor, IdempotencyKey, Json, Path, Problem, Query};
use kernel::ids::{BulkId, MacroId, TicketId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::{self, Change};
use super::{BulkWork, incidents};
use crate::Desk;
use crate::actions::Action;
use crate::tickets::Status;

const LIMIT_DEFAULT: i64 = 20;
const LIMIT_MAX: i64 = 50;

/// The routes of work on many tickets.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list, start))
        .routes(routes!(get))
        .routes(routes!(cancel))
        .routes(routes!(undo))
        .routes(routes!(solve))
}

/// One change to many tickets.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkInput {
    /// 1 to 1,000 tickets, in the order in which they are dealt with.
    pub tickets: Vec<BulkTicketInput>,
    /// What is done to each.
    pub change: BulkChange,
}

/// A ticket to change, as the caller saw it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkTicketInput {
    /// The ticket.
    pub id: TicketId,
    /// The version that you saw: a ticket that has another by then is refused. Absent: whatever it
    /// is.
    pub version: Option<i64>,
}

/// What is done to each ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum BulkChange {
    /// Fields, tags and people change.
    Actions {
        /// In their order; at most 20.
        #[serde(default)]
        actions: Vec<Action>,
        /// Tags to add by name; unknown ones are made.
        #[serde(default)]
        add_tags: Vec<String>,
    },
    /// A macro's actions are done, without its text.
    Macro {
        /// Which.
        macro_id: MacroId,
    },
    /// The same reply goes to each customer. Its variables (`{{customer.first_name|there}}`) are
    /// filled for each; a ticket for which one can't be filled is refused, and so is one with a
    /// message that came in meanwhile.
    Reply {
        /// The text; it is sanitised.
        html: String,
        /// The status each ticket gets when it goes out.
        status_after: Option<Status>,
        /// The macro it was written with: its actions are done as well. Its files don't go along.
        macro_id: Option<MacroId>,
    },
}

/// A page of work on many tickets.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkPage {
    /// Newest first.
    pub items: Vec<BulkWork>,
    /// Where the next page begins; null on the last one.
    pub next: Option<String>,
}

/// Which page to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BulkQuery {
    /// From the page before.
    pub cursor: Option<String>,
    /// 1 to 50; 20 when absent.
    pub limit: Option<i64>,
}

/// A problem to solve with its incidents.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentsInput {
    /// The problem's version that you saw.
    pub version: i64,
    /// What each incident's customer is told, with variables; absent: nothing.
    pub html: Option<String>,
}

/// Begin a change to many tickets. It goes on by itself; the live feed tells how far it is.
#[utoipa::path(post, path = "/bulk", tag = "bulk", operation_id = "start_bulk",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = BulkInput,
    responses((status = 201, body = BulkWork), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn start(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<BulkInput>,
) -> Answer<(StatusCode, Json<BulkWork>)> {
    let change = match input.change {
        BulkChange::Actions { actions, add_tags } => Change::Actions { actions, add_tags },
        BulkChange::Macro { macro_id } => Change::Macro(macro_id),
        BulkChange::Reply {
            html,
            status_after,
            macro_id,
        } => Change::Reply {
            html,
            status_after,
            macro_id,
        },
    };
    let named = input.tickets.into_iter().map(|it| (it.id, it.version));
    let begun = commands::start(&desk, &caller, change, named.collect(), once).await?;
    Ok((StatusCode::CREATED, Json(begun)))
}

/// List the caller's changes to many tickets of the last 30 days, newest first.
#[utoipa::path(get, path = "/bulk", tag = "bulk", operation_id = "list_bulk",
    security(("session" = []), ("token" = [])), params(BulkQuery),
    responses((status = 200, body = BulkPage), (status = 401, body = Problem),
        (status = 422, body = Problem)))]
async fn list(
    State(desk): State<Desk>,
    caller: Caller,
    Query(query): Query<BulkQuery>,
) -> Answer<Json<BulkPage>> {
    let limit = query.limit.unwrap_or(LIMIT_DEFAULT).clamp(1, LIMIT_MAX);
    let before = match &query.cursor {
        Some(cursor) => Cursor::decode(cursor, 1)?
            .first()
            .copied()
            .unwrap_or(i64::MAX),
        None => i64::MAX,
    };
    let mut items = commands::list(&desk, &caller, BulkId(before), limit + 1).await?;
    let full = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > full;
    items.truncate(full);
    let last = items.last().filter(|_| more);
    Ok(Json(BulkPage {
        next: last.map(|last| Cursor::encode(&[last.id.0])),
        items,
    }))
}

/// Show how far a change to many tickets is, and what was left with the reasons.
#[utoipa::path(get, path = "/bulk/{id}", tag = "bulk", operation_id = "get_bulk",
    security(("session" = []), ("token" = [])), params(("id" = BulkId, Path)),
    responses((status = 200, body = BulkWork), (status = 401, body = Problem),
        (status = 404, body = Problem)))]
async fn get(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<BulkId>,
) -> Answer<Json<BulkWork>> {
    Ok(Json(commands::get(&desk, &caller, id).await?))
}

/// Stop a change to many tickets; what was done stays done and can be taken back.
#[utoipa::path(post, path = "/bulk/{id}/cancel", tag = "bulk", operation_id = "cancel_bulk",
    security(("session" = []), ("token" = [])), params(("id" = BulkId, Path)),
    responses((status = 200, body = BulkWork), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn cancel(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<BulkId>,
) -> Answer<Json<BulkWork>> {
    Ok(Json(commands::cancel(&desk, &caller, id).await?))
}

/// Take a change to many tickets back: what nobody changed since stands as before, and replies that
/// wait are not sent. Mails that left stay; `left` names their tickets.
#[utoipa::path(post, path = "/bulk/{id}/undo", tag = "bulk", operation_id = "undo_bulk",
    security(("session" = []), ("token" = [])), params(("id" = BulkId, Path)),
    responses((status = 200, body = BulkWork), (status = 403, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`nothing_to_undo`.")))]
async fn undo(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<BulkId>,
) -> Answer<Json<BulkWork>> {
    Ok(Json(commands::undo(&desk, &caller, id).await?))
}

/// Solve a problem and begin to solve its open incidents with it, each for itself. What can't be
/// solved stays open; `left` says why.
#[utoipa::path(post, path = "/tickets/{id}/incidents/solve", tag = "bulk",
    operation_id = "solve_incidents", security(("session" = []), ("token" = [])),
    params(("id" = TicketId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = IncidentsInput,
    responses((status = 201, body = BulkWork), (status = 403, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`stale_version`; `not_a_problem`; \
            `no_open_incidents`; `ticket_merged`."),
        (status = 422, body = Problem)))]
async fn solve(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    once: IdempotencyKey,
    Json(input): Json<IncidentsInput>,
) -> Answer<(StatusCode, Json<BulkWork>)> {
    let wanted = (input.version, input.html);
    let begun = incidents::solve(&desk, &caller, id, wanted, once).await?;
    Ok((StatusCode::CREATED, Json(begun)))
}
