//! A mail built anew (RFC 5322, MIME) from what a provider took apart. The same parts give the same
//! bytes, so that a repeated delivery is known by its hash. Pure.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::email::addresses::parse_list;
use crate::email::words::single_line;

const LINE_CHARS: usize = 76;
/// Bytes of an encoded word (RFC 2047, 2: at most 75 characters with its frame).
const WORD_BYTES: usize = 42;
/// Longest header line, well below the 998 of RFC 5322.
const HEADER_CHARS: usize = 900;
/// Headers that hold addresses, of which only the names may be encoded.
const ADDRESSES: [&str; 5] = ["From", "To", "Cc", "Reply-To", "Sender"];
/// All bodies are base64, in which no boundary can occur.
const MIXED: &str = "=_evenkeel_mixed";
const ALTERNATIVE: &str = "=_evenkeel_alternative";

/// A file of a mail.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) content_id: Option<String>,
    pub(super) bytes: Vec<u8>,
}

/// The parts of a mail.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    /// Headers without those that tell of the structure, in order; values in plain text.
    pub(super) headers: Vec<(String, String)>,
    pub(super) text: Option<String>,
    pub(super) html: Option<String>,
    pub(super) files: Vec<Part>,
}

impl Parts {
    /// Adds a header unless its value is empty.
    pub(super) fn header(&mut self, name: &str, value: &str) {
        if !value.trim().is_empty() {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// Whether a header tells of the structure, which is built anew.
pub(super) fn is_structure(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    name.starts_with("content-") || name == "mime-version"
}

/// The mail.
pub(super) fn build(parts: &Parts) -> Vec<u8> {
    let mut mail = String::new();
    for (name, value) in &parts.headers {
        header(&mut mail, name, value);
    }
    mail.push_str("MIME-Version: 1.0\r\n");
    if parts.files.is_empty() {
        body(&mut mail, parts);
    } else {
        mail.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=\"{MIXED}\"\r\n\r\n--{MIXED}\r\n"
        ));
        body(&mut mail, parts);
        for file in &parts.files {
            mail.push_str(&format!("--{MIXED}\r\n"));
            attach(&mut mail, file);
        }
        mail.push_str(&format!("--{MIXED}--\r\n"));
    }
    mail.into_bytes()
}

fn body(mail: &mut String, parts: &Parts) {
    match (&parts.text, &parts.html) {
        (Some(text), Some(html)) => {
            mail.push_str(&format!(
                "Content-Type: multipart/alternative; boundary=\"{ALTERNATIVE}\"\r\n\r\n"
            ));
            for (kind, text) in [("plain", text), ("html", html)] {
                mail.push_str(&format!("--{ALTERNATIVE}\r\n"));
                written(mail, kind, text);
            }
            mail.push_str(&format!("--{ALTERNATIVE}--\r\n"));
        }
        (None, Some(html)) => written(mail, "html", html),
        (text, None) => written(mail, "plain", text.as_deref().unwrap_or_default()),
    }
}

fn written(mail: &mut String, kind: &str, text: &str) {
    mail.push_str(&format!("Content-Type: text/{kind}; charset=utf-8\r\n"));
    base64(mail, text.as_bytes());
}

fn attach(mail: &mut String, file: &Part) {
    let kind = file
        .content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim();
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+".contains(c);
    let known = kind
        .split_once('/')
        .filter(|(a, b)| !a.is_empty() && !b.is_empty() && a.chars().chain(b.chars()).all(token))
        // A mail or a nested structure within base64 is not allowed (RFC 2046, 5.2.1 and 5.1).
        .filter(|(a, _)| {
            !a.eq_ignore_ascii_case("message") && !a.eq_ignore_ascii_case("multipart")
        });
    let kind = known.map_or("application/octet-stream", |_| kind);
    mail.push_str(&format!("Content-Type: {kind}\r\n"));
    let id = file
        .content_id
        .as_deref()
        .map(|id| id.trim_matches(['<', '>', ' ']));
    let id = id.filter(|id| !id.is_empty() && id.chars().all(|c| c.is_ascii_graphic()));
    let id = id.filter(|id| !id.contains(['<', '>']));
    if let Some(id) = id {
        mail.push_str(&format!("Content-ID: <{id}>\r\n"));
    }
    let place = if id.is_some() { "inline" } else { "attachment" };
    // RFC 2231: any name, in percent signs.
    let name: String = file.name.bytes().map(percent).collect();
    mail.push_str(&format!(
        "Content-Disposition: {place};\r\n filename*=utf-8''{name}\r\n"
    ));
    base64(mail, &file.bytes);
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

fn base64(mail: &mut String, bytes: &[u8]) {
    mail.push_str("Content-Transfer-Encoding: base64\r\n\r\n");
    // 57 bytes are 76 characters.
    for line in bytes.chunks(57) {
        STANDARD.encode_string(line, mail);
        mail.push_str("\r\n");
    }
}

/// One header, unable to begin another whatever its value is.
fn header(mail: &mut String, name: &str, value: &str) {
    let name = name.trim();
    let named = name
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b':');
    if name.is_empty() || name.len() > LINE_CHARS || !named || is_structure(name) {
        return;
    }
    mail.push_str(name);
    mail.push(':');
    let mut column = name.len().saturating_add(1);
    for word in words(name, &single_line(value)) {
        let fits = column.saturating_add(word.len()) < LINE_CHARS;
        if fits {
            mail.push(' ');
        } else {
            mail.push_str("\r\n ");
            column = 0;
        }
        column = column.saturating_add(word.len()).saturating_add(1);
        mail.push_str(&word);
    }
    mail.push_str("\r\n");
}

/// A value as words between which a line may be folded, all ASCII.
fn words(name: &str, value: &str) -> Vec<String> {
    if value.is_ascii() {
        let words = value.split_ascii_whitespace();
        return words
            .filter(|word| word.len() < HEADER_CHARS)
            .map(str::to_owned)
            .collect();
    }
    let is_address = ADDRESSES.iter().any(|it| it.eq_ignore_ascii_case(name));
    if !is_address {
        return encoded(value);
    }
    let mut words = Vec::new();
    let mailboxes = parse_list(value.as_bytes(), None);
    let count = mailboxes.len();
    for (at, mailbox) in mailboxes.into_iter().enumerate() {
        words.extend(encoded(&mailbox.name));
        let comma = if at.saturating_add(1) < count {
            ","
        } else {
            ""
        };
        words.push(format!("<{}>{comma}", mailbox.address));
    }
    words
}

/// Encoded words (RFC 2047), each within its 75 characters and whole in its letters.
fn encoded(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        word.push(letter);
        let next = letters.peek().map_or(WORD_BYTES, |next| next.len_utf8());
        if word.len().saturating_add(next) > WORD_BYTES {
            words.push(format!("=?utf-8?B?{}?=", STANDARD.encode(&word)));
            word.clear();
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::email::parse::parse;

    fn sample() -> Parts {
        let mut parts = Parts::default();
        for (name, value) in [
            ("From", "Zoë Ünal <zoe@x.test>"),
            (
                "To",
                "\"Shop, Support\" <support@shop.test>, Größe <b@x.test>",
            ),
            (
                "Subject",
                "Kaputte Lampe – 壊れたランプ, und noch viel mehr davon in dieser Zeile 🙂",
            ),
            ("Message-ID", "<1@x.test>"),
            ("Date", "Mon, 2 Mar 2026 10:00:00 +0100"),
        ] {
            parts.header(name, value);
        }
        parts.text = Some("Grüße\r\n.\r\nFrom here".to_owned());
        parts.html = Some("<p>Grüße</p>".to_owned());
        parts
    }

    #[test]
    fn a_mail_is_read_as_it_was_taken_apart() {
        let mut parts = sample();
        parts.files = vec![
            Part {
                name: "Größe \"x\";.pdf".to_owned(),
                content_type: "application/pdf; name=x".to_owned(),
                content_id: None,
                bytes: vec![0, 255, b'\n', 3],
            },
            Part {
                name: "logo.png".to_owned(),
                content_type: "image/png".to_owned(),
                content_id: Some("<logo@x>".to_owned()),
                bytes: vec![1; 1_000],
            },
        ];
        let raw = build(&parts);
        assert_eq!(raw, build(&parts), "always the same bytes");
        assert!(raw.is_ascii());
        assert!(raw.split(|&b| b == b'\n').all(|line| line.len() <= 100));
        let mail = parse(&raw).unwrap();
        assert_eq!(
            (mail.from.name.as_str(), mail.from.address.as_str()),
            ("Zoë Ünal", "zoe@x.test")
        );
        let to: Vec<_> = mail.to.iter().map(|to| (&*to.name, &*to.address)).collect();
        assert_eq!(
            to,
            [
                ("Shop, Support", "support@shop.test"),
                ("Größe", "b@x.test")
            ]
        );
        assert_eq!(
            mail.subject,
            "Kaputte Lampe – 壊れたランプ, und noch viel mehr davon in dieser Zeile 🙂"
        );
        assert_eq!(mail.message_id.as_deref(), Some("1@x.test"));
        assert_eq!(
            mail.text.trim_end().replace("\r\n", "\n"),
            "Grüße\n.\nFrom here"
        );
        assert_eq!(
            mail.html.as_deref().map(str::trim_end),
            Some("<p>Grüße</p>")
        );
        assert_eq!(mail.attachments.len(), 2);
        assert!(mail.attachments[0].name.starts_with("Größe"));
        assert_eq!(mail.attachments[0].bytes, [0, 255, b'\n', 3]);
        assert_eq!(mail.attachments[1].content_id.as_deref(), Some("logo@x"));
    }

    #[test]
    fn no_value_begins_a_header_of_its_own() {
        let mut parts = sample();
        parts.header("X-Evil", "a\r\nBcc: eve@x.test\r\n\r\nbody");
        parts.header("Bcc: eve@x.test\r\nX", "a");
        parts.header("X Y", "a");
        parts.header("Content-Type", "text/evil");
        parts.header("X-Long", &"x".repeat(5_000));
        parts.files = vec![Part {
            content_type: "text/x\r\nBcc: eve@x.test".to_owned(),
            content_id: Some("a>\r\nBcc: eve@x.test".to_owned()),
            ..Part::default()
        }];
        let text = String::from_utf8(build(&parts)).unwrap();
        assert!(!text.to_lowercase().contains("\nbcc:"), "{text}");
        assert!(text.contains("X-Evil: a Bcc: eve@x.test body\r\n"));
        assert!(!text.contains("evil\r\n") && !text.contains("X Y"));
        assert!(text.contains("application/octet-stream"));
    }

    #[test]
    fn one_body_stands_alone() {
        let html = Parts {
            text: None,
            ..sample()
        };
        assert_eq!(
            parse(&build(&html)).unwrap().html.unwrap().trim_end(),
            "<p>Grüße</p>"
        );
        let text = Parts {
            html: None,
            ..sample()
        };
        assert!(parse(&build(&text)).unwrap().text.starts_with("Grüße"));
        let none = Parts {
            text: None,
            html: None,
            ..sample()
        };
        assert_eq!(parse(&build(&none)).unwrap().text.trim(), "");
    }
}
