//! A mail as lines: what the rules decide on.

use std::borrow::Cow;
use std::ops::Range;

use super::words::is_direction;

/// Stands for a picture in the text of a line.
pub(super) const PICTURE: char = '\u{fffc}';

/// What the structure of a document says about a line; plain text has no such marks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mark {
    /// Nothing.
    #[default]
    None,
    /// Opens what a client keeps its quote in: introduces a quote when one follows.
    Opening,
    /// Introduces a quote.
    Attribution,
    /// All below is quoted.
    Start,
    /// Part of a signature.
    Signature,
    /// A rule across the page.
    Rule,
}

/// A line, as a person sees it.
#[derive(Clone, Debug, Default)]
pub(super) struct Line<'a> {
    /// Its text without the marks of quoting and without spaces at its ends.
    pub text: Cow<'a, str>,
    /// How many times it is quoted.
    pub depth: u32,
    /// What the structure says.
    pub mark: Mark,
    /// Whether it is longer than any line that introduces something.
    pub is_long: bool,
    /// Whether it is `-- `, with the space (RFC 3676, section 4.3).
    pub is_delimiter: bool,
}

impl Line<'_> {
    /// Whether nothing is seen on it.
    pub fn is_blank(&self) -> bool {
        self.text.is_empty() && !matches!(self.mark, Mark::Rule | Mark::Start)
    }
}

/// The longest line that can introduce something, in bytes.
pub(super) const LINE_BYTES_MAX: usize = 400;

/// The lines of a plain text, and where each stands with its line end.
pub(super) fn split(text: &str) -> (Vec<Line<'_>>, Vec<Range<usize>>) {
    let mut lines = Vec::new();
    let mut ranges = Vec::new();
    let mut from = 0_usize;
    let mut is_open = false;
    for raw in text.split_inclusive('\n') {
        let to = from.saturating_add(raw.len());
        ranges.push(from..to);
        from = to;
        let whole = raw.trim_end_matches(['\n', '\r']);
        let (depth, rest) = if is_open { (0, whole) } else { quoted(whole) };
        let text = trim(rest);
        // The client broke an address, and the rest of it only looks quoted: `<ana@x.example\n>:`.
        is_open = depth == 0 && !is_open && breaks_address(text);
        lines.push(Line {
            depth,
            is_long: text.len() > LINE_BYTES_MAX,
            is_delimiter: depth == 0 && rest == "-- ",
            mark: Mark::None,
            text: Cow::Borrowed(text),
        });
    }
    (lines, ranges)
}

/// How many times a line is quoted by `>`, and what is quoted.
pub(super) fn quoted(line: &str) -> (u32, &str) {
    let mut depth = 0_u32;
    let mut rest = line;
    loop {
        let next = rest.trim_start_matches([' ', '\t', '\u{a0}']);
        // A deeper indentation is a text of its own, not the next mark.
        let indent = rest.len().saturating_sub(next.len());
        match next.strip_prefix('>') {
            Some(after) if depth == 0 || indent <= 1 => {
                depth = depth.saturating_add(1);
                rest = after;
            }
            _ => return (depth, rest),
        }
    }
}

/// The text without spaces and invisible marks at its ends.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_direction(c) || c == '\0')
}

/// Whether a line ends within `<…>` with what may be an address.
fn breaks_address(line: &str) -> bool {
    if line.len() > LINE_BYTES_MAX {
        return false;
    }
    let Some(at) = line.rfind('<') else {
        return false;
    };
    let rest = line.get(at..).unwrap_or_default();
    !rest.contains('>') && rest.contains('@') && !rest.contains(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_quoting_are_counted() {
        assert_eq!(quoted("> > a"), (2, " a"));
        assert_eq!(quoted(">>> a"), (3, " a"));
        assert_eq!(quoted(">     > a"), (1, "     > a"));
        assert_eq!(quoted(" > a"), (1, " a"));
        assert_eq!(quoted("a > b"), (0, "a > b"));
    }

    #[test]
    fn the_rest_of_a_broken_address_is_not_quoted() {
        let (lines, _) = split("Am 1.2.2020 schrieb Ana <ana@x.example\n>:\n> Hallo");
        let depths: Vec<u32> = lines.iter().map(|line| line.depth).collect();
        assert_eq!(depths, [0, 0, 1]);
    }
}
