//! A raw mail (RFC 5322, MIME) as a careful person would read it. Pure: bytes in, parts out.
//!
//! Everything structural is read here, by own small readers that are bounded and linear: broken
//! senders, split characters, undeclared charsets, missing boundary lines and wrong types are
//! everyday mail. mail-parser decodes charsets and dates.

mod body;
mod calendar;
mod fields;
mod files;
mod headers;
mod machines;
mod mime;
pub(in crate::email) mod part_head;
pub mod reports;

mod protection;
mod tnef;
pub(in crate::email) mod transfer;

use super::addresses::Mailbox;
pub use calendar::{Invitation, Method};
pub use machines::{Automatic, List};
pub use protection::Protection;
pub use reports::Report;

/// Most attachments read from one mail; more is refused visibly.
const ATTACHMENTS_MAX: usize = 500;
/// Longest plain or HTML body, in bytes; a longer one is cut and kept whole as an attachment.
pub const BODY_BYTES_MAX: usize = 1_000_000;

/// Everything the desk needs to know of a received mail.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ParsedMail {
    /// Its Message-ID without brackets; `None` when it has none.
    pub message_id: Option<String>,
    /// The mails it answers, oldest first: References, then In-Reply-To, without repeats.
    pub references: Vec<String>,
    /// Who wrote it.
    pub from: Mailbox,
    /// Where answers should go, when not to `from`.
    pub reply_to: Vec<Mailbox>,
    /// Visible recipients.
    pub to: Vec<Mailbox>,
    /// Visible copies.
    pub cc: Vec<Mailbox>,
    /// Addresses the last mail servers say it was delivered to (Delivered-To and its kin).
    pub delivered_to: Vec<String>,
    /// The subject, possibly empty.
    pub subject: String,
    /// The plain text; derived from the HTML when there is no text part.
    pub text: String,
    /// The HTML as received, not sanitised.
    pub html: Option<String>,
    /// Files, inline images and attached mails, in order.
    pub attachments: Vec<Attachment>,
    /// The Date header, seconds since the epoch, when it is readable.
    pub sent_at: Option<i64>,
    /// Set when a program wrote it.
    pub automatic: Option<Automatic>,
    /// The list it came by.
    pub list: Option<List>,
    /// What it reports about a mail of ours.
    pub report: Option<Report>,
    /// How many visible recipients there are beyond those kept.
    pub more_recipients: usize,
    /// How it is signed or encrypted, if it is.
    pub protection: Option<Protection>,
    /// The date that came with it, if one did.
    pub invitation: Option<Invitation>,
}

/// A file that came with a mail.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// A safe file name: no path, no control characters, never empty.
    pub name: String,
    /// MIME type in lower case, found by looking at the bytes.
    pub content_type: String,
    /// Content-ID without brackets.
    pub content_id: Option<String>,
    /// Whether it belongs inside the text.
    pub inline: bool,
    /// The decoded content.
    pub bytes: Vec<u8>,
    /// What an attached mail says of itself.
    pub mail: Option<AttachedMail>,
}

/// Subject and sender of a mail that came as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedMail {
    /// Its subject, possibly empty.
    pub subject: String,
    /// Who wrote it; the address is empty when it names nobody.
    pub from: Mailbox,
}

/// Why a mail could not be read, in words for an administrator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseProblem {
    /// There is nothing that looks like a header.
    #[error("The mail has no readable headers.")]
    NoHeaders,
    /// Neither From, Sender, Reply-To nor Return-Path holds an address.
    #[error("The mail names no sender we could answer.")]
    NoSender,
    /// More than [`ATTACHMENTS_MAX`] parts.
    #[error("The mail has more than 500 attachments.")]
    TooManyAttachments,
    /// More parts than anybody writes.
    #[error("The mail has more than 10,000 parts.")]
    TooManyParts,
}

/// Reads a mail that can be answered.
///
/// # Errors
/// Names what makes it unreadable; the raw mail is kept by the caller.
pub fn parse(raw: &[u8]) -> Result<ParsedMail, ParseProblem> {
    let mail = read(raw)?;
    if mail.from.address.is_empty() {
        return Err(ParseProblem::NoSender);
    }
    Ok(mail)
}

/// Reads a mail, even one that names no sender; then the address of `from` is empty.
///
/// # Errors
/// As [`parse`].
pub fn read(raw: &[u8]) -> Result<ParsedMail, ParseProblem> {
    let mut parts = mime::read(without_envelope_line(raw))?;
    let charset = declared_charset(&parts);
    if let Some(mail) = parts.first_mut() {
        mail.headers.guess_charset(charset.clone());
    }
    let headers = parts.first().map(|mail| &mail.headers);
    let headers = headers.filter(|headers| !headers.is_empty());
    let headers = headers.ok_or(ParseProblem::NoHeaders)?;
    let body = body::read(&parts, charset.as_deref());
    if body.attachments.len() > ATTACHMENTS_MAX {
        return Err(ParseProblem::TooManyAttachments);
    }
    let from = headers.sender().unwrap_or_default();
    let automatic = machines::recognise(headers, &from);
    let report = (automatic == Some(Automatic::Bounce))
        .then(|| reports::read(raw))
        .flatten();
    let (to, more_to) = headers.counted_addresses("to");
    let (cc, more_cc) = headers.counted_addresses("cc");
    Ok(ParsedMail {
        message_id: headers.ids("message-id").into_iter().next(),
        references: headers.thread(),
        automatic,
        list: machines::list(headers),
        report,
        from,
        reply_to: headers.addresses("reply-to"),
        to,
        cc,
        more_recipients: more_to.saturating_add(more_cc),
        delivered_to: headers.delivered_to(),
        subject: headers.text("subject"),
        text: body.text,
        html: body.html,
        attachments: body.attachments,
        protection: body.protection,
        invitation: body.invitation,
        sent_at: headers.date(),
    })
}

/// What a failed mail can still say about itself: sender and subject, when they are readable.
pub fn glance(raw: &[u8]) -> (Option<String>, Option<String>) {
    let Some(headers) = headers::Headers::read(without_envelope_line(raw), None) else {
        return (None, None);
    };
    let subject = headers.text("subject");
    (
        headers.sender().map(|from| from.address),
        (!subject.is_empty()).then_some(subject),
    )
}

/// The first charset any part declares that says more than ASCII or UTF-8: the best guess for
/// undeclared 8-bit text.
fn declared_charset(parts: &[mime::Part<'_>]) -> Option<String> {
    parts.iter().find_map(|part| {
        let charset = part.content_type.parameter("charset")?.to_ascii_lowercase();
        let says_little = matches!(charset.as_str(), "utf-8" | "utf8" | "us-ascii" | "ascii");
        (!says_little).then_some(charset)
    })
}

/// Drops blank lines and an mbox `From ` line in front of the headers.
fn without_envelope_line(raw: &[u8]) -> &[u8] {
    let raw = raw.trim_ascii_start();
    let line = raw.strip_prefix(b">").unwrap_or(raw).strip_prefix(b"From ");
    match line {
        // "From : x" is a header written as RFC 822 once allowed.
        Some(rest) if !rest.trim_ascii_start().starts_with(b":") => {
            let end = raw
                .iter()
                .position(|&b| b == b'\n')
                .map_or(raw.len(), |at| at + 1);
            raw.get(end..).unwrap_or_default()
        }
        _ => raw,
    }
}

#[cfg(test)]
mod tests;
