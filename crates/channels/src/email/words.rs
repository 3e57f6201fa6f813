//! Charsets and encoded words: bytes of a header or body as the reader was meant to see them.
//!
//! Written to be lenient where senders are careless: words split in the middle of a character,
//! raw 8-bit headers, unknown charset names, missing padding.

use super::parse::transfer::base64;
use mail_parser::decoders::{
    charsets::map::charset_decoder, quoted_printable::quoted_printable_decode_char,
};

/// Charsets of East Asia by which double-encoded text is repaired.
const EAST_ASIAN: [&str; 12] = [
    "big5",
    "gb2312",
    "gbk",
    "gb18030",
    "x-gbk",
    "euc-kr",
    "ks_c_5601-1987",
    "euc-jp",
    "shift_jis",
    "sjis",
    "x-sjis",
    "big5-hkscs",
];

/// Decodes bytes of a named charset; `None` when the name is unknown.
pub fn decode_charset(label: &str, bytes: &[u8]) -> Option<String> {
    let label = label.trim().trim_matches('"');
    if label.eq_ignore_ascii_case("utf-8") || label.eq_ignore_ascii_case("us-ascii") {
        return std::str::from_utf8(bytes).ok().map(str::to_owned);
    }
    let decode = charset_decoder(label.as_bytes())?;
    // Words joined leave "to ASCII, back to Japanese", which strict decoders take for an error.
    if label.to_ascii_lowercase().starts_with("iso-2022-jp") {
        return Some(decode(&without_idle_escapes(bytes)));
    }
    Some(decode(bytes))
}

fn without_idle_escapes(bytes: &[u8]) -> Vec<u8> {
    const IDLE: &[u8] = b"\x1b(B\x1b$B";
    let mut kept = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = find(rest, IDLE) {
        let (before, from) = rest.split_at(at);
        kept.extend_from_slice(before);
        rest = from.strip_prefix(IDLE).unwrap_or_default();
    }
    kept.extend_from_slice(rest);
    kept
}

/// Decodes bytes of a declared charset. Where the declaration is wrong, the bytes tell: valid
/// UTF-8 of some length is UTF-8, whatever the label says.
pub fn decode_labelled(label: &str, bytes: &[u8], hint: Option<&str>) -> String {
    let decoded = decode_charset(label, bytes);
    let lower = label.to_ascii_lowercase();
    let wide = lower.starts_with("utf-16") || lower.starts_with("utf-32");
    if let Ok(text) = std::str::from_utf8(bytes)
        && !bytes.is_ascii()
        && !wide
    {
        let sequences = text.chars().filter(|c| !c.is_ascii()).count();
        let believed = decoded.as_ref().is_some_and(|decoded| {
            let one_byte_each = decoded.chars().count() == bytes.len();
            !decoded.contains('\u{FFFD}') && !one_byte_each && sequences < 3
        });
        if !believed {
            return repaired(text, label);
        }
    }
    match decoded {
        Some(text) if !text.contains('\u{FFFD}') => text,
        Some(text) => {
            let other = decode_unlabelled(bytes, hint.filter(|hint| *hint != label));
            let lost = |text: &str| text.matches('\u{FFFD}').count();
            if lost(&other).saturating_mul(4) < lost(&text) || bytes.len() < 200 {
                other
            } else {
                text
            }
        }
        None => decode_unlabelled(bytes, hint),
    }
}

/// Decodes bytes whose charset nobody declared reliably: UTF-8 when valid, raw ISO-2022-JP by its
/// escapes, then `hint`, then Windows-1252, which gives every byte some reading.
pub fn decode_unlabelled(bytes: &[u8], hint: Option<&str>) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        if text.contains("\x1b$") {
            return decode_charset("iso-2022-jp", bytes).unwrap_or_else(|| text.to_owned());
        }
        if let Some("utf-7") = hint {
            return decode_charset("utf-7", bytes).unwrap_or_else(|| text.to_owned());
        }
        return hint.map_or_else(|| text.to_owned(), |hint| repaired(text, hint));
    }
    // UTF-8 with a scratch, for example cut within a character, is still UTF-8.
    let lossy = String::from_utf8_lossy(bytes);
    let lost = lossy.matches('\u{FFFD}').count();
    if lossy.chars().filter(|c| !c.is_ascii()).count() > lost.saturating_mul(4) {
        return lossy.into_owned();
    }
    hint.and_then(|label| decode_charset(label, bytes))
        .filter(|text| !text.contains('\u{FFFD}'))
        .or_else(|| decode_charset("windows-1252", bytes))
        .unwrap_or_else(|| lossy.into_owned())
}

/// Undoes a double encoding: East Asian text that some program took for Latin-1 and then wrote as
/// UTF-8. Only when the result is flawless and really East Asian.
fn repaired(text: &str, label: &str) -> String {
    let label = label.trim().to_ascii_lowercase();
    let high = text.chars().filter(|c| !c.is_ascii()).count();
    if high < 4 || !EAST_ASIAN.contains(&label.as_str()) {
        return text.to_owned();
    }
    let bytes: Option<Vec<u8>> = text
        .chars()
        .map(|c| u8::try_from(u32::from(c)).ok())
        .collect();
    let again = bytes.and_then(|bytes| decode_charset(&label, &bytes));
    let flawless = again.filter(|again| {
        let asian = again.chars().filter(|c| *c >= '\u{2E80}').count();
        !again.contains('\u{FFFD}') && asian.saturating_mul(4) >= high
    });
    flawless.unwrap_or_else(|| text.to_owned())
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
            decoded.word(&word, hint);
            rest = after;
        } else {
            let (marker, after) = from.split_at(2);
            decoded.plain(marker, hint);
            rest = after;
        }
    }
    decoded.plain(rest, hint);
    single_line(&decoded.finish(hint))
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

