//! Folding in HTML: parse as the sanitiser does, read the document as lines, wrap what folds.
//!
//! It works on mail as it came, since the names that clients give their elements tell more than
//! words do (`clients`). What comes out is foreign HTML still and must be sanitised.

mod clients;
mod flat;
mod read;
mod tree;
mod wrap;
mod write;

use std::borrow::Cow;

use super::Kind;
use super::rules;

/// The attribute that marks a folded part; its value is the part's [`Kind::name`].
pub const FOLD_ATTRIBUTE: &str = "data-fold";

/// The document, or its bare text when it was built to exhaust its readers.
pub fn tamed(html: &str) -> Cow<'_, str> {
    if flat::is_overloaded(html) || tree::parse(html).is_none() {
        return Cow::Owned(flat::text_of(html));
    }
    Cow::Borrowed(html)
}

/// The same document with its quotes and signatures wrapped in `<div data-fold="quote">` and
/// `<div data-fold="signature">`, and without such marks of its sender's.
///
/// A document built to exhaust the reader (nested hundreds deep, tags with a hundred attributes,
/// tens of thousands of tags) comes out as its bare text.
pub fn fold_html(html: &str) -> String {
    if flat::is_overloaded(html) {
        return flat::text_of(html);
    }
    let Some(mut tree) = tree::parse(html) else {
        return flat::text_of(html);
    };
    let was_marked = tree.drop_attribute(FOLD_ATTRIBUTE);
    let (lines, places) = read::lines(&tree);
    let kinds = rules::kinds(&lines);
    let mut folds = Vec::new();
    let mut at = 0_usize;
    while let Some(kind) = kinds.get(at).copied() {
        let rest = kinds.get(at..).unwrap_or_default();
        let length = rest.iter().take_while(|it| **it == kind).count();
        let end = at.saturating_add(length);
        if kind != Kind::Written {
            folds.push((kind, places.get(at).copied(), places.get(end).copied()));
        }
        at = end;
    }
    if folds.is_empty() && !was_marked {
        return html.to_owned();
    }
    // From the last to the first, so that no place moves before it is used.
    for (kind, start, end) in folds.into_iter().rev() {
        if let Some(start) = start {
            wrap::wrap(&mut tree, start, end, kind);
        }
    }
    write::write(&tree)
}

#[cfg(test)]
mod tests;
