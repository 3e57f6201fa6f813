//! `/session` and `/me/sessions`.

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderName, StatusCode};
use axum::response::{AppendHeaders, IntoResponse, Response};
use kernel::http::{Answer, Json, Page, Path, Problem};
use kernel::ids::SessionId;
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::{self, SignInRefusal, SignedIn};
use super::{RevocationReason, rules};
use crate::Identity;
use crate::caller::{Caller, Source};
use crate::http::{DEVICE_COOKIE, SESSION_COOKIE};
use crate::me::http::Me;

pub(crate) fn router() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, sign_out))
        .routes(routes!(list))
        .routes(routes!(revoke))
}

/// Seconds for which a browser is known again: 400 days, the most browsers keep a cookie.
const DEVICE_SECONDS: u64 = 400 * 24 * 3600;

/// How an agent signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Credentials {
    email: String,
    password: String,
}

/// A signed-in browser.
#[derive(Serialize, ToSchema)]
pub(crate) struct Session {
    id: SessionId,
    /// Whether it is the one asking.
    current: bool,
    user_agent: String,
    ip: String,
    created_at: Timestamp,
    /// To within ten minutes.
    last_seen_at: Timestamp,
}

type Cookies = AppendHeaders<[(HeaderName, String); 2]>;

/// The cookies of a session that has just begun.
pub(crate) fn cookies(identity: &Identity, signed_in: &SignedIn) -> Cookies {
    let secure = secure(identity);
    let SignedIn { token, device, .. } = signed_in;
    let age = rules::AGE_MAX.as_secs();
    let session =
        format!("{SESSION_COOKIE}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax{secure}");
    let device = format!(
        "{DEVICE_COOKIE}={device}; Path=/api/v1; Max-Age={DEVICE_SECONDS}; HttpOnly; \
         SameSite=Lax{secure}"
    );
    AppendHeaders([(SET_COOKIE, session), (SET_COOKIE, device)])
}

/// The cookie that takes a session's place when the browser should hold none.
pub(crate) fn no_session(identity: &Identity) -> String {
    let secure = secure(identity);
    format!("{SESSION_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}")
}

fn secure(identity: &Identity) -> &'static str {
    let encrypted = identity.kernel.settings.base_url.starts_with("https://");
    if encrypted { "; Secure" } else { "" }
}

impl From<SignInRefusal> for Problem {
    fn from(refusal: SignInRefusal) -> Self {
        match refusal {
            SignInRefusal::WrongCredentials => Self::new(
                StatusCode::UNAUTHORIZED,
                "wrong_credentials",
                "This e-mail address and password do not belong together.",
            ),
            SignInRefusal::Refused(refusal) => refusal.into(),
        }
    }
}

/// Sign in. Wrong passwords slow down the place they come from, never the account's known places.
#[utoipa::path(post, path = "/session", tag = "session", operation_id = "sign_in",
    request_body = Credentials,
    responses(
        (status = 200, body = Me),
        (status = 401, description = "`wrong_credentials`", body = Problem),
        (status = 429, description = "`locked_out`, `too_many_requests`", body = Problem),
    ),
    security(()))]
async fn sign_in(
    State(identity): State<Identity>,
    source: Source,
    Json(input): Json<Credentials>,
) -> Answer<Response> {
    let Credentials { email, password } = input;
    let signed_in = commands::sign_in(&identity, &source, &email, &password).await?;
    let me = Me::of(&identity, &signed_in.caller).await?;
    Ok((cookies(&identity, &signed_in), Json(me)).into_response())
}

/// Sign out.
#[utoipa::path(delete, path = "/session", tag = "session", operation_id = "sign_out",
    responses((status = 204), (status = 401, body = Problem)), security(("session" = [])))]
async fn sign_out(State(identity): State<Identity>, caller: Caller) -> Answer<Response> {
    let session = caller.session.ok_or(Refusal::NotAllowed {
        permission: "session",
    })?;
    commands::end(&identity, &caller, session, RevocationReason::SignedOut).await?;
    let gone = no_session(&identity);
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(SET_COOKIE, gone)])).into_response())
}

/// Your signed-in browsers, latest use first.
#[utoipa::path(get, path = "/me/sessions", tag = "me", operation_id = "list_sessions",
    responses((status = 200, body = Page<Session>)), security(("session" = [])))]
async fn list(State(identity): State<Identity>, caller: Caller) -> Answer<Json<Page<Session>>> {
    let sessions = commands::all(&identity, &caller).await?.into_iter();
    let items = sessions.map(|own| Session {
        id: own.id,
        current: caller.session == Some(own.id),
        user_agent: own.user_agent,
        ip: own.ip,
        created_at: own.created_at,
        last_seen_at: own.last_seen_at,
    });
    Ok(Json(Page {
        items: items.collect(),
        next: None,
    }))
}

/// Sign out one of your browsers.
#[utoipa::path(delete, path = "/me/sessions/{id}", tag = "me", operation_id = "revoke_session",
    params(("id" = SessionId, Path)),
    responses((status = 204), (status = 404, body = Problem)), security(("session" = [])))]
async fn revoke(
    State(identity): State<Identity>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Answer<StatusCode> {
    commands::end(&identity, &caller, id, RevocationReason::Revoked).await?;
    Ok(StatusCode::NO_CONTENT)
}
