//! Reports in words for people: what qmail, Exim, Exchange, Gmail and older servers write.

use super::{
    Action, EXPLAINING_LINES_MAX, RECIPIENTS_MAX, ReportedRecipient, Returned, explanation,
    status_in,
};
use crate::email::addresses::normalise;

/// Reads the failure out of words for people: the addresses the server lists, each with the lines
/// below it.
pub(super) fn in_words(subject: &str, failed: &str, text: &str) -> Vec<ReportedRecipient> {
    let text = before_copy(text);
    let action = if is_delay(subject, text) {
        Action::Delayed
    } else {
        Action::Failed
    };
    let lines: Vec<&str> = text.lines().collect();
    let mut found: Vec<ReportedRecipient> = Vec::new();
    let mut add = |address: String, said: String| {
        let known = found
            .iter()
            .any(|it| it.address.eq_ignore_ascii_case(&address));
        if !known && found.len() < RECIPIENTS_MAX {
            let status = status_in(&said).unwrap_or_default();
            found.push(ReportedRecipient {
                address,
                action,
                status,
                diagnostic: explanation(&said),
            });
        }
    };
    for (at, line) in lines.iter().enumerate() {
        let Some((address, rest)) = listed_address(line) else {
            continue;
        };
        let below = lines.iter().skip(at + 1).take(EXPLAINING_LINES_MAX);
        let mut said = rest.trim().to_owned();
        // An empty line may part the address from its reason, but not two reasons.
        for line in below.skip_while(|line| line.trim().is_empty()) {
            if line.trim().is_empty() || listed_address(line).is_some() {
                break;
            }
            said.push(' ');
            said.push_str(line.trim());
        }
        add(address, said);
    }
    // Exim and Gmail name whom they mean in a header; the words then only explain.
    let named: Vec<String> = failed
        .split(',')
        .filter_map(|a| normalise(a.trim()))
        .collect();
    for address in &named {
        add(address.clone(), String::new());
    }
    if !named.is_empty() {
        found.retain(|it| {
            named
                .iter()
                .any(|name| name.eq_ignore_ascii_case(&it.address))
        });
    }
    found
}

/// The address a line lists, and what stands behind it: `<ana@x.test>: reason` or an address alone.
fn listed_address(line: &str) -> Option<(String, &str)> {
    let line = line.trim();
    if let Some((address, rest)) = line.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
        let rest = rest.trim_start();
        let rest = rest.strip_prefix(':').or(rest.is_empty().then_some(""))?;
        return normalise(address).map(|address| (address, rest));
    }
    let alone = line
        .trim_end_matches(':')
        .trim_matches(['"', '\'', '*', ' ']);
    if alone.contains(char::is_whitespace) {
        return None;
    }
    let alone = alone.split('(').next().unwrap_or(alone);
    normalise(alone).map(|address| (address, ""))
}

fn is_delay(subject: &str, text: &str) -> bool {
    let said = format!(
        "{subject}\n{}",
        text.get(..text.floor_char_boundary(4_000)).unwrap_or("")
    );
    let said = said.to_lowercase();
    [
        "delayed",
        "has not yet been delivered",
        "not been delivered yet",
        "will keep trying",
        "will be retried",
        "will continue to try",
        "warning message only",
        "could not be delivered for more than",
    ]
    .iter()
    .any(|mark| said.contains(mark))
}

/// Where the words end and the copy of the mail begins.
const COPY_MARKS: &[&str] = &[
    "--- below this line is a copy",
    "this is a copy of",
    "a copy of the message",
    "----- original message -----",
    "------ original message ------",
    "original message headers:",
    "--- the header of the original message",
    "----- returned message",
    "message header follows",
    "reporting-mta:",
];

fn copy_at(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let lower = line.to_lowercase();
        if COPY_MARKS.iter().any(|mark| lower.contains(mark)) {
            return Some(at);
        }
        at += line.len();
    }
    None
}

fn before_copy(text: &str) -> &str {
    copy_at(text).and_then(|at| text.get(..at)).unwrap_or(text)
}

/// The returned mail where it stands inside the text itself.
pub(super) fn returned_in_text(text: &str) -> Returned {
    let copy = copy_at(text).and_then(|at| text.get(at..)).unwrap_or(text);
    let mut found = Returned::default();
    let mut lines = copy.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim_start_matches(['>', ' ']);
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let name = name.trim().to_ascii_lowercase();
        if !matches!(name.as_str(), "message-id" | "reply-to") {
            continue;
        }
        let folded = lines
            .next_if(|next| next.starts_with([' ', '\t']))
            .unwrap_or_default();
        let field = Returned::read(format!("{name}: {value} {}\n\n", folded.trim()).as_bytes());
        found.id = found.id.or(field.id);
        found.reply_details.extend(field.reply_details);
        if found.id.is_some() && !found.reply_details.is_empty() {
            break;
        }
    }
    found
}
