//! `/mail-connections`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::{InboxId, MailConnectionId};
use kernel::keys::Keys;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::{self, NewConnection};
use super::consent::{self, Returned};
use super::{ConnectionState, ConnectionTrouble, MailConnection, OauthProvider, rules, store};
use crate::Channels;

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
        .routes(routes!(begin))
        .routes(routes!(complete))
}

/// A connection to set up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailConnectionInput {
    provider: OauthProvider,
    /// The mailbox's user name at the provider, usually its address.
    username: String,
    /// The client's id in the provider's console.
    client_id: String,
    /// Absent takes the one stored with this client before; a public client has none.
    #[serde(default)]
    client_secret: Option<String>,
    /// Microsoft only: the directory; `common` when absent.
    #[serde(default)]
    tenant: String,
    /// Other providers: the issuer, whose addresses are looked up.
    #[serde(default)]
    issuer: String,
    /// Other providers, without issuer: where a person consents.
    #[serde(default)]
    authorize_url: String,
    /// Other providers, without issuer: where tokens are given.
    #[serde(default)]
    token_url: String,
    /// Other providers: what to ask for, separated by spaces.
    #[serde(default)]
    scopes: String,
    /// Other providers: the mail servers the tokens may be shown to.
    #[serde(default)]
    hosts: Vec<String>,
}

/// What to change on a connection; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailConnectionPatch {
    /// The version that was read.
    version: i64,
    #[serde(default)]
    client_id: Option<String>,
    #[serde(default)]
    client_secret: Option<String>,
}

/// A connection; its secrets are never shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailConnectionView {
    id: MailConnectionId,
    provider: OauthProvider,
    username: String,
    issuer: Option<String>,
    authorize_url: String,
    token_url: String,
    scopes: String,
    /// The mail servers the tokens may be shown to.
    hosts: Vec<String>,
    client_id: String,
    /// Whether a client secret is stored.
    has_secret: bool,
    state: ConnectionState,
    /// Who can mend it when the provider refuses.
    trouble: Option<ConnectionTrouble>,
    /// What is wrong, in plain words.
    problem: Option<String>,
    /// What helps.
    mend: Option<String>,
    /// When somebody last consented.
    connected_at: Option<Timestamp>,
    /// The inboxes that sign in by it.
    inbox_ids: Vec<InboxId>,
    version: i64,
}

/// All connections.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailConnectionList {
    /// Oldest first.
    items: Vec<MailConnectionView>,
    /// What to enter as redirect address in a provider's console.
    redirect_uri: String,
}

/// Where to go and consent.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentPlace {
    /// To be opened in a browser within ten minutes.
    url: String,
}

/// What a person came back with from the provider.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentInput {
    state: String,
    #[serde(default)]
    code: Option<String>,
    /// What the provider says instead of a code.
    #[serde(default)]
    error: Option<String>,
    /// The parameter `iss` (RFC 9207), when there was one.
    #[serde(default)]
    issuer: Option<String>,
}

/// List the connections to providers, oldest first.
#[utoipa::path(get, path = "/mail-connections", tag = "inboxes",
    operation_id = "list_mail_connections", security(("session" = []), ("token" = [])),
    responses((status = 200, body = MailConnectionList), (status = 401, body = Problem)))]
async fn list(
    State(channels): State<Channels>,
    caller: Caller,
) -> Answer<Json<MailConnectionList>> {
    caller.require(Permission::InboxManage)?;
    let keys = channels.desk.kernel.keys.clone();
    let reading = channels.desk.kernel.db.read(async move |tx: &mut Tx<'_>| {
        let mut items = Vec::new();
        for connection in store::all(tx).await? {
            items.push(view(tx, &keys, connection).await?);
        }
        Ok::<_, Refusal>(items)
    });
    Ok(Json(MailConnectionList {
        items: reading.await?,
        redirect_uri: consent::redirect(&channels),
    }))
}

/// Set a connection to a provider up; consent comes next.
#[utoipa::path(post, path = "/mail-connections", tag = "inboxes",
    operation_id = "create_mail_connection", security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = MailConnectionInput,
    responses((status = 201, body = MailConnectionView), (status = 422, body = Problem)))]
