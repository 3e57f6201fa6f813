//! `/mail/unsubscribe/{token}`: for mail programs, and for people who follow the link.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::response::Html;
use kernel::http::{Answer, Path, Problem};
use kernel::refusal::Refusal;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::commands;
use crate::Channels;

pub(crate) fn router() -> OpenApiRouter<Channels> {
    OpenApiRouter::new().routes(routes!(ask, say_no))
}

/// The words of the page in the language of the browser.
struct Words {
    language: &'static str,
    direction: &'static str,
    question: &'static str,
    button: &'static str,
    done: &'static str,
}

const WORDS: [Words; 4] = [
    Words {
        language: "en",
        direction: "ltr",
        question: "Don’t want mail like this any more?",
        button: "Stop it",
        done: "Done. You won’t get mail like this any more. We still answer when you write to us.",
    },
    Words {
        language: "de",
        direction: "ltr",
        question: "Sie möchten solche Mails nicht mehr bekommen?",
        button: "Abbestellen",
        done: "Erledigt. Sie bekommen solche Mails nicht mehr. Wenn Sie uns schreiben, antworten \
            wir weiterhin.",
    },
    Words {
        language: "es",
        direction: "ltr",
        question: "¿No quiere recibir más correos como este?",
        button: "Darse de baja",
        done: "Hecho. Ya no recibirá correos como este. Si nos escribe, le seguiremos \
            respondiendo.",
    },
    Words {
        language: "ar",
        direction: "rtl",
        question: "لا ترغب في تلقي رسائل كهذه بعد الآن؟",
        button: "إلغاء الاشتراك",
        done: "تم. لن تصلك رسائل كهذه بعد الآن، وسنواصل الرد عليك عندما تراسلنا.",
    },
];

fn words(headers: &HeaderMap) -> &'static Words {
    let wanted = headers
        .get(ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_lowercase();
    let known = |tag: &str| {
        WORDS
            .iter()
            .find(|words| tag.trim().starts_with(words.language))
    };
    let [english, ..] = &WORDS;
    wanted.split(',').find_map(known).unwrap_or(english)
}

fn page(words: &Words, body: &str) -> Html<String> {
    Html(format!(
        "<!DOCTYPE html><html lang=\"{}\" dir=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{}</title></head>\
         <body><main>{body}</main></body></html>",
        words.language, words.direction, words.question
    ))
}

/// Ask whether mail of this kind should stop; looking changes nothing, since mail filters follow
/// links as well.
#[utoipa::path(get, path = "/mail/unsubscribe/{token}", tag = "mail",
    operation_id = "ask_unsubscribe", params(("token" = String, Path)),
    responses((status = 200, description = "A page with one button.", body = String,
        content_type = "text/html"), (status = 404, body = Problem)))]
async fn ask(
    State(channels): State<Channels>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Answer<Html<String>> {
    if !commands::is_valid(&channels.desk.kernel, &token) {
        return Err(Refusal::NotFound { what: "link" }.into());
    }
    let words = words(&headers);
    let form = format!(
        "<h1>{}</h1><form method=\"post\"><button>{}</button></form>",
        words.question, words.button
    );
    Ok(page(words, &form))
}

/// Stop mail of this kind to this address: one click in the mail program (RFC 8058) or the button
/// of the page.
#[utoipa::path(post, path = "/mail/unsubscribe/{token}", tag = "mail",
    operation_id = "unsubscribe", params(("token" = String, Path)),
    responses((status = 200, description = "It is done.", body = String,
        content_type = "text/html"), (status = 404, body = Problem)))]
async fn say_no(
    State(channels): State<Channels>,
    Path(token): Path<String>,
    headers: HeaderMap,
) -> Answer<Html<String>> {
    commands::say_no(&channels.desk.kernel, &token).await?;
    let words = words(&headers);
    Ok(page(words, &format!("<h1>{}</h1>", words.done)))
}
