//! `/rules` and what they did.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, Cursor, IdempotencyKey, Json, Path, Problem, Query};
use kernel::ids::{RuleId, RuleRunId, TicketId};
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::dry_run::{self, DryRun};
use super::{Definition, Rule, RuleRun, commands};
use crate::Desk;

/// The routes of rules.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(find, update, delete))
        .routes(routes!(order))
        .routes(routes!(try_out))
        .routes(routes!(runs))
        .routes(routes!(runs_of_ticket))
}

/// Every rule.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleList {
    /// In the order in which they run; at most 500.
    pub items: Vec<Rule>,
}

/// A rule to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleInput {
    /// At most 120 characters.
    pub name: String,
    /// Whether it runs.
    pub enabled: bool,
    /// When, if, then.
    pub definition: Definition,
}

/// What to change on a rule; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RulePatch {
    /// The version that was read.
    pub version: i64,
    /// Another name.
    pub name: Option<String>,
    /// On or off.
    pub enabled: Option<bool>,
    /// Another when, if, then.
    pub definition: Option<Definition>,
}

/// An order of rules.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleOrder {
    /// Every rule once.
    pub ids: Vec<RuleId>,
}

/// A rule to try on what happened lately.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DryRunInput {
    /// When, if, then.
    pub definition: Definition,
    /// How many days to look back, at most 7.
    pub days: i64,
    /// `next` of the part before.
    pub cursor: Option<String>,
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct RunsQuery {
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// Runs of rules, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleRunList {
    /// The runs.
    pub items: Vec<RuleRun>,
    /// Where the next page begins; null when this is the last.
    pub next: Option<String>,
}

impl RuleRunList {
    fn of(items: Vec<RuleRun>) -> Self {
        let full = i64::try_from(items.len()).unwrap_or(i64::MAX) >= commands::RUNS_PAGE;
        let last = items.last().filter(|_| full);
        let next = last.map(|last| Cursor::encode(&[last.id.0]));
        Self { items, next }
    }
}

fn below(query: &RunsQuery) -> Result<RuleRunId, Refusal> {
    let place = query
        .cursor
        .as_deref()
        .map(|cursor| Cursor::decode(cursor, 1));
    let place = place.transpose()?.unwrap_or_default();
    Ok(RuleRunId(place.first().copied().unwrap_or(i64::MAX)))
}

/// List the rules in the order in which they run.
#[utoipa::path(get, path = "/rules", tag = "rules", operation_id = "list_rules",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = RuleList), (status = 403, body = Problem)))]
async fn list(State(desk): State<Desk>, caller: Caller) -> Answer<Json<RuleList>> {
    let items = commands::list(&desk.kernel, &caller).await?;
    Ok(Json(RuleList { items }))
}

/// Make a rule, behind the others.
#[utoipa::path(post, path = "/rules", tag = "rules", operation_id = "create_rule",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = RuleInput,
    responses((status = 201, body = Rule), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn create(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<RuleInput>,
) -> Answer<(StatusCode, Json<Rule>)> {
    let wanted = commands::Wanted {
        name: input.name,
        enabled: input.enabled,
        definition: input.definition,
    };
    let made = commands::create(&desk.kernel, &caller, wanted, once).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Read a rule.
#[utoipa::path(get, path = "/rules/{id}", tag = "rules", operation_id = "get_rule",
    security(("session" = []), ("token" = [])), params(("id" = RuleId, Path)),
    responses((status = 200, body = Rule), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn find(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<RuleId>,
) -> Answer<Json<Rule>> {
    Ok(Json(commands::find(&desk.kernel, &caller, id).await?))
}

/// Edit a rule.
#[utoipa::path(patch, path = "/rules/{id}", tag = "rules", operation_id = "update_rule",
    security(("session" = []), ("token" = [])),
    params(("id" = RuleId, Path)), request_body = RulePatch,
    responses((status = 200, body = Rule), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<RuleId>,
    Json(patch): Json<RulePatch>,
) -> Answer<Json<Rule>> {
    let update = commands::RuleUpdate {
        version: patch.version,
        name: patch.name,
        enabled: patch.enabled,
        definition: patch.definition,
    };
    let edited = commands::update(&desk.kernel, &caller, id, update).await?;
    Ok(Json(edited))
}

/// Delete a rule; what it did stays written down.
#[utoipa::path(delete, path = "/rules/{id}", tag = "rules", operation_id = "delete_rule",
    security(("session" = []), ("token" = [])), params(("id" = RuleId, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<RuleId>,
) -> Answer<StatusCode> {
    commands::delete(&desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Put the rules into another order.
#[utoipa::path(put, path = "/rules/order", tag = "rules", operation_id = "order_rules",
    security(("session" = []), ("token" = [])), request_body = RuleOrder,
    responses((status = 200, body = RuleList), (status = 403, body = Problem),
        (status = 409, body = Problem)))]
async fn order(
    State(desk): State<Desk>,
    caller: Caller,
    Json(input): Json<RuleOrder>,
) -> Answer<Json<RuleList>> {
    let items = commands::order(&desk.kernel, &caller, input.ids).await?;
    Ok(Json(RuleList { items }))
}

/// Tell what a rule would have done lately, a part at a time; nothing is written.
#[utoipa::path(post, path = "/rules/dry-run", tag = "rules", operation_id = "dry_run_rule",
    security(("session" = []), ("token" = [])), request_body = DryRunInput,
    responses((status = 200, body = DryRun), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn try_out(
    State(desk): State<Desk>,
    caller: Caller,
    Json(input): Json<DryRunInput>,
) -> Answer<Json<DryRun>> {
    let what = (input.definition, input.days);
    let found = dry_run::dry_run(&desk.kernel, &caller, what, input.cursor).await?;
    Ok(Json(found))
}

/// List what a rule did, newest first.
#[utoipa::path(get, path = "/rules/{id}/runs", tag = "rules", operation_id = "list_rule_runs",
    security(("session" = []), ("token" = [])), params(("id" = RuleId, Path), RunsQuery),
    responses((status = 200, body = RuleRunList), (status = 403, body = Problem)))]
async fn runs(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<RuleId>,
    Query(query): Query<RunsQuery>,
) -> Answer<Json<RuleRunList>> {
    let below = below(&query)?;
    let items = commands::runs_of_rule(&desk.kernel, &caller, id, below).await?;
    Ok(Json(RuleRunList::of(items)))
}

/// List what rules did on a ticket and why, newest first.
#[utoipa::path(get, path = "/tickets/{id}/rule-runs", tag = "rules",
    operation_id = "list_ticket_rule_runs",
    security(("session" = []), ("token" = [])), params(("id" = TicketId, Path), RunsQuery),
    responses((status = 200, body = RuleRunList), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn runs_of_ticket(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    Query(query): Query<RunsQuery>,
) -> Answer<Json<RuleRunList>> {
    let below = below(&query)?;
    let items = commands::runs_of_ticket(&desk.kernel, &caller, id, below).await?;
    Ok(Json(RuleRunList::of(items)))
}
