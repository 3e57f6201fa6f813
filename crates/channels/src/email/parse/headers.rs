//! The headers of a mail, read from their raw bytes.

use crate::email::addresses::{ADDRESSES_MAX, Mailbox, normalise, parse_some};
use crate::email::words::{decode_header, decode_unlabelled};
use mail_parser::DateTime;
use std::collections::HashSet;

/// Longest Message-ID kept, in bytes (RFC 5322 lines end at 998).
const MESSAGE_ID_BYTES_MAX: usize = 998;
/// Most references read; long threads repeat hundreds.
const REFERENCES_MAX: usize = 200;

/// Most header bytes read; a mail with more has an attack for a header.
const HEADER_BYTES_MAX: usize = 1_000_000;
/// Most fields kept.
const FIELDS_MAX: usize = 5_000;
/// Most bytes of one value that are read as text.
const VALUE_BYTES_MAX: usize = 100_000;
/// Most delivering addresses kept.
const DELIVERED_MAX: usize = 50;

/// Header fields in order, names in lower case.
#[derive(Default)]
pub(super) struct Headers<'a> {
    fields: Vec<(String, &'a [u8])>,
    charset: Option<String>,
}

impl<'a> Headers<'a> {
    /// Reads the header block at the start of `raw`; `None` when there is no header.
    pub(super) fn read(raw: &'a [u8], charset: Option<String>) -> Option<Headers<'a>> {
        let (mut headers, _) = Headers::split(raw);
        headers.charset = charset;
        (!headers.fields.is_empty()).then_some(headers)
    }

    /// Reads the header block at the start of `raw`, up to the first empty line, and answers what
    /// follows it. Lines that are no header are skipped, folded lines belong to the one before.
    pub(super) fn split(raw: &'a [u8]) -> (Headers<'a>, &'a [u8]) {
        let mut headers = Headers::default();
        let block = raw.get(..HEADER_BYTES_MAX).unwrap_or(raw);
        if first_line(raw).is_some_and(|line| split_field(line).is_none()) {
            let blank = first_line(raw).unwrap_or_default();
            let body = if blank.trim_ascii().is_empty() {
                blank.len()
            } else {
                0
            };
            return (headers, raw.get(body..).unwrap_or_default());
        }
        let (mut at, mut start) = (0_usize, 0_usize);
        for line in block.split_inclusive(|b| *b == b'\n') {
            let rest = raw.get(at.saturating_add(line.len())..).unwrap_or_default();
            let folded = matches!(line.first(), Some(b' ' | b'\t'));
            if line.trim_ascii().is_empty() {
                if !(folded && goes_on(rest)) {
                    headers.keep(raw.get(start..at));
                    return (headers, rest);
                }
            } else if !folded {
                headers.keep(raw.get(start..at));
                start = at;
            }
            at = at.saturating_add(line.len());
        }
        headers.keep(raw.get(start..at));
        (headers, body_far_below(raw.get(at..).unwrap_or_default()))
    }

    fn keep(&mut self, field: Option<&'a [u8]>) {
        if self.fields.len() < FIELDS_MAX
            && let Some(field) = field.and_then(split_field)
        {
            self.fields.push(field);
        }
    }

    /// Sets the best guess for undeclared 8-bit values.
    pub(super) fn guess_charset(&mut self, charset: Option<String>) {
        self.charset = charset;
    }

    /// The first charset any part declares: the best guess for undeclared 8-bit headers.
    pub(super) fn charset(&self) -> Option<&str> {
        self.charset.as_deref()
    }

    pub(super) fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.fields
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|&(_, value)| value.get(..VALUE_BYTES_MAX).unwrap_or(value))
    }

    /// The value of a header as readable text; empty when absent.
    pub(super) fn text(&self, name: &str) -> String {
        self.all(name)
            .map(|value| decode_header(value, self.charset()))
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }

    /// Whether there is no header at all.
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The Date, in seconds since the epoch, when it is readable.
    pub(super) fn date(&self) -> Option<i64> {
        let date = DateTime::parse_rfc822(&self.text("date"))?;
        date.is_valid().then(|| date.to_timestamp())
    }

    /// Whether the header is there at all.
    pub(super) fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// The addresses of a header, over all its occurrences, at most [`ADDRESSES_MAX`].
    pub(super) fn addresses(&self, name: &str) -> Vec<Mailbox> {
        self.counted_addresses(name).0
    }

    /// The same, and how many more there are.
    pub(super) fn counted_addresses(&self, name: &str) -> (Vec<Mailbox>, usize) {
        let (mut kept, mut more) = (Vec::new(), 0_usize);
        for (field, value) in &self.fields {
            if field == name {
                let room = ADDRESSES_MAX.saturating_sub(kept.len());
                let (list, left) = parse_some(value, self.charset(), room);
                kept.extend(list);
                more = more.saturating_add(left);
            }
        }
        (kept, more)
    }

    /// Who wrote the mail: From, or what comes nearest when From is unusable.
    pub(super) fn sender(&self) -> Option<Mailbox> {
        [
            "from",
            "sender",
            "reply-to",
            "return-path",
            "x-envelope-from",
        ]
        .iter()
        .find_map(|name| self.addresses(name).into_iter().next())
        .map(|mut sender| {
            if sender.name.is_empty() {
                sender.name = self.nameless_from();
            }
            sender
        })
    }

    /// The name in a From header that holds no address.
    fn nameless_from(&self) -> String {
        let from = self.text("from");
        if from.contains('@') {
            String::new()
        } else {
            from.trim_matches(['"', '<', '>']).to_owned()
        }
    }

    /// Message-IDs of a header, without brackets, tolerant of missing ones.
    pub(super) fn ids(&self, name: &str) -> Vec<String> {
        let mut ids = Vec::new();
        for value in self.all(name) {
            let text = decode_unlabelled(value, None);
            let text: String = text
                .chars()
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            let bracketed: Vec<String> = text
                .split('<')
                .skip(1)
                .filter_map(|rest| rest.split_once('>'))
                .map(|(id, _)| id.split_whitespace().collect())
                .collect();
            if bracketed.is_empty() {
                ids.extend(
                    text.split_whitespace()
                        .filter(|id| id.contains('@'))
                        .map(str::to_owned),
                );
            } else {
                ids.extend(bracketed);
            }
        }
        ids.retain(|id| !id.is_empty() && id.len() <= MESSAGE_ID_BYTES_MAX);
        ids
    }

    /// References, then In-Reply-To, each once; the last is the nearest.
    pub(super) fn thread(&self) -> Vec<String> {
        let ids = self.ids("references").into_iter();
        let mut thread: Vec<String> = Vec::new();
        let mut seen = HashSet::new();
        let nearest: Vec<String> = ids.chain(self.ids("in-reply-to")).collect();
        for id in nearest.into_iter().rev() {
            if thread.len() < REFERENCES_MAX && seen.insert(id.clone()) {
                thread.push(id);
            }
        }
        thread.reverse();
        thread
    }

    /// Addresses written by the delivering servers.
    pub(super) fn delivered_to(&self) -> Vec<String> {
        let mut addresses: Vec<String> = Vec::new();
        for name in [
            "delivered-to",
            "x-original-to",
            "envelope-to",
            "x-envelope-to",
        ] {
            for value in self.all(name) {
                let text = decode_unlabelled(value, None);
                let address = normalise(text.trim().trim_matches(['<', '>']));
                let fresh = address.filter(|a| !addresses.contains(a));
                if let Some(address) = fresh.filter(|_| addresses.len() < DELIVERED_MAX) {
                    addresses.push(address);
                }
            }
        }
        addresses
    }
}

