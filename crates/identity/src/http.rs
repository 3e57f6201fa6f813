//! The door of the API: who is asking, from where, and whether they get in.
//!
//! Denied by default: a route behind `/api/v1` is reached without a [`Caller`] only if it stands in
//! [`PUBLIC_ROUTES`], and a handler that takes a [`Caller`] refuses by itself even then.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, OriginalUri, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use kernel::db::Tx;
use kernel::http::Problem;
use kernel::refusal::Refusal;
use tracing::Instrument;

use crate::caller::{Caller, Source, USER_AGENT_CHARS_MAX};
use crate::{Identity, sessions, tokens};

/// Where the API begins.
pub const API: &str = "/api/v1";
/// The cookie that holds a session's token.
pub const SESSION_COOKIE: &str = "evenkeel_session";
/// The cookie by which a browser is known again; alone it opens nothing.
pub const DEVICE_COOKIE: &str = "evenkeel_device";
/// The header that pages of other sites cannot send without being asked first: the guard against
/// forged requests (OWASP's "custom request header").
pub const GUARD_HEADER: &str = "x-evenkeel";
/// The header that carries a request's id.
pub const REQUEST_ID_HEADER: &str = "x-request-id";

/// The routes of the API that need nobody signed in, as method and template.
pub const PUBLIC_ROUTES: &[(&str, &str)] = &[
    ("GET", "/api/v1/openapi.json"),
    ("GET", "/api/v1/setup"),
    ("POST", "/api/v1/setup"),
    ("POST", "/api/v1/session"),
    ("GET", "/api/v1/session/turns"),
    ("POST", "/api/v1/session/unlock"),
    ("GET", "/api/v1/invitations/by-token/{token}"),
    ("POST", "/api/v1/invitations/by-token/{token}/accept"),
    // Mail providers prove themselves by the address and by their signature.
    ("POST", "/api/v1/inbound/postmark/{token}"),
    ("POST", "/api/v1/inbound/mailgun/{token}/mime"),
    ("POST", "/api/v1/inbound/sendgrid/{token}"),
    ("GET", "/api/v1/mail/unsubscribe/{token}"),
    ("POST", "/api/v1/mail/unsubscribe/{token}"),
    ("GET", "/api/v1/surveys/page/{token}"),
    ("POST", "/api/v1/surveys/page/{token}"),
    ("GET", "/api/v1/abuse/page/{token}"),
    ("POST", "/api/v1/abuse/page/{token}"),
];

/// The one public route that believes a cookie.
const UNLOCK: &str = "/api/v1/session/unlock";
const REQUEST_ID_CHARS_MAX: usize = 64;
const FORWARDED_HOPS_MAX: usize = 20;

/// Finds out who is asking and refuses whoever may not get in; for
/// `axum::middleware::from_fn_with_state` around the whole application.
///
/// It puts a [`Source`] into every request and a [`Caller`] into those of somebody signed in, and
/// names the request in the answer's `x-request-id`.
pub async fn authenticate(
    State(identity): State<Identity>,
    request: Request,
    next: Next,
) -> Response {
    // Apart, because a body can't be looked at from two threads, and its head is all that counts.
    let (mut head, body) = request.into_parts();
    let source = source(&identity, &head);
    let id = source.request.clone();
    let span = tracing::info_span!("request", id = %id);
    let mut response = async {
        match admit(&identity, &source, &head).await {
            Ok(caller) => {
                head.extensions.insert(source);
                if let Some(caller) = caller {
                    head.extensions.insert(caller);
                }
                next.run(Request::from_parts(head, body)).await
            }
            Err(problem) => problem.into_response(),
        }
    }
    .instrument(span)
    .await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID_HEADER, id);
    }
    response
}

/// Whether a route stands in [`PUBLIC_ROUTES`].
pub fn is_public(method: &Method, path: &str) -> bool {
    // HEAD is GET without its body.
    let method = if method == Method::HEAD {
        "GET"
    } else {
        method.as_str()
    };
    PUBLIC_ROUTES
        .iter()
        .any(|(public, template)| *public == method && fits(template, path))
}

fn fits(template: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    let all = template.split('/').all(|wanted| {
        let given = segments.next();
        given.is_some_and(|given| wanted == given || (wanted.starts_with('{') && !given.is_empty()))
    });
    all && segments.next().is_none()
}

