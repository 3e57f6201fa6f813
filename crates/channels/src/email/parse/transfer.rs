//! Content-Transfer-Encoding (RFC 2045, 6), forgiving: what cannot be decoded stays as it is.

/// How a part's bytes were made fit for the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::email) enum Transfer {
    /// As they are: 7bit, 8bit, binary and whatever nobody knows.
    Plain,
    Base64,
    QuotedPrintable,
    Uuencode,
}

impl Transfer {
    /// Reads the header's value, in any spelling: `quoted printable`, `Base64;`, `x-uue`.
    pub(in crate::email) fn read(value: &str) -> Transfer {
        let word: String = value
            .chars()
            .take(60)
            .filter(char::is_ascii_alphanumeric)
            .collect();
        match word.to_ascii_lowercase().as_str() {
            "base64" => Transfer::Base64,
            "quotedprintable" | "qp" => Transfer::QuotedPrintable,
            "uuencode" | "xuuencode" | "uue" | "xuue" => Transfer::Uuencode,
            _ => Transfer::Plain,
        }
    }

    /// Undoes the encoding.
    pub(in crate::email) fn decode(self, raw: &[u8]) -> Vec<u8> {
        match self {
            Transfer::Plain => raw.to_vec(),
            Transfer::Base64 => base64(raw),
            Transfer::QuotedPrintable => quoted_printable(raw),
            Transfer::Uuencode => uu_block(raw).map_or_else(|| raw.to_vec(), |block| block.bytes),
        }
    }
}

/// Decodes base64, skipping what does not belong to it. Behind padding the rest of the line is
/// ignored; the next line begins anew, for some programs put several pieces together.
pub(crate) fn base64(raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(raw.len() / 4 * 3 + 3);
    for line in padded_runs(raw) {
        let (mut group, mut count) = (0_u32, 0_u8);
        for value in line.filter_map(sextet) {
            group = group << 6 | u32::from(value);
            count += 1;
            if count == 4 {
                let [_, a, b, c] = group.to_be_bytes();
                bytes.extend([a, b, c]);
                (group, count) = (0, 0);
            }
        }
        let [a, b, ..] = (group << (32 - 6 * u32::from(count).max(1))).to_be_bytes();
        match count {
            2 => bytes.push(a),
            3 => bytes.extend([a, b]),
            _ => {}
        }
    }
    bytes
}

/// The runs of base64 that end with padding, each without it.
fn padded_runs(raw: &[u8]) -> impl Iterator<Item = impl Iterator<Item = u8>> {
    let mut rest = raw;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.iter().position(|b| *b == b'=').unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let line = after
            .iter()
            .position(|b| *b == b'\n')
            .unwrap_or(after.len());
        rest = after.get(line..).unwrap_or_default();
        Some(run.iter().copied())
    })
}

pub(in crate::email) fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

pub(in crate::email) fn quoted_printable(raw: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'=' {
            bytes.push(byte);
            continue;
        }
        if let Some(next_line) = soft_break(after) {
            rest = next_line;
            continue;
        }
        match after.get(..2).and_then(hex) {
            Some(value) => {
                bytes.push(value);
                rest = after.get(2..).unwrap_or_default();
            }
            None => bytes.push(b'='),
        }
    }
    bytes
}

/// What follows a soft line break; white space a gateway added behind the `=` belongs to it.
fn soft_break(after: &[u8]) -> Option<&[u8]> {
    let blank = after
        .iter()
        .take(200)
        .take_while(|b| matches!(b, b' ' | b'\t' | b'\r'))
        .count();
    let rest = after.get(blank..)?;
    match rest.strip_prefix(b"\n") {
        Some(next_line) => Some(next_line),
        None => rest.is_empty().then_some(rest),
    }
}

fn hex(pair: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(pair).ok()?;
    let proper = text.bytes().all(|b| b.is_ascii_hexdigit());
    proper.then(|| u8::from_str_radix(text, 16).ok())?
}

/// A file in uuencode: `begin 644 name`, lines, `end` (POSIX `uuencode`).
pub(super) struct UuBlock<'a> {
    pub(super) name: &'a [u8],
    pub(super) bytes: Vec<u8>,
    /// Where it begins in what was searched.
    pub(super) start: usize,
    /// Where what follows it begins.
    pub(super) end: usize,
}

