//! The headers of a mail, read from their raw bytes.

use crate::email::addresses::{Mailbox, normalise, parse_list};
use crate::email::words::{decode_header, decode_unlabelled};

/// Longest Message-ID kept, in bytes (RFC 5322 lines end at 998).
const MESSAGE_ID_BYTES_MAX: usize = 998;
/// Most references read; long threads repeat hundreds.
const REFERENCES_MAX: usize = 200;

/// Most header bytes read; a mail with more has an attack for a header.
const HEADER_BYTES_MAX: usize = 1_000_000;

/// Header fields in order, names in lower case.
pub(super) struct Headers<'a> {
    fields: Vec<(String, &'a [u8])>,
    charset: Option<String>,
}

impl<'a> Headers<'a> {
    /// Reads the header block at the start of `raw`: up to the first empty line. Lines that are no
    /// header are skipped, folded lines belong to the one before. `None` when there is no header.
    pub(super) fn read(raw: &'a [u8], charset: Option<String>) -> Option<Headers<'a>> {
        let mut fields: Vec<(String, &[u8])> = Vec::new();
        let block = raw.get(..HEADER_BYTES_MAX).unwrap_or(raw);
        let mut start = 0;
        while start < block.len() {
            let end = field_end(block, start);
            let field = block.get(start..end)?;
            if field.trim_ascii().is_empty() {
                break;
            }
            if let Some((name, value)) = split_field(field) {
                fields.push((name, value));
            }
            start = end;
        }
        (!fields.is_empty()).then_some(Headers { fields, charset })
    }

    /// The first charset any part declares: the best guess for undeclared 8-bit headers.
    pub(super) fn charset(&self) -> Option<&str> {
        self.charset.as_deref()
    }

    fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.fields
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|&(_, value)| value)
    }

    /// The value of a header as readable text; empty when absent.
    pub(super) fn text(&self, name: &str) -> String {
        self.all(name)
            .map(|value| decode_header(value, self.charset()))
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }

    /// Whether the header is there at all.
    pub(super) fn has(&self, name: &str) -> bool {
        self.all(name).next().is_some()
    }

    /// All addresses of a header, over all its occurrences.
    pub(super) fn addresses(&self, name: &str) -> Vec<Mailbox> {
        self.all(name)
            .flat_map(|value| parse_list(value, self.charset()))
            .collect()
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
        let mut thread: Vec<String> = Vec::new();
        for id in self
            .ids("references")
            .into_iter()
            .chain(self.ids("in-reply-to"))
        {
            thread.retain(|seen| *seen != id);
            thread.push(id);
        }
        let surplus = thread.len().saturating_sub(REFERENCES_MAX);
        thread.drain(..surplus);
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
                if let Some(address) = address.filter(|a| !addresses.contains(a)) {
                    addresses.push(address);
                }
            }
        }
        addresses
    }
}

/// Where the field that starts at `start` ends: behind its last folded line.
fn field_end(block: &[u8], start: usize) -> usize {
    let mut end = start;
    loop {
        let line = block.get(end..).unwrap_or_default();
        let length = line
            .iter()
            .position(|&b| b == b'\n')
            .map_or(line.len(), |at| at + 1);
        let blank = line.get(..length).unwrap_or(line).trim_ascii().is_empty();
        end += length;
        let folded = matches!(block.get(end), Some(b' ' | b'\t'));
        if blank || !folded || length == 0 {
            return end;
        }
        // A folded line of nothing but white space ends the block as an empty line does.
        let next = block.get(end..).unwrap_or_default();
        let next_line = next.split(|&b| b == b'\n').next().unwrap_or_default();
        if next_line.trim_ascii().is_empty() {
            return end;
        }
    }
}

/// Name and value of a field; white space before the colon was allowed once (RFC 822).
fn split_field(field: &[u8]) -> Option<(String, &[u8])> {
    let colon = field.iter().position(|&b| b == b':')?;
    let (name, value) = field.split_at(colon);
    let name = name.trim_ascii_end();
    let proper = !name.is_empty() && name.len() <= 100 && name.iter().all(u8::is_ascii_graphic);
    let name = proper.then(|| String::from_utf8_lossy(name).to_ascii_lowercase())?;
    Some((name, value.get(1..)?))
}
