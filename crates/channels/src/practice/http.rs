//! `/practice`: what was sent in the demo, and writing as a customer.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, Cursor, Json, Page, Problem, Query};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::{self, PracticeMail};
use super::store;
use crate::Channels;
use crate::email::addresses::Mailbox;
use crate::email::parse;

const PAGE: i64 = 50;
const PAGE_MAX: i64 = 100;

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(write))
}

/// A mail that was sent in the demo.
#[derive(Debug, Serialize, ToSchema)]
pub struct PracticeMessage {
    id: i64,
    /// Name and address.
    from: String,
    /// Names and addresses.
    to: Vec<String>,
    subject: String,
    text: String,
    html: String,
    at: Timestamp,
}

#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Sent,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Listing {
    /// Only `sent` for now; the default.
    #[serde(rename = "direction")]
    #[param(rename = "direction", inline)]
    _direction: Option<Direction>,
    cursor: Option<String>,
    limit: Option<i64>,
}

/// A mail to write as a customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PracticeInput {
    from_email: String,
    #[serde(default)]
    from_name: String,
    subject: String,
    text: String,
}

/// List what was sent in the demo, newest first.
#[utoipa::path(get, path = "/practice/messages", tag = "practice",
    operation_id = "list_practice_messages", params(Listing),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Page<PracticeMessage>), (status = 404, body = Problem)))]
async fn list(
    State(channels): State<Channels>,
    caller: Caller,
    Query(listing): Query<Listing>,
) -> Answer<Json<Page<PracticeMessage>>> {
    caller.require(Permission::TicketRead)?;
    only_in_demo(&channels)?;
    let below = match listing.cursor.as_deref() {
        Some(cursor) => Cursor::decode(cursor, 1)?
            .first()
            .copied()
            .unwrap_or(i64::MAX),
        None => i64::MAX,
    };
    let limit = listing.limit.unwrap_or(PAGE).clamp(1, PAGE_MAX);
    let keys = channels.desk.kernel.keys.clone();
    let (rows, next) = channels
        .desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| {
            let mut rows = store::before(tx, below, limit.saturating_add(1)).await?;
            let size = usize::try_from(limit).unwrap_or(usize::MAX);
            let more = rows.len() > size;
            rows.truncate(size);
            let next = rows
                .last()
                .filter(|_| more)
                .map(|row| Cursor::encode(&[row.0]));
            let mut mails = Vec::with_capacity(rows.len());
            for (id, raw, at) in rows {
                if let Some(raw) = keys.decrypt_bytes(tx, &raw).await? {
                    mails.push((id, raw, at));
                }
            }
            Ok::<_, Refusal>((mails, next))
        })
        .await?;
    let items = rows
        .into_iter()
        .filter_map(|(id, raw, at)| view(id, &raw, at))
        .collect();
    Ok(Json(Page { items, next }))
}

/// Write a mail as a customer of the demo.
#[utoipa::path(post, path = "/practice/mail", tag = "practice",
    operation_id = "write_practice_mail", request_body = PracticeInput,
    security(("session" = []), ("token" = [])),
    responses((status = 202), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn write(
    State(channels): State<Channels>,
    caller: Caller,
    Json(input): Json<PracticeInput>,
) -> Answer<StatusCode> {
    caller.require(Permission::TicketReply)?;
    only_in_demo(&channels)?;
    let PracticeInput {
        from_email,
        from_name,
        subject,
        text,
    } = input;
    let mail = PracticeMail {
        from_email,
        from_name,
        subject,
        text,
    };
    commands::write(&channels, mail).await?;
    Ok(StatusCode::ACCEPTED)
}

fn only_in_demo(channels: &Channels) -> Result<(), Refusal> {
    if channels.desk.kernel.settings.demo {
        return Ok(());
    }
    Err(Refusal::NotFound { what: "page" })
}

fn view(id: i64, raw: &[u8], at: Timestamp) -> Option<PracticeMessage> {
    let mail = parse::parse(raw).ok()?;
    let shown = |m: &Mailbox| {
        if m.name.is_empty() {
            m.address.clone()
        } else {
            format!("{} <{}>", m.name, m.address)
        }
    };
    // Its own pages show this, so foreign HTML is as harmless here as on a ticket.
    let html = desk::html::sanitise(&mail.html.unwrap_or_default()).html;
    Some(PracticeMessage {
        id,
        from: shown(&mail.from),
        to: mail.to.iter().chain(&mail.cc).map(shown).collect(),
        subject: mail.subject,
        text: mail.text,
        html,
        at,
    })
}
