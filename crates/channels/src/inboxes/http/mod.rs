//! `/inboxes`.

mod check;
mod shapes;

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::{BrandId, InboxId};
use kernel::refusal::Refusal;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::form::{Changes, NewInbox};
use super::{Import, commands, store};
use crate::Channels;
pub(crate) use shapes::{DirectionFigures, figures};
use shapes::{InboxInput, InboxList, InboxPatch, InboxView, view};

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
        .merge(check::router())
}

/// List the inboxes, oldest first.
#[utoipa::path(get, path = "/inboxes", tag = "inboxes", operation_id = "list_inboxes",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = InboxList), (status = 401, body = Problem)))]
async fn list(State(channels): State<Channels>, caller: Caller) -> Answer<Json<InboxList>> {
    caller.require(Permission::TicketRead)?;
    let manages = caller.may(Permission::InboxManage);
    let keys = channels.desk.kernel.keys.clone();
    let now = channels.desk.kernel.clock.now();
    let items = channels
        .desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let mut items = Vec::new();
            for inbox in store::all(tx).await? {
                items.push(view(tx, &keys, inbox, manages, now).await?);
            }
            Ok::<_, Refusal>(items)
        })
        .await?;
    Ok(Json(InboxList { items }))
}

/// Create an inbox and start fetching.
#[utoipa::path(post, path = "/inboxes", tag = "inboxes", operation_id = "create_inbox",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = InboxInput,
    responses((status = 201, body = InboxView), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn create(
    State(channels): State<Channels>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<InboxInput>,
) -> Answer<(StatusCode, Json<InboxView>)> {
    let new = NewInbox {
        name: input.name,
        address: input.address,
        sender_name: input.sender_name,
        brand: input.brand_id.unwrap_or(BrandId::DEFAULT),
        team: input.team_id,
        signature_html: input.signature_html,
        imap: input.imap.map(Into::into),
        smtp: input.smtp.map(Into::into),
        import: input.import.unwrap_or(Import::NewOnly),
        practice: false,
    };
    let id = commands::create(&channels.desk.kernel, &caller, new, once).await?;
    channels.inboxes_changed();
    Ok((StatusCode::CREATED, Json(one(&channels, id).await?)))
}

/// Change an inbox; fetching restarts with the new settings.
#[utoipa::path(patch, path = "/inboxes/{id}", tag = "inboxes", operation_id = "update_inbox",
    security(("session" = []), ("token" = [])),
    params(("id" = InboxId, Path)), request_body = InboxPatch,
    responses((status = 200, body = InboxView), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<InboxId>,
    Json(patch): Json<InboxPatch>,
) -> Answer<Json<InboxView>> {
    let changes = Changes {
        version: patch.version,
        name: patch.name,
        address: patch.address,
        sender_name: patch.sender_name,
        brand: patch.brand_id,
        team: patch.team_id,
        enabled: patch.enabled,
        signature_html: patch.signature_html,
        imap: patch.imap.map(|form| form.map(Into::into)),
        smtp: patch.smtp.map(|form| form.map(Into::into)),
        import: patch.import,
    };
    commands::update(&channels.desk.kernel, &caller, id, changes).await?;
    channels.inboxes_changed();
    Ok(Json(one(&channels, id).await?))
}

/// Delete an inbox; its tickets stay.
#[utoipa::path(delete, path = "/inboxes/{id}", tag = "inboxes", operation_id = "delete_inbox",
    security(("session" = []), ("token" = [])), params(("id" = InboxId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<InboxId>,
) -> Answer<StatusCode> {
    commands::delete(&channels.desk.kernel, &caller, id).await?;
    channels.inboxes_changed();
    Ok(StatusCode::NO_CONTENT)
}

async fn one(channels: &Channels, id: InboxId) -> Result<InboxView, Refusal> {
    let keys = channels.desk.kernel.keys.clone();
    let now = channels.desk.kernel.clock.now();
    channels
        .desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let inbox = store::find(tx, id)
                .await?
                .ok_or(Refusal::NotFound { what: "inbox" })?;
            view(tx, &keys, inbox, true, now).await
        })
        .await
}
