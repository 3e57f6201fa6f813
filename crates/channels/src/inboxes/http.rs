//! `/inboxes`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::{BrandId, InboxId, TeamId};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::check::{CheckedStep, check_imap, check_smtp};
use super::commands::{self, Changes, NewAccess, NewInbox};
use super::rules::{self, AccessForm, Problems};
use super::{Access, Direction, Health, Import, Inbox, store};
use crate::Channels;
use crate::email::server::{Security, Server};

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
        .routes(routes!(check))
}

/// Where mail is fetched.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImapInput {
    host: String,
    port: i64,
    security: Security,
    username: String,
    /// Absent keeps the stored one while host, port, security and user name stay.
    #[serde(default)]
    password: Option<String>,
    /// `INBOX` when absent.
    #[serde(default)]
    folder: String,
}

/// Where mail is handed over.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SmtpInput {
    host: String,
    port: i64,
    security: Security,
    /// Empty for a server that asks for no sign-in.
    #[serde(default)]
    username: String,
    /// Absent keeps the stored one while host, port, security and user name stay.
    #[serde(default)]
    password: Option<String>,
}

impl From<ImapInput> for NewAccess {
    fn from(input: ImapInput) -> Self {
        let ImapInput {
            host,
            port,
            security,
            username,
            password,
            folder,
        } = input;
        NewAccess {
            host,
            port,
            security,
            username,
            folder,
            password,
        }
    }
}

impl From<SmtpInput> for NewAccess {
    fn from(input: SmtpInput) -> Self {
        let SmtpInput {
            host,
            port,
            security,
            username,
            password,
        } = input;
        NewAccess {
            host,
            port,
            security,
            username,
            folder: String::new(),
            password,
        }
    }
}

/// An inbox to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InboxInput {
    /// At most 80 characters.
    name: String,
    /// The address customers write to.
    address: String,
    /// The name customers see; the inbox's name when empty.
    #[serde(default)]
    sender_name: String,
    #[serde(default)]
    brand_id: Option<BrandId>,
    #[serde(default)]
    team_id: Option<TeamId>,
    #[serde(default)]
    signature_html: String,
    #[serde(default)]
    imap: Option<ImapInput>,
    #[serde(default)]
    smtp: Option<SmtpInput>,
    /// `new_only` when absent.
    #[serde(default)]
    import: Option<Import>,
}

/// What to change on an inbox; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InboxPatch {
    /// The version that was read.
    version: i64,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    sender_name: Option<String>,
    #[serde(default)]
    brand_id: Option<BrandId>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<TeamId>)]
    team_id: Option<Option<TeamId>>,
    #[serde(default)]
    enabled: Option<bool>,
    #[serde(default)]
    signature_html: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<ImapInput>)]
    imap: Option<Option<ImapInput>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<SmtpInput>)]
    smtp: Option<Option<SmtpInput>>,
    #[serde(default)]
    import: Option<Import>,
}

/// Tells `null` (clear) from absent (leave).
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// How a server is reached; passwords are never shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessView {
    host: String,
    port: u16,
    security: Security,
    username: String,
    /// IMAP only.
    #[serde(skip_serializing_if = "Option::is_none")]
    folder: Option<String>,
}

impl AccessView {
    fn of(access: Access) -> AccessView {
        let Access {
            host,
            port,
            security,
            username,
            folder,
            ..
        } = access;
        let folder = (!folder.is_empty()).then_some(folder);
        AccessView {
            host,
            port,
            security,
            username,
            folder,
        }
    }
}

/// How an inbox fares.
#[derive(Debug, Serialize, ToSchema)]
pub struct HealthView {
    receiving: Health,
    sending: Health,
    last_checked_at: Option<Timestamp>,
    problem: Option<String>,
    mend: Option<String>,
}

/// An inbox. The ways to its servers are shown only to those who may change them.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboxView {
    id: InboxId,
    name: String,
    address: String,
    sender_name: String,
    brand_id: BrandId,
    team_id: Option<TeamId>,
    enabled: bool,
    practice: bool,
    signature_html: String,
    imap: Option<AccessView>,
    smtp: Option<AccessView>,
    import: Import,
    health: HealthView,
    version: i64,
}

