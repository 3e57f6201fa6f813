//! Adding, changing and doing tasks.

use std::time::Duration;

use identity::{Caller, Permission};
use kernel::Kernel;
use kernel::db::Tx;
use kernel::http::IdempotencyKey;
use kernel::idempotency;
use kernel::ids::{AgentId, ChecklistId, TaskId, TicketId};
use kernel::jobs::{self, NewJob};
use kernel::journal::{self, Context};
use kernel::refusal::Refusal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Stored, Task, TaskChanged, TaskFellDue, TasksAdded, rules, store, templates};
use crate::Desk;
use crate::tickets::commands::{open, subject, watch};
use crate::tickets::{self, Ticket};

const CREATE: &str = "task.create";
const USE_LIST: &str = "checklist.use";
const NOT_FOUND: Refusal = Refusal::NotFound { what: "task" };

/// The job that tells of a task that falls due.
pub const FALL_DUE: &str = "task.fall_due";

/// The payload of [`FALL_DUE`].
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct FallDue {
    /// The task.
    pub task: TaskId,
    /// The time it was given; another time since then has its own job.
    pub due_at: Timestamp,
}

/// A task to add.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// What is to be done.
    pub title: String,
    /// Whether solving the ticket without it warns.
    pub required: bool,
    /// Who does it.
    pub assignee: Option<AgentId>,
    /// By when.
    pub due_at: Option<Timestamp>,
}

/// What changes on a task; `None` leaves it.
#[derive(Clone, Debug, Default)]
pub struct TaskUpdate {
    /// The version that the caller saw.
    pub version: i64,
    /// What is to be done.
    pub title: Option<String>,
    /// Whether solving the ticket without it warns.
    pub required: Option<bool>,
    /// Who does it; `Some(None)`: whoever has the ticket.
    pub assignee: Option<Option<AgentId>>,
    /// By when; `Some(None)`: no time.
    pub due_at: Option<Option<Timestamp>>,
    /// Whether it is done.
    pub done: Option<bool>,
}

/// Adds a task to a ticket.
pub async fn add(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    new: NewTask,
    once: IdempotencyKey,
) -> Result<Task, Refusal> {
    caller.require(Permission::TicketNote)?;
    let title = rules::title(&new.title)?;
    let (ctx, agent) = (caller.context(desk.kernel.clock.now()), caller.agent);
    let kernel = desk.kernel.clone();
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Task, Refusal> {
            if let Some(key) = &once.0
                && let Some(id) = idempotency::find(tx, agent, key, CREATE).await?
            {
                return read(&kernel, tx, TaskId(id)).await;
            }
            let (ticket, ctx) = open(tx, &ctx, id).await?;
            room_for(tx, id, 1).await?;
            if let Some(assignee) = new.assignee {
                watch::check(tx, assignee).await?;
            }
            let mut task = Stored {
                id: TaskId(0),
                ticket: id,
                title: kernel.keys.encrypt(tx, ticket.key, &title).await?,
                required: new.required,
                assignee: new.assignee,
                due_at: new.due_at,
                done_at: None,
                done_by: None,
                version: 1,
            };
            task.id = store::insert(tx, &task).await?;
            plan(tx, &task).await?;
            let record = TasksAdded {
                tasks: vec![task.id],
                checklist: None,
                told: new.assignee.into_iter().collect(),
            };
            journal::append(tx, &ctx, subject(&ticket), &record).await?;
            if let Some(key) = &once.0 {
                idempotency::remember(tx, agent, key, CREATE, task.id.0, ctx.at).await?;
            }
            read(&kernel, tx, task.id).await
        })
        .await
}

