//! The routes of links between tickets.

use axum::extract::State;
use identity::Caller;
use kernel::http::{Answer, Json, Path};
use kernel::ids::TicketId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiTicket, show};
use crate::Desk;
use crate::tickets::LinkKind;
use crate::tickets::commands::links;

/// The routes of links.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(link_ticket))
        .routes(routes!(unlink_ticket))
}

/// Another ticket that belongs to this one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkInput {
    /// The other ticket.
    pub ticket_id: TicketId,
    /// What the other is to this one: related, child, parent, duplicate, original, incident or
    /// problem.
    pub kind: LinkKind,
}

/// Links this ticket with another one, seen from both. Doing it again changes nothing; another
/// kind takes the place of the one before. The types of a problem and of its incident follow when
/// nobody has chosen them yet.
#[utoipa::path(
    post, path = "/tickets/{id}/links", tag = "tickets", operation_id = "link_ticket",
    params(("id" = TicketId, Path)), request_body = LinkInput,
    responses(
        (status = 200, body = ApiTicket),
        (status = 404, description = "No such ticket."),
        (status = 409, description = "`ticket_merged`; `linked_already`: by how one of them came \
            to be, or with another problem or parent; `not_a_problem`; `not_an_incident`; \
            `linked_in_a_circle`; `side_conversation`; `too_many`."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn link_ticket(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    Json(input): Json<LinkInput>,
) -> Answer<Json<ApiTicket>> {
    links::link(&desk, &caller, id, (input.ticket_id, input.kind)).await?;
    Ok(Json(show(&desk, &caller, id).await?))
}

/// Ends the link of two tickets, for both.
#[utoipa::path(
    delete, path = "/tickets/{id}/links/{other_id}", tag = "tickets",
    operation_id = "unlink_ticket",
    params(("id" = TicketId, Path), ("other_id" = TicketId, Path)),
    responses(
        (status = 200, body = ApiTicket),
        (status = 404, description = "No such ticket or link."),
        (status = 409, description = "`link_stays`: it tells how a ticket came to be; \
            `ticket_merged`."),
    ),
    security(("session" = []), ("token" = []))
)]
async fn unlink_ticket(
    State(desk): State<Desk>,
    caller: Caller,
    Path((id, other)): Path<(TicketId, TicketId)>,
) -> Answer<Json<ApiTicket>> {
    links::unlink(&desk, &caller, id, other).await?;
    Ok(Json(show(&desk, &caller, id).await?))
}
