//! Calendar invitations (RFC 5545, RFC 5546): the few facts that a person wants to see beside the
//! mail. The file itself stays attached.

use crate::email::words::single_line;

/// Most lines read.
const LINES_MAX: usize = 5_000;
/// Longest value kept, in characters.
const VALUE_CHARS_MAX: usize = 300;

/// What somebody wants with a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Come to it, or it has changed.
    Request,
    /// An answer to an invitation.
    Reply,
    /// It does not take place.
    Cancel,
    /// A date that asks for nothing.
    Publish,
}

/// A date that came with a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// What the sender wants.
    pub method: Method,
    /// What it is about; may be empty.
    pub summary: String,
    /// When it begins, as `2026-03-02 10:00` or `2026-03-02`; empty when it says nothing.
    pub start: String,
    /// In which zone, as the sender names it: `UTC`, `Europe/Berlin`; empty for local time.
    pub zone: String,
    /// Who invites: a name, else an address; may be empty.
    pub organizer: String,
}

/// Reads the first event of a calendar.
pub(super) fn read(text: &str) -> Option<Invitation> {
    let mut method = None;
    let mut event: Option<Invitation> = None;
    let mut inner = 0_u32;
    for line in unfolded(text) {
        let Some((name, parameters, value)) = split(&line) else {
            continue;
        };
        let known = event.is_some();
        match (name.as_str(), &mut event) {
            ("METHOD", None) => method = Some(method_of(value)),
            ("BEGIN", None) if value.eq_ignore_ascii_case("VEVENT") => {
                event = Some(Invitation {
                    method: Method::Publish,
                    summary: String::new(),
                    start: String::new(),
                    zone: String::new(),
                    organizer: String::new(),
                });
            }
            // An alarm within the event has a summary of its own.
            ("BEGIN", Some(_)) => inner = inner.saturating_add(1),
            ("END", Some(_)) if inner > 0 => inner = inner.saturating_sub(1),
            ("END", Some(_)) if known => break,
            ("SUMMARY", Some(event)) if inner == 0 => event.summary = plain(value),
            ("DTSTART", Some(event)) if inner == 0 => {
                event.start = date(value).unwrap_or_default();
                event.zone = zone(parameters, value);
            }
            ("ORGANIZER", Some(event)) if inner == 0 => {
                event.organizer = organizer(parameters, value);
            }
            _ => {}
        }
    }
    let method = method.unwrap_or(Method::Publish);
    event.map(|event| Invitation { method, ..event })
}

fn method_of(value: &str) -> Method {
    match value.trim().to_ascii_uppercase().as_str() {
        "REQUEST" | "COUNTER" | "ADD" => Method::Request,
        "REPLY" => Method::Reply,
        "CANCEL" => Method::Cancel,
        _ => Method::Publish,
    }
}

/// Lines with their continuations (RFC 5545, 3.1).
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().take(LINES_MAX) {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(rest), Some(last)) => last.push_str(rest),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Name, parameters and value; a colon within quotes belongs to a parameter.
fn split(line: &str) -> Option<(String, &str, &str)> {
    let mut quoted = false;
    let colon = line.char_indices().find_map(|(at, c)| match c {
        '"' => {
            quoted = !quoted;
            None
        }
        ':' if !quoted => Some(at),
        _ => None,
    })?;
    let (head, value) = line.split_at_checked(colon)?;
    let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
    Some((
        name.trim().to_ascii_uppercase(),
        parameters,
        value.get(1..)?,
    ))
}

fn plain(value: &str) -> String {
    let mut text = String::new();
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => text.push(' '),
                Some(other) => text.push(other),
                None => {}
            },
            _ => text.push(c),
        }
    }
    single_line(&text).chars().take(VALUE_CHARS_MAX).collect()
}

fn parameter(parameters: &str, name: &str) -> Option<String> {
    let found = parameters.split(';').find_map(|parameter| {
        let (known, value) = parameter.split_once('=')?;
        known.trim().eq_ignore_ascii_case(name).then_some(value)
    })?;
    let text = plain(found.trim().trim_matches('"'));
    (!text.is_empty()).then_some(text)
}

fn date(value: &str) -> Option<String> {
    let value = value.trim();
    let digits = |from: usize, to: usize| {
        let piece = value.get(from..to)?;
        piece.bytes().all(|b| b.is_ascii_digit()).then_some(piece)
    };
    let day = format!("{}-{}-{}", digits(0, 4)?, digits(4, 6)?, digits(6, 8)?);
    let time = value
        .get(8..9)
        .filter(|t| *t == "T")
        .and_then(|_| Some(format!("{}:{}", digits(9, 11)?, digits(11, 13)?)));
    Some(time.map_or_else(|| day.clone(), |time| format!("{day} {time}")))
}

fn zone(parameters: &str, value: &str) -> String {
    if value.trim().ends_with('Z') {
        return "UTC".to_owned();
    }
    parameter(parameters, "TZID").unwrap_or_default()
}

fn organizer(parameters: &str, value: &str) -> String {
    parameter(parameters, "CN").unwrap_or_else(|| {
        let address = value.trim();
        let bare = address
            .get(..7)
            .filter(|p| p.eq_ignore_ascii_case("mailto:"));
        plain(bare.and_then(|_| address.get(7..)).unwrap_or(address))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_an_invitation() {
        let text = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\n\
            BEGIN:STANDARD\r\nDTSTART:19701025T030000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n\
            BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Berlin:20260302T100000\r\n\
            SUMMARY:Lamps\\, shades \r\n and bulbs\r\n\
            ORGANIZER;CN=\"Ruiz: Ana\":mailto:ana@example.com\r\n\
            BEGIN:VALARM\r\nSUMMARY:alarm\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let expected = Invitation {
            method: Method::Request,
            summary: "Lamps, shades and bulbs".to_owned(),
            start: "2026-03-02 10:00".to_owned(),
            zone: "Europe/Berlin".to_owned(),
            organizer: "Ruiz: Ana".to_owned(),
        };
        assert_eq!(read(text), Some(expected));
    }

    #[test]
    fn reads_what_little_there_is() {
        let cancel = read(
            "METHOD:CANCEL\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260302\nORGANIZER:MAILTO:a@x.y",
        )
        .unwrap();
        assert_eq!(
            (cancel.method, cancel.start.as_str()),
            (Method::Cancel, "2026-03-02")
        );
        assert_eq!(cancel.organizer, "a@x.y");
        assert_eq!(
            read("BEGIN:VEVENT\nDTSTART:20260302T1000Z").unwrap().zone,
            "UTC"
        );
        assert_eq!(read("BEGIN:VEVENT\nDTSTART:äöü").unwrap().start, "");
        assert_eq!(read("nothing"), None);
    }
}
