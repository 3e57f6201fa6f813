//! Documents that no person wrote, as bare text.

/// The most attributes of one tag: the parser compares each with all before it.
const ATTRIBUTES_MAX: usize = 100;
/// The most tags and attributes of a document: each costs its readers some time. Long discussions
/// have some ten thousand, and the largest mail of a big client about a hundred.
const WORDS_MAX: usize = 150_000;
/// The most lines that are kept apart in bare text.
const BREAKS_MAX: usize = 5_000;

/// Whether a document, or one of its tags, has more in it than any mail program writes.
pub(super) fn is_overloaded(html: &str) -> bool {
    let mut words = 0_usize;
    let mut all = 0_usize;
    let mut state = State::Text;
    for byte in html.bytes() {
        state = match (state, byte) {
            (State::Text, b'<') => {
                words = 0;
                all = all.saturating_add(1);
                State::Opened
            }
            (State::Text, _) => State::Text,
            // Comments have no attributes, and Outlook's hold whole style sheets. One that goes on
            // behind the first `>` is taken for text, which counts rather more than less.
            (State::Opened, b'!' | b'?') => State::Comment,
            (State::Comment, byte) if byte != b'>' => State::Comment,
            // As in "1 < 2": no tag begins so.
            (State::Opened, b'<') => State::Opened,
            (State::Opened, byte) if byte != b'/' && !byte.is_ascii_alphabetic() => State::Text,
            (State::Quoted(quote), _) if byte != quote => State::Quoted(quote),
            (State::Quoted(_), _) => State::Tag,
            (_, b'>') => State::Text,
            (State::Value, b'"' | b'\'') => State::Quoted(byte),
            (State::Value, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c') => State::Value,
            (_, b'=') => State::Value,
            (_, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' | b'/') => State::Gap,
            (State::Gap, _) => {
                words = words.saturating_add(1);
                all = all.saturating_add(1);
                State::Tag
            }
            _ => State::Tag,
        };
        // A stray quote must not hide what follows, so every word counts that may be one.
        if words > ATTRIBUTES_MAX || all > WORDS_MAX {
            return true;
        }
    }
    false
}

#[derive(Clone, Copy)]
enum State {
    Text,
    Opened,
    Comment,
    Tag,
    Gap,
    Value,
    Quoted(u8),
}

/// The text of a document without its tags, escaped, with line breaks where tags break lines.
pub(super) fn text_of(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut pieces = html.split('<');
    text.push_str(pieces.next().unwrap_or_default());
    let mut left = BREAKS_MAX;
    for piece in pieces {
        let is_tag = piece.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        match piece.split_once('>') {
            Some((tag, rest)) if is_tag => {
                let name = tag.trim_start_matches('/');
                let end = name.find(|c: char| !c.is_ascii_alphanumeric());
                let name = name.get(..end.unwrap_or(name.len())).unwrap_or_default();
                let breaks = ["br", "p", "div", "tr", "li", "blockquote"];
                if breaks.iter().any(|it| name.eq_ignore_ascii_case(it)) {
                    // No empty lines: they say nothing here.
                    let is_empty = text.is_empty() || text.ends_with("<br>");
                    text.push_str(match left {
                        0 => "\n",
                        _ if is_empty => "",
                        _ => "<br>",
                    });
                    left = left.saturating_sub(usize::from(!is_empty));
                }
                push(&mut text, rest);
            }
            _ => {
                text.push_str("&lt;");
                push(&mut text, piece);
            }
        }
    }
    format!("<div>{text}</div>")
}

fn push(text: &mut String, piece: &str) {
    let mut parts = piece.split('>');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        text.push_str("&gt;");
        text.push_str(part);
    }
}
