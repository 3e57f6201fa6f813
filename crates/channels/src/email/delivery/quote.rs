//! The mail that is answered, quoted below the answer. Pure.
//!
//! It is marked as the big clients mark it, `blockquote type="cite"` under an attribution line,
//! and with classes of our own, so that whoever answers it, and our own folding, knows it again.

use desk::html;
use desk::messages::deliveries::Answered;
use kernel::time::Timestamp;

/// The class of the attribution line and the quote together.
pub const QUOTE_CLASS: &str = "evenkeel_quote";
/// Longest text quoted, in characters; what is older stands further up in the customer's mailbox.
const TEXT_CHARS_MAX: usize = 20_000;
/// Longest HTML quoted, in bytes; beyond it the text is quoted.
const HTML_BYTES_MAX: usize = 100_000;

/// A quote in both forms.
pub(super) struct Quote {
    pub(super) text: String,
    pub(super) html: String,
}

/// Quotes the customer's mail, in their language.
pub(super) fn quote(answered: &Answered, language: Option<&str>) -> Quote {
    let line = attribution(answered, language);
    let text: String = answered.text.chars().take(TEXT_CHARS_MAX).collect();
    let quoted: Vec<String> = text
        .trim_end()
        .lines()
        .map(|line| match line {
            "" => ">".to_owned(),
            line if line.starts_with('>') => format!(">{line}"),
            line => format!("> {line}"),
        })
        .collect();
    let inner = if answered.html.len() > HTML_BYTES_MAX || answered.html.trim().is_empty() {
        html::from_text(&text).html
    } else {
        without_images(&answered.html)
    };
    let shown = html::from_text(&line).html;
    Quote {
        text: format!("{line}\n\n{}", quoted.join("\n")),
        html: format!(
            "<div class=\"{QUOTE_CLASS}\"><div class=\"{QUOTE_CLASS}_attribution\" dir=\"auto\">\
             {shown}</div><blockquote type=\"cite\" dir=\"auto\" style=\"margin:0 0 0 .8ex;\
             border-inline-start:1px solid #ccc;padding-inline-start:1ex\">{inner}</blockquote>\
             </div>"
        ),
    }
}

/// "On 2026-03-02 10:00 UTC, Ana <ana@x.y> wrote:" in the customer's language; English for those
/// not known here. The date is written with digits, as every language reads it.
fn attribution(answered: &Answered, language: Option<&str>) -> String {
    let who = match (answered.author.name.trim(), answered.author.email.as_str()) {
        ("", email) => email.to_owned(),
        (name, "") => name.to_owned(),
        (name, email) => format!("{name} <{email}>"),
    };
    let pattern = pattern(language.unwrap_or_default());
    pattern
        .replace("{date}", &date(answered.at))
        .replace("{who}", &who)
}

fn pattern(language: &str) -> &'static str {
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    match primary.to_ascii_lowercase().as_str() {
        "ar" => "في {date}، كتب {who}:",
        "bg" => "На {date} {who} написа:",
        "ca" => "El {date}, {who} va escriure:",
        "cs" => "Dne {date} {who} napsal(a):",
        "da" => "Den {date} skrev {who}:",
        "de" => "Am {date} schrieb {who}:",
        "el" => "Στις {date}, {who} έγραψε:",
        "es" => "El {date}, {who} escribió:",
        "fi" => "{who} kirjoitti {date}:",
        "fr" => "Le {date}, {who} a écrit :",
        "he" => "ב-{date} מאת {who}:",
        "hu" => "{who} ezt írta ({date}):",
        "id" => "Pada {date}, {who} menulis:",
        "it" => "Il {date} {who} ha scritto:",
        "ja" => "{date} {who}:",
        "ko" => "{date} {who} 작성:",
        "nb" | "no" | "nn" => "Den {date} skrev {who}:",
        "nl" => "Op {date} schreef {who}:",
        "pl" => "Dnia {date} {who} napisał(a):",
        "pt" => "Em {date}, {who} escreveu:",
        "ro" => "În data de {date}, {who} a scris:",
        "ru" => "{date}, {who} пишет:",
        "sv" => "Den {date} skrev {who}:",
        "tr" => "{who}, {date} tarihinde şunu yazdı:",
        "uk" => "{date}, {who} пише:",
        "vi" => "Vào {date}, {who} đã viết:",
        "zh" => "{who} 于 {date} 写道：",
        _ => "On {date}, {who} wrote:",
    }
}

fn date(at: Timestamp) -> String {
    // The ISO form without seconds: `2026-03-02 10:00 UTC`.
    let text = at.to_jiff().to_string();
    let day = text.get(..10).unwrap_or(&text);
    let time = text.get(11..16).unwrap_or_default();
    format!("{day} {time} UTC")
}

/// The HTML without its images: those inside the customer's mail are not sent back, and remote
/// ones would tell their owner. Attribute values may hold `>`, so quotes are heeded.
fn without_images(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find("<img") {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let mut quoted = None;
        let end = tag.char_indices().find(|&(_, c)| match quoted {
            Some(open) if c == open => {
                quoted = None;
                false
            }
            Some(_) => false,
            None if matches!(c, '"' | '\'') => {
                quoted = Some(c);
                false
            }
            None => c == '>',
        });
        rest = match end {
            Some((end, _)) => tag.get(end.saturating_add(1)..).unwrap_or_default(),
            None => "",
        };
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use desk::messages::Mailbox;

    fn ana(text: &str, html: &str) -> Answered {
        Answered {
            author: Mailbox {
                email: "ana@x.test".into(),
                name: "Ana & Co".into(),
            },
            html: html.into(),
            text: text.into(),
            at: Timestamp::from_micros(1_772_442_000_000_000),
        }
    }

    #[test]
    fn the_answered_mail_stands_below_in_the_customers_language() {
        let mail = ana(
            "Hello\n\n> older\n",
            "<p>Hello <img alt=\"a>b\" src=\"x\">you</p>",
        );
        let english = quote(&mail, None);
        assert_eq!(
            english.text,
            "On 2026-03-02 09:00 UTC, Ana & Co <ana@x.test> wrote:\n\n> Hello\n>\n>> older"
        );
        assert!(english.html.contains("<blockquote type=\"cite\""));
        assert!(
            english.html.contains("<p>Hello you</p>"),
            "{}",
            english.html
        );
        assert!(english.html.contains("Ana &amp; Co &lt;ana@x.test&gt;"));
        let german = quote(&mail, Some("de-AT"));
        assert!(
            german
                .text
                .starts_with("Am 2026-03-02 09:00 UTC schrieb Ana")
        );
        assert!(quote(&mail, Some("ar")).text.contains("كتب Ana & Co"));
        assert!(quote(&mail, Some("xx")).text.starts_with("On "));
    }

    #[test]
    fn long_mails_and_open_tags_do_no_harm() {
        let long = ana(&"a\n".repeat(50_000), &"<p>x</p>".repeat(50_000));
        let quote = quote(&long, None);
        assert!(quote.text.len() < 60_000 && quote.html.len() < 200_000);
        assert_eq!(without_images("a<img src=\"x"), "a");
        assert_eq!(without_images("<IMG><p>"), "<IMG><p>");
    }
}
