//! `/surveys/page/{token}`: the customer's page, without signing in and without scripts.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{Html, IntoResponse, Response};
use kernel::http::{Answer, Path, Query};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::commands::answer::{self, Taken};
use super::super::rules::{self, Reply, ReplyProblem};
use super::super::{CareLanguage, page};
use crate::Desk;

pub(super) fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new().routes(routes!(show, send))
}

/// What a link of the mail marks beforehand.
#[derive(Debug, Deserialize, IntoParams)]
pub struct MarkQuery {
    /// The answer to "was it solved?"; anything else marks nothing.
    solved: Option<String>,
}

/// What the form sends.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct SurveyForm {
    /// The answer to "was it solved?".
    solved: Option<String>,
    /// The answer to "how did the person treat you?".
    treatment: Option<String>,
    /// What else the customer says.
    #[serde(default)]
    text: String,
}

fn html(status: StatusCode, page: String) -> Response {
    // It shows what one person said.
    (status, [(CACHE_CONTROL, "no-store")], Html(page)).into_response()
}

/// Show the questions; looking changes nothing, since mail filters follow links as well.
#[utoipa::path(get, path = "/surveys/page/{token}", tag = "surveys",
    operation_id = "show_survey", params(("token" = String, Path), MarkQuery),
    responses((status = 200, description = "A page with a form.", body = String,
        content_type = "text/html"),
        (status = 404, description = "The link is none of ours.", body = String,
        content_type = "text/html"),
        (status = 410, description = "The time for answers is over.", body = String,
        content_type = "text/html")))]
async fn show(
    State(desk): State<Desk>,
    Path(token): Path<String>,
    Query(query): Query<MarkQuery>,
) -> Answer<Response> {
    let Some(shown) = answer::shown(&desk, &token).await? else {
        return Ok(html(StatusCode::NOT_FOUND, page::unknown(CareLanguage::En)));
    };
    if !shown.open {
        return Ok(html(StatusCode::GONE, page::over(shown.language)));
    }
    let (solved, _) = page::marked(query.solved.as_deref(), None);
    let reply = Reply {
        solved: solved.or(shown.reply.solved),
        ..shown.reply
    };
    let page = page::questions(shown.language, &shown.from, &reply, None);
    Ok(html(StatusCode::OK, page))
}

/// Take an answer, or another one in its place.
#[utoipa::path(post, path = "/surveys/page/{token}", tag = "surveys",
    operation_id = "answer_survey", params(("token" = String, Path)),
    request_body(content = SurveyForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "It arrived.", body = String,
        content_type = "text/html"),
        (status = 404, description = "The link is none of ours.", body = String,
        content_type = "text/html"),
        (status = 410, description = "The time for answers is over.", body = String,
        content_type = "text/html"),
        (status = 422, description = "The form again, with what is wrong.", body = String,
        content_type = "text/html")))]
async fn send(
    State(desk): State<Desk>,
    Path(token): Path<String>,
    form: Result<Form<SurveyForm>, FormRejection>,
) -> Answer<Response> {
    let Some(shown) = answer::shown(&desk, &token).await? else {
        return Ok(html(StatusCode::NOT_FOUND, page::unknown(CareLanguage::En)));
    };
    // What can't be read is an empty answer: the form comes again and says so.
    let form = form.map(|Form(form)| form).unwrap_or_default();
    let (solved, treatment) = page::marked(form.solved.as_deref(), form.treatment.as_deref());
    let given = Reply {
        solved,
        treatment,
        text: form.text,
    };
    let again = |problem: ReplyProblem| {
        let page = page::questions(shown.language, &shown.from, &given, Some(problem));
        html(StatusCode::UNPROCESSABLE_ENTITY, page)
    };
    let reply = match rules::check_reply(given.clone()) {
        Ok(reply) => reply,
        Err(problem) => return Ok(again(problem)),
    };
    Ok(match answer::answer(&desk, &token, reply).await? {
        Taken::Yes => html(StatusCode::OK, page::thanks(shown.language)),
        Taken::TooLate => html(StatusCode::GONE, page::over(shown.language)),
        Taken::Unknown => html(StatusCode::NOT_FOUND, page::unknown(shown.language)),
    })
}
