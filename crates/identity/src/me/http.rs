//! `/me`.

use axum::extract::State;
use kernel::http::{Answer, Json, Problem};
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands;
use crate::Identity;
use crate::agents::http::AgentAnswer;
use crate::caller::Caller;
use crate::permissions::Permission;
use crate::preferences::{Preferences, PreferencesEdit};

pub(crate) fn router() -> OpenApiRouter<Identity> {
    OpenApiRouter::new().routes(routes!(show, change))
}

/// The signed-in agent and what the screens need to begin.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    agent: AgentAnswer,
    /// What you may do; ask these, never the role.
    abilities: Vec<Permission>,
    preferences: Preferences,
    workspace: WorkspaceAnswer,
}

/// The workspace.
#[derive(Serialize, ToSchema)]
#[schema(as = Workspace)]
pub(crate) struct WorkspaceAnswer {
    name: String,
    /// Whether this is a demo with a practice mailbox.
    demo: bool,
    base_url: String,
}

impl Me {
    pub(crate) async fn of(identity: &Identity, caller: &Caller) -> Result<Self, Refusal> {
        let myself = commands::find(identity, caller).await?;
        let abilities = Permission::ALL
            .iter()
            .copied()
            .filter(|it| caller.may(*it))
            .collect();
        let settings = &identity.kernel.settings;
        Ok(Self {
            agent: AgentAnswer::new(myself.agent, myself.team_ids),
            abilities,
            preferences: myself.preferences,
            workspace: WorkspaceAnswer {
                name: myself.workspace_name,
                demo: settings.demo,
                base_url: settings.base_url.clone(),
            },
        })
    }
}

/// What should change; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MePatch {
    name: Option<String>,
    preferences: Option<PreferencesEdit>,
}

/// Who you are, what you may do, how you like it.
#[utoipa::path(get, path = "/me", tag = "me", operation_id = "get_me",
    responses((status = 200, body = Me), (status = 401, body = Problem)),
    security(("session" = []), ("token" = [])))]
async fn show(State(identity): State<Identity>, caller: Caller) -> Answer<Json<Me>> {
    Ok(Json(Me::of(&identity, &caller).await?))
}

/// Change your name and preferences.
#[utoipa::path(patch, path = "/me", tag = "me", operation_id = "update_me",
    request_body = MePatch,
    responses((status = 200, body = Me), (status = 422, body = Problem)),
    security(("session" = [])))]
async fn change(
    State(identity): State<Identity>,
    caller: Caller,
    Json(patch): Json<MePatch>,
) -> Answer<Json<Me>> {
    let edit = patch.preferences.unwrap_or_default();
    commands::change(&identity, &caller, patch.name.as_deref(), &edit).await?;
    Ok(Json(Me::of(&identity, &caller).await?))
}
