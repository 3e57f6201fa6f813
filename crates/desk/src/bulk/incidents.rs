//! Solving a problem and its open incidents together.

use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{BulkId, TicketId};
use kernel::refusal::Refusal;

use super::commands::{self, NOT_FOUND, Named};
use super::{BulkWork, What, rules, store};
use crate::Desk;
use crate::tickets::commands::{change, open};
use crate::tickets::{self, LinkKind, Place, Status, TicketType, links::Linked};

const SOLVE: &str = "incidents.solve";

/// A linked ticket that would be solved with its problem.
pub fn is_open_incident(linked: &Linked) -> bool {
    linked.kind == LinkKind::Incident
        && linked.place == Place::Desk
        && !matches!(linked.status, Status::Solved | Status::Closed)
}

/// Solves a problem, unless it is solved already, and begins to solve its open incidents; `html` is
/// what each incident's customer is told, with variables.
pub async fn solve(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    (version, html): (i64, Option<String>),
    once: IdempotencyKey,
) -> Result<BulkWork, Refusal> {
    caller.require(Permission::TicketUpdate)?;
    if html.is_some() {
        caller.require(Permission::TicketReply)?;
    }
    let html = html
        .map(|html| commands::template("html", &html))
        .transpose()?;
    let (kernel, agent) = (desk.kernel.clone(), caller.agent);
    let (ctx, key) = (
        caller.context(kernel.clock.now()),
        kernel.keys.workspace().await?,
    );
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<BulkWork, Refusal> {
            if let Some(key) = &once.0
                && let Some(id) = idempotency::find(tx, agent, key, SOLVE).await?
            {
                let found = store::find(tx, BulkId(id)).await?.ok_or(NOT_FOUND)?;
                return commands::shown(&kernel, tx, found, agent).await;
            }
            let (mut ticket, ctx) = open(tx, &ctx, id).await?;
            if ticket.version != version {
                return Err(Refusal::Stale { what: "ticket" });
            }
            if ticket.ticket_type != Some(TicketType::Problem) {
                let detail = "Only a problem has incidents. Set its type to problem first.";
                return Err(Refusal::conflict("not_a_problem", detail));
            }
            let linked = tickets::store::linked(tx, id).await?.into_iter();
            let open = linked.filter(is_open_incident).map(|it| (it.id, None));
            let incidents: Named = open.take(rules::TICKETS_MAX).collect();
            if incidents.is_empty() {
                let detail = "None of its incidents is open. Solve the problem alone.";
                return Err(Refusal::conflict("no_open_incidents", detail));
            }
            if !matches!(ticket.status, Status::Solved | Status::Closed) {
                change::status(tx, &ctx, &mut ticket, Status::Solved).await?;
                tickets::store::save(tx, &ticket).await?;
            }
            let what = What::Incidents {
                problem: id,
                html: html.clone(),
            };
            let begun = (&what, &incidents);
            let work = commands::begin(&kernel, tx, &ctx, (agent, key), begun).await?;
            if let Some(key) = &once.0 {
                idempotency::remember(tx, agent, key, SOLVE, work.id.0, ctx.at).await?;
            }
            commands::shown(&kernel, tx, work, agent).await
        })
        .await
}
