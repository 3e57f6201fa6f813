//! The text, the HTML and the files of a mail.

use super::{Attachment, BODY_BYTES_MAX};
use crate::email::words::{decode_header, decode_unlabelled, single_line, without_nul};
use mail_parser::decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode};
use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};

/// Longest file name kept, in characters.
const NAME_CHARS_MAX: usize = 150;
/// Column at which text made from HTML wraps.
const TEXT_COLUMNS: usize = 100;

#[derive(Default)]
pub(super) struct Body {
    pub(super) text: String,
    pub(super) html: Option<String>,
    pub(super) attachments: Vec<Attachment>,
}

pub(super) fn read(message: &Message<'_>, raw: &[u8], hint: Option<&str>) -> Body {
    let reader = Reader { message, raw, hint };
    let html_parts: Vec<_> = reader.parts(&message.html_body).collect();
    let text_parts: Vec<_> = reader.parts(&message.text_body).collect();
    let has_html = html_parts
        .iter()
        .any(|(_, part)| matches!(part.body, PartType::Html(_)));
    let html = has_html.then(|| reader.join_html(&html_parts));
    let has_text = text_parts
        .iter()
        .any(|(_, part)| matches!(part.body, PartType::Text(_)));
    let text = match &html {
        Some(html) if !has_text => text_of_html(html),
        _ => reader.join_text(&text_parts),
    };
    let mut attachments = reader.attachments(&text_parts, &html_parts);
    let text = keep_whole(text, "text.txt", "text/plain", &mut attachments);
    let html = html.map(|html| keep_whole(html, "text.html", "text/html", &mut attachments));
    Body {
        text,
        html,
        attachments,
    }
}

/// The readable text of HTML, links kept; never fails.
fn text_of_html(html: &str) -> String {
    let head = cut(html, BODY_BYTES_MAX);
    let text = html2text::config::plain_no_decorate()
        .string_from_read(head.as_bytes(), TEXT_COLUMNS)
        .unwrap_or_default();
    without_nul(text.trim().to_owned())
}

/// Cuts an enormous body and keeps all of it as a file.
fn keep_whole(body: String, name: &str, kind: &str, files: &mut Vec<Attachment>) -> String {
    if body.len() <= BODY_BYTES_MAX {
        return body;
    }
    let head = cut(&body, BODY_BYTES_MAX).to_owned();
    files.push(Attachment {
        name: name.to_owned(),
        content_type: format!("{kind}; charset=utf-8"),
        content_id: None,
        inline: false,
        bytes: body.into_bytes(),
    });
    head
}

fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

struct Reader<'a, 'x> {
    message: &'a Message<'x>,
    raw: &'a [u8],
    hint: Option<&'a str>,
}

type NumberedPart<'a, 'x> = (u32, &'a MessagePart<'x>);

impl<'a, 'x> Reader<'a, 'x> {
    fn parts(&self, ids: &'a [u32]) -> impl Iterator<Item = NumberedPart<'a, 'x>> {
        let parts = &self.message.parts;
        ids.iter()
            .filter_map(|&id| Some((id, parts.get(usize::try_from(id).ok()?)?)))
    }

    /// The text of a text part. Where mail-parser had to guess and lost characters, the bytes are
    /// read again by the charset the mail declares elsewhere.
    fn text_of(&self, part: &MessagePart<'_>) -> String {
        let (PartType::Text(text) | PartType::Html(text)) = &part.body else {
            return String::new();
        };
        if !text.contains('\u{FFFD}') {
            return without_nul(text.clone().into_owned());
        }
        let declared = part
            .content_type()
            .and_then(|t| t.attribute("charset"))
            .or(self.hint);
        let again = self.encoded(part).and_then(|bytes| match part.encoding {
            Encoding::None => Some(bytes.to_vec()),
            Encoding::Base64 => base64_decode(bytes),
            Encoding::QuotedPrintable => quoted_printable_decode(bytes),
        });
        match again {
            // A valid declaration was honoured already; what is lost then is the sender's loss.
            Some(bytes) if std::str::from_utf8(&bytes).is_err() => {
                without_nul(decode_unlabelled(&bytes, declared))
            }
            _ => without_nul(text.clone().into_owned()),
        }
    }

