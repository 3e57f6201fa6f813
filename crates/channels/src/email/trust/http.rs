//! `/inboxes/{id}/trust`.

use axum::extract::State;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, Json, Path, Problem};
use kernel::ids::InboxId;
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{InboxTrust, commands};
use crate::Channels;
use crate::inboxes;

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new().routes(routes!(show, choose))
}

/// What an inbox's own servers can be believed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboxTrustView {
    /// The domain whose receiving servers note SPF in the mail's header; null believes nobody.
    server: Option<String>,
    /// Whether mail to a plus-part of the address reaches the inbox.
    plus_addressing: bool,
    /// Send it back when changing it.
    version: i64,
}

/// What to believe an inbox's own servers in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InboxTrustInput {
    /// The version that was read.
    version: i64,
    /// The domain whose receiving servers note SPF in the mail's header; null believes nobody.
    /// Choose it only when the server notes every mail and removes notes it did not write.
    server: Option<String>,
    /// Whether mail to a plus-part of the address reaches the inbox.
    plus_addressing: bool,
}

/// Show what an inbox's own servers are believed in.
#[utoipa::path(get, path = "/inboxes/{id}/trust", tag = "inboxes",
    operation_id = "get_inbox_trust", security(("session" = []), ("token" = [])),
    params(("id" = InboxId, Path)),
    responses((status = 200, body = InboxTrustView), (status = 404, body = Problem)))]
async fn show(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<InboxId>,
) -> Answer<Json<InboxTrustView>> {
    caller.require(Permission::InboxManage)?;
    Ok(Json(view(&channels, id).await?))
}

/// Choose what an inbox's own servers are believed in.
#[utoipa::path(put, path = "/inboxes/{id}/trust", tag = "inboxes",
    operation_id = "set_inbox_trust", security(("session" = []), ("token" = [])),
    params(("id" = InboxId, Path)), request_body = InboxTrustInput,
    responses((status = 200, body = InboxTrustView), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn choose(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<InboxId>,
    Json(input): Json<InboxTrustInput>,
) -> Answer<Json<InboxTrustView>> {
    let chosen = InboxTrust {
        server: input.server,
        plus_addressing: input.plus_addressing,
        version: input.version,
    };
    commands::choose(&channels.desk.kernel, &caller, id, chosen).await?;
    Ok(Json(view(&channels, id).await?))
}

async fn view(channels: &Channels, id: InboxId) -> Result<InboxTrustView, Refusal> {
    let InboxTrust {
        server,
        plus_addressing,
        version,
    } = channels
        .desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let found = inboxes::store::find(tx, id).await?;
            let inbox = found.ok_or(Refusal::NotFound { what: "inbox" })?;
            Ok::<_, Refusal>(commands::of_inbox(tx, &inbox).await?)
        })
        .await?;
    Ok(InboxTrustView {
        server,
        plus_addressing,
        version,
    })
}
