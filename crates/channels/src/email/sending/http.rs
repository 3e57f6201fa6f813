//! `/inboxes/{id}/sending`.

use axum::extract::State;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, Json, Path, Problem};
use kernel::ids::InboxId;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Options, commands, rules, store};
use crate::Channels;
use crate::inboxes;

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new().routes(routes!(show, change))
}

/// A limit of an inbox.
#[derive(Debug, Serialize, ToSchema)]
pub struct LimitView {
    /// What the administrator set; null for the provider's.
    chosen: Option<i64>,
    /// What its provider is known to allow; null when nothing is known.
    provider: Option<i64>,
}

/// A server asked for a pause.
#[derive(Debug, Serialize, ToSchema)]
pub struct PauseView {
    /// Until when nothing is handed over.
    until: Timestamp,
    /// What the server said; empty for those who may not read tickets.
    reason: String,
}

/// How an inbox sends.
#[derive(Debug, Serialize, ToSchema)]
pub struct SendingView {
    /// Whether replies carry the mail they answer, unless their author says otherwise.
    quote_history: bool,
    /// Most mails a minute.
    per_minute: LimitView,
    /// Most mails in 24 hours.
    per_day: LimitView,
    /// Mails handed over in the last 24 hours, counted in whole hours.
    sent_today: i64,
    /// Set while the server wants no mail.
    pause: Option<PauseView>,
    version: i64,
}

/// How an inbox should send.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendingInput {
    /// The version that was read.
    version: i64,
    /// Whether replies carry the mail they answer, unless their author says otherwise.
    quote_history: bool,
    /// Most mails a minute; null for the provider's limit.
    #[serde(default)]
    per_minute: Option<i64>,
    /// Most mails in 24 hours; null for the provider's limit.
    #[serde(default)]
    per_day: Option<i64>,
}

/// Show how an inbox sends: limits, pauses, quoted history.
#[utoipa::path(get, path = "/inboxes/{id}/sending", tag = "inboxes",
    operation_id = "get_inbox_sending", security(("session" = []), ("token" = [])),
    params(("id" = InboxId, Path)),
    responses((status = 200, body = SendingView), (status = 404, body = Problem)))]
async fn show(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<InboxId>,
) -> Answer<Json<SendingView>> {
    caller.require(Permission::InboxManage)?;
    Ok(Json(view(&channels, &caller, id).await?))
}

/// Change how an inbox sends.
#[utoipa::path(put, path = "/inboxes/{id}/sending", tag = "inboxes",
    operation_id = "update_inbox_sending", security(("session" = []), ("token" = [])),
    params(("id" = InboxId, Path)), request_body = SendingInput,
    responses((status = 200, body = SendingView), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn change(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<InboxId>,
    Json(input): Json<SendingInput>,
) -> Answer<Json<SendingView>> {
    let wanted = Options {
        quote_history: input.quote_history,
        per_minute: input.per_minute,
        per_day: input.per_day,
        version: input.version,
    };
    commands::change(&channels.desk.kernel, &caller, id, wanted).await?;
    Ok(Json(view(&channels, &caller, id).await?))
}

async fn view(channels: &Channels, caller: &Caller, id: InboxId) -> Result<SendingView, Refusal> {
    let kernel = channels.desk.kernel.clone();
    let db = kernel.db.clone();
    // Servers quote addresses of customers.
    let may_read = caller.may(Permission::TicketRead);
    db.read(async move |tx: &mut Tx<'_>| {
        let inbox = inboxes::store::find(tx, id)
            .await?
            .ok_or(Refusal::NotFound { what: "inbox" })?;
        let (options, now) = (store::options(tx, id).await?, kernel.clock.now());
        let host = inbox.smtp.as_ref().map_or("", |access| &access.host);
        let known = rules::provider_limits(host);
        let first = rules::hour_of(now).saturating_sub(rules::HOURS_COUNTED - 1);
        let sent_today = store::hours(tx, id, first)
            .await?
            .iter()
            .map(|(_, mails)| mails)
            .sum();
        let mut pause = None;
        if let Some(access) = &inbox.smtp {
            let account = commands::account(&kernel, access);
            let found = store::pause(tx, &account).await?;
            if let Some(found) = found.filter(|pause| pause.until > now) {
                let reason = match &found.reason {
                    Some(reason) if may_read => kernel.keys.decrypt(tx, reason).await?,
                    _ => None,
                };
                pause = Some(PauseView {
                    until: found.until,
                    reason: reason.unwrap_or_default(),
                });
            }
        }
        let limit = |chosen, provider| LimitView { chosen, provider };
        Ok(SendingView {
            quote_history: options.quote_history,
            per_minute: limit(options.per_minute, known.per_minute),
            per_day: limit(options.per_day, known.per_day),
            sent_today,
            pause,
            version: options.version,
        })
    })
    .await
}