async fn create(
    State(channels): State<Channels>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<MailConnectionInput>,
) -> Answer<(StatusCode, Json<MailConnectionView>)> {
    let new = NewConnection {
        provider: Some(input.provider),
        username: input.username,
        tenant: input.tenant,
        client_id: input.client_id,
        client_secret: input.client_secret,
        issuer: input.issuer,
        authorize_url: input.authorize_url,
        token_url: input.token_url,
        scopes: input.scopes,
        hosts: input.hosts,
    };
    let id = commands::create(&channels, &caller, new, once).await?;
    Ok((StatusCode::CREATED, Json(one(&channels, id).await?)))
}

/// Change the client of a connection: secrets run out.
#[utoipa::path(patch, path = "/mail-connections/{id}", tag = "inboxes",
    operation_id = "update_mail_connection", security(("session" = []), ("token" = [])),
    params(("id" = MailConnectionId, Path)), request_body = MailConnectionPatch,
    responses((status = 200, body = MailConnectionView), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn update(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<MailConnectionId>,
    Json(patch): Json<MailConnectionPatch>,
) -> Answer<Json<MailConnectionView>> {
    let (client_id, client_secret) = (patch.client_id, patch.client_secret);
    commands::set_client(
        &channels,
        &caller,
        id,
        patch.version,
        client_id,
        client_secret,
    )
    .await?;
    Ok(Json(one(&channels, id).await?))
}

/// Delete a connection that no inbox uses.
#[utoipa::path(delete, path = "/mail-connections/{id}", tag = "inboxes",
    operation_id = "delete_mail_connection", security(("session" = []), ("token" = [])),
    params(("id" = MailConnectionId, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn delete(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<MailConnectionId>,
) -> Answer<StatusCode> {
    commands::delete(&channels, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Begin to consent; an attempt before this one is void.
#[utoipa::path(post, path = "/mail-connections/{id}/consent", tag = "inboxes",
    operation_id = "begin_mail_consent", security(("session" = []), ("token" = [])),
    params(("id" = MailConnectionId, Path)),
    responses((status = 200, body = ConsentPlace), (status = 404, body = Problem)))]
async fn begin(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<MailConnectionId>,
) -> Answer<Json<ConsentPlace>> {
    let url = consent::begin(&channels, &caller, id).await?;
    Ok(Json(ConsentPlace { url }))
}

/// Hand in what the provider sent a person back with; the mailboxes go on with it.
#[utoipa::path(post, path = "/mail-connections/complete", tag = "inboxes",
    operation_id = "complete_mail_consent", security(("session" = []), ("token" = [])),
    request_body = ConsentInput,
    responses((status = 200, body = MailConnectionView), (status = 409, body = Problem),
        (status = 422, body = Problem), (status = 503, body = Problem)))]
async fn complete(
    State(channels): State<Channels>,
    caller: Caller,
    Json(input): Json<ConsentInput>,
) -> Answer<Json<MailConnectionView>> {
    let returned = Returned {
        state: input.state,
        code: input.code,
        error: input.error,
        issuer: input.issuer,
    };
    let id = consent::complete(&channels, &caller, returned).await?;
    Ok(Json(one(&channels, id).await?))
}

async fn one(channels: &Channels, id: MailConnectionId) -> Result<MailConnectionView, Refusal> {
    let keys = channels.desk.kernel.keys.clone();
    let reading = channels.desk.kernel.db.read(async move |tx: &mut Tx<'_>| {
        let found = store::find(tx, id).await?;
        let connection = found.ok_or(Refusal::NotFound { what: "connection" })?;
        view(tx, &keys, connection).await
    });
    reading.await
}

async fn view(
    tx: &mut Tx<'_>,
    keys: &Keys,
    connection: MailConnection,
) -> Result<MailConnectionView, Refusal> {
    let inbox_ids = store::used_by(tx, connection.id).await?;
    let has_secret = !keys.decrypt_secret(&connection.client_secret)?.is_empty();
    let host = rules::host_of(&connection.token_url);
    let words = connection
        .trouble
        .map(|trouble| rules::refusal(host, &connection.username, trouble));
    let (problem, mend) = words.map(|words| (words.message, words.mend)).unzip();
    Ok(MailConnectionView {
        id: connection.id,
        provider: connection.provider,
        username: connection.username,
        issuer: connection.issuer,
        authorize_url: connection.authorize_url,
        token_url: connection.token_url,
        scopes: connection.scopes,
        hosts: connection.hosts,
        client_id: connection.client_id,
        has_secret,
        state: connection.state,
        trouble: connection.trouble,
        problem,
        mend,
        connected_at: connection.connected_at,
        inbox_ids,
        version: connection.version,
    })
}
