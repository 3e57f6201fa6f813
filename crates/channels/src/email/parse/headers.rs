//! The headers of a mail, read from their raw bytes.

use crate::email::addresses::{Mailbox, normalise, parse_list};
use crate::email::words::{decode_header, decode_unlabelled};
use mail_parser::{GetHeader, HeaderName, Message, MessagePart};

/// Longest Message-ID kept, in bytes (RFC 5322 lines end at 998).
const MESSAGE_ID_BYTES_MAX: usize = 998;
/// Most references read; long threads repeat hundreds.
const REFERENCES_MAX: usize = 200;

/// Header fields in order, names in lower case.
pub(super) struct Headers<'a> {
    fields: Vec<(String, &'a [u8])>,
    charset: Option<String>,
}

impl<'a> Headers<'a> {
    /// The headers of a whole mail.
    pub(super) fn read(message: &'a Message<'_>) -> Option<Headers<'a>> {
        Headers::of(&message.parts, &message.raw_message)
    }

    /// The headers of the first of `parts`, whose offsets count within `raw`.
    pub(super) fn of(parts: &[MessagePart<'_>], raw: &'a [u8]) -> Option<Headers<'a>> {
        let root = parts.first()?;
        let mut fields = Vec::with_capacity(root.headers.len());
        for header in &root.headers {
            let start = usize::try_from(header.offset_start).ok()?;
            let end = usize::try_from(header.offset_end).ok()?;
            if let Some(value) = raw.get(start..end) {
                fields.push((header.name.as_str().to_ascii_lowercase(), value));
            }
        }
        let charset = parts.iter().find_map(|part| {
            let content_type = part.headers.header_value(&HeaderName::ContentType)?;
            content_type.as_content_type()?.attribute("charset").map(str::to_owned)
        });
        Some(Headers { fields, charset })
    }

    /// The first charset any part declares: the best guess for undeclared 8-bit headers.
    pub(super) fn charset(&self) -> Option<&str> {
        self.charset.as_deref()
    }

    fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'a [u8]> + 's {
        self.fields.iter().filter(move |(field, _)| field == name).map(|&(_, value)| value)
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
        self.all(name).flat_map(|value| parse_list(value, self.charset())).collect()
    }

    /// Who wrote the mail: From, or what comes nearest when From is unusable.
    pub(super) fn sender(&self) -> Option<Mailbox> {
        ["from", "sender", "reply-to", "return-path", "x-envelope-from"]
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
        if from.contains('@') { String::new() } else { from.trim_matches(['"', '<', '>']).to_owned() }
    }

    /// Message-IDs of a header, without brackets, tolerant of missing ones.
    pub(super) fn ids(&self, name: &str) -> Vec<String> {
        let mut ids = Vec::new();
        for value in self.all(name) {
            let text = decode_unlabelled(value, None);
            let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            let bracketed: Vec<String> = text
                .split('<')
                .skip(1)
                .filter_map(|rest| rest.split_once('>'))
                .map(|(id, _)| id.split_whitespace().collect())
                .collect();
            if bracketed.is_empty() {
                ids.extend(text.split_whitespace().filter(|id| id.contains('@')).map(str::to_owned));
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
        for id in self.ids("references").into_iter().chain(self.ids("in-reply-to")) {
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
        for name in ["delivered-to", "x-original-to", "envelope-to", "x-envelope-to"] {
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
