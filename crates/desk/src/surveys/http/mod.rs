//! The edge of surveys: what the team sets up and reads, and the customer's page.

mod customer;

use axum::extract::State;
use axum::http::StatusCode;
use identity::Caller;
use kernel::http::{Answer, Json, Page, Path, Problem, Query};
use kernel::ids::{SurveyId, SurveySettingId, TagId, TeamId};
use kernel::time::Timestamp;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands::review::{self, BlindAnswer, SurveyAnswer};
use super::commands::settings;
use super::store::Whose;
use super::{About, CareLanguage, SurveyFigures, SurveyScope, SurveySetting};
use crate::Desk;
use crate::tickets::TicketType;

/// The routes of this noun.
pub fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new()
        .routes(routes!(list_settings, save_setting))
        .routes(routes!(remove_setting))
        .routes(routes!(list_reviews))
        .routes(routes!(attribute))
        .routes(routes!(list_answers))
        .routes(routes!(team_figures))
        .routes(routes!(my_answers))
        .routes(routes!(my_figures))
        .merge(customer::router())
}

/// How a scope is to ask its customers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SurveySettingInput {
    /// What it is for.
    scope: SurveyScope,
    /// Which brand, inbox or team; 0 for the workspace.
    scope_id: i64,
    /// The version that was read; 0 for a new one.
    version: i64,
    /// Whether customers are asked.
    enabled: bool,
    /// The language for customers whose language is unknown or not written yet.
    language: CareLanguage,
    /// How long after the work is done, in minutes; at most 30 days.
    delay_minutes: i64,
    /// A customer is asked at most once in so many days.
    apart_days: i64,
    /// How many of a hundred are asked.
    sample_percent: i64,
    /// How long an answer can be given and changed, in days.
    change_days: i64,
    /// Tickets with one of these tags are left out.
    #[serde(default)]
    excluded_tags: Vec<TagId>,
    /// Tickets of one of these types are left out.
    #[serde(default)]
    excluded_types: Vec<TicketType>,
}

/// All survey settings.
#[utoipa::path(get, path = "/survey-settings", tag = "surveys",
    operation_id = "list_survey_settings", security(("session" = []), ("token" = [])),
    responses((status = 200, body = Vec<SurveySetting>), (status = 403, body = Problem)))]
async fn list_settings(
    State(desk): State<Desk>,
    caller: Caller,
) -> Answer<Json<Vec<SurveySetting>>> {
    Ok(Json(settings::list(&desk.kernel, &caller).await?))
}

/// Set how the workspace, a brand, an inbox or a team asks its customers.
#[utoipa::path(put, path = "/survey-settings", tag = "surveys",
    operation_id = "save_survey_setting", request_body = SurveySettingInput,
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = SurveySetting), (status = 403, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn save_setting(
    State(desk): State<Desk>,
    caller: Caller,
    Json(input): Json<SurveySettingInput>,
) -> Answer<Json<SurveySetting>> {
    let wanted = SurveySetting {
        id: SurveySettingId(0),
        scope: input.scope,
        scope_id: input.scope_id,
        enabled: input.enabled,
        language: input.language,
        delay_minutes: input.delay_minutes,
        apart_days: input.apart_days,
        sample_percent: input.sample_percent,
        change_days: input.change_days,
        excluded_tags: input.excluded_tags,
        excluded_types: input.excluded_types,
        version: input.version,
    };
    Ok(Json(settings::save(&desk.kernel, &caller, wanted).await?))
}

/// Remove a survey setting; its scope then follows the more general one.
#[utoipa::path(delete, path = "/survey-settings/{id}", tag = "surveys",
    operation_id = "remove_survey_setting", params(("id" = SurveySettingId, Path)),
    security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem)))]
async fn remove_setting(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<SurveySettingId>,
) -> Answer<StatusCode> {
    settings::remove(&desk.kernel, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Words of customers that nobody has attributed yet: without names, marks or ticket.
#[utoipa::path(get, path = "/surveys/reviews", tag = "surveys",
    operation_id = "list_survey_reviews", params(PageQuery),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Page<BlindAnswer>), (status = 403, body = Problem)))]
async fn list_reviews(
    State(desk): State<Desk>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Answer<Json<Page<BlindAnswer>>> {
    let page = review::to_review(&desk.kernel, &caller, query.cursor.as_deref()).await?;
    Ok(Json(page))
}

/// What the words of an answer are about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttributionInput {
    /// The version that was read.
    version: i64,
    /// What they are about.
    about: About,
}