/// The caller of a request that may pass; `None` where nobody needs to be signed in.
async fn admit(
    identity: &Identity,
    source: &Source,
    head: &Parts,
) -> Result<Option<Caller>, Problem> {
    let original = head.extensions.get::<OriginalUri>();
    let path = original.map_or(head.uri.path(), |uri| uri.0.path());
    if path != API
        && !path
            .strip_prefix(API)
            .is_some_and(|rest| rest.starts_with('/'))
    {
        return Ok(None);
    }
    let headers = &head.headers;
    let caller = match (bearer(headers), cookie(headers, SESSION_COOKIE)) {
        (Some(secret), _) => by_token(identity, source, secret).await?,
        (None, Some(token)) => by_session(identity, source, token).await?,
        (None, None) => None,
    };
    match &caller {
        None if !is_public(&head.method, path) => Err(Refusal::NotSignedIn.into()),
        caller if is_by_cookie(caller.as_ref(), path) && is_forgeable(head) => Err(Problem::new(
            StatusCode::FORBIDDEN,
            "csrf",
            "A request that changes something needs the header X-Evenkeel: 1.",
        )),
        _ => Ok(caller),
    }
}

/// Whether the request stands on a cookie: the session's, or the browser's mark.
fn is_by_cookie(caller: Option<&Caller>, path: &str) -> bool {
    caller.is_some_and(|caller| caller.session.is_some()) || path == UNLOCK
}

/// Whether a page of another site could have made a browser send this.
fn is_forgeable(head: &Parts) -> bool {
    let guarded = head
        .headers
        .get(GUARD_HEADER)
        .is_some_and(|value| value == "1");
    !head.method.is_safe() && !guarded
}

async fn by_session(
    identity: &Identity,
    source: &Source,
    token: &str,
) -> Result<Option<Caller>, Refusal> {
    let hash = identity.session_hash(token);
    let now = identity.kernel.clock.now();
    let find = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        Ok(sessions::store::find(tx, hash).await?)
    };
    let Some(found) = identity.kernel.db.read(find).await? else {
        return Ok(None);
    };
    if sessions::rules::is_over(found.created_at, found.last_seen_at, now) {
        return Ok(None);
    }
    if sessions::rules::is_worth_noting(found.last_seen_at, now) {
        let id = found.id;
        let touch = async move |tx: &mut Tx<'_>| sessions::store::touch(tx, id, now).await;
        noted(identity.kernel.db.write(touch).await);
    }
    Ok(Some(Caller {
        session: Some(found.id),
        by_pin: found.by_pin,
        request: source.request_id(),
        ..Caller::for_agent(found.agent, &found.name, found.role)
    }))
}

async fn by_token(
    identity: &Identity,
    source: &Source,
    secret: &str,
) -> Result<Option<Caller>, Refusal> {
    let hash = identity.token_hash(secret);
    let now = identity.kernel.clock.now();
    let find = async move |tx: &mut Tx<'_>| -> Result<_, Refusal> {
        Ok(tokens::store::find(tx, hash).await?)
    };
    let Some(found) = identity.kernel.db.read(find).await? else {
        return Ok(None);
    };
    if tokens::rules::is_over(found.expires_at, now) {
        return Ok(None);
    }
    if tokens::rules::is_worth_noting(found.last_used_at, now) {
        let id = found.id;
        let touch = async move |tx: &mut Tx<'_>| tokens::store::touch(tx, id, now).await;
        noted(identity.kernel.db.write(touch).await);
    }
    Ok(Some(Caller {
        scopes: Some(found.scopes),
        request: source.request_id(),
        ..Caller::for_agent(found.agent, &found.name, found.role)
    }))
}

/// A last use that cannot be written down is no reason to turn somebody away.
fn noted(result: Result<(), kernel::db::DbError>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the last use of a session or token could not be noted");
    }
}

fn source(identity: &Identity, head: &Parts) -> Source {
    let headers = &head.headers;
    let peer = head.extensions.get::<ConnectInfo<SocketAddr>>();
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| {
        peer.0.ip().to_canonical()
    });
    let trusted = &identity.settings.trusted_proxies;
    let user_agent = headers
        .get(USER_AGENT)
        .map(HeaderValue::as_bytes)
        .unwrap_or_default();
    let user_agent = String::from_utf8_lossy(user_agent);
    let visible = user_agent.chars().filter(|it| !it.is_control());
    let device = cookie(headers, DEVICE_COOKIE).filter(|device| identity.is_device(device));
    let given = if trusted.contains(&peer) {
        request_id(headers)
    } else {
        None
    };
    Source {
        address: client(peer, headers, trusted),
        user_agent: visible.take(USER_AGENT_CHARS_MAX).collect(),
        device: device.map(str::to_owned),
        request: given.unwrap_or_else(|| {
            let bytes = identity.kernel.random.bytes::<16>();
            bytes.iter().map(|byte| format!("{byte:02x}")).collect()
        }),
    }
}

