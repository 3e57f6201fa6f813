//! The text, the HTML and the files of a mail.

use super::calendar::{self, Invitation};
use super::files::{self, attached};
use super::mime::Part;
use super::protection::{self, Protection};
use super::tnef;
use super::transfer::{Transfer, uu_block};
use super::{Attachment, BODY_BYTES_MAX};
use crate::email::words::{decode_labelled, decode_unlabelled, without_nul};

/// Most uuencoded files taken out of one text.
const UU_FILES_MAX: usize = 50;

#[derive(Default)]
pub(super) struct Body {
    pub(super) text: String,
    pub(super) html: Option<String>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) protection: Option<Protection>,
    pub(super) invitation: Option<Invitation>,
}

pub(super) fn read(parts: &[Part<'_>], hint: Option<&str>) -> Body {
    let chosen = Chosen::of(parts, hint);
    let mut body = Body::default();
    let protection = protection::recognise(parts);
    let has_html = chosen.html.iter().any(|&at| is_html(parts, at));
    let has_text = chosen.text.iter().any(|&at| !is_html(parts, at));
    if has_html {
        body.html = Some(join_html(parts, &chosen.html, hint));
    }
    if has_text || !has_html {
        body.text = join_text(parts, &chosen.text, hint);
    }
    for &at in &chosen.files {
        let Some(part) = parts.get(at) else { continue };
        let files = attached(part, body.attachments.len(), hint);
        if body.invitation.is_none() && part.kind() == "text/calendar" {
            body.invitation = calendar::read(&text_of(part, hint));
        }
        if tnef::is_tnef(part.kind(), &files) {
            take_out(files, &mut body);
        } else {
            body.attachments.extend(files);
        }
    }
    take_uuencoded(&mut body);
    speak_for_report(parts, hint, &mut body);
    if body.text.trim().is_empty()
        && let Some(html) = &body.html
    {
        body.text = without_nul(desk::html::plain_text(cut(html, BODY_BYTES_MAX)));
    }
    if body.text.trim().is_empty() && body.html.is_none() && body.attachments.is_empty() {
        body.text = unread(parts);
    }
    body.protection = protection.or_else(|| protection::of_text(&body.text));
    if let Some(protection) = body.protection
        && body.text.trim().is_empty()
    {
        body.text = protection.explained().to_owned();
    }
    keep_all(body)
}

/// Everything behind the head of a mail whose structure led nowhere: better raw than lost.
fn unread(parts: &[Part<'_>]) -> String {
    let body = parts.first().map_or(&b""[..], |mail| mail.body);
    without_nul(decode_unlabelled(body.trim_ascii(), None))
}

/// Replaces a winmail.dat by what is in it.
fn take_out(files: Vec<Attachment>, body: &mut Body) {
    for file in files {
        let Some(content) = tnef::read(&file.bytes) else {
            body.attachments.push(file);
            continue;
        };
        if body.text.trim().is_empty() {
            body.text = content.text.unwrap_or_default();
        }
        if body.html.is_none() {
            body.html = content.html;
        }
        let silent = body.text.trim().is_empty() && body.html.is_none();
        let before = body.attachments.len();
        for (at, inner) in content.files.into_iter().enumerate() {
            body.attachments
                .push(files::unpacked(inner, before.saturating_add(at)));
        }
        // Its text is kept as a file when nothing else says it.
        if let Some(rtf) = content.rtf.filter(|_| silent) {
            body.attachments
                .push(files::plain("message.rtf", "application/rtf", rtf));
        }
    }
}

/// Takes files that stand uuencoded within the text out of it.
fn take_uuencoded(body: &mut Body) {
    if !body.text.contains("begin ") {
        return;
    }
    let mut kept = String::new();
    let mut rest = body.text.as_str();
    let mut found = Vec::new();
    while found.len() < UU_FILES_MAX {
        let Some(block) = uu_block(rest.as_bytes()) else {
            break;
        };
        kept.push_str(rest.get(..block.start).unwrap_or_default());
        let name = String::from_utf8_lossy(block.name).into_owned();
        found.push((name, block.bytes));
        rest = rest.get(block.end..).unwrap_or_default();
    }
    kept.push_str(rest);
    for (name, bytes) in found {
        let at = body.attachments.len();
        body.attachments
            .push(files::named(&name, "application/octet-stream", at, bytes));
    }
    body.text = kept.trim_end().to_owned();
}

/// Some servers put the words for people into a part that is for machines.
fn speak_for_report(parts: &[Part<'_>], hint: Option<&str>, body: &mut Body) {
    let report = parts
        .first()
        .filter(|part| part.kind() == "multipart/report");
    let first = report
        .and_then(|report| report.children.first())
        .and_then(|&first| parts.get(first))
        .filter(|first| first.kind().starts_with("message/") && !first.kind().ends_with("rfc822"));
    if let Some(first) = first
        && body.text.trim().is_empty()
    {
        body.text = text_of(first, hint).trim().to_owned();
    }
}

/// Cuts enormous bodies and keeps all of them as files.
fn keep_all(mut body: Body) -> Body {
    let mut whole = |text: String, name: &str, kind: &str| {
        if text.len() <= BODY_BYTES_MAX {
            return text;
        }
        let head = cut(&text, BODY_BYTES_MAX).to_owned();
        let kind = format!("{kind}; charset=utf-8");
        body.attachments
            .push(files::plain(name, &kind, text.into_bytes()));
        head
    };
    let text = std::mem::take(&mut body.text);
    body.text = whole(text, "text.txt", "text/plain");
    let html = body.html.take();
    body.html = html.map(|html| whole(html, "text.html", "text/html"));
    body
}

fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

fn is_html(parts: &[Part<'_>], at: usize) -> bool {
    parts.get(at).is_some_and(|part| part.kind() == "text/html")
}

/// The decoded text of a part.
pub(super) fn text_of(part: &Part<'_>, hint: Option<&str>) -> String {
    let bytes = part.decoded();
    let read = |bytes: &[u8]| {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let label = part.content_type.parameter("charset");
        without_nul(match label {
            Some(label) => decode_labelled(&label, bytes, hint),
            None => decode_unlabelled(bytes, hint),
        })
    };
    let text = read(&bytes);
    // Plain text under a false base64 label decodes to noise.
    let falsely = part.transfer == Transfer::Base64 && part.body.is_ascii();
    if falsely && noisy(&text) && !looks_like_base64(part.body) {
        return read(part.body);
    }
    text
}

fn looks_like_base64(body: &[u8]) -> bool {
    let head = body.trim_ascii();
    let belongs = |b: &u8| b.is_ascii_alphanumeric() || b"+/=\r\n\t".contains(b);
    head.get(..1_000).unwrap_or(head).iter().all(belongs)
}

fn noisy(text: &str) -> bool {
    let odd = |c: char| c == '\u{FFFD}' || (c.is_control() && !c.is_whitespace());
    text.is_empty() || text.chars().take(2_000).any(odd)
}

fn join_text(parts: &[Part<'_>], chosen: &[usize], hint: Option<&str>) -> String {
    let mut joined = String::new();
    for part in chosen.iter().filter_map(|&at| parts.get(at)) {
        let mut text = text_of(part, hint);
        if part.kind() == "text/html" {
            text = without_nul(desk::html::plain_text(cut(&text, BODY_BYTES_MAX)));
        }
        let text = text.trim_end();
        if !joined.is_empty() && !text.is_empty() {
            joined.push_str("\n\n");
        }
        joined.push_str(text);
    }
    joined
}

fn join_html(parts: &[Part<'_>], chosen: &[usize], hint: Option<&str>) -> String {
    let mut joined = String::new();
    for part in chosen.iter().filter_map(|&at| parts.get(at)) {
        let text = text_of(part, hint);
        if part.kind() == "text/html" {
            joined.push_str(&text);
        } else {
            joined.push_str("<div style=\"white-space:pre-wrap\">");
            joined.push_str(&escape(&text));
            joined.push_str("</div>");
        }
    }
    joined
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Which parts are read as text, which as HTML, and which are files (RFC 8621, 4.1.4).
#[derive(Default)]
struct Chosen {
    text: Vec<usize>,
    html: Vec<usize>,
    files: Vec<usize>,
}

/// What the containers around a part say.
#[derive(Clone, Copy)]
struct Around<'a> {
    kind: &'a str,
    in_alternative: bool,
    text: bool,
    html: bool,
}

impl Chosen {
    fn of(parts: &[Part<'_>], hint: Option<&str>) -> Chosen {
        let mut chosen = Chosen::default();
        let around = Around {
            kind: "multipart/mixed",
            in_alternative: false,
            text: true,
            html: true,
        };
        chosen.walk(parts, &[0], around, hint);
        chosen
    }

    fn walk(&mut self, parts: &[Part<'_>], ids: &[usize], around: Around<'_>, hint: Option<&str>) {
        let (text_before, html_before) = (self.text.len(), self.html.len());
        let mut open = around;
        for (at, &id) in ids.iter().enumerate() {
            let Some(part) = parts.get(id) else { continue };
            if part.is_container() {
                let inner = Around {
                    kind: part.kind(),
                    in_alternative: open.in_alternative || is_alternative(part.kind()),
                    ..open
                };
                self.walk(parts, &part.children, inner, hint);
            } else if is_text(part, at, around.kind, hint) {
                self.place(part.kind(), id, &mut open);
            } else if is_other_form(part, around.kind, hint) {
                // The same once more for programs of another kind (enriched text, AMP).
            } else if part.kind() == "text/plain" && part.body.trim_ascii().is_empty() {
                // An empty part without a name is nothing.
                if part.name(hint).is_some() {
                    self.files.push(id);
                }
            } else {
                self.files.push(id);
            }
        }
        // Only one form was offered: it serves as the other too.
        if is_alternative(around.kind) && around.text && around.html {
            if self.text.len() == text_before && self.html.len() > html_before {
                self.text
                    .extend_from_slice(self.html.get(html_before..).unwrap_or_default());
            } else if self.html.len() == html_before && self.text.len() > text_before {
                self.html
                    .extend_from_slice(self.text.get(text_before..).unwrap_or_default());
            }
        }
    }

    fn place(&mut self, kind: &str, id: usize, open: &mut Around<'_>) {
        let is_html = kind == "text/html";
        if is_alternative(open.kind) {
            if is_html {
                self.html.push(id);
            } else {
                self.text.push(id);
            }
            return;
        }
        if open.in_alternative {
            if is_html {
                open.text = false;
            } else {
                open.html = false;
            }
        }
        if open.text {
            self.text.push(id);
        }
        if open.html {
            self.html.push(id);
        }
    }
}

fn is_alternative(kind: &str) -> bool {
    kind == "multipart/alternative"
}

fn is_other_form(part: &Part<'_>, around: &str, hint: Option<&str>) -> bool {
    is_alternative(around)
        && matches!(
            part.kind(),
            "text/enriched" | "text/richtext" | "text/x-amp-html" | "text/watch-html"
        )
        && part.name(hint).is_none()
}

/// Whether a part is to be read where it stands. Behind the first, one with a file name is a file
/// although its disposition says inline: Apple Mail writes so.
fn is_text(part: &Part<'_>, at: usize, around: &str, hint: Option<&str>) -> bool {
    let readable = matches!(part.kind(), "text/plain" | "text/html");
    if !readable || part.disposition.value == "attachment" || part.transfer == Transfer::Uuencode {
        return false;
    }
    let nameless = part.name(hint).is_none();
    let empty = part.body.trim_ascii().is_empty();
    match at {
        0 => nameless || !empty,
        _ => nameless && !empty && around != "multipart/related",
    }
}
