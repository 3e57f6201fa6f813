//! `/me/password`.

use axum::extract::State;
use axum::http::StatusCode;
use kernel::http::{Answer, Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands;
use crate::Identity;
use crate::caller::Caller;

pub(crate) fn router() -> OpenApiRouter<Identity> {
    OpenApiRouter::new().routes(routes!(change))
}

/// A change of password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The present password.
    current: String,
    /// The new one: at least 12 characters, not easily guessed.
    new: String,
}

/// Change your password. Your other sessions are signed out.
#[utoipa::path(post, path = "/me/password", tag = "me",
    operation_id = "change_password", request_body = PasswordChange,
    responses(
        (status = 204, description = "Changed."),
        (status = 422, description = "`current` is wrong or `new` is too weak.", body = Problem),
        (status = 429, description = "Too many wrong tries.", body = Problem),
    ),
    security(("session" = [])))]
async fn change(
    State(identity): State<Identity>,
    caller: Caller,
    Json(input): Json<PasswordChange>,
) -> Answer<StatusCode> {
    commands::change(&identity, &caller, &input.current, &input.new).await?;
    Ok(StatusCode::NO_CONTENT)
}