fn first_line(raw: &[u8]) -> Option<&[u8]> {
    raw.split_inclusive(|b| *b == b'\n').next()
}

/// Whether headers go on behind a line of nothing but white space: some programs fold so, and
/// only an empty line ends them for sure (RFC 5322, 2.1).
pub(super) fn goes_on(rest: &[u8]) -> bool {
    const KNOWN: [&str; 14] = [
        "from",
        "to",
        "cc",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "reply-to",
        "received",
        "in-reply-to",
        "references",
        "return-path",
    ];
    let line = first_line(rest).unwrap_or_default();
    let folded = matches!(line.first(), Some(b' ' | b'\t'));
    if folded {
        return !line.trim_ascii().is_empty();
    }
    split_field(line).is_some_and(|(name, _)| KNOWN.contains(&name.as_str()))
}

/// What follows the first empty line, however far below it is.
fn body_far_below(rest: &[u8]) -> &[u8] {
    let mut at = 0_usize;
    for line in rest.split_inclusive(|b| *b == b'\n') {
        at = at.saturating_add(line.len());
        if line.trim_ascii().is_empty() {
            return rest.get(at..).unwrap_or_default();
        }
    }
    &[]
}

/// Name and value of a field; white space before the colon was allowed once (RFC 822).
pub(super) fn split_field(field: &[u8]) -> Option<(String, &[u8])> {
    let colon = field.iter().position(|&b| b == b':')?;
    let (name, value) = field.split_at(colon);
    let name = name.trim_ascii_end();
    let proper = !name.is_empty() && name.len() <= 100 && name.iter().all(u8::is_ascii_graphic);
    let name = proper.then(|| String::from_utf8_lossy(name).to_ascii_lowercase())?;
    Some((name, value.get(1..)?))
}
