//! Setting up: how teams share work out, skills, and who has them.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::{AgentId, SkillId, TeamId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::commands::set_up::{self as commands, Abilities, SkillInput};
use super::super::{Need, Queue, Skill, SkillKind, TeamRouting, store};
use crate::{Desk, teams};

pub(super) fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(overview))
        .routes(routes!(put_team))
        .routes(routes!(list_skills, create_skill))
        .routes(routes!(update_skill, delete_skill))
        .routes(routes!(put_abilities))
}

/// What an agent can carry.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentLimit {
    /// Who.
    pub agent_id: AgentId,
    /// What they can carry, in units.
    pub units_max: i64,
    /// Counts the changes; an update names the version it saw.
    pub version: i64,
}

/// How work is shared out.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoutingOverview {
    /// Every team, in the order of their ids.
    pub teams: Vec<TeamRouting>,
    /// Every agent, in the order of their ids.
    pub agents: Vec<AgentLimit>,
}

/// How a team is to share its work out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamRoutingInput {
    /// The version that was read; 0 for a team that was never set up.
    pub version: i64,
    /// The least share of their limit that its agents may let routing fill, 10 to 100 percent.
    pub ceiling_min: i64,
    /// The largest share, 10 to 100 percent.
    pub ceiling_max: i64,
    /// How long an agent rests after an abusive contact, 0 to 15 minutes.
    pub recovery_minutes: i64,
    /// Its queues, at most one per channel; in other channels people pick.
    pub queues: Vec<Queue>,
}

/// Every skill.
#[derive(Debug, Serialize, ToSchema)]
pub struct SkillList {
    /// By name.
    pub items: Vec<Skill>,
}

/// A skill to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSkill {
    /// Its name, at most 60 characters, unique in the workspace.
    pub name: String,
    /// What kind of thing it is.
    pub kind: SkillKind,
    /// The ISO 639-1 code, for a language.
    pub language: Option<String>,
    /// The level that tickets in that language ask for, 1 to 5.
    #[serde(default = "ordinary")]
    pub language_level: i64,
    /// Which other tickets ask for it.
    #[serde(default)]
    pub needs: Vec<Need>,
}

/// What a skill is to be from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SkillUpdate {
    /// The version that was read.
    pub version: i64,
    /// Its name, at most 60 characters, unique in the workspace.
    pub name: String,
    /// What kind of thing it is.
    pub kind: SkillKind,
    /// The ISO 639-1 code, for a language.
    pub language: Option<String>,
    /// The level that tickets in that language ask for, 1 to 5.
    #[serde(default = "ordinary")]
    pub language_level: i64,
    /// Which other tickets ask for it.
    #[serde(default)]
    pub needs: Vec<Need>,
}

fn ordinary() -> i64 {
    3
}

/// A skill an agent has.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldSkill {
    /// Which.
    pub skill_id: SkillId,
    /// How well, 1 to 5.
    pub level: i64,
    /// Until when it counts; null: for good.
    pub valid_until: Option<Timestamp>,
}

/// What an agent can do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbilitiesInput {
    /// The version of their limit that was read.
    pub version: i64,
    /// What they can carry, 0 to 500 units; 0: routing gives them nothing.
    pub units_max: i64,
    /// The skills they have.
    pub skills: Vec<HeldSkill>,
}

/// See how work is shared out.
#[utoipa::path(get, path = "/routing", tag = "routing", operation_id = "get_routing",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = RoutingOverview), (status = 403, body = Problem)))]
async fn overview(State(desk): State<Desk>, caller: Caller) -> Answer<Json<RoutingOverview>> {
    caller.require(Permission::DeskManage)?;
    let read = async |tx: &mut Tx<'_>| -> Result<RoutingOverview, Refusal> {
        let mut set_up = store::teams(tx).await?;
        let teams: BTreeMap<TeamId, TeamRouting> = teams::store::all(tx)
            .await?
            .into_iter()
            .map(|team| team.id)
            .map(|id| (id, set_up.remove(&id).unwrap_or_else(|| store::unset(id))))
            .collect();
        let loads = store::loads(tx).await?;
        let agents = identity::agents::store::all(tx).await?;
        let mut agents: Vec<AgentLimit> = agents
            .into_iter()
            .map(|agent| {
                let load = loads.get(&agent.id).copied().unwrap_or_default();
                AgentLimit {
                    agent_id: agent.id,
                    units_max: load.units_max,
                    version: load.version,
                }
            })
            .collect();
        agents.sort_by_key(|agent| agent.agent_id);
        Ok(RoutingOverview {
            teams: teams.into_values().collect(),
            agents,
        })
    };
    Ok(Json(desk.kernel.db.read(read).await?))
}

