//! `/brands`.

use axum::extract::State;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, Json, Problem};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Brand, store};
use crate::Desk;

/// The routes of brands.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new().routes(routes!(list))
}

/// All brands.
#[derive(Debug, Serialize, ToSchema)]
pub struct BrandList {
    /// The default brand first.
    pub items: Vec<Brand>,
}

/// List all brands; with one, there is nothing to choose.
#[utoipa::path(get, path = "/brands", tag = "brands", operation_id = "list_brands",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = BrandList), (status = 401, body = Problem)))]
async fn list(State(desk): State<Desk>, caller: Caller) -> Answer<Json<BrandList>> {
    caller.require(Permission::TicketRead)?;
    let items = desk
        .kernel
        .db
        .read(async |tx: &mut Tx<'_>| store::all(tx).await)
        .await?;
    Ok(Json(BrandList { items }))
}
