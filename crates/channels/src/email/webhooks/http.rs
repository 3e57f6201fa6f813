//! `/inbound/{provider}/{token}`, where providers post, and `/inboxes/{id}/webhook`, where
//! administrators set that up.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use form::Held;
use futures_util::StreamExt;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, Json, Path, Problem};
use kernel::ids::InboxId;
use kernel::keys::KeyError;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::{self, Wanted};
use super::shapes::{Brought, postmark, sendgrid};
use super::{MailProvider, Webhook, form, rules, store};
use crate::Channels;
use crate::email::intake::{Accepted, Envelope, MAIL_BYTES_MAX, State as MailState};
use crate::email::large::{Spool, pieces};
use crate::inboxes::Inbox;

/// Postmark takes mails of 35 MB; its JSON holds the raw mail and, in base64, the files.
const POSTMARK_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Mailgun may write every byte with a percent sign.
const MAILGUN_BYTES_MAX: usize = 3 * MAIL_BYTES_MAX + FIELDS_BYTES_MAX;
/// What a form holds beside a raw mail.
const FIELDS_BYTES_MAX: usize = 1024 * 1024;
/// SendGrid takes mails of 30 MB; without the raw mail, its form holds their parts.
const SENDGRID_BYTES_MAX: usize = MAIL_BYTES_MAX + FIELDS_BYTES_MAX;
const SENDGRID_PARTS_MAX: usize = 32 * 1024 * 1024;
const TOO_LARGE: u16 = StatusCode::PAYLOAD_TOO_LARGE.as_u16();
/// So many posts are read at a time; the others wait at the door.
static READING: Semaphore = Semaphore::const_new(4);

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new()
        .routes(routes!(by_postmark))
        .routes(routes!(by_mailgun))
        .routes(routes!(by_sendgrid))
        .routes(routes!(show, set, remove))
}

/// What became of a posted mail.
#[derive(Debug, Serialize, ToSchema)]
pub struct Posted {
    /// `queued` when it is stored and soon filed, `duplicate` when it was here already.
    state: MailState,
}

/// Take a mail that Postmark received, raw or in parts.
#[utoipa::path(post, path = "/inbound/postmark/{token}", tag = "inboxes",
    operation_id = "receive_postmark_mail", params(("token" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream",
        description = "Postmark's JSON"),
    responses((status = 200, body = Posted), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 413, body = Problem),
        (status = 422, body = Problem)))]
async fn by_postmark(
    State(channels): State<Channels>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Posted>> {
    let kernel = &channels.desk.kernel;
    let (webhook, inbox) = commands::at_address(kernel, MailProvider::Postmark, &token).await?;
    let password = secret(&channels, &webhook)?.unwrap_or_default();
    if password.is_empty()
        || !rules::has_password(header(&headers, AUTHORIZATION.as_str()), &password)
    {
        return Err(unproven("the password in the address is wrong or missing"));
    }
    let _permit = READING.acquire().await;
    let mut held = Held::at_most(POSTMARK_BYTES_MAX);
    let body = match form::whole(body, &mut held).await {
        Ok(body) => body,
        Err(problem) => return Err(noted(&channels, &inbox, problem).await),
    };
    let brought = postmark(&body).ok_or_else(form::unreadable)?;
    drop(body);
    posted(commands::receive(kernel, &webhook, &inbox, brought).await?)
}

/// Take a raw mail that Mailgun received.
#[utoipa::path(post, path = "/inbound/mailgun/{token}/mime", tag = "inboxes",
    operation_id = "receive_mailgun_mail", params(("token" = String, Path)),
    request_body(content = Vec<u8>, content_type = "multipart/form-data",
        description = "Mailgun's form with `body-mime`"),
    responses((status = 200, body = Posted), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 413, body = Problem),
        (status = 422, body = Problem)))]
