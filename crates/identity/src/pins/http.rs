//! `/me/pin`, `/session/turns`, `/session/computer`, `/session/lock` and `/session/unlock`.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Response};
use kernel::http::{Answer, Json, Problem};
use kernel::ids::AgentId;
use kernel::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::{self, UnlockRefusal};
use crate::Identity;
use crate::caller::{Caller, Source};
use crate::me::http::Me;
use crate::sessions;

pub(crate) fn router() -> OpenApiRouter<Identity> {
    OpenApiRouter::new()
        .routes(routes!(show_pin, set_pin))
        .routes(routes!(remove_pin))
        .routes(routes!(turns))
        .routes(routes!(share))
        .routes(routes!(lock))
        .routes(routes!(unlock))
}

/// Whether you have a PIN, and what this session may.
#[derive(Serialize, ToSchema)]
pub(crate) struct PinState {
    is_set: bool,
    /// Whether this session was opened by PIN and so reaches neither credentials nor settings.
    opened_by_pin: bool,
}

/// A new PIN.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPin {
    /// Your present password.
    password: String,
    /// 6 to 12 digits, not easily guessed.
    pin: String,
}

/// The proof that it is you who removes the PIN.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PinRemoval {
    /// Your present password.
    password: String,
}

/// Who takes turns at this computer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Turns {
    /// Whether this computer is marked as shared.
    shared: bool,
    /// Those who signed in here in full in the last 12 hours and whose sessions are locked, by
    /// name.
    people: Vec<LockedPerson>,
}

/// Somebody whose session a PIN opens.
#[derive(Serialize, ToSchema)]
pub(crate) struct LockedPerson {
    agent: AgentId,
    name: String,
}

/// Whether this computer is shared.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sharing {
    shared: bool,
}

/// A try at a locked session.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Unlocking {
    agent: AgentId,
    pin: String,
}

impl From<UnlockRefusal> for Problem {
    fn from(refusal: UnlockRefusal) -> Self {
        match refusal {
            UnlockRefusal::WrongPin { left } => Self::new(
                StatusCode::UNAUTHORIZED,
                "wrong_pin",
                format!("This is not your PIN. Tries left before you must sign in: {left}."),
            ),
            UnlockRefusal::SignInInFull => Self::new(
                StatusCode::UNAUTHORIZED,
                "sign_in_in_full",
                "No PIN opens this here now. Sign in with your e-mail address and password.",
            ),
            UnlockRefusal::Refused(refusal) => refusal.into(),
        }
    }
}

/// Whether you have a PIN.
#[utoipa::path(get, path = "/me/pin", tag = "me", operation_id = "get_pin",
    responses((status = 200, body = PinState)), security(("session" = [])))]
async fn show_pin(State(identity): State<Identity>, caller: Caller) -> Answer<Json<PinState>> {
    Ok(Json(PinState {
        is_set: commands::has_pin(&identity, &caller).await?,
        opened_by_pin: caller.by_pin,
    }))
}

/// Set or change your PIN for shared computers.
#[utoipa::path(put, path = "/me/pin", tag = "me", operation_id = "set_pin",
    request_body = NewPin,
    responses(
        (status = 204, description = "Set."),
        (status = 403, description = "`full_sign_in_needed`", body = Problem),
        (status = 422, description = "`password` is wrong or `pin` too simple.", body = Problem),
        (status = 429, description = "Too many wrong passwords.", body = Problem),
    ),
    security(("session" = [])))]
async fn set_pin(
    State(identity): State<Identity>,
    caller: Caller,
    Json(input): Json<NewPin>,
) -> Answer<StatusCode> {
    commands::change(&identity, &caller, &input.password, Some(&input.pin)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove your PIN.
#[utoipa::path(post, path = "/me/pin/remove", tag = "me", operation_id = "remove_pin",
    request_body = PinRemoval,
    responses(
        (status = 204, description = "Removed."),
        (status = 403, description = "`full_sign_in_needed`", body = Problem),
        (status = 404, body = Problem),
        (status = 422, description = "`password` is wrong.", body = Problem),
    ),
    security(("session" = [])))]
async fn remove_pin(
    State(identity): State<Identity>,
    caller: Caller,
    Json(input): Json<PinRemoval>,
) -> Answer<StatusCode> {
    commands::change(&identity, &caller, &input.password, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether this computer is shared, and who may come back to it by PIN. Needs nobody signed in.
#[utoipa::path(get, path = "/session/turns", tag = "session", operation_id = "get_turns",
    responses((status = 200, body = Turns)), security(()))]
async fn turns(State(identity): State<Identity>, source: Source) -> Answer<Json<Turns>> {
    let turns = commands::turns(&identity, &source).await?;
    let people = turns.people.into_iter().map(|it| LockedPerson {
        agent: it.agent,
        name: it.name,
    });
    Ok(Json(Turns {
        shared: turns.shared,
        people: people.collect(),
    }))
}

/// Say whether this computer is shared. When it no longer is, what is locked on it ends.
#[utoipa::path(put, path = "/session/computer", tag = "session", operation_id = "share_computer",
    request_body = Sharing,
    responses(
        (status = 204, description = "Noted."),
        (status = 403, description = "`full_sign_in_needed`", body = Problem),
        (status = 409, description = "`no_mark`", body = Problem),
    ),
    security(("session" = [])))]
async fn share(
    State(identity): State<Identity>,
    caller: Caller,
    source: Source,
    Json(input): Json<Sharing>,
) -> Answer<StatusCode> {
    commands::share(&identity, &caller, &source, input.shared).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lock the screen of a shared computer. Your session waits for your PIN.
#[utoipa::path(post, path = "/session/lock", tag = "session", operation_id = "lock_session",
    responses(
        (status = 204, description = "Locked."),
        (status = 409, description = "`not_shared`", body = Problem),
    ),
    security(("session" = [])))]
async fn lock(
    State(identity): State<Identity>,
    caller: Caller,
    source: Source,
) -> Answer<Response> {
    commands::lock(&identity, &caller, &source).await?;
    let gone = sessions::http::no_session(&identity);
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(SET_COOKIE, gone)])).into_response())
}

/// Open a session that its agent left locked on this computer.
#[utoipa::path(post, path = "/session/unlock", tag = "session", operation_id = "unlock_session",
    request_body = Unlocking,
    responses(
        (status = 200, body = Me),
        (status = 401, description = "`wrong_pin`, `sign_in_in_full`", body = Problem),
        (status = 409, description = "`lock_first`", body = Problem),
    ),
    security(()))]
async fn unlock(
    State(identity): State<Identity>,
    present: Option<Extension<Caller>>,
    source: Source,
    Json(input): Json<Unlocking>,
) -> Answer<Response> {
    if present.is_some() {
        let detail = "Somebody is signed in here. Lock their screen first.";
        return Err(Refusal::conflict("lock_first", detail).into());
    }
    let signed_in = commands::unlock(&identity, &source, input.agent, &input.pin).await?;
    let me = Me::of(&identity, &signed_in.caller).await?;
    Ok((sessions::http::cookies(&identity, &signed_in), Json(me)).into_response())
}
