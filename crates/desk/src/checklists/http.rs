//! `/checklists`, `/tickets/{id}/tasks`, `/tickets/{id}/checklists` and `/tasks/{id}`.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, IdempotencyKey, Json, Path, Problem};
use kernel::ids::{AgentId, ChecklistId, TaskId, TicketId};
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::{self, NewTask, TaskUpdate};
use super::{Checklist, ChecklistItem, Task, templates};
use crate::Desk;
use crate::tags::present;

/// The routes of tasks and checklists.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(update, delete))
        .routes(routes!(add_task))
        .routes(routes!(use_list))
        .routes(routes!(update_task, delete_task))
}

/// The checklists there are.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChecklistList {
    /// By name; at most 200.
    pub items: Vec<Checklist>,
}

/// A checklist to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistInput {
    /// At most 80 characters.
    pub name: String,
    /// 1 to 50 items.
    pub items: Vec<ChecklistItem>,
}

/// A checklist as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistPatch {
    /// The version that was read.
    pub version: i64,
    /// At most 80 characters.
    pub name: String,
    /// 1 to 50 items.
    pub items: Vec<ChecklistItem>,
}

/// A task to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskInput {
    /// What is to be done; at most 300 characters.
    pub title: String,
    /// Whether solving the ticket without it warns.
    #[serde(default)]
    pub required: bool,
    /// Who does it; absent: whoever has the ticket.
    pub assignee_id: Option<AgentId>,
    /// By when.
    pub due_at: Option<Timestamp>,
}

/// What to change on a task; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskPatch {
    /// The version that was read.
    pub version: i64,
    /// What is to be done.
    pub title: Option<String>,
    /// Whether solving the ticket without it warns.
    pub required: Option<bool>,
    /// Who does it; null: whoever has the ticket.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AgentId>)]
    pub assignee_id: Option<Option<AgentId>>,
    /// By when; null: no time.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Timestamp>)]
    pub due_at: Option<Option<Timestamp>>,
    /// Whether it is done.
    pub done: Option<bool>,
}

/// A checklist to put onto a ticket.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChecklistUse {
    /// Which.
    pub checklist_id: ChecklistId,
}

/// The tasks of a ticket.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskList {
    /// In order; at most 100.
    pub items: Vec<Task>,
}

/// List the checklists.
#[utoipa::path(get, path = "/checklists", tag = "checklists", operation_id = "list_checklists",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = ChecklistList), (status = 401, body = Problem)))]
async fn list(State(desk): State<Desk>, caller: Caller) -> Answer<Json<ChecklistList>> {
    let items = templates::list(&desk.kernel, &caller).await?;
    Ok(Json(ChecklistList { items }))
}

/// Make a checklist.
#[utoipa::path(post, path = "/checklists", tag = "checklists", operation_id = "create_checklist",
    security(("session" = []), ("token" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = ChecklistInput,
    responses((status = 201, body = Checklist), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn create(
    State(desk): State<Desk>,
    caller: Caller,
    once: IdempotencyKey,
    Json(input): Json<ChecklistInput>,
) -> Answer<(StatusCode, Json<Checklist>)> {
    let given = (input.name, input.items);
    let made = templates::save(&desk.kernel, &caller, None, given, once).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Change a checklist.
#[utoipa::path(patch, path = "/checklists/{id}", tag = "checklists",
    operation_id = "update_checklist", security(("session" = []), ("token" = [])),
    params(("id" = ChecklistId, Path)), request_body = ChecklistPatch,
    responses((status = 200, body = Checklist), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<ChecklistId>,
    Json(patch): Json<ChecklistPatch>,
) -> Answer<Json<Checklist>> {
    let (existing, given) = (Some((id, patch.version)), (patch.name, patch.items));
    let once = IdempotencyKey::default();
    Ok(Json(
        templates::save(&desk.kernel, &caller, existing, given, once).await?,
    ))
}

/// Remove a checklist.
#[utoipa::path(delete, path = "/checklists/{id}", tag = "checklists",
    operation_id = "delete_checklist", security(("session" = []), ("token" = [])),
    params(("id" = ChecklistId, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<ChecklistId>,
) -> Answer<StatusCode> {
    templates::remove(&desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Add a task to a ticket.
#[utoipa::path(post, path = "/tickets/{id}/tasks", tag = "checklists",
    operation_id = "create_task", security(("session" = []), ("token" = [])),
    params(("id" = TicketId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = TaskInput,
    responses((status = 201, body = Task), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn add_task(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    once: IdempotencyKey,
    Json(input): Json<TaskInput>,
) -> Answer<(StatusCode, Json<Task>)> {
    let new = NewTask {
        title: input.title,
        required: input.required,
        assignee: input.assignee_id,
        due_at: input.due_at,
    };
    let added = commands::add(&desk, &caller, id, new, once).await?;
    Ok((StatusCode::CREATED, Json(added)))
}

/// Put the items of a checklist onto a ticket.
#[utoipa::path(post, path = "/tickets/{id}/checklists", tag = "checklists",
    operation_id = "use_checklist", security(("session" = []), ("token" = [])),
    params(("id" = TicketId, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless")),
    request_body = ChecklistUse,
    responses((status = 201, body = TaskList), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn use_list(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TicketId>,
    once: IdempotencyKey,
    Json(input): Json<ChecklistUse>,
) -> Answer<(StatusCode, Json<TaskList>)> {
    let items = commands::use_list(&desk, &caller, id, input.checklist_id, once).await?;
    Ok((StatusCode::CREATED, Json(TaskList { items })))
}

/// Change a task, or say that it is done or not.
#[utoipa::path(patch, path = "/tasks/{id}", tag = "checklists", operation_id = "update_task",
    security(("session" = []), ("token" = [])),
    params(("id" = TaskId, Path)), request_body = TaskPatch,
    responses((status = 200, body = Task), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn update_task(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TaskId>,
    Json(patch): Json<TaskPatch>,
) -> Answer<Json<Task>> {
    let update = TaskUpdate {
        version: patch.version,
        title: patch.title,
        required: patch.required,
        assignee: patch.assignee_id,
        due_at: patch.due_at,
        done: patch.done,
    };
    Ok(Json(commands::update(&desk, &caller, id, update).await?))
}

/// Remove a task.
#[utoipa::path(delete, path = "/tasks/{id}", tag = "checklists", operation_id = "delete_task",
    security(("session" = []), ("token" = [])), params(("id" = TaskId, Path)),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn delete_task(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<TaskId>,
) -> Answer<StatusCode> {
    commands::remove(&desk, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
