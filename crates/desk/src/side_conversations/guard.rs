//! What keeps a side conversation and its ticket apart, and what an answer tells on the ticket.

use customers::Person;
use kernel::db::Tx;
use kernel::ids::CustomerId;
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Context, Subject};
use kernel::refusal::Refusal;

use super::reactions::{ANSWERED, Answered};
use super::{SideConversationAnswered, SideState, SideTurn, Stored, rules, store};
use crate::tickets::{Place, Ticket};

/// Leaves out those who belong to the ticket beside which `side` stands: an answer from outside
/// that has them in copy brings them into nothing.
pub(crate) async fn keep_apart(
    tx: &mut Tx<'_>,
    side: &Ticket,
    persons: Vec<Person>,
) -> Result<Vec<Person>, Refusal> {
    if side.place != Place::Side || persons.is_empty() {
        return Ok(persons);
    }
    let insiders = store::insiders(tx, side.id).await?;
    let outside = |person: &Person| !insiders.contains(&person.id);
    Ok(persons.into_iter().filter(outside).collect())
}

/// Refuses to bring those who belong to the ticket into a side conversation.
pub(crate) async fn refuse_insiders(
    tx: &mut Tx<'_>,
    side: &Ticket,
    field: &str,
    given: &[CustomerId],
) -> Result<(), Refusal> {
    if side.place != Place::Side || given.is_empty() {
        return Ok(());
    }
    rules::outsiders(field, given, &store::insiders(tx, side.id).await?)
}

/// Tells on the ticket that a mail came in the side conversation that `side` carries. Only the
/// side's ticket is locked here; the ticket itself wakes by a job of its own.
pub(crate) async fn answered(
    tx: &mut Tx<'_>,
    ctx: &Context,
    side: &Ticket,
    (number, auto_reply): (i64, bool),
) -> Result<(), Refusal> {
    if side.place != Place::Side || auto_reply {
        return Ok(());
    }
    let Some(mut stored) = store::carried_by(tx, side.id).await? else {
        return Ok(());
    };
    stored.state = SideState::Open;
    spoken(&mut stored, SideTurn::Us, ctx);
    store::save(tx, &stored).await?;
    let ticket = crate::tickets::store::find(tx, stored.ticket).await?;
    let Some(ticket) = ticket else { return Ok(()) };
    let ours: Vec<_> = ticket.assignee.into_iter().chain([stored.owner]).collect();
    let record = SideConversationAnswered {
        side_conversation: stored.id,
        number,
        waits_for: SideTurn::Us,
        told: rules::told(None, SideTurn::Us, &ours, &[]),
    };
    journal::append(tx, ctx, Subject::ticket(ticket.id), &record).await?;
    wake_later(tx, &stored, number, ctx).await
}

/// Notes that somebody spoke.
pub(super) fn spoken(side: &mut Stored, turn: SideTurn, ctx: &Context) {
    side.waits_for = turn;
    side.last_at = side.last_at.max(ctx.at);
    side.version = side.version.saturating_add(1);
}

/// Plans that the ticket wakes.
pub(super) async fn wake_later(
    tx: &mut Tx<'_>,
    side: &Stored,
    number: i64,
    ctx: &Context,
) -> Result<(), Refusal> {
    let job = Answered {
        ticket: side.ticket,
    };
    let payload =
        serde_json::to_string(&job).map_err(|error| Refusal::broken(error.to_string()))?;
    let job = NewJob {
        kind: ANSWERED,
        key: format!("side:{}:{number}", side.id),
        payload,
        run_at: ctx.at,
        ticket: Some(side.ticket),
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}
