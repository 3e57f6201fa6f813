//! `/inboxes/check`.

use axum::extract::State;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, Json, Problem};
use kernel::ids::InboxId;
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::shapes::{ImapInput, SmtpInput};
use crate::Channels;
use crate::email::oauth;
use crate::email::server::Server;
use crate::inboxes::check::{CheckedStep, Tried, check_imap, check_smtp};
use crate::inboxes::form::NewAccess;
use crate::inboxes::rules::{self, AccessForm, Problems};
use crate::inboxes::{Access, Inbox, store};

pub(super) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new().routes(routes!(check))
}

/// The ways to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckInput {
    #[serde(default)]
    imap: Option<ImapInput>,
    #[serde(default)]
    smtp: Option<SmtpInput>,
    /// The address mail would come from; tried when given.
    #[serde(default)]
    address: Option<String>,
    /// Takes the passwords of this inbox for those that are absent.
    #[serde(default)]
    inbox_id: Option<InboxId>,
}

/// How each step went.
#[derive(Debug, Serialize, ToSchema)]
pub struct CheckReport {
    /// In order; a protocol's list ends at its first failure.
    steps: Vec<CheckedStep>,
}

/// Try to sign in to mail servers, without saving anything and without sending any mail.
#[utoipa::path(post, path = "/inboxes/check", tag = "inboxes", operation_id = "check_inbox",
    security(("session" = []), ("token" = [])), request_body = CheckInput,
    responses((status = 200, body = CheckReport), (status = 422, body = Problem)))]
async fn check(
    State(channels): State<Channels>,
    caller: Caller,
    Json(input): Json<CheckInput>,
) -> Answer<Json<CheckReport>> {
    caller.require(Permission::InboxManage)?;
    let stored = match input.inbox_id {
        Some(id) => find(&channels, id).await?,
        None => None,
    };
    let (stored_imap, stored_smtp) = stored.map_or((None, None), |i| (i.imap, i.smtp));
    let mut problems = Problems::default();
    let imap: Option<NewAccess> = input.imap.map(Into::into);
    let smtp: Option<NewAccess> = input.smtp.map(Into::into);
    let imap = imap.map(|form| typed(&channels, "imap", form, stored_imap.as_ref(), &mut problems));
    let smtp = smtp.map(|form| typed(&channels, "smtp", form, stored_smtp.as_ref(), &mut problems));
    let from = input
        .address
        .as_deref()
        .map(|address| rules::address(address, &mut problems));
    for (field, tried) in [
        ("imap", imap.as_ref().map(|(tried, _)| tried)),
        ("smtp", smtp.as_ref().map(|(tried, _)| tried)),
    ] {
        if let Some(tried) = tried {
            check_connection(&channels, field, tried, &mut problems).await?;
        }
    }
    problems.refuse()?;
    let from = from.and_then(|address| address.parse().ok());
    let fetching = async {
        match imap {
            Some((tried, folder)) => check_imap(&channels, tried, &folder).await,
            None => Ok(Vec::new()),
        }
    };
    let sending = async {
        match smtp {
            Some((tried, _)) => check_smtp(&channels, tried, from.as_ref()).await,
            None => Ok(Vec::new()),
        }
    };
    let (fetched, sent) = tokio::join!(fetching, sending);
    let mut steps = fetched?;
    steps.extend(sent?);
    Ok(Json(CheckReport { steps }))
}

async fn check_connection(
    channels: &Channels,
    field: &str,
    tried: &Tried,
    problems: &mut Problems,
) -> Result<(), Refusal> {
    let Some(id) = tried.connection else {
        return Ok(());
    };
    let db = &channels.desk.kernel.db;
    let connection = db
        .read(async move |tx: &mut Tx<'_>| oauth::store::find(tx, id).await)
        .await?;
    rules::connection(field, &tried.server.host, connection.as_ref(), problems);
    Ok(())
}

/// The server to try; a stored password serves only the server it was entered for.
fn typed(
    channels: &Channels,
    field: &str,
    form: NewAccess,
    stored: Option<&Access>,
    problems: &mut Problems,
) -> (Tried, String) {
    let host = form.host.trim().to_lowercase();
    let username = form.username.trim().to_owned();
    let kept = stored
        .filter(|s| s.host == host && i64::from(s.port) == form.port && s.username == username)
        .filter(|s| s.security == form.security && s.connection.is_none())
        .and_then(|s| channels.desk.kernel.keys.decrypt_secret(&s.password).ok());
    let password = form
        .password
        .filter(|password| !password.is_empty())
        .or(kept);
    let folder = if form.folder.trim().is_empty() {
        "INBOX"
    } else {
        form.folder.trim()
    };
    let checked = AccessForm {
        field,
        host: &host,
        port: form.port,
        security: form.security,
        username: &username,
        folder,
        has_password: password.is_some(),
        by_token: form.connection.is_some(),
    };
    let port = rules::access(&checked, problems);
    let server = Server {
        host,
        port,
        security: form.security,
        username,
        credential: password.unwrap_or_default().into(),
    };
    let tried = Tried {
        server,
        connection: form.connection,
    };
    (tried, folder.to_owned())
}

async fn find(channels: &Channels, id: InboxId) -> Result<Option<Inbox>, Refusal> {
    let found = channels
        .desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| store::find(tx, id).await)
        .await;
    Ok(found?)
}
