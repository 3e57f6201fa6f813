//! `/sla-policies`, and the clocks of a ticket.

mod present;

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::{PolicyId, ScheduleId, TicketId};
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use present::{ApiClock, NextClock};

use super::{Policy, Target, commands, store};
use crate::Desk;
use crate::conditions::Conditions;
use crate::tags::present;

/// The clocks of a ticket shown at once.
const CLOCKS_SHOWN: i64 = 50;

/// The routes of promises.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(order))
        .routes(routes!(update, delete))
        .routes(routes!(clocks))
}

/// All policies.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlaPolicyList {
    /// In their order: the first one that fits a ticket counts. At most 100.
    pub items: Vec<Policy>,
}

/// A policy to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlaPolicyInput {
    /// At most 80 characters.
    pub name: String,
    /// Whether it counts at all.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Which tickets it is for; without any: all.
    #[serde(default)]
    pub conditions: Conditions,
    /// Whose hours it goes by; null: those of the ticket's team, inbox, brand or the workspace.
    pub schedule_id: Option<ScheduleId>,
    /// What is promised; at least one.
    pub targets: Vec<Target>,
}

fn yes() -> bool {
    true
}

/// What to change on a policy; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlaPolicyPatch {
    /// The version that was read.
    pub version: i64,
    /// A new name.
    pub name: Option<String>,
    /// Whether it counts at all.
    pub enabled: Option<bool>,
    /// Which tickets it is for.
    pub conditions: Option<Conditions>,
    /// Whose hours it goes by; null: the ticket's own.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<ScheduleId>)]
    pub schedule_id: Option<Option<ScheduleId>>,
    /// What is promised from now on.
    pub targets: Option<Vec<Target>>,
}

/// An order of policies.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlaPolicyOrder {
    /// All policies, each once.
    pub ids: Vec<PolicyId>,
}

/// The clocks of a ticket.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClockList {
    /// Those that can still move first, then the latest that ended; at most 50.
    pub items: Vec<ApiClock>,
}

/// List all SLA policies, in their order.
#[utoipa::path(get, path = "/sla-policies", tag = "sla", operation_id = "list_sla_policies",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = SlaPolicyList), (status = 401, body = Problem)))]
async fn list(State(desk): State<Desk>, caller: Caller) -> Answer<Json<SlaPolicyList>> {
    caller.require(Permission::DeskManage)?;
    let items = desk
        .kernel
        .db
        .read(async |tx: &mut Tx<'_>| store::policies(tx).await)
        .await?;
    Ok(Json(SlaPolicyList { items }))
}

/// Make an SLA policy, behind all others.
#[utoipa::path(post, path = "/sla-policies", tag = "sla", operation_id = "create_sla_policy",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = SlaPolicyInput,
    responses((status = 201, body = Policy), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn create(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<SlaPolicyInput>,
) -> Answer<(StatusCode, Json<Policy>)> {
    let new = commands::NewPolicy {
        name: input.name,
        enabled: input.enabled,
        conditions: input.conditions,
        schedule: input.schedule_id,
        targets: input.targets,
    };
    let policy = commands::create(&desk.kernel, &caller, new, once).await?;
    Ok((StatusCode::CREATED, Json(policy)))
}

/// Change an SLA policy; the clocks that run by it move along.
#[utoipa::path(patch, path = "/sla-policies/{id}", tag = "sla",
    operation_id = "update_sla_policy",
    security(("session" = []), ("token" = [])),
    params(("id" = PolicyId, Path)), request_body = SlaPolicyPatch,
    responses((status = 200, body = Policy), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<PolicyId>,
    Json(patch): Json<SlaPolicyPatch>,
) -> Answer<Json<Policy>> {
    let update = commands::PolicyUpdate {
        version: patch.version,
        name: patch.name,
        enabled: patch.enabled,
        conditions: patch.conditions,
        schedule: patch.schedule_id,
        targets: patch.targets,
    };
    Ok(Json(
        commands::update(&desk.kernel, &caller, id, update).await?,
    ))
}

/// Put the SLA policies in another order.
#[utoipa::path(put, path = "/sla-policies/order", tag = "sla",
    operation_id = "order_sla_policies",
    security(("session" = []), ("token" = [])), request_body = SlaPolicyOrder,
    responses((status = 200, body = SlaPolicyList), (status = 409, body = Problem)))]
async fn order(
    State(desk): State<Desk>,
    caller: Caller,
    Json(input): Json<SlaPolicyOrder>,
) -> Answer<Json<SlaPolicyList>> {
    let items = commands::reorder(&desk.kernel, &caller, input.ids).await?;
    Ok(Json(SlaPolicyList { items }))
}

/// Delete an SLA policy; its clocks end, or go by the next policy that fits.
#[utoipa::path(delete, path = "/sla-policies/{id}", tag = "sla",
    operation_id = "delete_sla_policy",
    security(("session" = []), ("token" = [])), params(("id" = PolicyId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<PolicyId>,
) -> Answer<StatusCode> {
    commands::delete(&desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The clocks of a ticket, each with its reason: policy, schedule, target and pauses.
#[utoipa::path(get, path = "/tickets/{id}/clocks", tag = "sla", operation_id = "list_clocks",
    security(("session" = []), ("token" = [])), params(("id" = TicketId, Path)),
    responses((status = 200, body = ClockList), (status = 404, body = Problem)))]
async fn clocks(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
) -> Answer<Json<ClockList>> {
    caller.require(Permission::TicketRead)?;
    let (book, now) = (desk.sla.clone(), desk.kernel.clock.now());
    let items = desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
            if crate::tickets::store::find(tx, id).await?.is_none() {
                return Err(Refusal::NotFound { what: "ticket" });
            }
            let page = book.open(tx).await?;
            let clocks = store::clocks(tx, id, CLOCKS_SHOWN).await?;
            Ok(clocks
                .into_iter()
                .map(|clock| present::clock(clock, &page, now))
                .collect())
        })
        .await?;
    Ok(Json(ClockList { items }))
}