/// One encoded word (RFC 2047, 2), its data not decoded yet.
struct EncodedWord<'a> {
    charset: String,
    is_base64: bool,
    data: &'a [u8],
}

impl<'a> EncodedWord<'a> {
    /// Reads `=?charset?encoding?data?=` at the start of `from`; answers the word and what follows.
    fn read(from: &'a [u8]) -> Option<(EncodedWord<'a>, &'a [u8])> {
        let body = from.strip_prefix(b"=?")?;
        let charset_end = find(body.get(..60).unwrap_or(body), b"?")?;
        let (charset, rest) = body.split_at(charset_end);
        // RFC 2231 allows a language after the charset: `utf-8*en`.
        let charset = charset.split(|&b| b == b'*').next()?;
        if charset.is_empty() || charset.len() > 40 || !charset.is_ascii() {
            return None;
        }
        let (&encoding, rest) = rest.strip_prefix(b"?")?.split_first()?;
        let data = rest.strip_prefix(b"?")?;
        let is_base64 = match encoding {
            b'q' | b'Q' => false,
            b'b' | b'B' => true,
            _ => return None,
        };
        // A word cut off by a careless gateway runs to the end of the value.
        let (data, after) = match find(data, b"?=") {
            Some(end) => {
                let (data, tail) = data.split_at(end);
                (data, tail.strip_prefix(b"?=")?)
            }
            None => (data, &b""[..]),
        };
        let charset = String::from_utf8_lossy(charset).into_owned();
        let word = EncodedWord {
            charset,
            is_base64,
            data,
        };
        Some((word, after))
    }
}

/// Bytes of one charset, gathered over several words: some programs split characters, and even
/// groups of base64, between words.
struct Pending {
    charset: String,
    bytes: Vec<u8>,
    /// Base64 characters that make no whole group yet.
    loose: Vec<u8>,
}

impl Pending {
    fn add(&mut self, word: &EncodedWord<'_>) {
        if !word.is_base64 {
            self.settle();
            self.bytes.extend(decode_q(word.data));
            return;
        }
        self.loose.extend(
            word.data
                .iter()
                .filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')),
        );
        if word.data.contains(&b'=') {
            self.settle();
            return;
        }
        let whole = self.loose.len() / 4 * 4;
        let rest = self.loose.split_off(whole);
        self.settle();
        self.loose = rest;
    }

    fn settle(&mut self) {
        self.bytes.extend(base64(&std::mem::take(&mut self.loose)));
    }
}

/// Text gathered so far, with the encoded bytes still waiting for the rest of their character.
#[derive(Default)]
struct Decoded {
    text: String,
    pending: Option<Pending>,
    space: String,
}

impl Decoded {
    fn plain(&mut self, bytes: &[u8], hint: Option<&str>) {
        if bytes.is_empty() {
            return;
        }
        // White space between two encoded words is not part of the text (RFC 2047, 6.2).
        if self.pending.is_some() && bytes.trim_ascii().is_empty() {
            self.space.push_str(&String::from_utf8_lossy(bytes));
            return;
        }
        let text = decode_unlabelled(bytes, hint);
        self.flush(hint);
        self.text.push_str(&text);
    }

    fn word(&mut self, word: &EncodedWord<'_>, hint: Option<&str>) {
        self.space.clear();
        let joins = self
            .pending
            .as_ref()
            .is_some_and(|open| open.charset.eq_ignore_ascii_case(&word.charset));
        if !joins {
            self.flush(hint);
        }
        let pending = self.pending.get_or_insert_with(|| Pending {
            charset: word.charset.clone(),
            bytes: Vec::new(),
            loose: Vec::new(),
        });
        pending.add(word);
    }

    fn flush(&mut self, hint: Option<&str>) {
        if let Some(mut open) = self.pending.take() {
            open.settle();
            self.text
                .push_str(&decode_labelled(&open.charset, &open.bytes, hint));
        }
        self.text.push_str(&std::mem::take(&mut self.space));
    }

    fn finish(mut self, hint: Option<&str>) -> String {
        self.flush(hint);
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
                "=?iso-2022-jp?B?GyRCRnwbKEI=?= =?iso-2022-jp?B?GyRCS1wbKEI=?=",
                "日本",
            ),
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
    fn joins_base64_split_within_a_group() {
        assert_eq!(
            decode_header(b"=?utf-8?B?5pel5p?=\r\n =?utf-8?B?ys?=", None),
            "日本"
        );
    }

    #[test]
    fn wrong_labels_do_not_garble() {
        for (raw, expected) in [
            (&b"=?us-ascii?Q?caf=C3=A9?="[..], "café"),
            (b"=?iso-8859-1?Q?=E6=97=A5=E6=9C=AC?=", "日本"),
            (b"=?utf-8?Q?caf=E9?=", "café"),
            (b"=?gb2312?B?5pel5pys6Kqe?=", "日本語"),
            (b"\x1b$BF|K\\\x1b(B", "日本"),
        ] {
            assert_eq!(decode_header(raw, None), expected);
        }
        let twice = "\u{a4}\u{a4}\u{a4}\u{e5}";
        assert_eq!(decode_header(twice.as_bytes(), Some("big5")), "中文");
        assert_eq!(
            decode_header("été à la plage".as_bytes(), Some("big5")),
            "été à la plage"
        );
    }

    #[test]
    fn reads_raw_eight_bit_by_the_hint() {
        let gbk = [0xC4, 0xE3, 0xBA, 0xC3];
        assert_eq!(decode_header(&gbk, Some("gb2312")), "你好");
        assert_eq!(decode_header(b"caf\xE9", None), "café");
    }
}
