//! Taking work on many tickets back: one ticket, one transaction.

use std::collections::BTreeMap;

use identity::Caller;
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::BulkId;
use kernel::journal::Context;
use kernel::refusal::Refusal;

use super::act::{actor, refuse, standing};
use super::{BulkState, Item, ItemState, Moved, Standing, commands, rules, store};
use crate::Desk;
use crate::fields::values::commands as values;
use crate::messages::commands::release;
use crate::tickets::commands::{change, open, watch};
use crate::tickets::{self, Ticket, rules as ticket_rules};

/// Takes the next ticket back; `false` when there is none.
pub(super) async fn next(desk: &Desk, id: BulkId) -> Result<bool, Refusal> {
    let inside = desk.clone();
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<bool, Refusal> {
            let desk = &inside;
            let now = desk.kernel.clock.now();
            let Some(mut work) = store::lock(tx, id).await? else {
                return Ok(false);
            };
            if work.state != BulkState::Undoing {
                return Ok(false);
            }
            let ctx = Context::agent(work.agent, now);
            let Some(mut item) = store::next(tx, id, ItemState::Done).await? else {
                work.state = BulkState::Undone;
                work.ended_at = Some(now);
                store::save(tx, &work).await?;
                commands::tell(tx, &ctx, &work).await?;
                return Ok(false);
            };
            let mark = tx.mark().await?;
            let done = match actor(tx, work.agent).await? {
                Ok(caller) => one(desk, tx, &caller, &item).await,
                Err(refusal) => Err(refusal),
            };
            let stays = match done {
                Ok(stays) => {
                    tx.keep(mark).await?;
                    stays
                }
                Err(refusal) => {
                    tx.back_to(mark).await?;
                    Some(refusal)
                }
            };
            item.state = ItemState::Undone;
            if let Some(reason) = stays {
                let left = matches!(&reason, Refusal::Conflict { code, .. } if *code == MAIL_LEFT);
                work.tally.mails_left = work.tally.mails_left.saturating_add(i64::from(left));
                refuse(&desk.kernel, tx, &mut item, reason).await?;
                item.state = ItemState::Kept;
            }
            let counted = match item.state {
                ItemState::Kept => &mut work.tally.kept,
                _ => &mut work.tally.undone,
            };
            *counted = counted.saturating_add(1);
            store::settle(tx, id, &item).await?;
            store::save(tx, &work).await?;
            if rules::dealt(work.state, work.tally) % rules::TOLD_EVERY == 0 {
                commands::tell(tx, &ctx, &work).await?;
            }
            Ok(true)
        })
        .await
}

const MAIL_LEFT: &str = "mail_left";

/// Puts one ticket back; answers why something of it stays.
async fn one(
    desk: &Desk,
    tx: &mut Tx<'_>,
    caller: &Caller,
    item: &Item,
) -> Result<Option<Refusal>, Refusal> {
    let kernel = &desk.kernel;
    caller.require(identity::Permission::TicketUpdate)?;
    let ctx = caller.context(kernel.clock.now());
    let (mut ticket, ctx) = open(tx, &ctx, item.ticket).await?;
    let mut stays = None;
    if let Some(number) = item.reply
        && !release::withdraw(kernel, tx, &ctx, &mut ticket, number).await?
    {
        let detail = "The mail had left by then; nobody can take it back.";
        stays = Some(Refusal::conflict(MAIL_LEFT, detail));
    }
    if let Some(moved) = moved(kernel, tx, item).await? {
        let now = standing(kernel, tx, &ticket).await?;
        let (back, others) = rules::put_back(&moved, &now);
        restore(desk, tx, (caller, &ctx), &mut ticket, (&now, &back)).await?;
        if others && stays.is_none() {
            let detail = "Somebody changed it since; that stays.";
            stays = Some(Refusal::conflict("changed_since", detail));
        }
    }
    tickets::store::save(tx, &ticket).await?;
    Ok(stays)
}

async fn moved(kernel: &Kernel, tx: &mut Tx<'_>, item: &Item) -> Result<Option<Moved>, Refusal> {
    let Some(sealed) = &item.standing else {
        return Ok(None);
    };
    let json = kernel.keys.decrypt(tx, sealed).await?;
    json.map(|json| serde_json::from_str(&json))
        .transpose()
        .map_err(|error| Refusal::broken(error.to_string()))
}

/// Makes a locked ticket stand as `back`, by the same changes as a person would. The caller saves
/// it.
async fn restore(
    desk: &Desk,
    tx: &mut Tx<'_>,
    (caller, ctx): (&Caller, &Context),
    ticket: &mut Ticket,
    (now, back): (&Standing, &Standing),
) -> Result<(), Refusal> {
    if now.place != back.place {
        caller.require(identity::Permission::TicketTrash)?;
        ticket_rules::may_move(now.place, back.place)?;
        change::place(tx, ctx, ticket, back.place).await?;
    }
    change::priority(tx, ctx, ticket, back.priority).await?;
    change::ticket_type(tx, ctx, ticket, back.ticket_type).await?;
    if now.tags != back.tags {
        change::tag_ids(tx, ctx, ticket, back.tags.clone()).await?;
    }
    let fields: BTreeMap<String, serde_json::Value> = rules::changed(&now.fields, &back.fields)
        .into_iter()
        .map(|key| {
            let held = back.fields.get(&key).cloned().unwrap_or_default();
            (key, held)
        })
        .collect();
    values::fill(&desk.kernel, tx, ctx, ticket, &fields).await?;
    change::assign(tx, ctx, ticket, (back.assignee, back.team)).await?;
    if now.status != back.status {
        ticket_rules::set_status(ticket.status, back.status)?;
        change::status(tx, ctx, ticket, back.status).await?;
    }
    // A time that has passed meanwhile needs no waiting for.
    let until = back.snoozed_until.filter(|until| *until > ctx.at);
    change::snooze(tx, ctx, ticket, until).await?;
    for agent in now.watchers.iter().filter(|it| !back.watchers.contains(it)) {
        watch::set(tx, ctx, ticket, *agent, false).await?;
    }
    Ok(())
}
