//! Charsets and encoded words: bytes of a header or body as the reader was meant to see them.
//!
//! Written to be lenient where senders are careless: words split in the middle of a character,
//! raw 8-bit headers, unknown charset names, missing padding.

use mail_parser::decoders::{
    base64::base64_decode, charsets::map::charset_decoder,
    quoted_printable::quoted_printable_decode_char,
};

/// Decodes bytes of a named charset; `None` when the name is unknown.
pub fn decode_charset(label: &str, bytes: &[u8]) -> Option<String> {
    let label = label.trim().trim_matches('"');
    if label.eq_ignore_ascii_case("utf-8") || label.eq_ignore_ascii_case("us-ascii") {
        return std::str::from_utf8(bytes).ok().map(str::to_owned);
    }
    charset_decoder(label.as_bytes()).map(|decode| decode(bytes))
}

/// Decodes bytes whose charset nobody declared reliably: UTF-8 when valid, then `hint`, then
/// Windows-1252, which gives every byte some reading.
pub fn decode_unlabelled(bytes: &[u8], hint: Option<&str>) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    hint.and_then(|label| decode_charset(label, bytes))
        .or_else(|| decode_charset("windows-1252", bytes))
        .unwrap_or_else(|| String::from_utf8_lossy(bytes).into_owned())
}

/// Reads an unstructured header value (RFC 5322) with its encoded words (RFC 2047): unfolded,
/// without control characters, trimmed.
pub fn decode_header(value: &[u8], hint: Option<&str>) -> String {
    let mut decoded = Decoded::default();
    let mut rest = value;
    while let Some(at) = find(rest, b"=?") {
        let (before, from) = rest.split_at(at);
        decoded.plain(before, hint);
        if let Some((word, after)) = EncodedWord::read(from) {
            decoded.word(word);
            rest = after;
        } else {
            let (marker, after) = from.split_at(2);
            decoded.plain(marker, hint);
            rest = after;
        }
    }
    decoded.plain(rest, hint);
    single_line(&decoded.finish())
}

/// One line of text: every control character (line breaks, NUL, tabs) becomes a space, runs of
/// them are one space.
pub fn single_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}') {
            gap = true;
            continue;
        }
        if gap && !line.is_empty() && !line.ends_with(' ') && c != ' ' {
            line.push(' ');
        }
        gap = false;
        line.push(c);
    }
    line.trim().to_owned()
}

/// Text of a body: NUL, which PostgreSQL refuses in text, becomes U+FFFD.
pub fn without_nul(text: String) -> String {
    if text.contains('\0') {
        text.replace('\0', "\u{FFFD}")
    } else {
        text
    }
}

struct EncodedWord {
    charset: String,
    bytes: Vec<u8>,
}

impl EncodedWord {
    /// Reads `=?charset?encoding?data?=` at the start of `from`; answers the word and what follows.
    fn read(from: &[u8]) -> Option<(EncodedWord, &[u8])> {
        let body = from.strip_prefix(b"=?")?;
        let charset_end = find(body, b"?")?;
        let (charset, rest) = body.split_at(charset_end);
        // RFC 2231 allows a language after the charset: `utf-8*en`.
        let charset = charset.split(|&b| b == b'*').next()?;
        if charset.is_empty() || charset.len() > 40 || !charset.is_ascii() {
            return None;
        }
        let (&encoding, rest) = rest.strip_prefix(b"?")?.split_first()?;
        let data = rest.strip_prefix(b"?")?;
        // A word cut off by a careless gateway runs to the end of the value.
        let (data, after) = match find(data, b"?=") {
            Some(end) => {
                let (data, tail) = data.split_at(end);
                (data, tail.strip_prefix(b"?=")?)
            }
            None => (data, &b""[..]),
        };
        let bytes = match encoding {
            b'q' | b'Q' => decode_q(data),
            b'b' | b'B' => decode_b(data)?,
            _ => return None,
        };
        let charset = String::from_utf8_lossy(charset).into_owned();
        Some((EncodedWord { charset, bytes }, after))
    }
}

