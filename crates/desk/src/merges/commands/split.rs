//! Splitting messages off into a ticket of their own.

use identity::{Caller, Permission};
use kernel::db::{DbError, Tx};
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::TicketId;
use kernel::journal::{self, Context};
use kernel::refusal::Refusal;

use super::{rules, store, sum_up, touch};
use crate::Desk;
use crate::merges::{MovedNumber, TicketSplit, TicketSplitOff};
use crate::messages::{self, Message};
use crate::tickets::commands::create::{NewTicket, begin};
use crate::tickets::commands::{Whom, change, open, ready, subject};
use crate::tickets::{self, LinkKind, Ticket};

/// The command's name for idempotency keys.
const COMMAND: &str = "ticket.split";

/// Messages that become a ticket of their own.
#[derive(Clone, Debug)]
pub struct Splitting {
    /// The version that the agent saw.
    pub version: i64,
    /// The messages.
    pub numbers: Vec<i64>,
    /// What the new ticket is about.
    pub subject: String,
    /// Whose ticket it is; `None`: the same requester's.
    pub requester: Option<Whom>,
}

/// Splits messages off; answers the new ticket.
pub async fn split(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    splitting: Splitting,
    once: IdempotencyKey,
) -> Result<TicketId, Refusal> {
    caller.require(Permission::TicketUpdate)?;
    caller.require(Permission::TicketCreate)?;
    rules::check_picked("numbers", &splitting.numbers)?;
    if splitting.numbers.is_empty() {
        let mend = "pick at least one message";
        return Err(Refusal::invalid("numbers", "is empty", mend));
    }
    let title = tickets::rules::check_subject(&splitting.subject)?;
    let requester = match &splitting.requester {
        Some(whom) => Some(ready(&desk.kernel, "requester", whom).await?),
        None => None,
    };
    let (ctx, agent, desk) = (
        caller.context(desk.kernel.clock.now()),
        caller.agent,
        desk.clone(),
    );
    let db = desk.kernel.db.clone();
    db.write(async move |tx: &mut Tx<'_>| -> Result<TicketId, Refusal> {
        if let Some(key) = &once.0
            && let Some(id) = idempotency::find(tx, agent, key, COMMAND).await?
        {
            return Ok(TicketId(id));
        }
        let (mut origin, ctx) = open(tx, &ctx, id).await?;
        if origin.version != splitting.version {
            return Err(Refusal::Stale { what: "ticket" });
        }
        rules::may_merge(&origin)?;
        let picked = pick(tx, &origin, &splitting.numbers).await?;
        let person = match &requester {
            Some(requester) => requester.person(&desk.kernel, tx, &ctx).await?,
            None => {
                let identity = origin.requester_identity;
                let person = customers::people::store::by_identity(tx, identity).await?;
                person.ok_or(Refusal::NotFound { what: "customer" })?
            }
        };
        let row = NewTicket {
            subject: title.clone(),
            requester: person,
            channel: origin.channel,
            inbox: origin.inbox,
            brand: origin.brand,
            team: origin.team,
            link: Some((origin.id, LinkKind::Split)),
            at: ctx.at,
        };
        let mut fresh = begin(tx, &ctx, row).await?;
        let moved = carry(tx, &origin, &mut fresh, &picked).await?;
        settle(&desk, tx, &ctx, (&mut origin, &mut fresh), moved).await?;
        tickets::store::mark_read(tx, fresh.id, agent, fresh.last_number).await?;
        if let Some(key) = &once.0 {
            idempotency::remember(tx, agent, key, COMMAND, fresh.id.0, ctx.at).await?;
        }
        Ok(fresh.id)
    })
    .await
}

/// The picked messages in the order in which they were said.
async fn pick(tx: &mut Tx<'_>, origin: &Ticket, numbers: &[i64]) -> Result<Vec<Message>, Refusal> {
    let mut picked = Vec::with_capacity(numbers.len());
    for number in numbers {
        let message = messages::store::find(tx, origin.id, *number).await?;
        let message = message.ok_or(Refusal::NotFound { what: "message" })?;
        rules::may_move(&message)?;
        picked.push(message);
    }
    let count = i64::try_from(picked.len()).unwrap_or(i64::MAX);
    if count >= origin.message_count {
        let mend = "leave at least one message on the ticket";
        return Err(Refusal::invalid("numbers", "names every message", mend));
    }
    picked.sort_by_key(|message| message.record);
    Ok(picked)
}

async fn carry(
    tx: &mut Tx<'_>,
    origin: &Ticket,
    fresh: &mut Ticket,
    picked: &[Message],
) -> Result<Vec<MovedNumber>, Refusal> {
    let mut moved = Vec::with_capacity(picked.len());
    for message in picked {
        fresh.last_number = fresh.last_number.saturating_add(1);
        let (from, to) = (message.number, fresh.last_number);
        move_one(tx, (origin.id, from), (fresh.id, to)).await?;
        moved.push(MovedNumber { from, to });
    }
    Ok(moved)
}

/// Moves one message.
pub(super) async fn move_one(
    tx: &mut Tx<'_>,
    (from, number): (TicketId, i64),
    (to, new): (TicketId, i64),
) -> Result<(), DbError> {
    let range = store::Range {
        from,
        to,
        first: number,
        last: number,
        shift: new.saturating_sub(number),
    };
    store::move_range(tx, range).await
}

async fn settle(
    desk: &Desk,
    tx: &mut Tx<'_>,
    ctx: &Context,
    (origin, fresh): (&mut Ticket, &mut Ticket),
    moved: Vec<MovedNumber>,
) -> Result<(), Refusal> {
    let split = TicketSplit {
        into: fresh.id,
        moved: moved.clone(),
    };
    journal::append(tx, ctx, subject(origin), &split).await?;
    let off = TicketSplitOff {
        origin: origin.id,
        moved,
    };
    journal::append(tx, ctx, subject(fresh), &off).await?;
    for ticket in [&mut *origin, &mut *fresh] {
        sum_up(&desk.kernel, tx, ticket).await?;
        touch(ticket, ctx);
    }
    change::priority(tx, ctx, fresh, origin.priority).await?;
    let owners = (origin.assignee, fresh.team);
    // An assignee who left keeps what they had, and gets nothing new.
    if change::check_assignee(tx, origin.assignee).await.is_ok() {
        change::assign(tx, ctx, fresh, owners).await?;
    }
    tickets::store::save(tx, origin).await?;
    tickets::store::save(tx, fresh).await?;
    let newest = store::newest(tx, origin.id).await?;
    store::raise_reads(tx, origin.id, origin.last_number, newest).await?;
    Ok(())
}