/// The id a trusted proxy gave the request, if it is fit for logs.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID_HEADER)?.to_str().ok()?;
    let fit = (1..=REQUEST_ID_CHARS_MAX).contains(&id.len())
        && id
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "-_.".contains(it));
    fit.then(|| id.to_owned())
}

/// The client's address: the peer, or, as long as trusted proxies say so, whom they speak for.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let values = headers.get_all("x-forwarded-for").iter();
    let hops: Vec<&str> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|it| it.split(','))
        .collect();
    let mut address = peer;
    // From the nearest hop outwards: what lies beyond the first untrusted one may be made up.
    for hop in hops.iter().rev().take(FORWARDED_HOPS_MAX) {
        let Ok(named) = hop.trim().parse::<IpAddr>() else {
            break;
        };
        if !trusted.contains(&address) {
            break;
        }
        address = named.to_canonical();
    }
    address
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret.trim())
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let values = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = values
        .flat_map(|value| value.split(';'))
        .filter_map(|it| it.split_once('='));
    pairs
        .find(|(key, _)| key.trim() == name)
        .map(|(_, value)| value.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_templates_fit() {
        for (method, path, public) in [
            (Method::GET, "/api/v1/setup", true),
            (Method::HEAD, "/api/v1/setup", true),
            (Method::PUT, "/api/v1/setup", false),
            (Method::DELETE, "/api/v1/session", false),
            (Method::GET, "/api/v1/setup/", false),
            (Method::GET, "/api/v1/invitations", false),
            (Method::GET, "/api/v1/invitations/by-token/x", true),
            (Method::GET, "/api/v1/invitations/by-token/", false),
            (Method::GET, "/api/v1/invitations/by-token/x/accept", false),
            (Method::POST, "/api/v1/invitations/by-token/x/accept", true),
            (
                Method::POST,
                "/api/v1/invitations/by-token/x/accept/y",
                false,
            ),
        ] {
            assert_eq!(is_public(&method, path), public, "{method} {path}");
        }
    }

    fn forwarded(peer: &str, header: &str, trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", header.parse().unwrap());
        let trusted: Vec<IpAddr> = trusted.iter().map(|it| it.parse().unwrap()).collect();
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let (proxy, outer) = ("10.0.0.1", "10.0.0.2");
        assert_eq!(forwarded("192.0.2.7", "203.0.113.9", &[proxy]), "192.0.2.7");
        assert_eq!(forwarded(proxy, "203.0.113.9", &[proxy]), "203.0.113.9");
        assert_eq!(
            forwarded(proxy, "1.1.1.1, 203.0.113.9", &[proxy]),
            "203.0.113.9"
        );
        assert_eq!(
            forwarded(proxy, "1.1.1.1, 203.0.113.9, 10.0.0.2", &[proxy, outer]),
            "203.0.113.9"
        );
        assert_eq!(forwarded(proxy, "nonsense", &[proxy]), proxy);
        assert_eq!(forwarded(proxy, "", &[proxy]), proxy);
    }

    #[test]
    fn cookies_are_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(
            COOKIE,
            "theme=dark; evenkeel_session=abc ;x".parse().unwrap(),
        );
        headers.append(COOKIE, "evenkeel_device=d.e".parse().unwrap());
        assert_eq!(cookie(&headers, SESSION_COOKIE), Some("abc"));
        assert_eq!(cookie(&headers, DEVICE_COOKIE), Some("d.e"));
        assert_eq!(cookie(&headers, "session"), None);
    }

    #[test]
    fn a_bearer_is_a_bearer_in_any_case() {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, "bearer ek_x".parse().unwrap());
        assert_eq!(bearer(&headers), Some("ek_x"));
        headers.insert(AUTHORIZATION, "Basic abc".parse().unwrap());
        assert_eq!(bearer(&headers), None);
    }
}
