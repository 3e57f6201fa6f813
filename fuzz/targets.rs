//! What must hold for every input, however hostile. Shared by the fuzz targets and by the test
//! that runs them on the stored corpus.

use ammonia::Builder;
use channels::email::parse::{Report, reports};
use channels::email::{addresses, parse, tokens};
use kernel::ids::TicketId;
use kernel::keys::Keys;
use language::quotes::{FOLD_ATTRIBUTE, Kind, fold_html, fold_text};
use std::collections::HashSet;
use std::sync::LazyLock;

/// A mail is read or refused, and what comes out is clean.
pub fn ingestion(data: &[u8]) {
    let _ = parse::glance(data);
    let Ok(mail) = parse::read(data) else {
        return;
    };
    assert!(
        !mail.subject.chars().any(char::is_control),
        "a subject is one line"
    );
    assert!(!mail.text.contains('\0') && mail.text.len() <= parse::BODY_BYTES_MAX);
    let people = mail.to.iter().chain(&mail.cc).chain(&mail.reply_to);
    for person in people.chain([&mail.from]) {
        assert!(
            !person.name.chars().any(char::is_control),
            "a name is one line"
        );
    }
    for file in &mail.attachments {
        assert!(!file.name.is_empty() && !file.name.contains(['/', '\\', '\r', '\n', '\0']));
        assert!(!file.content_type.contains(['\r', '\n']));
        assert!(!file.inline || file.content_type.starts_with("image/"));
    }
}

/// Addresses that come out are addresses.
pub fn addresses(data: &[u8]) {
    for hint in [None, Some("iso-2022-jp"), Some("big5")] {
        for person in addresses::parse_list(data, hint) {
            let Some((local, domain)) = person.address.rsplit_once('@') else {
                panic!("{:?} has no @", person.address);
            };
            assert!(!local.is_empty() && !domain.is_empty());
            let odd = |c: char| c.is_control() || c.is_whitespace() || "<>(),;\"".contains(c);
            assert!(!person.address.contains(odd), "{:?}", person.address);
            assert!(!person.name.chars().any(char::is_control));
        }
    }
}

/// Nobody guesses a token, and ours are read back for whom they were made, whoever that is.
pub fn reply_token(keys: &Keys, data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = tokens::is_notice(keys, &text);
    assert!(
        tokens::read(keys, &text).is_none(),
        "a forged token was read"
    );
    assert!(
        tokens::find(keys, &text).is_none(),
        "a forged token was found"
    );
    let token = tokens::make(keys, TicketId(12), &text);
    let Some(read) = tokens::read(keys, &token) else {
        panic!("{token} is ours and was not read");
    };
    assert!(read.ticket == TicketId(12) && read.is_for(keys, &text));
    let mut damaged = token;
    damaged.pop();
    assert!(
        tokens::read(keys, &damaged).is_none(),
        "a damaged token was read"
    );
}

/// A report is read or not, and what comes out is as short and clean as what acts on it expects.
pub fn delivery_report(data: &[u8]) {
    let is_line = |text: &str| !text.chars().any(char::is_control);
    let (id, details) = match reports::read(data) {
        None => return,
        Some(Report::Feedback(report)) => {
            assert!(is_line(&report.kind) && report.recipient.is_none_or(|it| is_line(&it)));
            (report.original_id, report.reply_details)
        }
        Some(Report::Delivery(report)) => {
            assert!((1..=100).contains(&report.recipients.len()));
            for it in report.recipients {
                let odd = |c: char| c.is_control() || c.is_whitespace();
                assert!(it.address.contains('@') && !it.address.contains(odd));
                assert!(it.status.chars().all(|c| c.is_ascii_digit() || c == '.'));
                assert!(is_line(&it.diagnostic) && it.diagnostic.chars().count() <= 500);
            }
            (report.original_id, report.reply_details)
        }
    };
    assert!(id.is_none_or(|id| is_line(&id)));
    assert!(details.iter().all(|detail| is_line(detail)));
}

/// Folds are marks: the parts of a text make up the text, and the words of a document stay, in
/// their order.
pub fn quote_folding(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let segments = fold_text(&text);
    let mut at = 0;
    for segment in &segments {
        assert_eq!(segment.range.start, at, "parts stand side by side");
        assert!(segment.range.end > at, "no part is empty");
        at = segment.range.end;
    }
    assert_eq!(at, text.len(), "they cover the text");
    let says = |text: &str| text.contains(char::is_alphanumeric);
    let written = segments.iter().filter(|it| it.kind == Kind::Written);
    let own: String = written.map(|it| &text[it.range.clone()]).collect();
    assert!(
        !says(&text) || !own.trim().is_empty(),
        "a mail never folds to emptiness"
    );
    let folded = fold_html(&text);
    // What was built to exhaust the reader comes out as its bare text.
    let rest = folded.replace("<br>", "");
    let is_bare = rest.matches('<').count() == 2 && !rest.contains(FOLD_ATTRIBUTE);
    assert!(folded.len() <= text.len() * 8 + 100);
    assert!(is_bare || seen(&folded) == seen(&text), "{folded}");
}

/// The letters of a document that people see.
fn seen(html: &str) -> String {
    static TEXT: LazyLock<Builder<'static>> = LazyLock::new(|| {
        let mut builder = Builder::empty();
        builder.clean_content_tags(HashSet::from([
            "script",
            "style",
            "title",
            "head",
            "template",
            "noscript",
            "iframe",
            "object",
            "embed",
            "svg",
            "math",
            "select",
            "textarea",
            "xmp",
            "noembed",
            "noframes",
            "plaintext",
            "audio",
            "video",
            "canvas",
        ]));
        builder
    });
    let text = TEXT.clean(html).to_string();
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