/// Set up how a team shares its work out.
#[utoipa::path(put, path = "/routing/teams/{id}", tag = "routing",
    operation_id = "set_team_routing", security(("session" = []), ("token" = [])),
    params(("id" = TeamId, Path)), request_body = TeamRoutingInput,
    responses((status = 200, body = TeamRouting), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn put_team(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TeamId>,
    Json(input): Json<TeamRoutingInput>,
) -> Answer<Json<TeamRouting>> {
    let setting = TeamRouting {
        team_id: id,
        ceiling_min: input.ceiling_min,
        ceiling_max: input.ceiling_max,
        recovery_minutes: input.recovery_minutes,
        queues: input.queues,
        version: input.version,
    };
    Ok(Json(
        commands::put_team(&desk.kernel, &caller, setting).await?,
    ))
}

/// List every skill with who has it.
#[utoipa::path(get, path = "/skills", tag = "routing", operation_id = "list_skills",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = SkillList), (status = 401, body = Problem)))]
async fn list_skills(State(desk): State<Desk>, caller: Caller) -> Answer<Json<SkillList>> {
    caller.require(Permission::TicketRead)?;
    let read = async |tx: &mut Tx<'_>| store::skills(tx).await;
    let items = desk.kernel.db.read(read).await?;
    Ok(Json(SkillList { items }))
}

/// Add a skill.
#[utoipa::path(post, path = "/skills", tag = "routing", operation_id = "create_skill",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = NewSkill,
    responses((status = 201, body = Skill), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn create_skill(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(new): Json<NewSkill>,
) -> Answer<(StatusCode, Json<Skill>)> {
    let input = SkillInput {
        name: new.name,
        kind: new.kind,
        language: new.language,
        language_level: new.language_level,
        needs: new.needs,
    };
    let skill = commands::create_skill(&desk.kernel, &caller, input, once).await?;
    Ok((StatusCode::CREATED, Json(skill)))
}

/// Change a skill.
#[utoipa::path(put, path = "/skills/{id}", tag = "routing", operation_id = "update_skill",
    security(("session" = []), ("token" = [])), params(("id" = SkillId, Path)),
    request_body = SkillUpdate,
    responses((status = 200, body = Skill), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn update_skill(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<SkillId>,
    Json(update): Json<SkillUpdate>,
) -> Answer<Json<Skill>> {
    let input = SkillInput {
        name: update.name,
        kind: update.kind,
        language: update.language,
        language_level: update.language_level,
        needs: update.needs,
    };
    let seen = (update.version, input);
    Ok(Json(
        commands::update_skill(&desk.kernel, &caller, id, seen).await?,
    ))
}

/// Delete a skill: no ticket asks for it any more.
#[utoipa::path(delete, path = "/skills/{id}", tag = "routing", operation_id = "delete_skill",
    security(("session" = []), ("token" = [])), params(("id" = SkillId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete_skill(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<SkillId>,
) -> Answer<StatusCode> {
    commands::delete_skill(&desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Set how much an agent can carry and which skills they have.
#[utoipa::path(put, path = "/agents/{id}/abilities", tag = "routing",
    operation_id = "set_abilities", security(("session" = []), ("token" = [])),
    params(("id" = AgentId, Path)), request_body = AbilitiesInput,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn put_abilities(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<AgentId>,
    Json(input): Json<AbilitiesInput>,
) -> Answer<StatusCode> {
    let held = input.skills.into_iter();
    let given = Abilities {
        version: input.version,
        units_max: input.units_max,
        skills: held
            .map(|it| (it.skill_id, it.level, it.valid_until))
            .collect(),
    };
    commands::put_abilities(&desk.kernel, &caller, id, given).await?;
    Ok(StatusCode::NO_CONTENT)
}
