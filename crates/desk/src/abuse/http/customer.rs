//! `/abuse/page/{token}`: where a customer objects, without signing in and without scripts.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{Html, IntoResponse, Response};
use kernel::http::{Answer, Path};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Desk;
use crate::abuse::commands::appeal::{self, Shown};
use crate::abuse::{CareLanguage, rules, words};
use crate::surveys::page::{self, escape};

pub(super) fn router() -> OpenApiRouter<Desk> {
    OpenApiRouter::new().routes(routes!(show, send))
}

/// What the form sends.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct AppealForm {
    /// What the customer says.
    #[serde(default)]
    text: String,
}

fn html(status: StatusCode, page: String) -> Response {
    (status, [(CACHE_CONTROL, "no-store")], Html(page)).into_response()
}

fn form(language: CareLanguage, text: &str, is_wrong: bool) -> String {
    let words = words::page(language);
    let problem = if is_wrong {
        format!("<p class=\"problem\" role=\"alert\">{}</p>", words.problem)
    } else {
        String::new()
    };
    let body = format!(
        "<h1>{}</h1><p class=\"hint\">{}</p>{problem}<form method=\"post\">\
         <label class=\"text\" for=\"text\">{}</label><textarea id=\"text\" name=\"text\" \
         required maxlength=\"4000\" dir=\"auto\">{}</textarea><p><button>{}</button></p></form>",
        words.title,
        words.hint,
        words.label,
        escape(text),
        words.send
    );
    page::frame(language, words.title, &body)
}

fn told(language: CareLanguage, text: &str) -> String {
    page::frame(language, text, &format!("<h1>{text}</h1>"))
}

/// Show where to object; looking changes nothing.
#[utoipa::path(get, path = "/abuse/page/{token}", tag = "abuse", operation_id = "show_appeal",
    params(("token" = String, Path)),
    responses((status = 200, description = "A page with a form.", body = String,
        content_type = "text/html"),
        (status = 404, description = "The link is none of ours.", body = String,
        content_type = "text/html"),
        (status = 410, description = "There is nothing to object to.", body = String,
        content_type = "text/html")))]
async fn show(State(desk): State<Desk>, Path(token): Path<String>) -> Answer<Response> {
    Ok(match appeal::shown(&desk.kernel, &token).await? {
        Shown::Unknown => html(StatusCode::NOT_FOUND, page::unknown(CareLanguage::En)),
        Shown::Over(language) => html(StatusCode::GONE, told(language, words::page(language).over)),
        Shown::Open(language) => html(StatusCode::OK, form(language, "", false)),
    })
}

/// Object to a step.
#[utoipa::path(post, path = "/abuse/page/{token}", tag = "abuse", operation_id = "appeal_abuse",
    params(("token" = String, Path)),
    request_body(content = AppealForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "It arrived.", body = String,
        content_type = "text/html"),
        (status = 404, description = "The link is none of ours.", body = String,
        content_type = "text/html"),
        (status = 410, description = "There is nothing to object to.", body = String,
        content_type = "text/html"),
        (status = 422, description = "The form again, with what is wrong.", body = String,
        content_type = "text/html")))]
async fn send(
    State(desk): State<Desk>,
    Path(token): Path<String>,
    given: Result<Form<AppealForm>, FormRejection>,
) -> Answer<Response> {
    let language = match appeal::shown(&desk.kernel, &token).await? {
        Shown::Unknown => {
            return Ok(html(StatusCode::NOT_FOUND, page::unknown(CareLanguage::En)));
        }
        Shown::Over(language) => {
            return Ok(html(
                StatusCode::GONE,
                told(language, words::page(language).over),
            ));
        }
        Shown::Open(language) => language,
    };
    let given = given.map(|Form(form)| form.text).unwrap_or_default();
    let Ok(text) = rules::text("text", &given) else {
        return Ok(html(
            StatusCode::UNPROCESSABLE_ENTITY,
            form(language, &given, true),
        ));
    };
    let words = words::page(language);
    Ok(if appeal::object(&desk.kernel, &token, &text).await? {
        html(StatusCode::OK, told(language, words.thanks))
    } else {
        html(StatusCode::GONE, told(language, words.over))
    })
}
