//! Real mails of three open-source reply parsers: `quotes` in the corpus.
//!
//! Each is judged by its beginning and its end as a careful human reads it, so that nothing of
//! their text is copied here.
#![cfg(test)]

use std::path::{Path, PathBuf};

use language::quotes::{fold_html, fold_text, written};
use mail_parser::MessageParser;

fn folder(name: &str) -> Option<PathBuf> {
    let root = std::env::var("EVENKEEL_CORPUS")
        .unwrap_or_else(|_| format!("{}/../../../shared/data", env!("CARGO_MANIFEST_DIR")));
    let folder = Path::new(&root).join("quotes").join(name);
    if !folder.is_dir() {
        eprintln!("skipped: no corpus (set EVENKEEL_CORPUS)");
        return None;
    }
    Some(folder)
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .collect();
    files.sort();
    files
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn assert_lossless(name: &str, text: &str) {
    let mut at = 0;
    for segment in fold_text(text) {
        assert_eq!(segment.range.start, at, "{name}");
        assert!(segment.range.end > at, "{name}");
        at = segment.range.end;
    }
    assert_eq!(at, text.len(), "{name}");
}

#[test]
fn goldens_of_email_reply_trimmer() {
    let Some(folder) = folder("email_reply_trimmer") else {
        return;
    };
    let mails = files(&folder.join("emails"), "txt");
    let mut exact = 0;
    for mail in &mails {
        let name = mail.file_name().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(mail).unwrap();
        assert_lossless(name, &text);
        let golden = std::fs::read_to_string(folder.join("trimmed").join(name)).unwrap();
        let own = written(&text);
        if words(&own) == words(&golden) {
            exact += 1;
        } else {
            eprintln!("not exact: {name}: {:?}", words(&own).join(" "));
        }
    }
    eprintln!(
        "email_reply_trimmer: {exact} of {} exact, all lossless",
        mails.len()
    );
    assert_eq!(mails.len(), 24);
    assert_eq!(exact, 24);
}

/// A mail, the first and last words that its sender wrote, and how many words these are.
type Evident = (&'static str, &'static str, &'static str, usize);

fn judge(evident: &[Evident], read: impl Fn(&str) -> String) -> usize {
    let mut right = 0;
    for (name, first, last, count) in evident {
        let own = read(name);
        let found = words(&own);
        let (begin, end) = (words(first), words(last));
        if found.starts_with(&begin) && found.ends_with(&end) && found.len() == *count {
            right += 1;
        } else {
            eprintln!(
                "not as a human reads it: {name} ({}): {:?}",
                found.len(),
                found.join(" ")
            );
        }
    }
    right
}

const ZAPIER: &[Evident] = &[
    ("correct_sig", "this is", "-- signature.", 9),
    ("email_1_1", "Hi folks", "-Abhishek Kona", 30),
    ("email_1_2", "Hi, On", "individually.\"", 153),
    ("email_1_3", "Oh thanks.", "-Abhishek Kona", 10),
    ("email_1_4", "Awesome! I", "with it.", 8),
    ("email_1_5", "One: Here's", "a while.", 87),
    ("email_1_6", "I get", "as well.", 6),
    ("email_1_7", ":+1:", ":+1:", 1),
    ("email_1_8", "On Tue,", "under this.", 110),
    ("email_2_1", "Outlook with", "a reply", 4),
    ("email_2_2", "Outlook with", "above line", 7),
    ("email_2_3", "Outlook with", "unusual format", 9),
    ("email_BlackBerry", "Here is", "another email", 4),
    ("email_bullets", "test 2", "and another", 20),
    ("email_gmail", "This is", "github message.", 11),
    ("email_headers_no_delimiter", "And another", "reply!", 3),
    ("email_iPhone", "Here is", "another email", 4),
    (
        "email_multi_word_sent_from_my_mobile_device",
        "Here is",
        "another email",
        4,
    ),
    ("email_one_is_not_on", "Thank, this", "I run...", 16),
    ("email_partial_quote_header", "On your", "not working.", 29),
    (
        "email_sent_from_my_not_signature",
        "Here is",
        "mobile phone.",
        15,
    ),
    (
        "email_sig_delimiter_in_middle_of_line",
        "Hi there!",
        "kthxbai",
        16,
    ),
    ("greedy_on", "On your", "not working.", 29),
    ("pathological", "I think", "a computer.", 21),
];

#[test]
fn replies_of_zapier() {
    let Some(folder) = folder("zapier") else {
        return;
    };
    let right = judge(ZAPIER, |name| {
        let text = std::fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap();
        assert_lossless(name, &text);
        written(&text).into_owned()
    });
    eprintln!("zapier: {right} of {} as a human reads them", ZAPIER.len());
    assert_eq!(right, ZAPIER.len());
}

const TALON: &[Evident] = &[
    ("android", "Hello", "Hello", 1),
    ("aol", "Hello", "Hello", 1),
    ("apple_mail", "Hello", "Hello", 1),
    ("apple_mail_2", "Hello", "Hello", 1),
    ("comcast", "Hello", "Hello", 1),
    ("gmail", "Hello", "Hello", 1),
    ("hotmail", "Hello", "Hello", 1),
    ("iphone", "Hello", "Hello", 1),
    ("outlook", "Hello", "Hello", 1),
    ("sparrow", "Hello", "Hello", 1),
    ("thunderbird", "On 04/02/2012", "Hello", 10),
    ("yahoo", "Hello", "Hello", 1),
];

/// The plain text and the HTML of a mail.
fn bodies(file: &Path) -> (Option<String>, Option<String>) {
    let raw = std::fs::read(file).unwrap();
    let mail = MessageParser::default().parse(&raw).unwrap();
    let part = |index: Option<&u32>| {
        Some(
            mail.parts
                .get(usize::try_from(*index?).ok()?)?
                .text_contents()?
                .to_owned(),
        )
    };
    let html =
        part(mail.html_body.first()).filter(|html| html.contains('<') && html.contains("</"));
    (part(mail.text_body.first()), html)
}

#[test]
fn replies_of_talon() {
    let Some(folder) = folder("talon") else {
        return;
    };
    let right = judge(TALON, |name| {
        let file = folder.join("standard_replies").join(format!("{name}.eml"));
        let text = bodies(&file).0.unwrap();
        assert_lossless(name, &text);
        written(&text).into_owned()
    });
    eprintln!(
        "talon, plain text: {right} of {} as a human reads them",
        TALON.len()
    );
    assert_eq!(right, TALON.len());
}

/// The text of folded HTML outside of its folds, and the text of all of it.
fn texts(html: &str) -> (String, String) {
    let (mut outside, mut all) = (String::new(), String::new());
    let mut depth: Option<usize> = None;
    for (index, piece) in html.split('<').enumerate() {
        let (tag, text) = match piece.split_once('>') {
            Some((tag, text)) if index > 0 => (tag, text),
            _ => ("", piece),
        };
        let is_silent = matches!(tag.split(' ').next(), Some("style" | "script" | "title"));
        if tag.starts_with("div data-fold=") {
            depth = Some(depth.map_or(1, |it| it + 1));
        } else if tag == "div" || tag.starts_with("div ") {
            depth = depth.map(|it| it + 1);
        } else if tag == "/div" {
            depth = depth.and_then(|it| it.checked_sub(1)).filter(|it| *it > 0);
        }
        if is_silent {
            continue;
        }
        let text = text
            .replace("&nbsp;", " ")
            .replace("&lt;", "<")
            .replace("&gt;", ">");
        let sinks = [Some(&mut all), depth.is_none().then_some(&mut outside)];
        for sink in sinks.into_iter().flatten() {
            if !matches!(tag.trim_start_matches('/'), "b" | "span" | "a" | "i") {
                sink.push(' ');
            }
            sink.push_str(&text);
        }
    }
    (outside, all)
}

const HTML: &[Evident] = &[
    ("quotequail/apple_forward", "test", "blah", 2),
    ("quotequail/apple_reply", "Foo", "Bar", 2),
    ("quotequail/gmail_forward", "test", "blah", 2),
    ("quotequail/gmail_reply", "foo", "bar", 2),
    (
        "quotequail/ios_mail_reply_unescaped_address",
        "Sounds good,",
        "at 2.",
        7,
    ),
    ("quotequail/mailru_forward", "Дорогой Петр,", "Это тест!", 4),
    (
        "quotequail/mailru_forward_unwrapped",
        "Дорогой Петр,",
        "Это тест!",
        4,
    ),
    (
        "quotequail/outlook_forward",
        "Original message",
        "More text",
        4,
    ),
    ("quotequail/outlook_forward_unwrapped", "Hi Foo,", "John", 7),
    (
        "quotequail/outlook_forward_unwrapped_top",
        "Original message",
        "More text",
        4,
    ),
    ("quotequail/thunderbird_forward", "Dear John,", "a test.", 6),
    (
        "quotequail/thunderbird_forward_unwrapped",
        "Dear John,",
        "a test.",
        6,
    ),
    (
        "quotequail/yahoo_reply_unescaped_address",
        "Thanks Jane,",
        "Dan",
        18,
    ),
    ("talon/OLK_SRC_BODY_SECTION", "Reply", "Reply", 1),
    ("talon/reply-separated-by-hr", "Hi there", "Bob", 3),
    ("talon/html_replies/gmail", "Hi. I", "Alex", 6),
    ("talon/html_replies/hotmail", "Hi. I", "Alex", 6),
    ("talon/html_replies/mail_ru", "Hi. I", "Alex", 6),
    ("talon/html_replies/ms_outlook_2003", "Hi. I", "Alex", 6),
    ("talon/html_replies/ms_outlook_2007", "Hi. I", "Alex", 6),
    ("talon/html_replies/ms_outlook_2010", "Hi. I", "Alex", 6),
    ("talon/html_replies/thunderbird", "Hi. I", "Alex", 6),
    ("talon/html_replies/windows_mail", "Hi. I", "Alex", 6),
    ("talon/html_replies/yandex_ru", "Hi. I", "Alex", 6),
];

#[test]
fn html_of_quotequail_and_talon() {
    let Some(folder) = folder("talon").and_then(|it| it.parent().map(Path::to_path_buf)) else {
        return;
    };
    let right = judge(HTML, |name| {
        let html = std::fs::read_to_string(folder.join(format!("{name}.html"))).unwrap();
        texts(&fold_html(&html)).0
    });
    eprintln!("html: {right} of {} as a human reads them", HTML.len());
    assert_eq!(right, HTML.len());
}

const TALON_HTML: &[Evident] = &[
    ("standard_replies/android", "Hello", "Hello", 1),
    ("standard_replies/aol", "Hello", "Hello", 1),
    ("standard_replies/comcast", "Hello", "Hello", 1),
    ("standard_replies/gmail", "Hello", "Hello", 1),
    ("standard_replies/hotmail", "Hello", "Hello", 1),
    ("standard_replies/outlook", "Allo! Follow", "MIME!", 4),
    ("standard_replies/sparrow", "Hello", "Hello", 1),
    (
        "reply-quotations-share-block",
        "Hi Katharine.",
        "Jhon Doe",
        67,
    ),
];

#[test]
fn html_replies_of_talon() {
    let Some(folder) = folder("talon") else {
        return;
    };
    let right = judge(TALON_HTML, |name| {
        let html = bodies(&folder.join(format!("{name}.eml"))).1.unwrap();
        texts(&fold_html(&html)).0
    });
    eprintln!(
        "talon, HTML: {right} of {} as a human reads them",
        TALON_HTML.len()
    );
    assert_eq!(right, TALON_HTML.len());
}

#[test]
fn folding_html_changes_no_word() {
    let Some(folder) = folder("talon").and_then(|it| it.parent().map(Path::to_path_buf)) else {
        return;
    };
    for (name, ..) in HTML {
        let html = std::fs::read_to_string(folder.join(format!("{name}.html"))).unwrap();
        let folded = fold_html(&html);
        let twice = fold_html(&folded);
        assert_eq!(words(&texts(&folded).1), words(&texts(&twice).1), "{name}");
        assert!(
            folded.contains("data-fold") == twice.contains("data-fold"),
            "{name}"
        );
    }
}
