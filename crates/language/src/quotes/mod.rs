//! What of a mail its sender wrote, what is quoted, and what is a signature.
//!
//! Nothing is ever taken away: [`fold_text`] parts a text into segments that cover it exactly,
//! and [`fold_html`] wraps parts of a document and leaves its text as it is. In doubt a line is
//! written, and a mail is never folded to emptiness: of a mail that is nothing but a forward,
//! only the forward's head folds.
//!
//! Both read their mail as lines with a depth of quoting (`lines`), decide by the same rules
//! (`rules`, with `attribution`, `headers` and `signature`), and take time linear in the length of
//! the mail, whoever wrote it.

mod attribution;
mod headers;
mod html;
mod lines;
mod rules;
mod signature;
mod words;

use std::borrow::Cow;
use std::ops::Range;

pub use html::{FOLD_ATTRIBUTE, fold_html, tamed};

/// What a part of a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The sender's own words.
    Written,
    /// Earlier mail, with the line that introduces it.
    Quote,
    /// How the sender signs, or the device for them.
    Signature,
}

impl Kind {
    /// The name by which folded HTML marks this part.
    pub fn name(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Quote => "quote",
            Self::Signature => "signature",
        }
    }
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// What it is.
    pub kind: Kind,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
}

/// Parts a plain text into segments: in order, none empty, covering the text exactly.
pub fn fold_text(text: &str) -> Vec<Segment> {
    let (lines, ranges) = lines::split(text);
    let mut segments: Vec<Segment> = Vec::new();
    for (kind, range) in rules::kinds(&lines).into_iter().zip(ranges) {
        match segments.last_mut() {
            Some(last) if last.kind == kind => last.range.end = range.end,
            _ => segments.push(Segment { kind, range }),
        }
    }
    segments
}

/// What of a plain text its sender wrote.
pub fn written(text: &str) -> Cow<'_, str> {
    let segments = fold_text(text);
    if let [only] = &*segments
        && only.kind == Kind::Written
    {
        return Cow::Borrowed(text);
    }
    let own = segments.into_iter().filter(|it| it.kind == Kind::Written);
    Cow::Owned(own.filter_map(|it| text.get(it.range)).collect())
}

#[cfg(test)]
mod tests;
