//! `/tickets/{id}/together` and `/me/day`.

use axum::extract::State;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::{Answer, Json, Path, Problem};
use kernel::ids::TicketId;
use kernel::refusal::Refusal;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Day, Together};
use crate::{Desk, absences, checklists, escalations, promises, side_conversations, tickets};

/// The routes of what goes on together.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(together))
        .routes(routes!(day))
}

/// Show what is going on beside a ticket's conversation.
#[utoipa::path(get, path = "/tickets/{id}/together", tag = "together",
    operation_id = "get_together", security(("session" = []), ("token" = [])),
    params(("id" = TicketId, Path)),
    responses((status = 200, body = Together), (status = 403, body = Problem),
        (status = 404, body = Problem)))]
async fn together(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
) -> Answer<Json<Together>> {
    caller.require(Permission::TicketRead)?;
    let kernel = desk.kernel.clone();
    let found = desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<Together, Refusal> {
            let ticket = tickets::store::find(tx, id)
                .await?
                .ok_or(Refusal::NotFound { what: "ticket" })?;
            Ok(Together {
                promises: promises::commands::on_ticket(&kernel, tx, &ticket).await?,
                escalation: escalations::on_ticket(&kernel, tx, id).await?,
                tasks: checklists::on_ticket(&kernel, tx, &ticket).await?,
                side_conversations: side_conversations::on_ticket(tx, id).await?,
            })
        })
        .await?;
    Ok(Json(found))
}

/// Show what waits for the caller.
#[utoipa::path(get, path = "/me/day", tag = "together", operation_id = "get_day",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Day), (status = 401, body = Problem)))]
async fn day(State(desk): State<Desk>, caller: Caller) -> Answer<Json<Day>> {
    caller.require(Permission::TicketRead)?;
    let (kernel, me, now) = (desk.kernel.clone(), caller.agent, desk.kernel.clock.now());
    let found = desk
        .kernel
        .db
        .read(async move |tx: &mut Tx<'_>| -> Result<Day, Refusal> {
            let mut absences = absences::store::to_come(tx, now).await?;
            absences.retain(|it| it.agent_id == me || it.stand_in_id == Some(me));
            let mut whose = absences::store::stood_in_for(tx, me, now).await?;
            whose.insert(0, me);
            let mut promises = Vec::new();
            for agent in whose {
                promises.extend(promises::commands::of_agent(&kernel, tx, agent).await?);
            }
            promises.sort_by_key(|promise| (promise.due_at, promise.id));
            Ok(Day {
                promises,
                escalations: escalations::of_agent(&kernel, tx, me).await?,
                tasks: checklists::of_agent(&kernel, tx, me).await?,
                side_conversations: side_conversations::of_agent(tx, me).await?,
                absences,
            })
        })
        .await?;
    Ok(Json(found))
}