async fn by_mailgun(
    State(channels): State<Channels>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Posted>> {
    let kernel = &channels.desk.kernel;
    let (webhook, inbox) = commands::at_address(kernel, MailProvider::Mailgun, &token).await?;
    let key = secret(&channels, &webhook)?.unwrap_or_default();
    let _permit = READING.acquire().await;
    let kind = header(&headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    let mut held = Held::at_most(FIELDS_BYTES_MAX);
    let limits = (MAILGUN_BYTES_MAX, &mut held);
    let mut spool = Spool::new(kernel, inbox.key);
    let mail = ("body-mime", &mut spool);
    let fields = form::read(kind, pieces(body), limits, mail).await?;
    let (timestamp, once) = (fields.text("timestamp"), fields.text("token"));
    let signed = (&*timestamp, &*once, &*fields.text("signature"));
    if key.is_empty() || !rules::mailgun_signed(&key, signed, kernel.clock.now()) {
        return Err(unproven("the signature is wrong, missing or too old"));
    }
    let envelope = Envelope {
        from: Some(fields.text("sender")).filter(|sender| !sender.is_empty()),
        to: Some(fields.text("recipient")).filter(|recipient| !recipient.is_empty()),
        ..Envelope::default()
    };
    let raw = form::given(spool.finish().await?).ok_or_else(form::unreadable)?;
    if !raw.fits() {
        return Err(noted(&channels, &inbox, Problem::too_large()).await);
    }
    if !commands::is_first_use(kernel, &once, &raw).await? {
        return Err(unproven("the signature was used before"));
    }
    let brought = Brought { raw, envelope };
    posted(commands::receive(kernel, &webhook, &inbox, brought).await?)
}

/// Take a mail that SendGrid received, raw or in parts.
#[utoipa::path(post, path = "/inbound/sendgrid/{token}", tag = "inboxes",
    operation_id = "receive_sendgrid_mail", params(("token" = String, Path)),
    request_body(content = Vec<u8>, content_type = "multipart/form-data",
        description = "The form of SendGrid's Inbound Parse"),
    responses((status = 200, body = Posted), (status = 401, body = Problem),
        (status = 404, body = Problem), (status = 413, body = Problem),
        (status = 422, body = Problem)))]
async fn by_sendgrid(
    State(channels): State<Channels>,
    Path(token): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Posted>> {
    let kernel = &channels.desk.kernel;
    let (webhook, inbox) = commands::at_address(kernel, MailProvider::Sendgrid, &token).await?;
    let key = secret(&channels, &webhook)?;
    let _permit = READING.acquire().await;
    let given = |name| header(&headers, name).unwrap_or_default();
    let timestamp = given("x-twilio-email-event-webhook-timestamp");
    let kind = given(CONTENT_TYPE.as_str());
    let mut held = Held::at_most(SENDGRID_PARTS_MAX);
    let limits = (SENDGRID_BYTES_MAX, &mut held);
    let mut spool = Spool::new(kernel, inbox.key);
    let mut stream = pieces(body);
    let mut signed = rules::SendgridSigned::begin(timestamp);
    let read = {
        let seen =
            (&mut stream).inspect(|piece| signed.update(piece.as_deref().unwrap_or_default()));
        form::read(kind, seen, limits, ("email", &mut spool)).await
    };
    if let Some(key) = key {
        // The signature is over everything, what stands behind the form included.
        while let (Ok(_), Some(Ok(piece))) = (&read, stream.next().await) {
            signed.update(&piece);
        }
        let is_whole = !matches!(&read, Err(problem) if problem.status == TOO_LARGE);
        if is_whole && !signed.by(&key, given("x-twilio-email-event-webhook-signature")) {
            return Err(unproven("the signature is wrong or missing"));
        }
    }
    let fields = match read {
        Ok(fields) if spool.fits() => fields,
        Ok(_) => return Err(noted(&channels, &inbox, Problem::too_large()).await),
        Err(problem) => return Err(noted(&channels, &inbox, problem).await),
    };
    let raw = form::given(spool.finish().await?);
    let brought = sendgrid(fields, raw).ok_or_else(form::unreadable)?;
    posted(commands::receive(kernel, &webhook, &inbox, brought).await?)
}

/// A mail that a proven provider can't hand over because of its size stands in the list of mail
/// that couldn't be processed.
async fn noted(channels: &Channels, inbox: &Inbox, problem: Problem) -> Problem {
    if problem.status == TOO_LARGE
        && let Err(refusal) = commands::note_too_large(&channels.desk.kernel, inbox).await
    {
        tracing::warn!(%refusal, inbox = %inbox.id, "a mail that is too large could not be noted");
    }
    problem
}

fn posted(accepted: Accepted) -> Answer<Json<Posted>> {
    let state = match accepted {
        Accepted::Stored(_) => MailState::Received,
        Accepted::Known(_) => MailState::Duplicate,
    };
    Ok(Json(Posted { state }))
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn secret(channels: &Channels, webhook: &Webhook) -> Result<Option<String>, Refusal> {
    let keys = &channels.desk.kernel.keys;
    let open = |secret| keys.decrypt_secret(secret);
    Ok(webhook.secret.as_ref().map(open).transpose()?)
}

fn unproven(why: &str) -> Problem {
    let detail = format!("Nothing was stored: {why}. Set the webhook up again if this stays so.");
    Problem::new(StatusCode::UNAUTHORIZED, "unproven", detail)
}

/// How a provider brings an inbox its mail.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookView {
    provider: MailProvider,
    /// The address to enter at the provider; for Postmark it holds a password.
    address: String,
    /// Whether a key of the provider is kept, by which its signature is verified.
    is_signed: bool,
    /// When mail last came this way, to a minute.
    arrived_at: Option<Timestamp>,
    version: i64,
}

/// The webhook of an inbox.
#[derive(Debug, Serialize, ToSchema)]
pub struct InboxWebhook {
    /// Null when there is none.
    webhook: Option<WebhookView>,
}

/// How the webhook should be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookInput {
    provider: MailProvider,
    /// Mailgun's HTTP webhook signing key, or SendGrid's public key (empty without one); absent
    /// keeps the stored one. Postmark has none.
    #[serde(default)]
    secret: Option<String>,
    /// Makes a new address; the old one ends at once.
    #[serde(default)]
    new_address: bool,
    /// The version that was read; null when there was none.
    #[serde(default)]
    version: Option<i64>,
}

