//! The routes of merging and splitting.

use axum::extract::State;
use axum::http::StatusCode;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Query};
use kernel::ids::{CustomerId, TicketId};
use kernel::refusal::Refusal;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::merge::{Merging, merge};
use super::commands::preview::{self, MergePreview};
use super::commands::split::{Splitting, split};
use super::commands::unmerge::unmerge;
use crate::Desk;
use crate::tickets::http::{ApiTicket, WhomInput, show};

/// The routes of this noun.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(preview_merge, merge_tickets))
        .routes(routes!(unmerge_ticket))
        .routes(routes!(split_ticket))
}

/// Which tickets would go.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PreviewQuery {
    /// Their numbers, with commas between: `12,15`.
    pub source_ids: String,
}

/// A ticket to merge, as the caller saw it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceInput {
    /// The ticket.
    pub id: TicketId,
    /// The version that you saw.
    pub version: i64,
}

/// Tickets to merge.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeInput {
    /// The survivor's version that you saw.
    pub version: i64,
    /// The tickets that go, at most 20.
    pub sources: Vec<SourceInput>,
    /// Their people who get replies on the survivor from now on; the others get none.
    #[serde(default)]
    pub add: Vec<CustomerId>,
}

/// A merged ticket to bring back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnmergeInput {
    /// The survivor's version that you saw.
    pub version: i64,
    /// Messages that came after the merge and go along, by their numbers on the survivor.
    #[serde(default)]
    pub numbers: Vec<i64>,
}

/// Messages to split off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SplitInput {
    /// The version that you saw.
    pub version: i64,
    /// The messages, at most 100.
    pub numbers: Vec<i64>,
    /// What the new ticket is about.
    pub subject: String,
    /// Whose ticket it is; absent: the same requester's.
    pub requester: Option<WhomInput>,
}

/// What merging tickets into this one would do.
#[utoipa::path(
    get, path = "/tickets/{id}/merges", tag = "merges", operation_id = "preview_merge",
    params(("id" = TicketId, Path), PreviewQuery),
    responses(
        (status = 200, body = MergePreview),
        (status = 404, description = "No such ticket."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn preview_merge(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    Query(query): Query<PreviewQuery>,
) -> Answer<Json<MergePreview>> {
    caller.require(Permission::TicketRead)?;
    let ids = query.source_ids.split(',').map(|id| id.trim().parse());
    let ids: Vec<TicketId> = ids.collect::<Result<_, _>>().map_err(|_| {
        let mend = "write numbers with commas between, like 12,15";
        Refusal::invalid("source_ids", "is no list of tickets", mend)
    })?;
    let found = desk
        .kernel
        .db
        .read(
            async move |tx: &mut Tx<'_>| -> Result<MergePreview, Refusal> {
                preview::preview(tx, id, &ids).await
            },
        )
        .await?;
    Ok(Json(found))
}

/// Merges tickets into this one. Their messages move here; they stay as shells that point here and
/// can be brought back. Their people get no replies here unless you add them.
#[utoipa::path(
    post, path = "/tickets/{id}/merges", tag = "merges", operation_id = "merge_tickets",
    params(("id" = TicketId, Path)), request_body = MergeInput,
    responses(
        (status = 200, body = ApiTicket),
        (status = 409, description = "Someone changed one of them meanwhile: `stale_version`; \
            `ticket_merged`; `ticket_closed`; `not_on_desk`."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn merge_tickets(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    once: IdempotencyKey,
    Json(input): Json<MergeInput>,
) -> Answer<Json<ApiTicket>> {
    let sources = input.sources.into_iter();
    let merging = Merging {
        version: input.version,
        sources: sources.map(|it| (it.id, it.version)).collect(),
        add: input.add,
    };
    merge(&desk, &caller, id, merging, once).await?;
    Ok(Json(show(&desk, &caller, id).await?))
}

/// Brings a merged ticket back: its own messages go home, later ones stay here unless you pick
/// them. Answers the ticket that came back.
#[utoipa::path(
    post, path = "/tickets/{id}/merges/{source_id}/undo", tag = "merges",
    operation_id = "unmerge_ticket",
    params(("id" = TicketId, Path), ("source_id" = TicketId, Path)),
    request_body = UnmergeInput,
    responses(
        (status = 200, body = ApiTicket),
        (status = 409, description = "Someone changed it meanwhile: `stale_version`; \
            `not_merged`; `ticket_merged`."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn unmerge_ticket(
    State(desk): State<Desk>,
    caller: Caller,
    Path((id, source)): Path<(TicketId, TicketId)>,
    Json(input): Json<UnmergeInput>,
) -> Answer<Json<ApiTicket>> {
    let UnmergeInput { version, numbers } = input;
    unmerge(&desk, &caller, (id, source), version, numbers).await?;
    Ok(Json(show(&desk, &caller, source).await?))
}

/// Splits messages off into a new ticket, linked to this one.
#[utoipa::path(
    post, path = "/tickets/{id}/splits", tag = "merges", operation_id = "split_ticket",
    params(("id" = TicketId, Path)), request_body = SplitInput,
    responses(
        (status = 201, body = ApiTicket),
        (status = 409, description = "Someone changed it meanwhile: `stale_version`; \
            `ticket_merged`; `ticket_closed`; `not_on_desk`; `on_its_way`."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn split_ticket(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    once: IdempotencyKey,
    Json(input): Json<SplitInput>,
) -> Answer<(StatusCode, Json<ApiTicket>)> {
    let splitting = Splitting {
        version: input.version,
        numbers: input.numbers,
        subject: input.subject,
        requester: input.requester.map(WhomInput::whom).transpose()?,
    };
    let fresh = split(&desk, &caller, id, splitting, once).await?;
    Ok((
        StatusCode::CREATED,
        Json(show(&desk, &caller, fresh).await?),
    ))
}
