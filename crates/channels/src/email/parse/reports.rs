//! Reports on mail of ours: delivery status notifications (RFC 3464), feedback reports (RFC 5965),
//! and what qmail, Exim, Exchange, Gmail and older servers write instead.
//!
//! Reading proves nothing: anybody can write a report. Who acts on one asks for evidence first,
//! namely something of the returned mail that only its readers know.

mod prose;

use super::body::text_of;
use super::headers::Headers;
use super::mime::{self, Part};
use super::without_envelope_line;
use crate::email::addresses::{detail, normalise};
use crate::email::words::single_line;
use prose::{in_words, returned_in_text};

/// Most recipients read from one report.
const RECIPIENTS_MAX: usize = 100;
/// Longest explanation kept, in characters.
const DIAGNOSTIC_CHARS_MAX: usize = 500;
/// Most of a text that is searched, in bytes.
const TEXT_BYTES_MAX: usize = 200_000;
/// Lines of a text form that can explain one recipient's failure.
const EXPLAINING_LINES_MAX: usize = 12;

/// A report on a mail of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// What became of it on its way.
    Delivery(DeliveryReport),
    /// What its reader thinks of it.
    Feedback(FeedbackReport),
}

/// What became of a mail on its way (RFC 3464).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Whom it was for, and what became of each copy.
    pub recipients: Vec<ReportedRecipient>,
    /// The Message-ID of the returned mail, without brackets.
    pub original_id: Option<String>,
    /// The plus-parts of the addresses that answers to the returned mail go to: where our signed
    /// token stands, which survives servers that rewrite the Message-ID.
    pub reply_details: Vec<String>,
}

/// What became of one copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportedRecipient {
    /// The address it was for: the one we wrote to, where the report tells it from a later one.
    pub address: String,
    /// What happened.
    pub action: Action,
    /// The enhanced status (RFC 3463) such as `5.1.1`; `5.0.0` or `4.0.0` where only the kind is
    /// known; empty when nothing is.
    pub status: String,
    /// What the server said, on one line.
    pub diagnostic: String,
}

/// What happened to a copy (RFC 3464, 2.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It will not arrive.
    Failed,
    /// It has not arrived yet; the server keeps trying.
    Delayed,
    /// It arrived.
    Delivered,
    /// It went on to a server that reports nothing.
    Relayed,
    /// It went on to several others.
    Expanded,
}

/// What a reader thinks of a mail (RFC 5965).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedbackReport {
    /// `abuse`, `fraud`, `virus`, `not-spam`, `other` or another registered word, in lower case.
    pub kind: String,
    /// Who complained; many providers leave it out.
    pub recipient: Option<String>,
    /// The Message-ID of the returned mail, without brackets.
    pub original_id: Option<String>,
    /// As in [`DeliveryReport::reply_details`].
    pub reply_details: Vec<String>,
}

/// Reads the report in a raw mail; `None` when it holds none.
pub fn read(raw: &[u8]) -> Option<Report> {
    let raw = without_envelope_line(raw);
    let parts = mime::read(raw).ok()?;
    let headers = &parts.first()?.headers;
    let parts = Parts(&parts);
    let returned = parts.returned();
    if let Some(fields) = parts.of_type("feedback-report").next() {
        return Some(Report::Feedback(feedback(&fields, returned)));
    }
    let mut report = DeliveryReport {
        original_id: returned.id,
        reply_details: returned.reply_details,
        ..DeliveryReport::default()
    };
    // Some servers write one part for the mail and another for its recipients.
    for fields in parts.of_type("delivery-status") {
        report.recipients.extend(recipients(&fields));
    }
    report.recipients.truncate(RECIPIENTS_MAX);
    let text = parts.text();
    if report.recipients.is_empty() {
        let failed = headers.text("x-failed-recipients");
        report.recipients = in_words(&headers.text("subject"), &failed, &text);
    }
    if report.original_id.is_none() {
        let copy = returned_in_text(&text);
        report.original_id = copy.id;
        report.reply_details = copy.reply_details;
    }
    (!report.recipients.is_empty()).then_some(Report::Delivery(report))
}

/// What a returned mail says of itself.
#[derive(Default)]
struct Returned {
    id: Option<String>,
    reply_details: Vec<String>,
}

impl Returned {
    fn read(raw: &[u8]) -> Returned {
        let Some(headers) = Headers::read(raw, None) else {
            return Returned::default();
        };
        let answers = headers.addresses("reply-to").into_iter();
        let answers = answers.chain(headers.addresses("from"));
        Returned {
            id: headers.ids("message-id").into_iter().next(),
            reply_details: answers
                .filter_map(|mailbox| detail(&mailbox.address).map(str::to_owned))
                .take(RECIPIENTS_MAX)
                .collect(),
        }
    }
}

struct Parts<'a>(&'a [Part<'a>]);

impl Parts<'_> {
    fn subtype<'p>(part: &'p Part<'_>) -> &'p str {
        part.kind()
            .split_once('/')
            .map_or("", |(_, subtype)| subtype)
    }

    /// The contents of the parts of a machine-readable type; `global-…` is its sibling for
    /// addresses beyond ASCII (RFC 6533).
    fn of_type(&self, name: &'static str) -> impl Iterator<Item = Vec<u8>> {
        let named = move |part: &&Part<'_>| {
            let subtype = Self::subtype(part);
            subtype.strip_prefix("global-").unwrap_or(subtype) == name
        };
        self.0.iter().filter(named).map(Part::decoded)
    }

    /// The returned mail, whole or its headers only.
    fn returned(&self) -> Returned {
        let returns = |part: &&Part<'_>| {
            let mail = ["rfc822", "global", "rfc822-headers", "global-headers"];
            mail.contains(&Self::subtype(part))
        };
        let found = self.0.iter().skip(1).find(returns);
        found.map_or_else(Returned::default, |part| Returned::read(&part.decoded()))
    }

    /// The words for people, cut where they grow beyond measure.
    fn text(&self) -> String {
        let mut text = String::new();
        for part in self.0 {
            let is_words = part.kind().starts_with("text/")
                && !matches!(Self::subtype(part), "html" | "rfc822-headers");
            if is_words && text.len() < TEXT_BYTES_MAX {
                let words = text_of(part, None);
                let end = words.floor_char_boundary(TEXT_BYTES_MAX);
                text.push_str(words.get(..end).unwrap_or_default());
                text.push('\n');
            }
        }
        text
    }
}

