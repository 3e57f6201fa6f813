//! The deliveries' routes.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, Json, Path};
use kernel::ids::DeliveryId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{DeliveryState, commands};
use crate::Desk;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(retry_delivery))
        .routes(routes!(settle_delivery))
}

/// What became of a delivery.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settlement {
    /// `accepted` or `refused`.
    pub r#as: DeliveryState,
}

/// Sends a refused or uncertain delivery once more: a person decided that.
#[utoipa::path(
    post, path = "/deliveries/{id}/retry", tag = "deliveries", operation_id = "retry_delivery",
    params(("id" = DeliveryId, Path)),
    responses(
        (status = 204),
        (status = 409, description = "Not refused or uncertain: `delivery_under_way`."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn retry_delivery(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<DeliveryId>,
) -> Answer<StatusCode> {
    commands::retry(&desk, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Says what became of a refused or uncertain delivery.
#[utoipa::path(
    post, path = "/deliveries/{id}/settle", tag = "deliveries", operation_id = "settle_delivery",
    params(("id" = DeliveryId, Path)), request_body = Settlement,
    responses(
        (status = 204),
        (status = 409, description = "Not refused or uncertain: `delivery_under_way`."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn settle_delivery(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<DeliveryId>,
    Json(settlement): Json<Settlement>,
) -> Answer<StatusCode> {
    commands::settle(&desk, &caller, id, settlement.r#as).await?;
    Ok(StatusCode::NO_CONTENT)
}
