//! Attachments: their names, their types and what they hold.

use super::headers::Headers;
use super::mime::Part;
use super::transfer::{Transfer, uu_block};
use super::{AttachedMail, Attachment};
use crate::email::words::single_line;
use desk::attachments::rules::media_type;

/// Longest file name kept, in characters.
const NAME_CHARS_MAX: usize = 150;

/// The file of a part; none for a nameless part without content.
pub(super) fn attached(part: &Part<'_>, before: usize, hint: Option<&str>) -> Vec<Attachment> {
    let given = part.name(hint).or_else(|| located_name(part));
    let mut bytes = part.decoded();
    if part.transfer == Transfer::Uuencode
        && let Some(block) = uu_block(part.body)
    {
        bytes = block.bytes;
    }
    if given.is_none() && bytes.trim_ascii().is_empty() {
        return Vec::new();
    }
    let mail = (part.kind() == "message/rfc822")
        .then(|| attached_mail(&bytes))
        .flatten();
    let kind = media_type(Some(part.kind()), &bytes);
    let content_id = part.headers.all("content-id").next().map(|raw| {
        let id = String::from_utf8_lossy(raw);
        single_line(&id).trim_matches(['<', '>', ' ']).to_owned()
    });
    let content_id = content_id.filter(|id| !id.is_empty());
    let shown = match part.disposition.value.as_str() {
        "attachment" => false,
        "inline" => true,
        _ => content_id.is_some(),
    };
    let inline = shown && kind.starts_with("image/");
    let given = given.or_else(|| Some(format!("{}.eml", mail.as_ref()?.subject.as_str())));
    vec![Attachment {
        name: file_name(given.as_deref(), before, &kind),
        inline,
        content_type: kind,
        content_id,
        bytes,
        mail,
    }]
}

/// A file taken out of another one.
pub(super) fn unpacked(file: super::tnef::File, before: usize) -> Attachment {
    let kind = media_type(file.content_type.as_deref(), &file.bytes);
    let inline = file.content_id.is_some() && kind.starts_with("image/");
    Attachment {
        name: file_name(Some(&file.name), before, &kind),
        inline,
        content_type: kind,
        content_id: file.content_id,
        bytes: file.bytes,
        mail: None,
    }
}

/// A file with a name from elsewhere than a part's head.
pub(super) fn named(name: &str, declared: &str, before: usize, bytes: Vec<u8>) -> Attachment {
    let kind = media_type(Some(declared), &bytes);
    let name = file_name(Some(name), before, &kind);
    plain(&name, &kind, bytes)
}

/// A file of ours.
pub(super) fn plain(name: &str, kind: &str, bytes: Vec<u8>) -> Attachment {
    Attachment {
        name: name.to_owned(),
        content_type: kind.to_owned(),
        content_id: None,
        inline: false,
        bytes,
        mail: None,
    }
}

/// Subject and sender of an attached mail; `None` when it is no mail.
fn attached_mail(raw: &[u8]) -> Option<AttachedMail> {
    let headers = Headers::read(super::without_envelope_line(raw), None)?;
    let mail = AttachedMail {
        subject: headers.text("subject"),
        from: headers.sender().unwrap_or_default(),
    };
    let known = !mail.subject.is_empty() || !mail.from.address.is_empty();
    known.then_some(mail)
}

/// The last piece of a Content-Location (RFC 2557) that ends like a file.
fn located_name(part: &Part<'_>) -> Option<String> {
    let location = part.headers.text("content-location");
    let path = location.split(['?', '#']).next()?;
    let last = path.rsplit('/').next()?;
    let (stem, extension) = last.rsplit_once('.')?;
    let proper = !stem.is_empty()
        && (1..=5).contains(&extension.len())
        && extension.chars().all(|c| c.is_ascii_alphanumeric())
        && !(path.contains("://") && path.matches('/').count() < 3);
    proper.then(|| last.to_owned())
}

fn file_name(given: Option<&str>, before: usize, kind: &str) -> String {
    let name = safe_name(given.unwrap_or_default());
    if !name.is_empty() && name != "eml" {
        return name;
    }
    let extension = match kind {
        "message/rfc822" => "eml",
        "message/delivery-status" => "delivery-status.txt",
        "text/calendar" => return "invitation.ics".to_owned(),
        "text/html" => "html",
        "text/rfc822-headers" => "headers.txt",
        "application/pdf" => "pdf",
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => return "smime.p7m".to_owned(),
        "application/pkcs7-signature" => return "smime.p7s".to_owned(),
        "application/pgp-signature" => return "signature.asc".to_owned(),
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        _ if kind.starts_with("text/") => "txt",
        _ => "bin",
    };
    format!("attachment-{}.{extension}", before.saturating_add(1))
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
