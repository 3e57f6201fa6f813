//! `/inbound/mail`: mail handed over by a mail server's pipe.

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use futures_util::StreamExt;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, Json, Problem, Query};
use kernel::ids::TicketId;
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Accepted, Arrival, Envelope, Source, State as MailState, accept, commands};
use crate::Channels;
use crate::email::addresses::without_detail;
use crate::email::large::{Raw, Spool, pieces};
use crate::inboxes;

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new().routes(routes!(post))
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

/// Hand over a raw mail (RFC 5322) of at most 50 MB. It is stored before it is read, so a repeated
/// request is harmless and recognised.
#[utoipa::path(post, path = "/inbound/mail", tag = "inboxes", operation_id = "receive_mail",
    params(Target), request_body(content = Vec<u8>, content_type = "message/rfc822"),
    security(("session" = []), ("token" = [])),
    responses((status = 202, body = Handed), (status = 404, body = Problem),
        (status = 413, body = Problem)))]
async fn post(
    State(channels): State<Channels>,
    caller: Caller,
    Query(target): Query<Target>,
    body: Body,
) -> Answer<(StatusCode, Json<Handed>)> {
    caller.require(Permission::TicketCreate)?;
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
    let raw = received(body, Spool::new(kernel, inbox.key)).await?;
    let is_large = matches!(raw, Raw::Stored(_));
    let arrival = Arrival {
        raw,
        quiet: false,
        problem: None,
        envelope: Envelope::default(),
    };
    let accepted = accept(kernel, &inbox, Source::Http, vec![arrival], None).await?;
    let Some(accepted) = accepted.first().copied() else {
        return Err(Refusal::broken("the mail was not stored").into());
    };
    if is_large && matches!(accepted, Accepted::Stored(_)) {
        // Reading it takes a while: that is left to its job.
        let (ticket_id, state) = (None, MailState::Received);
        return Ok((StatusCode::ACCEPTED, Json(Handed { ticket_id, state })));
    }
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

/// Takes the mail in as it comes.
async fn received(body: Body, mut spool: Spool) -> Answer<Raw> {
    let mut stream = pieces(body);
    while let Some(piece) = stream.next().await {
        let broken = |_| {
            let mend = "send the raw mail as the request's body";
            Refusal::invalid("body", "broke off", mend)
        };
        spool.write(&piece.map_err(broken)?).await;
        if !spool.fits() {
            return Err(Problem::too_large());
        }
    }
    if spool.size() == 0 {
        let mend = "send the raw mail as the request's body";
        return Err(Refusal::invalid("body", "is empty", mend).into());
    }
    Ok(spool.finish().await?)
}