/// Puts the items of a checklist onto a ticket; answers all its tasks.
pub async fn use_list(
    desk: &Desk,
    caller: &Caller,
    id: TicketId,
    list: ChecklistId,
    once: IdempotencyKey,
) -> Result<Vec<Task>, Refusal> {
    caller.require(Permission::TicketNote)?;
    let (ctx, agent) = (caller.context(desk.kernel.clock.now()), caller.agent);
    let kernel = desk.kernel.clone();
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Vec<Task>, Refusal> {
            let (ticket, ctx) = open(tx, &ctx, id).await?;
            if let Some(key) = &once.0
                && idempotency::find(tx, agent, key, USE_LIST).await?.is_some()
            {
                return on_ticket(&kernel, tx, &ticket).await;
            }
            let list = templates::find(tx, &kernel.keys, list).await?;
            room_for(tx, id, list.items.len()).await?;
            let mut tasks = Vec::new();
            for item in &list.items {
                let minutes = item.minutes.and_then(|it| u64::try_from(it).ok());
                let after = |it: u64| ctx.at.plus(Duration::from_secs(it.saturating_mul(60)));
                let mut task = Stored {
                    id: TaskId(0),
                    ticket: id,
                    title: kernel.keys.encrypt(tx, ticket.key, &item.title).await?,
                    required: item.required,
                    assignee: None,
                    due_at: minutes.map(after),
                    done_at: None,
                    done_by: None,
                    version: 1,
                };
                task.id = store::insert(tx, &task).await?;
                plan(tx, &task).await?;
                tasks.push(task.id);
            }
            let record = TasksAdded {
                tasks,
                checklist: Some(list.id),
                told: Vec::new(),
            };
            journal::append(tx, &ctx, subject(&ticket), &record).await?;
            if let Some(key) = &once.0 {
                idempotency::remember(tx, agent, key, USE_LIST, list.id.0, ctx.at).await?;
            }
            on_ticket(&kernel, tx, &ticket).await
        })
        .await
}

async fn room_for(tx: &mut Tx<'_>, ticket: TicketId, more: usize) -> Result<(), Refusal> {
    let there = store::on_ticket(tx, ticket).await?.len();
    if there.saturating_add(more) > rules::TASKS_MAX {
        let detail = "A ticket holds at most 100 tasks. Remove some first.";
        return Err(Refusal::conflict("too_many", detail));
    }
    Ok(())
}

/// Changes a task, or notes that it is done or not.
pub async fn update(
    desk: &Desk,
    caller: &Caller,
    id: TaskId,
    update: TaskUpdate,
) -> Result<Task, Refusal> {
    caller.require(Permission::TicketNote)?;
    let title = update.title.as_deref().map(rules::title).transpose()?;
    let (ctx, agent) = (caller.context(desk.kernel.clock.now()), caller.agent);
    let kernel = desk.kernel.clone();
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<Task, Refusal> {
            let (ticket, ctx, before) = locked(tx, &ctx, id, update.version).await?;
            let mut task = before.clone();
            if let Some(title) = &title {
                task.title = kernel.keys.encrypt(tx, ticket.key, title).await?;
            }
            task.required = update.required.unwrap_or(task.required);
            task.assignee = update.assignee.unwrap_or(task.assignee);
            task.due_at = update.due_at.unwrap_or(task.due_at);
            let is_new = task.assignee != before.assignee;
            if let Some(assignee) = task.assignee.filter(|_| is_new) {
                watch::check(tx, assignee).await?;
            }
            if let Some(done) = update.done.filter(|done| *done != task.done_at.is_some()) {
                task.done_at = done.then_some(ctx.at);
                task.done_by = done.then_some(agent);
            }
            task.version = task.version.saturating_add(1);
            store::save(tx, &task).await?;
            if task.done_at.is_some() || task.due_at != before.due_at {
                unplan(tx, &before).await?;
            }
            if task.done_at.is_none() {
                plan(tx, &task).await?;
            }
            let record = TaskChanged {
                task: id,
                done: task.done_at.is_some(),
                removed: false,
                told: task.assignee.filter(|_| is_new).into_iter().collect(),
            };
            journal::append(tx, &ctx, subject(&ticket), &record).await?;
            read(&kernel, tx, id).await
        })
        .await
}

/// Removes a task.
pub async fn remove(desk: &Desk, caller: &Caller, id: TaskId) -> Result<(), Refusal> {
    caller.require(Permission::TicketNote)?;
    let ctx = caller.context(desk.kernel.clock.now());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<(), Refusal> {
            let version = store::find(tx, id).await?.ok_or(NOT_FOUND)?.version;
            let (ticket, ctx, task) = locked(tx, &ctx, id, version).await?;
            unplan(tx, &task).await?;
            store::delete(tx, id).await?;
            let record = TaskChanged {
                task: id,
                done: task.done_at.is_some(),
                removed: true,
                told: Vec::new(),
            };
            journal::append(tx, &ctx, subject(&ticket), &record).await?;
            Ok(())
        })
        .await
}

