//! `/states`, `/me/state` and `/agents/{id}/state`.

use axum::extract::State;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, Json, Path, Problem};
use kernel::ids::AgentId;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AgentState, StateCause, commands, store};
use crate::Desk;

/// The routes of states.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(choose))
        .routes(routes!(choose_for))
}

/// What an agent is doing.
#[derive(Debug, Serialize, ToSchema)]
pub struct StateOfAgent {
    /// Who.
    pub agent_id: AgentId,
    /// What they are doing.
    pub state: AgentState,
    /// Since when; null for those who never worked.
    pub since: Option<Timestamp>,
    /// How it came about.
    pub cause: StateCause,
    /// Who chose it; null when nobody did.
    pub set_by_id: Option<AgentId>,
    /// Why, in a few words; only for the agent and for leads.
    pub reason: Option<String>,
}

/// What everybody is doing.
#[derive(Debug, Serialize, ToSchema)]
pub struct StateList {
    /// By agent; who is missing is offline.
    pub items: Vec<StateOfAgent>,
}

/// A state to choose.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StateInput {
    /// What to do from now on.
    pub state: AgentState,
    /// Why, in at most 120 characters.
    pub reason: Option<String>,
}

/// List what everybody is doing now.
#[utoipa::path(get, path = "/states", tag = "states", operation_id = "list_states",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = StateList), (status = 401, body = Problem)))]
async fn list(State(desk): State<Desk>, caller: Caller) -> Answer<Json<StateList>> {
    caller.require(Permission::TicketRead)?;
    let kernel = desk.kernel.clone();
    let sees_all = caller.may(Permission::QueueLead);
    let me = caller.agent;
    let read = async move |tx: &mut Tx<'_>| -> Result<Vec<StateOfAgent>, Refusal> {
        let mut items = Vec::new();
        for (agent, row) in store::all(tx).await? {
            let reason = match &row.reason {
                Some(reason) if sees_all || agent == me => kernel.keys.decrypt(tx, reason).await?,
                _ => None,
            };
            items.push(StateOfAgent {
                agent_id: agent,
                state: row.state,
                since: Some(row.since),
                cause: row.cause,
                set_by_id: row.set_by,
                reason,
            });
        }
        Ok(items)
    };
    let items = desk.kernel.db.read(read).await?;
    Ok(Json(StateList { items }))
}

/// Choose your own state.
#[utoipa::path(put, path = "/me/state", tag = "states", operation_id = "choose_state",
    security(("session" = []), ("token" = [])), request_body = StateInput,
    responses((status = 204), (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn choose(
    State(desk): State<Desk>,
    caller: Caller,
    Json(input): Json<StateInput>,
) -> Answer<axum::http::StatusCode> {
    commands::choose(&desk.kernel, &caller, chosen(input)).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

/// Choose a colleague's state, which they are shown. Nobody is made available this way.
#[utoipa::path(put, path = "/agents/{id}/state", tag = "states",
    operation_id = "choose_state_for", security(("session" = []), ("token" = [])),
    params(("id" = AgentId, Path)), request_body = StateInput,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn choose_for(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<AgentId>,
    Json(input): Json<StateInput>,
) -> Answer<axum::http::StatusCode> {
    commands::choose_for(&desk.kernel, &caller, id, chosen(input)).await?;
    Ok(axum::http::StatusCode::NO_CONTENT)
}

fn chosen(input: StateInput) -> commands::Choice {
    commands::Choice {
        state: input.state,
        reason: input.reason,
    }
}