/// The first uuencoded file in `raw`.
pub(super) fn uu_block(raw: &[u8]) -> Option<UuBlock<'_>> {
    let mut at = 0_usize;
    let mut open: Option<UuBlock<'_>> = None;
    for line in raw.split_inclusive(|b| *b == b'\n') {
        let start = at;
        at = at.saturating_add(line.len());
        let text = strip_line_end(line);
        let Some(block) = &mut open else {
            if let Some(name) = begin_line(text) {
                let bytes = Vec::new();
                open = Some(UuBlock {
                    name,
                    bytes,
                    start,
                    end: at,
                });
            }
            continue;
        };
        block.end = at;
        if text.trim_ascii() == b"end" {
            return open;
        }
        // A line that can't be part of it: it was prose after all, unless much was read already.
        if !uu_line(text, &mut block.bytes) {
            if block.bytes.is_empty() {
                open = None;
            } else {
                block.end = start;
                return open;
            }
        }
    }
    open.filter(|block| !block.bytes.is_empty())
}

fn strip_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn begin_line(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"begin ")?;
    let space = rest.iter().position(|b| *b == b' ')?;
    let (mode, name) = rest.split_at(space);
    let proper = (3..=4).contains(&mode.len()) && mode.iter().all(|b| (b'0'..=b'7').contains(b));
    let name = name.trim_ascii();
    (proper && !name.is_empty()).then_some(name)
}

/// Decodes one line; trailing blanks may have been lost on the way.
fn uu_line(line: &[u8], bytes: &mut Vec<u8>) -> bool {
    let Some((&first, data)) = line.split_first() else {
        return true;
    };
    if !(b' '..=b'`').contains(&first) || !data.iter().all(|b| (b' '..=b'`').contains(b)) {
        return false;
    }
    let length = usize::from((first - b' ') & 63);
    let wanted = length.div_ceil(3) * 4;
    if data.len() > wanted.saturating_add(2) {
        return false;
    }
    let mut line = Vec::with_capacity(wanted);
    let padded = data.iter().copied().chain(std::iter::repeat(b' '));
    let (mut group, mut count) = (0_u32, 0_u8);
    for byte in padded.take(wanted) {
        group = group << 6 | u32::from((byte - b' ') & 63);
        count += 1;
        if count == 4 {
            let [_, a, b, c] = group.to_be_bytes();
            line.extend([a, b, c]);
            (group, count) = (0, 0);
        }
    }
    line.truncate(length);
    bytes.extend(line);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_encodings_as_senders_do() {
        for (value, expected) in [
            ("quoted printable", Transfer::QuotedPrintable),
            ("quoted-printable;", Transfer::QuotedPrintable),
            ("BASE64", Transfer::Base64),
            ("x-uuencode", Transfer::Uuencode),
            ("7vladi.Pimenovit", Transfer::Plain),
            ("", Transfer::Plain),
        ] {
            assert_eq!(Transfer::read(value), expected, "{value}");
        }
    }

    #[test]
    fn decodes_base64_with_rubbish_in_it() {
        assert_eq!(base64(b"SGVs\r\nbG8="), b"Hello");
        assert_eq!(base64(b"SG Vs*bG8"), b"Hello");
        assert_eq!(base64(b"SGVsbG8= ignored\r\nIQ=="), b"Hello!");
        assert_eq!(base64(b"===="), b"");
        assert_eq!(base64(b"A"), b"");
    }

    #[test]
    fn decodes_quoted_printable_with_rubbish_in_it() {
        assert_eq!(quoted_printable(b"a=3Db=\r\nc= \nd=ZZ=4"), b"a=bcd=ZZ=4");
        assert_eq!(quoted_printable(b"end="), b"end");
    }

    #[test]
    fn finds_uuencoded_files_and_leaves_prose_alone() {
        let block = uu_block(b"hi\nbegin 644 a.txt\n#0V%T\n`\nend\nbye").unwrap();
        assert_eq!((block.name, &block.bytes[..]), (&b"a.txt"[..], &b"Cat"[..]));
        assert_eq!((block.start, block.end), (3, 31));
        assert!(uu_block(b"begin 644 things properly\nand then go on\n").is_none());
        assert!(uu_block(b"begin the day").is_none());
    }
}
