//! `/inboxes/{id}/acknowledgement`.

use super::{Acknowledgement, AcknowledgementLanguage, commands, store};
use crate::Channels;
use crate::inboxes;
use axum::extract::State;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, Json, Path, Problem};
use kernel::ids::InboxId;
use kernel::refusal::Refusal;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new().routes(routes!(get, put))
}

/// Whether and how an inbox is to acknowledge mail.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgementInput {
    /// The version that was read.
    version: i64,
    /// Whether it does.
    enabled: bool,
    /// In which language.
    language: AcknowledgementLanguage,
}

/// Read whether an inbox acknowledges mail.
#[utoipa::path(get, path = "/inboxes/{id}/acknowledgement", tag = "inboxes",
    operation_id = "get_inbox_acknowledgement", params(("id" = InboxId, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Acknowledgement), (status = 404, body = Problem)))]
async fn get(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<InboxId>,
) -> Answer<Json<Acknowledgement>> {
    caller.require(Permission::InboxManage)?;
    Ok(Json(read(&channels, id).await?))
}

/// Have an inbox acknowledge mail, or no longer: fixed words, once per address and day.
#[utoipa::path(put, path = "/inboxes/{id}/acknowledgement", tag = "inboxes",
    operation_id = "set_inbox_acknowledgement", params(("id" = InboxId, Path)),
    request_body = AcknowledgementInput, security(("session" = []), ("token" = [])),
    responses((status = 200, body = Acknowledgement), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn put(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<InboxId>,
    Json(input): Json<AcknowledgementInput>,
) -> Answer<Json<Acknowledgement>> {
    let AcknowledgementInput {
        version,
        enabled,
        language,
    } = input;
    let wanted = Acknowledgement {
        enabled,
        language,
        version,
    };
    commands::set(&channels.desk.kernel, &caller, id, wanted).await?;
    Ok(Json(read(&channels, id).await?))
}

async fn read(channels: &Channels, id: InboxId) -> Result<Acknowledgement, Refusal> {
    let db = &channels.desk.kernel.db;
    db.read(async move |tx: &mut Tx<'_>| {
        if inboxes::store::find(tx, id).await?.is_none() {
            return Err(Refusal::NotFound { what: "inbox" });
        }
        Ok(store::find(tx, id).await?)
    })
    .await
}
