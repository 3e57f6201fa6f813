//! What leads decide, and what administrators write.

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, IdempotencyKey, Json, Page, Path, Problem, Query};
use kernel::ids::{AbuseStepId, AppealId, CustomerId, InboxId, TeamId, TicketId};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AbuseStepCreated;
use crate::Desk;
use crate::abuse::commands::appeal;
use crate::abuse::commands::read::{self, ApiStep, CustomerAbuse, WaitingAppeal};
use crate::abuse::commands::step::{self, Limit};
use crate::abuse::commands::texts::{self, AbuseText};
use crate::abuse::{AbusePurpose, AbuseStep, AppealDecision, CareLanguage};

pub(super) fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(get_of_customer))
        .routes(routes!(post_limit))
        .routes(routes!(list_in_force))
        .routes(routes!(post_lift))
        .routes(routes!(list_appeals))
        .routes(routes!(put_decision))
        .routes(routes!(list_texts, put_text))
}

/// Abuse by a customer: the ladder so far.
#[utoipa::path(get, path = "/customers/{id}/abuse", tag = "abuse",
    operation_id = "get_customer_abuse", params(("id" = CustomerId, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = CustomerAbuse), (status = 403, body = Problem)))]
async fn get_of_customer(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<CustomerId>,
) -> Answer<Json<CustomerAbuse>> {
    Ok(Json(read::of_customer(&desk.kernel, &caller, id).await?))
}

/// How a customer is limited for a time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbuseLimitInput {
    /// `restrict` or `block`.
    step: AbuseStep,
    /// For how many days: a restriction at most 90, a block at most 365.
    days: i64,
    /// Why; kept with the step.
    reason: String,
    /// On which ticket it came to this.
    #[serde(default)]
    ticket_id: Option<TicketId>,
    /// The only inbox that they may write to; what they send elsewhere is laid aside.
    #[serde(default)]
    inbox_id: Option<InboxId>,
    /// The queue that their mail goes to.
    #[serde(default)]
    team_id: Option<TeamId>,
    /// Whether their new tickets wait behind others.
    #[serde(default)]
    slow: bool,
}

/// Restrict or block a customer for a time. Their mail is kept, and they are told how to object.
#[utoipa::path(post, path = "/customers/{id}/abuse/limits", tag = "abuse",
    operation_id = "limit_customer", params(("id" = CustomerId, Path)),
    request_body = AbuseLimitInput, security(("session" = []), ("token" = [])),
    responses((status = 201, body = AbuseStepCreated), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn post_limit(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<CustomerId>,
    once: IdempotencyKey,
    Json(input): Json<AbuseLimitInput>,
) -> Answer<(StatusCode, Json<AbuseStepCreated>)> {
    let limit = Limit {
        step: input.step,
        days: input.days,
        reason: input.reason,
        ticket: input.ticket_id,
        inbox: input.inbox_id,
        team: input.team_id,
        slow: input.slow,
    };
    let id = step::limit(&desk, &caller, id, limit, once).await?;
    Ok((StatusCode::CREATED, Json(AbuseStepCreated { id })))
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Everybody who is restricted or blocked now, newest first.
#[utoipa::path(get, path = "/abuse/limits", tag = "abuse", operation_id = "list_abuse_limits",
    params(PageQuery), security(("session" = []), ("token" = [])),
    responses((status = 200, body = Page<ApiStep>), (status = 403, body = Problem)))]
async fn list_in_force(
    State(desk): State<Desk>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Answer<Json<Page<ApiStep>>> {
    let page = read::in_force(&desk.kernel, &caller, query.cursor.as_deref()).await?;
    Ok(Json(page))
}

/// Why a step is lifted.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbuseLiftInput {
    /// Kept with the step.
    reason: String,
}

/// End a restriction or block before its time; harmless when it is over.
#[utoipa::path(post, path = "/abuse/limits/{id}/lift", tag = "abuse",
    operation_id = "lift_abuse_limit", params(("id" = AbuseStepId, Path)),
    request_body = AbuseLiftInput, security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
async fn post_lift(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<AbuseStepId>,
    Json(input): Json<AbuseLiftInput>,
) -> Answer<StatusCode> {
    step::lift(&desk, &caller, id, &input.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Appeals that wait for a decision, oldest first.
#[utoipa::path(get, path = "/abuse/appeals", tag = "abuse", operation_id = "list_abuse_appeals",
    params(PageQuery), security(("session" = []), ("token" = [])),
    responses((status = 200, body = Page<WaitingAppeal>), (status = 403, body = Problem)))]
async fn list_appeals(
    State(desk): State<Desk>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Answer<Json<Page<WaitingAppeal>>> {
    let page = read::appeals(&desk.kernel, &caller, query.cursor.as_deref()).await?;
    Ok(Json(page))
}

/// What an appeal comes to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppealDecisionInput {
    /// The version that was read.
    version: i64,
    /// Whether the step stays.
    decision: AppealDecision,
    /// Why; kept with the step.
    reason: String,
}

/// Decide an appeal; never by somebody who had a part in it.
#[utoipa::path(put, path = "/abuse/appeals/{id}", tag = "abuse",
    operation_id = "decide_abuse_appeal", params(("id" = AppealId, Path)),
    request_body = AppealDecisionInput, security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn put_decision(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<AppealId>,
    Json(input): Json<AppealDecisionInput>,
) -> Answer<StatusCode> {
    let decision = (input.decision, input.reason.as_str());
    appeal::decide(&desk, &caller, id, input.version, decision).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The texts of the ladder in every language.
#[utoipa::path(get, path = "/abuse/texts", tag = "abuse", operation_id = "list_abuse_texts",
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Vec<AbuseText>)))]
async fn list_texts(State(desk): State<Desk>, caller: Caller) -> Answer<Json<Vec<AbuseText>>> {
    Ok(Json(texts::list(&desk.kernel, &caller).await?))
}

/// A text of the ladder, rewritten.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AbuseTextInput {
    /// What it is for.
    purpose: AbusePurpose,
    /// In which language.
    language: CareLanguage,
    /// The text.
    text: String,
    /// The version that was read; 0 while it is ours.
    version: i64,
}

/// Rewrite a text of the ladder.
#[utoipa::path(put, path = "/abuse/texts", tag = "abuse", operation_id = "save_abuse_text",
    request_body = AbuseTextInput, security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 403, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn put_text(
    State(desk): State<Desk>,
    caller: Caller,
    Json(input): Json<AbuseTextInput>,
) -> Answer<StatusCode> {
    let which = (input.purpose, input.language);
    texts::save(&desk.kernel, &caller, which, (&input.text, input.version)).await?;
    Ok(StatusCode::NO_CONTENT)
}