/// All inboxes.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboxList {
    /// Oldest first.
    items: Vec<InboxView>,
}

/// List the inboxes, oldest first.
#[utoipa::path(get, path = "/inboxes", tag = "inboxes", operation_id = "list_inboxes",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = InboxList), (status = 401, body = Problem)))]
async fn list(State(channels): State<Channels>, caller: Caller) -> Answer<Json<InboxList>> {
    caller.require(Permission::TicketRead)?;
    let manages = caller.may(Permission::InboxManage);
    let keys = channels.desk.kernel.keys.clone();
    let items = channels
        .desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let mut items = Vec::new();
            for inbox in store::all(tx).await? {
                items.push(view(tx, &keys, inbox, manages).await?);
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
    problems.refuse()?;
    let (tls, hello) = (&channels.tls, channels.hello());
    let from = from.and_then(|address| address.parse().ok());
    let fetching = async {
        match &imap {
            Some((server, folder)) => check_imap(server, tls, folder).await,
            None => Vec::new(),
        }
    };
    let sending = async {
        match &smtp {
            Some((server, _)) => check_smtp(server, tls, &hello, from.as_ref()).await,
            None => Vec::new(),
        }
    };
    let (mut steps, sent) = tokio::join!(fetching, sending);
    steps.extend(sent);
    Ok(Json(CheckReport { steps }))
}

/// The server to try; a stored password serves only the server it was entered for.
fn typed(
    channels: &Channels,
    field: &str,
    form: NewAccess,
    stored: Option<&Access>,
    problems: &mut Problems,
) -> (Server, String) {
    let host = form.host.trim().to_lowercase();
    let username = form.username.trim().to_owned();
    let kept = stored
        .filter(|s| s.host == host && i64::from(s.port) == form.port && s.username == username)
        .filter(|s| s.security == form.security)
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
    };
    let port = rules::access(&checked, problems);
    let password = password.unwrap_or_default();
    (
        Server {
            host,
            port,
            security: form.security,
            username,
            password,
        },
        folder.to_owned(),
    )
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

async fn one(channels: &Channels, id: InboxId) -> Result<InboxView, Refusal> {
    let keys = channels.desk.kernel.keys.clone();
    channels
        .desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let inbox = store::find(tx, id)
                .await?
                .ok_or(Refusal::NotFound { what: "inbox" })?;
            view(tx, &keys, inbox, true).await
        })
        .await
}

async fn view(
    tx: &mut Tx<'_>,
    keys: &kernel::keys::Keys,
    inbox: Inbox,
    manages: bool,
) -> Result<InboxView, Refusal> {
    let signature_html = keys
        .decrypt(tx, &inbox.signature)
        .await?
        .unwrap_or_default();
    let receiving = store::health(tx, inbox.id, Direction::Receiving).await?;
    let sending = store::health(tx, inbox.id, Direction::Sending).await?;
    let state = |note: &Option<super::HealthNote>, used: bool| match note {
        Some(note) if used && inbox.enabled => note.state,
        _ => Health::Off,
    };
    let worst = [&receiving, &sending]
        .into_iter()
        .flatten()
        .find(|note| note.state == Health::Failing && inbox.enabled);
    let problem = match worst.and_then(|note| note.problem.as_ref()) {
        Some(problem) => keys.decrypt(tx, problem).await?,
        None => None,
    };
    let checked = [&receiving, &sending]
        .into_iter()
        .flatten()
        .map(|note| note.checked_at);
    let health = HealthView {
        receiving: state(&receiving, inbox.imap.is_some()),
        sending: state(&sending, inbox.smtp.is_some() || inbox.practice),
        last_checked_at: checked.max(),
        problem,
        mend: worst.and_then(|note| note.mend.clone()),
    };
    Ok(InboxView {
        id: inbox.id,
        name: inbox.name,
        address: inbox.address,
        sender_name: inbox.sender_name,
        brand_id: inbox.brand,
        team_id: inbox.team,
        enabled: inbox.enabled,
        practice: inbox.practice,
        signature_html,
        imap: inbox.imap.filter(|_| manages).map(AccessView::of),
        smtp: inbox.smtp.filter(|_| manages).map(AccessView::of),
        import: inbox.import,
        health,
        version: inbox.version,
    })
}
