//! The customer's page as HTML. Pure; works without scripts, with a keyboard and a screen reader,
//! in both directions of writing, and on a phone.

use super::rules::{Reply, ReplyProblem};
use super::words::{Words, words};
use super::{CareLanguage, Solved, Treatment};

/// `text` for HTML, in and out of attributes.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

const STYLE: &str = "*{box-sizing:border-box}body{margin:0;font:1.0625rem/1.6 system-ui,\
    sans-serif;color:#1c2733;background:#f4f6f8}main{max-width:38rem;margin:0 auto;\
    padding:2.5rem 1.25rem 4rem}h1{font-size:1.5rem;line-height:1.3}fieldset{border:0;\
    padding:0;margin:2rem 0}legend,label.text{font-weight:600;padding:0}.hint{margin:.25rem 0;\
    color:#4d5b69}.choice{display:flex;gap:.75rem;align-items:center;min-height:2.75rem;\
    padding:.35rem .9rem;margin:.4rem 0;background:#fff;border:1px solid #8795a3;\
    border-radius:.5rem;cursor:pointer}.choice:has(:checked){border-color:#1f5f99;\
    box-shadow:inset 0 0 0 1px #1f5f99}.choice input{width:1.2rem;height:1.2rem;flex:none;\
    accent-color:#1f5f99}textarea{display:block;width:100%;min-height:8rem;margin-top:.5rem;\
    padding:.75rem;font:inherit;color:inherit;background:#fff;border:1px solid #8795a3;\
    border-radius:.5rem}button{min-height:2.75rem;padding:.6rem 1.4rem;font:inherit;\
    font-weight:600;color:#fff;background:#1f5f99;border:0;border-radius:.5rem;cursor:pointer}\
    :focus-visible,.choice:focus-within{outline:3px solid #1f5f99;outline-offset:2px}\
    .problem{padding:.75rem 1rem;background:#fdeceb;border-inline-start:4px solid #b3261e;\
    border-radius:.25rem}a{color:#1f5f99}@media(prefers-color-scheme:dark){body{color:#e4e9ee;\
    background:#141a20}.hint{color:#aab6c2}.choice,textarea{background:#1c242c;\
    border-color:#6d7b89}.choice:has(:checked),.choice:focus-within{border-color:#7db8ec}\
    .choice:has(:checked){box-shadow:inset 0 0 0 1px #7db8ec}.choice input{accent-color:#7db8ec}\
    :focus-visible,.choice:focus-within{outline-color:#7db8ec}a{color:#7db8ec}\
    button{color:#10202f;background:#7db8ec}.problem{background:#3a1d1c;\
    border-color:#f2b8b5}}";

/// A whole page around `body`.
pub fn frame(language: CareLanguage, title: &str, body: &str) -> String {
    let direction = words(language).direction;
    format!(
        "<!DOCTYPE html><html lang=\"{}\" dir=\"{direction}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><meta name=\"color-scheme\" \
         content=\"light dark\"><title>{title}</title><style>{STYLE}</style></head>\
         <body><main>{body}</main></body></html>",
        language.as_str(),
        title = escape(title),
    )
}

/// The questions. `reply` is what is marked; a problem is told above them.
pub fn questions(
    language: CareLanguage,
    from: &str,
    reply: &Reply,
    problem: Option<ReplyProblem>,
) -> String {
    let words = words(language);
    let problem = problem.map(|problem| match problem {
        ReplyProblem::Empty => words.empty,
        ReplyProblem::TooLong => words.too_long,
    });
    let told = problem.map_or_else(String::new, |text| {
        format!("<p class=\"problem\" role=\"alert\" id=\"problem\">{text}</p>")
    });
    let solved = words
        .solved_choices()
        .map(|(it, label)| choice("solved", it.as_str(), label, reply.solved == Some(it)));
    let treatment = words
        .treatment_choices()
        .map(|(it, label)| choice("treatment", it.as_str(), label, reply.treatment == Some(it)));
    let title = match problem {
        Some(problem) => format!("{problem} – {}", words.subject),
        None => words.subject.to_owned(),
    };
    let body = format!(
        "<h1>{}</h1><p class=\"hint\">{}</p>{told}<form method=\"post\">\
         <fieldset><legend>{}</legend>{}</fieldset>\
         <fieldset aria-describedby=\"about\"><legend>{}</legend>\
         <p class=\"hint\" id=\"about\">{}</p>{}</fieldset>\
         <label class=\"text\" for=\"text\">{}</label>\
         <textarea id=\"text\" name=\"text\" maxlength=\"4000\" dir=\"auto\">{}</textarea>\
         <p class=\"hint\">{}</p><p><button>{}</button></p></form>",
        words.subject,
        escape(from),
        words.was_it_solved,
        solved.collect::<String>(),
        words.how_treated,
        words.how_treated_hint,
        treatment.collect::<String>(),
        words.more,
        escape(&reply.text),
        words.privacy,
        words.send,
    );
    frame(language, &title, &body)
}

fn choice(name: &str, value: &str, label: &str, marked: bool) -> String {
    let checked = if marked { " checked" } else { "" };
    format!(
        "<label class=\"choice\"><input type=\"radio\" name=\"{name}\" value=\"{value}\"{checked}>\
         <span>{label}</span></label>"
    )
}

/// The page after an answer.
pub fn thanks(language: CareLanguage) -> String {
    let words = words(language);
    let body = format!(
        "<h1>{}</h1><p>{}</p><p><a href=\"?\">{}</a></p>",
        words.thanks, words.can_change, words.change
    );
    frame(language, words.thanks, &body)
}

/// The page when it is too late to answer.
pub fn over(language: CareLanguage) -> String {
    told(language, |words| words.over)
}

/// The page for a link that is none of ours.
pub fn unknown(language: CareLanguage) -> String {
    told(language, |words| words.unknown)
}

fn told(language: CareLanguage, text: fn(&Words) -> &'static str) -> String {
    let words = words(language);
    let body = format!("<h1>{}</h1><p>{}</p>", words.subject, text(words));
    frame(language, words.subject, &body)
}

/// The answers that a link or a form names; what is none of ours is nothing.
pub fn marked(
    solved: Option<&str>,
    treatment: Option<&str>,
) -> (Option<Solved>, Option<Treatment>) {
    (
        solved.and_then(|word| word.parse().ok()),
        treatment.and_then(|word| word.parse().ok()),
    )
}
