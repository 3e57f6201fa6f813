//! `/inbound/mail`: mail handed over by a mail server's pipe.

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, Json, Problem, Query};
use kernel::ids::TicketId;
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    Accepted, Arrival, Envelope, MAIL_BYTES_MAX, Source, State as MailState, accept, commands,
};
use crate::Channels;
use crate::email::addresses::without_detail;
use crate::inboxes;

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new()
        .routes(routes!(post))
        .layer(DefaultBodyLimit::max(MAIL_BYTES_MAX))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Target {
    /// The inbox's address; a plus-part is ignored.
    inbox: String,
}

/// What became of a mail.
#[derive(Debug, Serialize, ToSchema)]
pub struct Handed {
    /// The ticket it is in.
    ticket_id: Option<TicketId>,
    /// How far it is; `queued` means stored and soon filed.
    state: MailState,
}

/// Hand over a raw mail (RFC 5322). It is stored before it is read, so a repeated request is
/// harmless and recognised.
#[utoipa::path(post, path = "/inbound/mail", tag = "inboxes", operation_id = "receive_mail",
    params(Target), request_body(content = Vec<u8>, content_type = "message/rfc822"),
    security(("session" = []), ("token" = [])),
    responses((status = 202, body = Handed), (status = 404, body = Problem),
        (status = 413, body = Problem)))]
async fn post(
    State(channels): State<Channels>,
    caller: Caller,
    Query(target): Query<Target>,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Answer<(StatusCode, Json<Handed>)> {
    caller.require(Permission::TicketCreate)?;
    let raw = body.map_err(|_| Problem::too_large())?;
    if raw.is_empty() {
        let mend = "send the raw mail as the request's body";
        return Err(Refusal::invalid("body", "is empty", mend).into());
    }
    let address = without_detail(&target.inbox.trim().to_lowercase());
    let kernel = &channels.desk.kernel;
    let inbox = kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| match inboxes::store::by_address(tx, &address).await? {
                Some(id) => inboxes::store::find(tx, id).await,
                None => Ok(None),
            },
        )
        .await?;
    let inbox = inbox.ok_or(Refusal::NotFound { what: "inbox" })?;
    let arrival = Arrival {
        raw: raw.to_vec(),
        quiet: false,
        problem: None,
        envelope: Envelope::default(),
    };
    let accepted = accept(kernel, &inbox, Source::Http, vec![arrival], None).await?;
    let Some(accepted) = accepted.first().copied() else {
        return Err(Refusal::broken("the mail was not stored").into());
    };
    // The mail is safe; when filing breaks now, its job does it later.
    let filed = commands::file(&channels, accepted.id()).await;
    let (ticket_id, state) = match (accepted, filed) {
        (_, Err(problem)) => {
            tracing::warn!(%problem, "a mail is filed later");
            (None, MailState::Received)
        }
        (Accepted::Known(_), Ok(filed)) if filed.state == MailState::Processed => {
            (filed.ticket, MailState::Duplicate)
        }
        (_, Ok(filed)) => (filed.ticket, filed.state),
    };
    Ok((StatusCode::ACCEPTED, Json(Handed { ticket_id, state })))
}
