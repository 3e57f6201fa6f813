//! Merging tickets into one.

use customers::Person;
use identity::{Caller, Permission};
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, CustomerId, TagId, TicketId};
use kernel::journal::{self, Change, Context};
use kernel::refusal::Refusal;

use super::{lock_all, rules, side, store, take, touch};
use crate::Desk;
use crate::merges::{Before, Merge, TicketAbsorbed, TicketMerged};
use crate::tickets::commands::{change, subject, watch};
use crate::tickets::rules::{CC_MAX, TAGS_MAX};
use crate::tickets::{self, Direction, Place, Status, Ticket};

/// The command's name for idempotency keys.
const COMMAND: &str = "ticket.merge";

/// Tickets to merge into one.
#[derive(Clone, Debug)]
pub struct Merging {
    /// The survivor's version that the agent saw.
    pub version: i64,
    /// The tickets that go, each with the version that the agent saw.
    pub sources: Vec<(TicketId, i64)>,
    /// Their people who are put in copy on the survivor.
    pub add: Vec<CustomerId>,
}

/// Merges tickets into `survivor`, all or none.
pub async fn merge(
    desk: &Desk,
    caller: &Caller,
    survivor: TicketId,
    merging: Merging,
    once: IdempotencyKey,
) -> Result<(), Refusal> {
    caller.require(Permission::TicketUpdate)?;
    let ids: Vec<TicketId> = merging.sources.iter().map(|(id, _)| *id).collect();
    rules::check_sources(survivor, &ids)?;
    let (ctx, agent) = (caller.context(desk.kernel.clock.now()), caller.agent);
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            if let Some(key) = &once.0
                && idempotency::find(tx, agent, key, COMMAND).await?.is_some()
            {
                return Ok(());
            }
            let all: Vec<TicketId> = ids.iter().copied().chain([survivor]).collect();
            let mut locked = lock_all(tx, &all).await?;
            let mut target = take(&mut locked, survivor)?;
            check(tx, &target, merging.version).await?;
            for (id, version) in &merging.sources {
                let ticket = locked.iter().find(|ticket| ticket.id == *id);
                let ticket = ticket.ok_or(Refusal::NotFound { what: "ticket" })?;
                check(tx, ticket, *version).await?;
            }
            let up_to_date = has_read(tx, &target, agent).await?;
            let added = people(tx, &merging.add, &locked).await?;
            let ctx = Context {
                brand: target.brand,
                ..ctx.clone()
            };
            locked.sort_by_key(|ticket| ticket.id);
            for source in locked {
                absorb(tx, &ctx, agent, &mut target, source, &added).await?;
            }
            tickets::store::save(tx, &target).await?;
            if up_to_date {
                let last = target.last_number;
                tickets::store::mark_read(tx, target.id, agent, last).await?;
            }
            if let Some(key) = &once.0 {
                idempotency::remember(tx, agent, key, COMMAND, target.id.0, ctx.at).await?;
            }
            Ok(())
        })
        .await
}

/// Whether the one who merges has read the survivor to its end.
async fn has_read(tx: &mut Tx<'_>, target: &Ticket, agent: AgentId) -> Result<bool, Refusal> {
    let listed = tickets::store::rows(tx, agent, &[target.id]).await?;
    let read = listed.first().and_then(|listed| listed.read);
    Ok(read.is_some_and(|read| read >= target.last_number))
}

async fn check(tx: &mut Tx<'_>, ticket: &Ticket, version: i64) -> Result<(), Refusal> {
    if ticket.place == Place::Merged
        && let Some(into) = store::survivor(tx, ticket.id).await?
    {
        return Err(rules::merged(ticket.id, into));
    }
    rules::may_merge(ticket)?;
    if ticket.version != version {
        return Err(Refusal::Stale { what: "ticket" });
    }
    Ok(())
}

/// Those of `add` with the address they use on the tickets that go, and where they come from.
async fn people(
    tx: &mut Tx<'_>,
    add: &[CustomerId],
    sources: &[Ticket],
) -> Result<Vec<(TicketId, Person)>, Refusal> {
    let mut people = Vec::new();
    for source in sources {
        people.extend(
            of_ticket(tx, source)
                .await?
                .into_iter()
                .map(|it| (source.id, it)),
        );
    }
    if let Some(stranger) = add
        .iter()
        .find(|id| people.iter().all(|(_, it)| it.id != **id))
    {
        return Err(Refusal::invalid(
            "add",
            format!("names customer {stranger}, who has no part in these tickets"),
            "name requesters or people in copy of the merged tickets",
        ));
    }
    people.retain(|(_, person)| add.contains(&person.id));
    Ok(people)
}

