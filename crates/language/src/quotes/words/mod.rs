//! The words by which mail clients introduce what they quote, in their users' languages.
//!
//! All are in lower case; texts are brought to lower case before they are compared.

pub(super) mod footers;
pub(super) mod labels;
pub(super) mod separators;
pub(super) mod verbs;

/// A text in lower case, without the invisible marks of writing direction.
pub(super) fn folded(text: &str) -> String {
    let visible = text.chars().filter(|c| !is_direction(*c));
    let mut folded = String::with_capacity(text.len());
    for c in visible {
        if c.is_ascii() {
            folded.push(c.to_ascii_lowercase());
        } else if c == '\u{a0}' || c == '\u{202f}' {
            folded.push(' ');
        } else if c == '’' {
            folded.push('\'');
        } else {
            folded.extend(c.to_lowercase());
        }
    }
    folded
}

/// Marks of writing direction (Unicode's bidirectional algorithm), which clients sow around names.
pub(super) fn is_direction(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        | '\u{feff}' | '\u{61c}')
}
