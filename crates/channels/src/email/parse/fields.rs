//! Structured MIME header fields (RFC 2045): a value with parameters, read the way careless
//! programs write them: without quotes, without semicolons, with names encoded by RFC 2231, by
//! RFC 2047, by both or by neither.

use crate::email::words::{decode_header, decode_labelled};

/// Most bytes of one field that are read.
const FIELD_BYTES_MAX: usize = 20_000;
/// Most parameters of one field.
const PARAMETERS_MAX: usize = 200;

/// A field's value in lower case, and its parameters in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Field {
    pub(super) value: String,
    parameters: Vec<(String, Vec<u8>)>,
}

impl Field {
    pub(super) fn read(raw: &[u8]) -> Field {
        let raw = raw.get(..FIELD_BYTES_MAX).unwrap_or(raw).trim_ascii();
        let end = raw
            .iter()
            .position(|b| *b == b';' || b.is_ascii_whitespace())
            .unwrap_or(raw.len());
        let (value, rest) = raw.split_at(end);
        Field {
            value: String::from_utf8_lossy(value).to_ascii_lowercase(),
            parameters: parameters(rest),
        }
    }

    /// A parameter's raw text; where it repeats, the first.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let found = self.parameters.iter().find(|(known, _)| known == name)?;
        let text = String::from_utf8_lossy(&found.1).trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// A parameter as readable text, whichever way it is encoded.
    pub(super) fn readable(&self, name: &str, hint: Option<&str>) -> Option<String> {
        let text = self
            .extended(name, hint)
            .or_else(|| {
                let (_, plain) = self.parameters.iter().find(|(known, _)| known == name)?;
                Some(decode_header(plain, hint))
            })
            .map(|text| unescaped(&text))?;
        (!text.is_empty()).then_some(text)
    }

    /// `name*`, or `name*0`, `name*1*` … put together (RFC 2231, 3 and 4).
    fn extended(&self, name: &str, hint: Option<&str>) -> Option<String> {
        let mut pieces: Vec<(u32, bool, &[u8])> = Vec::new();
        for (known, value) in &self.parameters {
            let Some(rest) = known.strip_prefix(name).and_then(|r| r.strip_prefix('*')) else {
                continue;
            };
            let (number, encoded) = match rest.strip_suffix('*') {
                Some(number) => (number, true),
                None => (rest, rest.is_empty()),
            };
            let number = if number.is_empty() {
                0
            } else {
                number.parse().ok()?
            };
            pieces.push((number, encoded, value));
        }
        pieces.sort_by_key(|&(number, _, _)| number);
        pieces.dedup_by_key(|&mut (number, _, _)| number);
        let mut charset = None;
        let mut bytes = Vec::new();
        for (at, (_, encoded, value)) in pieces.iter().enumerate() {
            let mut value = *value;
            if at == 0 && *encoded {
                let mut split = value.splitn(3, |b| *b == b'\'');
                if let (Some(label), Some(_), Some(rest)) =
                    (split.next(), split.next(), split.next())
                {
                    charset = Some(String::from_utf8_lossy(label).into_owned());
                    value = rest;
                }
            }
            if *encoded {
                bytes.extend(percent_decoded(value));
            } else {
                bytes.extend_from_slice(value);
            }
        }
        if pieces.is_empty() {
            return None;
        }
        match charset.filter(|label| !label.is_empty()) {
            Some(label) => Some(decode_labelled(&label, &bytes, hint)),
            // Some put encoded words (RFC 2047) into the pieces.
            None => Some(decode_header(&bytes, hint)),
        }
    }
}

fn parameters(raw: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut rest = raw;
    while found.len() < PARAMETERS_MAX {
        rest = trim_separators(rest);
        let Some(equals) = rest.iter().position(|b| matches!(b, b'=' | b';')) else {
            break;
        };
        let (name, after) = rest.split_at(equals);
        if after.starts_with(b";") {
            rest = after;
            continue;
        }
        let (value, after) = value(after.get(1..).unwrap_or_default());
        let name = String::from_utf8_lossy(name).trim().to_ascii_lowercase();
        found.push((name, value));
        rest = after;
    }
    found
}

