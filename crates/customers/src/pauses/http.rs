//! Lifting a pause over the API.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, Json, Path};
use kernel::ids::{CustomerId, IdentityId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands;
use crate::Customers;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<Customers> {
    OpenApiRouter::new().routes(routes!(resume_identity))
}

/// Why mail may go to the address again.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResumeInput {
    /// At most 500 characters; kept in the journal.
    pub reason: String,
}

/// Lets mail go to a paused address of a customer again; harmless when it is not paused.
#[utoipa::path(
    post, path = "/customers/{id}/identities/{identity}/resume", tag = "customers",
    operation_id = "resume_identity",
    params(("id" = CustomerId, Path), ("identity" = IdentityId, Path)),
    request_body = ResumeInput,
    responses(
        (status = 204),
        (status = 404, description = "No such address of the customer."),
        (status = 422, description = "No reason, or one that is too long."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn resume_identity(
    State(room): State<Customers>,
    caller: Caller,
    Path(ids): Path<(CustomerId, IdentityId)>,
    Json(input): Json<ResumeInput>,
) -> Answer<StatusCode> {
    commands::resume(&room, &caller, ids, &input.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
