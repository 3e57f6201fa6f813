//! Mail addresses as people and programs write them.

use super::words::{decode_header, decode_unlabelled, single_line};

/// Longest address accepted, in bytes (RFC 5321, 4.5.3.1: 254 for a path).
const ADDRESS_BYTES_MAX: usize = 254;
/// Most addresses read from one header; those behind them are only counted.
pub(super) const ADDRESSES_MAX: usize = 500;

/// A display name and an address; the name is empty when none was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mailbox {
    /// The name in readable form, without control characters.
    pub name: String,
    /// The address with its domain in lower case.
    pub address: String,
}

impl Mailbox {
    /// A mailbox from a name and an address that was checked already.
    pub fn new(name: &str, address: &str) -> Mailbox {
        Mailbox {
            name: single_line(name),
            address: address.to_owned(),
        }
    }
}

/// Puts an address in its comparable form, or answers `None` when it can't be one.
pub fn normalise(address: &str) -> Option<String> {
    let address = address.trim();
    if address.len() > ADDRESS_BYTES_MAX {
        return None;
    }
    let (local, domain) = address.rsplit_once('@')?;
    let local_ok = !local.is_empty()
        && local.len() <= 64
        && !local
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || "<>(),;:\\\"@[]".contains(c));
    let domain_ok = !domain.is_empty()
        && !domain.starts_with(['.', '-'])
        && !domain.ends_with(['.', '-'])
        && !domain.contains("..")
        && domain
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    (local_ok && domain_ok).then(|| format!("{local}@{}", domain.to_lowercase()))
}

/// Whether two addresses are the same mailbox: compared without case.
pub fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

/// The address without its plus-part: `support+x@a.b` is `support@a.b`.
pub fn without_detail(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => {
            let base = local.split_once('+').map_or(local, |(base, _)| base);
            format!("{base}@{domain}")
        }
        None => address.to_owned(),
    }
}

/// The plus-part of an address: `x` for `support+x@a.b`.
pub fn detail(address: &str) -> Option<&str> {
    address
        .rsplit_once('@')?
        .0
        .split_once('+')
        .map(|(_, detail)| detail)
}

/// Reads an address header (RFC 5322, 3.4), forgiving unquoted commas in names, missing
/// brackets, doubled brackets, groups and comments. Entries without any address are dropped.
pub fn parse_list(value: &[u8], hint: Option<&str>) -> Vec<Mailbox> {
    parse_some(value, hint, ADDRESSES_MAX).0
}

/// Reads the first `room` addresses of a header, and counts those that follow.
pub(super) fn parse_some(value: &[u8], hint: Option<&str>, room: usize) -> (Vec<Mailbox>, usize) {
    let text = decode_unlabelled(value, hint);
    let mut mailboxes = Vec::new();
    let mut more = 0_usize;
    // "Doe, Jane <jane@a.b>" without quotes splits in two; its first half waits here.
    let mut loose = String::new();
    for entry in split_entries(&text) {
        let entry = entry.trim();
        if entry.is_empty() {
            continue;
        }
        if mailboxes.len() >= room {
            more = more.saturating_add(usize::from(entry.contains('@')));
            continue;
        }
        match read_entry(entry, hint) {
            Some(mut mailbox) => {
                if !loose.is_empty() {
                    mailbox.name = single_line(&format!("{loose}, {}", mailbox.name));
                    loose.clear();
                }
                mailboxes.push(mailbox);
            }
            None => loose = decode_header(entry.as_bytes(), hint),
        }
    }
    (mailboxes, more)
}

/// Splits at commas and semicolons outside quotes, comments and brackets; a group's name ends
/// at its colon.
fn split_entries(text: &str) -> Vec<String> {
    let mut entries = Vec::new();
    let mut entry = String::new();
    let (mut quoted, mut escaped, mut angle, mut comment) = (false, false, false, 0_u32);
    for c in text.chars() {
        if escaped {
            escaped = false;
            entry.push(c);
            continue;
        }
        match c {
            '\\' if quoted || comment > 0 => escaped = true,
            '"' if comment == 0 => quoted = !quoted,
            '(' if !quoted => comment += 1,
            ')' if !quoted => comment = comment.saturating_sub(1),
            '<' if !quoted && comment == 0 => angle = true,
            '>' if !quoted && comment == 0 => angle = false,
            ',' | ';' if !quoted && !angle && comment == 0 => {
                entries.push(std::mem::take(&mut entry));
                continue;
            }
            ':' if !quoted && !angle && comment == 0 && !entry.contains('@') => {
                entry.clear();
                continue;
            }
            _ => {}
        }
        entry.push(c);
    }
    // A quote that never closes would hide every address behind it.
    if quoted && entries.is_empty() {
        entries.extend(text.replace('"', "").split(',').map(str::to_owned));
    } else {
        entries.push(entry);
    }
    entries
}

