//! Recognising mail that a program wrote. It is recorded like any other, and never answered by
//! a program of ours: that is what ends loops without losing a shop's or form's notification.

use super::headers::Headers;
use crate::email::addresses::Mailbox;

/// What kind of program wrote a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Automatic {
    /// An automatic answer such as an absence note (RFC 3834 `auto-replied`).
    Reply,
    /// A report that a mail of ours could not be delivered (RFC 3464).
    Bounce,
    /// A mailing list or newsletter.
    Bulk,
    /// A notification: a shop, a form, a monitor (RFC 3834 `auto-generated`).
    Notice,
}

/// Says which kind of program wrote a mail, if one did.
pub(super) fn recognise(headers: &Headers<'_>, from: &Mailbox) -> Option<Automatic> {
    let lower = |name: &str| headers.text(name).to_ascii_lowercase();
    let local = from
        .address
        .split('@')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    let content_type = lower("content-type");
    let null_sender = headers.has("return-path") && lower("return-path").replace(' ', "") == "<>";
    if content_type.contains("multipart/report") && content_type.contains("delivery-status")
        || local == "mailer-daemon"
        || (local == "postmaster" && null_sender)
        || headers.has("x-failed-recipients")
    {
        return Some(Automatic::Bounce);
    }
    let auto_submitted = lower("auto-submitted");
    let precedence = lower("precedence");
    if auto_submitted.starts_with("auto-replied")
        || precedence == "auto_reply"
        || headers.has("x-autoreply")
        || headers.has("x-autorespond")
        || headers.has("x-autoreply-from")
        || lower("x-auto-response-suppress")
            .split(',')
            .any(|v| v.trim() == "all")
            && subject_of_absence(&lower("subject"))
    {
        return Some(Automatic::Reply);
    }
    if headers.has("list-id") || matches!(precedence.as_str(), "list" | "bulk" | "junk") {
        return Some(Automatic::Bulk);
    }
    if (!auto_submitted.is_empty() && !auto_submitted.starts_with("no")) || null_sender {
        return Some(Automatic::Notice);
    }
    None
}

/// Exchange marks absence notes only by a header that it also puts on other mail, so its subject
/// prefixes decide.
fn subject_of_absence(subject: &str) -> bool {
    const PREFIXES: [&str; 8] = [
        "automatic reply",
        "out of office",
        "automatische antwort",
        "abwesend",
        "abwesenheit",
        "respuesta automática",
        "réponse automatique",
        "رد تلقائي",
    ];
    PREFIXES.iter().any(|prefix| subject.starts_with(prefix))
}
