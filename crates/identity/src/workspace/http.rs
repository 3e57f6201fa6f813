//! `/setup`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kernel::http::{Answer, Json, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands;
use super::rules::SetUp;
use crate::caller::Source;
use crate::me::http::Me;
use crate::preferences::Language;
use crate::{Identity, sessions};

pub(crate) fn router() -> OpenApiRouter<Identity> {
    OpenApiRouter::new().routes(routes!(state, set_up))
}

/// Whether the workspace is there yet.
#[derive(Serialize, ToSchema)]
pub(crate) struct Setup {
    /// Whether the first owner has yet to be made.
    needed: bool,
    /// Whether this is a demo.
    demo: bool,
    workspace_name: Option<String>,
}

/// The first owner and their workspace.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupInput {
    workspace_name: String,
    name: String,
    email: String,
    /// At least 12 characters, not easily guessed.
    password: String,
    language: Option<Language>,
}

/// Whether the workspace is there yet.
#[utoipa::path(get, path = "/setup", tag = "setup",
    operation_id = "get_setup",
    responses((status = 200, body = Setup)), security(()))]
async fn state(State(identity): State<Identity>) -> Answer<Json<Setup>> {
    let workspace = commands::find(&identity).await?;
    Ok(Json(Setup {
        needed: workspace.is_none(),
        demo: identity.kernel.settings.demo,
        workspace_name: workspace.map(|it| it.name),
    }))
}

/// Make the workspace and its first owner, and sign them in. Works once.
#[utoipa::path(post, path = "/setup", tag = "setup",
    operation_id = "set_up", request_body = SetupInput,
    responses(
        (status = 201, body = Me),
        (status = 409, description = "`already_set_up`", body = Problem),
        (status = 422, body = Problem),
    ),
    security(()))]
async fn set_up(
    State(identity): State<Identity>,
    source: Source,
    Json(input): Json<SetupInput>,
) -> Answer<Response> {
    let SetupInput {
        workspace_name,
        name,
        email,
        password,
        language,
    } = input;
    let language = language.unwrap_or(Language::English);
    let input = SetUp {
        workspace_name,
        name,
        email,
        password,
        language,
    };
    let signed_in = commands::set_up(&identity, &source, &input).await?;
    let me = Me::of(&identity, &signed_in.caller).await?;
    let cookies = sessions::http::cookies(&identity, &signed_in);
    Ok((StatusCode::CREATED, cookies, Json(me)).into_response())
}