/// The requester and those in copy.
pub(super) async fn of_ticket(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Vec<Person>, Refusal> {
    let requester = customers::people::store::by_identity(tx, ticket.requester_identity).await?;
    let cc = tickets::store::cc(tx, ticket.id).await?;
    Ok(requester.into_iter().chain(cc).collect())
}

async fn absorb(
    tx: &mut Tx<'_>,
    ctx: &Context,
    agent: AgentId,
    target: &mut Ticket,
    mut source: Ticket,
    added: &[(TicketId, Person)],
) -> Result<(), Refusal> {
    let shift = target.last_number;
    let mut before = Before {
        source: side(&source),
        survivor: side(target),
        status_after: target.status,
        tags: Vec::new(),
        watchers: Vec::new(),
        cc: Vec::new(),
        links: Vec::new(),
        hanging: store::hanging(tx, source.id).await?,
    };
    store::rehang(tx, (source.id, target.id), &before.hanging).await?;
    let survivor_snippet = target.snippet.clone();
    if source.last_number > 0 {
        let range = store::Range {
            from: source.id,
            to: target.id,
            first: 1,
            last: source.last_number,
            shift,
        };
        store::move_range(tx, range).await?;
    }
    let absorbed = TicketAbsorbed {
        source: source.id,
        shift,
        last: source.last_number,
        waiting: source.last_direction == Direction::In
            && !matches!(source.status, Status::Solved | Status::Closed),
    };
    journal::append(tx, ctx, subject(target), &absorbed).await?;
    gather(target, &source);
    hang(tx, ctx, target, &source, &mut before).await?;
    copy(tx, ctx, target, source.id, added, &mut before).await?;
    let status = rules::status_after(target.status, source.status);
    if status == Status::Open {
        change::snooze(tx, ctx, target, None).await?;
    }
    change::status(tx, ctx, target, status).await?;
    touch(target, ctx);
    before.status_after = target.status;
    let merge = Merge {
        id: 0,
        source: source.id,
        survivor: target.id,
        agent: Some(agent),
        at: ctx.at,
        shift,
        last: source.last_number,
        before,
        survivor_snippet,
    };
    store::insert(tx, &merge).await?;
    shell(tx, ctx, &mut source, &merge).await
}

/// Shows on the survivor what it holds from now on.
fn gather(target: &mut Ticket, source: &Ticket) {
    target.last_number = target.last_number.saturating_add(source.last_number);
    target.message_count = target.message_count.saturating_add(source.message_count);
    target.has_attachments |= source.has_attachments;
    target.failed_deliveries = target
        .failed_deliveries
        .saturating_add(source.failed_deliveries);
    if source.message_count > 0
        && (target.message_count == source.message_count
            || source.last_message_at > target.last_message_at)
    {
        target.snippet.clone_from(&source.snippet);
        target.last_direction = source.last_direction;
        target.last_agent = source.last_agent;
        target.last_message_at = target.last_message_at.max(source.last_message_at);
    }
}

/// Tags, watchers and links of the source count for the survivor too.
async fn hang(
    tx: &mut Tx<'_>,
    ctx: &Context,
    target: &mut Ticket,
    source: &Ticket,
    before: &mut Before,
) -> Result<(), Refusal> {
    let mut tags = tickets::store::tags(tx, target.id).await?;
    let more: Vec<TagId> = tickets::store::tags(tx, source.id)
        .await?
        .into_iter()
        .filter(|tag| !tags.contains(tag))
        .take(TAGS_MAX.saturating_sub(tags.len()))
        .collect();
    tags.extend(&more);
    change::tag_ids(tx, ctx, target, tags).await?;
    before.tags = more;
    let watchers = tickets::store::watchers(tx, target.id).await?;
    for watcher in tickets::store::watchers(tx, source.id).await? {
        if !watchers.contains(&watcher) {
            watch::set(tx, ctx, target, watcher, true).await?;
            before.watchers.push(watcher);
        }
    }
    let links = tickets::store::links(tx, target.id).await?;
    let known = |id: TicketId| id == target.id || links.iter().any(|(of, ..)| *of == id);
    for (linked, _, kind) in tickets::store::links(tx, source.id).await? {
        if !known(linked) {
            tickets::store::link(tx, target.id, linked, kind).await?;
            before.links.push((linked, kind));
        }
    }
    Ok(())
}

/// Puts those in copy whom the agent wants to get replies from now on.
async fn copy(
    tx: &mut Tx<'_>,
    ctx: &Context,
    target: &mut Ticket,
    source: TicketId,
    added: &[(TicketId, Person)],
    before: &mut Before,
) -> Result<(), Refusal> {
    let mut cc = tickets::store::cc(tx, target.id).await?;
    for (from, person) in added {
        let known = person.id == target.requester || cc.iter().any(|it| it.id == person.id);
        if *from == source && !known {
            before.cc.push(person.id);
            cc.push(person.clone());
        }
    }
    if cc.len() > CC_MAX {
        let mend = "add fewer people";
        return Err(Refusal::invalid(
            "add",
            "makes more than 50 people in copy",
            mend,
        ));
    }
    change::cc(tx, ctx, target, &cc).await
}

/// Makes the source a shell.
async fn shell(
    tx: &mut Tx<'_>,
    ctx: &Context,
    source: &mut Ticket,
    merge: &Merge,
) -> Result<(), Refusal> {
    let (status, shelf) = (source.status, source.shelf);
    source.status = Status::Closed;
    source.place = Place::Merged;
    source.snoozed_until = None;
    source.message_count = 0;
    source.has_attachments = false;
    source.failed_deliveries = 0;
    touch(source, ctx);
    tickets::store::save(tx, source).await?;
    let record = TicketMerged {
        into: merge.survivor,
        status: Change {
            from: status,
            to: source.status,
        },
        shelf: Change {
            from: shelf,
            to: source.shelf,
        },
        shift: merge.shift,
        last: merge.last,
    };
    let ctx = Context {
        brand: source.brand,
        ..ctx.clone()
    };
    journal::append(tx, &ctx, subject(source), &record).await?;
    Ok(())
}
