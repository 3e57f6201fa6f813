//! Linking tickets, and ending links.

use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::ids::TicketId;
use kernel::journal::{self, Context};
use kernel::refusal::Refusal;

use super::{change, open, subject};
use crate::Desk;
use crate::tickets::links::{self, Step, TicketLinked, TicketUnlinked};
use crate::tickets::{LinkKind, Status, Ticket, TicketType, store};

/// Links two tickets: `kind` is what `other` is to `id`. Doing it again changes nothing.
pub async fn link(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    (other, kind): (TicketId, LinkKind),
) -> Result<(), Refusal> {
    caller.require(Permission::TicketUpdate)?;
    links::check(id, other, kind)?;
    let ctx = caller.context(desk.kernel.clock.now());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let (mut here, mut there) = both(tx, &ctx, id, other).await?;
            links::may_be_linked(&here.0)?;
            links::may_be_linked(&there.0)?;
            let step = links::decide(&store::linked(tx, id).await?, other, kind)?;
            if step == Step::Nothing {
                return Ok(());
            }
            let back = kind.seen_from_the_other();
            links::decide(&store::linked(tx, other).await?, id, back)?;
            match kind {
                LinkKind::Parent => not_in_a_circle(tx, id, other).await?,
                LinkKind::Child => not_in_a_circle(tx, other, id).await?,
                LinkKind::Incident => name(tx, &mut here, &mut there).await?,
                LinkKind::Problem => name(tx, &mut there, &mut here).await?,
                _ => {}
            }
            if step == Step::Replace {
                store::unlink(tx, id, other).await?;
            }
            store::link(tx, id, other, kind).await?;
            for ((ticket, ctx), other, link) in [(&here, other, kind), (&there, id, back)] {
                let record = TicketLinked { other, link };
                journal::append(tx, ctx, subject(ticket), &record).await?;
                store::save(tx, ticket).await?;
            }
            Ok(())
        })
        .await
}

/// Ends the link of two tickets.
pub async fn unlink(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    other: TicketId,
) -> Result<(), Refusal> {
    caller.require(Permission::TicketUpdate)?;
    let ctx = caller.context(desk.kernel.clock.now());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let missing = || Refusal::NotFound { what: "link" };
            if id == other {
                return Err(missing());
            }
            let (here, there) = both(tx, &ctx, id, other).await?;
            let linked = store::linked(tx, id).await?;
            let link = linked.into_iter().find(|it| it.id == other);
            let kind = link.ok_or_else(missing)?.kind;
            if !links::is_by_hand(kind) {
                let detail = "This link tells how a ticket came to be, and stays.";
                return Err(Refusal::conflict("link_stays", detail));
            }
            store::unlink(tx, id, other).await?;
            let back = kind.seen_from_the_other();
            for ((ticket, ctx), other, link) in [(&here, other, kind), (&there, id, back)] {
                let record = TicketUnlinked { other, link };
                journal::append(tx, ctx, subject(ticket), &record).await?;
            }
            Ok(())
        })
        .await
}

type Opened = (Ticket, Context);

/// Locks both tickets in the order that everybody locks tickets in.
async fn both(
    tx: &mut Tx<'_>,
    ctx: &Context,
    one: TicketId,
    other: TicketId,
) -> Result<(Opened, Opened), Refusal> {
    let low = open(tx, ctx, one.min(other)).await?;
    let high = open(tx, ctx, one.max(other)).await?;
    Ok(if one < other {
        (low, high)
    } else {
        (high, low)
    })
}

/// Makes the one a problem and the other a case of it, unless they are closed.
async fn name(
    tx: &mut Tx<'_>,
    (problem, at_problem): &mut Opened,
    (incident, at_incident): &mut Opened,
) -> Result<(), Refusal> {
    let (cause, case) = links::types(problem, incident)?;
    retype(tx, at_problem, problem, cause).await?;
    retype(tx, at_incident, incident, case).await
}

async fn retype(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    to: Option<TicketType>,
) -> Result<(), Refusal> {
    if ticket.status == Status::Closed {
        return Ok(());
    }
    change::ticket_type(tx, ctx, ticket, to).await
}

/// Refuses to make `part` a part of `whole` when `whole` is one of `part` already.
async fn not_in_a_circle(tx: &mut Tx<'_>, part: TicketId, whole: TicketId) -> Result<(), Refusal> {
    let mut at = whole;
    for _ in 0..links::PARENTS_MAX {
        let linked = store::linked(tx, at).await?;
        let Some(above) = linked.into_iter().find(|it| it.kind == LinkKind::Parent) else {
            return Ok(());
        };
        if above.id == part {
            return Err(links::in_a_circle(whole));
        }
        at = above.id;
    }
    Err(links::in_a_circle(whole))
}
