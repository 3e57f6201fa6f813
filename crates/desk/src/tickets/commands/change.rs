//! Single changes of a locked ticket, each with its record; commands are made of these.
//!
//! Each does nothing when there is nothing to change. The caller saves the ticket afterwards.

use customers::Person;
use kernel::Kernel;
use kernel::db::Tx;
use kernel::ids::{AgentId, CustomerId, TagId, TeamId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Change, Context};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;

use super::sleep::{PURGE, Purge, WAKE, Wake};
use super::subject;
use crate::escalations;
use crate::forms::commands as forms;
use crate::forms::rules::Stage;
use crate::messages;
use crate::side_conversations;
use crate::tickets::{
    ParticipantsChanged, Place, Priority, PriorityChanged, RequesterChanged, Status, StatusChanged,
    Ticket, TicketAssigned, TicketMoved, TicketRenamed, TicketSnoozed, TicketTagged, TicketType,
    TypeChanged, rules, store,
};
use crate::{tags, teams};

/// Notes that a field moved: others who saw the old version are told.
pub(crate) fn touch(ticket: &mut Ticket, at: Timestamp) {
    ticket.version = ticket.version.saturating_add(1);
    ticket.updated_at = at;
    ticket.shelf = rules::shelf(ticket.place, ticket.status, ticket.snoozed_until.is_some());
}

/// Sets the status; done work wakes and needs nobody's attention any more.
pub(crate) async fn status(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    to: Status,
) -> Result<(), Refusal> {
    let (from, shelf) = (ticket.status, ticket.shelf);
    if from == to {
        return Ok(());
    }
    let done = matches!(to, Status::Solved | Status::Closed);
    if rules::solves(from, to) {
        // First of all, so that whoever is refused has written nothing.
        forms::require(tx, ticket, Stage::Solve).await?;
    }
    if done {
        snooze(tx, ctx, ticket, None).await?;
        messages::store::clear_mentions(tx, ticket.id).await?;
        escalations::commands::solved(tx, ctx, ticket).await?;
    }
    ticket.status = to;
    touch(ticket, ctx.at);
    let record = StatusChanged {
        status: Change { from, to },
        shelf: Change {
            from: shelf,
            to: ticket.shelf,
        },
    };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    Ok(())
}

/// Sets the priority.
pub(crate) async fn priority(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    to: Priority,
) -> Result<(), Refusal> {
    let from = ticket.priority;
    if from == to {
        return Ok(());
    }
    ticket.priority = to;
    touch(ticket, ctx.at);
    let record = PriorityChanged {
        priority: Change { from, to },
    };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    Ok(())
}

/// Sets what kind of work it is.
pub(crate) async fn ticket_type(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    to: Option<TicketType>,
) -> Result<(), Refusal> {
    let from = ticket.ticket_type;
    if from == to {
        return Ok(());
    }
    ticket.ticket_type = to;
    touch(ticket, ctx.at);
    let record = TypeChanged {
        ticket_type: Change { from, to },
    };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    Ok(())
}

/// Gives the ticket to an agent and a team; a new ticket that someone has is open.
pub(crate) async fn assign(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    (assignee, team): (Option<AgentId>, Option<TeamId>),
) -> Result<(), Refusal> {
    let record = TicketAssigned {
        assignee: Change {
            from: ticket.assignee,
            to: assignee,
        },
        team: Change {
            from: ticket.team,
            to: team,
        },
    };
    if record.assignee.from == assignee && record.team.from == team {
        return Ok(());
    }
    if record.assignee.from != assignee {
        check_assignee(tx, assignee).await?;
    }
    if record.team.from != team {
        check_team(tx, team).await?;
    }
    ticket.assignee = assignee;
    ticket.team = team;
    touch(ticket, ctx.at);
    journal::append(tx, ctx, subject(ticket), &record).await?;
    if assignee.is_some() {
        let to = rules::touched(ticket.status);
        status(tx, ctx, ticket, to).await?;
    }
    Ok(())
}

/// Refuses an assignee who can't answer customers.
pub(crate) async fn check_assignee(
    tx: &mut Tx<'_>,
    assignee: Option<AgentId>,
) -> Result<(), Refusal> {
    use identity::Role;
    use identity::agents::AgentStatus;
    let Some(id) = assignee else { return Ok(()) };
    let agent = identity::agents::store::find(tx, id).await?;
    if agent.is_some_and(|a| a.status == AgentStatus::Active && a.role != Role::LightAgent) {
        return Ok(());
    }
    let mend = "name an active agent";
    Err(Refusal::invalid(
        "assignee_id",
        "names nobody who can answer customers",
        mend,
    ))
}

/// Refuses a team that does not exist.
pub(crate) async fn check_team(tx: &mut Tx<'_>, team: Option<TeamId>) -> Result<(), Refusal> {
    let Some(id) = team else { return Ok(()) };
    if teams::store::exists(tx, id).await? {
        return Ok(());
    }
    Err(Refusal::invalid(
        "team_id",
        "names no team",
        "take the id of a team",
    ))
}