/// Show an inbox's webhook.
#[utoipa::path(get, path = "/inboxes/{id}/webhook", tag = "inboxes",
    operation_id = "read_inbox_webhook", params(("id" = InboxId, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = InboxWebhook), (status = 404, body = Problem)))]
async fn show(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<InboxId>,
) -> Answer<Json<InboxWebhook>> {
    caller.require(Permission::InboxManage)?;
    let found = channels
        .desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let inbox = crate::inboxes::store::find(tx, id).await?;
            inbox.ok_or(Refusal::NotFound { what: "inbox" })?;
            Ok::<_, Refusal>(store::find(tx, id).await?)
        })
        .await?;
    let webhook = found.map(|webhook| view(&channels, &webhook)).transpose();
    let webhook = webhook.map_err(Refusal::from)?;
    Ok(Json(InboxWebhook { webhook }))
}

/// Set an inbox's webhook up, or change it.
#[utoipa::path(put, path = "/inboxes/{id}/webhook", tag = "inboxes",
    operation_id = "set_inbox_webhook", params(("id" = InboxId, Path)),
    request_body = WebhookInput, security(("session" = []), ("token" = [])),
    responses((status = 200, body = InboxWebhook), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn set(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<InboxId>,
    Json(input): Json<WebhookInput>,
) -> Answer<Json<InboxWebhook>> {
    let wanted = Wanted {
        provider: input.provider,
        secret: input.secret,
        new_address: input.new_address,
        version: input.version,
    };
    commands::set(&channels.desk.kernel, &caller, id, wanted).await?;
    show(State(channels), caller, Path(id)).await
}

/// Remove an inbox's webhook; its address ends at once.
#[utoipa::path(delete, path = "/inboxes/{id}/webhook", tag = "inboxes",
    operation_id = "remove_inbox_webhook", params(("id" = InboxId, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 403, body = Problem)))]
async fn remove(
    State(channels): State<Channels>,
    caller: Caller,
    Path(id): Path<InboxId>,
) -> Answer<StatusCode> {
    commands::remove(&channels.desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(channels: &Channels, webhook: &Webhook) -> Result<WebhookView, KeyError> {
    let kernel = &channels.desk.kernel;
    let token = kernel.keys.decrypt_secret(&webhook.token)?;
    let secret = webhook
        .secret
        .as_ref()
        .map(|it| kernel.keys.decrypt_secret(it));
    let secret = secret.transpose()?;
    let base = &kernel.settings.base_url;
    let (scheme, host) = base.split_once("://").unwrap_or(("https", base));
    let address = match webhook.provider {
        MailProvider::Postmark => {
            let password = secret.clone().unwrap_or_default();
            format!("{scheme}://evenkeel:{password}@{host}/api/v1/inbound/postmark/{token}")
        }
        // Mailgun sends the raw mail to addresses that end like this.
        MailProvider::Mailgun => format!("{base}/api/v1/inbound/mailgun/{token}/mime"),
        MailProvider::Sendgrid => format!("{base}/api/v1/inbound/sendgrid/{token}"),
    };
    Ok(WebhookView {
        provider: webhook.provider,
        address,
        is_signed: webhook.provider != MailProvider::Postmark && secret.is_some(),
        arrived_at: webhook.arrived_at,
        version: webhook.version,
    })
}