fn trim_separators(raw: &[u8]) -> &[u8] {
    let start = raw
        .iter()
        .position(|b| !b.is_ascii_whitespace() && *b != b';')
        .unwrap_or(raw.len());
    raw.get(start..).unwrap_or_default()
}

/// A parameter's value and what follows it. A backslash escapes only a quote or another backslash:
/// Windows paths are written without escaping.
fn value(raw: &[u8]) -> (Vec<u8>, &[u8]) {
    let raw = raw.trim_ascii_start();
    let Some(quoted) = raw.strip_prefix(b"\"") else {
        let end = raw.iter().position(|b| *b == b';').unwrap_or(raw.len());
        let (value, rest) = raw.split_at(end);
        return (value.trim_ascii().to_vec(), rest);
    };
    let mut value = Vec::new();
    let mut bytes = quoted.iter().copied().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                return (
                    value,
                    quoted.get(at.saturating_add(1)..).unwrap_or_default(),
                );
            }
            b'\\' => match bytes.next_if(|(_, next)| matches!(next, b'"' | b'\\')) {
                Some((_, next)) => value.push(next),
                None => value.push(byte),
            },
            b'\r' | b'\n' => {}
            _ => value.push(byte),
        }
    }
    (value, &[])
}

fn percent_decoded(raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) if byte == b'%' => {
                bytes.push(value);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    bytes
}

/// Undoes percent escapes that somebody wrote into a plain parameter, when they are UTF-8 beyond
/// ASCII; `100%25.txt` may be meant as it stands.
fn unescaped(text: &str) -> String {
    if text.contains('%') && text.is_ascii() {
        let bytes = percent_decoded(text.as_bytes());
        if let Ok(decoded) = String::from_utf8(bytes)
            && !decoded.is_ascii()
        {
            return decoded;
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(raw: &[u8]) -> String {
        Field::read(raw)
            .readable("name", Some("iso-8859-1"))
            .unwrap()
    }

    #[test]
    fn reads_names_however_they_are_written() {
        for (raw, expected) in [
            (
                &b"text/plain; name=This is a test.txt"[..],
                "This is a test.txt",
            ),
            (
                b"image/png; name=\"C:\\TEMP\\ball.png\"",
                "C:\\TEMP\\ball.png",
            ),
            (b"x/y; name=\"a \\\"b\\\".txt\"", "a \"b\".txt"),
            (b"x/y; NAME=blah.gz", "blah.gz"),
            (b"x/y\tname=\"no-semicolon.txt\"", "no-semicolon.txt"),
            (b"x/y; name=\"never closed.txt", "never closed.txt"),
            (b"x/y; name==?utf-8?B?VGhpcy5wZGY=?=", "This.pdf"),
            (b"x/y; name*=iso-8859-1''Fr%F6sche.txt", "Frösche.txt"),
            (b"x/y; name*=\"utf-8''r%C3%A9sum%C3%A9.pdf\"", "résumé.pdf"),
            (b"x/y; name*0*=utf-8''%E3%81; name*1*=%8B.txt", "か.txt"),
            (
                b"x/y; name*0=\"long-\"; name*1=\"name.txt\"",
                "long-name.txt",
            ),
            (
                b"x/y; name*0=\"=?utf-8?B?\"; name*1=\"w7wudHh0?=\"",
                "ü.txt",
            ),
            (b"x/y; name=\"Fr\xF6sche.txt\"", "Frösche.txt"),
            (b"x/y; name=\"r%C3%A9sum%C3%A9.pdf\"", "résumé.pdf"),
            (b"x/y; name=\"100%25.txt\"", "100%25.txt"),
        ] {
            assert_eq!(name(raw), expected, "{}", String::from_utf8_lossy(raw));
        }
    }

    #[test]
    fn reads_values_in_lower_case() {
        let field = Field::read(b"Text/HTML   ; charest=\"us-ascii\"");
        assert_eq!(field.value, "text/html");
        assert_eq!(field.parameter("charset"), None);
    }
}
