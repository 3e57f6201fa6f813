//! `/agents`.

use axum::extract::State;
use kernel::http::{Answer, Json, Page, Path, Problem};
use kernel::ids::{AgentId, TeamId};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::rules::AgentEdit;
use super::{Agent, AgentStatus, commands};
use crate::Identity;
use crate::caller::Caller;
use crate::permissions::{Permission, Role};

pub(crate) fn router() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(change))
}

/// A person who signs in.
#[derive(Serialize, ToSchema)]
#[schema(as = Agent)]
pub(crate) struct AgentAnswer {
    id: AgentId,
    name: String,
    email: String,
    role: Role,
    status: AgentStatus,
    team_ids: Vec<TeamId>,
    created_at: Timestamp,
    version: i64,
}

impl AgentAnswer {
    pub(crate) fn new(agent: Agent, team_ids: Vec<TeamId>) -> Self {
        let Agent {
            id,
            name,
            email,
            role,
            status,
            created_at,
            version,
        } = agent;
        Self {
            id,
            name,
            email,
            role,
            status,
            team_ids,
            created_at,
            version,
        }
    }
}

/// What should change about an agent; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentPatch {
    /// The version you decided on.
    version: i64,
    name: Option<String>,
    role: Option<Role>,
    /// Disabling ends all sessions and API tokens of the agent.
    status: Option<AgentStatus>,
}

/// Every agent, disabled ones too, oldest first; up to 1,000 in one page.
#[utoipa::path(get, path = "/agents", tag = "agents",
    operation_id = "list_agents",
    responses((status = 200, body = Page<AgentAnswer>)),
    security(("session" = []), ("token" = [])))]
async fn list(State(identity): State<Identity>, caller: Caller) -> Answer<Json<Page<AgentAnswer>>> {
    caller.require(Permission::TicketRead)?;
    let agents = commands::all(&identity).await?.into_iter();
    let items = agents
        .map(|(agent, teams)| AgentAnswer::new(agent, teams))
        .collect();
    Ok(Json(Page { items, next: None }))
}

/// Change an agent's name, role or status. Only owners change owners.
#[utoipa::path(patch, path = "/agents/{id}", tag = "agents",
    operation_id = "update_agent", params(("id" = AgentId, Path)),
    request_body = AgentPatch,
    responses(
        (status = 200, body = AgentAnswer),
        (status = 403, body = Problem),
        (status = 404, body = Problem),
        (status = 409, body = Problem,
            description = "`stale_version`, `last_owner`, `own_account`"),
        (status = 422, body = Problem),
    ),
    security(("session" = []), ("token" = [])))]
async fn change(
    State(identity): State<Identity>,
    caller: Caller,
    Path(id): Path<AgentId>,
    Json(patch): Json<AgentPatch>,
) -> Answer<Json<AgentAnswer>> {
    caller.require(Permission::AgentManage)?;
    let AgentPatch {
        version,
        name,
        role,
        status,
    } = patch;
    let edit = AgentEdit { name, role, status };
    let agent = commands::change(&identity, &caller, id, version, &edit).await?;
    let teams = commands::teams(&identity, id).await?;
    Ok(Json(AgentAnswer::new(agent, teams)))
}
