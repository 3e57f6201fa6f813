//! Bringing a merged ticket back.

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::TicketId;
use kernel::journal::{self, Change, Context};
use kernel::refusal::Refusal;

use super::{lock_all, rules, store, sum_up, take, touch};
use crate::Desk;
use crate::merges::{Merge, MovedNumber, Side, TicketGaveBack, TicketUnmerged};
use crate::messages;
use crate::tickets::commands::{change, subject, watch};
use crate::tickets::{self, Place, Ticket};

/// Brings `source` back from `survivor`: its own messages go home, what came later stays, except
/// for the messages that are `picked` by their numbers on the survivor.
pub async fn unmerge(
    desk: &Desk,
    caller: &Caller,
    (survivor, source): (TicketId, TicketId),
    version: i64,
    picked: Vec<i64>,
) -> Result<(), Refusal> {
    caller.require(Permission::TicketUpdate)?;
    rules::check_picked("numbers", &picked)?;
    let ctx = caller.context(desk.kernel.clock.now());
    let kernel = desk.kernel.clone();
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let mut locked = lock_all(tx, &[survivor, source]).await?;
            let (mut target, mut shell) =
                (take(&mut locked, survivor)?, take(&mut locked, source)?);
            let merge = store::of_source(tx, source).await?;
            let Some(merge) = merge.filter(|merge| merge.survivor == survivor) else {
                let detail = format!("#{source} is not merged into #{survivor} (any more).");
                return Err(Refusal::conflict("not_merged", detail));
            };
            if let Some(into) = store::survivor(tx, survivor).await? {
                let detail = format!(
                    "#{survivor} was itself merged into #{into}; bring #{survivor} back first."
                );
                return Err(Refusal::conflict("ticket_merged", detail));
            }
            if target.version != version {
                return Err(Refusal::Stale { what: "ticket" });
            }
            let ctx = Context {
                brand: target.brand,
                ..ctx.clone()
            };
            give_back(
                &kernel,
                tx,
                &ctx,
                (&mut target, &mut shell),
                &merge,
                &picked,
            )
            .await
        })
        .await
}

async fn give_back(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    (target, shell): (&mut Ticket, &mut Ticket),
    merge: &Merge,
    picked: &[i64],
) -> Result<(), Refusal> {
    if merge.last > 0 {
        let there = store::Range {
            from: shell.id,
            to: target.id,
            first: 1,
            last: merge.last,
            shift: merge.shift,
        };
        store::move_range(tx, there.back()).await?;
    }
    store::rehang(tx, (target.id, shell.id), &merge.before.hanging).await?;
    store::undo(tx, merge.id, ctx.at).await?;
    hand_on(tx, merge).await?;
    let moved = take_along(tx, (target.id, shell), merge, picked).await?;
    restore_source(kernel, tx, ctx, shell, merge, &moved).await?;
    restore_survivor(kernel, tx, ctx, target, merge).await?;
    let gave = TicketGaveBack {
        source: shell.id,
        shift: merge.shift,
        last: merge.last,
    };
    journal::append(tx, ctx, subject(target), &gave).await?;
    tickets::store::save(tx, target).await?;
    let newest = store::newest(tx, target.id).await?;
    store::raise_reads(tx, target.id, target.last_number, newest).await?;
    Ok(())
}

/// What the survivor was before this merge is what the next one must restore from now on.
async fn hand_on(tx: &mut Tx<'_>, merge: &Merge) -> Result<(), Refusal> {
    let next = store::right_after(tx, merge).await?;
    let Some(mut next) = next else { return Ok(()) };
    if next.before.survivor.status == merge.before.status_after {
        next.before.survivor = merge.before.survivor;
        next.survivor_snippet.clone_from(&merge.survivor_snippet);
        store::rewrite(tx, &next).await?;
    }
    Ok(())
}