async fn locked(
    tx: &mut Tx<'_>,
    ctx: &Context,
    id: TaskId,
    version: i64,
) -> Result<(Ticket, Context, Stored), Refusal> {
    let found = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
    let (ticket, ctx) = open(tx, ctx, found.ticket).await?;
    let task = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
    if task.version != version {
        return Err(Refusal::Stale { what: "task" });
    }
    Ok((ticket, ctx, task))
}

/// Tells of a task whose time came; `false` when it was done or put off meanwhile.
pub async fn fall_due(desk: &Desk, job: FallDue) -> Result<bool, Refusal> {
    let ctx = Context::system(desk.kernel.clock.now());
    desk.kernel
        .db
        .write(async move |tx: &mut Tx<'_>| -> Result<bool, Refusal> {
            let Some(task) = store::find(tx, job.task).await? else {
                return Ok(false);
            };
            if task.done_at.is_some() || task.due_at != Some(job.due_at) {
                return Ok(false);
            }
            let Some(ticket) = tickets::store::find(tx, task.ticket).await? else {
                return Ok(false);
            };
            let record = TaskFellDue {
                task: task.id,
                told: rules::told(&task, ticket.assignee),
            };
            journal::append(tx, &ctx, subject(&ticket), &record).await?;
            Ok(true)
        })
        .await
}

fn key(task: TaskId, due_at: Timestamp) -> String {
    format!("task:{task}:{}", due_at.micros())
}

async fn plan(tx: &mut Tx<'_>, task: &Stored) -> Result<(), Refusal> {
    let Some(due_at) = task.due_at else {
        return Ok(());
    };
    let job = FallDue {
        task: task.id,
        due_at,
    };
    let payload =
        serde_json::to_string(&job).map_err(|error| Refusal::broken(error.to_string()))?;
    let job = NewJob {
        kind: FALL_DUE,
        key: key(task.id, due_at),
        payload,
        run_at: due_at,
        ticket: Some(task.ticket),
    };
    jobs::enqueue(tx, job).await?;
    Ok(())
}

async fn unplan(tx: &mut Tx<'_>, task: &Stored) -> Result<(), Refusal> {
    if let Some(due_at) = task.due_at {
        jobs::cancel(tx, &key(task.id, due_at)).await?;
    }
    Ok(())
}

async fn read(kernel: &Kernel, tx: &mut Tx<'_>, id: TaskId) -> Result<Task, Refusal> {
    let stored = store::find(tx, id).await?.ok_or(NOT_FOUND)?;
    opened(kernel, tx, stored, None).await
}

async fn opened(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    stored: Stored,
    ticket: Option<&Ticket>,
) -> Result<Task, Refusal> {
    let subject = match ticket {
        Some(ticket) => ticket.subject.clone(),
        None => {
            let found = tickets::store::find(tx, stored.ticket).await?;
            found.map(|ticket| ticket.subject).unwrap_or_default()
        }
    };
    Ok(Task {
        id: stored.id,
        ticket_id: stored.ticket,
        subject,
        title: kernel
            .keys
            .decrypt(tx, &stored.title)
            .await?
            .unwrap_or_default(),
        required: stored.required,
        assignee_id: stored.assignee,
        due_at: stored.due_at,
        done_at: stored.done_at,
        done_by: stored.done_by,
        version: stored.version,
    })
}

/// The tasks of a ticket, in order.
pub(crate) async fn on_ticket(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    ticket: &Ticket,
) -> Result<Vec<Task>, Refusal> {
    let mut tasks = Vec::new();
    for stored in store::on_ticket(tx, ticket.id).await? {
        tasks.push(opened(kernel, tx, stored, Some(ticket)).await?);
    }
    Ok(tasks)
}

/// The open tasks of an agent, the next due first.
pub(crate) async fn of_agent(
    kernel: &Kernel,
    tx: &mut Tx<'_>,
    agent: AgentId,
) -> Result<Vec<Task>, Refusal> {
    let mut tasks = Vec::new();
    for stored in store::open_of(tx, agent).await? {
        tasks.push(opened(kernel, tx, stored, None).await?);
    }
    Ok(tasks)
}