/// Lays the ticket elsewhere; from the trash it is purged later.
pub(crate) async fn place(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    to: Place,
) -> Result<(), Refusal> {
    let (from, shelf) = (ticket.place, ticket.shelf);
    if from == to {
        return Ok(());
    }
    if to == Place::Merged {
        let mend = "merge it into another ticket";
        return Err(Refusal::invalid(
            "place",
            "is only for merged tickets",
            mend,
        ));
    }
    ticket.place = to;
    touch(ticket, ctx.at);
    let record = TicketMoved {
        place: Change { from, to },
        shelf: Change {
            from: shelf,
            to: ticket.shelf,
        },
    };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    if to == Place::Trash {
        let run_at = ctx.at.plus(rules::TRASH_KEPT);
        let job = Purge {
            ticket: ticket.id,
            version: ticket.version,
        };
        let key = format!("purge:{}:{}", ticket.id, ticket.version);
        plan(tx, PURGE, key, &job, run_at, ticket).await?;
    }
    Ok(())
}

/// Puts the ticket off, or wakes it.
pub(crate) async fn snooze(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    until: Option<Timestamp>,
) -> Result<(), Refusal> {
    let (from, shelf) = (ticket.snoozed_until, ticket.shelf);
    if from == until {
        return Ok(());
    }
    ticket.snoozed_until = until;
    touch(ticket, ctx.at);
    let record = TicketSnoozed {
        until: Change { from, to: until },
        shelf: Change {
            from: shelf,
            to: ticket.shelf,
        },
    };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    if let Some(until) = until {
        let job = Wake {
            ticket: ticket.id,
            until,
        };
        // The version keeps the key unique when the same time is chosen again.
        let key = format!("wake:{}:{}", ticket.id, ticket.version);
        plan(tx, WAKE, key, &job, until, ticket).await?;
    }
    Ok(())
}

async fn plan<T: serde::Serialize>(
    tx: &mut Tx<'_>,
    kind: &'static str,
    key: String,
    job: &T,
    run_at: Timestamp,
    ticket: &Ticket,
) -> Result<(), Refusal> {
    let payload = serde_json::to_string(job).map_err(|error| Refusal::broken(error.to_string()))?;
    jobs::enqueue(
        tx,
        NewJob {
            kind,
            key,
            payload,
            run_at,
            ticket: Some(ticket.id),
        },
    )
    .await?;
    Ok(())
}

/// Makes the ticket another customer's.
pub(crate) async fn requester(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    to: &Person,
) -> Result<(), Refusal> {
    let from = ticket.requester;
    if from == to.id && ticket.requester_identity == to.identity {
        return Ok(());
    }
    side_conversations::refuse_insiders(tx, ticket, "requester", &[to.id]).await?;
    ticket.requester = to.id;
    ticket.requester_identity = to.identity;
    ticket.key = to.key;
    touch(ticket, ctx.at);
    let record = RequesterChanged {
        requester: Change { from, to: to.id },
    };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    Ok(())
}

/// Makes `persons` those in copy; the requester never is.
pub(crate) async fn cc(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    persons: &[Person],
) -> Result<(), Refusal> {
    let from = ids(&store::cc(tx, ticket.id).await?);
    let new = ids(persons).into_iter().filter(|id| !from.contains(id));
    let new: Vec<CustomerId> = new.collect();
    side_conversations::refuse_insiders(tx, ticket, "cc", &new).await?;
    let persons: Vec<Person> = persons
        .iter()
        .filter(|person| person.id != ticket.requester)
        .cloned()
        .collect();
    let to = ids(&persons);
    if from == to {
        return Ok(());
    }
    store::clear_cc(tx, ticket.id).await?;
    for person in &persons {
        store::add_cc(tx, ticket.id, person.id, person.identity).await?;
    }
    touch(ticket, ctx.at);
    let record = ParticipantsChanged {
        cc: Change { from, to },
    };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    Ok(())
}

fn ids(persons: &[Person]) -> Vec<CustomerId> {
    let mut ids: Vec<CustomerId> = persons.iter().map(|person| person.id).collect();
    ids.sort();
    ids
}

/// Makes `names` the ticket's tags; unknown ones are made.
pub(crate) async fn tags(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    names: &[String],
) -> Result<(), Refusal> {
    check_count(names.len())?;
    let to = tags::commands::ensure(tx, ctx, names).await?;
    tag_ids(tx, ctx, ticket, to).await
}

/// Makes `to` the ticket's tags.
pub(crate) async fn tag_ids(
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    mut to: Vec<TagId>,
) -> Result<(), Refusal> {
    check_count(to.len())?;
    let from = store::tags(tx, ticket.id).await?;
    to.sort();
    if from == to {
        return Ok(());
    }
    store::set_tags(tx, ticket.id, &to).await?;
    touch(ticket, ctx.at);
    let record = TicketTagged {
        tags: Change { from, to },
    };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    Ok(())
}

fn check_count(tags: usize) -> Result<(), Refusal> {
    if tags > rules::TAGS_MAX {
        let mend = "keep at most 50 tags";
        return Err(Refusal::invalid("tags", "is too long", mend));
    }
    Ok(())
}

/// Gives the ticket another subject.
pub(crate) async fn rename(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ctx: &Context,
    ticket: &mut Ticket,
    to: String,
) -> Result<(), Refusal> {
    if ticket.subject == to {
        return Ok(());
    }
    let subject_change = Change {
        from: kernel.keys.encrypt(tx, ticket.key, &ticket.subject).await?,
        to: kernel.keys.encrypt(tx, ticket.key, &to).await?,
    };
    ticket.subject = to;
    touch(ticket, ctx.at);
    let record = TicketRenamed {
        subject: subject_change,
    };
    journal::append(tx, ctx, subject(ticket), &record).await?;
    Ok(())
}
