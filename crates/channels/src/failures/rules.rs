//! What is shown of a mail that could not be filed. Pure: text and numbers only, so nothing in it
//! can run, load or call home.

use crate::email::parse;

/// Most header lines shown, and the longest value, in characters.
pub const HEADERS_MAX: usize = 60;
const VALUE_CHARS_MAX: usize = 1_000;
/// How much of the text is shown, in characters.
pub const TEXT_CHARS_MAX: usize = 4_000;
/// Most files named.
const FILES_MAX: usize = 50;
/// How far into a mail headers are looked for, in bytes.
const SEARCHED_BYTES_MAX: usize = 256 * 1024;

/// A mail, as far as it is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Names and values of the header, unfolded, in order.
    pub headers: Vec<(String, String)>,
    /// Whether there are more.
    pub more_headers: bool,
    /// The beginning of the text.
    pub text: String,
    /// Whether there is more.
    pub more_text: bool,
    /// Whether the mail was read as such; otherwise `text` is what lies behind the header.
    pub readable: bool,
    /// Names, types and sizes in bytes of its files.
    pub files: Vec<(String, String, usize)>,
}

/// Reads what is shown.
pub fn preview(raw: &[u8]) -> Preview {
    let plain = plain_preview(raw);
    let Ok(parsed) = parse::read(raw) else {
        return plain;
    };
    let (text, more_text) = beginning(&parsed.text, TEXT_CHARS_MAX);
    let files = parsed.attachments.iter().take(FILES_MAX);
    Preview {
        text,
        more_text,
        readable: true,
        files: files
            .map(|file| {
                let (name, kind) = (file.name.clone(), file.content_type.clone());
                (name, kind, file.bytes.len())
            })
            .collect(),
        ..plain
    }
}

/// What is shown of bytes that are not to be read as a mail: lines up to the first empty one, and
/// what follows.
pub fn plain_preview(raw: &[u8]) -> Preview {
    let searched = raw.get(..SEARCHED_BYTES_MAX).unwrap_or(raw);
    let (head, body) = split(searched);
    let head = String::from_utf8_lossy(head);
    let mut headers: Vec<(String, String)> = Vec::new();
    let mut more_headers = false;
    for line in head.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut().filter(|_| !more_headers) {
                value.push(' ');
                value.push_str(line.trim());
            }
            continue;
        }
        if headers.len() == HEADERS_MAX {
            more_headers = true;
            break;
        }
        let (name, value) = line.split_once(':').unwrap_or(("", line));
        headers.push((shown(name), value.trim().to_owned()));
    }
    for (_, value) in &mut headers {
        *value = shown(value);
    }
    let (text, more_text) = beginning(&String::from_utf8_lossy(body), TEXT_CHARS_MAX);
    Preview {
        headers,
        more_headers,
        text,
        more_text: more_text || raw.len() > searched.len(),
        ..Preview::default()
    }
}

/// Header and what lies behind the first empty line.
fn split(raw: &[u8]) -> (&[u8], &[u8]) {
    let mut start = 0;
    for line in raw.split_inclusive(|&byte| byte == b'\n') {
        let next = start + line.len();
        if line.trim_ascii().is_empty() && start > 0 {
            let head = raw.get(..start).unwrap_or_default();
            return (head, raw.get(next..).unwrap_or_default());
        }
        start = next;
    }
    (raw, &[])
}

/// One line without what can't be seen, no longer than is shown.
fn shown(text: &str) -> String {
    let visible = text.chars().filter(|c| !c.is_control());
    visible.take(VALUE_CHARS_MAX).collect()
}

fn beginning(text: &str, chars: usize) -> (String, bool) {
    let visible = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let mut kept = text.chars().filter(visible);
    let beginning: String = kept.by_ref().take(chars).collect();
    (beginning, kept.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_shown_as_text() {
        let raw = b"From: Ana <ana@x.test>\r\nSubject: a\r\n long\r\n one\r\n\
            Content-Type: text/html\r\n\r\n<p>Hello <img src=\"https://spy.test/x.png\">\
            <script>alert(1)</script>there</p>";
        let preview = preview(raw);
        assert!(preview.readable);
        assert_eq!(preview.headers[1], ("Subject".into(), "a long one".into()));
        assert!(preview.text.contains("Hello"), "{}", preview.text);
        assert!(!preview.text.contains("alert") && !preview.text.contains("spy.test"));
    }

    #[test]
    fn what_is_no_mail_is_shown_as_it_is() {
        let preview = preview(b"\x00\xff\xfenothing\x1b[31m like a mail");
        assert!(!preview.readable);
        let all: String = preview
            .headers
            .iter()
            .map(|(name, value)| format!("{name}{value}"))
            .collect();
        assert!(all.contains("nothing[31m like a mail"), "{all:?}");
        assert!(!all.contains(|c: char| c.is_control()));
        assert_eq!(plain_preview(b""), Preview::default());
    }

    #[test]
    fn much_is_cut_and_says_so() {
        let mut raw = String::new();
        for n in 0..200 {
            raw.push_str(&format!("X-{n}: v\r\n"));
        }
        raw.push_str("\r\n");
        raw.push_str(&"ä".repeat(TEXT_CHARS_MAX + 1));
        let shown = plain_preview(raw.as_bytes());
        assert_eq!(shown.headers.len(), HEADERS_MAX);
        assert!(shown.more_headers && shown.more_text);
        assert_eq!(shown.text.chars().count(), TEXT_CHARS_MAX);
        // Just enough is not cut.
        let just = format!("A: b\r\n\r\n{}", "ä".repeat(TEXT_CHARS_MAX));
        assert!(!plain_preview(just.as_bytes()).more_text);
    }
}