/// Text gathered so far, with the encoded bytes still waiting for the rest of their character.
#[derive(Default)]
struct Decoded {
    text: String,
    pending: Option<EncodedWord>,
    space: String,
}

impl Decoded {
    fn plain(&mut self, bytes: &[u8], hint: Option<&str>) {
        if bytes.is_empty() {
            return;
        }
        let text = decode_unlabelled(bytes, hint);
        // White space between two encoded words is not part of the text (RFC 2047, 6.2).
        if self.pending.is_some() && text.trim().is_empty() {
            self.space.push_str(&text);
            return;
        }
        self.flush();
        self.text.push_str(&text);
    }

    fn word(&mut self, word: EncodedWord) {
        self.space.clear();
        match &mut self.pending {
            Some(open) if open.charset.eq_ignore_ascii_case(&word.charset) => {
                open.bytes.extend_from_slice(&word.bytes);
            }
            _ => {
                self.flush();
                self.pending = Some(word);
            }
        }
    }

    fn flush(&mut self) {
        if let Some(word) = self.pending.take() {
            let text = decode_charset(&word.charset, &word.bytes)
                .unwrap_or_else(|| decode_unlabelled(&word.bytes, None));
            self.text.push_str(&text);
        }
        self.text.push_str(&std::mem::take(&mut self.space));
    }

    fn finish(mut self) -> String {
        self.flush();
        self.text
    }
}

fn decode_q(data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(data.len());
    let mut rest = data.iter().copied();
    while let Some(byte) = rest.next() {
        match byte {
            b'_' => bytes.push(b' '),
            b'=' => {
                let mut ahead = rest.clone();
                match ahead.next().zip(ahead.next()) {
                    Some((high, low)) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                        bytes.extend(quoted_printable_decode_char(high, low));
                        rest = ahead;
                    }
                    _ => bytes.push(b'='),
                }
            }
            _ => bytes.push(byte),
        }
    }
    bytes
}

fn decode_b(data: &[u8]) -> Option<Vec<u8>> {
    let mut clean: Vec<u8> = data
        .iter()
        .copied()
        .filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
        .collect();
    // A single stray character at the end carries no whole byte.
    if clean.len() % 4 == 1 {
        clean.pop();
    }
    while !clean.len().is_multiple_of(4) {
        clean.push(b'=');
    }
    base64_decode(&clean)
}

/// Position of the first `needle` in `haystack`.
fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_encoded_words() {
        for (raw, expected) in [
            ("plain text", "plain text"),
            ("=?utf-8?Q?caf=C3=A9_au_lait?=", "café au lait"),
            (
                "=?iso-8859-1?q?this=20is?= =?iso-8859-1?q?_joined?=",
                "this is joined",
            ),
            ("=?utf-8?B?5pel?= =?utf-8?B?5pys?=", "日本"),
            ("Re: =?GB2312?B?xOO6ww==?=", "Re: 你好"),
            ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
            (
                "=?utf-8?Q?with spaces inside?= end",
                "with spaces inside end",
            ),
            ("=?nonsense?Q?abc?=", "abc"),
            ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
            ("a =? b", "a =? b"),
            ("folded\r\n\tline", "folded line"),
            ("nul\0byte", "nul byte"),
        ] {
            assert_eq!(decode_header(raw.as_bytes(), None), expected, "{raw}");
        }
    }

    #[test]
    fn joins_a_character_split_over_two_words() {
        // 日 is E6 97 A5; the first word ends after its first byte.
        assert_eq!(
            decode_header(b"=?utf-8?Q?=E6?= =?utf-8?Q?=97=A5?=", None),
            "日"
        );
    }

    #[test]
    fn reads_raw_eight_bit_by_the_hint() {
        let gbk = [0xC4, 0xE3, 0xBA, 0xC3];
        assert_eq!(decode_header(&gbk, Some("gb2312")), "你好");
        assert_eq!(decode_header(b"caf\xE9", None), "café");
    }
}