/// Say what the words of an answer are about.
#[utoipa::path(put, path = "/surveys/reviews/{id}", tag = "surveys",
    operation_id = "attribute_survey", params(("id" = SurveyId, Path)),
    request_body = AttributionInput, security(("session" = []), ("token" = [])),
    responses((status = 204), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)))]
async fn attribute(
    State(desk): State<Desk>,
    caller: Caller,
    Path(id): Path<SurveyId>,
    Json(input): Json<AttributionInput>,
) -> Answer<StatusCode> {
    let decision = (input.version, input.about);
    review::attribute(&desk.kernel, &caller, id, decision).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which answers of customers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct AnswersQuery {
    /// Only those of tickets that ended in this team's queue.
    team_id: Option<TeamId>,
    /// `next` of the page before.
    cursor: Option<String>,
}

fn whose(team: Option<TeamId>) -> Whose {
    team.map_or(Whose::All, Whose::Team)
}

/// What customers answered, newest first; without the agents' names.
#[utoipa::path(get, path = "/surveys/answers", tag = "surveys",
    operation_id = "list_survey_answers", params(AnswersQuery),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Page<SurveyAnswer>), (status = 403, body = Problem)))]
async fn list_answers(
    State(desk): State<Desk>,
    caller: Caller,
    Query(query): Query<AnswersQuery>,
) -> Answer<Json<Page<SurveyAnswer>>> {
    let (whose, cursor) = (whose(query.team_id), query.cursor.as_deref());
    Ok(Json(
        review::answers(&desk.kernel, &caller, whose, cursor).await?,
    ))
}

/// Which figures.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct FiguresQuery {
    /// Only tickets that ended in this team's queue.
    team_id: Option<TeamId>,
    /// Surveys due from then on; 90 days before `to` when left out.
    from: Option<Timestamp>,
    /// Surveys due before then; now when left out.
    to: Option<Timestamp>,
}

/// The same for the caller alone.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct MyFiguresQuery {
    /// Surveys due from then on; 90 days before `to` when left out.
    from: Option<Timestamp>,
    /// Surveys due before then; now when left out.
    to: Option<Timestamp>,
}

const DAYS: i64 = 90;

fn span(desk: &Desk, from: Option<Timestamp>, to: Option<Timestamp>) -> (Timestamp, Timestamp) {
    let to = to.unwrap_or_else(|| desk.kernel.clock.now());
    (
        from.unwrap_or_else(|| to.minus(super::rules::days(DAYS))),
        to,
    )
}

/// What answers come to in numbers, for everybody or a team.
#[utoipa::path(get, path = "/surveys/figures", tag = "surveys",
    operation_id = "survey_figures", params(FiguresQuery),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = SurveyFigures), (status = 403, body = Problem),
        (status = 422, body = Problem)))]
async fn team_figures(
    State(desk): State<Desk>,
    caller: Caller,
    Query(query): Query<FiguresQuery>,
) -> Answer<Json<SurveyFigures>> {
    let (span, whose) = (span(&desk, query.from, query.to), whose(query.team_id));
    Ok(Json(
        review::figures(&desk.kernel, &caller, whose, span).await?,
    ))
}

/// What customers said to me: everything that anybody sees about it.
#[utoipa::path(get, path = "/me/survey-answers", tag = "surveys",
    operation_id = "my_survey_answers", params(PageQuery),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = Page<SurveyAnswer>)))]
async fn my_answers(
    State(desk): State<Desk>,
    caller: Caller,
    Query(query): Query<PageQuery>,
) -> Answer<Json<Page<SurveyAnswer>>> {
    let (whose, cursor) = (Whose::Agent(caller.agent), query.cursor.as_deref());
    Ok(Json(
        review::answers(&desk.kernel, &caller, whose, cursor).await?,
    ))
}

/// What answers to me come to in numbers.
#[utoipa::path(get, path = "/me/survey-figures", tag = "surveys",
    operation_id = "my_survey_figures", params(MyFiguresQuery),
    security(("session" = []), ("token" = [])),
    responses((status = 200, body = SurveyFigures), (status = 422, body = Problem)))]
async fn my_figures(
    State(desk): State<Desk>,
    caller: Caller,
    Query(query): Query<MyFiguresQuery>,
) -> Answer<Json<SurveyFigures>> {
    let (span, whose) = (
        span(&desk, query.from, query.to),
        Whose::Agent(caller.agent),
    );
    Ok(Json(
        review::figures(&desk.kernel, &caller, whose, span).await?,
    ))
}
