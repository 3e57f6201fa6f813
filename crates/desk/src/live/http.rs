//! `/live`.

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use identity::{Caller, Permission};
use kernel::http::{Answer, Problem};
use kernel::refusal::Refusal;
use std::time::Duration;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::events::{LiveEvent, LiveRequest};
use super::{rules, socket};
use crate::{Desk, states};

/// Small buffers, since most sockets are idle most of the time.
const BUFFER_BYTES: usize = 4 * 1024;
/// A peer that takes nothing is cut off before it makes us hold more than this.
const WRITE_BYTES_MAX: usize = 256 * 1024;
/// The largest message a client may send.
const MESSAGE_BYTES_MAX: usize = 16 * 1024;
const PLACE_WAIT: Duration = Duration::from_secs(10);

#[derive(OpenApi)]
#[openapi(components(schemas(LiveEvent, LiveRequest)))]
struct Frames;

/// The route of the live feed.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::with_openapi(Frames::openapi()).routes(routes!(live))
}

/// Follow what happens, over a WebSocket (RFC 6455).
///
/// Text frames of JSON: the client sends `LiveRequest`, beginning with `resume`; the server sends
/// `LiveEvent`, beginning with `hello`.
#[utoipa::path(get, path = "/live", tag = "live", operation_id = "live",
    security(("session" = [])),
    responses((status = 101, description = "The feed begins; frames are `LiveEvent`"),
        (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 429, body = Problem)))]
async fn live(
    State(desk): State<Desk>,
    caller: Caller,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Answer<Response> {
    caller.require_session()?;
    caller.require(Permission::TicketRead)?;
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (origin, host) = (text(header::ORIGIN), text(header::HOST));
    if !rules::same_origin(origin, host, &desk.kernel.settings.base_url) {
        return Err(Refusal::NotAllowed {
            permission: "origin",
        }
        .into());
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return Ok(rejection.into_response()),
    };
    let place = desk
        .feed
        .sockets()
        .take(caller.agent)
        .ok_or(Refusal::TooMany {
            code: "too_many_sockets",
            retry_after: PLACE_WAIT,
        })?;
    Ok(upgrade
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BYTES_MAX)
        .max_message_size(MESSAGE_BYTES_MAX)
        .max_frame_size(MESSAGE_BYTES_MAX)
        .on_upgrade(async move |web_socket| {
            // As long as one of their screens is there, the agent is.
            let seen = states::commands::keep_seen(desk.kernel.clone(), caller.agent);
            tokio::select! {
                () = socket::serve(desk.feed, web_socket, caller) => {}
                () = seen => {}
            }
            drop(place);
        }))
}