/// Fields of a machine-readable part, names in lower case, in groups parted by empty lines.
fn groups(raw: &[u8]) -> Vec<Vec<(String, String)>> {
    let text = String::from_utf8_lossy(raw.get(..TEXT_BYTES_MAX).unwrap_or(raw));
    let mut groups: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for line in text.lines() {
        if line.trim().is_empty() {
            groups.push(Vec::new());
            continue;
        }
        let Some(group) = groups.last_mut() else {
            break;
        };
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = group.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            group.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    groups.retain(|group| !group.is_empty());
    groups
}

fn field<'a>(group: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = group.iter().find(|(field, _)| field == name);
    found.map(|(_, value)| value.as_str())
}

fn recipients(fields: &[u8]) -> Vec<ReportedRecipient> {
    let mut found = Vec::new();
    for group in groups(fields) {
        // Some servers forget the empty line between two recipients.
        let is = |at: usize, name: &str| group.get(at).is_some_and(|(field, _)| field == name);
        let starts = (0..group.len()).filter(|&at| is(at, "final-recipient"));
        let starts: Vec<usize> = starts
            .map(|at| match at.checked_sub(1) {
                Some(before) if is(before, "original-recipient") => before,
                _ => at,
            })
            .collect();
        if starts.len() < 2 {
            found.extend(recipient(&group));
            continue;
        }
        for (nth, &start) in starts.iter().enumerate() {
            let end = starts.get(nth + 1).copied().unwrap_or(group.len());
            found.extend(group.get(start..end).and_then(recipient));
        }
    }
    found.truncate(RECIPIENTS_MAX);
    found
}

fn recipient(group: &[(String, String)]) -> Option<ReportedRecipient> {
    let action = field(group, "action")?.to_ascii_lowercase();
    let action = match action.split([' ', ';']).next()? {
        "failed" => Action::Failed,
        "delayed" => Action::Delayed,
        "delivered" => Action::Delivered,
        "relayed" => Action::Relayed,
        "expanded" => Action::Expanded,
        _ => return None,
    };
    let original = field(group, "original-recipient").and_then(typed_address);
    let last = field(group, "final-recipient").and_then(typed_address);
    let said = field(group, "diagnostic-code").unwrap_or_default();
    let said = said.split_once(';').map_or(said, |(_, said)| said);
    let diagnostic = explanation(said);
    let status = field(group, "status").and_then(status_in);
    // A general status says less than the words of the server that refused.
    let status = match status.filter(|status| !status.ends_with(".0.0")) {
        Some(status) => Some(status),
        None => status_in(&diagnostic).or_else(|| field(group, "status").and_then(status_in)),
    };
    Some(ReportedRecipient {
        address: original.or(last)?,
        action,
        status: status.unwrap_or_default(),
        diagnostic,
    })
}

/// The address of `rfc822;ana@x.test`, with what RFC 3461 writes as `+XX` decoded.
fn typed_address(value: &str) -> Option<String> {
    let (kind, address) = value.split_once(';').unwrap_or(("rfc822", value));
    if !matches!(
        kind.trim().to_ascii_lowercase().as_str(),
        "rfc822" | "utf-8" | "smtp"
    ) {
        return None;
    }
    let address = address.trim().trim_matches(['<', '>', '"', ' ']);
    let address = address.split_whitespace().next()?;
    normalise(address).or_else(|| normalise(&address.replace("+40", "@").replace("+2B", "+")))
}

fn explanation(text: &str) -> String {
    single_line(text)
        .chars()
        .take(DIAGNOSTIC_CHARS_MAX)
        .collect()
}

/// The first enhanced status in a text (`5.1.1`), or what the first reply code (`550`) amounts to.
pub fn status_in(text: &str) -> Option<String> {
    let is_part = |part: &str, most: usize| {
        !part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit())
    };
    let tokens = || text.split(|c: char| !c.is_ascii_digit() && c != '.');
    let enhanced = tokens().map(|token| token.trim_matches('.')).find(|token| {
        let parts: Vec<&str> = token.split('.').collect();
        let [class, subject, detail] = parts.as_slice() else {
            return false;
        };
        matches!(*class, "2" | "4" | "5") && is_part(subject, 3) && is_part(detail, 3)
    });
    if let Some(enhanced) = enhanced {
        return Some(enhanced.to_owned());
    }
    let code = tokens().find(|token| {
        let known = token.starts_with('4') || token.starts_with('5');
        known && is_part(token, 3) && token.len() == 3
    })?;
    let class = code.get(..1)?;
    Some(format!("{class}.0.0"))
}

fn feedback(fields: &[u8], returned: Returned) -> FeedbackReport {
    let fields: Vec<(String, String)> = groups(fields).into_iter().flatten().collect();
    let kind = field(&fields, "feedback-type").unwrap_or("other");
    let recipient = field(&fields, "original-rcpt-to");
    FeedbackReport {
        kind: kind.to_ascii_lowercase(),
        recipient: recipient.and_then(typed_address),
        original_id: returned.id,
        reply_details: returned.reply_details,
    }
}

#[cfg(test)]
mod tests;
