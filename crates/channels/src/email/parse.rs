//! A raw mail (RFC 5322, MIME) as a careful person would read it. Pure: bytes in, parts out.
//!
//! The MIME structure is mail-parser's work; headers are read here, because broken senders, split
//! characters and undeclared charsets are everyday mail.

mod body;
mod headers;
mod machines;
pub(in crate::email) mod part_head;
pub mod reports;

use super::addresses::Mailbox;
pub use machines::{Automatic, List};
use mail_parser::{Message, MessageParser, MimeHeaders};
pub use reports::Report;

/// Most attachments read from one mail; more is refused visibly.
const ATTACHMENTS_MAX: usize = 500;
/// Deepest nesting of mails within mails that is read.
const NESTED_MAILS_MAX: usize = 100;
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
}

/// A file that came with a mail.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// A safe file name: no path, no control characters, never empty.
    pub name: String,
    /// MIME type in lower case.
    pub content_type: String,
    /// Content-ID without brackets.
    pub content_id: Option<String>,
    /// Whether it belongs inside the text.
    pub inline: bool,
    /// The decoded content.
    pub bytes: Vec<u8>,
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
    /// Mails within mails beyond [`NESTED_MAILS_MAX`].
    #[error("The mail contains mails nested more than 100 deep.")]
    TooDeep,
}

/// Reads a mail.
///
/// # Errors
/// Names what makes it unreadable; the raw mail is kept by the caller.
pub fn parse(raw: &[u8]) -> Result<ParsedMail, ParseProblem> {
    let raw = without_envelope_line(raw);
    if nested_mails(raw) > NESTED_MAILS_MAX {
        return Err(ParseProblem::TooDeep);
    }
    let message = MessageParser::default()
        .parse(raw)
        .ok_or(ParseProblem::NoHeaders)?;
    let charset = declared_charset(&message);
    let headers = headers::Headers::read(raw, charset).ok_or(ParseProblem::NoHeaders)?;
    let from = headers.sender().ok_or(ParseProblem::NoSender)?;
    let body = body::read(&message, raw, headers.charset());
    if body.attachments.len() > ATTACHMENTS_MAX {
        return Err(ParseProblem::TooManyAttachments);
    }
    let automatic = machines::recognise(&headers, &from);
    let report = (automatic == Some(Automatic::Bounce))
        .then(|| reports::read(raw))
        .flatten();
    Ok(ParsedMail {
        message_id: headers.ids("message-id").into_iter().next(),
        references: headers.thread(),
        automatic,
        list: machines::list(&headers),
        report,
        from,
        reply_to: headers.addresses("reply-to"),
        to: headers.addresses("to"),
        cc: headers.addresses("cc"),
        delivered_to: headers.delivered_to(),
        subject: headers.text("subject"),
        text: body.text,
        html: body.html,
        attachments: body.attachments,
        sent_at: message
            .date()
            .filter(|date| date.is_valid())
            .map(|date| date.to_timestamp()),
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

/// The first charset any part declares: the best guess for undeclared 8-bit headers.
fn declared_charset(message: &Message<'_>) -> Option<String> {
    let mut parts = message.parts.iter();
    parts.find_map(|part| part.content_type()?.attribute("charset").map(str::to_owned))
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

/// Counts the declarations that make a part a mail of its own. The parser's result nests once
/// per mail within a mail and is dropped recursively, so unbounded nesting would exhaust the stack.
fn nested_mails(raw: &[u8]) -> usize {
    let mut count: usize = 0;
    for (at, _) in raw.iter().enumerate().filter(|&(_, &b)| b == b'/') {
        let after = raw
            .get(at.saturating_add(1)..)
            .unwrap_or_default()
            .trim_ascii_start();
        let opens = [&b"rfc822"[..], b"global", b"digest"].iter().any(|name| {
            after
                .get(..name.len())
                .is_some_and(|s| s.eq_ignore_ascii_case(name))
        });
        count = count.saturating_add(usize::from(opens));
    }
    count
}

#[cfg(test)]
mod tests;
