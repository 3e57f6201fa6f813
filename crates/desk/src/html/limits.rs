//! How much of foreign HTML is looked at: hostile mail is long, or nests thousands deep.

use std::borrow::Cow;

/// The deepest nesting that is kept; hostile mail nests thousands deep to exhaust the stack.
const NESTING_MAX: usize = 256;

/// The beginning of `text` that fits, cut at a character.
pub(super) fn within(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let end = (0..=bytes_max)
        .rev()
        .find(|end| text.is_char_boundary(*end))
        .unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// Drops opening tags beyond the deepest nesting that is kept.
///
/// It counts tags without understanding them, which can only make it drop more than needed.
pub(super) fn shallow(html: &str) -> Cow<'_, str> {
    if html.matches('<').count() <= NESTING_MAX {
        return Cow::Borrowed(html);
    }
    let mut kept = String::with_capacity(html.len());
    let mut depth = 0_usize;
    for (index, piece) in html.split('<').enumerate() {
        if index == 0 {
            kept.push_str(piece);
            continue;
        }
        let opens = piece.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_void(piece);
        if opens {
            depth = depth.saturating_add(1);
        } else if piece.starts_with('/') {
            depth = depth.saturating_sub(1);
        }
        if opens && depth > NESTING_MAX {
            kept.push_str(piece.split_once('>').map_or("", |(_, text)| text));
        } else {
            kept.push('<');
            kept.push_str(piece);
        }
    }
    Cow::Owned(kept)
}

fn is_void(piece: &str) -> bool {
    let name: String = piece
        .chars()
        .take_while(char::is_ascii_alphanumeric)
        .collect();
    let name = name.to_ascii_lowercase();
    // A paragraph, an item or a cell ends where the next begins, so it does not nest by itself.
    matches!(
        &*name,
        "area"
            | "base"
            | "br"
            | "col"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "source"
            | "wbr"
            | "p"
            | "li"
            | "td"
            | "th"
            | "tr"
            | "dt"
            | "dd"
            | "option"
    )
}