fn read_entry(entry: &str, hint: Option<&str>) -> Option<Mailbox> {
    if let Some(open) = entry.rfind('<') {
        let (before, inside) = entry.split_at(open);
        let inside = inside.trim_start_matches('<');
        let inside = inside.split('>').next().unwrap_or(inside);
        if let Some(address) = clean_address(inside) {
            let name = readable_name(before, hint);
            return Some(Mailbox { name, address });
        }
    }
    // No usable brackets: the word with an @ is the address, the rest is the name.
    let bare = without_comments(entry);
    let word = bare
        .split_whitespace()
        .find_map(|word| Some((word, clean_address(word)?)));
    let (word, address) = word?;
    let before = bare.replacen(word, " ", 1);
    let mut name = readable_name(&before, hint);
    // Two addresses without a comma: the second names nobody.
    if normalise(&name).is_some_and(|other| other != address) {
        name.clear();
    }
    let name = if name.is_empty() {
        comment_of(entry, hint)
    } else {
        name
    };
    Some(Mailbox { name, address })
}

fn clean_address(text: &str) -> Option<String> {
    let text = without_comments(text);
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let text = text.trim_matches(|c| "<>\"',;[]".contains(c));
    let text = text.strip_prefix("mailto:").unwrap_or(text);
    // `"odd local"@host` keeps its meaning without the quotes when nothing needs them.
    normalise(&text.replace('"', ""))
}

fn readable_name(text: &str, hint: Option<&str>) -> String {
    let mut name = String::with_capacity(text.len());
    let mut escaped = false;
    for c in without_comments(text).chars() {
        match c {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '"' | '<' | '>' if !escaped => {}
            _ => name.push(c),
        }
        escaped = false;
    }
    let name = decode_header(name.trim().as_bytes(), hint);
    let name = name.trim_matches(|c: char| c == '\'' || c == '"' || c.is_whitespace());
    if name.is_empty() {
        comment_of(text, hint)
    } else {
        name.to_owned()
    }
}

fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for c in text.chars() {
        if std::mem::take(&mut escaped) {
            if depth == 0 {
                out.push(c);
            }
            continue;
        }
        match c {
            '\\' if quoted || depth > 0 => escaped = true,
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => {
                depth -= 1;
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            out.push(c);
        }
    }
    out
}

fn comment_of(text: &str, hint: Option<&str>) -> String {
    let comment = text
        .split_once('(')
        .and_then(|(_, rest)| rest.rsplit_once(')'));
    comment.map_or(String::new(), |(inside, _)| {
        decode_header(inside.as_bytes(), hint)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(raw: &str) -> (String, String) {
        let list = parse_list(raw.as_bytes(), None);
        assert_eq!(list.len(), 1, "{raw}: {list:?}");
        (list[0].name.clone(), list[0].address.clone())
    }

    #[test]
    fn reads_addresses_as_they_are_written() {
        for (raw, name, address) in [
            ("ana@example.com", "", "ana@example.com"),
            ("<ana@EXAMPLE.com>", "", "ana@example.com"),
            ("Ana Ruiz <ana@example.com>", "Ana Ruiz", "ana@example.com"),
            (
                "\"Ruiz, Ana\" <ana@example.com>",
                "Ruiz, Ana",
                "ana@example.com",
            ),
            (
                "Ruiz, Ana <ana@example.com>",
                "Ruiz, Ana",
                "ana@example.com",
            ),
            (
                "=?utf-8?Q?Ana_Mu=C3=B1oz?= <ana@example.com>",
                "Ana Muñoz",
                "ana@example.com",
            ),
            (
                "\"=?utf-8?Q?Ana_Mu=C3=B1oz?=\" <ana@example.com>",
                "Ana Muñoz",
                "ana@example.com",
            ),
            (
                "=?utf-8?Q?Ruiz=2C_Ana?= <ana@example.com>",
                "Ruiz, Ana",
                "ana@example.com",
            ),
            ("ana@example.com (Ana Ruiz)", "Ana Ruiz", "ana@example.com"),
            ("Ana <<ana@example.com>>", "Ana", "ana@example.com"),
            ("Ana ana@example.com", "Ana", "ana@example.com"),
            (
                "\"ana@example.com\" <ana@example.com>",
                "ana@example.com",
                "ana@example.com",
            ),
            ("<mailto:ana@example.com>", "", "ana@example.com"),
            ("'Ana' <ana@example.com>", "Ana", "ana@example.com"),
            ("\"Ana <ana@example.com>", "Ana", "ana@example.com"),
            (
                "John Doe <jdoe@machine(comment).  example>",
                "John Doe",
                "jdoe@machine.example",
            ),
            (
                "Ana \"Nena\" Ruiz <ana@example.com>",
                "Ana Nena Ruiz",
                "ana@example.com",
            ),
        ] {
            assert_eq!(one(raw), (name.to_owned(), address.to_owned()), "{raw}");
        }
    }

    #[test]
    fn reads_lists_and_groups() {
        let list = parse_list(
            b"Team: a@x.y, B <b@x.y>; c@x.y, undisclosed-recipients:;",
            None,
        );
        let addresses: Vec<_> = list.iter().map(|m| m.address.as_str()).collect();
        assert_eq!(addresses, ["a@x.y", "b@x.y", "c@x.y"]);
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in [
            "",
            "@",
            "a@",
            "@b",
            "a b@c.d",
            "a@b\r\nBcc: c@d.e",
            "a@-b.c",
            "a@b..c",
        ] {
            assert_eq!(normalise(text), None, "{text:?}");
        }
    }

    #[test]
    fn takes_plus_addresses_apart() {
        assert_eq!(without_detail("support+t1.ab@x.y"), "support@x.y");
        assert_eq!(detail("support+t1.ab@x.y"), Some("t1.ab"));
        assert_eq!(detail("support@x.y"), None);
    }
}