    fn encoded(&self, part: &MessagePart<'_>) -> Option<&'a [u8]> {
        let start = usize::try_from(part.offset_body).ok()?;
        let end = usize::try_from(part.offset_end).ok()?;
        self.raw.get(start..end)
    }

    fn join_text(&self, parts: &[NumberedPart<'_, '_>]) -> String {
        let mut joined = String::new();
        for (at, (id, part)) in parts.iter().enumerate() {
            let text = match &part.body {
                _ if self.is_file(at, *id, part) => continue,
                PartType::Text(_) => self.text_of(part),
                PartType::Html(_) => text_of_html(&self.text_of(part)),
                _ => continue,
            };
            if !joined.is_empty() {
                joined.push_str("\n\n");
            }
            joined.push_str(text.trim_end());
        }
        joined
    }

    fn join_html(&self, parts: &[NumberedPart<'_, '_>]) -> String {
        let mut joined = String::new();
        for (at, (id, part)) in parts.iter().enumerate() {
            match &part.body {
                _ if self.is_file(at, *id, part) => {}
                PartType::Html(_) => joined.push_str(&self.text_of(part)),
                PartType::Text(_) => {
                    joined.push_str("<div style=\"white-space:pre-wrap\">");
                    joined.push_str(&escape(&self.text_of(part)));
                    joined.push_str("</div>");
                }
                _ => {}
            }
        }
        joined
    }

    /// A text part with a file name behind the first body part is a file the sender attached,
    /// although its disposition says inline (Apple Mail does this).
    fn is_file(&self, at: usize, id: u32, part: &MessagePart<'_>) -> bool {
        at > 0 && id > 0 && part.is_text() && part.attachment_name().is_some()
    }

    fn attachments(
        &self,
        text_parts: &[NumberedPart<'_, '_>],
        html_parts: &[NumberedPart<'_, '_>],
    ) -> Vec<Attachment> {
        let mut ids: Vec<u32> = self.message.attachments.clone();
        for parts in [text_parts, html_parts] {
            let files = parts
                .iter()
                .enumerate()
                .filter(|(at, (id, p))| self.is_file(*at, *id, p));
            for (_, (id, _)) in files {
                if !ids.contains(id) {
                    ids.push(*id);
                }
            }
        }
        ids.sort_unstable();
        let parts = self.parts_owned(&ids);
        parts
            .into_iter()
            .enumerate()
            .map(|(at, part)| self.attachment(at, part))
            .collect()
    }

    fn parts_owned(&self, ids: &[u32]) -> Vec<&'a MessagePart<'x>> {
        let parts = &self.message.parts;
        ids.iter()
            .filter_map(|&id| parts.get(usize::try_from(id).ok()?))
            .collect()
    }

    fn attachment(&self, at: usize, part: &MessagePart<'_>) -> Attachment {
        let content_type = content_type(part);
        let bytes = match &part.body {
            PartType::Text(_) | PartType::Html(_) => self.text_of(part).into_bytes(),
            _ => part.contents().to_vec(),
        };
        let content_id = part
            .content_id()
            .map(|id| single_line(id).trim_matches(['<', '>', ' ']).to_owned())
            .filter(|id| !id.is_empty());
        let disposition_inline = part.content_disposition().is_some_and(|d| d.is_inline());
        let referred = content_id.is_some() && content_type.starts_with("image/");
        Attachment {
            name: file_name(part, at, &content_type),
            inline: matches!(part.body, PartType::InlineBinary(_)) && disposition_inline
                || referred
                    && !part
                        .content_disposition()
                        .is_some_and(|d| d.is_attachment()),
            content_type,
            content_id,
            bytes,
        }
    }
}

fn content_type(part: &MessagePart<'_>) -> String {
    let declared = part.content_type().and_then(|t| {
        let kind = format!("{}/{}", t.ctype(), t.subtype()?).to_ascii_lowercase();
        let token = |c: char| c.is_ascii_alphanumeric() || "!#$&-^_.+/".contains(c);
        (kind.len() <= 120 && kind.chars().all(token)).then_some(kind)
    });
    declared.unwrap_or_else(|| match part.body {
        PartType::Text(_) => "text/plain".to_owned(),
        PartType::Html(_) => "text/html".to_owned(),
        PartType::Message(_) => "message/rfc822".to_owned(),
        _ => "application/octet-stream".to_owned(),
    })
}

fn file_name(part: &MessagePart<'_>, at: usize, content_type: &str) -> String {
    let given = part
        .attachment_name()
        .map(|name| decode_header(name.as_bytes(), None));
    let given = given.or_else(|| {
        let subject = part.message()?.subject()?;
        Some(format!("{}.eml", decode_header(subject.as_bytes(), None)))
    });
    let name = safe_name(&given.unwrap_or_default());
    if !name.is_empty() {
        return name;
    }
    let extension = match content_type {
        "message/rfc822" => "eml",
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "application/pdf" => "pdf",
        "message/delivery-status" => "delivery-status.txt",
        _ => "bin",
    };
    format!("attachment-{}.{extension}", at.saturating_add(1))
}

/// A file name without a path, control characters or direction tricks.
pub(super) fn safe_name(name: &str) -> String {
    let name = single_line(name);
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let hidden = |c: char| {
        matches!(c, '\u{200E}' | '\u{200F}')
            || ('\u{202A}'..='\u{202E}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
    };
    let kept: String = last
        .chars()
        .filter(|&c| !hidden(c))
        .take(NAME_CHARS_MAX)
        .collect();
    let kept = kept.trim().trim_start_matches('.').trim_matches('"');
    kept.to_owned()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