/// Moves messages that came later and belong to the ticket that goes.
async fn take_along(
    tx: &mut Tx<'_>,
    (survivor, shell): (TicketId, &mut Ticket),
    merge: &Merge,
    picked: &[i64],
) -> Result<Vec<MovedNumber>, Refusal> {
    let own = merge.shift.saturating_add(1)..=merge.shift.saturating_add(merge.last);
    let mut later: Vec<i64> = picked
        .iter()
        .copied()
        .filter(|n| !own.contains(n))
        .collect();
    later.sort_unstable();
    let mut moved = Vec::with_capacity(later.len());
    for number in later {
        let message = messages::store::find(tx, survivor, number).await?;
        let message = message.ok_or(Refusal::NotFound { what: "message" })?;
        if number <= merge.shift {
            return Err(Refusal::invalid(
                "numbers",
                format!("names {number}, which was there before the merge"),
                "pick messages that came after it",
            ));
        }
        rules::may_move(&message)?;
        shell.last_number = shell.last_number.saturating_add(1);
        let to = shell.last_number;
        super::split::move_one(tx, (survivor, number), (shell.id, to)).await?;
        moved.push(MovedNumber { from: number, to });
    }
    Ok(moved)
}

async fn restore_source(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    shell: &mut Ticket,
    merge: &Merge,
    moved: &[MovedNumber],
) -> Result<(), Refusal> {
    let before = merge.before.source;
    let (status, shelf) = (shell.status, shell.shelf);
    shell.status = before.status;
    shell.place = Place::Desk;
    let (messages, failed, _) = store::recount(tx, shell.id).await?;
    if moved.is_empty() && messages == before.message_count {
        put_back(shell, &before);
        shell.failed_deliveries = failed;
    } else {
        sum_up(kernel, tx, shell).await?;
    }
    touch(shell, ctx);
    let record = TicketUnmerged {
        survivor: merge.survivor,
        status: Change {
            from: status,
            to: shell.status,
        },
        shelf: Change {
            from: shelf,
            to: shell.shelf,
        },
        picked: moved.to_vec(),
    };
    let ctx = Context {
        brand: shell.brand,
        ..ctx.clone()
    };
    journal::append(tx, &ctx, subject(shell), &record).await?;
    if let Some(until) = before.snoozed_until.filter(|until| *until > ctx.at) {
        change::snooze(tx, &ctx, shell, Some(until)).await?;
    }
    tickets::store::save(tx, shell).await?;
    Ok(())
}

fn put_back(ticket: &mut Ticket, before: &Side) {
    ticket.last_direction = before.last_direction;
    ticket.last_agent = before.last_agent;
    ticket.last_message_at = before.last_message_at;
    ticket.message_count = before.message_count;
    ticket.has_attachments = before.has_attachments;
}

/// Takes from the survivor what merging gave it, as far as nothing happened to it since.
async fn restore_survivor(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    target: &mut Ticket,
    merge: &Merge,
) -> Result<(), Refusal> {
    let before = &merge.before;
    let (messages, failed, _) = store::recount(tx, target.id).await?;
    let later = store::newest(tx, target.id).await? > merge.shift;
    if !later && messages == before.survivor.message_count {
        put_back(target, &before.survivor);
        target.snippet.clone_from(&merge.survivor_snippet);
        target.failed_deliveries = failed;
    } else {
        sum_up(kernel, tx, target).await?;
    }
    let mut tags = tickets::store::tags(tx, target.id).await?;
    tags.retain(|tag| !before.tags.contains(tag));
    change::tag_ids(tx, ctx, target, tags).await?;
    for watcher in &before.watchers {
        watch::set(tx, ctx, target, *watcher, false).await?;
    }
    let mut cc = tickets::store::cc(tx, target.id).await?;
    cc.retain(|person| !before.cc.contains(&person.id));
    change::cc(tx, ctx, target, &cc).await?;
    for (linked, _) in &before.links {
        tickets::store::unlink(tx, target.id, *linked).await?;
    }
    if !later && target.status == before.status_after {
        change::status(tx, ctx, target, before.survivor.status).await?;
        let until = before
            .survivor
            .snoozed_until
            .filter(|until| *until > ctx.at);
        if target.snoozed_until.is_none() && until.is_some() {
            change::snooze(tx, ctx, target, until).await?;
        }
    }
    touch(target, ctx);
    Ok(())
}
